"""The report: its figures are those of the results, nothing breaks out of the page, and a bad run folder gives none."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from statistics import fmean

import numpy as np
import pytest
from PIL import Image

from tiledraw.data.cases import Case
from tiledraw.evaluation.comparing import PICTURES, Comparison, Result, RunError, picture_name
from tiledraw.evaluation.cost import Cost
from tiledraw.evaluation.gallery import GAP, LINE, VIEW, read_picture
from tiledraw.evaluation.references import reference_plan
from tiledraw.evaluation.report import Report, write_report
from tiledraw.evaluation.statistics import estimate
from tiledraw.language.laying.judging import Complaint
from tiledraw.language.plan import plan_to_yaml
from tiledraw.language.request import parse_request

SIZE = 64
FILES = ("report.html", "report.md", "sheet.png")
CASES = (
    Case("single-en-01", "single", "en", "a cat at the left", parse_request("- 1 cat, left")),
    Case("size-zh-01", "size", "zh", "画一只小猫", parse_request("- 1 cat, small")),
    Case("single-zh-02", "single", "zh", "左边画一只猫", parse_request("- 1 cat, left")),
)
SEEN = "background: white\n- cat: black, 0 8 16 25\n- sun: 24 24 32 32"


def result(case, model, seed=0, wrong=(), **changes):
    """A result; `wrong` are the parts of the request that the picture does not meet."""
    plan = plan_to_yaml(reference_plan(case.request, 0))
    unmet = tuple(Complaint(part, f"the {part} are wrong") for part in wrong)
    made = Result(case.id, model, seed, plan=plan, unmet=unmet, seen=SEEN, ssim=0.5, psnr=20.0, tokens=1000)
    return replace(made, **changes)


def refused(case, model, seed=0, reason="this model does not know 'cat'"):
    unmet = (Complaint("subjects", "nothing is drawn"),)
    return Result(case.id, model, seed, refused=reason, plan_unmet=unmet, unmet=unmet)


def make_report(results, cases=CASES, models=("one", "two"), seeds=1, **parts):
    comparison = Comparison("5u17e", dict.fromkeys(models, "3e1647"), SIZE, seeds, 0.7, "model")
    return Report(comparison, tuple(cases), tuple(results), **parts)


def save(folder, name, side, mode="RGB"):
    (folder / PICTURES).mkdir(parents=True, exist_ok=True)
    pixels = np.arange(side * side, dtype=np.uint32).reshape(side, side).astype(np.uint8)
    Image.fromarray(pixels).convert(mode).save(folder / PICTURES / name, "PNG")


def written(folder, report):
    """Writes the pictures of a report, and the report; returns the page and the Markdown."""
    folder.mkdir(exist_ok=True)
    for made in report.results:
        if made.plan is not None:
            save(folder, picture_name(made.case, made.model, made.seed), SIZE)
    write_report(folder, report)
    return (folder / FILES[0]).read_text(encoding="utf-8"), (folder / FILES[1]).read_text(encoding="utf-8")


class Page(HTMLParser):
    """What a page consists of; every tag must be closed where it should be."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.tables, self.text = [], [], [], ""
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "input", "img"):
            self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("td", "th"):
            self.tables[-1][-1].append("")

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, self.getpos()

    def handle_data(self, data):
        if "table" in self.open and self.open[-1] in ("td", "th", "small"):
            self.tables[-1][-1][-1] += f" ({data})" if self.open[-1] == "small" else data
        elif self.open and self.open[-1] not in ("script", "style"):
            self.text += data


def tables_of(markdown):
    blocks = re.findall(r"(?:^\|.*\|\n)+", markdown, re.MULTILINE)
    rows = [[line[2:-2].split(" | ") for line in block.splitlines()] for block in blocks]
    return [[head, *body] for head, _, *body in rows]


def table(markdown, head):
    """The table whose first column has a heading: by name of the row and of the column, the figure."""
    names, *rows = next(rows for rows in tables_of(markdown) if rows[0][0] == head)
    return {row[0]: dict(zip(names, row, strict=True)) for row in rows}


def share(values):
    """A share as the report writes it."""
    made = estimate(values)
    return f"{100 * made.mean:.1f}% ({100 * made.low:.1f}% to {100 * made.high:.1f}%)"


ONE, TWO, THREE = CASES
RESULTS = (
    result(ONE, "one"), result(TWO, "one", wrong=["sizes"], ssim=0.2), refused(THREE, "one"),
    result(ONE, "two", tokens=3000), result(TWO, "two", tokens=5000),
    result(THREE, "two", wrong=["places"], seen="background: white"),
)  # fmt: skip


