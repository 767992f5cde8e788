"""Naming: names of things and backgrounds as models write them -> subjects and backgrounds of a plan.

Knows English and a little Chinese. Knows nothing about boxes or JSON.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from tiledraw.language.attributes import SCENERY
from tiledraw.language.boxes import PlanError
from tiledraw.language.nouns import is_chinese, names
from tiledraw.language.plan import FULL, Placement
from tiledraw.language.subjects import subjects

_MOST_NAME = 48  # characters
_ARTICLE = re.compile(
    r"^(?:(?:an?|the|some|one|two|three|four|five|six|several|many|another|this|that|its?|his|her|their|numerous"
    r"|multiple)\s+)+(?=\S)"
)
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|<[^<>]*>|（[^（）]*）")
_OTHER = re.compile(r"\s*(?:/|\bor\b|\band\b|,|;|:|\||\.|=|&|\+|—|–| - ).*", re.DOTALL)
# Where the noun of a long name has ended.
_ENDS = {
    "on", "in", "at", "of", "with", "under", "behind", "beside", "near", "over", "above", "below", "by", "from", "into",
    "onto", "inside", "outside", "between", "against", "along", "across", "around", "for", "to", "as", "while", "that",
    "which", "who", "whose", "where", "wearing", "sitting", "standing", "lying", "holding", "looking", "running",
    "walking", "riding", "facing", "hanging", "resting", "leaning", "flying", "playing", "eating", "sleeping",
    "carrying", "covered", "made", "seen", "visible", "partially", "stands", "sits", "lies", "is", "are", "has",
    "hangs", "grows", "appears", "occupies", "located",
}  # fmt: skip
_GROUP = re.compile(  # of things, which are meant
    r"^(?:[^\W\d_]+ ){0,3}?(?:bunch|piece|slice|pair|group|row|stack|pile|set|herd|flock|part|number|couple|cluster|bit"
    r"|patch|strip|drawing|picture|image|photo|silhouette|outline) of (?=\S)"
)
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_DIGIT = re.compile(r"(?:(?:hand-?written )?(?:digit|number|numeral) )?(\d)")
_MEASURED = re.compile(r"^[一二两三四五几数这那]?(?:[只个条张匹头棵座辆朵片块位名些]|一些)(?=.)")

# What lies behind, in words that a plan has: grays, and sceneries.
BACKGROUNDS = ("white", "light gray", "gray", "dark gray", "black", *SCENERY)
# Other words for them, in the order in which they count.
_BACKGROUNDS = {
    "forest": "forest woods woodland jungle 森林 树林",
    "street": "street sidewalk 街",
    "underwater": "underwater seabed reef 海底 水下",
    "sunset": "sunset sunrise dusk 日落 夕阳",
    "night": "night nighttime stars starry moon moonlit 夜 星",
    "snow": "snow snowy ice icy 雪",
    "desert": "desert dune dunes 沙漠",
    "beach": "beach sand sandy shore coast 沙 滩",
    "sea": "sea ocean water lake river pool pond 海 水 湖 河",
    "hills": "hill hills mountain mountains 山",
    "grass": "grass lawn field meadow trees garden park nature outdoor outdoors 草 树 公园",
    "room": "room indoor indoors kitchen office floor wall table wood wooden carpet 室 屋 墙 桌",
    "black": "black 黑",
    "dark gray": "dark dim shadow shadows shadowy darkness 暗 深",
    "light gray": "light bright pale beige cream ivory overexposed gradient fading vignette sky skies cloud clouds "
    "cloudy horizon 浅 亮 明 渐变 天空 云",
    "white": "white blank plain empty none paper transparent 白 空",
    "gray": "gray grey neutral medium mid concrete road stone blurred blurry bokeh city urban brown blue green 灰 路",
}


def subject_of(name: str) -> str:
    """A name as plans write it; empty if it names nothing. "A hot_dog 2" is "hot dog"; of a long one only the noun is
    kept: "a large brown dog that sits on the grass" is "dog"."""
    plain = unicodedata.normalize("NFKC", name[:400]).replace("_", " ").lower()
    plain = " ".join(_ASIDE.sub(" ", plain).strip().strip("*`\"'“”‘’#-•·").split())
    if match := _DIGIT.fullmatch(plain):
        return f"digit {_DIGITS[int(match[1])]}"
    plain = _bare(_GROUP.sub("", _bare(plain)))
    if not is_subject(plain):
        plain = _bare(_OTHER.sub("", plain))
    if is_chinese(plain):
        plain = _MEASURED.sub("", plain.rpartition("的")[2] if len(plain) > 8 else plain)
    elif not is_subject(plain):
        plain = _noun(plain)
    return plain if is_subject(plain) else ""


def _bare(name: str) -> str:
    """Without articles, numbers and marks around it."""
    return _ARTICLE.sub("", name.strip("0123456789#.,;:!?*`\"' -")).strip("0123456789#.,;:!?*`\"' -")


def _noun(name: str) -> str:
    """The noun of a long name, of two words where it is known as one."""
    words = re.findall(r"[^\W\d_]+(?:['-][^\W\d_]+)*", name)
    end = next((place for place, word in enumerate(words) if place and word in _ENDS), len(words))
    pair = " ".join(words[max(0, end - 2) : end])
    return pair if pair in _pairs() else pair.rpartition(" ")[2]


@cache
def _pairs() -> frozenset[str]:
    """Nouns of two words: hot dog, fire hydrant."""
    known = (name for subject in subjects() for name in names(subject, "en"))
    return frozenset(name for name in known if name.count(" ") == 1)


def is_subject(name: str) -> bool:
    """Whether a plan can name a thing so."""
    try:
        Placement(name, FULL)
    except PlanError:
        return False
    return len(name) <= _MOST_NAME


def background_of(text: str) -> str:
    """The background that a plan has in other words; empty if none of them tells."""
    plain = " ".join(unicodedata.normalize("NFKC", text[:400]).lower().replace("_", " ").split())
    if plain in BACKGROUNDS:
        return plain
    words = set(re.findall(r"[^\W\d_]+", plain))
    for kind, known in _BACKGROUNDS.items():
        if any(word in plain if is_chinese(word) else word in words for word in known.split()):
            return "light gray" if kind == "white" and "off" in words else kind
    return ""
