"""Comparing: every case drawn by every painter, judged for real, kept at once, and taken up after any interruption."""

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tiledraw.data.cases import Case
from tiledraw.drawing.drawer import Drawer
from tiledraw.drawing.events import ImageDone, PlanReady
from tiledraw.drawing.job import Job
from tiledraw.drawing.picture import Picture
from tiledraw.evaluation import comparing
from tiledraw.evaluation.comparing import (
    PICTURES,
    RESULTS,
    RUN,
    Comparison,
    RunError,
    compare,
    is_malformed,
    label_of,
    picture_name,
    read_comparison,
    read_results,
)
from tiledraw.evaluation.references import true_pixels
from tiledraw.language.plan import format_plan, parse_plan
from tiledraw.language.request import parse_request
from tiledraw.models.knowledge import ModelError

CASES = (
    Case("cat", "single", "en", "a cat at the top left", parse_request("- 1 cat, top-left")),
    Case("sun", "single", "en", "a sun", parse_request("- 1 sun")),
)


def comparison(**changes):
    return replace(Comparison("hash", {"one": "a", "two": "a"}, 32, 2, 0.7, "reference"), **changes)


@pytest.fixture
def drawers(painter):
    return {"one": painter, "two": painter}


class Quick(Drawer):
    """Draws without a model, namely the true picture of a plan, or with `others` a wrong one in its place."""

    others = False

    def stream_all(self, jobs):
        for number, job in enumerate(jobs):
            plan = parse_plan("background: white\n- house: 8 8 24 24") if self.others else job.plan
            yield number, PlanReady(job.plan, format_plan(job.plan))
            yield number, ImageDone(Picture(Image.fromarray(true_pixels(plan, job.size[0])), job.plan, "", {}))


@pytest.fixture
def quick(painter, monkeypatch):
    """Such a drawer, whose pictures are not of layers."""
    monkeypatch.setattr(comparing, "is_malformed", lambda image, job: False)
    return Quick(painter.loaded, None)


@pytest.fixture(scope="module")
def finished(painter, tmp_path_factory):
    """The folder of a whole comparison of two such drawers."""
    folder, quick = tmp_path_factory.mktemp("finished") / "run", Quick(painter.loaded, None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparing, "is_malformed", lambda image, job: False)
        list(compare(folder, comparison(), CASES, {"one": quick, "two": quick}))
    return folder


@pytest.fixture
def run(finished, tmp_path):
    """A copy of it."""
    return Path(shutil.copytree(finished, tmp_path / "run"))


def test_every_case_is_drawn_by_every_painter_with_every_seed(drawers, tmp_path):
    results = list(compare(tmp_path / "run", comparison(), CASES, drawers))
    assert {(r.case, r.model, r.seed) for r in results} == {
        (case, model, seed) for case in ("cat", "sun") for model in ("one", "two") for seed in (0, 1)
    }
    for result in results:
        assert result.plan_unmet == () and result.refused is None and not result.malformed
        with Image.open(tmp_path / "run" / PICTURES / picture_name(result.case, result.model, result.seed)) as image:
            assert (image.mode, image.size) == ("RGB", (32, 32))
        assert result.tokens > 64 and -1 <= result.ssim < 0.95
    assert read_results(tmp_path / "run") == results
    assert read_comparison(tmp_path / "run") == comparison()


@pytest.mark.parametrize("right", [True, False])
def test_a_true_picture_is_judged_right_and_a_wrong_one_wrong(quick, tmp_path, right):
    quick.others = not right
    for result in compare(tmp_path / "run", comparison(models={"one": "a"}, seeds=1, size=128), CASES, {"one": quick}):
        assert (result.unmet == ()) == right, result
        assert (result.ssim > 0.99) == right


def test_an_interrupted_comparison_goes_on_and_draws_nothing_twice(quick, finished, tmp_path, monkeypatch):
    drawers, whole = {"one": quick, "two": quick}, read_results(finished)
    folder = tmp_path / "run"
    for count, _ in enumerate(compare(folder, comparison(), CASES, drawers), 1):
        if count == 5:
            break
    with open(folder / RESULTS, "a") as file:
        file.write('{"case": "sun", "mo')  # a kill in the middle of a line
    seen, original = [], type(quick).stream_all
    monkeypatch.setattr(
        type(quick), "stream_all", lambda self, jobs: original(self, [seen.append(job) or job for job in jobs])
    )
    results = list(compare(folder, comparison(), CASES, drawers))
    assert len(seen) == 3
    assert {json.dumps(asdict(r)) for r in results} == {json.dumps(asdict(r)) for r in whole}
    assert len((folder / RESULTS).read_text().splitlines()) == 8


