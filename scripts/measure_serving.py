"""Measures `tiledraw serve` under many clients: pictures a minute, waiting times, memory, and wrong pictures.

    python scripts/measure_serving.py --clients 50 --minutes 10 [--at-once 4] [--size 128]

Starts a server of its own, and first asks it for one picture after the other, for a fifth of the time. Then one request
in eight is left in the midst of it and one in eight is garbage; clients that are told to come back later do so. At the
end some of the pictures are drawn here, too, and compared. Needs the extra `serve` and httpx.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import io
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Coroutine, Iterable
from pathlib import Path

import httpx
import numpy as np
from PIL import Image

import tiledraw
from tiledraw.drawing.drawer import Drawer

ROOT = Path(tiledraw.__file__).resolve().parents[1]  # the server is to be of the code that draws here
PROMPTS = ("a red cat", "a house and a tree", "two fish in the sea", "一只黑色的狗和一朵花", "a star above a boat")
GARBAGE = (
    b"",
    b"{",
    b'{"prompt": 7}',
    b'{"prompt": "a cat", "size": "7x7"}',
    b'{"prompt": "a walrus"}',
    b"\xff" * 999,
)
KINDS = ("leaves", "garbage", *["draws"] * 6)
SHARE = 0.2  # of the time in which one client draws alone


def family(process: int) -> list[int]:
    """A process and those that it has started, on Linux."""
    found = [process]
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        for child in path.read_text().split():
            found += family(int(child))
    return found


def memory(process: int) -> float:
    """Megabytes of a process and its children that are its own."""
    pages = 0
    for one in family(process):
        resident, shared = Path(f"/proc/{one}/statm").read_text().split()[1:3]
        pages += int(resident) - int(shared)
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


Told = dict[str, list]  # codes, pictures, seconds


async def be_a_client(
    number: int, http: httpx.AsyncClient, size: str, told: Told, kinds: tuple[str, ...] = KINDS
) -> None:
    """Asks for pictures, one after the other."""
    chance = random.Random(number)
    while True:
        kind = chance.choice(kinds)
        asked = {"prompt": chance.choice(PROMPTS), "size": size, "seed": chance.randrange(10**6)}
        begin = time.monotonic()
        try:
            if kind == "garbage":
                head = {"Content-Type": "application/json"}
                answer = await http.post("/v1/images/generations", content=chance.choice(GARBAGE), headers=head)
            elif kind == "leaves":
                answer = await http.post("/v1/images/generations", json=asked, timeout=chance.uniform(0.05, 2))
            else:
                answer = await http.post("/v1/images/generations", json=asked)
        except httpx.TimeoutException:
            told["codes"].append(f"{kind} left")
            continue
        except httpx.TransportError as error:
            told["codes"].append(f"{kind} {type(error).__name__}")
            continue
        told["codes"].append(f"{kind} {answer.status_code}")
        if answer.status_code == 200:
            told["pictures"].append((asked, answer.json()["data"][0]["b64_json"]))
            told["seconds"].append(time.monotonic() - begin)
        elif answer.status_code == 429:
            await asyncio.sleep(chance.uniform(1, 3))


def nothing() -> Told:
    return {"codes": [], "pictures": [], "seconds": []}


async def for_seconds(seconds: float, clients: Iterable[Coroutine[None, None, None]], server: int) -> list[float]:
    """Lets clients ask for so long; what they wait for then, they leave. Megabytes of the server from time to time."""
    end, tasks, used = time.monotonic() + seconds, [asyncio.create_task(one) for one in clients], [memory(server)]
    while (left := end - time.monotonic()) > 0:
        await asyncio.wait(tasks, timeout=min(left, 5), return_when=asyncio.FIRST_EXCEPTION)
        for task in tasks:
            if task.done():
                task.result()
        used.append(memory(server))
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    return used


async def measure(address: str, server: int, options: argparse.Namespace) -> tuple[Told, Told, list[float]]:
    """What one client was told, and then many, and megabytes while these asked."""
    alone, told = nothing(), nothing()
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=address, timeout=600, limits=limits) as http:
        for _ in range(600):
            try:
                await http.get("/health")
                break
            except httpx.ConnectError:
                await asyncio.sleep(0.1)
        one = be_a_client(options.clients, http, options.size, alone, ("draws",))
        await for_seconds(60 * SHARE * options.minutes, [one], server)
        clients = (be_a_client(number, http, options.size, told) for number in range(options.clients))
        used = await for_seconds(60 * options.minutes, clients, server)
    return alone, told, used


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--at-once", type=int, default=4)
    parser.add_argument("--size", default="128")
    parser.add_argument("--port", type=int, default=8766)
    parser.add_argument("--compared", type=int, default=10, help="how many pictures are drawn here, too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        command = ["serve", "--port", str(options.port), "--history", folder, "--at-once", str(options.at_once)]
        server = subprocess.Popen([sys.executable, "-m", "tiledraw", *command], cwd=ROOT)
        try:
            address = f"http://127.0.0.1:{options.port}"
            alone, told, used = asyncio.run(measure(address, server.pid, options))
            processes = family(server.pid)
        finally:
            server.send_signal(signal.SIGTERM)
            code = server.wait(60)
    left = [one for one in processes if Path(f"/proc/{one}").exists()]
    middle, late = np.percentile(told["seconds"] or [0], (50, 95))
    together, single = len(told["pictures"]) / options.minutes, len(alone["pictures"]) / options.minutes / SHARE
    print(f"{together:.1f} pictures a minute, {single:.1f} one at a time; p50 {middle:.1f} s, p95 {late:.1f} s")
    first, *_, last = used
    print(f"memory {first:.0f} MB at first, {max(used):.0f} at most, {last:.0f} at last")
    print(f"answers: {dict(sorted(Counter(told['codes']).items()))}")
    print(f"exit code {code}, {len(left)} of {len(processes)} processes left")
    drawer, wrong = Drawer.load(), 0
    sample = random.Random(0).sample(told["pictures"], min(options.compared, len(told["pictures"])))
    for asked, data in sample:
        with Image.open(io.BytesIO(base64.b64decode(data))) as image:
            drawn = drawer.draw(asked["prompt"], asked["size"], seed=asked["seed"])
            other = (np.asarray(image.convert("RGBA")) != np.asarray(drawn.convert("RGBA"))).any(-1).sum()
            if other:
                wrong += 1
                print(f"{other} pixels of {asked} are others")
    print(f"{wrong} of {len(sample)} pictures are others than those that are drawn alone")


if __name__ == "__main__":
    main()
