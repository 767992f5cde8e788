"""Labelled data: bits add up over levels, a classifier tells drawings apart, and the report says all of it."""

import io
import json

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tiledraw.cli.main import main
from tiledraw.data.labels import label_codes
from tiledraw.data.shards import ShardSource
from tiledraw.evaluation.built import (
    bits,
    flat_picture,
    histogram_bits,
    png_bits,
    relabelled,
    tiled_picture,
)
from tiledraw.evaluation.classifying import classify, kernel_distance, train_classifier
from tiledraw.format.grammar import segments, tokenise
from tiledraw.format.think import read_caption, read_tile
from tiledraw.models.building import ModelConfig
from tiledraw.models.loading import load_model
from tiledraw.training.batches import collate, losses, make_example, read
from tiledraw.training.config import MixConfig, TrainConfig
from tiledraw.training.loop import Trainer

LABELS = ("bar", "disc")


def shape(label, number):
    image = Image.new("L", (64, 64), 255)
    x, y = number % 5 * 4, number // 5 * 4
    draw = ImageDraw.Draw(image)
    draw.rectangle([x, y, x + 12, 60], fill=0) if label == "bar" else draw.ellipse([x, y, x + 44, y + 44], fill=0)
    return image


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Documents of bars and discs, of 64x64 pixels."""
    folder = tmp_path_factory.mktemp("shapes")
    for label in LABELS:
        (folder / label).mkdir()
        for number in range(20):
            shape(label, number).save(folder / label / f"{number}.png")
    argv = ["data", "build", "folder", str(folder), "-o", str(folder / "built"), "--sizes", "64", "--grays", "4"]
    assert main([*argv, "--quiet"]) == 0
    return folder / "built"


@pytest.fixture(scope="module")
def model(built):
    """The folder of a model of both formats that was trained for two steps."""
    config = TrainConfig(
        output=str(built.parent / "run"),
        data=str(built),
        model=ModelConfig(32, 2, 2, 1, 16, 48, full_layers=(1,), window=136, place_words=True),
        mix=MixConfig(long=2, flat_every=2, layouts=2),
        steps=2,
        evaluate_documents=1,
        precision="float32",
    )
    run = Trainer(config, log=io.StringIO())
    run._train_step()
    run._train_step()
    run.export(built.parent / "model")
    return built.parent / "model"


def test_a_picture_is_all_of_its_tiles_as_drawing_sees_them(built):
    source = ShardSource(built, "train")
    picture = tiled_picture(source, 3)
    assert list(picture.stages) == [8, 16, 32, 64] and [len(each) for each in picture.stages.values()] == [1, 1, 1, 4]
    assert picture.shows in LABELS and picture.pixels.shape == (64, 64)
    first, *_, last = picture.stages[64]
    assert all(border is None for border in vars(first.borders).values())
    assert np.array_equal(last.borders.top, picture.pixels[31, 32:])
    assert np.array_equal(last.borders.left, picture.pixels[32:, 31])
    assert last.borders.right is None and last.borders.bottom is None
    assert flat_picture(source, 3).shows == picture.shows


def test_labels_have_place_words_that_begin_as_their_mean_pictures_look(model, built):
    vocabulary = load_model(str(model)).vocabulary
    assert vocabulary.placed == LABELS
    source = ShardSource(built, "train")
    for document in (document for stage in tiled_picture(source, 0).stages.values() for document in stage):
        ids = tokenise(segments(document), vocabulary)[0]
        first = vocabulary.things(read_caption(source.stored("layout", 0).think))[1]
        assert ((ids >= first) & (ids < first + 64)).sum() == 8 * len(document.pixels)
    last = tokenise(segments(tiled_picture(source, 0).stages[64][-1]), vocabulary)[0]
    quarter = {8 * row + column for row in range(4, 8) for column in range(4, 8)}
    assert set(last[last >= vocabulary.places] - first) == quarter
    codes = label_codes(str(built), LABELS, 16)
    assert codes["bar"].shape == (64, 16) and not np.allclose(codes["bar"], codes["disc"])


def test_pictures_that_lack_tiles_are_refused(built, tmp_path):
    argv = ["data", "build", "folder", str(built.parent), "-o", str(tmp_path / "few"), "--sizes", "64", "--tiles", "2"]
    assert main([*argv, "--quiet"]) == 0
    with pytest.raises(ValueError, match="lacks tiles of some pictures"):
        tiled_picture(ShardSource(tmp_path / "few", "train"), 0)


def test_a_document_under_another_label_differs_in_nothing_else(built):
    for document in (document for stage in tiled_picture(ShardSource(built), 0).stages.values() for document in stage):
        other = relabelled(document, "a hat, upside down")
        shown = read_tile(other.think).text if hasattr(other, "guide") else read_caption(other.think)
        assert shown == "a hat, upside down" and np.array_equal(other.pixels, document.pixels)


def test_bits_of_documents_are_those_of_the_training_loss(model, built):
    loaded = load_model(str(model))
    source = ShardSource(built)
    documents = [source.stored("flat", 0), source.stored("layout", 1), source.stored("layout", 2)]
    found = bits(loaded, documents)
    for document, own in zip(documents, found, strict=True):
        batch = collate([make_example(document, loaded.vocabulary)], loaded.vocabulary)
        hidden = read(loaded.model.model, batch.ids, batch.positions)
        sums = losses(hidden, loaded.model.lm_head.weight, batch, loaded.vocabulary, 1)
        assert own == pytest.approx(float(sums.pixel_nats) / np.log(2), rel=1e-4)


def test_histogram_and_png_are_right_about_plain_pictures():
    known = np.zeros((9, 4, 4), np.uint8)
    assert histogram_bits(known, known[:1], 2)[0] == pytest.approx(16 * -np.log2(9.5 / 10))
    plain = np.zeros((32, 32), np.uint8)
    noise = np.random.default_rng(0).integers(0, 256, (32, 32)).astype(np.uint8)
    assert png_bits(plain) < 1000 < 8 * 1024 < png_bits(noise)


def test_a_classifier_names_new_pictures_and_distances_tell_sets_apart():
    pictures = {label: np.stack([np.asarray(shape(label, n).resize((32, 32))) for n in range(20)]) for label in LABELS}
    known = np.concatenate([pictures[label][::2] for label in LABELS])
    network = train_classifier(known, np.repeat([0, 1], 10), 2, steps=40)
    for number, label in enumerate(LABELS):
        assert (classify(network, pictures[label][1::2]) == number).mean() > 0.8
    same = kernel_distance(network, pictures["bar"][::2], pictures["bar"][1::2])[0]
    assert abs(same) < 0.2 * kernel_distance(network, pictures["bar"], pictures["disc"])[0]


def test_the_verb_writes_a_report(model, built, tmp_path, capsys):
    folder = tmp_path / "report"
    argv = ["evaluate", str(model), "--data", str(built), "-o", str(folder), "--split", "validation"]
    assert main([*argv, "--bits", "2", "--drawings", "2", "--temperature", "0"]) == 0
    assert capsys.readouterr().out.strip() == str(folder / "report.md")
    found = json.loads((folder / "evaluation.json").read_text())
    flat, tiled = found["models"]
    assert (flat["format"], tiled["format"]) == ("flat", "tiled")
    assert list(flat["bits"]) == ["32"] and list(tiled["bits"]) == ["8", "16", "32", "64"]
    assert len(tiled["right"]) == 2 and {each["shows"] for each in tiled["drawings"]} <= set(LABELS)
    report = (folder / "report.md").read_text()
    for words in ("bits a pixel of a PNG", "the label's worth", "named as asked", "kernel distance", "less flat"):
        assert words in report
    assert Image.open(folder / "sheet.png").width > 100


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["painter", "--data", "{data}"], "the model painter draws layers pictures, of which .* holds none"),
        (["{model}", "--data", "{model}"], "holds no documents"),
        (["{model}", "--data", "{data}", "--split", "dev"], "has no split 'dev'"),
        (["{model}", "--data", "{data}", "--bits", "1"], "--bits 1 is out of range"),
    ],
)
def test_what_can_not_be_measured_is_said_in_a_sentence(arguments, sentence, model, built, tmp_path, capsys):
    import re

    words = [argument.format(model=model, data=built) for argument in arguments]
    assert main(["evaluate", *words, "-o", str(tmp_path / "x")]) == 2
    error = capsys.readouterr().err
    assert re.search(sentence, error) and error.count("\n") == 1
