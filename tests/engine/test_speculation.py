"""Speculation: the pixels are those of drawing one by one, only sooner, whatever the drafts, batch and beginnings."""

from dataclasses import replace

import numpy as np
import pytest
from trembling import Trembling

from tiledraw.canvas.pixels import LEVELS
from tiledraw.canvas.pyramid import Borders
from tiledraw.engine.decoding import draw_pixels
from tiledraw.engine.noise import uniforms
from tiledraw.engine.numpy_decoder import NumpyDecoder
from tiledraw.engine.speculation import Ahead, draw_ahead
from tiledraw.engine.streams import MOST_AHEAD, streams_of
from tiledraw.format.grammar import FlatDocument, LayoutDocument, TileDocument, segments, tokenise
from tiledraw.format.guiding import read_tokens
from tiledraw.format.layers import LayerDocument, from_blocks, layer_tiles
from tiledraw.format.weaving import woven_row


def tile_documents(batch):
    """Tiles with thoughts of unequal lengths, and all kinds of borders."""
    generator = np.random.default_rng(0)
    edge = np.arange(0, 256, 8).astype(np.uint8)
    kinds = [Borders(), Borders(edge, edge), Borders(None, None, edge, edge[::-1]), Borders(right=edge)]
    return [
        TileDocument("cat 0 0 8 8, " * (n % 5), guide, kinds[n % len(kinds)])
        for n, guide in enumerate(generator.integers(-1, 256, (batch, 17, 16)).astype(np.int16))
    ]


def layer_documents(batch):
    """Tiles of layers with guides that leave no doubt about most pixels, which are known and passed over."""
    generator = np.random.default_rng(0)
    documents = []
    for tile in layer_tiles(4)[:batch] * batch:
        guide = np.where(generator.integers(0, 16, (18, 18)) > 0, 1, generator.integers(0, 4, (18, 18)))
        top = generator.integers(0, 4, 32).astype(np.uint8)
        documents.append(LayerDocument("cat", "none, black, orange, red", tile, guide.astype(np.uint8), top))
    return documents[:batch]


DOCUMENTS = {
    "tile": tile_documents,
    "layer": layer_documents,
    "coarse": lambda batch: [LayoutDocument("a cat " * (n + 1), think="background: light") for n in range(batch)],
    "flat": lambda batch: [FlatDocument("a cat " * (n + 1), think="background: light") for n in range(batch)],
}
WIDTH = {"tile": 32, "layer": 32, "coarse": 8, "flat": 32}
# tokens from a pixel back to the one above
REACH = {"tile": woven_row(32).length, "layer": 40, "coarse": woven_row(8, False).length, "flat": 32}


def noise(kind, batch, seed=5):
    return np.stack([uniforms(seed, 1, number, 0, WIDTH[kind] ** 2) for number in range(batch)])


class Scripted:
    """Streams whose logits are a pure function of the ids before: a random table, with `likes` more for the gray above.

    Free of rounding, so that what is drawn ahead must be equal bit for bit. Counts the passes.
    """

    def __init__(self, vocabulary, kind, likes):
        self.base, self.reach, self.all_likes = vocabulary.base, REACH[kind], likes
        self.tables = np.random.default_rng(0).standard_normal((61, LEVELS), dtype=np.float32)
        self.passes, self.kept = 0, []

    def start(self, rows, room):
        self.rows, self.likes = [list(row) for row in rows], list(self.all_likes)[: len(rows)]
        self.ends = [len(row) + room for row in rows]
        return np.stack([self.state(*stream) for stream in zip(self.rows, self.likes, strict=True)])

    def state(self, ids, likes):
        """The table to draw from, the gray above the next place, and how much it is liked."""
        above = ids[-self.reach] - self.base if len(ids) >= self.reach else -1
        table = hash(tuple(ids[-60:])) % len(self.tables)
        return np.array([table, above if 0 <= above < LEVELS else -1, likes], dtype=np.float32)

    def feed(self, ids, positions=None):
        hidden = self.peek(ids.tolist())[ids.shape[1] - 1 :: ids.shape[1]]
        self.accept(np.full(len(ids), ids.shape[1]))
        return hidden

    def peek(self, rows, positions=None, wanted=None):
        self.passes += 1
        self.ahead = rows
        states = []
        for row, new, likes, end in zip(self.rows, self.ahead, self.likes, self.ends, strict=True):
            assert len(row) + len(new) <= end, "read past the room"
            whole = row[-80:] + new
            states += [self.state(whole[: len(whole) - len(new) + n + 1], likes) for n in range(len(new))]
        return np.stack(states)[slice(None) if wanted is None else wanted]

    def accept(self, counts):
        for row, new, count in zip(self.rows, self.ahead, counts.tolist(), strict=True):
            assert 0 <= count <= len(new)
            row += new[:count]

    def keep(self, rows):
        self.kept.append(len(rows))
        for name in ("rows", "likes", "ends"):
            setattr(self, name, [getattr(self, name)[row] for row in rows])

    def logits(self, hidden, start=0, stop=None):
        assert (start, stop) == (self.base, self.base + LEVELS)
        table, above = hidden[:, :2].astype(np.int64).T
        logits = self.tables[table]
        row = np.flatnonzero(above >= 0)
        logits[row, above[row]] += hidden[row, 2]
        return logits


