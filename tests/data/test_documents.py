"""Documents: each is the same in every run, says and shows the same thing, and no split knows another's prompts."""

import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from tiledraw.canvas.pixels import quantise
from tiledraw.canvas.pyramid import ABSENT, Tile
from tiledraw.data.documents import (
    KINDS,
    READINGS,
    SPLITS,
    SceneConfig,
    SceneSource,
    plain_request,
)
from tiledraw.data.scenes import render
from tiledraw.format.grammar import segments, tokenise
from tiledraw.format.parsing import parse
from tiledraw.format.reading import in_reading_order, parse_look, parse_overview
from tiledraw.format.think import tile_think
from tiledraw.language.boxes import UnknownSubjectError
from tiledraw.language.first.layout import Item, Request, arrange
from tiledraw.language.first.plan import FULL, Plan, parse_plan
from tiledraw.language.first.requests import held_out, sample_request
from tiledraw.language.first.rules import plan_by_rules
from tiledraw.language.subjects import subjects
from tiledraw.language.subjects import unknowns as others

CONFIG = SceneConfig(("cat", "sun", "tree"))
CLEAN = CONFIG.clean()


def ids_of(document, vocabulary):
    return tokenise(segments(document), vocabulary)[0].tolist()


@pytest.mark.parametrize("kind", (*KINDS, *READINGS))
@pytest.mark.parametrize("split", SPLITS)
def test_a_document_depends_on_its_split_kind_and_index_alone(vocabulary, kind, split):
    forwards, backwards = SceneSource(CONFIG, split), SceneSource(CONFIG, split)
    one = [ids_of(forwards.document(kind, index), vocabulary) for index in range(6)]
    other = [ids_of(backwards.document(kind, index), vocabulary) for index in reversed(range(6))]
    assert one == other[::-1]
    assert len({tuple(ids) for ids in one}) == 6


@pytest.mark.parametrize("kind", (*KINDS, "sentence"))
def test_splits_differ(vocabulary, kind):
    sources = {split: SceneSource(CONFIG, split) for split in SPLITS}
    documents = {
        split: [ids_of(source.document(kind, index), vocabulary) for index in range(4)]
        for split, source in sources.items()
    }
    assert not any(ids in documents["train"] for split in ("validation", "test") for ids in documents[split])
    assert not any(ids in documents["validation"] for ids in documents["test"])


def test_no_prompt_of_one_split_is_a_prompt_of_another():
    def prompts_of(split, count):
        source = SceneSource(SceneConfig(tuple(subjects())), split)
        return {source.prompt(kind, index)[0] for kind in ("layout", "flat") for index in range(count)}

    counts = {"train": 2000, "validation": 400, "test": 400}
    prompts = {split: prompts_of(split, count) for split, count in counts.items()}
    assert not prompts["train"] & prompts["validation"]
    assert not prompts["train"] & prompts["test"]
    assert not prompts["validation"] & prompts["test"]
    assert all(len(texts) > 350 for texts in prompts.values())


@pytest.mark.parametrize("split", SPLITS)
def test_training_alone_never_shows_a_pairing_that_is_held_out(split):
    names = ("sun", "moon", "star", "cloud", "cat", "duck", "tree", "fish")
    source = SceneSource(SceneConfig(names, unknown=0.0, letterboxed=0.3).clean(), split)
    plans = [source.prompt(kind, index)[1].subjects for kind in ("layout", "flat") for index in range(150)]
    thinks = [source.tile(index, 32).think for index in range(300)]  # one tile, so all that its plan shows
    tiles = [[name for name in names if f" {name} " in think] for think in thinks]
    for shown in (plans, tiles):
        assert sum(len(set(group)) > 1 for group in shown) > 50
        assert any(map(held_out, shown)) == (split != "train")


def test_every_other_prompt_is_chinese():
    source = SceneSource(CONFIG)
    for index in range(40):
        assert bool(re.search("[一-鿿]", source.layout(index).prompt)) == (index % 2 == 1)


