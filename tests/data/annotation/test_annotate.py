"""Annotating a folder: each picture gets what the model says of it, nothing is asked twice, and nothing is lost."""

import json
import os
import threading
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from tiledraw.common.locks import locked
from tiledraw.data.annotation.annotate import MOST_UNANSWERED, AnnotateConfig, annotate
from tiledraw.data.sources import Columns, read_words
from tiledraw.language.boxes import Box
from tiledraw.language.plan import Placement, Plan
from tiledraw.models.asking import DownError, UnansweredError
from tiledraw.models.endpoint import Endpoint, EndpointConfig

DESCRIPTION = "A ramp."
PLAN = Plan((Placement("ramp", Box(0, 0, 32, 16)),), "gray")
WHOLE = json.dumps(
    {"description": DESCRIPTION, "background": "gray", "things": [{"name": "ramp", "box": [0, 0, 1000, 500]}]}
)


class Viewer:
    """Answers as a test says: `answer(number, image, question)` of the n-th question, from 0 on."""

    name = "viewer"

    def __init__(self, answer=None):
        self.answer = answer or (lambda number, image, question: WHOLE)
        self.asked, self.stopped, self.lock = [], False, threading.Lock()

    def ask(self, image, question, schema=None):
        with self.lock:
            number = len(self.asked)
            self.asked.append((image, question))
        return self.answer(number, image, question)

    def stop(self, at_once=False):
        self.stopped = True


def picture(seed=0, size=(64, 64)):
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1] // 8, size[0] // 8), dtype=np.uint8)
    return Image.fromarray(np.kron(pixels, np.ones((8, 8), np.uint8)))