def draw_scripted(vocabulary, kind, likes, temperature, ahead):
    decoder = Scripted(vocabulary, kind, likes)
    documents = DOCUMENTS[kind](len(likes))
    pixels = draw_pixels(decoder, vocabulary, documents, noise(kind, len(likes)), temperature, ahead=ahead)
    return pixels, decoder


COARSE = [("coarse", batch, temperature) for batch in (1, 3, 9) for temperature in (0, 0.7, 1.3)]
LARGE = [
    ("tile", 1, 0),
    ("tile", 3, 0.7),
    ("tile", 9, 1.3),
    ("layer", 1, 0.7),
    ("layer", 5, 1.3),
    ("flat", 1, 0.7),
    ("flat", 3, 1.3),
    ("flat", 9, 0),
]


@pytest.mark.parametrize(("kind", "batch", "temperature"), [*COARSE, *LARGE])
def test_pixels_drawn_ahead_are_those_drawn_one_by_one(vocabulary, kind, batch, temperature):
    likes = [(temperature or 0.4) * much for much in (9, 12, 6, 9, 100, 8, 9, 10, 12)[:batch]]
    if kind == "layer":  # one by one, streams that are not read alike are started in batches of their own
        likes = likes[:1] * batch
    expected, _ = draw_scripted(vocabulary, kind, likes, temperature, ahead=False)
    pixels, _ = draw_scripted(vocabulary, kind, likes, temperature, ahead=True)
    assert pixels.dtype == np.uint8
    assert np.array_equal(pixels, expected)
    assert len(np.unique(pixels)) > (2 if kind == "layer" else 8)


@pytest.mark.parametrize(
    ("kind", "batch"), [*(("coarse", batch) for batch in (1, 2, 3, 4, 9)), ("tile", 1), ("tile", 3), ("flat", 4)]
)
def test_guesses_that_come_true_save_passes_and_never_read_past_the_room(vocabulary, kind, batch):
    expected, slow = draw_scripted(vocabulary, kind, [100] * batch, 0.7, ahead=False)
    pixels, quick = draw_scripted(vocabulary, kind, [100] * batch, 0.7, ahead=True)
    count = WIDTH[kind] ** 2
    assert np.array_equal(pixels, expected)
    assert slow.passes == count - 1
    assert quick.passes < count / (2 if kind == "coarse" else 4)


def test_guesses_that_never_come_true_cost_no_more_passes_than_pixels(vocabulary):
    pixels, decoder = draw_scripted(vocabulary, "coarse", [-100] * 3, 0.7, ahead=True)
    assert np.array_equal(pixels, draw_scripted(vocabulary, "coarse", [-100] * 3, 0.7, ahead=False)[0])
    assert 40 < decoder.passes <= 63


@pytest.mark.parametrize("batch", [2, 3, 5, 9, 20])
def test_streams_that_finish_early_are_dropped_and_change_no_other(vocabulary, batch):
    likes = [0, 100, 9, 100, 100][:batch] * 4
    pixels, decoder = draw_scripted(vocabulary, "coarse", likes[:batch], 1.0, ahead=True)
    assert decoder.kept == sorted(decoder.kept, reverse=True)
    assert decoder.kept and decoder.kept[0] < batch
    for number, document in enumerate(DOCUMENTS["coarse"](batch)):
        alone = Scripted(vocabulary, "coarse", likes[number : number + 1])
        own = draw_pixels(alone, vocabulary, [document], noise("coarse", batch)[[number]], 1.0, ahead=False)
        assert np.array_equal(pixels[number], own[0])


@pytest.mark.parametrize("step", [2, 4, 14])
@pytest.mark.parametrize(("kind", "likes"), [("tile", 9), ("tile", 100)])
def test_streams_that_are_told_their_rows_late_are_drawn_the_same(vocabulary, step, kind, likes):
    documents, numbers = DOCUMENTS[kind](3), noise(kind, 3)

    def told(rows):
        return streams_of(vocabulary, documents, numbers, 0.7, rows)

    expected = draw_ahead(Scripted(vocabulary, kind, [likes] * 3), told(None))
    decoder, rows = Scripted(vocabulary, kind, [likes] * 3), [step] * 3
    ahead = Ahead(decoder)
    streams = ahead.join(told(step), decoder.start(told(step).heads, told(None).tail.shape[1] + MOST_AHEAD))
    while ahead.streams:
        while ahead.can_go_on and ahead.streams:
            ahead.step()
        waiting = [number for number, stream in enumerate(streams) if stream in ahead.streams]
        for number in waiting[-1:]:  # one is far ahead of the others
            assert streams[number].settled == rows[number]
            before, rows[number] = told(rows[number]).told, rows[number] + step
            later = told(rows[number] if rows[number] < 32 else None)
            new = slice(before, later.told)
            streams[number].tell(later.tail[number, new], later.read[number, new])
    assert np.array_equal([stream.drawn for stream in streams], expected)


