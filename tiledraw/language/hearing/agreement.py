"""Agreement: whether a request says what its prompt says, by the words alone: each known noun, number, colour, size,
side, relation, arrangement, background and negation of the prompt is in the request, and nothing else is named there.

The check shares no grammar with whoever made the request, so it finds what a thinker overlooks or invents; it does not
see which thing is red, or which of two is left.
Knows words and requests. Knows nothing about boxes, pixels or models.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import lru_cache

from tiledraw.common.checks import shorten
from tiledraw.language.attributes import COLOURS, NOTHING
from tiledraw.language.hearing.again import core
from tiledraw.language.hearing.following import NAMING, but_only, ends_refusal, names_thing, of_thing
from tiledraw.language.hearing.referring import group_of
from tiledraw.language.hearing.relevance import relevant
from tiledraw.language.hearing.scanning import scan
from tiledraw.language.hearing.tokens import Token
from tiledraw.language.kin import is_noun
from tiledraw.language.nouns import article, is_chinese
from tiledraw.language.plan import MAX_PLACEMENTS
from tiledraw.language.request import ACTIONS, Request
from tiledraw.language.subjects import subjects

_LOOKS = ("colour", "pattern", "material", "style")
_WAYS = ("relation", "passive", "localiser", "relates to it", "comparative", "arrangement")
_LOOSE = ("near", "next to", "same size as")  # words that mostly say little
# words that may be told by each other
_ALIKE = (
    {"on", "above", "riding", "jumping over", "top", "in", "column"},
    {"under", "below", "bottom", "column"},
    {"left of", "left", "row", "between", "on either side of"},
    {"left", "right of"},
    {"right", "left of"},
    {"top", "below", "under"},
    {"bottom", "above", "on"},
    {"right of", "right", "row", "between", "on either side of"},
    {"in", "wearing", "riding", "on", "center", "holding", "around"},
    {"next to", "near", "left of", "right of", "row", "playing with", "holding", "looking at"},
    {"near", "around", "next to"},
    {"between", "on either side of", "row", "center"},
    {"row", "next to", "left of", "right of", "top edge", "bottom edge"},
    {"column", "above", "below", "on", "under", "left edge", "right edge"},
    {"larger than", "smaller than", "huge", "large", "small"},
    {"on either side of", "between", "left", "right", "row"},
    {"circle", "around", "grid"},
    {"center", "between", "in", "top", "bottom", "left", "right"},
    {"large", "huge", "full", "larger than"},
    {"small", "smaller than"},
    {"holding", "playing with", "riding"},
    {"corners", "top", "bottom", "left", "right"},
)
UNREAD = 10  # characters that mean nothing here, of which some ask for something
MANY = 7  # kinds of things of a plan that is seldom right as a whole
# weather and light that nobody draws, and what shows them all the same
_WEATHER = {
    "rain": ("rain cloud", "thundercloud", "water drop", "lightning"),
    "fog": ("cloud",),
    "storm": ("thundercloud", "lightning", "tornado", "rain cloud", "wave"),
    "wind": ("tornado",),
    "low sun": ("sun", "moon"),
}
_THINGS = ("clothes", "food", "home", "tools", "places", "plants", "sky", "signs", "devices", "music")


@dataclass
class Mentions:
    """What the words of a prompt speak of, in their order.

    Attributes:
        things: Subjects that are named, with the words that name them.
        refused: Subjects that stand behind a negation.
        strangers: Words for things that nobody knows.
        counts: Numbers above one.
        looks: Colours, patterns, materials and styles.
        backgrounds: Words for backgrounds, and what they mean.
        sizes: Words for sizes, and which.
        sides: Words for sides and corners of the picture, or of things, and the sides that they name.
        ways: Words for relations and arrangements, and what they mean.
        weather: Words for weather and light, and what they mean.
        foreign: Whether most of the words mean nothing here, as those of another language do.
        unread: Chinese words of which nobody knows whether they ask for something.
        unseen: Words for what no picture shows by itself: how a part of a thing looks, who is counted and unknown.
        placings: How often a place of the picture is named.
        told: Subjects that any word names, also where the prompt only tells of them.
        heard: Words that mean something here, and so are not unknown, in lower case.
        nouns: Names of things, known or not, in lower case, of which no part is unknown by itself.
    """

    things: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    strangers: list[str] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    looks: list[str] = field(default_factory=list)
    backgrounds: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, str] = field(default_factory=dict)
    sides: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ways: dict[str, str] = field(default_factory=dict)
    weather: dict[str, str] = field(default_factory=dict)
    foreign: bool = False
    unread: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    placings: int = 0
    told: frozenset[str] = frozenset()
    heard: frozenset[str] = frozenset()
    nouns: frozenset[str] = frozenset()


@lru_cache(maxsize=16)
def mentions(prompt: str) -> Mentions:
    """What the words of a prompt speak of; asked for each request that is made of it. Not to be changed."""
    said, strange, words = Mentions(), 0, 0
    sentences = scan(prompt)
    tokens = [token for sentence in sentences for token in sentence]
    said.told = frozenset(token.value for token in tokens if token.kind == "thing")
    said.nouns = frozenset(token.text.casefold() for token in tokens if token.kind in ("thing", "noun"))
    said.heard = frozenset(
        token.text.casefold()
        for token, following in zip(tokens, [*tokens[1:], None], strict=True)
        if token.kind not in ("noun", "other", "filler")
        or (following is not None and following.kind == "thing" and not is_chinese(token.text))  # "a clean desk"
    )
    for sentence in relevant(sentences):
        negated = False
        for index, token in enumerate(sentence):
            rest, length = sentence[index + 1 :], len(token.text.split())
            words += length
            strange += length if token.kind == "other" and token.value == "strange" else 0
            said.unread += [token.text] if token.value == "strange" and is_chinese(token.text) else []
            said.placings += token.kind == "place"
            negated &= not (token.kind == "and" and ends_refusal(sentence[:index], rest))
            if token.kind in ("break", "not"):
                negated = token.kind == "not" and not but_only(rest)
            elif token.kind == "thing":
                (said.refused if negated else said.things).setdefault(token.value, token.text)
            elif not negated:
                _mention(said, token, sentence[:index], rest)
    said.foreign = strange >= 2 and 2 * strange > words
    return said


def _mention(said: Mentions, token: Token, before: list[Token], rest: list[Token]) -> None:
    """Adds what a word speaks of that is no subject, and that nothing refuses."""
    kind, value, text = token.kind, token.value, token.text
    in_name = rest[:1] != [] and rest[0].kind == "noun"  # "glass" in "glass harmonica"
    said.unseen += [text] if value == "unseen" else []
    if kind == "noun" and not of_thing(rest):
        said.strangers.append(text)
    elif kind == "count" and value > 1 and (value <= MAX_PLACEMENTS or names_thing(rest)):  # else a year
        said.counts.append(value)
    elif kind in _LOOKS and not in_name:
        said.looks.append(value)
    elif kind == "background":
        said.backgrounds.setdefault(text, value)
    elif kind == "size" and not in_name:
        said.sizes.setdefault(text, value)
    elif kind == "varied":
        said.ways.setdefault(text, "varied")
    elif kind == "filler" and value in _WEATHER:
        said.weather.setdefault(text, value)
    elif kind == "place":
        said.sides.setdefault(text, value)
    elif kind in _WAYS and _joins(before, token, rest):
        said.ways.setdefault(text, value)


def _joins(before: list[Token], token: Token, rest: list[Token]) -> bool:
    """Whether a word for a relation joins things here: "in" the box, not "in" the corner or "in" red; nor a walrus."""
    named = [[one.kind for one in tokens if one.kind in NAMING] for tokens in (before[::-1], rest)]
    if token.kind != "arrangement" and any(kinds[:1] == ["noun"] for kinds in named):
        return False
    if token.kind in ("relation", "passive") and token.value not in _LOOSE:
        return bool(rest) and names_thing(rest)
    return token.value not in _LOOSE


def _heeded(word: str, told: set[str]) -> bool:
    """Whether what is told has a word, or one that may stand for it."""
    return word in told or any(word in alike and told & alike for alike in _ALIKE)


def _told(request: Request) -> set[str]:
    """The sides, relations and arrangements of a request."""
    told = {side for part in (*request.empty, request.background) for side in part.split("-")}
    for thing in request.things:
        told |= {*thing.place.split("-"), thing.arrangement, *thing.arrangement.split(" "), thing.size}
        told |= {f"{side} edge" for side in thing.place.split("-")}
        told |= {relation.word for relation in thing.relations}
        told |= {"left", "right", "center"} if thing.across is not None else set()
        told |= {"top", "bottom", "center"} if thing.down is not None else set()
        told |= {"top", "bottom", "left", "right"} if "diagonal" in thing.arrangement else set()
    colours = {(thing.subject, thing.colour) for thing in request.things if thing.colour}
    told |= {"varied"} if len({subject for subject, _ in colours}) < len(colours) else set()
    return told


def invented(prompt: str, request: Request) -> list[str]:
    """Subjects of a request that its prompt does not name, nor tells of; and unknown words that mean something here, or
    are but a piece of a name."""
    said = mentions(prompt)
    subjects_of = [thing.subject for thing in request.things if not _covered(thing.subject, said.told)]
    return subjects_of + [word for word in request.unknown if _is_heard(word.casefold(), said)]


def _is_heard(word: str, said: Mentions) -> bool:
    """Whether a word means something here, or is a piece of a name: 雁 of 大雁, "rocky" of a rocky cliff."""
    if word in said.nouns or word in said.heard:
        return word in said.heard
    return any(word in noun and not (noun.endswith(f" {word}") and is_noun(word)) for noun in said.nouns)


def with_ground(prompt: str, request: Request) -> Request:
    """A request with the one background that its prompt names, if it says none, or calls it unknown; a thinker may know
    fewer backgrounds than the words do."""
    named = mentions(prompt).backgrounds
    if len(set(named.values())) != 1 or NOTHING in named.values():
        return request
    (ground,) = set(named.values())
    words = {" ".join(phrase.casefold().split()[-n:]) for phrase in named for n in (1, 2, 3)}
    unknown = tuple(
        word for word in request.unknown
        if word.casefold() not in words and not (is_chinese(word) and any(word in phrase for phrase in named))
    )  # fmt: skip
    wider = request.background == "sea" and ground == "underwater"
    return replace(request, unknown=unknown, background=ground if wider else request.background or ground)


def without_pet_sizes(prompt: str, request: Request) -> Request:
    """A request in which nobody is small who is only called so, as a little girl is: more things are small than the
    prompt has words that say it."""
    said = mentions(prompt)
    small = [number for number, thing in enumerate(request.things) if thing.size == "small"]
    named = [n for n in small if said.things.get(request.things[n].subject, "").startswith(("小", "little "))]
    if len(small) <= list(said.sizes.values()).count("small"):
        return request
    things = (replace(thing, size="") if n in named else thing for n, thing in enumerate(request.things))
    return replace(request, things=tuple(things))


def hears(prompt: str, request: Request) -> bool:
    """Whether a request asks for something that its prompt names, and does not refuse."""
    said = mentions(prompt)
    wanted = said.told - (said.refused.keys() - said.things.keys())
    return any(_covered(thing.subject, wanted) for thing in request.things)


def missed(prompt: str, request: Request) -> list[str]:
    """Words of a prompt for things that are not in a request."""
    said, asked = mentions(prompt), {thing.subject for thing in request.things}
    return [
        words
        for subject, words in said.things.items()
        if not _covered(subject, asked) and subject not in request.absent and not _said_before(words, said, asked)
        and not (subject == "orange" and "orange" in {thing.colour for thing in request.things})
    ]  # fmt: skip


def doubts(prompt: str, request: Request) -> list[str]:
    """What a request does not seem to say as the prompt does, a sentence each; the gravest first."""
    said, asked = mentions(prompt), {thing.subject for thing in request.things}
    found = [f"the plan has no {words[:60]}, which the prompt seems to ask for" for words in missed(prompt, request)]
    if said.foreign:
        found.insert(0, "most words of the prompt mean nothing here, which understands English and Chinese")
    named, new = {*said.things, *said.refused}, invented(prompt, request)
    for subject in (thing.subject for thing in request.things):
        if not _covered(subject, named):
            heard = "does not name" if subject in new else "only tells of"
            found.append(f"the plan has {article(subject)} {subject}, which the prompt {heard}")
    for subject, words in said.refused.items():
        if subject in asked and subject not in said.things:
            found.append(f"the plan has {words[:60]}, which the prompt seems not to want")
    unknown = " ".join(request.unknown).casefold()
    for word in dict.fromkeys(said.strangers):
        if word.casefold() not in unknown and not any(name.casefold() in word.casefold() for name in request.unknown):
            found.append(f"the plan leaves out {shorten(word)}")
    total, counts = Counter[str](), set[int]()
    for thing in request.things:
        total[thing.subject] += thing.count
        counts |= {thing.count, 2 * thing.count, thing.count // 2, *(thing.rows_and_columns or ())}
        counts |= {relation.times for relation in thing.relations}
    counts |= set(total.values())
    found += [f"nothing in the plan is {number} times there" for number in said.counts if number not in counts]
    looks = {word for thing in request.things for word in thing.look.values()} | {request.background}
    found += [f"nothing in the plan is {look}" for look in dict.fromkeys(said.looks) if look not in looks]
    told = _told(request)
    lost = [words for words, sides in said.sides.items() if not all(_heeded(side, told) for side in sides)]
    lost += [words for words, size in said.sizes.items() if not _heeded(size, told)]
    lost += [words for words, way in said.ways.items() if not _heeded(way, told)]
    found += [f"the plan does not seem to heed {shorten(words)}" for words in lost]
    if said.backgrounds and request.background not in said.backgrounds.values():
        word = next(iter(said.backgrounds))
        found.append(f"the background of the plan is {request.background or 'open'}, the prompt says {shorten(word)}")
    elif request.background and not said.backgrounds and request.background not in {*said.looks, *COLOURS}:
        found.append(f"the plan's background is {request.background}, of which the prompt does not speak")
    found += [
        f"{shorten(words)} is not drawn"
        for words, weather in said.weather.items()
        if not (asked & {*_WEATHER[weather]} or (weather == "low sun" and request.background in {*COLOURS, "night"}))
    ]
    found += [f"the plan leaves out {shorten(words)}" for words in dict.fromkeys(said.unseen)]
    if (loose := _loose(request)) is not None:
        found.append(f"nothing is said of where the {request.name(loose)} is, unlike of what is around it")
    return [*found, *_unsure(said, request)] if is_chinese("".join(said.unread or said.things.values())) else found


def _unsure(said: Mentions, request: Request) -> list[str]:
    """What makes a request of Chinese words doubtful as a whole: on prompts that people wrote, four of five such
    requests are wrong somewhere."""
    found = []
    alike = Counter((thing.subject, thing.size, thing.place, *thing.look.items()) for thing in request.things)
    if twice := next((subject for (subject, *_), number in alike.items() if number > 1), ""):
        found.append(f"the plan has the {twice} twice, and nothing tells the one from the other")
    for thing in request.things:
        deed = next((relation.word for relation in thing.relations if relation.word in ACTIONS), "")
        if deed and group_of(thing.subject) in _THINGS:
            found.append(f"the {thing.subject} of the plan seems to be {deed} something, which somebody else may do")
            break
    if sum(map(len, said.unread)) >= UNREAD:
        found.append(f"much of the prompt is not understood, such as {shorten(max(said.unread, key=len))}")
    if said.placings - len(request.empty) - sum(bool(thing.place) for thing in request.things) >= 2:
        found.append("the prompt names more places than the plan heeds")
    if len(request.things) >= MANY:
        found.append(f"the plan has {len(request.things)} kinds of things; so much in one prompt is often misread")
    return found


def _said_before(words: str, said: Mentions, asked: set[str]) -> bool:
    """Whether a Chinese noun stands for one that is asked for by a longer name: 椅子 for 扶手椅."""
    longer = [other for subject, other in said.things.items() if subject in asked and other != words]
    return is_chinese(words) and any(other.removesuffix("子").endswith(core(words)) for other in longer)


def _loose(request: Request) -> int | None:
    """A thing that has no place and no relation, where most others have one: what relates it may have been missed."""
    related = {number for thing in request.things for relation in thing.relations for number in relation.of}
    loose = [
        number
        for number, thing in enumerate(request.things)
        if number not in related and not (thing.relations or thing.place or thing.arrangement)
        and thing.across is None and thing.down is None
    ]  # fmt: skip
    return loose[0] if loose and len(loose) < len(request.things) - 1 else None


def _covered(subject: str, others: Collection[str]) -> bool:
    """Whether a subject is among others, or what is drawn in its place."""
    entry = subjects().get(subject)
    if subject in others or (entry is not None and entry.instead in others):
        return True
    return any(subjects()[other].instead == subject for other in others if other in subjects())
