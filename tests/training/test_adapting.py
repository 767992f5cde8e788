"""Adapters through the loop: what is trained, what is saved, and that stops, processes and merging change nothing."""

import io
import itertools
import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from built import built_folder
from ready import run_ready
from safetensors.torch import load_file, save_file

from tiledraw.data.layers import LayerConfig
from tiledraw.data.shards import ShardSource
from tiledraw.format.grammar import FlatDocument
from tiledraw.format.vocabulary import Vocabulary
from tiledraw.models.adapters import AdapterConfig, add_adapter, is_tied
from tiledraw.models.knowledge import ABOUT, ModelError
from tiledraw.models.loading import full_name, load_base, load_model
from tiledraw.training import backends as backends
from tiledraw.training import loader
from tiledraw.training.backends import Score
from tiledraw.training.batches import collate, losses, make_example
from tiledraw.training.checkpoints import CheckpointError, find_checkpoints, load_checkpoint
from tiledraw.training.config import MixConfig, TrainConfig
from tiledraw.training.loop import Trainer
from tiledraw.training.optimizer import OptimizerConfig, rate_factor
from tiledraw.training.processes import make_accelerator
from tiledraw.training.session import LossError

ROOT = Path(__file__).parents[2]
SPARE = 40  # rows that a base has beyond its tokenizer; fewer than new words
# The words of Qwen3 (`added_tokens_decoder` of Qwen3-8B's tokenizer_config.json) behind far fewer of text than its own,
# and as many rows of its matrices to spare: 267.
QWEN3_TEXT, QWEN3_ROWS = 539, 832
QWEN3_WORDS = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>",
    "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
    "<|image_pad|>", "<|video_pad|>", "<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>",
    "<|fim_suffix|>", "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>", "<tool_response>", "</tool_response>", "<think>",
    "</think>",
)  # fmt: skip
CONFIG = TrainConfig(
    output="",
    data=built_folder(),
    adapter=AdapterConfig(rank=2, alpha=4, dropout=0.1, modules=("q_proj", "down_proj")),
    mix=MixConfig(long=2, flat_every=2, layouts=2),
    optimizer=OptimizerConfig(warmup=2, adapter_rate=0.01, row_rate=0.01),
    steps=4,
    log_steps=1,
    checkpoint_minutes=0.0,
    evaluate_documents=2,
    precision="float32",
)


