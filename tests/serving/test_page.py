"""The page: a drawing is told as it goes on, redrawing leaves what stays as it was, files come back."""

import base64
import io
import json
import re

import httpx
import numpy as np
import pytest
from PIL import Image

from tiledraw.language.plan import Plan
from tiledraw.serving.plans import plan_from_data

PROMPT = "a cat and a sun at the top right"


def told(client, **asked):
    """The events of a drawing, as pairs."""
    answer = client.post("/api/draw", json={"size": 64, **asked})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [part.split("\n") for part in answer.text.split("\n\n") if part and not part.startswith(":")]
    return [(kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for kind, data in events]


def of(kind, events):
    return [data for name, data in events if name == kind]


def pixels(client, name):
    with Image.open(io.BytesIO(client.get(f"/api/pictures/{name}/file.png").content)) as image:
        return np.asarray(image.convert("RGBA"))


@pytest.fixture(scope="module")
def drawn(client):
    return told(client, prompt=PROMPT, seed=3)


@pytest.fixture(scope="module")
def entry(drawn):
    return of("picture", drawn)[0]["entry"]


def test_first_the_place_then_the_plan_then_layers_then_the_picture(drawn):
    kinds = [kind for kind, _ in drawn]
    assert kinds[0] == "waiting" and kinds[-1] == "picture" and "layers" in kinds
    assert kinds.index("plan") < kinds.index("layers")
    (plan,) = of("plan", drawn)
    assert plan["thought"] and plan["can_change"] and plan["frame"] == {"x": 0, "y": 0, "side": 64}
    assert {one["subject"] for one in plan["plan"]["placements"]} == {"cat", "sun"}


def test_the_layers_that_are_told_last_are_those_of_the_picture(drawn, painter, entry):
    last = {one["index"]: one["png"] for data in of("layers", drawn) for one in data["layers"]}
    picture = painter.draw(PROMPT, 64, seed=3)
    for index, layer in enumerate(picture.layers[-2:]):
        data = base64.b64decode(last[index].partition(",")[2])
        with Image.open(io.BytesIO(data)) as image:
            assert np.array_equal(np.asarray(image.convert("RGBA")), layer.colours)
    assert of("layers", drawn)[-1]["done"] == 1


def test_the_picture_is_that_of_the_command_line(client, painter, entry):
    picture = painter.draw(PROMPT, 64, seed=3)
    assert np.array_equal(pixels(client, entry["id"]), np.asarray(picture.convert("RGBA")))
    assert client.get("/api/pictures").json()["pictures"][0] == entry


def test_a_changed_plan_changes_what_it_names_and_nothing_else(client, entry):
    plan = plan_from_data(entry["plan"])
    cat = next(one for one in plan.placements if one.subject == "cat")
    changed = entry["plan"] | {"placements": [one for one in entry["plan"]["placements"] if one["subject"] != "cat"]}
    events = told(client, plan=changed, base=entry["id"], seed=3)
    new = of("picture", events)[0]["entry"]
    before, after = pixels(client, entry["id"]), pixels(client, new["id"])
    box = cat.box.times(2)
    outside = np.ones(before.shape[:2], dtype=bool)
    outside[box.y0 : box.y1, box.x0 : box.x1] = False
    assert np.array_equal(before[outside], after[outside]) and not np.array_equal(before, after)
    assert of("error", told(client, plan=entry["plan"], base=entry["id"], seed=3))[0]["message"].startswith(
        "the plan stays"
    )


def test_several_pictures_are_told_by_their_numbers(client):
    events = told(client, prompt=PROMPT, n=2, seed=8)
    assert sorted(data["number"] for data in of("picture", events)) == [0, 1]
    assert {data["entry"]["seed"] for data in of("picture", events)} == {"8", "9"}


def test_a_file_with_layers_comes_back_as_it_was(client, entry):
    for suffix in (".ora", ".png"):
        data = client.get(f"/api/pictures/{entry['id']}/file{suffix}").content
        assert client.post("/api/open", content=data).json() == entry
    layers = client.get(f"/api/pictures/{entry['id']}/layers").json()["layers"]
    assert len(layers) == 1 + len(entry["plan"]["placements"])  # the background is one, too
    assert client.get(f"/api/pictures/{entry['id']}/thumbnail").content.startswith(b"\x89PNG")


@pytest.fixture(scope="module")
def photo(client):
    """A picture of anybody's, which was opened: what the history says of it, and its pixels."""
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (77, 101, 3), dtype=np.uint8))
    file = io.BytesIO()
    image.save(file, "JPEG")
    entry = client.post("/api/open", content=file.getvalue()).json()
    assert client.post("/api/open", content=file.getvalue()).json() == entry
    return entry, pixels(client, entry["id"])


