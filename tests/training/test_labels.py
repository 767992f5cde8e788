"""Pictures with labels and without plans: from files of MNIST to a model that draws, flat and tile by tile."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from tiledraw.cli.main import main
from tiledraw.drawing.job import Job
from tiledraw.models.building import ModelConfig
from tiledraw.models.loading import load_model
from tiledraw.training.config import MixConfig, TrainConfig


def idx(array):
    """The bytes of an IDX file."""
    sizes = np.array(array.shape, dtype=">u4").tobytes()
    return bytes((0, 0, 8, array.ndim)) + sizes + array.tobytes()


@pytest.fixture(scope="module")
def model(quiet_trainer, tmp_path_factory):
    """The folder of a model that was trained for two steps on twelve made-up digits."""
    folder = tmp_path_factory.mktemp("labels")
    rng = np.random.default_rng(0)
    (folder / "mnist").mkdir()
    for part, count in (("train", 12), ("t10k", 2)):
        images = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        (folder / "mnist" / f"{part}-images-idx3-ubyte").write_bytes(idx(images))
        (folder / "mnist" / f"{part}-labels-idx1-ubyte").write_bytes(idx(np.arange(count, dtype=np.uint8) % 10))
    built = str(folder / "built")
    assert main(["data", "build", "mnist", str(folder / "mnist"), "-o", built, "--sizes", "64", "--quiet"]) == 0
    config = TrainConfig(
        output=str(folder / "run"),
        data=built,
        model=ModelConfig(32, 2, 2, 1, 16, 48, full_layers=(1,), window=136),
        mix=MixConfig(long=2, flat_every=2, layouts=2),
        steps=2,
        evaluate_documents=1,
        precision="float32",
    )
    run = quiet_trainer(config, log=io.StringIO())
    run.run()
    run.export(folder / "model")
    return folder / "model"


def test_it_knows_that_it_has_learned_labels_without_plans(model):
    knowledge = load_model(str(model)).knowledge
    assert knowledge.planless and knowledge.labels == tuple(f"digit {number}" for number in range(10))


@pytest.mark.parametrize(("options", "tiles"), [(["--flat", "--size", "64"], 0), (["--size", "32"], 2)])
def test_it_draws_flat_and_tile_by_tile(model, tmp_path, options, tiles):
    argv = ["generate", "draw a seven", "--model", str(model), "-o", str(tmp_path / "seven.png"), *options]
    assert main([*argv, "--trace", str(tmp_path / "trace")]) == 0
    image = Image.open(tmp_path / "seven.png")
    assert (image.format, image.size) == ("PNG", (int(options[-1]),) * 2)
    assert (tmp_path / "trace" / "think.txt").is_file() and not (tmp_path / "trace" / "plan.yaml").exists()
    thoughts = (tmp_path / "trace" / "tiles.txt").read_text().splitlines()
    assert len(thoughts) == tiles
    assert all(re.fullmatch(r"level \d, row 0 of 1, column 0 of 1", text) for text in thoughts)


def test_it_has_no_plan_to_print(model, capsys):
    assert main(["generate", "draw a seven", "--model", str(model), "--plan-only"]) == 2
    assert re.fullmatch(r"[^\n]*this model draws without a plan; it thinks [^\n]*\n", capsys.readouterr().err)


def test_the_drawn_tiles_think_as_the_built_ones(model, make_reckoner):
    """They say what the picture's thought says."""
    from tiledraw.data.shards import ShardSource
    from tiledraw.drawing.drawer import Drawer
    from tiledraw.drawing.events import TileDone

    built = ShardSource(model.parent / "built", "train").stored("tile", 0)
    label = built.think.partition("picture: ")[2]
    loaded = load_model(str(model))
    assert label in loaded.knowledge.labels

    def thoughts(thought):
        events = Drawer(loaded, make_reckoner(thought)).stream_job(Job("draw it", (64, 64)))
        return [event.think for event in events if isinstance(event, TileDone)]

    assert thoughts(f"picture: {label}")[0] == built.think
    assert all(text.endswith(", picture: a lion, asleep") for text in thoughts("picture: a lion, asleep"))
    assert thoughts("shows: a lion")[0] == "level 1, row 0 of 1, column 0 of 1"


def test_a_thought_that_is_a_plan_or_a_refusal_counts_as_such(model, make_reckoner):
    from tiledraw.canvas.pyramid import Canvas
    from tiledraw.drawing.drawer import Drawer
    from tiledraw.language.boxes import UnknownSubjectError

    def ready(thought):
        return Drawer(load_model(str(model)), make_reckoner(thought)).plan("draw it", Canvas(64, 64))

    assert ready("background: white\n- cat: 8 8 24 24").plan.subjects == ("cat",)
    assert ready("shows: digit 7").plan is None and ready("shows: digit 7").text == "shows: digit 7"
    with pytest.raises(UnknownSubjectError):
        ready("unknown: dragon")


def test_samples_stop_between_tokens_when_the_time_is_over(model, tmp_path):
    from itertools import count

    from tiledraw.drawing.drawer import Drawer
    from tiledraw.training import samples

    def draw(prompts, until):
        clock = count()  # ticks whenever somebody looks
        drawer = Drawer.load(str(model))
        assert hasattr(drawer.decoder, "pool")
        results = samples.draw_samples(drawer, sheet, lambda: next(clock) >= until, prompts, 32)
        return list(results.values()), next(clock)

    sheet = tmp_path / "sheet.png"
    prompts = ["draw a seven", "draw a one", "draw a two"]
    results, took = draw(prompts[:1], 10**9)
    assert results == [""] and sheet.is_file() and took > 64 + 256 + 1024  # pixels
    results, ended = draw(prompts, took + 100)
    assert results == ["", samples.OUT_OF_TIME, samples.OUT_OF_TIME] and ended <= took + 110
