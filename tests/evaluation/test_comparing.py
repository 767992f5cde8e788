"""Comparing: every case drawn every way, judged for real, kept at once, and taken up again after any interruption."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from PIL import Image

from tiledraw.canvas.pyramid import Tile
from tiledraw.data.cases import Case
from tiledraw.data.scenes import render
from tiledraw.drawing.drawer import Drawer
from tiledraw.drawing.events import ImageDone, LevelDone, TileDone
from tiledraw.drawing.job import Job
from tiledraw.drawing.picture import Picture
from tiledraw.evaluation import comparing
from tiledraw.evaluation.comparing import (
    PICTURES,
    RESULTS,
    RUN,
    WAYS,
    Comparison,
    RunError,
    compare,
    count_tokens,
    is_malformed,
    picture_name,
    read_comparison,
    read_results,
)
from tiledraw.evaluation.references import first_arranged
from tiledraw.format.think import tile_think
from tiledraw.language.boxes import Box
from tiledraw.language.first.plan import Placement, Plan, format_plan
from tiledraw.language.request import parse_request
from tiledraw.models.knowledge import Knowledge, ModelError

CASES = (
    Case("cat", "single", "en", "a cat at the top left", parse_request("- 1 cat, top-left")),
    Case("sun", "single", "en", "a sun", parse_request("- 1 sun")),
)


def comparison(**changes):
    models = {"flat": "a", "tiled": "a"}
    return replace(Comparison("hash", models, 64, 2, 0.7, 1.0, "reference"), **changes)


@pytest.fixture
def drawers(loaded, make_reckoner):
    drawer = Drawer(loaded, make_reckoner())
    return {"flat": drawer, "tiled": drawer}


def test_every_case_is_drawn_every_way_with_every_seed(drawers, tmp_path):
    results = list(compare(tmp_path / "run", comparison(), CASES, drawers))
    assert {(r.case, r.way, r.seed) for r in results} == {
        (case, way, seed) for case in ("cat", "sun") for way in ("flat", "tiled") for seed in (0, 1)
    }
    for result in results:
        assert result.plan_unmet == () and result.refused is None and not result.malformed
        path = tmp_path / "run" / PICTURES / picture_name(result.case, result.way, result.seed)
        with Image.open(path) as image:
            assert (image.mode, image.size) == ("L", (32, 32) if result.way == "flat" else (64, 64))
        assert result.tokens > (1024 if result.way == "flat" else 5 * 1024 + 64)
        assert -1 <= result.ssim < 0.5 and result.psnr < 20  # noise is nothing like the reference
    assert read_results(tmp_path / "run") == results
    assert read_comparison(tmp_path / "run") == comparison()


def test_a_true_picture_is_judged_right_and_a_wrong_one_wrong(drawers, tmp_path, monkeypatch, loaded):
    """The events of a perfect drawer, and of one that draws the other case's picture."""

    class Perfect(Drawer):
        def stream_all(self, jobs):
            for number, job in enumerate(jobs):
                case = CASES[number // 2 if self.right else 1 - number // 2]
                yield number, comparing.PlanReady(job.plan, format_plan(job.plan))
                pixels = render(first_arranged(case.request), job.size[0], 16)
                yield number, ImageDone(Picture(Image.fromarray(pixels), job.plan, "", {}))

    for right in (True, False):
        drawer = Perfect(loaded, None)
        drawer.right = right
        run = comparison(models={"tiled": "a"}, size=128)
        for result in compare(tmp_path / str(right), run, CASES, {"tiled": drawer}):
            assert (result.unmet == ()) == right, (right, result)
            assert (result.ssim > 0.99) == right


def test_an_interrupted_comparison_goes_on_and_draws_nothing_twice(drawers, tmp_path, monkeypatch):
    whole = list(compare(tmp_path / "whole", comparison(), CASES, drawers))
    folder = tmp_path / "run"
    for count, _ in enumerate(compare(folder, comparison(), CASES, drawers), 1):
        if count == 5:
            break
    with open(folder / RESULTS, "a") as file:
        file.write('{"case": "sun", "wa')  # a kill in the middle of a line
    seen = []
    original = Drawer.stream_all
    monkeypatch.setattr(
        Drawer, "stream_all", lambda self, jobs: original(self, [seen.append(job) or job for job in jobs])
    )
    results = list(compare(folder, comparison(), CASES, drawers))
    assert len(seen) == 3
    assert {json.dumps(asdict(r)) for r in results} == {json.dumps(asdict(r)) for r in whole}
    assert len((folder / RESULTS).read_text().splitlines()) == 8


@pytest.mark.parametrize(
    "changes", [{"size": 128}, {"seeds": 1}, {"suite": "other"}, {"models": {"flat": "a"}}, {"temperature": 1.0}]
)
def test_a_folder_of_another_comparison_is_refused_and_left_alone(drawers, tmp_path, changes):
    list(compare(tmp_path / "run", comparison(), CASES, drawers))
    before = {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}
    with pytest.raises(RunError, match=rf"^[^\n]*holds another comparison: its {next(iter(changes))} is [^\n]*$"):
        list(compare(tmp_path / "run", comparison(**changes), CASES, drawers))
    assert before == {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}


def test_a_folder_of_a_comparison_that_told_more_is_refused(drawers, tmp_path):
    list(compare(tmp_path / "run", comparison(), CASES, drawers))
    path = tmp_path / "run" / RUN
    path.write_text(json.dumps(json.loads(path.read_text()) | {"candidates": 4}))
    with pytest.raises(RunError, match="holds another comparison: its candidates is 4, here it is None"):
        list(compare(tmp_path / "run", comparison(), CASES, drawers))


def test_a_folder_of_something_else_is_refused(drawers, tmp_path):
    (tmp_path / "letter.txt").write_text("dear reader")
    with pytest.raises(RunError, match="is not empty and holds no comparison"):
        list(compare(tmp_path, comparison(), CASES, drawers))
    (tmp_path / RUN).write_text("[]")
    with pytest.raises(RunError, match="is no JSON object"):
        list(compare(tmp_path, comparison(), CASES, drawers))
    (tmp_path / RUN).write_text('{"a": 1}')
    with pytest.raises(RunError, match="of another version"):
        read_comparison(tmp_path)


def test_a_damaged_result_is_told_with_its_line(drawers, tmp_path):
    list(compare(tmp_path / "run", comparison(), CASES, drawers))
    path = tmp_path / "run" / RESULTS
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], "{}", *lines[2:]]) + "\n")
    with pytest.raises(RunError, match="line 2 is no result"):
        read_results(tmp_path / "run")