@pytest.fixture(scope="module", params=["tied"])
def base(request, make_model, make_tokenizer, tmp_path_factory):
    """A pretrained model and its tokenizer, which know nothing of tiledraw. Untied, there are rows for all new words;
    tied, there are too few; with the words and the untied rows of Qwen3, there are as many as new words."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "qwen3":
        tokenizer, rows = make_tokenizer(QWEN3_WORDS, unused=QWEN3_TEXT - 256), QWEN3_ROWS
    else:
        tokenizer = make_tokenizer(("<|im_start|>", "<|im_end|>"))
        rows = 640 if request.param == "untied" else len(tokenizer) + SPARE
    tokenizer.save_pretrained(folder)
    make_model(rows, window=136, tied=request.param == "tied").save_pretrained(folder)
    return str(folder)


# where it counts which rows are there
with_qwen3 = pytest.mark.parametrize("base", ["untied", "tied", "qwen3"], indirect=True)


@pytest.fixture(scope="module")
def trainer(quiet_trainer):
    """Makes trainers of the configuration."""

    def make(folder, base, kind=quiet_trainer, **changes):
        return kind(replace(CONFIG, output=str(folder), base=base, **changes), log=io.StringIO())

    return make


@pytest.fixture(scope="module")
def straight(trainer, base, tmp_path_factory):
    """A run of four steps without a stop."""
    run = trainer(tmp_path_factory.mktemp("straight"), base)
    run.run()
    return run


@pytest.fixture(scope="module")
def adapter(straight):
    """The folder of its adapter."""
    straight.export(straight.folder / "model")
    return straight.folder / "model"


def sums(model, head, vocabulary):
    source = ShardSource(CONFIG.data)
    kinds = enumerate(("layout", "flat", "tile"))
    batch = collate([make_example(source.document(kind, 0), vocabulary, n) for n, kind in kinds], vocabulary)
    with torch.no_grad():
        hidden = model.get_decoder()(input_ids=batch.ids, use_cache=False).last_hidden_state
        return batch, losses(hidden, head, batch, vocabulary, len(loader.GROUPS))


def assert_same_losses(one, other):
    for name in vars(one):
        torch.testing.assert_close(getattr(one, name), getattr(other, name), rtol=1e-4, atol=1e-2)


# The base --------------------------------------------------------------------------------------------------------


@with_qwen3
def test_a_base_gets_the_words_and_keeps_its_own_rows(base):
    from transformers import AutoModelForCausalLM

    plain = AutoModelForCausalLM.from_pretrained(base)
    model, vocabulary = load_base(base, torch.float32)
    assert is_tied(model) == is_tied(plain)
    for get in ("get_input_embeddings", "get_output_embeddings"):
        old, new = getattr(plain, get)().weight, getattr(model, get)().weight
        assert torch.equal(new[: vocabulary.base], old[: vocabulary.base])
        assert len(new) == max(len(old), -(-vocabulary.size // 64) * 64)
        pixels = new[vocabulary.base : vocabulary.base + 256]
        scale = old[: vocabulary.base].square().mean().sqrt()
        assert 0.5 < new[vocabulary.base :].square().mean().sqrt() / scale < 2
        near, far = (pixels[1:] - pixels[:-1]).norm(dim=1), (pixels[128:] - pixels[:-128]).norm(dim=1)
        assert near.max() < far.mean()


@pytest.mark.parametrize("base", ["qwen3"], indirect=True)
def test_new_words_take_the_rows_that_qwen3_has_to_spare(base, adapter):
    model, vocabulary = load_base(base, torch.float32)
    assert (vocabulary.base, vocabulary.size) == (565, QWEN3_ROWS)  # <think> and others are its own
    assert not is_tied(model) and model.config.vocab_size == QWEN3_ROWS
    for name in ("model.embed_tokens", "lm_head"):
        assert model.get_submodule(name).weight.shape == (QWEN3_ROWS, 32)
        assert load_file(adapter / "adapter_model.safetensors")[
            f"base_model.model.{name}.token_adapter.trainable_tokens_delta"
        ].shape == (267, 32)
    size = sum(path.stat().st_size for path in adapter.glob("*.safetensors"))
    assert size < 200_000  # the matrices alone would be 213,000, those of Qwen3's own words 39 million


def test_a_base_is_the_same_in_every_process(base):
    (one, _), (other, _) = (load_base(base, torch.float32) for _ in range(2))
    assert all(torch.equal(value, other.state_dict()[name]) for name, value in one.state_dict().items())


@pytest.mark.parametrize("name", ["/no/such/folder", "no-such.gguf", "./nothing/x.gguf"])
def test_a_missing_base_is_told(name):
    with pytest.raises(ModelError, match=r"^the (model folder|GGUF file) [^\n]* does not exist[^\n]*$"):
        load_base(name, torch.float32)


def test_modules_that_the_base_lacks_are_told(base):
    model, vocabulary = load_base(base, torch.float32)
    with pytest.raises(ModelError, match=r"^the model [^\n]* can't be adapted: [^\n]*c_attn"):
        add_adapter(model, vocabulary, AdapterConfig(modules=("c_attn",)), base)


@pytest.mark.parametrize("wrong", [{"rank": 0}, {"dropout": 1.0}, {"modules": ()}])
def test_an_adapter_that_can_be_none_is_refused(wrong):
    with pytest.raises(ValueError, match=f"^adapter.{next(iter(wrong))}"):
        AdapterConfig(**wrong)


# Training --------------------------------------------------------------------------------------------------------


@with_qwen3
def test_only_the_adapter_and_the_new_rows_are_trained_and_all_of_them(straight, base):
    model, vocabulary = load_base(base, torch.float32)
    start = add_adapter(model, vocabulary, CONFIG.adapter, base).state_dict()
    tied = is_tied(straight.backend.model.get_base_model()) or "lm_head.token_adapter" not in " ".join(start)
    moved = {name for name, value in straight.backend.model.state_dict().items() if not torch.equal(value, start[name])}
    assert all("lora_" in name or "trainable_tokens_delta" in name for name in moved)
    rows = {name for name in moved if "trainable_tokens_delta" in name}
    assert any("embed_tokens" in name for name in rows)
    assert tied or any("lm_head" in name for name in rows)
    trained = {name for name, value in straight.backend.model.named_parameters() if value.requires_grad}
    assert sum("lora_B" in name for name in moved) == sum("lora_B" in name for name in trained) == 4


@with_qwen3
def test_the_loss_is_that_of_pefts_own_forward_pass(straight):
    model, vocabulary = straight.backend.model.get_base_model(), straight.vocabulary
    with straight.backend.at_rest():
        batch, stock = sums(model, model.get_output_embeddings().weight, vocabulary)
        with torch.no_grad():
            ours = Score(straight.backend.model, vocabulary, torch.float32, adapted=True).eval()
            fields = ours(batch.ids, batch.targets, batch.positions, batch.groups)
    assert_same_losses(stock, type(stock)(*fields))


def test_a_run_that_was_killed_goes_on_bit_for_bit(trainer, quiet_trainer, straight, base, tmp_path):
    first = trainer(tmp_path, base)
    first.fatal = 2
    with pytest.raises(quiet_trainer.Kill):
        first.run()
    second = trainer(tmp_path, base)
    assert second.step == 2
    second.run()
    one, _ = load_checkpoint(find_checkpoints(straight.folder)[-1])
    other, _ = load_checkpoint(find_checkpoints(tmp_path)[-1])
    assert set(one) == set(other) == {"adapter", "optimizer0"}
    for file, content in one.items():
        assert set(content) == set(other[file])
        assert all(torch.equal(value, other[file][name]) for name, value in content.items()), file


def test_micro_batches_change_no_gradient(trainer, straight, base, tmp_path):
    plain = replace(CONFIG.adapter, dropout=0.0)
    lines = []
    for folder, size in ((tmp_path / "whole", 0), (tmp_path / "micro", 1)):
        run = trainer(folder, base, adapter=plain, micro_batch=size, steps=2)
        run.run()
        lines.append([json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()])
    for one, other in zip(*lines, strict=True):
        for key in [key for key in one if "/" in key]:
            assert one[key] == pytest.approx(other[key], abs=2e-3)


def test_checkpointing_of_gradients_changes_no_loss(trainer, straight, base, tmp_path):
    run = trainer(tmp_path, base, gradient_checkpointing=True, steps=2)
    run.run()
    first = [json.loads(line) for line in (straight.folder / "metrics.jsonl").read_text().splitlines()][1]
    again = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()][1]
    for key in [key for key in first if "/" in key]:
        assert first[key] == pytest.approx(again[key], abs=2e-3)


def test_a_loss_that_is_no_number_names_its_documents_and_leaves_the_checkpoint(trainer, quiet_trainer, base, tmp_path):
    run = trainer(tmp_path, base)
    run.fatal = 1
    with pytest.raises(quiet_trainer.Kill):
        run.run()
    run.fatal = None
    with torch.no_grad():
        next(iter(run.backend.trained.values())).fill_(math.nan)
    with pytest.raises(LossError, match=r"at step 1, of the documents (flat 2, tile 3|tile 3, flat 2)"):
        run.run()
    assert load_checkpoint(find_checkpoints(tmp_path)[-1])[1]["step"] == 1


def test_a_checkpoint_of_another_model_or_with_nan_is_told(trainer, straight, base, tmp_path):
    run = trainer(tmp_path, base)
    run._save()
    with pytest.raises(CheckpointError, match=r"adapter\.modules q_proj, down_proj, not k_proj"):
        trainer(tmp_path, base, adapter=replace(CONFIG.adapter, modules=("k_proj",)))
    with pytest.raises(CheckpointError, match=r"adapter\.rank 2, not 4"):
        trainer(tmp_path, base, adapter=replace(CONFIG.adapter, rank=4))
    with pytest.raises(CheckpointError, match=r"is of another kind of model"):
        trainer(tmp_path, None)
    with pytest.raises(CheckpointError, match=r"adapter\.modules"):
        trainer(tmp_path, base, adapter=replace(CONFIG.adapter, modules=("k_proj",)))
    path = find_checkpoints(tmp_path)[-1] / "adapter.safetensors"
    content = load_file(path)
    save_file({name: value * math.nan for name, value in content.items()}, path)
    with pytest.raises(CheckpointError, match=r"holds values that are no numbers \(adapter: "):
        trainer(tmp_path, base)


# What comes out --------------------------------------------------------------------------------------------------


@with_qwen3
def test_the_folder_is_a_standard_adapter_without_the_embeddings(adapter, base, straight):
    config = json.loads((adapter / "adapter_config.json").read_text())
    assert config["peft_type"] == "LORA" and config["base_model_name_or_path"] == full_name(base)
    stored = load_file(adapter / "adapter_model.safetensors")
    assert max(len(value) for name, value in stored.items() if "trainable_tokens" in name) == (
        straight.vocabulary.size - straight.vocabulary.base
    )
    assert not [name for name in stored if name.endswith("embed_tokens.weight") or name.endswith("lm_head.weight")]
    assert {"tokenizer.json", "generation_config.json", ABOUT, "README.md"} <= {path.name for path in adapter.iterdir()}
    card = (adapter / "README.md").read_text()
    assert "library_name: peft" in card and "4 training steps" in card


@with_qwen3
def test_loading_merges_and_gives_the_same_losses(adapter, straight):
    loaded = load_model(str(adapter))
    assert loaded.knowledge == straight.knowledge and loaded.base
    with straight.backend.at_rest():
        model = straight.backend.model.get_base_model()
        _, trained = sums(model, model.get_output_embeddings().weight, straight.vocabulary)
    assert not [name for name, _ in loaded.model.named_modules() if "lora" in name]
    _, merged = sums(loaded.model, loaded.model.get_output_embeddings().weight, loaded.vocabulary)
    assert_same_losses(trained, merged)
    assert loaded.config["vocab_size"] == len(loaded.model.get_input_embeddings().weight)


@with_qwen3
def test_a_decoder_draws_with_an_adapter(adapter):
    from tiledraw.engine.decoders import make_decoder

    loaded = load_model(str(adapter))
    decoder = make_decoder(loaded)
    ids = loaded.vocabulary.encode("a cat")
    with torch.no_grad():
        expected = loaded.model(torch.tensor([ids])).logits[0, -1]
    np.testing.assert_allclose(decoder.logits(decoder.start([ids], 1))[0], expected, rtol=1e-3, atol=1e-3)


@with_qwen3
def test_merge_writes_a_plain_checkpoint(adapter, tmp_path, capsys):
    from transformers import AutoModelForCausalLM

    from tiledraw.cli.main import main

    assert main(["merge", str(adapter), str(tmp_path / "out"), "--dtype", "float32"]) == 0
    loaded = load_model(str(adapter))
    ids = torch.tensor([loaded.vocabulary.encode("a cat")])
    plain = AutoModelForCausalLM.from_pretrained(tmp_path / "out", dtype=torch.float32)
    with torch.no_grad():
        torch.testing.assert_close(plain(ids).logits, loaded.model(ids).logits)
    assert load_model(str(tmp_path / "out")).knowledge == loaded.knowledge
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    for argv in (["merge", str(adapter), str(tmp_path / "out")], ["merge", str(tmp_path / "out"), str(tmp_path / "x")]):
        assert main(argv) == 2
        assert capsys.readouterr().err.count("\n") >= 1
    model, vocabulary = load_base(str(tmp_path / "out"), torch.float32)  # to be trained further
    assert torch.equal(model.get_input_embeddings().weight, plain.get_input_embeddings().weight)
    assert vocabulary.fingerprint == loaded.vocabulary.fingerprint


@pytest.mark.parametrize("base", ["tied"], indirect=True)
def test_a_run_looks_exports_and_draws(trainer, base, tmp_path):
    mix = MixConfig(long=2, flat_every=1, layouts=0)
    run = trainer(tmp_path, base, Trainer, steps=1, mix=mix, evaluate_documents=1)
    [prompt] = run.loader.prompts(1)
    run.loader.prompts = lambda count: [prompt]  # each picture takes seconds
    run.run()
    splits = [json.loads(line)["split"] for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert splits == ["train", "validation"]
    loaded = load_model(str(tmp_path / "model"))
    assert loaded.knowledge.formats == ("flat",) and loaded.knowledge.steps == 1
    card = (tmp_path / "model" / "README.md").read_text()
    assert (tmp_path / "model" / "samples.png").read_bytes() == next((tmp_path / "samples").iterdir()).read_bytes()
    assert "samples.png" in card and prompt in card


def test_an_adapter_that_is_damaged_or_of_another_vocabulary_is_refused(adapter, make_tokenizer, tmp_path):
    def copy(name):
        return shutil.copytree(adapter, tmp_path / name)

    lacking, broken, other = copy("lacking"), copy("broken"), copy("other")
    stored = load_file(adapter / "adapter_model.safetensors")
    first = sorted(stored)[0]
    save_file({name: value for name, value in stored.items() if name != first}, lacking / "adapter_model.safetensors")
    save_file({**stored, first: stored[first] * math.nan}, broken / "adapter_model.safetensors")
    Vocabulary.extend(make_tokenizer()).tokenizer.save_pretrained(other)
    with pytest.raises(ModelError, match="its weights lack"):
        _ = load_model(str(lacking)).model
    with pytest.raises(ModelError, match="values that are no numbers"):
        _ = load_model(str(broken)).model
    with pytest.raises(ValueError, match="another vocabulary"):
        load_model(str(other))


@pytest.mark.parametrize("base", ["untied"], indirect=True)
@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"seed": 9}, "weights.words"),
        ({"layers": 1}, "num_hidden_layers 2, not 1"),
        ({"tied": True}, "tie"),
        ({"theta": 5.0}, "rope_parameters.rope_theta"),
    ],
)
def test_a_base_of_the_same_words_that_is_another_is_refused(
    adapter, make_model, make_tokenizer, tmp_path, changes, named
):
    other, copy = tmp_path / "base", shutil.copytree(adapter, tmp_path / "adapter")
    model = make_model(640, window=136, tied=changes.get("tied", False), seed=changes.get("seed", 0))
    if "layers" in changes:
        model.config.num_hidden_layers, model.config.layer_types = 1, model.config.layer_types[:1]
        model.model.layers = model.model.layers[:1]
    if "theta" in changes:
        model.config.rope_parameters["rope_theta"] = changes["theta"]
    model.save_pretrained(other)
    make_tokenizer(("<|im_start|>", "<|im_end|>")).save_pretrained(other)
    config = json.loads((copy / "adapter_config.json").read_text())
    (copy / "adapter_config.json").write_text(json.dumps(config | {"base_model_name_or_path": str(other)}))
    with pytest.raises(ModelError, match=f"^the adapter [^\n]* was made on another base than [^\n]*{named}[^\n]*$"):
        _ = load_model(str(copy)).model


@pytest.mark.parametrize("base", ["tied"], indirect=True)
def test_the_same_base_in_another_precision_or_folder_is_the_same(adapter, base, tmp_path):
    moved, copy = shutil.copytree(base, tmp_path / "moved"), shutil.copytree(adapter, tmp_path / "adapter")
    config = json.loads((copy / "adapter_config.json").read_text())
    (copy / "adapter_config.json").write_text(json.dumps(config | {"base_model_name_or_path": str(moved)}))
    load_model(str(copy)).load(torch.bfloat16)


def test_an_adapter_that_does_not_say_on_which_base_it_was_made_is_read_with_a_warning(adapter, tmp_path):
    copy = shutil.copytree(adapter, tmp_path / "adapter")
    about = json.loads((copy / ABOUT).read_text())
    about.pop("base")
    (copy / ABOUT).write_text(json.dumps(about))
    with pytest.warns(UserWarning, match="does not say which base it was made on"):
        _ = load_model(str(copy)).model


def test_a_run_goes_on_with_the_base_that_it_began_with_alone(trainer, make_model, base, tmp_path):
    own = str(shutil.copytree(base, tmp_path / "base"))
    trainer(tmp_path / "run", own)._save()
    tied, rows = (lambda model: (is_tied(model), len(model.get_input_embeddings().weight)))(
        load_base(own, torch.float32)[0]
    )
    make_model(rows, window=136, tied=tied, seed=3).save_pretrained(own)
    with pytest.raises(CheckpointError, match=r"weights\.words [0-9a-f]+, not [0-9a-f]+"):
        trainer(tmp_path / "run", own)


def test_an_adapter_is_no_base(trainer, adapter, tmp_path):
    with pytest.raises(ModelError, match=r"^the base [^\n]* is an adapter; merge it first \(tiledraw merge "):
        trainer(tmp_path, str(adapter))


def test_a_model_is_uploaded_whole_or_the_reason_is_told(straight, monkeypatch):
    import huggingface_hub

    calls = []

    class Hub:
        def create_repo(self, name, exist_ok):
            calls.append(name)

        def upload_folder(self, repo_id, folder_path):
            calls.append(folder_path)
            if repo_id == "me/offline":
                raise ConnectionError("no network\nand more")

    monkeypatch.setattr(huggingface_hub, "HfApi", Hub)
    monkeypatch.setattr(straight, "config", replace(straight.config, push_to_hub="me/it"))
    straight._push(math.inf)
    assert calls == ["me/it", straight.folder / "model"]
    monkeypatch.setattr(straight, "config", replace(straight.config, push_to_hub="me/offline"))
    with pytest.raises(ValueError, match=r"^[^\n]* could not be uploaded to me/offline: no network$"):
        straight._push(math.inf)


# Processes -------------------------------------------------------------------------------------------------------

YAML = """
output: {output}
base: {base}
data: {data}
adapter: {{rank: 2, modules: [q_proj, down_proj]}}
mix: {{long: 2, flat_every: 2, layouts: 2}}
optimizer: {{warmup: 2, adapter_rate: 0.01, row_rate: 0.01}}
steps: {steps}
log_steps: 1
checkpoint_minutes: 0
evaluate_documents: 2
precision: float32
"""
# `accelerate launch`, whose processes are forked from it
LAUNCH = """
import sys
from accelerate.commands import launch
from torch.distributed import run
from tiledraw.cli.main import main
from tiledraw.training.loop import Trainer