@pytest.mark.parametrize(
    "changes", [{"size": 128}, {"seeds": 1}, {"suite": "other"}, {"models": {"one": "a"}}, {"temperature": 1.0}]
)
def test_a_folder_of_another_comparison_is_refused_and_left_alone(quick, run, changes):
    drawers = {"one": quick, "two": quick}
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    with pytest.raises(RunError, match=rf"^[^\n]*holds another comparison: its {next(iter(changes))} is [^\n]*$"):
        list(compare(run, comparison(**changes), CASES, drawers))
    assert before == {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}


def test_a_folder_of_a_comparison_that_told_more_is_refused(quick, run):
    path = run / RUN
    path.write_text(json.dumps(json.loads(path.read_text()) | {"candidates": 4}))
    with pytest.raises(RunError, match="holds another comparison: its candidates is 4, here it is None"):
        list(compare(run, comparison(), CASES, {"one": quick, "two": quick}))


def test_a_folder_of_something_else_is_refused(quick, tmp_path):
    (tmp_path / "letter.txt").write_text("dear reader")
    with pytest.raises(RunError, match="is not empty and holds no comparison"):
        list(compare(tmp_path, comparison(), CASES, {"one": quick}))
    (tmp_path / RUN).write_text("[]")
    with pytest.raises(RunError, match="is no JSON object"):
        list(compare(tmp_path, comparison(), CASES, {"one": quick}))
    (tmp_path / RUN).write_text('{"a": 1}')
    with pytest.raises(RunError, match="of another version"):
        read_comparison(tmp_path)


def test_a_damaged_result_is_told_with_its_line(run):
    path = run / RESULTS
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], "{}", *lines[2:]]) + "\n")
    with pytest.raises(RunError, match="line 2 is no result"):
        read_results(run)


def test_a_model_that_paints_no_layers_is_refused_with_what_measures_it(loaded, make_reckoner, tmp_path):
    with pytest.raises(ModelError, match=r"^the model [^\n]* does not paint layers, [^\n]*tiledraw evaluate [^\n]*$"):
        list(compare(tmp_path / "run", comparison(), CASES, {"one": Drawer(loaded, make_reckoner())}))
    assert not (tmp_path / "run").exists()


def test_what_can_not_be_drawn_is_a_result_too_and_right_where_nobody_can(painter, tmp_path):
    desks = [
        Case("known", "x", "en", "a cat and a narwhal", parse_request("- 1 cat\n- 1 sun")),
        Case("unknown", "x", "en", "a narwhal", parse_request("unknown: narwhal")),
    ]
    run = comparison(models={"one": "a"}, seeds=1, plans="model")
    known, unknown = compare(tmp_path / "run", run, desks, {"one": painter})
    assert "narwhal" in known.refused and known.unmet and known.ssim is None
    assert "narwhal" in unknown.refused and unknown.unmet == unknown.plan_unmet == ()


def test_what_there_is_no_plan_for_is_left_out_and_kept_as_such(quick, tmp_path):
    asked = [Case("podium", "x", "en", "a cat and a podium", parse_request("- 1 cat\nunknown: podium")), CASES[1]]
    run = comparison(models={"one": "a"}, seeds=1)
    results = list(compare(tmp_path / "run", run, asked, {"one": quick}))
    assert [result.case for result in results] == ["podium", "sun"]
    assert results[0].left_out == "there is no plan with what nobody can draw, podium"
    assert results[1].left_out is None and results[1].plan_unmet == ()
    assert list(compare(tmp_path / "run", run, asked, {"one": quick})) == results


def test_a_picture_that_its_layers_do_not_make_up_is_malformed(painter):
    job = Job("a cat", (64, 64), plan=parse_plan("background: white\n- cat: 0 0 16 16"))
    picture = [event for _, event in painter.stream_all([job])][-1].image
    assert not is_malformed(picture, job)
    other = np.asarray(picture).copy()
    other[0, 0] ^= 255
    assert is_malformed(picture.but(Image.fromarray(other)), job)
    assert is_malformed(picture, replace(job, size=(96, 64)))


def test_a_picture_without_a_background_is_kept_and_judged_on_white(painter, tmp_path):
    case = Case("bare", "x", "en", "a cat on nothing", parse_request("- 1 cat\nbackground: none"))
    run = comparison(models={"one": "a"}, seeds=1)
    (result,) = compare(tmp_path / "run", run, [case], {"one": painter})
    assert result.plan_unmet == () and not result.malformed and result.seen.startswith("background: white")
    with Image.open(tmp_path / "run" / PICTURES / picture_name("bare", "one", 0)) as image:
        assert image.mode == "RGB" and image.getpixel((0, 0)) == (255, 255, 255)


def test_models_are_called_by_their_names():
    assert (label_of("painter"), label_of("./runs/My Model/")) == ("painter", "runs-my-model")