def test_a_layout_shows_its_plan_in_eight_by_eight():
    kinds = set()
    for index in range(60):
        layout = SceneSource(CONFIG).layout(index)
        try:
            plan = parse_plan(layout.given + layout.think)
        except UnknownSubjectError as error:
            kinds.add("unknown")
            assert str(error) in layout.prompt and layout.pixels is None
            continue
        kinds.add("letterboxed" if layout.given else "square")
        assert np.array_equal(layout.pixels, render(plan, 8, 16))
        assert 1 <= len(plan.placements) <= 4 and set(plan.subjects) <= set(CONFIG.subjects)
    assert kinds == {"unknown", "letterboxed", "square"}


def test_a_flat_document_shows_its_plan_in_32x32():
    for index in range(10):
        flat = SceneSource(CONFIG).flat(index)
        assert np.array_equal(flat.pixels, render(parse_plan(flat.think), 32, 16))


@pytest.mark.parametrize("side", [32, 128, 256])
def test_tiles_come_from_the_level_asked_for_and_keep_to_the_grays(side):
    source = SceneSource(CONFIG)
    for index in range(12):
        tile = source.tile(index, side)
        assert f" of {side // 32}, " in tile.think
        assert tile.pixels.shape == (32, 32) and np.array_equal(quantise(tile.pixels, 16), tile.pixels)
        grays = {*quantise(np.arange(256), 16).tolist(), ABSENT}
        assert tile.guide.dtype == np.int16 and set(tile.guide.ravel().tolist()) <= grays


def test_levels_are_drawn_as_often_as_configured():
    source = SceneSource(replace(CONFIG, level_weights={32: 0.0, 64: 1.0, 128: 3.0}))
    grids = [int(re.search(r"row \d+ of (\d+)", source.tile(index).think)[1]) for index in range(200)]
    assert set(grids) == {2, 4}
    assert 0.65 < grids.count(4) / 200 < 0.85


def test_an_clean_guide_is_the_mean_of_what_it_refines():
    source = SceneSource(CLEAN)
    for index in range(12):
        tile = source.tile(index, 128)
        error = np.abs(tile.guide[:16] - tile.pixels.reshape(16, 2, 16, 2).mean((1, 3)))
        assert error.mean() < 12  # both are drawn from the same shape, and rounded to 16 grays
        last = re.search(r"row (\d+) of (\d+)", tile.think)
        assert (tile.guide[16] == ABSENT).all() == (int(last[1]) == int(last[2]) - 1)


def test_tiles_slip_in_the_given_share_and_clean_ones_never():
    tiles = [SceneSource(replace(CONFIG, slips=0.3)).tile(index, 64) for index in range(200)]
    slipped = [tile for tile in tiles if tile.slipped is not None]
    assert 0.2 < len(slipped) / 200 < 0.4
    assert 0.005 < np.mean([(tile.slipped != tile.pixels).mean() for tile in slipped]) < 0.1
    assert all(SceneSource(CLEAN).tile(index, 64).slipped is None for index in range(50))


def test_a_share_of_the_training_scenes_show_what_comes_often_alone_and_no_other_scenes_do():
    often = replace(CONFIG, often=("tree",), often_share=0.5, unknown=0.0)
    seldom = replace(often, often_share=0.0)
    alone = {}
    for split in ("train", "validation"):
        for config in (often, seldom):
            plans = [SceneSource(config, split).prompt("layout", index)[1] for index in range(200)]
            alone[split, config is often] = np.mean([set(plan.subjects) == {"tree"} for plan in plans])
    assert 0.55 < alone["train", True] < 0.8
    assert all(0.1 < share < 0.4 for key, share in alone.items() if key != ("train", True))


