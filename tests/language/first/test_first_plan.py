"""Plans: text and YAML come back as the same plan, and whatever else a person or a model writes is a PlanError."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tiledraw.language.boxes import Box, PlanError, UnknownSubjectError
from tiledraw.language.first.plan import (
    BACKGROUNDS,
    FULL,
    LOCATIONS,
    RESERVED,
    SIZES,
    Placement,
    Plan,
    box_at,
    canvas_line,
    format_plan,
    location_of,
    parse_plan,
    plan_from_yaml,
    plan_to_yaml,
    size_of,
)


@st.composite
def boxes(draw):
    x0, y0 = draw(st.integers(0, 7)), draw(st.integers(0, 7))
    return Box(x0, y0, draw(st.integers(x0 + 1, 8)), draw(st.integers(y0 + 1, 8)))


LETTERS = st.text(st.characters(categories=["Lu", "Ll", "Lt", "Lm", "Lo"]), min_size=1, max_size=8)
YAML_WORDS = st.sampled_from(["cat", "hot dog", "no", "yes", "null", "true", "on", "y", "Nan", "will-o'wisp", "猫"])
NAMES = YAML_WORDS | st.lists(LETTERS, min_size=1, max_size=4).flatmap(
    lambda words: st.sampled_from(" -'").map(lambda joint: joint.join(words))
)
SUBJECTS = NAMES.filter(lambda name: name not in RESERVED)
PLANS = st.builds(
    Plan,
    st.lists(st.builds(Placement, SUBJECTS, boxes()), max_size=16).map(tuple),
    st.sampled_from(BACKGROUNDS),
    st.just(FULL) | boxes(),
)
CAT = Plan((Placement("cat", Box(0, 4, 4, 8)), Placement("sun", Box(5, 0, 8, 3))), "light")


def one_sentence(error):
    return str(error) and "\n" not in str(error) and len(str(error)) < 2000


# Text ----------------------------------------------------------------------------------------------------------------


def test_a_plan_reads_as_the_design_says():
    lines = ["background: light", "- cat: bottom-left, large, 0 4 4 8", "- sun: top-right, medium, 5 0 8 3"]
    assert format_plan(CAT).splitlines() == lines


@given(PLANS)
def test_plan_text_comes_back_as_the_same_plan(plan):
    text = format_plan(plan)
    assert parse_plan(text) == plan
    assert text.startswith(canvas_line(plan.canvas) + "background: ")
    assert parse_plan(text.removeprefix(canvas_line(plan.canvas)), plan.canvas) == plan


@given(PLANS, st.lists(st.sampled_from(["", "hm, let me see", "cat: on the left", "cat 0 0 1 1", "a: b, c, d", "画"])))
def test_free_thoughts_between_the_lines_are_passed_over(plan, thoughts):
    lines = format_plan(plan).split("\n")
    for number, thought in enumerate(thoughts):
        lines.insert(2 * number % (len(lines) + 1), thought)
    assert parse_plan("\n".join(lines)) == plan


def test_the_last_background_counts_and_boxes_decide_over_words():
    text = "background: dark\n- cat: top, huge, 0 4 4 8\n background: light \n- sun: left, small, 5 0 8 3"
    assert parse_plan(text) == CAT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- cat: center, medium, 2 2 5 5",
        "background: purple",
        "background: ",
        "background: light\n- cat: center, medium, 2 2 5 9",
        "background: light\n- cat: center, medium, 5 2 2 5",
        "background: light\n- cat: center, medium, 99 99 99 99",
        "background: light\n- canvas: center, medium, 2 2 5 5",
        "background: light\n- c4t: center, medium, 2 2 5 5",
        "background: light\ncanvas: 0 0 0 8",
        "background: light\ncanvas: 0 0 9 8",
        "background: light\n" + "- cat: center, medium, 2 2 5 5\n" * 17,
    ],
)
def test_text_that_is_no_plan_is_refused(text):
    with pytest.raises(PlanError) as caught:
        parse_plan(text)
    assert one_sentence(caught.value)


def test_something_unknown_is_told_by_name():
    with pytest.raises(UnknownSubjectError, match=r"^dragon$"):
        parse_plan("unknown: dragon")


FRAGMENTS = [
    "background: ",
    "light",
    "- cat: ",
    "top, small, ",
    "canvas: ",
    "unknown: ",
    "0 0 4 4",
    "9 ",
    "\n",
    "\r",
    "٣",
]


@given(st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=5), max_size=20).map("".join))
def test_any_text_is_a_plan_or_a_plan_error(text):
    try:
        plan = parse_plan(text)
    except PlanError:
        return
    assert parse_plan(format_plan(plan)) == plan


# YAML ----------------------------------------------------------------------------------------------------------------


@given(PLANS)
def test_a_yaml_file_comes_back_as_the_same_plan(plan):
    assert plan_from_yaml(plan_to_yaml(plan)) == plan


@given(PLANS, boxes())
def test_a_canvas_from_outside_counts_over_the_one_in_the_file(plan, canvas):
    assert plan_from_yaml(plan_to_yaml(plan), canvas) == Plan(plan.placements, plan.background, canvas)


def test_yaml_for_people_says_once_where_things_are_and_how_else_to_say_it():
    head, plan = plan_to_yaml(CAT).split("background", 1)
    assert plan == ": light\nplacements:\n- subject: cat\n  box: 0 4 4 8\n- subject: sun\n  box: 5 0 8 3\n"
    assert all(line.startswith("# ") for line in head.splitlines())
    assert "bottom-left" in head and "medium" in head


@pytest.mark.parametrize(
    "box", ["0 4 4 8", "[0, 4, 4, 8]", "'0 4 4 8'", "['0', '4', 4, 8]", "\n  - 0\n  - 4\n  - 4\n  - 8"]
)
def test_a_box_may_be_written_as_text_or_list(box):
    assert plan_from_yaml(f"placements:\n- subject: cat\n  box: {box}").placements[0].box == Box(0, 4, 4, 8)


def test_words_may_stand_for_a_box_but_not_beside_one():
    assert plan_from_yaml("placements: [{subject: cat}]").placements[0].box == box_at("center", 3)
    text = "placements: [{subject: cat, location: bottom-left, size: large}]"
    assert plan_from_yaml(text).placements[0].box == Box(0, 4, 4, 8)
    with pytest.raises(PlanError, match="one of the two"):
        plan_from_yaml(text.replace("}", ", box: 1 1 2 2}"))
    assert plan_from_yaml(text, Box(0, 2, 8, 6)).placements[0].box == Box(0, 2, 4, 6)


@pytest.mark.parametrize("text", ["{}", "placements:", "placements: []", "background: white"])
def test_a_plan_may_be_empty(text):
    assert plan_from_yaml(text) == Plan()


PLACEMENT = "placements: [{{subject: cat, {}}}]"
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)
)
REFUSED = {
    "empty": ("", "mapping"),
    "text": ("a cat", "mapping"),
    "list": ("- a cat", "mapping"),
    "two documents": ("background: light\n---\nbackground: dark", "not valid YAML"),
    "unclosed": ("placements: [", "not valid YAML"),
    "control character": ("background: \x07", "not valid YAML"),
    "NUL": ("background: light\0", "not valid YAML"),
    "tab": ("background:\n\tlight", "not valid YAML"),
    "unknown key": ("backgruond: light", "unknown key 'backgruond'"),
    "unknown key of a placement": (PLACEMENT.format("colour: red"), "unknown key 'colour'"),
    "merge key": ("background: light\n<<: {background: dark}", "unknown key '<<'"),
    "number as key": ("1: 2", "unknown key '1'"),
    "list as key": ("? [a, b]\n: c", "not valid YAML"),
    "mapping as key": ("? {a: b}\n: c", "not valid YAML"),
    "duplicate key": ("background: light\nbackground: dark", "line 2: the key 'background' stands twice"),
    "duplicate key of a placement": (PLACEMENT.format("size: small, size: small"), "'size' stands twice"),
    "duplicate key in quotes": ("background: light\n'background': dark", "'background' stands twice"),
    "unknown background": ("background: purple", "known are white"),
    "background of another type": ("background: [light]", "background"),
    "background missing": ("background:", "background"),
    "placements as mapping": ("placements: {cat: 0 0 4 4}", "must be a list"),
    "placements as text": ("placements: cat", "must be a list"),
    "placement as text": ("placements: [cat]", "a placement must be a mapping"),
    "placement as nothing": ("placements: [~]", "a placement must be a mapping"),
    "no subject": ("placements: [{box: 0 0 4 4}]", "needs a subject"),
    "subject as list": ("placements: [{subject: [cat]}]", "needs a subject"),
    "subject as number": ("placements: [{subject: 5}]", "no subject name"),
    "subject empty": ("placements: [{subject: ''}]", "no subject name"),
    "subject with a line break": ('placements: [{subject: "cat\\nbackground: dark"}]', "no subject name"),
    "subject with a colon": ("placements: [{subject: 'cat: top'}]", "no subject name"),
    "subject reserved": ("placements: [{subject: canvas}]", "no subject name"),
    "subject half a character": ('placements: [{subject: "\\uD800"}]', "no subject name"),
    "unknown location": (PLACEMENT.format("location: middle"), "location 'middle' is unknown"),
    "location as list": (PLACEMENT.format("location: [top]"), "location"),
    "unknown size": (PLACEMENT.format("size: enormous"), "size 'enormous' is unknown"),
    "size as list": (PLACEMENT.format("size: [1]"), "size"),
    "size as mapping": (PLACEMENT.format("size: {a: b}"), "size"),
    "canvas empty": ("canvas:", "canvas"),
    "canvas outside": ("canvas: 0 0 9 8", "canvas"),
    "canvas of no width": ("canvas: 4 0 4 8", "canvas"),
    "too many placements": ("placements:\n" + "- {subject: cat, box: 0 0 1 1}\n" * 17, "at most 16"),
    "too large a code point": ('background: "\\UFFFFFFFF"', "not valid YAML"),
    "version of many digits": (f"%YAML {'1' * 5000}.1\n---\nbackground: light", "not valid YAML"),
    "no date": ("background: 2001-99-99", "background"),
    "tag that does not fit": ("background: !!timestamp x", "background"),
    "python tag": ("background: !!python/object/apply:os.getcwd []", "background"),
    "unknown alias": ("background: *light", "not valid YAML"),
    "list in itself": ("placements: &a [*a]", "not valid YAML"),
    "mapping in itself": ("&a {placements: *a}", "not valid YAML"),
    "deep list": ("[" * 100_000, "not valid YAML"),
    "deep mapping": ("{a: " * 20_000, "not valid YAML"),
    "aliases beyond memory": (BOMB, "aliases unfold to more than"),
    "aliases beyond memory as placements": (BOMB + "placements: *a29", "aliases unfold to more than"),
} | {
    f"box {box[:20]}": (PLACEMENT.format(f"box: {box}"), "box")
    for box in (
        "", "~", "cat", "a b c d", "0 0 4", "0 0 4 4 4", "[0, 0, 4]", "[[0, 0, 4, 4]]", "{x0: 0}", "[a, 0, 4, 4]",
        "0 0 4.0 4", "[0, 0, 4.0, 4]", "[0, 0, 4e0, 4]", "[.nan, 0, 4, 4]", "nan 0 4 4", "[0, 0, .inf, 4]",
        "[0, 0, true, 4]", "[0, 0, [4], 4]", "[0, 0, ~, 4]", "0x0 0 4 4", "1_0 0 4 4", "'0,0,4,4'",
        "0 0 9 4", "0 0 4 9", "-1 0 4 4", "0 -1 4 4", "4 0 0 4", "0 4 4 0", "0 0 0 4", "0 0 4 0",
        "0 0 999999999 4", f"0 0 {'9' * 5000} 4", f"[0, 0, {'9' * 5000}, 4]", f"[0, 0, 0x{'f' * 5000}, 4]",
    )
}  # fmt: skip


@pytest.mark.parametrize("text, problem", REFUSED.values(), ids=REFUSED)
def test_a_wrong_plan_file_is_refused_in_one_sentence(text, problem):
    with pytest.raises(PlanError, match=problem) as caught:
        plan_from_yaml(text)
    assert one_sentence(caught.value)


def test_aliases_beyond_memory_are_refused_wherever_they_stand():
    inside = BOMB.replace("\n", "\n  ")
    for key in ("background", "canvas", "placements"):
        with pytest.raises(PlanError) as caught:
            plan_from_yaml(f"{key}:\n  {inside}")
        assert one_sentence(caught.value)
    nested = "&a0 [x, x, x, x, x, x, x, x, x]"
    for n in range(1, 30):
        nested = f"&a{n} [{nested}{f', *a{n - 1}' * 8}]"
    for text in (f"background: {nested}", f"canvas: {nested}", f"placements: [{nested}]", nested):
        with pytest.raises(PlanError) as caught:
            plan_from_yaml(text)
        assert one_sentence(caught.value)
    for key in ("subject", "location", "size", "box"):
        with pytest.raises(PlanError) as caught:
            plan_from_yaml(f"placements: [{{{'' if key == 'subject' else 'subject: cat, '}{key}: {nested}}}]")
        assert one_sentence(caught.value)


YAML_FRAGMENTS = [
    "background: ", "light", "placements:", "\n- ", "subject: cat", "\n  ", "box: ", "0 0 4 4", "location: ", "size: ",
    "small", "canvas: ", "[", "]", "{", "}", ", ", ": ", "&a ", "*a", "!!", "int ", "'", '"', "\\U", "\\", "?", "|",
    ">", "%", "---", "<<: ", "\t", "#", "~", "1e9", "0x", "2001-01-01", "\x85", "\u2028", "\ufeff",
]  # fmt: skip


@given(st.lists(st.sampled_from(YAML_FRAGMENTS) | st.text(max_size=4), max_size=25).map("".join))
@settings(max_examples=300)
@example("%")
@example('"\\')
@example("!<")
@example("|1-")
def test_any_file_is_a_plan_or_a_plan_error(text):
    try:
        plan = plan_from_yaml(text)
    except PlanError as error:
        assert one_sentence(error)
    else:
        assert plan_from_yaml(plan_to_yaml(plan)) == plan


# Boxes and words -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("location", LOCATIONS)
@pytest.mark.parametrize("cells", [2, 3, 4, 6])
def test_a_box_lies_where_its_location_says_and_is_as_large_as_its_size_says(location, cells):
    box = box_at(location, cells)
    assert FULL.contains(box) and (box.width, box.height) == (cells, cells)
    assert location_of(box) == location
    assert SIZES[size_of(box)] == cells


@given(st.sampled_from(LOCATIONS), st.integers(1, 20), boxes())
def test_a_box_on_any_canvas_stays_inside(location, cells, canvas):
    assert canvas.contains(box_at(location, cells, canvas))


@given(boxes(), boxes())
def test_boxes_overlap_and_contain_as_their_cells_do(one, other):
    def cells(box):
        return {(x, y) for x in range(box.x0, box.x1) for y in range(box.y0, box.y1)}

    assert one.overlaps(other) == other.overlaps(one) == bool(cells(one) & cells(other))
    assert one.contains(other) == (cells(other) <= cells(one))
    assert len(cells(one)) == one.width * one.height


@given(boxes(), st.integers(1, 40))
def test_the_square_in_the_middle_of_a_box_is_the_largest_and_as_far_from_both_ends(box, factor):
    fine, square = box.times(factor), box.times(factor).middle
    assert (fine.width, fine.height, fine.x0) == (factor * box.width, factor * box.height, factor * box.x0)
    assert fine.contains(square) and square.width == square.height == min(fine.width, fine.height)
    for start, end in ((square.x0 - fine.x0, fine.x1 - square.x1), (square.y0 - fine.y0, fine.y1 - square.y1)):
        assert end - start in (0, 1)