# Figures -------------------------------------------------------------------------------------------------------------


def test_figures_are_those_of_the_results_and_the_same_on_the_page(tmp_path):
    page, markdown = written(tmp_path, make_report(RESULTS))
    summary = table(markdown, "model")
    assert summary["one"]["pictures"] == "2 of 3"
    assert summary["one"]["picture accuracy"] == share([1, 0, 0])
    assert summary["one"]["plan accuracy"] == share([1, 1, 0])
    assert summary["one"]["SSIM"].startswith("0.350 (")
    assert summary["one"]["refused"] == share([0, 0, 1])
    assert summary["two"]["picture accuracy"] == share([1, 1, 0])
    assert summary["two"]["PSNR in dB"] == "20.00"
    assert summary["two"]["tokens"].startswith("3,000 (")
    assert summary["two"]["malformed"] == "0.0%"
    assert summary["two"]["nothing seen"] == share([0, 0, 1]) and summary["one"]["nothing seen"] == "0.0%"
    gap = estimate([0, 1, 0])
    figures = f"+33.3 percentage points (95% interval +{100 * gap.low:.1f} to +{100 * gap.high:.1f}"
    shown = Page(page)
    assert figures in markdown and figures in shown.text
    assert shown.tables == tables_of(markdown)


def test_accuracies_are_split_by_category_and_language(tmp_path):
    _, markdown = written(tmp_path, make_report(RESULTS))
    by_category, by_language = table(markdown, "category"), table(markdown, "language")
    assert list(by_category) == ["single", "size"] and list(by_language) == ["en", "zh"]
    assert by_category["single"]["cases"] == "2"
    assert by_category["single"]["one"] == by_category["single"]["two"] == share([1, 0])
    assert by_category["single"]["two − one, points"] == "+0.0"
    assert by_category["size"]["two − one, points"] == "+100.0"
    assert by_language["zh"]["one"] == "0.0%" and by_language["zh"]["two"] == share([1, 0])


def test_a_part_fails_among_the_cases_that_ask_for_it(tmp_path):
    _, markdown = written(tmp_path, make_report(RESULTS))
    parts = table(markdown, "part that fails")
    assert list(parts) == ["subjects", "counts", "sizes", "places"]
    assert parts["places"]["cases"] == "2" and parts["places"]["one"] == parts["places"]["two"]
    assert parts["places"]["two"] == share([0, 1])
    assert parts["sizes"]["one"] == "100.0%" and parts["sizes"]["two"] == "0.0%"
    assert parts["subjects"]["one"] == share([0, 0, 1])  # the refused one


def test_plans_fail_parts_beside_their_pictures(tmp_path):
    unmet = (Complaint("places", "the cat is not at the left"),)
    _, markdown = written(tmp_path, make_report([result(ONE, "two"), result(THREE, "two", plan_unmet=unmet)]))
    row = table(markdown, "part that fails")["places"]
    assert row["two, plan"] == share([0, 1]) and row["two"] == "0.0%"


def test_a_refusal_of_what_nobody_can_draw_is_right(tmp_path):
    odd = Case("odd", "odd", "en", "a quux", parse_request("unknown: quux"))
    page, markdown = written(tmp_path, make_report([replace(refused(odd, "two"), unmet=(), plan_unmet=())], [odd]))
    row = table(markdown, "model")["two"]
    assert row["picture accuracy"] == row["plan accuracy"] == row["refused"] == "100.0%"
    assert table(markdown, "part that fails")["unknown"]["two"] == "0.0%"
    [card] = [given for tag, given in Page(page).tags if tag == "article"]
    assert card["data-two"] == "right refused" and "✓ unknown" in page


def test_what_is_left_out_counts_nowhere_and_is_told(tmp_path):
    out = Result(TWO.id, "one", 0, left_out="no plan says it")
    page, markdown = written(tmp_path, make_report([result(ONE, "one"), out, result(ONE, "two"), result(TWO, "two")]))
    for text in (markdown, Page(page).text):
        assert "Left out of one are 1 of 2 pictures, such as 'size-zh-01': no plan says it." in text
    assert table(markdown, "model")["one"]["pictures"] == "1 of 1"
    assert table(markdown, "category")["size"]["one"] == "–"
    assert "left out: no plan says it" in Page(page).text and 'data-one="left-out"' in page