def test_tiles_come_from_scenes_of_each_size_by_its_weight_and_without_weights_as_ever():
    config, shares = replace(CONFIG, busy=1.0, max_subjects=1, arranged=0.0, level_weights={256: 1.0}), {}
    for number, weights in enumerate([{}, {"small": 0.2, "large": 0.5}, {"small": 0.0, "large": 0.0}]):
        source = SceneSource(replace(config, size_weights=weights))
        boxes = [re.findall(r" (-?\d+) -?\d+ (-?\d+) -?\d+", source.tile(index).think) for index in range(300)]
        sides = Counter(int(x1) - int(x0) for found in boxes for x0, x1 in found)
        shares[number] = [sides[8 * cells] / sides.total() for cells in (2, 3, 4)]
    assert shares[0] == pytest.approx([1 / 3] * 3, abs=0.1)
    assert shares[1] == pytest.approx([0.2 / 1.7, 1 / 1.7, 0.5 / 1.7], abs=0.1)
    assert shares[2] == [0, 1, 0]


def test_what_is_no_subject_can_not_come_often():
    with pytest.raises(ValueError, match="'dog' can't come often, since it is none of the subjects"):
        replace(CONFIG, often=("cat", "dog"))


def test_what_is_no_size_has_no_weight():
    with pytest.raises(ValueError, match="'huge' can't be weighted, since it is none of the sizes"):
        replace(CONFIG, size_weights={"huge": 2.0})


# Readings ------------------------------------------------------------------------------------------------------------


def test_readings_fit_into_the_attention_window_of_the_bundled_model(vocabulary):
    for kind in READINGS:
        lengths = [len(ids_of(SceneSource(CONFIG).document(kind, index), vocabulary)) for index in range(40)]
        assert max(lengths) <= 136, kind


def test_an_overview_is_answered_with_what_was_drawn_where():
    for index in range(20):
        reading = SceneSource(CLEAN).overview(index)
        background, boxes = parse_overview(reading.text)
        assert background in CONFIG.backgrounds and boxes == sorted(boxes, key=lambda box: (box.y0, box.x0))
        plain = render(Plan((), background), 8, 16)
        touched = np.zeros((8, 8), bool)
        for box in boxes:
            touched[box.y0 : box.y1, box.x0 : box.x1] = True
        assert np.array_equal(reading.pixels[~touched], plain[~touched])
        assert all((reading.pixels != plain)[box.y0 : box.y1, box.x0 : box.x1].any() for box in boxes)
        assert np.array_equal(quantise(reading.pixels, 16), reading.pixels)


def test_looks_show_subjects_unknowns_and_nothing():
    seen = [parse_look(SceneSource(CONFIG).look(index).text) for index in range(60)]
    assert set(seen) == {*CONFIG.subjects, "unknown", "nothing"}
    plain = [SceneSource(CLEAN).look(index) for index in range(60)]
    assert all(len(np.unique(look.pixels)) > 1 for look in plain if parse_look(look.text) != "nothing")


def test_a_subject_that_no_split_knows_is_seen_by_one_split_only():
    unknowns = [set(SceneSource(CONFIG, split)._strangers()) for split in SPLITS]
    assert set.union(*unknowns) == (set(subjects()) | set(others())) - set(CONFIG.subjects)
    assert all(unknowns) and sum(map(len, unknowns)) == len(set.union(*unknowns))


def test_corrupted_readings_differ_from_true_ones_and_clean_ones_do_not():
    for kind in ("overview", "look"):
        noisy = SceneSource(replace(CONFIG, reading_noise=1.0))
        one = [noisy.document(kind, index) for index in range(20)]
        other = [SceneSource(CLEAN).document(kind, index) for index in range(20)]
        assert [reading.text for reading in one] == [reading.text for reading in other]
        assert sum(not np.array_equal(a.pixels, b.pixels) for a, b in zip(one, other, strict=True)) > 10


def test_plans_to_read_belong_to_one_split():
    few = SceneConfig(
        ("cat",), backgrounds=("white", "light"), max_subjects=1, letterboxed=0.0
    )  # an overview is a plan
    for kind in ("overview", "sentence"):
        texts = []
        for split in SPLITS:
            readings = [SceneSource(few, split).document(kind, index) for index in range(60)]
            texts.append({reading.text if kind == "overview" else reading.asked[3:] for reading in readings})
            texts[-1] -= {"background: white", "background: light"}  # empty pictures are all that they share
        assert all(texts) and not (texts[0] & texts[1] or texts[0] & texts[2] or texts[1] & texts[2])


