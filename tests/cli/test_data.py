"""`tiledraw data show`: what is printed says what is given and drawn, token for token."""

import re
from pathlib import Path

import numpy as np
import pytest
from built import built_folder

from tiledraw.canvas.pyramid import Borders
from tiledraw.cli.data import document_lines, show
from tiledraw.cli.main import main
from tiledraw.data.shards import KINDS, ShardSource
from tiledraw.format.grammar import LayoutDocument, TileDocument, segments, tokenise
from tiledraw.format.weaving import woven_row

CONFIG = Path(__file__).parents[2] / "configs" / "painter.yaml"
SOURCE = ShardSource(built_folder(plans=True), "validation")
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def lines_of(document, vocabulary, color=False):
    return list(document_lines(document, vocabulary, color))


def body(lines, name):
    """The lines of a segment: whether each has a bar, and what it holds."""
    start = next(number for number, line in enumerate(lines) if line[2:8].strip() == name)
    end = next(number for number, line in enumerate(lines) if number > start and line[2:8].strip())
    return [(line[0] == "▌", line[10:]) for line in lines[start:end]]


@pytest.mark.parametrize("kind", KINDS)
def test_every_segment_stands_there_with_a_bar_if_it_is_drawn(kind, vocabulary):
    document = SOURCE.document(kind, 0)
    lines = lines_of(document, vocabulary)
    named = [(line[2:8].strip(), line[0] == "▌") for line in lines[:-1] if line[2:8].strip()]
    assert [name for name, _ in named] == [part.name for part in segments(document)]
    for (name, bar), part in zip(named, segments(document), strict=True):
        if part.kind != "pixels":
            assert bar == part.drawn, name


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("index", range(4))
def test_the_last_line_counts_the_tokens(kind, index, vocabulary):
    document = SOURCE.document(kind, index)
    total, given, text, pixels = (
        int(number.replace(",", "")) for number in re.findall(r"[\d,]+", lines_of(document, vocabulary)[-1])
    )
    ids, mask = tokenise(segments(document), vocabulary)
    assert (total, given, text + pixels) == (len(ids), (~mask).sum(), mask.sum())
    assert pixels == document.pixels.size


def test_texts_show_their_line_ends(vocabulary):
    lines = lines_of(LayoutDocument("draw\na 猫", "canvas: 0 8 32 24\n", "background: white"), vocabulary)
    assert body(lines, "prompt") == [(False, "draw↵"), (False, "a 猫")]
    assert body(lines, "given") == [(False, "layout↵"), (False, "canvas: 0 8 32 24↵")]
    assert body(lines, "think") == [(True, "background: white")]
    rows = [text.split() for _, text in body(lines, "coarse")]
    assert [row[0] for row in rows] == [f"r{number}" for number in range(8)]
    assert all(row[3:] == ["no", "··", "??"] * 8 for row in rows)


def test_a_document_without_its_think_step_says_so(vocabulary):
    assert body(lines_of(LayoutDocument("a cat"), vocabulary), "think") == [(True, "(still to be drawn)")]


def test_a_tile_stands_in_rows_of_its_tokens(vocabulary):
    pixels = np.arange(1024).reshape(32, 32).astype(np.uint8)
    top, left = np.full(32, 0xAB, np.uint8), np.full(32, 0xCD, np.uint8)
    document = TileDocument("a tile", np.full((17, 16), 0xEE, np.int16), Borders(top, left), pixels)
    (bar, border), *rows = body(lines_of(document, vocabulary), "tile")
    assert not bar  # a row of the border is given
    assert border.split() == ["↑↑", "··", "··", *["··", "··", "ee", "ab", "ab", "ee", "ab", "ab"] * 8]
    assert len(rows) == 32
    for number, (bar, row) in enumerate(rows):
        runs = [f"{run:02x}{run + 1:02x}" for run in pixels[number, ::2].tolist()]
        assert bar
        assert row.split() == [
            f"r{number % 8}",
            "cd",
            "··",
            *(word for number in range(0, 16, 2) for word in ("··", "··", "ee", runs[number], "ee", runs[number + 1])),
        ]
        assert len(row.replace(" ", "")) == 2 * woven_row(32).length


