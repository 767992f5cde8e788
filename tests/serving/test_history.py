"""The history: it keeps pictures and their layers over a restart, the newest first, and forgets what it is told to."""

import sqlite3
from dataclasses import replace

import pytest
from PIL import Image

from tiledraw.language.boxes import Box
from tiledraw.language.plan import Placement, Plan
from tiledraw.serving.history import History, UnknownPictureError
from tiledraw.serving.opening import open_upload
from tiledraw.serving.plans import plan_from_data, plan_to_data

PLAN = Plan((Placement("cat", Box(0, 16, 16, 32), mirrored=True), Placement("sun", Box(2, 2, 10, 10))), "light blue")


@pytest.fixture(scope="module")
def picture(painter):
    return painter.draw("a cat and a sun", 64, plan=PLAN, seed=2**64 - 1)


def test_a_picture_is_there_after_a_restart(picture, tmp_path):
    first = History(tmp_path)
    added = first.add(picture)
    first.close()
    again = History(tmp_path)
    assert again.newest() == [added] == [again.entry(added.id)]
    assert added.seed == 2**64 - 1 and plan_from_data(added.plan) == PLAN
    with Image.open(again.file(added.id)) as image:
        assert image.tobytes() == picture.tobytes()
    assert [layer[2].mode for layer in again.layers(added.id)] == ["RGBA"] * 3


def test_what_was_thought_and_said_of_a_picture_is_there_after_a_restart(picture, tmp_path):
    first = History(tmp_path)
    first.add(picture, None, "it may also ask for 'a dog'", other := Plan((Placement("dog", Box(0, 0, 9, 9)),)))
    first.close()
    (kept,) = History(tmp_path).newest()
    assert kept.thought == picture.thought != "" and kept.remark == "it may also ask for 'a dog'"
    assert plan_from_data(kept.other) == other


def test_a_history_that_an_earlier_version_began_goes_on(picture, tmp_path):
    first = History(tmp_path)
    added = replace(first.add(picture), thought="")
    first.close()
    table = sqlite3.connect(tmp_path / "history.sqlite")
    with table:
        for later in ("frame", "told"):
            table.execute(f"ALTER TABLE pictures DROP COLUMN {later}")
    table.close()
    again = History(tmp_path)
    assert again.newest() == [added] and again.add(picture).number == added.number + 1


def test_the_newest_come_first_and_older_ones_are_had_by_number(picture, tmp_path):
    history = History(tmp_path)
    numbers = [history.add(picture).number for _ in range(3)]
    assert [entry.number for entry in history.newest(count=2)] == numbers[:0:-1]
    assert [entry.number for entry in history.newest(numbers[1])] == numbers[:1]


def test_what_is_forgotten_leaves_nothing(picture, tmp_path):
    history = History(tmp_path)
    name = history.add(picture).id
    history.remove(name)
    assert not history.newest() and [path.name for path in tmp_path.iterdir()] == ["history.sqlite"]
    for unknown in (name, "../../etc/passwd", ""):
        with pytest.raises(UnknownPictureError):
            history.file(unknown)


@pytest.mark.parametrize("suffix", [".png", ".ora"])
def test_a_file_that_comes_back_is_kept_once(picture, tmp_path, suffix):
    path = tmp_path / f"sent{suffix}"
    picture.save(path)
    opened = open_upload(path.read_bytes())
    history = History(tmp_path / "history")
    first, second = history.add_opened(opened), history.add_opened(opened)
    assert first == second and len(history.newest()) == 1
    assert (first.prompt, first.seed, first.plan) == ("a cat and a sun", 2**64 - 1, plan_to_data(PLAN))


@pytest.mark.parametrize("data", [b"", b"PK\3\4", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"<svg/>"])
def test_a_file_that_is_no_picture_of_ours_is_refused_in_a_sentence(data):
    with pytest.raises(ValueError, match="the picture") as caught:
        open_upload(data)
    assert "/tmp" not in str(caught.value)


def test_a_picture_of_anybody_does_not_say_how_it_was_drawn(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    with pytest.raises(ValueError, match="does not say how it was drawn"):
        open_upload((tmp_path / "a.png").read_bytes())


def test_a_folder_that_is_no_history_is_refused_in_a_sentence(tmp_path):
    (tmp_path / "history.sqlite").write_bytes(b"not a database, and longer than its head" * 10)
    with pytest.raises(ValueError, match="give --history another folder"):
        History(tmp_path)
