"""Loading: a saved model comes back as it was, and a damaged or foreign one is refused in one sentence."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from tiledraw.engine.decoders import make_decoder
from tiledraw.format.vocabulary import Vocabulary, VocabularyError, fit_model
from tiledraw.language.boxes import Box, PlanError, UnknownSubjectError
from tiledraw.language.plan import Placement, Plan
from tiledraw.models.knowledge import ABOUT, Knowledge, ModelError, read_about
from tiledraw.models.loading import load_model, packaged_folder, save_model

KNOWLEDGE = Knowledge(("cat", "sun", "hot dog"), ("grass",), 16, 700)


@pytest.fixture(scope="module")
def saved(make_model, vocabulary, tmp_path_factory):
    """A model and the folder that it was saved in."""
    folder = tmp_path_factory.mktemp("saved") / "model"
    model = fit_model(make_model(), vocabulary)
    save_model(folder, model, vocabulary, KNOWLEDGE)
    return model, folder


@pytest.fixture
def folder(saved, tmp_path):
    """A copy of the folder, to damage."""
    return shutil.copytree(saved[1], tmp_path / "model")


def refused(folder, error=ModelError, read=lambda loaded: make_decoder(loaded)):
    """The sentence with which a damaged folder is refused by whoever draws with it."""
    with pytest.raises(error, match=r"^[^\n]+$") as caught:
        read(load_model(str(folder)))
    assert str(folder) in str(caught.value)
    return str(caught.value)


def refused_by_both(folder):
    """Refused as a decoder, and as a model of transformers."""
    return refused(folder) + refused(folder, read=lambda loaded: loaded.model)


def test_digits_knows_the_size_of_its_pictures_and_painters_draw_any():
    digits, painter = (read_about(packaged_folder(name))["knowledge"] for name in ("digits", "painter"))
    assert (digits.side, digits.usual_side) == (32, 32) and (painter.side, painter.usual_side) == (0, 256)


def change_about(folder, **changes):
    about = json.loads((folder / ABOUT).read_text())
    (folder / ABOUT).write_text(json.dumps(about | changes))


def test_a_saved_model_comes_back(saved, vocabulary):
    model, folder = saved
    loaded = load_model(str(folder))
    assert loaded.knowledge == KNOWLEDGE
    assert loaded.vocabulary.fingerprint == vocabulary.fingerprint
    assert not loaded.model.training
    assert loaded.model.state_dict().keys() == model.state_dict().keys()
    assert all(torch.equal(value, model.state_dict()[name]) for name, value in loaded.model.state_dict().items())
    tensors = loaded.tensors()
    assert all(np.array_equal(tensors[name], value.detach()) for name, value in model.named_parameters())


def test_to_draw_needs_neither_torch_nor_transformers(saved):
    code = (
        "import sys; from tiledraw.drawing.drawer import Drawer; from tiledraw.cli import generate; "
        f"Drawer.load({str(saved[1])!r}); print([m for m in ('torch', 'transformers', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_stock_transformers_load_it_too(saved):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model, folder = saved
    ids = torch.arange(20)[None]
    other = AutoModelForCausalLM.from_pretrained(folder).eval()
    assert torch.equal(other(ids).logits, model(ids).logits)
    assert (
        AutoTokenizer.from_pretrained(folder).convert_tokens_to_ids("[PX7]")
        == Vocabulary(AutoTokenizer.from_pretrained(folder)).base + 7
    )


@pytest.mark.parametrize("name", ["/no/such/folder", "./nothing", "~/nothing", "nothing", "a/b/c", " "])
def test_a_missing_folder_is_told_without_asking_the_hub(name, monkeypatch):
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda *_: pytest.fail("asked the hub"))
    with pytest.raises(ModelError, match=r"^the model folder [^\n]* does not exist[^\n]*$"):
        load_model(name)


def test_a_hub_that_does_not_answer_is_told(monkeypatch):
    import huggingface_hub

    def no_network(name):
        raise ConnectionError("no network\nand much more")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", no_network)
    with pytest.raises(ModelError, match=r"^owner/name is no folder, and the hub does not give it: no network$"):
        load_model("owner/name")


@pytest.mark.parametrize("size", [0, 1, 8, 1000, -1])
def test_truncated_weights_are_refused(folder, size):
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:size])
    assert refused_by_both(folder).count("can't be loaded") == 2


@pytest.mark.parametrize("file", ["model.safetensors", "config.json", "tokenizer.json", ABOUT])
def test_a_missing_file_is_refused(folder, file):
    (folder / file).unlink()
    refused(folder)


@pytest.mark.parametrize("file", ["config.json", "tokenizer.json", ABOUT])
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe\x00", b"[" * 100_000])
def test_files_of_garbage_are_refused(folder, file, content):
    (folder / file).write_bytes(content)
    refused(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"num_hidden_layers": 10**12}, {"num_hidden_layers": -1}, {"hidden_size": "32"}, {"hidden_size": True},
        {"vocab_size": 1e9}, {"vocab_size": None}, {"intermediate_size": [10**12]}, {"rms_norm_eps": float("nan")},
        {"rope_parameters": {"rope_theta": "x", "rope_type": "default"}}, {"layer_types": [1, 2]},
        {"max_position_embeddings": 10**15}, {"head_dim": 0}, {"sliding_window": -3},
    ],
)  # fmt: skip
def test_a_configuration_of_no_model_is_refused(folder, change):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | change))
    refused(folder)


@pytest.mark.parametrize(
    "key",
    ["num_hidden_layers", "hidden_size", "vocab_size", "head_dim", "rms_norm_eps", "num_attention_heads",
     "max_position_embeddings", "intermediate_size", "tie_word_embeddings"],
)  # fmt: skip
def test_a_configuration_that_lacks_a_key_is_refused(folder, key):
    config = json.loads((folder / "config.json").read_text())
    del config[key]
    (folder / "config.json").write_text(json.dumps(config))
    assert key in refused(folder)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(folder, number):
    weights = load_file(folder / "model.safetensors")
    weights["model.norm.weight"][3] = number
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    assert refused_by_both(folder).count("model.norm.weight holds numbers that are not finite") == 2


@pytest.mark.parametrize("file", ["model.safetensors", "config.json", "tokenizer.json", "generation_config.json"])
def test_a_pipe_in_a_folder_is_refused_and_not_waited_for(folder, file):
    (folder / file).unlink(missing_ok=True)
    os.mkfifo(folder / file)
    assert "no file, but a pipe" in refused(folder)


def test_weights_that_lack_a_tensor_are_refused_and_not_made_up(folder):
    weights = load_file(folder / "model.safetensors")
    del weights["model.layers.1.mlp.up_proj.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    assert refused_by_both(folder).count("its weights lack model.layers.1.mlp.up_proj.weight") == 2


def test_weights_of_another_shape_are_refused(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"intermediate_size": 64}))
    refused_by_both(folder)


@pytest.mark.parametrize(
    "knowledge",
    [
        None,
        [],
        "cat",
        {"subjects": "cat"},
        {"subjects": [1]},
        {"grays": "16"},
        {"steps": None},
        {"colours": 3},
        {"side": 33},
        7,
    ],
)
def test_knowledge_of_the_wrong_form_is_refused(folder, knowledge):
    change_about(folder, knowledge=knowledge)
    assert f"{ABOUT} can't be read" in refused(folder)


def test_a_tokenizer_of_another_vocabulary_is_refused(folder, make_tokenizer):
    Vocabulary.extend(make_tokenizer()).tokenizer.save_pretrained(folder)
    assert "another vocabulary" in refused(folder, VocabularyError)


def test_a_tokenizer_without_the_words_is_refused(folder, make_tokenizer):
    make_tokenizer().save_pretrained(folder)
    with pytest.raises(VocabularyError, match=r"^the tokenizer lacks 273 words[^\n]*$"):
        load_model(str(folder))


@pytest.mark.parametrize("fingerprint", ["0123456789abcdef", "", None, 7, []])
def test_another_fingerprint_is_refused(folder, fingerprint):
    change_about(folder, fingerprint=fingerprint)
    assert "another vocabulary" in refused(folder, VocabularyError)


def test_a_model_with_too_few_rows_is_refused(make_model, vocabulary, tmp_path):
    save_model(tmp_path, make_model(vocabulary.size - 1), vocabulary, KNOWLEDGE)
    assert "fewer embedding rows" in refused(tmp_path, VocabularyError)


# Knowledge -----------------------------------------------------------------------------------------------------------


def plan(subject="cat", background="white"):
    return Plan((Placement(subject, Box(0, 0, 8, 8)),), background)


def test_a_plan_of_known_things_passes():
    KNOWLEDGE.check_layers(plan())
    KNOWLEDGE.check_layers(plan("hot dog", "grass"))
    KNOWLEDGE.check_layers(Plan())


def test_an_unknown_subject_is_told_with_the_nearest_known_ones():
    with pytest.raises(UnknownSubjectError, match=r"does not know 'cats'; .* cat"):
        KNOWLEDGE.check_layers(plan("cats"))


def test_an_unknown_background_is_told_with_the_known_ones():
    with pytest.raises(PlanError, match="'night'; it knows grass, black"):
        KNOWLEDGE.check_layers(plan(background="night"))


FIRST = {"subjects": ["cat"], "sizes": ["small"], "grays": 16, "formats": ["flat", "tiled"], "describes": True}
PLANLESS = {"sizes": [], "describes": False, "sparse": False, "planless": True, "formats": ["flat", "tiled"]}
GONE = [FIRST, FIRST | {"sizes": [], "describes": False}, PLANLESS | {"describes": True}]
OLDER = [PLANLESS, {"sizes": [], "formats": ["layers"]}, {"sizes": [], "formats": ["requests"]}]


@pytest.mark.parametrize(
    "knowledge", [FIRST, FIRST | {"sizes": [], "describes": False}, PLANLESS | {"describes": True}]
)
def test_a_model_of_the_first_edition_is_refused_with_the_reason(folder, knowledge):
    change_about(folder, knowledge=knowledge)
    assert "a model of the first edition, which planned gray pictures on 8x8 cells" in refused(folder)


@pytest.mark.parametrize("knowledge", OLDER)
def test_an_older_model_that_draws_as_ever_is_read(folder, knowledge):
    change_about(folder, knowledge=knowledge)
    assert load_model(str(folder)).knowledge.formats == tuple(knowledge["formats"])


def test_the_gray_model_that_is_gone_is_refused_by_its_name():
    with pytest.raises(ModelError, match=r"^bundled is a model of the first edition, [^\n]*painter, digits$"):
        load_model("bundled")


def test_only_a_large_model_goes_to_a_gpu(saved, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    loaded = load_model(str(saved[1]))
    assert loaded.device == "cpu"
    loaded.config["hidden_size"] = 4096
    assert loaded.device == "cuda"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert loaded.device == "cpu"


def test_the_folder_of_a_run_leads_to_its_model(model_folder, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    (run / "model").symlink_to(model_folder)
    with pytest.raises(ModelError, match=r"holds no tiledraw\.json; .*did you mean .*run/model"):
        load_model(str(run))


@pytest.mark.parametrize(("rank", "device"), [(None, "cuda"), ("0", "cuda:0"), ("5", "cuda:1"), ("abc", "cuda")])
def test_each_process_of_a_launcher_draws_on_its_own_gpu(loaded, monkeypatch, rank, device):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    if rank:
        monkeypatch.setenv("LOCAL_RANK", rank)
    assert replace(loaded, config={**loaded.config, "hidden_size": 4096}).device == device
    assert loaded.device == "cpu"
