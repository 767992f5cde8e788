"""Files of prompts: every line is an entry or one sentence that names the line."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.cli.prompts import Entry, read_prompts


def write(tmp_path, *lines):
    path = tmp_path / "prompts.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return str(path)


def test_what_a_line_leaves_out_is_filled_in(tmp_path):
    path = write(
        tmp_path,
        {"prompt": "a cat"},
        "",
        {"prompt": " 一只猫 ", "id": "猫-1", "seed": 2**64 - 1, "size": "64x32"},
        {"prompt": "a sun", "size": 96},
    )
    assert read_prompts(path, 5, (256, 128)) == [
        Entry("a cat", "000001", 5, (256, 128)),
        Entry("一只猫", "猫-1", 2**64 - 1, (64, 32)),
        Entry("a sun", "000004", 5, (96, 96)),
    ]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("a cat", "'a cat' is no JSON object"),
        ("[1]", "is no JSON object"),
        ("[" * 100_000, "is no JSON object"),
        ({}, "the key 'prompt' is missing"),
        ({"prompt": ""}, "the prompt is empty"),
        ({"prompt": "a\0cat"}, r"U\+0000"),
        ({"prompt": 7}, "'prompt' is '7', which is not of its type"),
        ({"prompt": "a cat", "colour": "red"}, "the key 'colour' is unknown; known are prompt, id, seed, size"),
        ({"prompt": "a cat", "seed": -1}, "seed -1 is out of range"),
        ({"prompt": "a cat", "seed": True}, "not of its type"),
        ({"prompt": "a cat", "seed": 1.5}, "not of its type"),
        ({"prompt": "a cat", "size": "33"}, "is not made of whole tiles"),
        ({"prompt": "a cat", "id": "../cat"}, "names a file"),
        ({"prompt": "a cat", "id": ".cat"}, "names a file"),
        ({"prompt": "a cat", "id": ""}, "names a file"),
        ({"prompt": "a cat", "id": "first"}, "'first' stands in an earlier line too"),
    ],
)
def test_a_bad_line_is_one_sentence_that_names_it(tmp_path, line, sentence):
    path = write(tmp_path, {"prompt": "a sun", "id": "first"}, line)
    with pytest.raises(ValueError, match=rf"^\S+prompts.jsonl, line 2: [^\n]*{sentence}[^\n]*$"):
        read_prompts(path, 0, (32, 32))


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_a_file_without_prompts_is_refused(tmp_path, text):
    with pytest.raises(ValueError, match=r"holds no prompts"):
        read_prompts(write(tmp_path, text), 0, (32, 32))


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\xff")
    with pytest.raises(ValueError, match=r"is no text in UTF-8$"):
        read_prompts(str(tmp_path / "picture.png"), 0, (32, 32))


@given(st.text(max_size=80))
def test_any_line_is_an_entry_or_a_sentence(tmp_path, text):
    (tmp_path / "any.jsonl").write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        entries = read_prompts(str(tmp_path / "any.jsonl"), 0, (32, 32))
    except ValueError as error:
        assert str(error) and "\n" not in str(error)
    else:
        assert all(entry.prompt for entry in entries)