def test_seeds_of_a_case_are_one_trial_and_pairs_are_of_the_same_seed(tmp_path):
    rights = {"one": [[1, 0], [0, 0], [1, 1]], "two": [[1, 1], [1, 0], [0, 1]]}
    results = [
        result(case, way, seed, () if right else ["counts"])
        for way, rows in rights.items() for case, row in zip(CASES, rows, strict=True) for seed, right in enumerate(row)
    ]  # fmt: skip
    _, markdown = written(tmp_path, make_report(results, seeds=2))
    assert table(markdown, "model")["one"]["picture accuracy"] == share([fmean(row) for row in rights["one"]])
    gap = estimate([0.5, 0.5, -0.5])
    assert "two minus one is +16.7 percentage points" in markdown
    assert f"95% interval −{-100 * gap.low:.1f} to +{100 * gap.high:.1f}, paired by case and seed, 3 cases" in markdown


def test_unpaired_pictures_do_not_count_for_the_difference(tmp_path):
    results = [result(ONE, "one"), result(ONE, "two"), result(TWO, "two", wrong=["sizes"])]
    _, markdown = written(tmp_path, make_report(results))
    assert "two minus one is +0.0 percentage points" in markdown and "1 cases" in markdown
    assert "not finished: 3 of 6 pictures" in markdown


def test_all_models_are_held_against_the_first(tmp_path):
    results = [*RESULTS, *(result(case, "three", wrong=["counts"]) for case in CASES)]
    _, markdown = written(tmp_path, make_report(results, models=("one", "two", "three")))
    assert "two minus one is +33.3 percentage points" in markdown
    assert "three minus one is −33.3 percentage points" in markdown
    assert table(markdown, "language")["en"]["three − one, points"] == "−100.0"


def test_costs_and_what_made_the_report_are_told(tmp_path):
    made = (Cost("one", 3.21, 1480.4, 3.0, 3.5), Cost("two", 10.6, 1513.0, 10.1, 11.0))
    page, markdown = written(tmp_path, make_report(RESULTS, costs=made, command="tiledraw compare run --size 64"))
    assert any(["one", "3.2", "1,480"] in rows for rows in tables_of(markdown))
    for text in ("tiledraw compare run --size 64", "5u17e", "3e1647"):
        assert text in markdown and text in Page(page).text


# Sentences -----------------------------------------------------------------------------------------------------------


def test_the_claim_says_which_is_better_only_where_the_interval_does(tmp_path):
    right = [result(case, "two") for case in CASES]
    wrong = [result(case, "one", wrong=["counts"]) for case in CASES]
    assert "so two is right more often." in written(tmp_path, make_report([*right, *wrong]))[1]
    swapped = [replace(made, model="two" if made.model == "one" else "one") for made in (*right, *wrong)]
    assert "so one is right more often." in written(tmp_path, make_report(swapped))[1]
    assert "which shows no difference." in written(tmp_path, make_report(RESULTS))[1]


def test_a_model_alone_is_held_against_none(tmp_path):
    _, markdown = written(tmp_path, make_report([result(case, "one") for case in CASES], models=("one",)))
    assert "in 100.0% of the pictures of one." in markdown and "minus" not in markdown


# The page ------------------------------------------------------------------------------------------------------------


def test_nothing_breaks_out_of_the_page_or_of_a_table(tmp_path):
    evil = '<script>alert("1")</script> | *x* `y` $title ${nav}'
    case = Case("evil", '<i>a|b"', '"><b>', evil, ONE.request)
    results = [refused(case, "one", reason=evil), result(case, "two", unmet=(Complaint("</dd>", evil),))]
    page, markdown = written(tmp_path, make_report(results, [case], command=evil))
    shown = Page(page)
    assert [tag for tag, _ in shown.tags].count("script") == 1
    assert not {"i", "b"} & {tag for tag, given in shown.tags if not given}  # ours have a class
    assert shown.text.count(evil) == 5  # prompt, refusal as picture and as fact, what is missed, command
    assert next(given for tag, given in shown.tags if tag == "article")["data-category"] == '<i>a|b"'
    assert "<script" not in markdown and "<i>" not in markdown
    assert all(len(row) == len(rows[0]) for rows in tables_of(markdown) for row in rows)


def test_the_page_loads_nothing(tmp_path):
    page, _ = written(tmp_path, make_report(RESULTS))
    for _, given in Page(page).tags:
        assert given.get("src", "data:image/png;base64,").startswith("data:image/png;base64,")
        assert given.get("href", "#").startswith("#")
    assert not re.search(r"@import|url\(|https?:", page)
    assert "default-src 'none'" in page


