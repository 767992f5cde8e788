"""Subjects: each word means one, and every one has names, a glyph and kin."""

from collections import Counter

from tiledraw.data.drawings import drawings
from tiledraw.language.nouns import is_chinese, names, plural
from tiledraw.language.subjects import drawn_as, known_subjects, subjects, unknowns


def test_each_word_names_one_subject_in_one_language():
    words = Counter(name for subject in subjects() for language in ("en", "zh") for name in names(subject, language))
    assert len(words) > 900 and max(words.values()) == 1
    assert all(is_chinese(entry.chinese) and not is_chinese(name) for name, entry in subjects().items())
    plurals = Counter(form for subject in subjects() for form in {plural(name) for name in names(subject, "en")})
    assert max(plurals.values()) == 1


def test_a_word_that_names_two_subjects_is_the_name_of_one_that_the_other_stood_for():
    for subject, entry in subjects().items():
        for word in entry.also:
            assert word not in subjects() or subjects()[word].instead == subject
    assert names("woman", "en")[0] == "woman" and "woman" not in names("person", "en")
    assert "woman" in names("person", "en", ["person", "cat"])


def test_every_subject_has_kin_and_stands_in_for_none_that_needs_another():
    groups = Counter(entry.group for entry in subjects().values())
    assert min(groups.values()) >= 5 and "" not in groups
    for name, entry in subjects().items():
        if entry.instead:
            assert not subjects()[entry.instead].instead, name
            assert list(subjects()).index(entry.instead) < list(subjects()).index(name)


def test_a_subject_is_drawn_by_itself_else_by_what_stands_for_it_else_not_at_all():
    assert drawn_as("woman", ["person", "woman"]) == "woman"
    assert drawn_as("woman", ["person", "cat"]) == "person"
    assert drawn_as("tiger", ["person", "cat"]) is None
    assert drawn_as("golden retriever", ["golden retriever"]) == "golden retriever"


def test_each_subject_has_a_design_of_its_own_a_glyph_or_a_drawing():
    designs = [entry.design for entry in subjects().values()]
    assert len(set(designs)) == len(designs)
    assert {entry.design for entry in subjects().values() if not entry.glyph} == drawings()
    assert subjects()["astronaut"].emoji == "🧑‍🚀" and subjects()["bench"].design == "bench"
    assert not set(unknowns().values()) & {entry.glyph for entry in subjects().values()}


def test_the_font_s_own_glyphs_cannot_be_typed():
    assert subjects()["helmet"].glyph == "\ue14a" and not subjects()["helmet"].emoji and not subjects()["bench"].emoji


def test_names_that_are_not_in_the_file_stand_for_themselves():
    (entry,) = known_subjects(["golden retriever"])
    assert entry.name == "golden retriever" and not entry.chinese and not entry.also
    assert [entry.name for entry in known_subjects([])] == list(subjects())
