"""Folders: what is said of each picture is found, and what is wrong with one line or picture harms no other."""

import json
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.data.folders import list_folder, split_parts
from tiledraw.data.tables import read_rows


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
        train__cat__1_dot_png=b"",
        train__hot_dog__2_dot_JPG=b"",
        test__3_dot_png=b"",
        train__cat__notes_dot_txt=b"",
    )
    make(tmp_path / ".hidden", a_dot_png=b"")
    labels = {name: record.label for name, record in found(tmp_path).items()}
    assert labels == {"test/3.png": "", "train/cat/1.png": "cat", "train/hot_dog/2.JPG": "hot dog"}
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
        ('{"file_name": "a\\ud800.png"}', "no path has"),
        (json.dumps({"file_name": "é" * 200 + ".png"}), "is longer than any path"),
        (json.dumps({"file_name": "ab/" * 2000 + "a.png"}), "is longer than any path"),
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
        ({"notes_dot_txt": "a cat"}, "holds no pictures, but files: 1 in .txt;"),
        ({"a_dot_zip": ""}, r"unpack them first"),
        ({"data__train_dot_parquet": ""}, r"tiledraw data build hub reads datasets"),
        ({"state_dot_json": "{}", "data_dot_arrow": ""}, "is a dataset that `datasets` has saved; .*build hub"),
        ({"metadata_dot_json": '{"images": [{}], "annotations": []}'}, "neither an array of objects"),
        ({"metadata_dot_json": "7"}, "neither an array of objects"),
        ({"metadata_dot_csv": "name;text\na.png;cat\n"}, "the key file_name.*; the first has 'name', 'text'"),
        ({"metadata_dot_jsonl": ""}, "is empty"),
        ({"metadata_dot_csv": "file_name,text\n"}, "is empty"),
        ({"metadata_dot_csv": "picture,text\na.png,cat\n"}, "the key file_name"),
        ({"metadata_dot_jsonl": '{"picture": "a.png"}\n'}, "the key file_name"),
        ({"metadata_dot_jsonl": b"{}\n\xb0\xc0\n"}, "no text in UTF-8, as line 2 shows"),
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
    names = ["train/a.png", "val/b.png", "testing/c.png", "train/d.png"]
    assert split_parts(names) == {"train": [0, 3], "validation": [1], "test": [2]}
    names = ["set/images/train/cat/a.png", "set/images/VAL/cat/b.png"]
    assert split_parts(names) == {"train": [0], "validation": [1]}
    assert split_parts(["cat/train/a.png", "cat/test/b.png", "dog/train/c.png"]) == {"train": [0, 2], "test": [1]}
    assert split_parts(["car/a.png", "train/b.png"]) == {"train": [0, 1]}  # which is a vehicle


def test_what_lies_beside_the_folders_of_splits_is_named(tmp_path):
    make(tmp_path, train__cat__1_dot_png=b"", test__cat__2_dot_png=b"", logo_dot_png=b"")
    problems = {name: record.problem for name, record in found(tmp_path).items()}
    assert problems.pop("logo.png") == "it lies beside the folders of splits, in none of them"
    assert not any(problems.values())


LABELS = {
    "train/n01443537/images/n01443537_0.JPEG": "n01443537",
    "train/n01629819/images/n01629819_0.JPEG": "n01629819",
    "val/images/val_0.JPEG": "",
}


@pytest.mark.parametrize(
    "labels",
    [
        LABELS,
        {"cat/full/1.png": "cat", "dog/full/2.png": "dog"},
        {"animals/cat/1.png": "cat", "animals/dog/2.png": "dog", "things/car/3.png": "car"},
        {"Images/cat/1.png": "cat", "Images/hot_dog/2.png": "hot dog"},
        {"cat/train/1.png": "cat", "dog/train/2.png": "dog", "dog/test/2.png": "dog"},
        {"car/a.png": "car", "train/b.png": "train"},
        {"10_ball toy/0.png": "ball toy", "001.Black_footed_Albatross/1.png": "Black footed Albatross", "7/2.png": "7"},
        {"test/1.png": "test", "quiz/2.png": "quiz"},
        {"photos/1.png": "", "2.png": ""},
        {"all/1.png": "all"},
    ],
)
def test_the_label_is_the_innermost_folder_that_can_be_a_class(tmp_path, labels):
    for name in labels:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert {name: record.label for name, record in found(tmp_path).items()} == labels


@pytest.mark.parametrize(
    ("caption", "fields", "problem"),
    [
        ("a ball, toy", {"text": "a ball, toy"}, ""),
        ("\ufeffun café\r\n", {"text": "un café"}, ""),
        ("猫".encode("utf-16"), {"text": "猫"}, ""),
        ("a cat\n\nthe cat sleeps\n", {"text": ["a cat", "the cat sleeps"]}, ""),
        (" \n", {}, ""),
        ("0 0.5 0.5 0.25 0.1\n3 0.1 0.2 0.3 0.4\n", {}, "cat/1.txt beside it holds numbers, not a caption"),
        (b"caf\xe9", {}, "cat/1.txt beside it is no text in UTF-8"),
    ],
)
def test_a_caption_may_lie_beside_its_picture(tmp_path, caption, fields, problem):
    make(tmp_path, cat__1_dot_png=b"", cat__1_dot_txt=caption, cat__2_dot_png=b"", cat__3_dot_png=b"")
    make(tmp_path, cat__notes_dot_txt="not about a picture")
    (tmp_path / "cat" / "3.caption").write_text("three")
    records = found(tmp_path)
    assert (records["cat/1.png"].fields, records["cat/1.png"].problem) == (fields, problem)
    assert records["cat/1.png"].label == ("" if fields else "cat")
    assert records["cat/2.png"].label == "cat" and records["cat/3.png"].fields == {"text": "three"}
    assert len(records) == 3