def test_scenes_with_next_to_no_plans_have_readings_too():
    one = SceneConfig(("cat",), sizes=("large",), backgrounds=("white",), max_subjects=1, arranged=1.0, letterboxed=0.0)
    assert all(SceneSource(one, split).document(kind, 0) for split in SPLITS for kind in READINGS)


def test_sentences_say_the_plan_that_they_are_asked_to_say():
    languages = set()
    for split in SPLITS:
        for index in range(20):
            reading = SceneSource(CONFIG, split).sentence(index)
            language, _, plan = reading.asked.partition("\n")
            plan = parse_plan(plan)
            languages.add(language)
            assert bool(re.search("[一-鿿]", reading.text)) == (language == "zh")
            assert in_reading_order(plan_by_rules(reading.text, canvas=plan.canvas)) == plan
    assert languages == {"en", "zh"}


def test_a_plain_request_makes_the_same_plan_with_fewer_words():
    rng = np.random.default_rng(0)
    relations = 0
    for _ in range(60):
        request = sample_request(rng, ("cat", "sun", "tree", "fish"))
        plain = plain_request(request)
        assert in_reading_order(arrange(plain)) == in_reading_order(arrange(request))
        assert sum(item.size is not None for item in plain.items) <= sum(
            item.size is not None for item in request.items
        )
        relations += any(item.relation for item in request.items) and not any(item.relation for item in plain.items)
    assert relations
    told = Request((Item("sun", size="medium", relation="right of", anchor=1), Item("cat", size="medium")), "white")
    assert plain_request(told, FULL) == Request((Item("cat", location="left"), Item("sun", location="right")))


# The grammar ---------------------------------------------------------------------------------------------------------


def test_documents_come_back_through_the_grammar(vocabulary, same):
    for kind in (*KINDS, *READINGS):
        for index in range(6):
            document = SceneSource(replace(CONFIG, slips=0.0)).document(kind, index)  # slips are read, and not meant
            if kind == "layout":
                document = replace(document, given="", think=document.given + document.think)
            assert same(parse(ids_of(document, vocabulary), vocabulary), document)


# Packs ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("split", SPLITS)
def test_tiles_of_a_pack_are_of_one_picture_that_its_prompt_asks_for(split):
    config = replace(CLEAN, level_weights={16: 1, 32: 1, 64: 1}, unknown=1.0, letterboxed=0.5)
    sides, canvases = set(), set()
    for index in range(12):
        tiles = SceneSource(config, split).pack(index, 3)
        (context,) = {id(tile.context): tile.context for tile in tiles}.values()
        plan = parse_plan(context.given + context.think)
        assert plan_by_rules(context.prompt, CONFIG.subjects, plan.canvas) == plan
        assert np.array_equal(context.pixels, render(plan, 8, CONFIG.grays))
        for tile in tiles:
            number, row, grid, column = map(int, re.findall(r"\d+", tile.think)[:4])
            side, place = grid * len(tile.pixels), Tile(number, grid, row, column)
            assert tile_think(plan, place) == tile.think
            assert np.array_equal(tile.pixels, render(plan, side, CONFIG.grays)[place.slices])
            sides.add(side)
        canvases.add(plan.canvas)
    assert sides == {16, 32, 64} and len(canvases) > 1


def test_a_pack_is_the_same_in_every_run_and_another_one_for_each_number_and_split(vocabulary):
    def ids(split, index):
        return tuple(i for tile in SceneSource(CONFIG, split).pack(index, 2) for i in ids_of(tile, vocabulary))

    assert ids("train", 0) == ids("train", 0)
    assert len({ids(split, index) for split in SPLITS for index in range(3)}) == 9
