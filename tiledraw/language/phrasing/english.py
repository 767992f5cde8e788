"""English: the many ways in which people say what a request says.

A prompt is made of clauses, one for each thing or for two that are related, in the order of the request; of sentences
for what the clauses leave out; and of a form around them: one sentence, several, steps, a list. What relates to
another thing is the grammatical subject of the relation: "a cat left of a dog" is a cat that is left of a dog.
Knows requests and words. Knows nothing about pictures or models.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from tiledraw.language.attributes import NOTHING, SCENERY
from tiledraw.language.nouns import article, names, plural
from tiledraw.language.phrasing.dice import Dice
from tiledraw.language.phrasing.english_clauses import Clause, Clauses
from tiledraw.language.phrasing.english_noise import noisy
from tiledraw.language.phrasing.english_nouns import place_slots
from tiledraw.language.phrasing.english_tables import table, words
from tiledraw.language.phrasing.phrased import SPLITS, Phrased
from tiledraw.language.request import Request
from tiledraw.language.subjects import subjects

__all__ = ["SPLITS", "Phrased", "noisy", "phrase"]

_FRAMES = {"command": 24, "polite": 13, "question": 8, "wish": 15, "picture": 15, "label": 10, "story": 9}
_FORMS = {"list": 44, "bare": 13, "scene": 19, "steps": 7, "bullets": 7, "tags": 5, "labels": 5, "fields": 2}
# Between clauses, and before the last one. "and" alone may seem to join what comes next to the clause before.
_WEAK = ((", ", " and "), (", ", " and "), (", ", ", and "), (", ", " & "), (", ", ", "), (" and ", " and "),
         (", ", " plus "), (" + ", " + "), (", ", " as well as "), (", ", " and also "),
         (", ", ", along with "))  # fmt: skip
_STRONG = (("; ", "; "), (", ", ", and "), (", ", ", plus "), ("; ", "; and "), (", and ", ", and "),
           (", ", ", and also "), (", plus ", ", plus "), ("; also ", "; also "), (", then ", ", and then "),
           (" / ", " / "))  # fmt: skip
_FIELD_NAMES = {
    "count": ("count", "number", "quantity", "n", "how many", "amount"),
    "colour": ("color", "colour", "col", "in"),
    "size": ("size", "scale"),
    "material": ("material", "made of", "texture"),
    "pattern": ("pattern", "surface"),
    "style": ("style", "drawn as", "look"),
    "place": ("position", "place", "where", "location", "pos", "at"),
    "arrangement": ("arrangement", "layout", "arranged", "formation"),
}


def phrase(request: Request, rng: np.random.Generator, split: str, strangers: Mapping[int, str] = {}) -> Phrased:
    """One of the many ways to ask for this.

    Args:
        split: "train", "validation" or "test": no pattern belongs to two of them.
        strangers: Nouns for things that no subject is, by number, in the singular.
    """
    if split not in SPLITS:
        raise ValueError(f"the split {split!r} is unknown; known are {', '.join(SPLITS)}")
    speaker = _Speaker(request, Dice(rng), split, strangers)
    prompt = speaker.prompt()
    names = (tuple(_as_said(name, prompt) for name in said) for said in speaker.nouns.said)
    return Phrased(prompt, tuple(tuple(filter(None, named)) for named in names))


def _as_said(name: str, prompt: str) -> str:
    """A name as it stands in the prompt, where capitals differ; empty if a pattern had no use for it."""
    found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", prompt, re.I) or re.search(re.escape(name), prompt, re.I)
    return found[0] if found else ""


class _Speaker(Clauses):
    """The making of one prompt."""

    # The whole -------------------------------------------------------------------------------------------------------

    def prompt(self) -> str:
        dice, say = self.dice, self.nouns.say
        if not self.things:
            text = say("only background").format(p=self._backdrop())
            return self._finished([text])
        form = dice.weighted(_FORMS)
        self.plan(form)
        if form in ("tags", "fields"):
            return self._finished([self._tags() if form == "tags" else self._fields()], mark="")
        mistake = self.mistake() if form in ("list", "bare", "scene", "steps") and dice.chance(0.05) else None
        if mistake:
            self.nouns.things[mistake.number] = mistake.wrong
        leads = form in ("scene", "labels") or dice.chance(0.1)
        clauses = self.clauses(leads=leads)
        if form == "labels" and not any(clause.lead for clause in clauses):
            form = "list"
        background, opening, says = self._background(form)
        if form == "bullets":
            return self._bullets(clauses, background)
        if form == "labels":
            sentences = [self._labelled(clauses)]
        elif form == "scene":
            sentences = self._scene(clauses)
        elif form == "steps":
            sentences = self._steps(clauses)
        else:
            sentences = [self._sentence(clauses, form, background)]
            background = ""
        if background:  # of forms of several sentences
            sentences[-1] += f", {background}"
        if mistake:
            self.nouns.things[mistake.number] = mistake.right
            sentences.append(self.put_right(mistake))
        if self.alike:
            kind = "both looks" if len(self.things) == 2 and all(t.count == 1 for t in self.things) else "all looks"
            sentences.append(self.all_alike(kind))
        sentences += self.said_facts()
        if opening:
            kind = "scenery" if self.request.background in SCENERY else "colour"
            sentences[0] = say("background first", kind).format(sentences[0], p=opening)
        sentences += says + self._negations()
        return self._finished(self._chatted(sentences))

    # Forms -----------------------------------------------------------------------------------------------------------

    def _sentence(self, clauses: Sequence[Clause], form: str, background: str) -> str:
        """All in one sentence, in a frame or bare."""
        texts = [f"{clause.text} {clause.lead}".strip() for clause in clauses]
        text = self._joined(texts, clauses)
        if background:
            text += (", " if len(clauses) > 1 or clauses[-1].joint else " ") + background
        if self.request.absent and self.dice.chance(0.5):
            text = self._but_no(text)
        if self.alike and self.dice.chance(0.25) and len(clauses) == len(self.things) and self.alike == "colour":
            text = self.nouns.say("all first").format(text, c=self.nouns.colour(self.things[0].colour))
            self.alike = ""
        self.focus = clauses[0].only if len(clauses) == 1 else None
        if form == "bare":
            return text
        many = len(clauses) > 1 or clauses[0].many
        pattern = self.nouns.say(self.dice.weighted(_FRAMES))
        return pattern.format(text, was="were" if many else "was", **{"is": "are" if many else "is"})

    def _joined(self, texts: Sequence[str], clauses: Sequence[Clause]) -> str:
        """Several clauses as one; "and" alone stands only where nobody can take it for a part of the clause before."""
        if len(texts) == 1:
            return texts[0]
        placed = [self._has_place(clause) for clause in clauses]
        if any(clause.joint for clause in clauses[:-1]) or (any(placed) and not all(placed)):
            middle, last = self.dice.pick(_STRONG)
        else:
            middle, last = self.dice.pick(_WEAK)
        return last.join([middle.join(texts[:-1]), texts[-1]])

    def _has_place(self, clause: Clause) -> bool:
        return bool(clause.lead) or (clause.only is not None and bool(self._placed(clause.only)))

    def _placed(self, number: int) -> bool:
        thing = self.things[number]
        return bool(thing.place or thing.across is not None or thing.down is not None)

    def _scene(self, clauses: Sequence[Clause]) -> list[str]:
        """A sentence for each clause, with facts right behind it at times."""
        sentences: list[str] = []
        for at, clause in enumerate(clauses):
            verb = {"is": "are" if clause.many else "is", "np": clause.text}
            if clause.lead:
                kind = "placed first" if self.dice.chance(0.55) else "placed says"
                sentences.append(self.nouns.say(kind).format(p=clause.lead, **verb))
            else:
                sentences.append(self.nouns.say("scene next" if at else "scene").format(**verb))
            self.focus = clause.only
            own = [fact for fact in self.facts if fact.number == clause.only and fact.field != "relation"]
            if own and self.dice.chance(0.6):
                sentences += [self._said(fact) for fact in own]
                self.facts = [fact for fact in self.facts if fact not in own]
        if len(sentences) > 1 and self.dice.chance(0.25):  # run on, as children and chats do
            led = any(clause.lead for clause in clauses)  # a comma would leave open what a place belongs to
            return [
                self.dice.pick(("; ", "; ", " / ") if led else (", ", "; ", ", and ", " and then ")).join(sentences)
            ]
        return sentences

    def _steps(self, clauses: Sequence[Clause]) -> list[str]:
        sentences = []
        for at, clause in enumerate(clauses):
            kind = "steps first" if at == 0 else "steps last" if at == len(clauses) - 1 else "steps next"
            text = f"{clause.text} {clause.lead}".strip()
            slots = {"np": text, "is": "are" if clause.many else "is"}
            sentences.append(self.nouns.say(kind).format(**slots))
        self.focus = clauses[-1].only
        return sentences

    def _labelled(self, clauses: Sequence[Clause]) -> str:
        """'Top left: a cat; bottom: two dogs'."""
        mark = self.dice.pick((": ", ": ", " - ", " = ", " -> ", " – "))
        parts = []
        for clause in clauses:
            place = self._placed(clause.only) if clause.only is not None else False
            if clause.lead and place and self.things[clause.only or 0].place and self.dice.chance(0.7):
                label = self.nouns.label(self.things[clause.only or 0].place)
                parts.append(f"{label}{mark}{clause.text}")
            else:
                parts.append(f"{clause.lead}{mark}{clause.text}" if clause.lead else clause.text)
        return self.dice.pick(("; ", "; ", "\n", "\n", " | ", ". ")).join(parts)

    def _tags(self) -> str:
        """Telegraphic: 'red cat, left | 3 dogs | night'."""
        dice, nouns = self.dice, self.nouns
        nouns.terse, nouns.taken_back = dice.chance(0.75), False
        inner = dice.pick((" ", " ", ", "))
        outer = (
            dice.pick((" | ", "; ", " / ", " + "))
            if inner == ", "
            else dice.pick((", ", ", ", " | ", "; ", "\n", " + "))
        )
        figures = dice.chance(0.3)
        tags = [self._tag(number, inner, figures) for number in range(len(self.things))]
        related = [(number, relation) for number, thing in enumerate(self.things) for relation in thing.relations]
        tags += [f"{self._ref(number)} {self._rel(relation, number)}" for number, relation in related]
        if self.request.background:
            tags.append(self._backdrop_tag())
        tags += [
            nouns.say("absent tail").format(**self._any(subject)).strip(" ,-()!") for subject in self.request.absent
        ]
        tags += [nouns.say("empty says").format(e=self._part(part)) for part in self.request.empty]
        return outer.join(tags)

    def _tag(self, number: int, inner: str, figures: bool) -> str:
        """A thing in few words, without relations."""
        thing, nouns = self.things[number], self.nouns
        words_of = [nouns.short(number) if figures else nouns.phrase(number)]
        if thing.arrangement:
            words_of.append(nouns.arranged(number))
        if thing.place:
            words_of.append(nouns.label(thing.place))
        if thing.across is not None or thing.down is not None:
            words_of.append(nouns.percents(thing.across, thing.down))
        return inner.join(words_of)

    def _fields(self) -> str:
        """A form filled in, as programmers write: a name and a value a line, or all in one line for each thing."""
        dice, nouns = self.dice, self.nouns
        inner, mark = dice.pick(((", ", ": "), (", ", "="), ("; ", ": "), ("\n  ", ": "), (" | ", ": ")))
        head = dice.pick(("- {}", "{}", "object: {}", "name: {}", "[{}]", "* {}", "item: {}"))
        spell = {name: dice.pick(names) for name, names in _FIELD_NAMES.items()}
        lines = []
        for number, thing in enumerate(self.things):
            noun = nouns.noun(number, 1)
            values = {"count": str(thing.count)} if thing.count > 1 or dice.chance(0.5) else {}
            for look in ("colour", "size", "material", "pattern"):
                if getattr(thing, look):
                    values[look] = nouns.look(thing, look, ahead=look != "pattern") or "fills the picture"
            if thing.style:
                values["style"] = thing.style if thing.style != "gray style" else nouns.word("styles", thing.style)
            where = [nouns.label(thing.place)] if thing.place else []
            if thing.across is not None or thing.down is not None:
                where.append(nouns.percents(thing.across, thing.down))
            if where:
                values["place"] = " ".join(where)
            if thing.arrangement:
                values["arrangement"] = nouns.arranged(number)
            said = [f"{spell[name]}{mark}{value}" for name, value in values.items()]
            lines.append(inner.join([head.format(noun), *said]))
        lines += [f"{self._ref(number)} {'are' if nouns.many(number) else 'is'} {self._rel(relation, number)}"
                  for number, thing in enumerate(self.things) for relation in thing.relations]  # fmt: skip
        if self.request.background:
            lines.append(f"{dice.pick(('background', 'bg', 'setting'))}{mark}{self._backdrop()}")
        return "\n".join([*lines, *self._negations()])

    def _bullets(self, clauses: Sequence[Clause], background: str) -> str:
        """A list, one line a clause."""
        dice, say = self.dice, self.nouns.say
        pattern = say("bullet")
        texts = [f"{clause.text} {clause.lead}".strip() for clause in clauses]
        if dice.chance(0.25) and not any(thing.relations for thing in self.things):
            inner = dice.pick((", ", " ", " - ", ": "))
            figures = dice.chance(0.6)
            self.nouns.said = [[] for _ in self.things]
            texts = [self._tag(number, inner, figures) for number in range(len(self.things))]
        self.focus = None
        texts += self.said_facts()
        if self.request.background:
            word = self.request.background
            kind = word if word in (*SCENERY, NOTHING) else "colour"
            says = say("background says", "plain").format(c=say("backdrop", kind).format(c=self._ink(word)))
            texts.append(says if dice.chance(0.6) else background or self._tail())
        texts += self._negations()
        lines = [pattern.format(np=text, n=at, l=chr(96 + min(at, 26))) for at, text in enumerate(texts, 1)]
        head = [say("bullet head")] if dice.chance(0.7) else []
        return self._finished(["\n".join([*head, *lines])], mark="")

    # Around the things -----------------------------------------------------------------------------------------------

    def _ink(self, word: str) -> str:
        return self.nouns.colour(word) if word not in (*SCENERY, NOTHING) else ""

    def _tail(self) -> str:
        word = self.request.background
        kind = word if word in (*SCENERY, NOTHING) else "colour"
        text = self.nouns.say("background", kind).format(c=(ink := self._ink(word)))
        return re.sub(r"\ba (?=" + re.escape(ink) + ")", f"{article(ink)} ", text) if ink else text

    def _backdrop(self) -> str:
        word = self.request.background
        kind = word if word in (*SCENERY, NOTHING) else "colour"
        return self.nouns.say("backdrop", kind).format(c=self._ink(word))

    def _backdrop_tag(self) -> str:
        if self.dice.chance(0.5):
            return self._tail().strip("()")
        mark = self.dice.pick(("background: {}", "bg: {}", "{} background", "background {}", "{} as background"))
        return mark.format(self._backdrop())

    def _background(self, form: str) -> tuple[str, str, list[str]]:
        """The background behind a clause, or ahead of all, or in a sentence of its own."""
        word = self.request.background
        if not word:
            return "", "", []
        luck, scenic = self.dice.roll(), word in SCENERY
        if luck < (0.55 if form in ("list", "bare") else 0.25) or form == "bullets":
            return self._tail(), "", []
        if luck < 0.75 and form != "labels" and not (text := self._tail()).startswith(("(", "[")):
            return "", text, []
        if scenic and self.dice.chance(0.4):
            return "", "", [self.nouns.say("background says", "scenery").format(p=self._tail())]
        return "", "", [self.nouns.say("background says", "plain").format(c=self._backdrop())]

    def _any(self, subject: str) -> dict[str, str]:
        """The words for a subject of which there is to be none."""
        noun = subject if subject not in subjects() or self.dice.chance(0.75) else self.dice.pick(_names(subject))
        unique = table("words", "unique")
        return {"x": noun if noun in unique else plural(noun), "y": noun}

    def _but_no(self, text: str) -> str:
        """The same without what must not be there, if one word says that."""
        (subject, *others) = self.request.absent
        if others:
            return text
        self.denied = True
        tail = self.nouns.say("absent tail").format(**self._any(subject))
        return f"{text}{tail}" if tail.startswith(",") else f"{text} {tail}"

    def _part(self, part: str) -> str:
        kind = "corner" if "-" in part else "side" if part in ("left", "right") else "edge"
        return self.nouns.say("empty part", kind).format(**place_slots(part))

    def _negations(self) -> list[str]:
        sentences = []
        absent, empty = list(self.request.absent), list(self.request.empty)
        if absent and not self.denied:
            every = [self._any(subject) for subject in absent]
            slots = {key: " or ".join(one[key] for one in every) for key in ("x", "y")}
            sentences.append(self.nouns.say("absent says").format(**slots))
        if len(empty) > 1 and self.dice.chance(0.5):
            both = " and ".join(map(self._part, empty))
            sentences.append(f"{self.dice.pick(('keep', 'leave'))} {both} {self.dice.pick(('empty', 'free', 'blank'))}")
        else:
            sentences += [self.nouns.say("empty says").format(e=self._part(part)) for part in empty]
        return sentences

    # The text --------------------------------------------------------------------------------------------------------

    def _chatted(self, sentences: list[str]) -> list[str]:
        """The same, with sentences around it that ask for nothing."""
        dice, say = self.dice, self.nouns.say
        before = [say("chat before") for _ in range(dice.pick((1, 1, 1, 2)))] if dice.chance(0.16) else []
        after = [say("chat after") for _ in range(dice.pick((1, 1, 1, 2)))] if dice.chance(0.13) else []
        if len(sentences) > 1 and dice.chance(0.05):
            sentences.insert(1 + dice.below(len(sentences) - 1), say("chat between"))
        return [*before, *sentences, *after]

    def _finished(self, sentences: Sequence[str], mark: str = ".") -> str:
        """The sentences as one text, with the capitals and marks that people put or not."""
        dice = self.dice
        tidy = [_tidy(sentence) for sentence in sentences if sentence]
        style = dice.roll()
        joint = dice.pick((" ", " ", " ", " ", "\n")) if len(tidy) > 1 else ""
        ended = []
        for at, text in enumerate(tidy):
            last = at == len(tidy) - 1
            if not last and text[-1] not in ".!?:,;>":
                text += (
                    ("." if joint == "\n" or style < 0.8 else dice.pick((",", ";", " -"))) if text[-1] != "-" else ""
                )
            elif last and mark and text[-1] not in '.!?:,;)"' and dice.chance(0.45):
                text += dice.pick((".", ".", "!"))
            ended.append(text)
        prompt = joint.join(ended)
        if style < 0.6:
            return re.sub(r"(?:^|(?<=[.!?] )|(?<=\n))[a-z]", lambda found: found[0].upper(), prompt)
        if style < 0.9:
            return prompt
        return prompt.lower() if style < 0.985 else prompt.upper()


def _tidy(text: str) -> str:
    """Marks and spaces that patterns put twice are put once."""
    text = re.sub(r" +([,.;!?])(?=[\s,.;]|$)", r"\1", re.sub(r" {2,}", " ", text))
    text = re.sub(r",(?: ?,)+", ",", text)
    return re.sub(r",\s*([.;:!?)])", r"\1", text).strip().rstrip(",")


@cache
def _names(subject: str) -> tuple[str, ...]:
    return tuple(name for name in names(subject, "en") if name not in words("avoid")) or (subject,)