@pytest.mark.parametrize("kind", KINDS)
def test_color_changes_no_word(kind, vocabulary):
    document = SOURCE.document(kind, 1)
    plain, colored = lines_of(document, vocabulary), lines_of(document, vocabulary, color=True)
    assert not any("\x1b" in line for line in plain)
    picture = {"layout": "coarse", "flat": "flat", "tile": "tile"}[kind]
    stripped = [ESCAPE.sub("", line) for line in colored]
    side = len(document.pixels)
    width = 32 if kind == "flat" else woven_row(side, kind == "tile").length
    assert all(len(text) == 2 * width for _, text in body(stripped, picture))
    start = plain.index(next(line for line in plain if line[2:8].strip() == picture))
    assert stripped[:start] == plain[:start]
    assert stripped[-3:] == plain[-3:]


def test_drawn_blocks_are_gray_and_given_ones_are_not(vocabulary):
    document = SOURCE.document("tile", 0)
    text = "\n".join(lines_of(document, vocabulary, color=True))
    blocks = re.findall(r"\x1b\[48;2;(\d+);(\d+);(\d+)m  ", text)
    grays = [int(red) for red, green, blue in blocks if red == green == blue]
    assert grays == document.pixels.ravel().tolist()
    assert len(blocks) > len(grays)
    assert all(0 <= int(part) <= 255 for block in blocks for part in block)


def test_documents_of_a_configuration_are_shown(capsys):
    assert show(["--config", str(CONFIG), "--kind", "layer", "--index", "2", "--count", "2"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("layer 2 of train\n") and "\n\nlayer 3 of train\n" in text
    assert "\x1b" not in text
    assert show([f"--config={CONFIG}", "--kind", "layer", "--index", "2", "--count", "2"]) == 0
    assert capsys.readouterr().out == text


def test_documents_of_layers_are_shown_with_the_inks_that_are_drawn(capsys):
    assert main(["data", "show", "--config", "painter", "--index", "3"]) == 0
    coarse, tile = (part.splitlines() for part in capsys.readouterr().out.strip().split("\n\n"))
    assert coarse[0] == "coarse 3 of train" and body(coarse, "inks")[0][0]
    assert tile[0] == "layer 3 of train" and not body(tile, "inks")[0][0]
    assert main(["data", "show", "--config", "painter", "--kind", "flat"]) == 2
    assert capsys.readouterr().err == "tiledraw: there are no documents of the kind flat; there are coarse, layer\n"
    assert main(["data", "show", "--config", "digits"]) == 2
    assert "trains on built documents; show them with --data" in capsys.readouterr().err


def test_without_a_configuration_those_of_the_painter_are_shown_and_of_a_folder_its_own(capsys):
    assert show(["--split", "test", "--color", "always"]) == 0
    text = capsys.readouterr().out
    assert "coarse 0 of test" in text and "layer 0 of test" in text and "\x1b[48;2;" in text
    assert show(["--data", built_folder(), "--split", "test"]) == 0
    text = capsys.readouterr().out
    assert all(f"{kind} 0 of test" in text for kind in KINDS)


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["--kind", "tiles"], "kind 'tiles' is none of"),
        (["--index=-1"], "index -1 is out of range"),
        (["--count", "0"], "count 0 is out of range"),
        (["--config"], "--config lacks its file"),
        (["--config", "missing.yaml"], "missing.yaml"),
        (["cat"], "cat"),
    ],
)
def test_mistakes_are_one_sentence(argv, sentence, capsys):
    assert main(["data", "show", *argv]) == 2
    error = capsys.readouterr().err
    assert sentence in error and error.count("\n") == 1


def test_an_unknown_key_of_a_configuration_is_refused(tmp_path, capsys):
    file = tmp_path / "config.yaml"
    file.write_text("layers:\n  subjects: [cat]\n  grayz: 4\n", encoding="utf-8")
    assert main(["data", "show", "--config", str(file)]) == 2
    assert "grayz" in capsys.readouterr().err
