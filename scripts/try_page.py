"""Tries the page of `tiledraw serve` in a real browser, as a person would, and keeps what it looked like.

    python scripts/try_page.py shots/ [--chromium /usr/bin/chromium] [--language zh-CN] [--axe axe.min.js]

Draws, drags a box, recolours, adds a thing, redraws, and looks whether only what changed is another picture; ends the
server and starts it again for the history; drops a file; looks at it as a phone and in the dark. Prints how long a
person waits for the first thought, tile and picture. Ends with an error where the page does not do what it should.
Needs the extra `serve`, and `pip install playwright` with a Chromium.
"""

from __future__ import annotations

import argparse
import io
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
LONGEST = 120_000  # milliseconds
KEY = "a key for trying"
PROMPT = "a red cat left of a house at night"
SCREENS = {"desktop": (1440, 900), "tablet": (900, 1100), "phone": (390, 844)}


@contextmanager
def served(history: Path, key: str = "") -> Iterator[tuple[str, float]]:
    """A server with a history, and with a key if one is given: its address, and the seconds until it answered."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    begin = time.monotonic()
    command = [sys.executable, "-m", "tiledraw", "serve", "--port", str(port), "--history", str(history)]
    server = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1", "TILEDRAW_API_KEY": key})
    address = f"http://127.0.0.1:{port}/"
    try:
        while True:
            try:
                urllib.request.urlopen(address + "health", timeout=1).read()
                break
            except OSError:
                if server.poll() is not None or time.monotonic() > begin + 60:
                    raise SystemExit("the server does not start") from None
                time.sleep(0.02)
        yield address, time.monotonic() - begin
    finally:
        server.send_signal(signal.SIGTERM)
        code = server.wait(60)
        print(f"the server ended with exit code {code}")


def until(page: object, expression: str) -> None:
    """Waits until an expression is true; the page itself may evaluate no text."""
    end = time.monotonic() + LONGEST / 1000
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"never came true: {expression}"
        time.sleep(0.02)


def picture_of(page: object) -> np.ndarray:
    """The pixels of the newest picture in the history."""
    entry = page.evaluate("fetch('/api/pictures?count=1').then((answer) => answer.json())")["pictures"][0]
    data = page.evaluate(
        "async (id) => [...new Uint8Array(await (await fetch(`/api/pictures/${id}/file.png`)).arrayBuffer())]",
        entry["id"],
    )
    with Image.open(io.BytesIO(bytes(data))) as image:
        return np.asarray(image.convert("RGB"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shots", type=Path, help="folder for the screenshots")
    parser.add_argument("--chromium", help="the browser, if it is not that of playwright")
    parser.add_argument("--language", default="en-US")
    parser.add_argument("--axe", type=Path, help="axe.min.js of axe-core, which looks for faults of accessibility")
    options = parser.parse_args()
    options.shots.mkdir(parents=True, exist_ok=True)
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as player:
        browser = player.chromium.launch(executable_path=options.chromium)
        history = Path(folder) / "history"

        @contextmanager
        def opened(address: str, screen: str, scheme: str = "light", key: str = "") -> Iterator[object]:
            width, height = SCREENS[screen]
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme=scheme,
                locale=options.language,
                device_scale_factor=2 if screen == "phone" else 1,
                has_touch=screen == "phone",
                permissions=["clipboard-read", "clipboard-write"],
            )
            page = context.new_page()
            page.set_default_timeout(LONGEST)
            problems: list[str] = []
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.on("console", lambda message: message.type == "error" and problems.append(message.text))
            page.goto(address)
            if key:
                log_in(page, key)
                problems.clear()  # browsers tell of every answer that is a refusal
            page.wait_for_selector("#examples button")
            yield page
            if options.axe:
                check_access(page, options.axe.read_text(encoding="utf-8"))
            context.close()
            assert not problems, problems

        def shoot(page: object, name: str, whole: bool = False) -> None:
            page.wait_for_timeout(350)
            page.screenshot(path=options.shots / f"{name}.png", full_page=whole)

        with served(history) as (address, answered), opened(address, "desktop") as page:
            print(f"server answers after {answered:.2f} s")
            shoot(page, "1-empty")
            draw_and_edit(page, shoot)
        with served(history) as (address, _):
            with opened(address, "desktop", "dark") as page:
                until(page, "document.querySelectorAll('.kept').length === 2")
                page.locator(".kept button").first.click()
                page.wait_for_selector(".box")
                drop_back(page, address)
                shoot(page, "6-dark-after-restart")
            for scheme in ("light", "dark"):
                with opened(address, "phone", scheme) as page:
                    page.locator(".kept button").first.click()
                    page.wait_for_selector(".box")
                    page.locator(".box").nth(1).tap()
                    shoot(page, f"7-phone-{scheme}", whole=True)
                    shoot(page, f"8-phone-{scheme}-top")
                    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                    assert wide <= 0, f"the page is {wide} pixels wider than a phone"
            with opened(address, "tablet") as page:
                page.locator(".kept button").first.click()
                page.wait_for_selector(".box")
                shoot(page, "9-tablet")
            with opened(address, "desktop") as page:
                draw_several(page, shoot)
                draw_strange(page, shoot)
            with opened(address, "desktop") as page:
                draw_over(page, shoot)
            with opened(address, "phone", "dark") as page:
                page.locator(".kept button").nth(4).click()  # the photo
                page.wait_for_selector("#marks:not([hidden])")
                shoot(page, "15-phone-marking", whole=True)
        with served(history, KEY) as (address, _), opened(address, "desktop", key=KEY) as page:
            until(page, "document.querySelectorAll('.kept').length === 9")
            shoot(page, "12-after-login")
        browser.close()


def check_access(page: object, axe: str) -> None:
    """Prints what axe-core finds, and refuses what is serious."""
    page.evaluate(axe + "; null")
    found = page.evaluate("axe.run()")["violations"]
    for one in found:
        print(f"axe: {one['impact']}: {one['help']}: {[node['target'] for node in one['nodes']][:3]}")
    assert not [one for one in found if one["impact"] in ("serious", "critical")]


def log_in(page: object, key: str) -> None:
    """Tells a wrong key, then the right one."""
    for told in ("a wrong one", key):
        page.fill("#key", told)
        page.click("#key-form button")
        if told != key:
            page.wait_for_selector("#key-error:not(:empty)")


def draw_and_edit(page: object, shoot: Callable[..., None]) -> None:
    """Draws, changes and redraws a picture."""
    page.fill("#prompt", PROMPT)
    begin = time.monotonic()
    page.click("#draw")
    page.wait_for_selector("#thought:not(.empty)")
    print(f"first thought after {time.monotonic() - begin:.2f} s")
    until(page, "document.querySelector('#progress').value > 0")
    print(f"first layers after {time.monotonic() - begin:.2f} s")
    page.wait_for_timeout(900)
    shoot(page, "2-drawing")
    page.wait_for_selector("#draw:not([hidden])")
    print(f"first picture after {time.monotonic() - begin:.2f} s")
    before = picture_of(page)
    shoot(page, "3-drawn")
    cat = page.locator(".box").first
    place = cat.bounding_box()
    page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    page.mouse.down()
    page.mouse.move(place["x"] + place["width"] / 2 + 30, place["y"] - 150, steps=8)
    page.mouse.up()
    assert cat.bounding_box()["y"] < place["y"] - 90, "the box did not move"
    cat.press("ArrowLeft")
    page.click("[data-colour=blue]")
    page.fill("#subject", "star")
    page.click("#add button")
    shoot(page, "4-changed")
    begin = time.monotonic()
    draw_until_done(page, "#redraw")
    print(f"redrawn after {time.monotonic() - begin:.2f} s")
    after = picture_of(page)
    shoot(page, "5-redrawn")
    house = slice(182, 216), slice(182, 240)  # which the star does not touch
    assert (before[house] == after[house]).all(), "the house is another one"
    assert (before != after).any(), "nothing has changed"
    page.click("#command")
    text = page.evaluate("navigator.clipboard.readText()")
    assert text.startswith("tiledraw generate --plan /dev/stdin --size 256x256"), text


def drop_back(page: object, address: str) -> None:
    """Downloads a picture with its layers, and opens the file."""
    with page.expect_download() as download:
        page.click("#ora")
    kept = page.locator(".kept").count()
    page.locator(".kept button").nth(2).click()  # the other picture
    until(page, "document.querySelectorAll('.box').length === 2")
    page.set_input_files("#file", {"name": "a.ora", "mimeType": "", "buffer": Path(download.value.path()).read_bytes()})
    until(page, "document.querySelectorAll('.box').length === 3")
    assert page.locator(".kept").count() == kept, "a picture that is there already is there twice"


def draw_several(page: object, shoot: Callable[..., None]) -> None:
    """Draws three pictures at once."""
    page.fill("#prompt", "two dogs and a tree on the beach")
    page.select_option("#count", "3")
    page.click("#draw")
    page.wait_for_selector("#strip:not([hidden])")
    page.wait_for_selector("#draw:not([hidden])")
    page.locator("#strip button").nth(2).click()
    shoot(page, "10-several")
    page.locator(".box").last.press("m")
    draw_until_done(page, "#redraw")
    assert page.locator("#strip button").count() == 3, "the other pictures are gone"


def draw_over(page: object, shoot: Callable[..., None]) -> None:
    """Opens a photo, marks a part of it, draws there, moves what was drawn, and draws over that, too."""
    columns, rows = np.meshgrid(np.linspace(0, 1, 900), np.linspace(0, 1, 600))
    colours = np.dstack([120 + 100 * rows, 160 - 40 * columns, 220 - 120 * rows]).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(colours).save(file, "PNG")
    page.set_input_files("#file", {"name": "photo.png", "mimeType": "image/png", "buffer": file.getvalue()})
    page.wait_for_selector("#marks:not([hidden])")
    drag(page, (0.55, 0.3), (0.95, 0.95))
    page.click("[data-tool=brush]")
    drag(page, (0.5, 0.2), (0.6, 0.3))
    shoot(page, "13-marked")
    page.fill("#prompt", "a red cat on the beach")
    draw_until_done(page, "#draw")
    shoot(page, "14-drawn-over")
    before, after = colours, picture_of(page)
    free = np.zeros((600, 900), dtype=bool)
    free[175:575, 490:860] = free[60:240, 380:610] = True  # about what was marked
    assert (before[~free] == after[~free]).all(), "the photo is another one"
    assert (before != after).any(-1)[200:550, 520:830].mean() > 0.95, "the beach does not fill what was marked"
    page.reload()
    page.wait_for_selector(".kept")
    page.locator(".kept button").first.click()
    page.wait_for_selector(".box")
    page.locator(".box").first.press("ArrowUp")
    draw_until_done(page, "#redraw")
    moved = picture_of(page)
    assert (before[~free] == moved[~free]).all() and (moved != after).any(), "the photo is another one"
    page.click("#mark")
    page.locator("#marks").press("Enter")
    page.locator("#marks").press("ArrowLeft")
    assert page.locator("#over").is_visible()
    page.click("#unmark")
    page.click("#mark")


def drag(page: object, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draws a line over the stage, from one share of its width and height to another."""
    stage = page.locator("#stage").bounding_box()
    places = [(stage["x"] + x * stage["width"], stage["y"] + y * stage["height"]) for x, y in (start, end)]
    page.mouse.move(*places[0])
    page.mouse.down()
    page.mouse.move(*places[1], steps=8)
    page.mouse.up()


def draw_until_done(page: object, button: str) -> None:
    """Presses a button, and waits for one more picture."""
    newest = page.locator(".kept [data-id]").first.get_attribute("data-id")
    page.click(button)
    page.wait_for_selector(f".kept:first-child [data-id]:not([data-id='{newest}'])")
    page.wait_for_selector("#draw:not([hidden])")


def draw_strange(page: object, shoot: Callable[..., None]) -> None:
    """Asks for what nobody can draw, and for what is HTML."""
    page.fill("#prompt", "<img src=x onerror=alert(1)> a walrus and a cat")
    page.select_option("#count", "1")
    page.once("response", lambda response: None)
    page.click("#draw")
    page.wait_for_selector("#note.bad")
    assert page.locator("#note img").count() == 0
    shoot(page, "11-unknown")


if __name__ == "__main__":
    main()
