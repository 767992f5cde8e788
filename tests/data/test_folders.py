"""Folders: what is said of each picture is found, and what is wrong with one line or picture harms no other."""

import json

import pytest

from tiledraw.data.folders import list_folder, split_parts


def make(root, **files):
    """A folder; a name's `__` stands for `/`, `_dot_` for the dot before its suffix."""
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def lines(*rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def found(root):
    return {record.name: record for record in list_folder(root)}


def test_folders_name_classes(tmp_path):
    make(
        tmp_path,
        cat__1_dot_png=b"",
        train__hot_dog__2_dot_JPG=b"",
        test__3_dot_png=b"",
        cat__notes_dot_txt=b"",
        x_dot_png=b"",
    )
    make(tmp_path / ".hidden", a_dot_png=b"")
    labels = {name: record.label for name, record in found(tmp_path).items()}
    assert labels == {"cat/1.png": "cat", "test/3.png": "", "train/hot_dog/2.JPG": "hot dog", "x.png": ""}
    assert list(labels) == sorted(labels)


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_metadata_is_read_with_marks_and_line_ends_of_any_system(tmp_path, start, end):
    rows = lines({"file_name": "a.png", "text": "一只猫"}, {"file_name": "b/c.png", "text": "two, three"})
    table = 'file_name,text\na.png,一只猫\nb/c.png,"two, three"\n'
    for name, text in (("metadata_dot_jsonl", rows), ("metadata_dot_csv", table)):
        root = make(tmp_path / name, **{name: start + text.replace("\n", end)})
        records = found(root)
        assert {name: record.fields["text"] for name, record in records.items()} == {
            "a.png": "一只猫",
            "b/c.png": "two, three",
        }
        assert not any(record.problem for record in records.values())


def test_metadata_rules_the_pictures_beneath_it_and_no_others(tmp_path):
    make(tmp_path, train__cat__1_dot_png=b"", train__cat__2_dot_png=b"", dog__3_dot_png=b"")
    make(tmp_path / "train", metadata_dot_jsonl=lines({"file_name": "cat/1.png", "text": "a cat"}))
    records = found(tmp_path)
    assert records["train/cat/1.png"].fields["text"] == "a cat"
    assert records["train/cat/2.png"].problem == "train/metadata.jsonl does not list it"
    assert records["dog/3.png"].label == "dog" and not records["dog/3.png"].problem


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"file_name": "b.png", ', "is no JSON object"),
        ("[1, 2]", "is no JSON object"),
        ("[" * 100_000, "is no JSON object"),
        ('{"text": "a cat"}', "has no file_name"),
        ('{"file_name": 7}', "has no file_name"),
        ('{"file_name": "../secret.png"}', "leads out of the folder"),
        ('{"file_name": "x/../../secret.png"}', "leads out of the folder"),
        ('{"file_name": "..\\\\secret.png"}', "leads out of the folder"),
        ('{"file_name": "/etc/passwd"}', "leads out of the folder"),
        ('{"file_name": "C:\\\\a.png"}', "leads out of the folder"),
        ('{"file_name": "a\\u0000.png"}', "no path has"),
        ('{"file_name": "./a.png", "text": "again"}', "names 'a.png', as an earlier line does"),
    ],
)
def test_a_bad_line_is_named_with_its_number_and_harms_no_other(tmp_path, line, problem):
    good = lines({"file_name": "a.png", "text": "a cat"})
    make(tmp_path, metadata_dot_jsonl=f"{good}\n{line}\n" + lines({"file_name": "c.png", "text": "last"}))
    records = found(tmp_path)
    assert problem in records["metadata.jsonl line 3"].problem
    assert "\n" not in records["metadata.jsonl line 3"].problem and len(records["metadata.jsonl line 3"].problem) < 200
    assert records["a.png"].fields["text"] == "a cat" and records["c.png"].fields["text"] == "last"
    assert len(records) == 3


def test_a_csv_line_with_too_many_cells_is_named(tmp_path):
    make(tmp_path, metadata_dot_csv="file_name,text\na.png,one, two\nb.png,fine\n")
    records = found(tmp_path)
    assert "more cells than the first line" in records["metadata.csv line 2"].problem
    assert records["b.png"].fields["text"] == "fine"


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, "holds no pictures"),
        ({"notes_dot_txt": "a cat"}, "holds no pictures"),
        ({"metadata_dot_jsonl": ""}, "is empty"),
        ({"metadata_dot_csv": "file_name,text\n"}, "is empty"),
        ({"metadata_dot_csv": "file,text\na.png,cat\n"}, "the key file_name"),
        ({"metadata_dot_jsonl": '{"file": "a.png"}\n'}, "the key file_name"),
        ({"metadata_dot_jsonl": "猫".encode("utf-16")}, "no text in UTF-8"),
        ({"metadata_dot_jsonl": "{}", "metadata_dot_csv": "x"}, "holds both metadata.jsonl and metadata.csv"),
        ({"metadata_dot_csv": f"file_name,text\na.png,{'x' * 200_000}\n"}, "line"),
    ],
)
def test_what_is_wrong_with_the_whole_is_one_sentence(tmp_path, files, sentence):
    with pytest.raises(ValueError, match=sentence) as error:
        list_folder(make(tmp_path, **files))
    assert "\n" not in str(error.value)


def test_a_path_that_is_no_folder(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for name in ("file", "none"):
        with pytest.raises(ValueError, match="is not a folder"):
            list_folder(tmp_path / name)


def test_splits_are_folders_under_any_usual_name():
    assert split_parts(["a.png", "test/b.png"]) == {"train": [0, 1]}  # a class may be called so
    names = ["train/a.png", "val/b.png", "testing/c.png", "train/d.png", "other/e.png"]
    assert split_parts(names) == {"train": [0, 3], "validation": [1], "test": [2]}