def test_pictures_that_nobody_here_reads_are_named(tmp_path):
    make(tmp_path, cat__1_dot_png=b"", cat__IMG_2_dot_HEIC=b"", cat__3_dot_cr2=b"", cat__4_dot_svg=b"")
    problems = {name: record.problem for name, record in found(tmp_path).items() if record.problem}
    assert problems == {
        name: f"files in {end} are not read; save it as PNG or JPEG"
        for name, end in (("cat/IMG_2.HEIC", ".heic"), ("cat/3.cr2", ".cr2"), ("cat/4.svg", ".svg"))
    }


def test_names_are_found_however_accents_are_composed(tmp_path):
    for name in ("cafe\u0301.png", "ü.png", "Big.PNG", "가.png"):
        (tmp_path / name).touch()
    rows = [{"file_name": name, "text": "a cup"} for name in ("caf\u00e9.png", "u\u0308.png", "big.png", "가.png")]
    make(tmp_path, metadata_dot_jsonl=lines(*rows))
    records = found(tmp_path)
    assert set(records) == {"cafe\u0301.png", "ü.png", "Big.PNG", "가.png"}
    assert all(record.fields["text"] == "a cup" for record in records.values())


TABLES = {
    "semicolons": 'file_name;text\r\na.png;"a; ""b"""\r\nb.png;un chat, noir\r\n',
    "sep": 'sep=;\r\nfile_name;text\r\na.png;"a; ""b"""\r\nb.png;un chat, noir\r\n',
    "sep of commas": 'SEP=,\nfile_name,text\na.png,"a; ""b"""\nb.png,"un chat, noir"\n',
    "tabs": 'file_name\ttext\na.png\ta; "b"\nb.png\tun chat, noir\n',
    "spaces": 'File_Name , Text \na.png, "a; ""b"""\nb.png, "un chat, noir"\n',
    "empty cells and lines": '\nfile_name,text,,\na.png,"a; ""b""",,\n,,,\nb.png,"un chat, noir",,\n',
    "another name": 'filename|caption|text\na.png||"a; ""b"""\nb.png||un chat, noir\n',
}


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("table", TABLES)
def test_tables_of_spreadsheets_are_read(tmp_path, table, mark):
    records = found(make(tmp_path, metadata_dot_csv=mark + TABLES[table]))
    assert {name: record.fields["text"] for name, record in records.items()} == {
        "a.png": 'a; "b"',
        "b.png": "un chat, noir",
    }
    assert not any(record.problem for record in records.values())
    utf16 = make(tmp_path / "utf16", metadata_dot_csv=TABLES[table].encode("utf-16"))
    assert {name: record.fields["text"] for name, record in found(utf16).items()} == {
        name: record.fields["text"] for name, record in records.items()
    }


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("metadata.jsonl", [{"file_name": "a.png", "text": "one"}, {"file_name": "b.png", "text": ["two", "zwei"]}]),
        ("metadata.json", [{"file_name": "a.png", "text": "one"}, {"file_name": "b.png", "text": ["two", "zwei"]}]),
        ("metadata.json", {"a.png": "one", "b.png": ["two", "zwei"]}),
        ("metadata.json", {"a.png": {"text": "one"}, "b.png": {"text": ["two", "zwei"]}}),
    ],
)
def test_arrays_and_mappings_are_read(tmp_path, name, data):
    (tmp_path / name).write_text(json.dumps(data, indent=1))
    assert {name: record.fields["text"] for name, record in found(tmp_path).items()} == {
        "a.png": "one",
        "b.png": ["two", "zwei"],
    }


def test_parquet_is_read(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = [{"file_name": "a.png", "text": "one", "label": 3}, {"file_name": "b.png", "text": None, "label": 4}]
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "metadata.parquet")
    records = found(tmp_path)
    assert records["a.png"].fields == rows[0] and records["b.png"].fields == {"file_name": "b.png", "label": 4}
    (tmp_path / "metadata.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(ValueError, match=r"metadata\.parquet can't be read") as error:
        found(tmp_path)
    assert "\n" not in str(error.value)


def test_pipes_are_not_waited_for(tmp_path):
    make(tmp_path, cat__1_dot_png=b"")
    os.mkfifo(tmp_path / "cat" / "1.txt")
    assert found(tmp_path)["cat/1.png"].label == "cat"
    os.mkfifo(tmp_path / "metadata.csv")
    with pytest.raises(ValueError, match=r"metadata\.csv is no file, but a pipe"):
        found(tmp_path)


def test_a_column_of_any_name_is_kept(tmp_path):
    make(tmp_path, metadata_dot_jsonl=lines({"file_name": "a.png", "line": "B7", "text": "x"}))
    (record,) = list_folder(tmp_path)
    assert record.fields["line"] == "B7" and record.line == 1


@given(st.binary(max_size=80) | st.text("file_name,;\t|\"'\n\r sep=ab.png{}[]:", max_size=80).map(str.encode))
def test_any_bytes_are_a_table_or_refused(data):
    with tempfile.TemporaryDirectory() as folder:
        for name in ("metadata.csv", "metadata.json", "metadata.jsonl"):
            path = Path(folder, name)
            path.write_bytes(data)
            try:
                rows = read_rows(path)
            except ValueError as error:
                assert "\n" not in str(error)
            else:
                assert all(isinstance(row, dict | str) for _, row in rows)