def test_a_model_of_one_format_is_refused_for_the_other(loaded, make_reckoner, tmp_path):
    flat = replace(loaded, knowledge=Knowledge(formats=("flat",)))
    with pytest.raises(ModelError, match=r"^this model draws flat pictures only, no tiled ones$"):
        list(compare(tmp_path / "run", comparison(), CASES, {"tiled": Drawer(flat, make_reckoner())}))
    assert not (tmp_path / "run").exists()


def test_what_can_not_be_drawn_is_a_result_too_and_right_where_nobody_can(loaded, make_reckoner, tmp_path):
    dragons = [
        Case("known", "x", "en", "a dragon", parse_request("- 1 dragon")),
        Case("unknown", "x", "en", "a dragon", parse_request("unknown: dragon")),
    ]
    run = comparison(models={"tiled": "a"}, seeds=1, plans="model")
    drawer = Drawer(loaded, make_reckoner("unknown: dragon"))
    known, unknown = compare(tmp_path / "run", run, dragons, {"tiled": drawer})
    assert "dragon" in known.refused and known.unmet and known.ssim is None
    assert "dragon" in unknown.refused and unknown.unmet == unknown.plan_unmet == ()


def test_what_a_way_has_no_plan_for_is_left_out_and_kept_as_such(drawers, tmp_path):
    asked = [Case("red", "x", "en", "a red cat", parse_request("- 1 cat, red")), CASES[1]]
    run = comparison(models={"tiled": "a"}, seeds=1)
    results = list(compare(tmp_path / "run", run, asked, {"tiled": drawers["tiled"]}))
    assert [result.case for result in results] == ["red", "sun"]
    assert results[0].left_out == "a plan of the first edition can't show all of it: the cat is not red"
    assert results[1].left_out is None and results[1].plan_unmet == ()
    assert list(compare(tmp_path / "run", run, asked, {"tiled": drawers["tiled"]})) == results


