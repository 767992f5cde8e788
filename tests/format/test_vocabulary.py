"""Vocabulary: fixed contiguous ids on any tokenizer, text that stays text, and models that only grow."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from tiledraw.canvas.pixels import PIXEL_WORDS
from tiledraw.data.places import layer_codes
from tiledraw.format.vocabulary import (
    BOTTOM,
    CODE_WORDS,
    FRAME_WORDS,
    NONE,
    ROW0,
    TOP,
    Vocabulary,
    VocabularyError,
    check_fingerprint,
    fit_model,
    initialise_pixel_rows,
    initialise_place_rows,
)
from tiledraw.models.building import load_vocabulary

LITERALS = st.sampled_from([*FRAME_WORDS, "[PX7]", "[PX255]", "[NONE]", "[ROW3]", "<", "<|", "[PX", "]", "|>", "7]"])
TEXTS = st.lists(st.text(max_size=8) | LITERALS, max_size=12).map("".join)


@pytest.fixture(scope="module")
def extended(make_tokenizer):
    return Vocabulary.extend(make_tokenizer())


def ids_of_words(vocabulary):
    return {*vocabulary.words.values(), *range(vocabulary.base, vocabulary.end_of_code)}


def test_codes_have_contiguous_ids_in_order(vocabulary, extended):
    for one in (vocabulary, extended):
        known = one.tokenizer.get_vocab()
        assert [known[word] for word in CODE_WORDS] == list(range(one.base, one.base + 267))
        assert [known[word] for word in PIXEL_WORDS] == list(range(one.base, one.base + 256))
        assert [CODE_WORDS[code] for code in (NONE, TOP, BOTTOM, ROW0)] == ["[NONE]", "[TOP]", "[BOTTOM]", "[ROW0]"]
        assert set(one.words) == set(FRAME_WORDS)
        assert one.size == 1 + max(known.values())


def test_ids_are_told_apart(vocabulary):
    for identifier in range(-3, vocabulary.size + 3):
        code, word = vocabulary.code(identifier), vocabulary.word(identifier)
        assert (code is not None) == (vocabulary.base <= identifier < vocabulary.base + 267)
        assert code is None or vocabulary.base + code == identifier
        assert (word is not None) == (identifier in vocabulary.words.values())
        assert word is None or vocabulary.words[word] == identifier


def test_a_tokenizer_without_the_words_is_refused_until_it_is_extended(make_tokenizer):
    tokenizer = make_tokenizer()
    with pytest.raises(VocabularyError, match="lacks 273 words"):
        Vocabulary(tokenizer)
    before = tokenizer.get_vocab()
    Vocabulary.extend(tokenizer)
    after = Vocabulary(tokenizer).tokenizer.get_vocab()
    assert {word: after[word] for word in before} == before
    assert len(after) == len(before) + 273


def test_to_extend_twice_changes_nothing(make_tokenizer):
    tokenizer = make_tokenizer()
    once = Vocabulary.extend(tokenizer)
    known, fingerprint = tokenizer.get_vocab(), once.fingerprint
    twice = Vocabulary.extend(tokenizer)
    assert tokenizer.get_vocab() == known
    assert (twice.fingerprint, twice.base, twice.size) == (fingerprint, once.base, once.size)


def test_frame_words_that_a_tokenizer_has_keep_their_ids(make_tokenizer):
    tokenizer = make_tokenizer(["<|im_end|>", "<think>", "<other>"])
    before = tokenizer.get_vocab()
    vocabulary = Vocabulary.extend(tokenizer)
    assert vocabulary.words["<think>"] == before["<think>"]
    assert vocabulary.words["<|im_end|>"] == before["<|im_end|>"]
    assert vocabulary.base == before["<other>"] + 1


@pytest.mark.parametrize("words", [["[PX0]", "<other>"], ["[PX5]"], ["[ROW7]"]])
def test_pixel_words_that_are_not_contiguous_are_refused(make_tokenizer, words):
    with pytest.raises(VocabularyError, match="not contiguous"):
        Vocabulary.extend(make_tokenizer(words))


@given(TEXTS)
@example("[PX7]")
@example("<think></think>")
@example("<<think>>")
@example("<|im_end|><|im_start|>user\n")
@example("[PX[PX7]7]<|im_<|im_end|>end|>")
@example("画[PX7]猫<think>🐈\0\r\n ")
def test_any_text_stays_text_and_comes_back(vocabulary, extended, text):
    for one in (vocabulary, extended):
        ids = one.encode(text)
        assert not ids_of_words(one) & set(ids)
        assert one.decode(ids) == text


def test_words_of_a_prompt_stay_text_where_the_tokenizer_has_more_of_its_own(make_tokenizer):
    vocabulary = Vocabulary.extend(make_tokenizer(["<tool>", "<tool>s"]))
    known = vocabulary.tokenizer.get_vocab()
    ids = vocabulary.encode("<tool>s<tool><<tool>>")
    assert not {known["<tool>"], known["<tool>s"]} & set(ids)
    assert vocabulary.decode(ids) == "<tool>s<tool><<tool>>"


def test_fingerprint_changes_with_any_word_and_any_id(make_tokenizer):
    kinds = [(), ("<a>",), ("<b>",), ("<a>", "<b>"), ("<b>", "<a>")]
    fingerprints = [Vocabulary.extend(make_tokenizer(words)).fingerprint for words in kinds]
    assert len(set(fingerprints)) == len(kinds)
    assert fingerprints == [Vocabulary.extend(make_tokenizer(words)).fingerprint for words in kinds]


def test_fingerprint_survives_saving_and_loading(extended, tmp_path):
    extended.tokenizer.save_pretrained(tmp_path)
    assert load_vocabulary(str(tmp_path)).fingerprint == extended.fingerprint


def test_place_words_come_after_all_others_and_no_text_holds_them(vocabulary, make_model):
    placed = Vocabulary(vocabulary.tokenizer, ["cat", "sun"])
    assert placed.size == vocabulary.size and placed.places >= placed.size and placed.places % 64 == 0
    assert placed.rows == placed.places + 128 and vocabulary.rows == vocabulary.size
    cat, sun = placed.things("cat"), placed.things("sun")
    assert [cat[:1], sun[:1]] == [vocabulary.encode(" cat"), vocabulary.encode(" sun")]
    assert [*cat[1:], *sun[1:]] == list(range(placed.places, placed.rows))
    assert placed.things("dog") == vocabulary.things("dog") == vocabulary.encode(" dog") * 65
    assert len(fit_model(make_model(96), placed).lm_head.weight) == placed.rows


def test_fingerprint_changes_with_the_subjects_that_have_place_words_and_their_order(vocabulary):
    kinds = [(), ("cat",), ("sun",), ("cat", "sun"), ("sun", "cat")]
    fingerprints = [Vocabulary(vocabulary.tokenizer, kind).fingerprint for kind in kinds]
    assert len(set(fingerprints)) == len(kinds) and fingerprints[0] == vocabulary.fingerprint


def test_rows_of_place_words_start_from_their_names_and_codes(vocabulary):
    placed = Vocabulary(vocabulary.tokenizer, ["cat", "sun"])
    weight = torch.randn(placed.rows, 48, generator=torch.Generator().manual_seed(0))
    before, codes = weight.clone(), layer_codes(["cat", "sun"], 48)
    initialise_place_rows(weight, placed, codes, ["sun"])
    name, *places = placed.things("sun")
    assert torch.equal(weight[: places[0]], before[: places[0]])  # also what is known of the cat
    correlation = [np.corrcoef(weight[row] - 0.8 * before[name], code)[0, 1] for row, code in
                   zip(places, codes["sun"], strict=True)]  # fmt: skip
    assert min(correlation) > 0.999
    assert weight[places].square().mean().sqrt() == pytest.approx(1, abs=0.3)


@pytest.mark.parametrize("stored", [None, "", "0123456789abcdef", 7])
def test_another_fingerprint_is_refused_in_a_sentence_that_says_where(vocabulary, stored):
    check_fingerprint(vocabulary, vocabulary.fingerprint, "the model x")
    with pytest.raises(VocabularyError, match=r"^the model x was made with another vocabulary[^\n]*$"):
        check_fingerprint(vocabulary, stored, "the model x")


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("spare", [-300, -1, 0, 1, 500])
def test_a_model_gets_room_for_every_word_and_never_shrinks(make_model, extended, tied, spare):
    model = make_model(extended.size + spare, tied=tied)
    before = [embedding.weight.detach().clone() for embedding in (model.get_input_embeddings(), model.lm_head)]
    assert fit_model(model, extended) is model
    rows = len(before[0])
    for old, new in zip(before, (model.get_input_embeddings().weight, model.lm_head.weight), strict=True):
        assert len(new) >= max(rows, extended.size)
        assert len(new) == rows or spare < 0
        assert torch.equal(new[:rows], old)
    assert model.config.vocab_size == len(model.lm_head.weight)
    assert (model.get_input_embeddings().weight is model.lm_head.weight) == tied
    logits = model(torch.tensor([[extended.base, extended.size - 1]])).logits
    assert logits.isfinite().all() and logits.shape[-1] >= extended.size


def test_to_fit_twice_changes_nothing(make_model, extended):
    model = fit_model(make_model(10), extended)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    after = fit_model(model, extended).state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())


def test_gray_embeddings_start_near_each_other_where_grays_are_near(vocabulary):
    weight = torch.zeros(vocabulary.size, 64)
    initialise_pixel_rows(weight, vocabulary, 0.02)
    rows = weight[vocabulary.base : vocabulary.base + 256]
    assert not weight[: vocabulary.base].any() and not weight[vocabulary.base + 256 :].any()
    assert rows.square().mean().sqrt().item() == pytest.approx(0.02, rel=1e-4)
    steps = torch.cdist(rows, rows)
    assert all(steps[g, h] > 0 for g, h in pairwise(range(256)))
    assert steps.diagonal(1).max() < steps.diagonal(64).min()
    again = torch.ones_like(weight)
    initialise_pixel_rows(again, vocabulary, 0.02)
    assert torch.equal(again[vocabulary.base : vocabulary.base + 256], rows)
