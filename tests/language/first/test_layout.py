"""Layout: words decide places, everything stays inside, nothing overlaps without need."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.language.boxes import Box, PlanError
from tiledraw.language.first.layout import RELATIONS, Item, Request, arrange, fits, has_overlap
from tiledraw.language.first.plan import BACKGROUNDS, FULL, LOCATIONS, SIZES, box_at, location_of, size_of

CANVASES = st.sampled_from([FULL, Box(0, 2, 8, 6), Box(3, 0, 5, 8), Box(0, 3, 8, 4)])


@st.composite
def requests(draw):
    number = draw(st.integers(1, 5))
    items = []
    for index in range(number):
        anchor = draw(st.none() | st.integers(index + 1, number - 1)) if index < number - 1 else None
        items.append(
            Item(
                "cat",
                draw(st.integers(1, 3)),
                draw(st.none() | st.sampled_from(list(SIZES))),
                draw(st.none() | st.sampled_from(LOCATIONS)),
                None if anchor is None else draw(st.sampled_from(RELATIONS)),
                anchor,
            )
        )
    return Request(tuple(items), draw(st.none() | st.sampled_from(BACKGROUNDS)))


def boxes(*items, canvas=FULL):
    return [str(placement.box) for placement in arrange(Request(items), canvas).placements]


@given(requests(), CANVASES)
def test_every_request_becomes_square_boxes_inside_the_canvas_in_order_of_mention(request_, canvas):
    plan = arrange(request_, canvas)
    assert plan == arrange(request_, canvas)
    assert plan.subjects == tuple(item.subject for item in request_.items for _ in range(item.count))
    for placement in plan.placements:
        assert canvas.contains(placement.box)
        assert placement.box.width == placement.box.height > 0


@given(requests(), CANVASES)
def test_what_fits_does_not_overlap(request_, canvas):
    if fits(request_, canvas):
        assert not has_overlap(arrange(request_, canvas))


@given(requests())
def test_stated_sizes_are_kept(request_):
    placements = iter(arrange(request_).placements)
    for item in request_.items:
        for _ in range(item.count):
            assert item.size in (None, size_of(next(placements).box))


@pytest.mark.parametrize("location", LOCATIONS)
@pytest.mark.parametrize("size", SIZES)
def test_a_single_subject_stands_where_its_word_says(location, size):
    (placement,) = arrange(Request((Item("cat", 1, size, location),))).placements
    assert placement.box == box_at(location, SIZES[size])


def test_two_located_subjects_stand_where_their_words_say():
    for one in LOCATIONS:
        for other in LOCATIONS:
            if one != other:
                plan = arrange(Request((Item("cat", location=one), Item("dog", location=other))))
                assert [location_of(placement.box) for placement in plan.placements] == [one, other]
                assert not has_overlap(plan)


@pytest.mark.parametrize(("number", "size"), [(1, "large"), (2, "medium"), (3, "small"), (4, "small"), (16, "small")])
def test_the_number_of_subjects_gives_the_default_size_and_a_row(number, size):
    plan = arrange(Request((Item("apple", number),)))
    assert {size_of(placement.box) for placement in plan.placements} == {size}
    assert not has_overlap(plan)
    assert plan.background == "white"


def test_unsized_subjects_shrink_before_they_overlap():
    assert boxes(Item("cat", location="top-left"), Item("sun", location="top")) == ["0 0 2 2", "3 0 5 2"]


def test_relations_put_subjects_on_opposite_sides():
    assert boxes(Item("cat", relation="left of", anchor=1), Item("dog")) == ["0 2 3 5", "5 2 8 5"]
    assert boxes(Item("dog"), Item("sun", relation="above", anchor=0)) == ["2 5 5 8", "2 0 5 3"]


def test_a_relation_to_a_placed_subject_uses_the_room_beside_it():
    assert boxes(Item("dog", location="center"), Item("cat", relation="left of", anchor=0)) == ["3 3 5 5", "0 3 2 5"]
    cat, dog = boxes(Item("cat", location="right", relation="right of", anchor=1), Item("dog"))
    assert (cat, dog) == ("5 2 8 5", "0 2 3 5")


def test_a_chain_of_relations_keeps_its_order():
    a, b, c = arrange(
        Request((Item("a", relation="left of", anchor=1), Item("b", relation="left of", anchor=2), Item("c")))
    ).placements
    assert a.box.x1 <= b.box.x0 and b.box.x1 <= c.box.x0


def test_what_would_overlap_moves_to_the_nearest_free_place():
    request_ = Request((Item("cat", location="center"), Item("dog", location="center")))
    assert not fits(request_)
    assert not has_overlap(arrange(request_))


def test_an_overlap_that_cannot_be_avoided_is_told():
    plan = arrange(Request((Item("cat", 2, "huge"),)))
    assert has_overlap(plan)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Item("cat", 0),
        lambda: Item("cat", 17),
        lambda: Item("cat", size="tiny"),
        lambda: Item("cat", location="middle"),
        lambda: Item("cat", relation="above"),
        lambda: Request((Item("cat", 9), Item("dog", 9))),
        lambda: Request((Item("cat"),), "purple"),
        lambda: Request((Item("cat", relation="above", anchor=5),)),
        lambda: Request((Item("a", relation="above", anchor=1), Item("b", relation="above", anchor=0))),
    ],
)
def test_requests_that_make_no_sense_are_refused_in_one_sentence(make):
    with pytest.raises(PlanError, match=r"^[^\n]+$"):
        make()