def masked(rows, columns):
    opacity = np.full((77, 101, 4), 255, np.uint8)
    opacity[rows, columns, 3] = 0
    file = io.BytesIO()
    Image.fromarray(opacity).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def test_a_photo_is_opened_and_drawn_over_where_it_is_marked_and_that_can_be_changed(client, photo):
    entry, before = photo
    assert entry["plan"] is None and entry["size"] == [101, 77] and not entry["over"]
    events = told(client, prompt="a cat", over=entry["id"], mask=masked(slice(10, 60), slice(30, 90)), seed=1)
    (plan,) = of("plan", events)
    assert plan["size"] == [101, 77] and plan["mask"].startswith("data:image/png")
    frame = plan["frame"]
    assert frame["x"] >= 20 and frame["x"] + frame["side"] <= 100 and frame["side"] < 77
    (drawn,) = (data["entry"] for data in of("picture", events))
    assert drawn["over"] and drawn["frame"] == frame
    outside = np.ones((77, 101), dtype=bool)
    outside[10:60, 30:90] = False
    after = pixels(client, drawn["id"])
    assert (after == before)[outside].all() and (after != before).any()
    # and again, from what the history keeps
    data = client.get(f"/api/pictures/{drawn['id']}/layers").json()
    assert len(data["layers"]) == 2 and data["mask"] == plan["mask"]
    moved = drawn["plan"] | {"placements": [drawn["plan"]["placements"][0] | {"subject": "house"}]}
    (other,) = (data["entry"] for data in of("picture", told(client, plan=moved, base=drawn["id"], seed=1)))
    changed = pixels(client, other["id"])
    assert (changed == before)[outside].all() and (changed != after).any() and other["frame"] == frame
    # as a file with layers it comes back as it is, and as a PNG as a picture to draw over
    assert client.post("/api/open", content=client.get(f"/api/pictures/{other['id']}/file.ora").content).json() == other
    flat = client.post("/api/open", content=client.get(f"/api/pictures/{other['id']}/file.png").content).json()
    assert flat["plan"] is None and (pixels(client, flat["id"]) == changed).all()


def test_a_background_fills_what_is_marked_and_can_be_taken_away(client, photo):
    entry, before = photo
    free = (slice(10, 60), slice(30, 90))
    events = told(client, prompt="a cat on the grass", over=entry["id"], mask=masked(*free), seed=1)
    (plan,) = of("plan", events)
    assert plan["plan"]["background"] == "grass" and plan["cover"] == {"x": 30, "y": 5, "side": 60}
    (drawn,) = (data["entry"] for data in of("picture", events))
    after = pixels(client, drawn["id"])
    assert (after != before).any(-1)[free].mean() > 0.99 and (after[:10] == before[:10]).all()
    bare = drawn["plan"] | {"background": "none"}
    (other,) = (data["entry"] for data in of("picture", told(client, plan=bare, base=drawn["id"], seed=1)))
    assert (pixels(client, other["id"]) == before).all(-1)[free].mean() > 0.3


def test_a_picture_of_layers_can_be_drawn_over_where_it_is_marked(client, entry):
    assert of("picture", told(client, prompt="a sun", over=entry["id"]))[0]["entry"]["over"]


def test_masks_that_make_no_sense_are_refused(client, photo, served):
    name = photo[0]["id"]
    for asked, sentence in (
        ({"mask": "AAAA"}, "a mask says where a picture is drawn over"),
        ({"over": name, "mask": "no base64"}, "no PNG in base64"),
        ({"over": name, "mask": "AAAA"}, "the mask: it is no picture"),
        ({"over": name, "mask": masked(slice(0), slice(0))}, "nowhere transparent"),
        ({"over": "0" * 16}, "has no picture"),
    ):
        answer = client.post("/api/draw", json={"prompt": "a cat", **asked})
        assert answer.status_code in (400, 404) and sentence in answer.json()["error"]["message"]
    file = io.BytesIO()
    Image.new("RGB", (served[1].limits.side + 1, 64)).save(file, "PNG")
    error = client.post("/api/open", content=file.getvalue()).json()["error"]
    assert error["code"] == "too_large" and "reduce it" in error["message"]


