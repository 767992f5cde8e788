"""Times decoding of one checkpoint by our engine and by others that can be installed: tokens a second at each batch.

    pip install '.[benchmarks]'      # or those of the engines that shall take part
    python scripts/benchmark_decoding.py [--batches 1 16 64] [--engines ours ...] [--context 1072] [--new 129]

The checkpoint is the painter in float32. Engines that read sliding windows get it as it is; the others, marked
with a star, get the same weights with full attention in every layer; "ours_full" shows what that costs here. A stream
reads `context` tokens and draws `new` more; the time of the first one is taken off, so that what counts is decoding at
a context as long as a tile's. Every engine runs in processes of its own, with one and with two threads, and the better
figure counts. The line "tiles" is what this project does with the same weights where it draws: given tokens fed along,
draft tokens ahead; it counts all tokens of busy tile documents.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from itertools import repeat
from pathlib import Path

import numpy as np

ROOM = 2048  # most tokens of a stream
Run = Callable[[np.ndarray, int], None]  # reads ids (batch, context) and draws that many tokens a stream


def save_checkpoint(folder: Path, windows: bool) -> None:
    """The painter in float32 as a stock checkpoint, with its windows or with full attention in every layer."""
    from tiledraw.models.loading import load_model

    loaded = load_model()
    model, config = loaded.model, loaded.model.config
    if not windows:
        config.layer_types = ["full_attention"] * config.num_hidden_layers
        config.use_sliding_window, config.sliding_window = False, None
    model.save_pretrained(folder)
    for path in loaded.folder.glob("tokenizer*.json"):
        shutil.copy(path, folder)


# --- engines: each prepares a checkpoint once, and makes a function that decodes --------------------------------------


def ours(folder: Path, batch: int, threads: int) -> Run:
    from safetensors.numpy import load_file
    from threadpoolctl import threadpool_limits

    from tiledraw.engine.numpy_decoder import NumpyDecoder
    from tiledraw.engine.sampling import sample

    threadpool_limits(1)
    config = json.loads((folder / "config.json").read_text())
    decoder = NumpyDecoder(config, load_file(folder / "model.safetensors"))
    noise = np.random.default_rng(0).random(batch)

    def decode(ids: np.ndarray, new: int) -> None:
        streams = copy(decoder)
        hidden = streams.start(ids.tolist(), new)
        for number in range(new):
            chosen, _ = sample(streams.logits(hidden, 0, 256), noise[: len(ids)], 1.0)
            if number + 1 < new:
                hidden = streams.feed(chosen[:, None])

    def run(ids: np.ndarray, new: int) -> None:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(decode, np.array_split(ids, min(threads, batch)), repeat(new)))

    return run


def ours_full(folder: Path, batch: int, threads: int) -> Run:
    return ours(folder, batch, threads)


def transformers(folder: Path, batch: int, threads: int) -> Run:
    import torch
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(threads)
    model = AutoModelForCausalLM.from_pretrained(folder, use_safetensors=True, trust_remote_code=False).eval()

    def run(ids: np.ndarray, new: int) -> None:
        model.generate(torch.from_numpy(ids), do_sample=True, min_new_tokens=new, max_new_tokens=new, top_k=0)

    return run


def onnxruntime(folder: Path, batch: int, threads: int) -> Run:
    import onnxruntime_genai

    path = folder / "onnx"
    if not (path / "genai_config.json").exists():
        command = [sys.executable, "-m", "onnxruntime_genai.models.builder", "-i", folder, "-o", path]
        subprocess.run([*command, "-p", "fp32", "-e", "cpu", "-c", folder / "cache"], check=True, stdout=sys.stderr)
    settings = json.loads((path / "genai_config.json").read_text())
    settings["model"]["decoder"]["session_options"] |= {"intra_op_num_threads": threads}
    (path / "genai_config.json").write_text(json.dumps(settings))
    model = onnxruntime_genai.Model(str(path))

    def run(ids: np.ndarray, new: int) -> None:
        params = onnxruntime_genai.GeneratorParams(model)
        length = ids.shape[1] + new
        params.set_search_options(max_length=length, min_length=length, batch_size=batch, do_sample=True, top_k=256)
        generator = onnxruntime_genai.Generator(model, params)
        generator.append_tokens(ids.astype(np.int32))
        for _ in range(new):
            generator.generate_next_token()

    return run


def ctranslate2(folder: Path, batch: int, threads: int) -> Run:
    import ctranslate2

    path = folder / "ctranslate2"
    if not path.exists():
        ctranslate2.converters.TransformersConverter(str(folder)).convert(str(path))
        settings = json.loads((path / "config.json").read_text())  # where it refuses words that there are not
        settings = {name: "<|im_end|>" if value is None else value for name, value in settings.items()}
        (path / "config.json").write_text(json.dumps(settings))
    generator = ctranslate2.Generator(str(path), compute_type="float32", inter_threads=1, intra_threads=threads)
    words = json.loads((path / "vocabulary.json").read_text())

    def run(ids: np.ndarray, new: int) -> None:
        generator.generate_batch(
            [[words[number] for number in row] for row in ids.tolist()],
            max_batch_size=batch, min_length=new, max_length=new, sampling_topk=0, include_prompt_in_result=False,
        )  # fmt: skip

    return run


def llama(folder: Path, batch: int, threads: int) -> Run:
    import threading

    import xllamacpp

    path = folder / "model.gguf"
    if not path.exists():
        save_gguf(folder, path)
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_parallel, params.n_ctx = batch, batch * ROOM
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.cache_prompt, params.warmup = False, False
    server = xllamacpp.Server(params)

    def complete(row: list[int], new: int) -> None:
        request = {"prompt": row, "n_predict": new, "ignore_eos": True, "cache_prompt": False, "temperature": 1.0}
        answer = server.handle_completions(request)
        assert (answer if isinstance(answer, dict) else json.loads(answer))["usage"]["completion_tokens"] == new

    def run(ids: np.ndarray, new: int) -> None:
        workers = [threading.Thread(target=complete, args=(row, new)) for row in ids.tolist()]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    return run


def save_gguf(folder: Path, path: Path) -> None:
    """The checkpoint in llama.cpp's format, with a stand-in for the tokenizer."""
    import gguf
    from safetensors.numpy import load_file

    config = json.loads((folder / "config.json").read_text())
    writer = gguf.GGUFWriter(path, "qwen3")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(config["head_dim"])
    writer.add_value_length(config["head_dim"])
    writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(config["vocab_size"])
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list([f"t{number}" for number in range(config["vocab_size"])])
    writer.add_token_types([gguf.TokenType.NORMAL] * config["vocab_size"])
    writer.add_token_merges(["t 0"])
    writer.add_eos_token_id(0)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.QWEN3, config["num_hidden_layers"])
    for name, tensor in load_file(folder / "model.safetensors").items():
        writer.add_tensor(names.get_name(name, try_suffixes=(".weight",)), tensor.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


WINDOWED = (ours, transformers, onnxruntime)  # read sliding windows
FULL = (ours_full, ctranslate2, llama)
ENGINES = {engine.__name__: engine for engine in (*WINDOWED, *FULL)}
TRIES = 3  # of which the fastest counts, since the difference of two times is taken
MOST_STREAMS = {"onnxruntime": 32}  # more than that it refuses; its rate is that of as many


def time_tiles(batch: int, threads: int) -> float:
    """Tokens a second of busy tile documents, drawn as pictures draw them."""
    from tiledraw.canvas.pyramid import TILE
    from tiledraw.common.checks import DEFAULT_TEMPERATURE
    from tiledraw.drawing.drawer import Drawer
    from tiledraw.engine.executors import make_executor
    from tiledraw.engine.noise import uniforms
    from tiledraw.engine.pool import WorkerPool
    from tiledraw.engine.scheduling import Task, run_together
    from tiledraw.evaluation.likelihood import undrawn_tiles
    from tiledraw.format.grammar import segments, tokenise

    drawer = Drawer.load()
    drawer.decoder.pool = WorkerPool(drawer.loaded.config, drawer.loaded.tensors(), threads)
    documents, vocabulary = undrawn_tiles(drawer.loaded, 256, batch), drawer.loaded.vocabulary
    tokens = sum(len(tokenise(segments(document), vocabulary)[0]) for document in documents)
    executor = make_executor(drawer.decoder, vocabulary)

    def tiles():
        for index, document in enumerate(documents):
            yield Task(document, uniforms(0, 4, index, 0, TILE**2), DEFAULT_TEMPERATURE)
        for _ in documents:
            yield None

    executor.prepare()
    while not drawer.decoder.pool.is_ready:
        time.sleep(0.01)
    begin = time.perf_counter()
    list(run_together([tiles()], executor))
    return tokens / (time.perf_counter() - begin)


def time_engine(name: str, folder: Path, batch: int, threads: int, context: int, new: int) -> float:
    """Tokens a second of one engine, in this process."""
    if name == "tiles":
        return time_tiles(batch, threads)
    batch = min(batch, MOST_STREAMS.get(name, batch))
    run = ENGINES[name](folder, batch, threads)
    ids = np.random.default_rng(0).integers(256, 512, (batch, context))
    run(ids[:, :256], 2)  # warms up; shorter than a window is too short for some
    seconds = {1: float("inf"), new: float("inf")}
    for count in (1, new) * TRIES:
        begin = time.perf_counter()
        run(ids, count)
        seconds[count] = min(seconds[count], time.perf_counter() - begin)
    return batch * (new - 1) / (seconds[new] - seconds[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 16, 64])
    parser.add_argument("--engines", nargs="+", default=[*ENGINES, "tiles"], choices=[*ENGINES, "tiles"])
    parser.add_argument("--context", type=int, default=1072)
    parser.add_argument("--new", type=int, default=129)
    parser.add_argument("--one", nargs=4, metavar=("ENGINE", "FOLDER", "BATCH", "THREADS"), help="used by itself")
    options = parser.parse_args()
    if options.one:
        name, folder, batch, threads = options.one
        print(time_engine(name, Path(folder), int(batch), int(threads), options.context, options.new))
        return
    with tempfile.TemporaryDirectory() as temporary:
        own, full = Path(temporary, "own"), Path(temporary, "full")
        save_checkpoint(own, windows=True)
        save_checkpoint(full, windows=False)
        for batch in options.batches:
            best: dict[str, float] = {}
            for name in options.engines:
                folder = full if ENGINES.get(name) in FULL else own
                for threads in sorted({1, os.cpu_count() or 1}):
                    command = [sys.executable, __file__, "--one", name, folder, str(batch), str(threads)]
                    command += ["--context", str(options.context), "--new", str(options.new)]
                    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
                    result = subprocess.run(command, capture_output=True, text=True, env=environment)
                    if result.returncode:
                        print(f"  {name}: {(result.stderr.strip() or 'failed').splitlines()[-1]}")
                        break
                    best[name] = max(best.get(name, 0.0), float(result.stdout.split()[-1]))
            peers = {name: rate for name, rate in best.items() if name not in ("ours", "ours_full", "tiles")}
            strongest = max(peers.values(), default=float("nan"))
            for name, rate in best.items():
                name += "*" if ENGINES.get(name) in FULL else ""
                print(
                    f"batch {batch}: {name:14} {rate:8,.0f} tokens/s  {rate / strongest:.2f} of the best other engine"
                )


if __name__ == "__main__":
    main()
