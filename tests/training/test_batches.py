"""Batches: padding is never learned, and losses are sums over just what each kind of document draws."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from built import built_folder

from tiledraw.canvas.pyramid import ABSENT
from tiledraw.data.shards import ShardSource
from tiledraw.format.grammar import FlatDocument, LayoutDocument, TileDocument, segments, tokenise
from tiledraw.format.guiding import plain_pixels
from tiledraw.format.vocabulary import fit_model
from tiledraw.training.batches import GIVEN, MULTIPLE, collate, losses, make_example, read


def grays(*shape):
    return np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)


DOCUMENTS = [
    FlatDocument("a cat", "a cat in the middle", grays(32, 32)),
    LayoutDocument("a cat", "", "background: white\n- cat: 4 4 28 28", grays(8, 8)),
    LayoutDocument("a dragon", "", "unknown: dragon"),
    TileDocument("level 1", grays(17, 16).astype(np.int16), pixels=grays(32, 32)),
]


def large_tiles(count):
    """Tiles of 32x32 pixels of true pictures."""
    source = ShardSource(built_folder(), "validation")
    tiles = (source.document("tile", number) for number in range(source.counts["tile"]))
    return [tile for tile in tiles if len(tile.pixels) == 32][:count]


def batch_of(documents, groups, vocabulary, filled=False):
    examples = [
        make_example(document, vocabulary, group, filled=filled)
        for document, group in zip(documents, groups, strict=True)
    ]
    return collate(examples, vocabulary)


@pytest.fixture(scope="module")
def model(make_model, vocabulary):
    return fit_model(make_model(window=32), vocabulary)


def test_documents_stand_at_the_start_of_their_rows_and_padding_is_not_drawn(vocabulary):
    batch = batch_of(DOCUMENTS, [1, 0, 0, 2], vocabulary)
    rows = [tokenise(segments(document), vocabulary) for document in DOCUMENTS]
    longest = max(len(ids) for ids, _ in rows)
    assert batch.ids.shape == batch.targets.shape
    assert batch.ids.shape[1] % MULTIPLE == 0 and longest <= batch.ids.shape[1] < longest + MULTIPLE
    assert batch.ids.dtype == torch.int64 and batch.targets.dtype == torch.int64
    assert batch.groups[:, 0].tolist() == [1, 0, 0, 2] and batch.parts is None
    for row, (ids, drawn) in enumerate(rows):
        assert batch.ids[row, : len(ids)].tolist() == ids.tolist()
        assert batch.targets[row, : len(ids)].tolist() == np.where(drawn, ids, GIVEN).tolist()
        assert (batch.targets[row, len(ids) :] == GIVEN).all()
        assert (batch.ids[row, len(ids) :] == vocabulary.words["<|im_end|>"]).all()


def test_hidden_states_are_those_of_a_stock_model_that_is_told_the_positions(model, vocabulary):
    """With positions one apart they are those of a model that is told none; with others it does not take what is passed
    over for the end of a document."""
    ids = torch.randint(0, 100, (2, 40))
    positions = torch.arange(40).expand(2, -1)
    with torch.no_grad():
        plain, told = model.model(input_ids=ids).last_hidden_state, read(model.model, ids, positions)
        torch.testing.assert_close(plain, told)
        far = read(model.model, ids, positions + 9 * (positions >= 20))
    torch.testing.assert_close(far[:, :20], told[:, :20])
    assert not torch.allclose(far[:, 20:], told[:, 20:], atol=1e-3)
    changed = ids.clone()
    changed[:, 19] += 1
    with torch.no_grad():
        seen = read(model.model, changed, positions + 9 * (positions >= 20))
    assert not torch.allclose(seen[:, 20], far[:, 20], atol=1e-4)


def test_slips_are_read_and_what_is_true_is_to_be_drawn(vocabulary):
    tile = DOCUMENTS[3]
    slipped = tile.pixels.copy()
    slipped[3:6, 30:] = 7
    true, wrong = batch_of([tile], [0], vocabulary), batch_of([replace(tile, slipped=slipped)], [0], vocabulary)
    assert torch.equal(true.targets, wrong.targets) and torch.equal(true.targets != GIVEN, wrong.targets != GIVEN)
    assert torch.equal(wrong.ids, batch_of([replace(tile, pixels=slipped)], [0], vocabulary).ids)
    differ = true.ids != wrong.ids
    assert differ.sum() == (slipped != tile.pixels).sum() > 3
    assert (wrong.targets[differ] == true.ids[differ]).all()


def test_what_is_filled_in_drawing_is_not_learned_and_nothing_that_comes_after_the_last_target(vocabulary):
    fewer, tiles = 0, large_tiles(12)
    for document in tiles + DOCUMENTS[:3]:
        whole, part = (make_example(document, vocabulary, filled=filled) for filled in (False, True))
        length = len(part.ids)
        assert part.ids.tolist() == whole.ids[:length].tolist() and part.targets[-1] != GIVEN
        assert part.positions.tolist() == whole.positions[:length].tolist()
        learned, drawn = part.targets != GIVEN, whole.targets != GIVEN
        assert part.targets[learned].tolist() == whole.targets[:length][learned].tolist()
        wanted = drawn.copy()
        if isinstance(document, TileDocument):
            places = np.flatnonzero(tokenise(segments(document), vocabulary)[1])
            plain = places[plain_pixels(document.guide).ravel() != ABSENT]
            wanted &= ~np.isin(whole.positions, plain)
            fewer += learned.sum() < drawn.sum()
        assert np.flatnonzero(learned).tolist() == np.flatnonzero(wanted).tolist()
    assert fewer > 2


def test_a_tile_that_is_filled_as_a_whole_teaches_nothing(model, vocabulary):
    empty = TileDocument("level 1", np.full((17, 16), 255, np.int16), pixels=np.full((32, 32), 255, np.uint8))
    batch = batch_of([empty], [0], vocabulary, filled=True)
    assert (batch.targets == GIVEN).all()
    sums = losses(model.model(batch.ids).last_hidden_state, model.lm_head.weight, batch, vocabulary, 1)
    assert [value.item() for value in vars(sums).values()] == [0] * 6


def test_what_is_left_out_changes_no_loss_of_what_is_learned(model, vocabulary):
    whole, part = (batch_of(large_tiles(1), [0], vocabulary, filled) for filled in (False, True))
    assert part.tokens < whole.tokens
    whole.targets[:, : part.targets.shape[1]] = part.targets
    whole.targets[:, part.targets.shape[1] :] = GIVEN
    with torch.no_grad():
        sums = [
            losses(model.model(batch.ids).last_hidden_state, model.lm_head.weight, batch, vocabulary, 1)
            for batch in (whole, part)
        ]
    for name in vars(sums[0]):
        torch.testing.assert_close(getattr(sums[0], name), getattr(sums[1], name), rtol=1e-4, atol=1e-3)


def test_losses_are_those_of_the_plain_definition(model, vocabulary):
    batch = batch_of(DOCUMENTS, [1, 0, 0, 2], vocabulary)
    with torch.no_grad():
        hidden = model.model(batch.ids).last_hidden_state
        sums = losses(hidden, model.lm_head.weight, batch, vocabulary, 4)
        logits = (hidden @ model.lm_head.weight.T).double()
    expected = {name: torch.zeros(4, dtype=torch.double) for name in ("pixel_nats", "pixels", "text_nats", "texts")}
    for row, group in enumerate([1, 0, 0, 2]):
        for at in torch.nonzero(batch.targets[row] != GIVEN)[:, 0].tolist():
            code = vocabulary.code(int(batch.ids[row, at]))
            if code is None:
                nats, names = -logits[row, at - 1].log_softmax(-1)[batch.ids[row, at]], ("text_nats", "texts")
            else:
                rows = logits[row, at - 1, vocabulary.base : vocabulary.base + 256]
                nats, names = -rows.log_softmax(-1)[code], ("pixel_nats", "pixels")
            expected[names[0]][group] += nats
            expected[names[1]][group] += 1
    for name, values in expected.items():
        torch.testing.assert_close(getattr(sums, name).double(), values, rtol=1e-4, atol=1e-3)
    assert sums.pixels.tolist() == [64, 1024, 1024, 0]
    assert sums.texts[2:].tolist() == [0, 0]


def test_padding_and_batching_change_no_loss(model, vocabulary):
    def sums(documents, groups):
        batch = batch_of(documents, groups, vocabulary)
        with torch.no_grad():
            return losses(model.model(batch.ids).last_hidden_state, model.lm_head.weight, batch, vocabulary, 4)

    whole = sums(DOCUMENTS, range(4))
    for number, document in enumerate(DOCUMENTS):
        alone = sums([document], [number])
        for name in vars(whole):
            torch.testing.assert_close(getattr(alone, name)[number], getattr(whole, name)[number], rtol=1e-4, atol=1e-3)


def test_a_batch_without_text_or_without_pixels_has_losses_and_gradients(model, vocabulary):
    for document in (DOCUMENTS[2], DOCUMENTS[3]):
        batch = batch_of([document], [0], vocabulary)
        sums = losses(model.model(batch.ids).last_hidden_state, model.lm_head.weight, batch, vocabulary, 1)
        assert all(value.isfinite().all() for value in vars(sums).values())
        model.zero_grad()
        (sums.pixel_nats.sum() + sums.text_nats.sum()).backward()
        assert all(parameter.grad.isfinite().all() for parameter in model.parameters())


def test_an_even_model_needs_eight_bits_a_pixel(vocabulary):
    batch = batch_of(DOCUMENTS, [0, 1, 2, 3], vocabulary)
    sums = losses(torch.zeros(*batch.ids.shape, 4), torch.ones(vocabulary.size, 4), batch, vocabulary, 4)
    torch.testing.assert_close(sums.pixel_nats / np.log(2), 8 * sums.pixels, rtol=1e-4, atol=0)
    torch.testing.assert_close(sums.text_nats / np.log(vocabulary.size), sums.texts, rtol=1e-4, atol=0)
