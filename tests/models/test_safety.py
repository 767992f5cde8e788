"""A stranger's model folder runs nothing: neither code that it brings (`auto_map`), nor pickled weights. Real attacks,
through the real command, with "y" on standard input."""

import ast
import json
import os
import pickle
import shutil
from pathlib import Path

import pytest
from ready import run_ready

import tiledraw
from tiledraw.models.knowledge import ModelError
from tiledraw.models.loading import load_base, packaged_folder
from tiledraw.models.vae import load_vae, packaged_vae

TRAIN = "steps: 1\nprecision: float32\nlayers: {subjects: [cat]}\n"


class Trap:
    """Makes a folder when it is unpickled."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (str(self.marker),)


@pytest.fixture
def marker(tmp_path):
    """What an attack would make."""
    return tmp_path / "it ran"


@pytest.fixture
def with_code(tmp_path, marker):
    """Makes folders of models, configurations, tokenizers and processors that are code of their own."""

    def make(name):
        folder = tmp_path / name
        folder.mkdir()
        own = ("AutoConfig", "AutoModelForCausalLM", "AutoModelForImageTextToText", "AutoProcessor")
        auto_map = {kind: "evil.Evil" for kind in own} | {"AutoTokenizer": ["evil.Evil", "evil.Evil"]}
        (folder / "evil.py").write_text(f"import os\nos.mkdir({str(marker)!r})\nclass Evil: pass\n")
        config = {"model_type": "evil", "vocab_size": 30_000, "hidden_size": 32}
        for file in ("config.json", "tokenizer_config.json", "processor_config.json", "preprocessor_config.json"):
            (folder / file).write_text(json.dumps({**config, "auto_map": auto_map}))
        (folder / "model.safetensors").write_bytes(b"")
        return folder

    return make


def pretend(folder):
    """Makes a folder look as if tiledraw had saved it."""
    folder.mkdir(exist_ok=True)
    for file in ("tiledraw.json", "tokenizer.json"):
        shutil.copy(packaged_folder("painter") / file, folder)


def adapter_of(folder, base, **config):
    pretend(folder)
    config = {"base_model_name_or_path": str(base), "peft_type": "LORA", "task_type": "CAUSAL_LM", "r": 1, **config}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return folder


def pickled(path, marker):
    path.write_bytes(pickle.dumps(Trap(marker)))


def refused(folder, *arguments):
    """What the command says, which is one sentence."""
    done = run_ready(["-m", "tiledraw", *arguments], folder, said="y\n" * 9, HF_HUB_OFFLINE="1")
    assert done.returncode == 2, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("tiledraw: ")]
    assert len(lines) == 1 and done.stderr.endswith(lines[0] + "\n") and "Traceback" not in done.stderr, done.stderr
    return lines[0]


def test_a_base_never_runs_its_code_when_it_is_trained(tmp_path, with_code, marker):
    (tmp_path / "train.yaml").write_text(f"output: out\nbase: {with_code('base')}\n{TRAIN}")
    assert "brings code of its own" in refused(tmp_path, "train", "--config", "train.yaml")
    assert not marker.exists()


@pytest.mark.parametrize("verb", ["generate", "merge"])
def test_a_base_of_an_adapter_never_runs_its_code(tmp_path, with_code, marker, verb):
    adapter = adapter_of(tmp_path / "adapter", with_code("base"))
    arguments = {"generate": ("a cat", "-o", "x.png", "--model", adapter), "merge": (adapter, "whole")}
    assert "brings code of its own" in refused(tmp_path, verb, *arguments[verb])
    assert not marker.exists()


@pytest.mark.parametrize("start", [True, False])
def test_a_model_and_its_tokenizer_never_run_their_code(tmp_path, with_code, marker, start):
    model = with_code("model")
    pretend(model)
    assert "model" in refused(tmp_path, "generate", "a cat", "-o", "x.png", "--model", model)
    key = "start" if start else "tokenizer"
    (tmp_path / "train.yaml").write_text(f"output: out\n{key}: {model}\n{TRAIN}")
    refused(tmp_path, "train", "--config", "train.yaml")
    assert not marker.exists()


def test_a_model_that_annotates_never_runs_its_code(tmp_path, with_code, marker):
    from PIL import Image

    (tmp_path / "pictures").mkdir()
    Image.new("L", (32, 32)).save(tmp_path / "pictures" / "a.png")
    said = refused(tmp_path, "data", "annotate", "pictures", "--model", with_code("model"))
    assert "brings code of its own" in said and not marker.exists()


@pytest.fixture
def whole(tmp_path, make_model, make_tokenizer):
    """A base that nothing is wrong with."""
    folder = tmp_path / "whole"
    tokenizer = make_tokenizer()
    make_model(rows=len(tokenizer)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_a_base_of_pickled_weights_is_refused_unread(tmp_path, whole, marker):
    (whole / "model.safetensors").unlink()
    pickled(whole / "pytorch_model.bin", marker)
    (tmp_path / "train.yaml").write_text(f"output: out\nbase: {whole}\n{TRAIN}")
    assert "pytorch_model.bin is never read" in refused(tmp_path, "train", "--config", "train.yaml")
    adapter = adapter_of(tmp_path / "adapter", whole)
    assert "pytorch_model.bin is never read" in refused(tmp_path, "merge", adapter, "merged")
    assert "pytorch_model.bin is never read" in refused(tmp_path, "data", "annotate", tmp_path, "--model", whole)
    assert not marker.exists()


def test_an_index_that_leads_to_other_files_is_refused_unread(whole, marker):
    pickled(whole / "shard.bin", marker)
    for file in ("shard.bin", "../whole/model.safetensors", 7, None):
        (whole / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": file}}))
        with pytest.raises(ModelError, match=r"no safetensors|is damaged"):
            load_base(str(whole), None)
    assert not marker.exists()


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({}, "adapter_model.bin is never read"),
        ({"megatron_config": {"a": 1}, "megatron_core": "evil"}, "names a module"),
        ({"peft_type": "IA3"}, "of the kind IA3"),
    ],
)
def test_adapters_of_pickled_weights_and_such_that_import_modules_are_refused(
    tmp_path, whole, marker, config, sentence
):
    import torch

    (tmp_path / "evil.py").write_text(f"import os\nos.mkdir({str(marker)!r})\n")
    adapter = adapter_of(tmp_path / "adapter", whole, **config)
    if config:
        from safetensors.torch import save_file

        save_file({"a": torch.zeros(1)}, adapter / "adapter_model.safetensors")
    pickled(adapter / "adapter_model.bin", marker)
    from tiledraw.models.adapters import merge_adapter

    base, vocabulary = load_base(str(whole), torch.float32)
    with pytest.raises(ModelError, match=sentence):
        merge_adapter(adapter, vocabulary.fingerprint, str(whole), base, vocabulary)
    (adapter / "tiledraw.json").unlink()  # then it is a base like any other
    with pytest.raises(ModelError, match=sentence):
        load_base(str(adapter), torch.float32)
    assert not marker.exists()


def test_a_model_of_pickled_weights_is_refused_unread(tmp_path, model_folder, marker):
    folder = Path(shutil.copytree(model_folder, tmp_path / "model"))
    (folder / "model.safetensors").unlink()
    pickled(folder / "pytorch_model.bin", marker)
    assert "holds no weights" in refused(tmp_path, "generate", "a cat", "-o", "x.png", "--model", folder)
    (tmp_path / "train.yaml").write_text(f"output: out\nstart: {folder}\n{TRAIN}")
    assert "holds no weights" in refused(tmp_path, "train", "--config", "train.yaml")
    assert not marker.exists()


def test_a_network_that_enlarges_is_read_from_safetensors_alone(tmp_path, marker):
    pytest.importorskip("diffusers")
    foreign, own = tmp_path / "foreign", Path(shutil.copytree(packaged_vae(), tmp_path / "own"))
    foreign.mkdir()
    (foreign / "config.json").write_text(json.dumps({"_class_name": "AutoencoderKL"}))
    (own / "model.safetensors").unlink()
    for folder, file in ((foreign, "diffusion_pytorch_model.bin"), (own, "pytorch_model.bin")):
        pickled(folder / file, marker)
        with pytest.raises(ModelError, match="can't be loaded"):
            load_vae(folder)
    assert not marker.exists()


def test_nothing_in_the_package_reads_or_writes_pickles_or_runs_text():
    package = Path(tiledraw.__file__).parent
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {"pickle", "marshal", "shelve", "dill"} & set(names), path
            called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            assert called not in ("eval", "exec"), path
