"""Pictures and texts in one stream: structure words and pixels among all words, texts that keep the language,
conversations, and pictures that plain `generate` draws."""

import importlib.util
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from built import built_folder
from PIL import Image

from tiledraw.canvas.pixels import LEVELS
from tiledraw.format.grammar import ConversationDocument, FlatDocument, Picture, Turn, segments, tokenise
from tiledraw.format.parsing import GrammarError, parse, parse_conversation
from tiledraw.models.adapters import AdapterConfig, add_adapter, save_adapter
from tiledraw.models.fingerprint import fingerprint
from tiledraw.models.knowledge import Knowledge
from tiledraw.models.loading import load_base, load_model, save_model
from tiledraw.training.backends import Score
from tiledraw.training.batches import GIVEN, collate, drawn_counts, losses, make_example
from tiledraw.training.config import MixConfig, TrainConfig
from tiledraw.training.optimizer import OptimizerConfig
from tiledraw.training.texts import TextSource, cut

STEPS = 150  # of a short training
RING = np.full((32, 32), 255, np.uint8)
RING[8:24, 8:24] = 40
FLAT = FlatDocument("a ring", "shows: ring", RING)
TALK = ConversationDocument(
    (
        Turn("system", ("You draw.",)),
        Turn("user", ("a ring, please",)),
        Turn("assistant", ("Here: ", Picture(RING, "shows: ring"), " Another?")),
        Turn("user", (Picture(255 - RING), "like this")),
        Turn("assistant", (Picture(RING), Picture(255 - RING, "dark"))),
    )
)


def script():
    path = Path(__file__).parents[2] / "scripts" / "draw_without_grammar.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ids_of(document, vocabulary):
    return tokenise(segments(document), vocabulary)[0].tolist()


def test_all_that_an_assistant_says_is_learned_and_each_picture_is_among_all_words_at_its_end(vocabulary):
    plain, stream = (make_example(FLAT, vocabulary, stream=every) for every in (0, 16))
    said = [vocabulary.word(token) for token in stream.targets.tolist() if vocabulary.word(token)]
    assert said == ["<think>", "</think>", "<|vision_start|>", "<|vision_end|>", "<|im_end|>"]
    start = stream.ids.tolist().index(vocabulary.words["<think>"])
    assert (stream.targets[:start] == GIVEN).all() and (stream.targets[start:] == stream.ids[start:]).all()
    is_pixel = (stream.ids >= vocabulary.base) & (stream.ids < vocabulary.base + LEVELS)
    assert plain.among_all is None and not stream.among_all[~is_pixel].any()
    assert stream.among_all[is_pixel][-32:].all() and 60 < stream.among_all.sum() < 120
    assert make_example(TALK, vocabulary, stream=16).among_all.sum() > 3 * 60


def test_both_losses_of_a_pixel_are_its_cross_entropy_among_all_words(vocabulary):
    batch = collate([make_example(FLAT, vocabulary, stream=1)], vocabulary)
    torch.manual_seed(0)
    hidden, head = torch.randn(*batch.ids.shape, 8), torch.randn(vocabulary.size, 8)
    sums = losses(hidden, head, batch, vocabulary, 1)
    wanted = batch.targets[0, 1:]
    every = torch.nn.functional.cross_entropy((hidden[0, :-1] @ head.T)[wanted != GIVEN], wanted[wanted != GIVEN])
    nats, count = sums.pixel_nats + sums.text_nats + sums.kind_nats, sums.pixels + sums.texts
    torch.testing.assert_close(nats / count, every[None], rtol=1e-4, atol=1e-4)
    assert torch.equal(drawn_counts(batch, vocabulary, 1)[2], sums.kinds) and sums.kinds == 1024


def test_a_conversation_comes_back_from_its_tokens(vocabulary):
    ids = ids_of(TALK, vocabulary)
    read = parse_conversation(ids, vocabulary)
    assert ids_of(read, vocabulary) == ids
    assert [turn.role for turn in read.turns] == [turn.role for turn in TALK.turns]
    assert read.turns[2].parts[0] == "Here: " and read.turns[2].parts[1].think == "shows: ring"
    assert np.array_equal(read.turns[4].parts[1].pixels, 255 - RING)
    for wrong in (ids[:-1], ids[:-40], [*ids, 5], ids[1:], []):
        with pytest.raises(GrammarError):
            parse_conversation(wrong, vocabulary)


def test_one_question_that_a_picture_answers_is_a_flat_document(vocabulary):
    turns = Turn("user", ("a ring",)), Turn("assistant", (Picture(RING, "shows: ring"),))
    ids = ids_of(ConversationDocument(turns), vocabulary)
    assert ids == ids_of(FLAT, vocabulary) and isinstance(parse(ids, vocabulary), FlatDocument)