def test_what_a_guide_leaves_no_doubt_about_is_not_read_and_all_else_is_at_its_place(vocabulary):
    [document], decoder, peeked = layer_documents(1), Scripted(vocabulary, "layer", [9]), []

    def peek(rows, positions, wanted):
        peeked.extend(zip(rows, positions, strict=True))
        return Scripted.peek(decoder, rows, positions, wanted)

    decoder.peek = peek
    drawn = draw_pixels(decoder, vocabulary, [document], noise("layer", 1), 0.7)[0]
    ids, mask = tokenise(segments(replace(document, pixels=from_blocks(drawn))), vocabulary)
    read = read_tokens(document, mask)
    assert 0.2 < read.mean() < 0.8
    for row, positions in peeked:
        assert read[positions].all() and ids[positions[0]] == row[0]  # what comes after that is drafted
    seen = {position for _, positions in peeked for position in positions}
    after_first = np.arange(len(ids)) > min(seen)
    before_last = np.arange(len(ids)) < max(seen)
    assert seen >= set(np.flatnonzero(read & after_first & before_last))


@pytest.mark.parametrize("late", [0, 1, 2])
def test_a_stream_that_is_dropped_changes_no_other(vocabulary, late):
    documents, likes = tile_documents(3), [9, 100, 30]
    streams = streams_of(vocabulary, documents, noise("tile", 3), 0.7)
    expected = draw_ahead(Scripted(vocabulary, "tile", likes), streams)
    decoder = Scripted(vocabulary, "tile", likes)
    ahead = Ahead(decoder)
    drawn = ahead.join(streams, decoder.start(streams.heads, streams.tail.shape[1] + MOST_AHEAD))
    for _ in range(5):
        ahead.step()
    ahead.drop(drawn[late])
    assert len(ahead.streams) == 2 and drawn[late] not in ahead.streams
    while ahead.streams:
        ahead.step()
    for number in {0, 1, 2} - {late}:
        assert np.array_equal(drawn[number].drawn, expected[number])


# The tiny model ------------------------------------------------------------------------------------------------------


class Leaning(NumpyDecoder):
    """Likes one gray so much that many draft tokens come true."""

    much = 11

    def logits(self, hidden, start=0, stop=None):
        logits = super().logits(hidden, start, stop)
        logits[:, 100] += self.much
        return logits


@pytest.mark.parametrize("kind_of_decoder", [NumpyDecoder, Leaning])
@pytest.mark.parametrize(("kind", "batch", "temperature"), COARSE)
def test_the_tiny_model_draws_the_same_coarse_passes_ahead(loaded, kind, batch, temperature, kind_of_decoder):
    check_tiny(loaded, kind, batch, temperature, kind_of_decoder(loaded.config, loaded.tensors()))


@pytest.mark.parametrize(
    ("kind", "batch", "temperature"), [("tile", 1, 1.3), ("tile", 3, 0), ("layer", 3, 1.3), ("flat", 1, 0.7)]
)
def test_the_tiny_model_draws_the_same_pictures_ahead(loaded, kind, batch, temperature):
    decoder = Leaning(loaded.config, loaded.tensors())
    decoder.much *= temperature or 0.6
    check_tiny(loaded, kind, batch, temperature, decoder)


def check_tiny(loaded, kind, batch, temperature, decoder):
    documents, uniform = DOCUMENTS[kind](batch), noise(kind, batch)
    expected, pixels = (
        draw_pixels(decoder, loaded.vocabulary, documents, uniform, temperature, ahead=ahead) for ahead in (False, True)
    )
    assert np.array_equal(pixels, expected)


@pytest.mark.parametrize(
    ("kind", "temperature"), [("coarse", 0), ("coarse", 0.7), ("coarse", 1.3), ("layer", 0.7), ("tile", 1.3)]
)
def test_a_stream_is_drawn_the_same_in_any_company(loaded, kind, temperature):
    decoder = NumpyDecoder(loaded.config, loaded.tensors())
    batch = 9 if kind == "coarse" else 3
    documents, uniform = DOCUMENTS[kind](batch), noise(kind, batch)
    together = draw_pixels(decoder, loaded.vocabulary, documents, uniform, temperature)
    for number in (0, 4, 8) if kind == "coarse" else (2,):
        alone = draw_pixels(
            decoder, loaded.vocabulary, [documents[number]], uniform[[number]], temperature, ahead=False
        )
        assert np.array_equal(together[number], alone[0])


@pytest.mark.parametrize("temperature", [0, 0.7, 1.3])
def test_logits_that_are_off_by_rounding_change_no_pixel(loaded, temperature):
    documents, uniform = DOCUMENTS["coarse"](40), noise("coarse", 40)
    decoders = (kind(loaded.config, loaded.tensors()) for kind in (NumpyDecoder, Trembling))
    one, other = (draw_pixels(decoder, loaded.vocabulary, documents, uniform, temperature) for decoder in decoders)
    assert np.array_equal(one, other)
