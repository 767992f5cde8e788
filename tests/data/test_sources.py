"""Sources: each kind gives items behind one interface, splits share none, and a bad item is its own problem."""

import gzip
import json
import struct
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tiledraw.canvas.pictures import PictureError
from tiledraw.common.extras import MissingExtraError
from tiledraw.data.sources import Columns, HubConfig, SourceConfig, choose, open_source, read_words
from tiledraw.language.boxes import Box
from tiledraw.language.phrasing.phrased import SPLITS
from tiledraw.language.plan import Placement, Plan, format_plan

RNG = np.random.default_rng(0)


def all_items(source):
    return [source.item(index) for index in range(len(source.names))]


def idx(array):
    return bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@pytest.fixture
def mnist(tmp_path):
    images = RNG.integers(0, 256, (60, 28, 28), dtype=np.uint8)
    labels = np.arange(60, dtype=np.uint8) % 10
    for stem, part in (("train", slice(0, 50)), ("t10k", slice(50, 60))):
        (tmp_path / f"{stem}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images[part])))
        (tmp_path / f"{stem}-labels-idx1-ubyte").write_bytes(idx(labels[part]))
    return tmp_path, images, labels


def write_picture(path, gray=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (5, 4), gray).save(path)


def describe(root, *rows):
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (root / "metadata.jsonl").write_text(text, encoding="utf-8")
    return root


# MNIST and CIFAR-10 --------------------------------------------------------------------------------------------------


def test_digits_lie_in_the_middle_of_32x32_and_are_called_by_name(mnist):
    folder, images, labels = mnist
    source = open_source(SourceConfig("mnist", str(folder)), "test")
    for number, item in enumerate(all_items(source)):
        assert np.array_equal(item.pixels[2:30, 2:30], images[50 + number]) and item.pixels.shape == (32, 32)
        assert not item.pixels[[0, 1, 30, 31]].any() and not item.pixels[:, [0, 1, 30, 31]].any()
        assert item.label == f"digit {labels[50 + number]}"


def test_a_split_that_is_lacking_comes_from_training_and_shares_nothing_with_it(mnist):
    names = {split: open_source(SourceConfig("mnist", str(mnist[0])), split).names for split in SPLITS}
    assert {split: len(found) for split, found in names.items()} == {"train": 48, "validation": 2, "test": 10}
    assert len({name for found in names.values() for name in found}) == 60


def test_a_label_that_no_digit_has_is_the_problem_of_its_picture(mnist):
    labels = np.array([*range(10)], np.uint8)
    labels[3] = 12
    (mnist[0] / "t10k-labels-idx1-ubyte").write_bytes(idx(labels))
    source = open_source(SourceConfig("mnist", str(mnist[0])), "test")
    with pytest.raises(PictureError, match="its label is 12; labels are 0 to 9"):
        source.item(3)
    assert source.item(4).label == "digit 4"


def test_objects_are_grays_of_their_colors(tmp_path):
    record = bytes([6]) + bytes([255] * 1024 + [0] * 2048)  # a red frog
    for name in (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"):
        (tmp_path / name).write_bytes(record)
    item = open_source(SourceConfig("cifar10", str(tmp_path)), "test").item(0)
    assert item.label == "frog" and (item.pixels == 76).all() and item.pixels.shape == (32, 32)


# Folders -------------------------------------------------------------------------------------------------------------


def test_a_folder_says_all_that_is_said_of_a_picture(tmp_path):
    plan = Plan((Placement("cat", Box(0, 16, 16, 32)),), "grass")
    write_picture(tmp_path / "a.png", 9)
    row = {"file_name": "a.png", "text": "a cat\nat night", "plan": format_plan(plan), "label": None}
    describe(tmp_path, row | {"description": "A cat."})
    item = open_source(SourceConfig("folder", str(tmp_path)), "train").item(0)
    assert (item.name, item.captions, item.description, item.plan) == ("a.png", ("a cat at night",), "A cat.", plan)
    assert item.label == ""
    assert item.pixels.shape == (4, 5) and (item.pixels == 9).all()


def test_columns_can_be_chosen(tmp_path):
    write_picture(tmp_path / "a.png")
    describe(tmp_path, {"file_name": "a.png", "text": "no", "blip": "a cat", "kind": 3})
    item = open_source(SourceConfig("folder", str(tmp_path), columns=Columns(None, "blip", "kind")), "train").item(0)
    assert (item.captions, item.label) == (("a cat",), "3")
    with pytest.raises(ValueError, match="has the column 'words'"):
        open_source(SourceConfig("folder", str(tmp_path), columns=Columns(caption="words")), "train")


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"file_name": "none.png", "text": "a cat"}, "is not there"),
        ({"file_name": "folder.png", "text": "a cat"}, "is not there"),
        ({"file_name": "words.png", "text": "a cat"}, "no picture in a known format"),
        ({"file_name": "../a.png", "text": "a cat"}, "leads out of the folder"),
        ({"file_name": "a.png"}, "nothing says what it shows"),
        ({"file_name": "a.png", "text": ""}, "nothing says what it shows"),
        ({"file_name": "a.png", "text": ["a", 2.5]}, "which is no text"),
        ({"file_name": "a.png", "prompt": ["a", "cat"]}, "is a list; give one"),
        ({"file_name": "a.png", "text": "half \ud83d"}, "half a character"),
        ({"file_name": "a.png", "label": True}, "which is no text"),
        ({"file_name": "a.png", "text": "a cat", "plan": "cat: left"}, "its plan is none"),
        ({"file_name": "a.png", "text": "a cat", "plan": "grid: 64\nbackground: white"}, "its grid is 64"),
    ],
)
def test_what_is_wrong_with_a_picture_is_said_when_it_is_asked_for(tmp_path, monkeypatch, row, problem):
    write_picture(tmp_path / "a.png")
    write_picture(tmp_path / "b.png")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "words.png").write_text("a cat, in words")
    describe(tmp_path, row, {"file_name": "b.png", "text": "b"})
    monkeypatch.setattr("tiledraw.data.sources.choose", lambda names, *_: list(range(len(names))))
    source = open_source(SourceConfig("folder", str(tmp_path)), "train")  # all pictures
    reasons = []
    for index, name in enumerate(source.names):
        if name == "b.png":
            assert source.item(index).captions == ("b",)
        else:
            with pytest.raises(PictureError) as error:
                source.item(index)
            reasons.append(str(error.value))
    assert any(problem in reason for reason in reasons), reasons
    assert not any("\n" in reason for reason in reasons)