def test_tiles_that_need_no_drawing_are_no_tokens(drawers):
    plan = Plan((Placement("cat", Box(2, 2, 6, 6)),))
    job = Job("a cat", (64, 64), plan=plan)
    plain = TileDone(Tile(3, 2, 0, 0), tile_think(plan, Tile(3, 2, 0, 0)), np.full((32, 32), 221, np.uint8))
    for gray, drawn in ((221, False), (0, True)):
        above = np.full((32, 32), 221, np.uint8)
        above[:2, :2] = gray
        assert (count_tokens([LevelDone(2, above), plain], job, drawers["tiled"]) > 0) == drawn


def test_layers_are_judged_against_their_true_picture_and_the_flat_one_is_drawn_by_the_thinker(painter, tmp_path):
    drawers, run = {"flat": painter, "tiled": painter}, comparison(seeds=1)
    flat, tiled = sorted(compare(tmp_path / "run", run, CASES[:1], drawers), key=lambda one: one.way)
    assert tiled.plan_unmet == () and not tiled.malformed and tiled.tokens > 64 and tiled.ssim < 0.9
    assert flat.tokens > 1024 and not flat.malformed
    with Image.open(tmp_path / "run" / PICTURES / picture_name("cat", "tiled", 0)) as image:
        assert (image.mode, image.size) == ("RGB", (64, 64))
    with pytest.raises(ModelError, match=r"^the model [^\n]* paints layers, which can't do without think$"):
        list(compare(tmp_path / "other", run, CASES, {"no-think": painter}))


def test_a_picture_of_layers_that_they_do_not_make_up_is_malformed(painter):
    job = Job("a cat", (64, 64), plan=Plan((Placement("cat", Box(0, 0, 4, 4)),)))
    events = [event for _, event in painter.stream_all([job])]
    picture = events[-1].image
    assert not is_malformed(events, job)
    other = np.asarray(picture).copy()
    other[0, 0] ^= 255
    assert is_malformed([ImageDone(picture.but(Image.fromarray(other)))], job)


def test_a_picture_that_its_tiles_do_not_make_up_is_malformed(drawers):
    job = Job("a cat", (64, 64), planner="rules")
    events = [event for _, event in drawers["tiled"].stream_all([job])]
    assert not is_malformed(events, job)
    assert is_malformed([e for e in events if not (isinstance(e, TileDone) and e.tile == Tile(3, 2, 0, 0))], job)
    assert is_malformed([*events[:-1], ImageDone(events[-1].image.but(Image.new("L", (64, 64))))], job)
    assert is_malformed([*events[:-1], ImageDone(events[-1].image.but(events[-1].image.convert("RGB")))], job)
    assert is_malformed(events, Job("a cat", (96, 64), planner="rules"))


def test_every_way_is_a_job():
    for way in WAYS.values():
        assert Job("a cat", (64, 64), flat=way.flat, without=frozenset(way.without))


def test_a_picture_without_a_background_is_kept_and_judged_on_white(painter, tmp_path):
    case = Case("bare", "x", "en", "a cat on nothing", parse_request("- 1 cat\nbackground: none"))
    run = comparison(models={"tiled": "a"}, seeds=1)
    (result,) = compare(tmp_path / "run", run, [case], {"tiled": painter})
    assert result.plan_unmet == () and not result.malformed and result.seen.startswith("background: white")
    with Image.open(tmp_path / "run" / PICTURES / picture_name("bare", "tiled", 0)) as image:
        assert image.mode == "RGB" and image.getpixel((0, 0)) == (255, 255, 255)