def test_cards_show_pictures_verdicts_and_what_was_seen(tmp_path):
    page, _ = written(tmp_path, make_report(RESULTS))
    shown = Page(page)
    cards = [given for tag, given in shown.tags if tag == "article"]
    assert [(card["data-one"], card["data-two"]) for card in cards] == [
        ("right", "right"), ("wrong", "right"), ("wrong refused", "wrong")
    ]  # fmt: skip
    pictures = [given for tag, given in shown.tags if tag == "img"]
    assert len(pictures) == 3 * 4 - 1
    assert "refused: this model does not know 'cat'" in shown.text
    assert "✗ sizes" in shown.text and "✓ counts" in shown.text and "relations" not in page.split("<article")[1]
    assert "- cat: black, 0 8 16 25" in shown.text and "the places are wrong" in shown.text
    assert page.count('class="outlines"') == 4  # in one of five nothing is seen


@pytest.mark.parametrize("drawn", [(), ("one",), ("two",), ("one", "two")])
@pytest.mark.parametrize("compared", [("one",), ("one", "two")])
def test_any_pictures_may_be_missing(tmp_path, drawn, compared):
    drawn = [model for model in drawn if model in compared]
    page, markdown = written(
        tmp_path, make_report([result(case, model) for model in drawn for case in CASES[:2]], models=compared)
    )
    assert Page(page).tables == tables_of(markdown)
    for model, row in table(markdown, "model").items():
        assert row["picture accuracy"] == ("100.0%" if model in drawn else "–")
    assert ("minus one" in markdown) == ({"one", "two"} <= set(drawn))


def test_without_cases_there_is_still_a_report(tmp_path):
    page, _ = written(tmp_path, make_report([], cases=[]))
    assert "There are no pictures yet" in Page(page).text


def test_a_plan_with_a_subject_without_a_true_picture_has_no_reference(tmp_path):
    plan = plan_to_yaml(reference_plan(ONE.request, 0)).replace("cat", "quux")
    page, _ = written(tmp_path, make_report([result(ONE, "two", plan=plan)], [ONE]))
    assert "not known here" in Page(page).text


def test_the_same_input_gives_the_same_bytes(tmp_path):
    for name in ("one", "other"):
        written(tmp_path / name, make_report(RESULTS))
    for file in FILES:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "other" / file).read_bytes()


@pytest.mark.parametrize(("count", "blocks"), [(1, 1), (3, 1), (40, 4)])
def test_the_sheet_has_a_row_for_each_case(tmp_path, count, blocks):
    cases = [replace(ONE, id=f"case-{number}") for number in range(count)]
    written(tmp_path, make_report([result(case, "two") for case in cases[:2]], cases))
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width == blocks * (3 * (VIEW + GAP) + 2 * GAP) + GAP
        assert sheet.height == -(-count // blocks) * (VIEW + LINE + GAP) + LINE + 2 * GAP
        first = sheet.convert("L").crop((GAP + 1, LINE + 2 * GAP + 1, GAP + VIEW - 1, LINE + 2 * GAP + VIEW - 1))
        assert first.getextrema()[0] < 64  # the outline of the plan's box


# Run folders that are not as they should be --------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["one", "two"])
@pytest.mark.parametrize("damage", ["missing", "size", "mode", "text", "cut off"])
def test_a_bad_picture_is_told_and_the_former_report_stays(tmp_path, model, damage):
    report = make_report(RESULTS)
    written(tmp_path, report)
    before = {file: (tmp_path / file).read_bytes() for file in FILES}
    name = picture_name(ONE.id, model, 0)
    path = tmp_path / PICTURES / name
    match damage:
        case "missing":
            path.unlink()
        case "size":
            save(tmp_path, name, SIZE + 32)
        case "mode":
            save(tmp_path, name, SIZE, "RGBA")
        case "text":
            path.write_text("no picture")
        case "cut off":
            path.write_bytes(path.read_bytes()[:48])
    with pytest.raises(RunError, match=re.escape(name)) as caught:
        write_report(tmp_path, replace(report, command="another"))
    assert "\n" not in str(caught.value)
    assert {path.name for path in tmp_path.iterdir()} == {*FILES, PICTURES}
    assert before == {file: (tmp_path / file).read_bytes() for file in FILES}


def test_a_good_picture_is_read_as_it_is(tmp_path):
    save(tmp_path, "x.png", 16)
    assert np.array_equal(read_picture(tmp_path, "x.png", 16)[..., 0].ravel(), np.arange(256))


@pytest.mark.parametrize(
    "bad", [result(replace(ONE, id="other"), "two"), result(ONE, "sideways"), result(ONE, "two", plan="- no plan")]
)
def test_a_bad_result_is_told(tmp_path, bad):
    with pytest.raises(RunError):
        written(tmp_path, make_report([bad]))
    assert not any((tmp_path / file).exists() for file in FILES)