@pytest.fixture
def folder(tmp_path):
    """Three pictures, two of them with a line of metadata, one in a subfolder."""
    folder = tmp_path / "pictures"
    (folder / "more").mkdir(parents=True)
    for seed, name in enumerate(("a.png", "b.png", "more/c.png")):
        picture(seed).save(folder / name)
    rows = [
        {"file_name": "a.png", "text": "a ramp", "weight": 3},
        {"file_name": "b.png", "text": "eine Rampe"},
        {"file_name": "more/c.png"},
    ]
    (folder / "metadata.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return folder


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def run(folder, viewer=None, out=None, **config):
    config = {"concurrency": 1, "side": 64, **config}
    return list(annotate(folder, out or folder, viewer or Viewer(), AnnotateConfig(**config)))


# What comes out ------------------------------------------------------------------------------------------------------


def test_every_picture_gets_a_plan_and_a_description_and_keeps_what_it_had(folder):
    viewer = Viewer()
    done = run(folder, viewer)
    assert sorted(annotated.file_name for annotated in done) == ["a.png", "b.png", "more/c.png"]
    assert not any(annotated.problems for annotated in done)
    rows = lines(folder / "metadata.jsonl")
    assert [row.pop("file_name") for row in rows] == ["a.png", "b.png", "more/c.png"]
    assert rows[0]["text"] == "a ramp" and rows[0]["weight"] == 3
    for row in rows:
        words = read_words(row, Columns())
        assert (words["plan"], words["description"]) == (PLAN, DESCRIPTION)
    assert [answer["text"] for answer in lines(folder / "answers.jsonl")] == [WHOLE] * 3
    assert (folder / "problems.jsonl").read_text() == ""
    assert viewer.asked[0][0].size == (64, 64) and "(a ramp)" in viewer.asked[0][1]


def test_pictures_are_shown_as_the_squares_that_are_drawn(folder):
    picture(0, (64, 32)).save(folder / "a.png")
    for fit, bars in (("letterbox", True), ("crop", False)):
        viewer = Viewer()
        run(folder, viewer, out=folder.parent / fit, fit=fit)
        shown = np.asarray(viewer.asked[0][0])
        assert shown.shape == (64, 64) and bool((shown[:8] == 255).all()) == bars


def test_another_folder_gets_pictures_and_metadata_and_the_first_stays_as_it_is(folder, tmp_path):
    def state(at):
        return {path.relative_to(at): path.read_bytes() for path in sorted(at.rglob("*")) if path.is_file()}

    before = state(folder)
    run(folder, out=tmp_path / "out")
    assert state(folder) == before
    after = state(tmp_path / "out")
    assert {path: after[path] for path in before if path.suffix == ".png"} == {
        path: data for path, data in before.items() if path.suffix == ".png"
    }
    assert all(row["plan"] for row in lines(tmp_path / "out" / "metadata.jsonl"))


def test_classes_that_folders_name_stay_labels(tmp_path):
    (tmp_path / "digits" / "seven").mkdir(parents=True)
    picture().save(tmp_path / "digits" / "seven" / "1.png")
    viewer = Viewer()
    run(tmp_path / "digits", viewer)
    (row,) = lines(tmp_path / "digits" / "metadata.jsonl")
    assert (row["file_name"], row["label"], row["description"]) == ("seven/1.png", "seven", DESCRIPTION)
    assert "(seven)" in viewer.asked[0][1]
    run(tmp_path / "digits", viewer)
    assert len(viewer.asked) == 1 and lines(tmp_path / "digits" / "metadata.jsonl") == [row]


def test_a_plan_that_somebody_wrote_stays(folder):
    (folder / "metadata.jsonl").write_text(json.dumps({"file_name": "a.png", "plan": "background: dark"}))
    viewer = Viewer()
    run(folder, viewer)
    assert lines(folder / "metadata.jsonl")[0]["plan"] == "background: dark" and not viewer.asked


def test_several_at_a_time_write_the_same_as_one(folder, tmp_path):
    run(folder, out=tmp_path / "one")
    run(folder, out=tmp_path / "four", concurrency=4)
    assert (tmp_path / "one" / "metadata.jsonl").read_bytes() == (tmp_path / "four" / "metadata.jsonl").read_bytes()


# Going on ------------------------------------------------------------------------------------------------------------


def test_nothing_is_asked_twice(folder):
    viewer = Viewer()
    run(folder, viewer)
    before = (folder / "metadata.jsonl").read_bytes()
    run(folder, viewer)
    assert len(viewer.asked) == 3 and (folder / "metadata.jsonl").read_bytes() == before


@pytest.mark.parametrize("stop", [KeyboardInterrupt, DownError("the budget is spent"), OSError("no space left")])
def test_what_stops_a_run_loses_no_answer_and_the_next_one_goes_on(folder, tmp_path, stop):
    run(folder, out=tmp_path / "whole")

    def answer(number, image, question):
        if number == 2:
            raise stop
        return WHOLE

    viewer, again = Viewer(answer), Viewer()
    with pytest.raises(BaseException) as caught:
        run(folder, viewer, out=tmp_path / "out")
    assert isinstance(caught.value, stop if isinstance(stop, type) else type(stop)) and viewer.stopped
    assert len(lines(tmp_path / "out" / "answers.jsonl")) == 2
    assert sum("plan" in row for row in lines(tmp_path / "out" / "metadata.jsonl")) == 2
    run(folder, again, out=tmp_path / "out")
    assert len(again.asked) == 1
    for name in ("metadata.jsonl", "answers.jsonl"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_whoever_stops_looking_loses_no_answer(folder):
    going = annotate(folder, folder, Viewer(), AnnotateConfig(concurrency=1, side=64))
    next(going)
    going.close()
    answered = {answer["file_name"] for answer in lines(folder / "answers.jsonl")}
    assert answered and {row["file_name"] for row in lines(folder / "metadata.jsonl") if "plan" in row} == answered


def test_an_answer_that_a_kill_cut_off_is_asked_again(folder, tmp_path):
    run(folder, out=tmp_path / "out")
    path = tmp_path / "out" / "answers.jsonl"
    before = path.read_bytes()
    for cut_off in (1, 20):
        path.write_bytes(before[:-cut_off])
        viewer = Viewer()
        run(folder, viewer, out=tmp_path / "out")
        assert len(viewer.asked) == 1 and path.read_bytes() == before


# What goes wrong -----------------------------------------------------------------------------------------------------


def test_an_answer_that_can_not_be_used_is_asked_again_named_and_kept(folder):
    def answer(number, image, question):
        return "{nonsense" if "(a ramp)" in question else WHOLE

    viewer = Viewer(answer)
    first, *others = sorted(run(folder, viewer, attempts=2), key=lambda annotated: annotated.file_name)
    assert len(viewer.asked) == 4 and not any(other.problems for other in others)
    assert (first.file_name, first.problems[0].kind) == ("a.png", "rejected")
    (problem,) = lines(folder / "problems.jsonl")
    assert problem["file_name"] == "a.png" and "holds no plan: no thing is named" in problem["problem"]
    assert [answer["text"] for answer in lines(folder / "answers.jsonl")][:2] == ["{nonsense"] * 2
    assert lines(folder / "metadata.jsonl")[0] == {"file_name": "a.png", "text": "a ramp", "weight": 3}
    run(folder, viewer, attempts=2)
    assert len(viewer.asked) == 4
    run(folder, again := Viewer(), attempts=3)
    assert len(again.asked) == 1 and (folder / "problems.jsonl").read_text() == ""
    assert lines(folder / "metadata.jsonl")[0]["description"] == DESCRIPTION


def test_a_bad_picture_or_line_is_named_and_skipped_and_its_line_stays(folder):
    (folder / "b.png").write_bytes(b"no picture")
    (folder / "d.png").write_bytes((folder / "a.png").read_bytes())
    with open(folder / "metadata.jsonl", "a", encoding="utf-8") as file:
        file.write(
            '{"file_name": "gone.png", "text": "x"}\r\n{oops\n{"file_name": "../a.png"}\n{"file_name": "a.png"}\n'
        )
    before = (folder / "metadata.jsonl").read_text().split("\n")
    done = {annotated.file_name: annotated for annotated in run(folder)}
    assert len(done) == 8 and sum(bool(annotated.problems) for annotated in done.values()) == 6
    problems = {line["file_name"]: line["problem"] for line in lines(folder / "problems.jsonl")}
    assert "no picture" in problems["b.png"] and "can't be opened" in problems["gone.png"]
    assert "does not list it" in problems["d.png"] and "leads out" in problems["metadata.jsonl line 6"]
    assert (
        "is no JSON object" in problems["metadata.jsonl line 5"] and "earlier line" in problems["metadata.jsonl line 7"]
    )
    after = (folder / "metadata.jsonl").read_text().split("\n")
    assert len(after) == len(before) and [n for n, line in enumerate(before) if after[n] != line] == [0, 2]
    assert "plan" in json.loads(after[0]) and "plan" in json.loads(after[2])


def test_one_picture_without_an_answer_does_not_stop_the_others(folder):
    def answer(number, image, question):
        if "Rampe" in question:
            raise UnansweredError("the picture is too large")
        return WHOLE

    done = run(folder, Viewer(answer))
    assert [annotated.file_name for annotated in done if annotated.unanswered] == ["b.png"]
    assert lines(folder / "problems.jsonl") == [
        {"file_name": "b.png", "kind": "unanswered", "problem": "the picture is too large"}
    ]


def test_many_in_a_row_without_an_answer_stop_the_run(tmp_path):
    for number in range(MOST_UNANSWERED + 10):
        picture().save(tmp_path / f"{number:02}.png")

    def answer(number, image, question):
        raise UnansweredError("out of order")

    viewer = Viewer(answer)
    with pytest.raises(DownError, match=f"{MOST_UNANSWERED} pictures in a row got no answer, at last: out of"):
        run(tmp_path, viewer)
    assert len(viewer.asked) <= MOST_UNANSWERED + 2


@pytest.mark.parametrize(
    ("prepare", "config", "sentence"),
    [
        (lambda folder: (folder / "metadata.jsonl").rename(folder / "metadata.csv"), {}, "no line of|--out"),
        (lambda folder: (folder / "more" / "metadata.csv").write_text("file_name\nc.png\n"), {}, "can't be added to"),
        (
            lambda folder: (folder / "answers.jsonl").write_text("{}\n"),
            {},
            "answers.jsonl, line 1: the answer lacks the key",
        ),
        (
            lambda folder: (folder / "metadata.jsonl").write_text('[{"file_name": "a.png"}]'),
            {},
            "is one array, .*give --out",
        ),
        (lambda folder: run(folder), {"fit": "crop"}, "holds answers about pictures in letterbox"),
        (lambda folder: None, {"out": "more"}, "lies inside"),
        (lambda folder: None, {"out": "../other"}, "of something else"),
        (lambda folder: None, {"folder": "none"}, "is not a folder"),
        (lambda folder: None, {"folder": "../empty"}, "holds no pictures"),
    ],
)
def test_a_folder_that_can_not_be_annotated_is_refused_and_stays(folder, prepare, config, sentence):
    for name in ("other", "empty"):
        (folder.parent / name).mkdir()
    (folder.parent / "other" / "metadata.jsonl").write_text('{"file_name": "x.png"}\n')
    prepare(folder)
    source = folder / config.pop("folder", ".")
    out = folder / config.pop("out") if "out" in config else source
    before = {path: path.read_bytes() for path in folder.parent.rglob("*") if path.is_file()}
    viewer = Viewer()
    with pytest.raises(ValueError, match=sentence) as caught:
        run(source, viewer, out=out, **config)
    assert "\n" not in str(caught.value) and not viewer.asked
    assert {path: path.read_bytes() for path in folder.parent.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"fit": "stretch"}, "fit 'stretch' is unknown"),
        ({"language": "fr"}, "language 'fr' is unknown"),
        ({"side": 0}, "side 0 is out of range"),
        ({"attempts": 0}, "attempts 0 is out of range"),
        ({"concurrency": 0}, "concurrency 0 is out of range"),
    ],
)
def test_a_configuration_that_asks_nothing_is_refused(config, sentence):
    with pytest.raises(ValueError, match=sentence):
        AnnotateConfig(**config)