def test_a_picture_that_can_not_be_kept_is_shown_all_the_same(make_server):
    import shutil

    with make_server() as (address, studio), httpx.Client(base_url=address, timeout=60) as client:
        shutil.rmtree(studio.history.folder)
        events = told(client, prompt="a cat", seed=1)
        assert "is not kept: the history in" in of("remark", events)[0]["text"]
        (picture,) = of("picture", events)
        assert picture["entry"]["id"] is None
        with Image.open(io.BytesIO(base64.b64decode(picture["png"].partition(",")[2]))) as image:
            assert image.size == (64, 64) and "tiledraw" in image.text  # it says how it was drawn
        answer = client.post("/api/open", content=base64.b64decode(picture["png"].partition(",")[2]))
        assert answer.status_code == 503 and answer.json()["error"]["code"] == "history"


def test_a_seed_may_be_larger_than_numbers_of_javascript(client):
    assert of("plan", told(client, prompt="a cat", size=32, seed=str(2**64 - 1)))[0]["seed"] == str(2**64 - 1)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"prompt": ""}, "the prompt is empty"),
        ({"prompt": "a\0b"}, "U+0000"),
        ({"prompt": "cat", "size": 100}, "not made of whole tiles"),
        ({"prompt": "cat", "size": 4096}, "larger than this server draws"),
        ({"prompt": "cat", "n": 11}, "1 to 10 pictures"),
        ({"prompt": "cat", "n": 0}, "1 to 10 pictures"),
        ({"prompt": "cat", "seed": "-1"}, "the seed is no whole number"),
        ({"prompt": "cat", "seed": str(2**64)}, "out of range"),
        ({"plan": {"grid": 32, "placements": [{"subject": "cat", "box": "0 0 99 99"}]}}, "not inside the plan grid"),
        ({"plan": "grid: [" * 9}, "not valid YAML"),
        ({"plan": {"placements": []}}, "no grid; add grid: 32"),
        ({"plan": {"grid": 32}, "base": "0" * 16}, "has no picture"),
        ({"prompt": ["cat"]}, "prompt"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence_before_it_waits(client, asked, sentence):
    answer = client.post("/api/draw", json={"size": 64} | asked)
    assert answer.status_code in (400, 404, 422) and sentence in answer.json()["error"]["message"]


def test_what_nobody_can_draw_is_told_with_a_way_out(client):
    asked = {"prompt": "a cat and a <b>unicorn</b>"}
    assert of("error", told(client, **asked))[0]["code"] == "unknown_subject"
    assert of("plan", told(client, **asked, without_unknown=True))[0]["remark"].startswith("left out: 'unicorn'")


def test_who_leaves_ends_his_drawing(make_server, slow):
    import time

    with make_server(slow) as (address, _), httpx.Client(base_url=address) as client:
        with client.stream("POST", "/api/draw", json={"prompt": "cat"}) as answer:
            assert answer.status_code == 200 and slow.begun.acquire(timeout=60)
        end = time.monotonic() + 60
        while not slow.ended and time.monotonic() < end:
            time.sleep(0.01)
        assert slow.ended == 1


def test_plans_are_the_same_plans_as_json():
    from tiledraw.serving.plans import plan_to_data

    plan = plan_from_data({"grid": 32, "background": "none", "placements": []})
    assert plan == Plan((), "none") and plan_from_data(plan_to_data(plan)) == plan


def test_the_examples_of_the_page_are_drawn_without_a_doubt():
    from importlib import resources

    from tiledraw.drawing.thinking import plan_of, think
    from tiledraw.models.loading import PAINTER, load_model

    text = resources.files("tiledraw.serving").joinpath("static", "words.js").read_text(encoding="utf-8")
    examples = re.findall(r'"(.+?)",?\n', text.partition("export const EXAMPLES = {")[2].partition("};")[0])
    painted = load_model(PAINTER).knowledge.subjects
    assert len(examples) >= 8
    for prompt in examples:
        assert plan_of(think(prompt, None), prompt, painted, Plan().full, 0)[1] == "", prompt