def test_the_identity_of_a_folder_follows_its_words_and_pictures(tmp_path):
    def identity():
        return open_source(SourceConfig("folder", str(tmp_path)), "train").identity

    write_picture(tmp_path / "cat" / "a.png")
    first = identity()
    assert identity() == first
    write_picture(tmp_path / "cat" / "b.png")
    second = identity()
    describe(tmp_path, {"file_name": "cat/a.png", "text": "one"}, {"file_name": "cat/b.png", "text": "two"})
    third = identity()
    describe(tmp_path, {"file_name": "cat/a.png", "text": "one"}, {"file_name": "cat/b.png", "text": "six"})
    assert len({first, second, third, identity()}) == 4


def test_an_empty_split_is_refused(tmp_path):
    write_picture(tmp_path / "cat" / "a.png")
    with pytest.raises(ValueError, match=r"the validation split of .* is empty; leave it out of --splits"):
        open_source(SourceConfig("folder", str(tmp_path)), "validation")


# The hub -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def hub_folder(tmp_path, monkeypatch):
    """A dataset as it lies on the hub: Parquet files with pictures inside; the second one is damaged."""
    datasets = pytest.importorskip("datasets")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    write_picture(tmp_path / "a.png", 40)
    good = {"bytes": (tmp_path / "a.png").read_bytes(), "path": None}
    features = datasets.Features(
        {
            "img": datasets.Image(),
            "label": datasets.ClassLabel(names=["cat", "hot_dog"]),
            "words": datasets.Value("string"),
        }
    )
    rows = {"img": [good, {"bytes": b"broken", "path": None}, good], "label": [1, 0, 0], "words": ["x", "y", None]}
    folder = tmp_path / "set"
    (folder / "data").mkdir(parents=True)
    for split in ("train", "test"):
        table = datasets.Dataset.from_dict(rows, features=features)
        table.to_parquet(folder / "data" / f"{split}-00000-of-00001.parquet")
    return folder


