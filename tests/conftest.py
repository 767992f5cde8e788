"""What tests share: one thread, the bundled vocabulary, a bare tokenizer, tiny models, and comparing documents."""

import gc
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # more gains nothing on tiny models and disturbs other processes

from dataclasses import fields, is_dataclass

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

gc.disable()  # until all is imported, none of which is garbage: to look for some takes a fifth of the time
# How long an example takes says more about what else the machine does than about the code. Each run tries others, which
# all may share the fixtures of their test.
UNCHECKED = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
settings.register_profile("tiledraw", max_examples=20, deadline=None, suppress_health_check=UNCHECKED)
settings.load_profile("tiledraw")


def pytest_collection_finish():
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def vocabulary():
    """The bundled vocabulary."""
    from tiledraw.models.building import load_vocabulary

    return load_vocabulary("bundled")


@pytest.fixture(scope="session")
def make_tokenizer():
    """Makes byte-level tokenizers without any of our words; `words` are added as special ones. Before these come so
    many `unused` words that no text has."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    def make(words=(), unused=0):
        letters = sorted(pre_tokenizers.ByteLevel.alphabet())
        known = {word: number for number, word in enumerate([*letters, *(f"~{n}" for n in range(unused))])}
        tokenizer = Tokenizer(models.BPE(vocab=known, merges=[]))
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, clean_up_tokenization_spaces=False)
        wrapped.add_tokens([AddedToken(word, special=True, normalized=False) for word in words])
        return wrapped

    return make


@pytest.fixture(scope="session")
def make_model():
    """Makes random Qwen3 models of two layers, a sliding and a full one."""
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM

    def make(rows=96, window=8, tied=True, seed=0):
        torch.manual_seed(seed)
        config = Qwen3Config(
            vocab_size=rows, hidden_size=32, num_hidden_layers=2, intermediate_size=48, num_attention_heads=4,
            num_key_value_heads=2, head_dim=16, use_sliding_window=True, sliding_window=window, max_window_layers=0,
            layer_types=["sliding_attention", "full_attention"], tie_word_embeddings=tied, initializer_range=0.3,
            max_position_embeddings=4096, bos_token_id=None, eos_token_id=None, pad_token_id=None,
        )  # fmt: skip
        model = Qwen3ForCausalLM(config).eval()
        with torch.no_grad():  # norms of a new model are all ones, which would hide a norm that is left out
            for name, parameter in model.named_parameters():
                if "norm" in name:
                    parameter.uniform_(0.5, 1.5)
        return model

    return make


@pytest.fixture(scope="session")
def model_folder(make_model, vocabulary, tmp_path_factory):
    """The folder of a tiny random model that draws flat and in tiles."""
    from tiledraw.format.vocabulary import fit_model
    from tiledraw.models.knowledge import Knowledge
    from tiledraw.models.loading import save_model

    folder = tmp_path_factory.mktemp("tiny") / "model"
    known = Knowledge(grays=16, steps=7, planless=True)
    save_model(folder, fit_model(make_model(window=136), vocabulary), vocabulary, known)
    return folder


@pytest.fixture(scope="session")
def built():
    """A folder of documents of small pictures of 64x64 with the labels cat and sun."""
    from built import built_folder

    return built_folder()


@pytest.fixture(scope="session")
def planned():
    """The same, of pictures with plans."""
    from built import built_folder

    return built_folder(plans=True)


@pytest.fixture(scope="session")
def painter_folder(tmp_path_factory):
    """The folder of a tiny painter, which no test changes: all processes of a run share it."""
    from filelock import FileLock
    from painters import write_painter

    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    with FileLock(shared / "painter.lock"):
        if not (shared / "painter").exists():
            write_painter(shared / "unfinished" / "model")
            (shared / "unfinished").rename(shared / "painter")
    return shared / "painter" / "model"


@pytest.fixture(scope="session")
def painter(painter_folder):
    """Draws layers with the tiny painter; rules plan."""
    from tiledraw.drawing.drawer import Drawer

    return Drawer.load(str(painter_folder))


@pytest.fixture(scope="session")
def loaded(model_folder):
    """The tiny model, loaded."""
    from tiledraw.models.loading import load_model

    return load_model(str(model_folder))


@pytest.fixture(scope="session")
def make_reckoner(vocabulary):
    """Makes quick decoders without a model: their logits depend on all that a stream has read and on nothing else, so
    that a picture changes with any token given. They like one gray so much that most draft tokens come true. A think
    step is drawn as `thought`."""
    from itertools import accumulate

    from tiledraw.canvas.pixels import LEVELS
    from tiledraw.format.vocabulary import END_THINK, VISION_START

    LIKED, MUCH, MASK = 200, 5.5, 2**64 - 1

    class Reckoner:
        def __init__(self, thought=""):
            self.thought = [*vocabulary.encode(thought), vocabulary.words[END_THINK]]
            self.tables = np.random.default_rng(0).standard_normal((997, LEVELS), dtype=np.float32)
            self.tables[:, LIKED] += MUCH
            self.batches = []  # the number of streams of each start

        def start(self, rows, room):
            self.batches.append(len(rows))
            self.thinking = vocabulary.words[VISION_START] not in rows[0]
            self.step, self.left = 0, [room] * len(rows)
            self.seen = [hash(tuple(row)) & MASK for row in rows]
            return self.states(self.seen)

        def feed(self, ids, positions=None):
            self.step += 1
            self.peek(ids.tolist())
            self.accept(np.full(len(ids), ids.shape[1]))
            return self.states(self.seen)

        def peek(self, rows, positions=None, wanted=None):
            self.ahead = [
                list(accumulate(row, lambda seen, token: (seen ^ token) * 0xD1342543DE82EF95 & MASK, initial=seen))
                for seen, row in zip(self.seen, rows, strict=True)
            ]
            assert all(len(row) <= left for row, left in zip(rows, self.left, strict=True)), "no room for so many"
            return self.states([seen for ahead in self.ahead for seen in ahead[1:]])[... if wanted is None else wanted]

        def accept(self, counts):
            self.seen = [ahead[count] for ahead, count in zip(self.ahead, counts.tolist(), strict=True)]
            self.left = [left - count for left, count in zip(self.left, counts.tolist(), strict=True)]

        def keep(self, rows):
            self.seen, self.left = ([many[row] for row in rows] for many in (self.seen, self.left))

        def states(self, seen):
            return np.array([[(one >> 32) % len(self.tables)] for one in seen])

        def logits(self, hidden, start=0, stop=None):
            if not self.thinking:
                assert (start, stop) == (vocabulary.base, vocabulary.base + LEVELS)
                return self.tables[hidden[:, 0]]
            logits = np.zeros((1, vocabulary.size), np.float32)
            logits[0, self.thought[self.step]] = 100.0
            return logits[:, start:stop]

    return Reckoner


@pytest.fixture(scope="session")
def same():
    """Says whether two documents (or borders, or arrays) are equal."""

    def compare(one, other):
        if is_dataclass(one) and type(one) is type(other):
            return all(compare(getattr(one, field.name), getattr(other, field.name)) for field in fields(one))
        if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
            return one.dtype == other.dtype and np.array_equal(one, other)
        return type(one) is type(other) and one == other

    return compare


@pytest.fixture
def make_endpoint():
    """Starts HTTP servers for a test. `reply(number, body)` says how the n-th request, from 0 on, is answered: with a
    text (as a chat completion), with `(status, headers, content)`, after seconds of silence with nothing, or None: the
    connection is cut. A server has its `url` and the `requests` that it got, as (path, headers, body)."""
    import json
    import threading
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    servers, over, lock = [], threading.Event(), threading.Lock()

    def make(reply):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with lock:
                    number = len(server.requests)
                    server.requests.append((self.path, dict(self.headers), body))
                answer = reply(number, body)
                if isinstance(answer, str):
                    data = {"choices": [{"message": {"content": answer}}], "usage": {"total_tokens": 7}}
                    answer = 200, {}, json.dumps(data).encode()
                if answer is None or isinstance(answer, float):
                    over.wait(answer or 0)
                    return
                status, headers, content = answer
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(content))} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.requests, server.url = [], f"http://127.0.0.1:{server.server_port}/v1"
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        servers.append(server)
        return server

    yield make
    over.set()
    for server in servers:
        server.shutdown()
        server.server_close()
