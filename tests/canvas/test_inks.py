"""Ink pictures: levels show what is most frequent, and what is known is what the guide and all around it says."""

from collections import Counter
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from tiledraw.canvas.inks import ink_levels, known_inks, reduce_inks

SIDES = st.sampled_from([2, 4, 8, 16])
INKS = SIDES.flatmap(lambda side: npst.arrays(np.uint8, (side, side), elements=st.sampled_from([0, 1, 2, 3, 255])))


@given(INKS)
def test_a_level_shows_the_most_frequent_ink_and_of_equals_the_smallest_and_nothing_last(inks):
    above = reduce_inks(inks)
    assert above.dtype == np.uint8 and above.shape == (len(inks) // 2,) * 2
    for (row, column), ink in np.ndenumerate(above):
        counts = Counter(inks[2 * row : 2 * row + 2, 2 * column : 2 * column + 2].ravel().tolist())
        most = max(counts.values())
        equals = [other for other, count in counts.items() if count == most]
        assert ink == min(equals, key=lambda other: (other == 0, other))


@given(INKS)
def test_levels_halve_down_to_the_coarsest(inks):
    levels = ink_levels(inks, coarsest=2)
    assert [len(level) for level in levels] == [2**power for power in range(1, len(levels) + 1)]
    assert levels[-1] is inks
    assert all(np.array_equal(reduce_inks(finer), level) for level, finer in pairwise(levels))


@given(INKS)
def test_pixels_are_known_where_all_around_their_guide_pixel_is_of_its_ink(guide):
    known = known_inks(guide)
    assert known.dtype == np.int16 and known.shape == (2 * len(guide),) * 2
    for (row, column), ink in np.ndenumerate(known):
        y, x = row // 2, column // 2
        around = guide[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2]
        assert ink == (guide[y, x] if (around == guide[y, x]).all() else -1)