def live(*arguments):
    *_, training = " ".join(arguments).partition(" train ")
    sys.exit(main(["train", *training.split()]))

def start(config, entrypoint, launched=run.elastic_launch):
    config.start_method = "fork"
    return launched(config, live)

if "quiet" in sys.argv:
    Trainer._evaluate = lambda self, until: True
run.elastic_launch = start
launch.main()
"""

PLAIN = AdapterConfig(rank=2, modules=CONFIG.adapter.modules)  # without dropout, which differs by process


def launch(options, script, tmp_path, base, steps):
    """Runs a training of `YAML` in processes that accelerate starts; what they print on stderr."""
    config, launcher = tmp_path / "config.yaml", tmp_path / "launch.py"
    config.write_text(YAML.format(output=tmp_path / "run", base=base, data=CONFIG.data, steps=steps))
    launcher.write_text(LAUNCH)
    done = run_ready([launcher, "--main_process_port", "0", *options, *script, "train", "--config", config])
    assert done.returncode == 0, done.stderr
    return done.stderr


def assert_same_metrics(one, other, steps):
    """That the lines of training of two folders are equal, to rounding, at these steps."""
    lines = []
    for folder in (one, other):
        line = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
        lines.append([step for step in line if step["split"] == "train" and step["step"] in steps])
    assert len(lines[0]) == len(lines[1]) == len(steps)
    for a, b in zip(*lines, strict=True):
        keys = [key for key in a if "/" in key]
        assert keys == [key for key in b if "/" in key] and a["tokens"] == b["tokens"]
        assert [a[key] for key in keys] == pytest.approx([b[key] for key in keys], abs=2e-3)


@pytest.mark.parametrize("base", ["untied"], indirect=True)
def test_two_processes_with_half_the_documents_each_give_the_losses_of_one(trainer, base, tmp_path):
    trainer(tmp_path / "one", base, adapter=PLAIN, steps=3).run()
    options = ["--multi_gpu", "--num_processes", "2", "--num_machines", "1", "--mixed_precision", "no",
               "--dynamo_backend", "no"]  # fmt: skip
    launch(options, ["quiet"], tmp_path, base, steps=3)
    assert_same_metrics(tmp_path / "one", tmp_path / "run", {1, 2, 3})


@pytest.mark.parametrize("base", ["untied"], indirect=True)
def test_two_processes_with_half_the_weights_each_go_on_as_one_would(trainer, quiet_trainer, base, tmp_path):
    """FSDP as shipped, from a checkpoint of one process to one that one process takes up again."""
    one = trainer(tmp_path / "one", base, adapter=PLAIN)
    one.fatal = 2
    with pytest.raises(quiet_trainer.Kill):
        one.run()
    shutil.copytree(one.folder, tmp_path / "run")
    one.fatal = None
    one.run()
    options = ["--config_file", str(ROOT / "configs" / "accelerate" / "fsdp.yaml")]
    said = launch(options, ["--module", "tiledraw"], tmp_path, base, steps=4)
    assert "continuing from step 2 of 4" in said and "drew no samples: no process has all weights" in said
    assert_same_metrics(one.folder, tmp_path / "run", {3, 4})
    again = trainer(tmp_path / "run", base, adapter=PLAIN)
    assert again.step == 4
    for file, content in again.backend.tensors().items():
        torch.testing.assert_close(content, one.backend.tensors()[file], rtol=1e-3, atol=1e-5)
    one.export(one.folder / "model")
    ours, theirs = (load_model(str(folder / "model")).model for folder in (one.folder, tmp_path / "run"))
    torch.testing.assert_close(dict(ours.named_parameters()), dict(theirs.named_parameters()), rtol=1e-3, atol=1e-5)


def test_what_fsdp_cannot_do_is_told(trainer, monkeypatch, tmp_path):
    monkeypatch.setattr(backends, "is_sharded", lambda accelerator: True)
    with pytest.raises(ValueError, match=r"^a new model is trained whole in each process; FSDP is for adapters"):
        trainer(tmp_path, base=None)
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    with pytest.raises(ValueError, match=r"^FSDP of version 1 [^\n]*; give accelerate --fsdp_version 2$"):
        make_accelerator(tmp_path, [])


@pytest.mark.parametrize("base", ["untied"], indirect=True)
def test_a_process_that_is_killed_at_any_moment_goes_on_bit_for_bit(base, tmp_path):
    """In short; `python scripts/kill_training.py FOLDER` kills twenty times, and stops five times."""
    config = tmp_path / "config.yaml"
    config.write_text(YAML.format(output=tmp_path, base=base, data=CONFIG.data, steps=1))
    script = [ROOT / "scripts" / "kill_training.py", tmp_path / "runs", "--config", config]
    done = run_ready([*script, "--kills", "2", "--terms", "1"])
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].endswith("the weights are equal bit for bit")


def test_documents_that_processes_cannot_share_evenly_are_told(vocabulary):
    config = replace(CONFIG, mix=MixConfig(long=3, layouts=2))
    with pytest.raises(ValueError, match=r"^mix\.long 3 can't be shared evenly by 2 processes; give a multiple of 2$"):
        loader.Loader(config, vocabulary, 0, 2)


def test_processes_share_all_documents_of_a_step(vocabulary):
    config = replace(CONFIG, mix=MixConfig(long=4, flat_every=2, layouts=2))
    whole = loader.Loader(config, vocabulary).batches(1)
    halves = [loader.Loader(config, vocabulary, process, 2).batches(1) for process in range(2)]
    for part in range(3):
        names = [name for half in halves for batch in half[part] for name in batch.names]
        assert sorted(names) == sorted(name for batch in whole[part] for name in batch.names)


def test_short_tiles_are_batches_of_their_own(vocabulary):
    config = replace(CONFIG, data=built_folder(32))
    config = replace(config, mix=MixConfig(long=8, flat_every=0, layouts=2), micro_batch=2)
    long, short, layouts = loader.Loader(config, vocabulary).batches(0)
    assert {loader.GROUPS[group] for batch in long for group in batch.groups[:, 0]} == {"tile32"}
    assert {loader.GROUPS[group] for batch in short for group in batch.groups[:, 0]} == {"tile16"}
    assert {loader.GROUPS[group] for batch in layouts for group in batch.groups[:, 0]} == {"layout"}
    assert sum(len(batch.ids) for batch in (*long, *short)) == 8
    assert max(len(batch.ids) for batch in (*long, *short, *layouts)) == 2
    together, nothing, _ = loader.Loader(config, vocabulary, in_step=True).batches(0)
    assert [len(batch.ids) for batch in together] == [2, 2, 2, 2] and nothing == []


# Folders of documents ----------------------------------------------------------------------------------------------


def test_a_folder_of_documents_is_shuffled_anew_each_time_around(vocabulary):
    class Source:
        def document(self, kind, index):
            return index

    shuffled, again = (loader.ShuffledSource(Source(), {"tile": 50}) for _ in range(2))
    first, second = ([shuffled.document("tile", index) for index in range(start, start + 50)] for start in (0, 50))
    assert sorted(first) == list(range(50)) and sorted(second) == list(range(50, 100))
    assert [index - 50 for index in second] != first != sorted(first)
    assert first == [again.document("tile", index) for index in range(50)]


@pytest.fixture
def shards(monkeypatch):
    """A folder of documents: flat ones only, in two splits."""

    class ShardSource:
        def __init__(self, folder, split):
            self.split, self.manifest = split, {"settings": {"grays": 4, "sizes": [32]}}
            self.labels, self.planless = ("six",), True
            self.counts = {"layout": 0, "flat": {"train": 6, "validation": 3}[split], "tile": 0}

        def document(self, kind, index):
            pixels = np.full((32, 32), index, dtype=np.uint8)
            return FlatDocument(f"{self.split} {index}", "a digit", pixels)

    monkeypatch.setattr(loader, "ShardSource", ShardSource)
    return replace(CONFIG, data="folder", mix=MixConfig(long=2, flat_every=1, layouts=0))


def test_a_folder_of_documents_feeds_a_run(shards, vocabulary):
    made = loader.Loader(shards, vocabulary)
    assert made.grays == 4 and made.kinds == {"flat": 2}
    names = [name for step in range(3) for part in made.batches(step) for batch in part for name in batch.names]
    assert names == [f"flat {index}" for index in range(6)]
    assert made.prompts(3) == ["validation 0", "validation 1"]
    assert [len(batch.ids) for batch in made.validation()] == [2]


def test_a_folder_without_what_the_mix_asks_for_is_told(shards, vocabulary):
    with pytest.raises(ValueError, match=r"^the data folder folder holds no tile documents to learn from"):
        loader.Loader(replace(shards, mix=MixConfig(long=2, flat_every=2, layouts=0)), vocabulary)
    with pytest.raises(ValueError, match="the mix holds no documents"):
        loader.Loader(replace(shards, mix=MixConfig(long=0, layouts=0)), vocabulary)


def test_the_rate_follows_a_cosine():
    config = OptimizerConfig(schedule="cosine", warmup=10)
    factors = [rate_factor(step, 110, config) for step in range(111)]
    assert factors[:10] == pytest.approx([0.1 * n for n in range(1, 11)])
    assert factors[60] == pytest.approx(0.5) and factors[110] == pytest.approx(0)
    assert all(one >= other for one, other in itertools.pairwise(factors[10:]))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"data": None}, "either from layers.*neither is given"),
        ({"layers": LayerConfig(("cat",))}, "either from layers.*both are given"),
        ({"base": "x", "start": "y"}, "start is for new models"),
        ({"steps": 0}, "steps is 0"),
        ({"micro_batch": -1}, "micro_batch is -1"),
        ({"push_to_hub": "name"}, "owner/name"),
    ],
)
def test_a_configuration_that_contradicts_itself_is_refused(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        replace(CONFIG, **changes)


def test_an_unknown_tracker_is_told_before_the_work(trainer, base, tmp_path):
    with pytest.raises(ValueError, match=r"^the tracker 'nonsense' is unknown or not installed; available here: "):
        trainer(tmp_path / "run", base, trackers=["nonsense"])
    assert not (tmp_path / "run").exists()