def test_texts_and_conversations_are_read_from_files(tmp_path):
    (tmp_path / "a.txt").write_text("word " * 10_000)
    source, held_out = (TextSource(tmp_path / "a.txt", kind) for kind in (False, True))
    assert len(source.documents) == 9 * len(held_out.documents) + len(source.documents) % 9 > 40
    assert "".join(cut("word " * 999)).count("word") == 999 and max(map(len, cut("x" * 2500))) == 1000
    Image.fromarray(RING).save(tmp_path / "ring.png")
    picture = {"type": "image", "path": "ring.png", "think": "ring"}
    talk = [{"role": "user", "content": "a ring"}, {"role": "assistant", "content": [picture]}]
    lines = [json.dumps({"text": "hello"}), json.dumps({"messages": talk})]
    (tmp_path / "b.jsonl").write_text("\n".join(lines))
    text, conversation = TextSource(tmp_path / "b.jsonl").documents
    assert text.text == "hello"
    assert np.array_equal(conversation.turns[1].parts[0].pixels, RING)
    for bad in ('{"x": 1}', "[", '{"messages": [{"role": "user", "content": [{"type": "image", "path": "no.png"}]}]}'):
        (tmp_path / "c.jsonl").write_text(bad)
        with pytest.raises(ValueError, match=r"^[^\n]*c\.jsonl, line 1: [^\n]+$"):
            TextSource(tmp_path / "c.jsonl")
    with pytest.raises(ValueError, match=r"^the texts [^\n]* can't be read: [^\n]+$"):
        TextSource(tmp_path / "none.txt")


def test_a_run_learns_texts_and_tells_their_bits_in_the_base_and_after(
    make_tokenizer, make_model, tmp_path, monkeypatch
):
    from tiledraw.training import backends
    from tiledraw.training.loop import Trainer

    monkeypatch.setattr(backends, "OWN_TEXTS", 24)
    monkeypatch.setattr(backends, "OWN_TOKENS", 20)
    monkeypatch.setattr(Trainer, "_draw", lambda self, until: True)
    tokenizer = make_tokenizer(("<|im_start|>", "<|im_end|>"))
    make_model(640, tied=False).save_pretrained(tmp_path / "base")
    tokenizer.save_pretrained(tmp_path / "base")
    config = TrainConfig(
        output=str(tmp_path / "run"), base=str(tmp_path / "base"), texts="own", steps=2, log_steps=1,
        data=built_folder(32), adapter=AdapterConfig(2, modules=("q_proj",)),
        mix=MixConfig(long=1, flat_every=0, layouts=1, texts=2), evaluate_documents=1, precision="float32",
        optimizer=OptimizerConfig(adapter_rate=0.01, row_rate=0.01),
    )  # fmt: skip
    Trainer(config, log=io.StringIO()).run()
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert [line["split"] for line in lines] == ["base", "train", "train", "validation"]
    before, after = (line["bits_per_token/text"] for line in (lines[0], lines[-1]))
    written = TextSource(tmp_path / "run" / "texts.jsonl", held_out=True).document("text", 0).text
    ids = torch.tensor([tokenizer(written)["input_ids"]])
    with torch.no_grad():
        own = make_model(640, tied=False)(ids).logits[0, :-1, : len(tokenizer)]
    expected = torch.nn.functional.cross_entropy(own, ids[0, 1:]).item() / np.log(2)
    assert before == pytest.approx(expected, abs=1e-3) and after > before
    assert "bits_per_token/text" in lines[1]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"texts": "a.txt"}, "give both"),
        ({"mix": MixConfig(texts=2)}, "give both"),
        ({"texts": "own", "mix": MixConfig(texts=1)}, "a new model has none"),
    ],
)
def test_a_stream_that_can_be_none_is_refused(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        replace(TrainConfig("out", data="built"), **changes)


def test_a_merged_model_draws_a_whole_picture_with_plain_generate(tmp_path):
    """Takes about 10 s of a core; `python scripts/draw_without_grammar.py FOLDER` trains for longer and draws 100."""
    plain = script()
    plain.write_base(tmp_path / "base")
    model, vocabulary = load_base(str(tmp_path / "base"), torch.float32)
    facts = fingerprint(model, vocabulary)
    adapted = add_adapter(model, vocabulary, AdapterConfig(16, 16, modules=("c_attn", "c_fc", "c_proj")), "base")
    adapted.peft_config["default"].base_model_name_or_path = str(tmp_path / "base")
    score = Score(adapted, vocabulary, torch.float32, adapted=True)
    trained = [parameter for parameter in score.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, 0.02, betas=(0.9, 0.95), weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, STEPS)
    for step in range(STEPS):
        example = make_example(plain.Squares().document("flat", step), vocabulary, 1, stream=8)
        batch = collate([example], vocabulary)
        sums = score(batch.ids, batch.targets, batch.positions, batch.groups, None, batch.among_all)
        sum(nats.sum() / count.sum() for nats, count in zip(sums[::2], sums[1::2], strict=True)).backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step(), optimizer.zero_grad(), schedule.step()
    save_adapter(tmp_path / "adapter", adapted, vocabulary, Knowledge(formats=("flat",)), facts)
    loaded = load_model(str(tmp_path / "adapter"))
    save_model(tmp_path / "merged", loaded.model, vocabulary, loaded.knowledge)
    assert plain.draw(tmp_path / "merged", 1, sample=False) == {"whole": 1}