def test_a_hub_dataset_gives_its_pictures_and_the_names_of_its_classes(hub_folder):
    source = open_source(SourceConfig("hub", str(hub_folder)), "test")
    assert source.names == ["test 0", "test 1", "test 2"]
    assert (source.item(0).label, source.item(2).label) == ("hot dog", "cat")
    assert source.item(0).pixels.shape == (4, 5) and (source.item(0).pixels == 40).all()
    with pytest.raises(PictureError, match="no picture in a known format"):
        source.item(1)
    captioned = open_source(SourceConfig("hub", str(hub_folder), columns=Columns("img", "words", "label")), "test")
    assert (captioned.item(0).captions, captioned.item(2).captions) == (("x",), ())
    names = [open_source(SourceConfig("hub", str(hub_folder)), split).names for split in ("train", "validation")]
    assert sorted(names[0] + names[1]) == ["train 0", "train 1", "train 2"] and names[1]


@pytest.mark.parametrize(
    ("columns", "hub", "sentence"),
    [
        (Columns(image="photo"), HubConfig(), "no column 'photo'; it has img, label, words"),
        (Columns(caption="texts"), HubConfig(), "no column 'texts'"),
        (Columns(), HubConfig(subset="other"), "can't be used"),
    ],
)
def test_a_hub_dataset_that_is_not_as_asked_for_is_one_sentence(hub_folder, columns, hub, sentence):
    with pytest.raises(ValueError, match=sentence) as error:
        open_source(SourceConfig("hub", str(hub_folder), columns=columns, hub=hub), "train")
    assert "\n" not in str(error.value)


def test_a_dataset_that_was_saved_to_disk_is_read(hub_folder, tmp_path):
    import datasets

    rows = datasets.load_dataset(str(hub_folder))
    rows.save_to_disk(tmp_path / "saved")
    rows["train"].save_to_disk(tmp_path / "split")
    for folder, split in (("saved", "test"), ("split", "train")):
        source = open_source(SourceConfig("hub", str(tmp_path / folder)), split)
        assert source.item(0).label == "hot dog" and source.item(0).pixels.shape == (4, 5)
    (tmp_path / "split" / "state.json").write_text("{")
    with pytest.raises(ValueError, match="can't be used"):
        open_source(SourceConfig("hub", str(tmp_path / "split")), "train")


def test_without_the_package_a_sentence_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "datasets", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'tiledraw\[hub\]'"):
        open_source(SourceConfig("hub", "some/thing"), "train")


# All -----------------------------------------------------------------------------------------------------------------


def test_a_plan_of_the_first_edition_beside_a_picture_is_read():
    old = "background: light\n- cat: bottom-left, large, 0 4 4 8"
    found = read_words({"text": "a cat", "plan": old}, Columns())["plan"]
    assert found == Plan((Placement("cat", Box(0, 16, 16, 32)),), "light gray")


@pytest.mark.parametrize("kind", ["mnist", "cifar10", "folder"])
def test_a_path_that_is_none_is_refused(kind, tmp_path):
    with pytest.raises(ValueError, match="say where the pictures are"):
        open_source(SourceConfig(kind), "train")
    with pytest.raises(ValueError, match="is not a folder"):
        open_source(SourceConfig(kind, str(tmp_path / "none")), "train")
    with pytest.raises(ValueError, match="'dev' is unknown; known are train, validation, test"):
        open_source(SourceConfig(kind, str(tmp_path)), "dev")


NAMES = st.lists(st.text(max_size=5), unique=True, max_size=60)


@given(NAMES, st.sets(st.sampled_from(["validation", "test"])), st.randoms())
def test_splits_of_a_part_share_nothing_lose_nothing_and_do_not_hang_on_the_order(names, missing, random):
    missing = sorted(missing)
    found = {split: choose(names, missing, split, None) for split in ("train", *missing)}
    assert sorted(place for places in found.values() for place in places) == list(range(len(names)))
    assert all(found.values()) or len(names) <= len(missing)
    shuffled = random.sample(names, len(names))
    for split, places in found.items():
        assert {names[n] for n in places} == {shuffled[n] for n in choose(shuffled, missing, split, None)}


def test_a_limit_takes_from_everywhere():
    names = [f"{label}/{number}.png" for label in "abcd" for number in range(250)]
    found = choose(names, (), "train", 80)
    assert len(found) == 80 and found == sorted(found)
    assert min(Counter(names[place][0] for place in found).values()) > 8


@given(
    st.dictionaries(
        st.sampled_from(["prompt", "text", "label", "plan"]),
        st.none() | st.text() | st.integers() | st.lists(st.text(), max_size=3),
    )
)
def test_whatever_metadata_says_is_words_or_refused(fields):
    try:
        words = read_words(fields, Columns())
    except PictureError as error:
        assert "\n" not in str(error)
    else:
        assert any(words[key] for key in ("prompt", "captions", "label", "description"))
