"""Whatever hostile text a verb is given, or finds in a file, the terminal gets short lines of printable text."""

import re
import unicodedata

import pytest
from PIL import Image

from tiledraw.cli.main import VERBS, main

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e"
LONG = HOSTILE + "x" * 10**5
# What a verb is given so that it comes as far as it can and then refuses.
GIVEN = {
    "generate": ["a wug", "--planner", "rules"],
    "edit": ["sound.png", "--remove", "cat"],
    "extend": ["sound.png", "--right", "32"],
    "enlarge": ["sound.png", "--to", "77"],
    "describe": ["none.png"],
    "subjects": ["--output", "none/a.png"],
    "serve": ["--port", "none"],
    "compare": ["--output", "sound.png"],
    "evaluate": ["none", "--data", "none"],
    "train": ["--config", "none"],
    "merge": ["none", "merged"],
    "configs": ["none"],
    "data build": ["folder", "none", "--output", "built"],
    "data show": ["--kind", "none"],
    "data annotate": ["none"],
}


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    Image.new("L", (64, 64), 255).save(folder / "sound.png")
    return folder


def check(capsys, code=2):
    """What was said is one short line of printable text."""
    out, error = capsys.readouterr()
    odd = {letter for letter in out + error if unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\t"}
    assert not odd and "\u202e" not in out + error
    assert all(len(line) <= 2010 for line in error.split("\n"))
    if code:
        assert error.startswith("tiledraw: ") and error.count("\n") == 1, error
    return error


def flags(verb, capsys):
    """The options of a verb that take a value."""
    with pytest.raises(SystemExit):
        main([*verb.split(), "--help"])
    found = sorted(set(re.findall(r"^ +(?:-\w[^,]*, )?(--[\w.-]+) [A-Z\[{]", capsys.readouterr().out, re.MULTILINE)))
    return found[:: -(-len(found) // 3)]  # a few: all that is written takes the same way


def test_every_verb_is_tried():
    assert GIVEN.keys() == VERBS.keys()


@pytest.mark.parametrize("verb", VERBS)
def test_options_that_are_hostile(verb, capsys):
    options = flags(verb, capsys) if verb not in ("train", "compare") else []  # whose parsers take seconds
    for number, option in enumerate(options):
        assert main([*verb.split(), *GIVEN[verb], f"{option}={(HOSTILE, LONG)[number % 2]}"]) == 2, option
        check(capsys)
    for text in (HOSTILE, LONG)[: 1 if verb == "train" else 2]:
        assert main([*verb.split(), text, *GIVEN[verb]]) == 2
        check(capsys)
        assert main([*verb.split(), *GIVEN[verb], f"--{text}"]) == 2
        check(capsys)
    assert main([text]) == 2
    check(capsys)