def test_a_column_called_line_stays_and_columns_keep_their_names(folder):
    row = {"file_name": "a.png", "line": "B7", "Text": "a ramp"}
    (folder / "metadata.jsonl").write_text("\n" + json.dumps(row) + "\n", encoding="utf-8")
    run(folder)
    (found,) = lines_of(folder / "metadata.jsonl")
    assert {key: found[key] for key in row} == row and found["description"] == DESCRIPTION
    run(folder, out=folder.parent / "out")
    found = lines(folder.parent / "out" / "metadata.jsonl")[0]
    assert found["line"] == "B7" and found["text"] == "a ramp"


def lines_of(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def test_captions_that_lie_beside_pictures_are_told_and_kept(tmp_path):
    picture().save(tmp_path / "a.png")
    (tmp_path / "a.txt").write_text("a ramp, upwards")
    viewer = Viewer()
    run(tmp_path, viewer)
    (row,) = lines(tmp_path / "metadata.jsonl")
    assert "(a ramp, upwards)" in viewer.asked[0][1]
    assert (row["text"], row["description"]) == ("a ramp, upwards", DESCRIPTION)


BAD = [
    '{"description": "A ramp.", "things": [{"name": "ramp", "box": [0, 0, ' + "9" * 400 + ", 500]}]}",
    '{"description": "A ramp.", "things": [{"name": "ramp", "box": [0, 0, 1e999, 500]}]}',
    '{"things": [{"name": "ramp", "box": [0, 0, ' + "9" * 6000 + ", 500]}]}",
    "[" * 100_000,
    '{"a":' * 100_000,
    "{" * 100_000,
    '{"description": "half \ud83d a ramp", "things": [{"name": "\udc80", "box": [0, 0, 500, 500]}]}',
    "\0" * 1000,
    "<think>" + "so " * 5000,
    "x" * 3_000_000,
    "a" + " " * 19_000 + "1 [1, 2, 3]" + "x. " * 300,
    "[ " * 10_000,
    "(1, 2) " * 5_000,
    "**" * 10_000,
]


@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
def test_a_bad_answer_is_a_problem_and_no_end(folder, bad):
    def answer(number, image, question):
        return bad if "(a ramp)" in question else WHOLE

    for _ in range(2):  # what is kept can be read again
        done = {annotated.file_name: annotated for annotated in run(folder, Viewer(answer), attempts=1)}
        assert done["a.png"].problems[0].kind in ("rejected", "partly") and not done["b.png"].problems
    run(folder, again := Viewer(), attempts=2)
    assert len(again.asked) == 1 and all(row["plan"] for row in lines(folder / "metadata.jsonl"))


def test_a_line_with_a_strange_name_is_a_problem_and_no_end(folder):
    names = ["\ud800.png", "x" * 300 + ".png", "a\0.png"]
    with open(folder / "metadata.jsonl", "a", encoding="utf-8") as file:
        file.writelines(json.dumps({"file_name": name, "text": "x"}) + "\n" for name in names)
    done = run(folder)
    assert sum(bool(annotated.problems) for annotated in done) == 3 and len(done) == 6


def test_a_name_that_is_no_text_can_be_annotated_again(tmp_path):
    picture().save(tmp_path / "a.png")
    try:
        os.rename(tmp_path / "a.png", os.fsencode(tmp_path) + b"/\xff.png")
    except OSError:
        pytest.skip("the file system takes no such name")
    viewer = Viewer()
    for _ in range(2):
        assert not any(annotated.problems for annotated in run(tmp_path, viewer))
    assert len(viewer.asked) == 1 and lines(tmp_path / "metadata.jsonl")[0]["plan"]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{oops", "is no JSON"),
        ("[" * 100_000, "is nested too deeply"),
        ('{"file_name": 3}', "file_name is '3', not the name of a file"),
        ('{"file_name": "a", "attempt": 0}', "attempt is '0', not a whole number"),
        ('{"file_name": "a", "attempt": 1, "fit": "x"}', "fit is 'x', not one of"),
        (
            '{"file_name": "a", "attempt": 1, "fit": "crop", "model": "m", "text": 1e999}',
            "text is 'Infinity', not text",
        ),
    ],
)
def test_a_damaged_line_of_answers_is_named(folder, line, sentence):
    run(folder)
    with open(folder / "answers.jsonl", "a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(ValueError, match=r"answers\.jsonl, line 4: the answer.*remove the line to ask again") as error:
        run(folder)
    assert sentence in str(error.value) and "\n" not in str(error.value)


def test_answers_about_tiles_of_earlier_versions_are_passed_over(folder):
    run(folder)
    tile = {"level": 1, "grid": 1, "row": 0, "column": 0}
    line = {"file_name": "a.png", "tile": tile, "attempt": 1, "fit": "letterbox", "model": "m", "text": "{}"}
    with open(folder / "answers.jsonl", "a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    run(folder, viewer := Viewer())
    assert not viewer.asked


def test_a_second_annotation_of_the_same_folder_is_refused(folder):
    viewer = Viewer()
    with locked(folder), pytest.raises(ValueError, match="another process of tiledraw writes into"):
        run(folder, viewer)
    assert not viewer.asked and not (folder / "answers.jsonl").exists()


def test_asking_again_tells_what_was_wrong(folder):
    def answer(number, image, question):
        return WHOLE if "could not be used" in question or "a ramp" not in question else '{"things": ["ramp"]}'

    viewer = Viewer(answer)
    assert not any(annotated.problems for annotated in run(folder, viewer))
    (again,) = [question for _, question in viewer.asked if "could not be used" in question]
    wrong = "the box of 'ramp' is not four numbers of a place in the picture; the description is missing"
    assert f"could not be used: the answer holds no plan: {wrong}. Answer again" in again


def test_a_description_without_a_plan_is_kept_when_nothing_better_comes(folder):
    prose = "The image shows a long gray ramp that rises to the right."
    viewer = Viewer(lambda number, image, question: prose)
    assert {annotated.problems[0].kind for annotated in run(folder, viewer)} == {"partly"}
    assert len(viewer.asked) == 6
    assert all(row["description"] == prose and "plan" not in row for row in lines(folder / "metadata.jsonl"))


def test_questions_in_chinese_are_asked_on_request(folder):
    viewer = Viewer()
    run(folder, viewer, language="zh")
    assert all("灰度图片" in question and "千分之一" in question for _, question in viewer.asked)
    assert any("（a ramp）" in question for _, question in viewer.asked)


# Over a real connection ----------------------------------------------------------------------------------------------


def test_a_troubled_endpoint_annotates_all_the_same(folder, make_endpoint):
    troubles = {0: (429, {"Retry-After": "0"}, b""), 2: (500, {}, b""), 3: None, 5: (200, {}, b"<html>"), 6: ""}

    def reply(number, body):
        return troubles.get(number, WHOLE)

    server = make_endpoint(reply)
    config = EndpointConfig(server.url, "qwen", first_wait=0.01, timeout=30.0)
    assert not any(annotated.problems for annotated in run(folder, Endpoint(config), concurrency=2))
    assert all(row["description"] == DESCRIPTION for row in lines(folder / "metadata.jsonl"))
    assert "" in [answer["text"] for answer in lines(folder / "answers.jsonl")] or len(server.requests) < 7


STYLES = yaml.safe_load((Path(__file__).parent / "styles.yaml").read_text(encoding="utf-8"))
PLACES = dict.fromkeys(("tree", "树"), (13, 0, 32, 29)) | dict.fromkeys(("cat", "猫"), (4, 13, 18, 31))  # of the first


def test_of_answers_in_the_styles_of_models_nearly_all_are_used(tmp_path, make_endpoint, capsys):
    """In full: plan and description, and nothing to remark; in part: one of them, or with remarks."""
    for number in range(len(STYLES)):
        picture(number).save(tmp_path / f"{number:02}.png")
    server = make_endpoint(lambda number, body: STYLES[number]["answer"])
    done = run(tmp_path, Endpoint(EndpointConfig(server.url, "m")), attempts=1)
    problems = {annotated.file_name: [problem.kind for problem in annotated.problems] for annotated in done}
    uses = {(): "full", ("partly",): "part", ("rejected",): "none"}
    rows = {row["file_name"]: row for row in lines(tmp_path / "metadata.jsonl")}
    found = []
    for number, style in enumerate(STYLES):
        name = f"{number:02}.png"
        found.append(uses[tuple(problems[name])])
        things = [line[2:].split(": ") for line in rows[name].get("plan", "").splitlines() if line.startswith("- ")]
        assert (found[-1], [thing for thing, _ in things]) == (style["use"], style["subjects"]), (
            number,
            style["style"],
        )
        boxes = dict(reversed([(thing, place.split(", ")[-1]) for thing, place in things]))
        for thing in boxes.keys() & PLACES.keys():  # people and models round as they like
            assert np.allclose([int(edge) for edge in boxes[thing].split()], PLACES[thing], atol=2), (number, boxes)
    counts = {use: found.count(use) for use in ("full", "part", "none")}
    with capsys.disabled():
        print(
            f"\nof {len(found)} answers used in full {counts['full']}, in part {counts['part']}, not {counts['none']}"
        )
    assert len(found) == 40 and counts["full"] + counts["part"] >= 0.95 * len(found)
