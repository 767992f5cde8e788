"""Wholes: phrases of prompts that are read by a pattern, since their words combine freely: grids, fractions, corners,
edges, diagonals, sizes by letters, labels of forms.

Knows the shapes of phrases. Knows nothing about sentences.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10, "one": 1,
           "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "a": 1,
           "half": 1}  # fmt: skip
_NUMBER = r"(\d{1,2}|" + "|".join(sorted(_DIGITS, key=len, reverse=True)) + ")"
_SHARE = (
    r"(?:(?:about |roughly |around )?(half|one half|halfway|half way|(?:a|one|two) thirds?|(?:a|one|three) quarters?|"
    r"\d{1,3} ?(?:%|percent|per cent)))"
)
_ROW = {"top": "top", "upper": "top", "uppermost": "top", "topmost": "top", "bottom": "bottom", "lower": "bottom",
        "lowest": "bottom", "bottommost": "bottom", "上": "top", "顶": "top", "下": "bottom", "底": "bottom"}  # fmt: skip
_COLUMN = {"left": "left", "right": "right", "左": "left", "右": "right"}
_SIDES = {**_ROW, **_COLUMN}
_V, _H = "(top|upper|uppermost|topmost|bottom|lower|lowest|bottommost)", "(left|right)(?:[- ]hand)?"
_PART = r"(?: (?:hand )?(?:corner|side|part|area|quarter|quadrant|section|region|portion|third|half|bit|end))?"
_CORNER = rf"{_V}[- ]?{_H}(?: corner)?"
_PICTURE = r"(?: of (?:the |my |your )?(?:picture|page|canvas|image|frame|sheet|paper|scene|drawing|screen))?"
_WHERE = ("左上", "左下", "右上", "右下", "上左", "下左", "上右", "下右")
_ZH_CORNER = "(" + "|".join(_WHERE) + ")(?:角|方|边)?"
_FIELDS = (
    "subject|object|item|thing|what|who|position|place|placement|location|where|size|colou?r|count|number|quantity|amount|"
    "qty|style|主体|对象|物体|物品|主题|内容|数量|个数|位置|地点|方位|尺寸|大小|颜色|色彩|风格|要求"
)  # fmt: skip

Value = Any


def _number(word: str) -> int:
    return _DIGITS.get(word) or int(word)


def _sides(match: re.Match[str]) -> tuple[str, ...]:
    """The sides that a match names, rows first."""
    named = [_SIDES[group] for group in match.groups() if group in _SIDES]
    return tuple(dict.fromkeys(sorted(named, key=("top", "bottom", "left", "right").index)))


def _corner_sides(match: re.Match[str]) -> tuple[str, ...]:
    found = "".join(group for group in match.groups() if group)
    return tuple(dict.fromkeys(_SIDES[character] for character in sorted(found, key="上下左右".index)))


def _edge(match: re.Match[str]) -> str:
    return f"{_sides(match)[0]} edge"


def _grid(match: re.Match[str]) -> tuple[int, int]:
    rows, columns = (_number(group) for group in match.groups() if group)
    return rows, columns


def _turned_grid(match: re.Match[str]) -> tuple[int, int]:
    columns, rows = _grid(match)
    return rows, columns


def _diagonal(match: re.Match[str]) -> str:
    """From which corner to which: "rising" is between the bottom left and the top right."""
    start = "".join(group for group in match.groups()[: len(match.groups()) // 2] if group)
    top, left = any(word in start for word in ("top", "upper", "上")), any(word in start for word in ("left", "左"))
    return "diagonal" if top == left else "rising diagonal"


def _fraction(match: re.Match[str]) -> tuple[str, int]:
    """The axis, "across" or "down", and percent from the left or the top."""
    share, direction = match[1], match[2].removeprefix("in ")
    axis = "down" if direction in ("down", "up", "from the top", "from the bottom") else "across"
    percent = _english_share(share)
    return axis, 100 - percent if direction in ("up", "from the bottom", "from the right") else percent


def _chinese_fraction(match: re.Match[str]) -> tuple[str, int]:
    direction, percent = match[1], _chinese_share(match[2])
    axis = "down" if direction[0] in "上下" else "across"
    return axis, 100 - percent if direction[0] in "下右" else percent


def _english_share(text: str) -> int:
    if text[0].isdigit():
        return min(100, int(re.match(r"\d+", text)[0]))  # type: ignore[index]
    number = 2 if text.startswith("two") else 3 if text.startswith("three") else 1
    return 50 if "half" in text else round(100 * number / (3 if "third" in text else 4))


def _chinese_share(text: str) -> int:
    if text == "一半":
        return 50
    if text.startswith("百分之"):
        return 10 * _DIGITS[text[3]]
    return round(100 * _DIGITS[text[3]] / _DIGITS[text[0]])


def _tens(match: re.Match[str]) -> int:
    tens, _, ones = match.group().partition("十")
    return 10 * _DIGITS.get(tens, 1) + _DIGITS.get(ones, 0)


_LETTERS = {"xs": "small", "s": "small", "m": "medium", "l": "large", "xl": "huge", "xxl": "huge"}
_ZH_COLOURS = {"红": "red", "黄": "yellow", "绿": "green", "蓝": "blue", "白": "white", "黑": "black", "灰": "gray",
               "紫": "purple", "粉": "pink", "橙": "orange", "金": "gold"}  # fmt: skip
_ALL_OF = r"(?:takes?|taking|fills?|filling|occup(?:ies|ying)|covers?|covering|dominat(?:es|ing))(?: up)?"
_MOST = r"(?:most|almost all|nearly all|practically all|the majority|nearly the whole|almost the whole|nearly the entire|almost the entire|two thirds|three quarters)"
_ANY_PICTURE = r"(?: of)?(?: (?:the|my|your))?(?: (?:picture|page|canvas|image|frame|sheet|scene|space|screen))"

# kind, pattern, and the value of a match; of two that begin at one place the longer one counts
_PATTERNS: tuple[tuple[str, str, Callable[[re.Match[str]], Value]], ...] = (
    ("grid", rf"\b{_NUMBER}[ -]?(?:by|x|×|\*)[ -]?{_NUMBER}(?= grid| array| matrix|\b(?! ?\w* ?of the))(?: grid)?", _grid),
    ("grid", rf"\b{_NUMBER} rows?,? (?:of|with|and|by|x|×|by) {_NUMBER}(?: columns?)?(?: each)?\b", _grid),
    ("grid", rf"\b{_NUMBER} columns?,? (?:of|with|and|by|x|×) {_NUMBER}(?: rows?)?(?: each)?\b", _turned_grid),
    ("grid", rf"{_NUMBER} ?[行排] ?[×xX*,，乘]? ?{_NUMBER} ?列", _grid),
    ("grid", rf"{_NUMBER}列[,，]?{_NUMBER}[行排]", _turned_grid),
    ("grid", rf"(?:共|分成|分|摆成|排成|摆|站成)?{_NUMBER}[行排][,，]?(?:每[行排]|各){_NUMBER}[个只条朵棵颗辆匹头把本块支枚张座盏件顶]?", _grid),
    ("fraction", rf"{_SHARE} (?:of the way |of the height |of the width )?(down|up|across|along from the left|"
     r"(?:in )?from the (?:top|bottom|left|right))\b(?! edge)", _fraction),
    ("fraction", r"从(上往下|下往上|左往右|右往左|上到下|左到右|左向右|上向下)(?:数)?的?(?:大约|大概|约)?"
     r"(三分之[一二]|四分之[一二三]|五分之[一二三四]|一半|百分之[一二三四五六七八九]十)(?:处|的地方|的位置|位置)?", _chinese_fraction),
    ("fraction", r"从(左|右|上|下)(?:[边面]|[往到向][左右上下])?(?:数|起|算|量)?[,，]?(?:画面|整幅|图)?的?(?:大约|大概|约)?"
     r"(三分之[一二]|四分之[一二三]|五分之[一二三四]|一半|百分之[一二三四五六七八九]十)(?:处|的地方|的位置|位置|那儿)?", _chinese_fraction),
    ("share", r"(\d{1,3}) ?(?:%|percent) of the (width|height)",
     lambda match: ("across" if match[2] == "width" else "down", min(100, int(match[1])))),
    ("place", rf"\b(?:far |extreme |very |most )*{_V}(?:[- ]|, | and ){_H}{_PART}\b(?!-)", _sides),
    ("place", rf"\b(?:far |extreme |very )*{_H}[- ]{_V}{_PART}\b", _sides),
    ("place", rf"\b{_V} (?:corner|edge|part|end) (?:on|to|at|towards?|of) the {_H}(?: side)?{_PICTURE}\b", _sides),
    ("place", rf"\b(?:high up|up high|way up|way up high|high|up) (?:on|at|to|towards?|in) the {_H}(?: side)?\b(?! of)",
     lambda match: ("top", _SIDES[match[1]])),
    ("place", rf"\b(?:low down|down low|way down|low|down) (?:on|at|to|towards?|in) the {_H}(?: side)?\b(?! of)",
     lambda match: ("bottom", _SIDES[match[1]])),
    ("place", r"\b(nw|ne|sw|se)\b(?: corner| quadrant)?",
     lambda match: ("top" if match[1][0] == "n" else "bottom", "left" if match[1][1] == "w" else "right")),
    ("arrangement", rf"\b(?:along|down|up|across|at|on|by|against|hugging|lining|near) (?:the )?(?:very |whole |entire "
     rf"|full )*(?:length of the )?(?:{_V}|{_H})(?: side)? (?:edge|margin|border|rim|boundary|frame){_PICTURE}\b", _edge),
    ("arrangement", rf"\b(?:along|down|up|lining) the (?:very |whole |entire |full )*{_H} side{_PICTURE}\b(?! of)", _edge),
    ("arrangement", r"(?:沿着?|顺着|靠着?|贴着|挨着)(?:画面|图片|图|画布|纸)?的?最?([上下左右顶底])(?:方|侧|面|部)?(?:边缘|边沿|边框|边|缘|沿)", _edge),
    ("arrangement", rf"\bfrom (?:the )?{_CORNER} (?:up |down |across |over |all the way )*(?:to|towards|into) (?:the )?"
     rf"{_CORNER}\b", _diagonal),
    ("arrangement", rf"(?:从|由|自|打){_ZH_CORNER}(?:一直|斜着|斜|开始)*(?:往|到|向|至|朝){_ZH_CORNER}", _diagonal),
    ("arrangement", r"\b(?:in|into|at|on|to)? ?(?:each|every|all)(?: one)?(?: of)?(?: the)?(?: four)? corners?\b" + _PICTURE,
     lambda match: "corners"),
    ("place", rf"\b(?:in|at) the (?:very |exact |dead )?(?:middle|cent(?:er|re)){_PICTURE[:-1]}\b", lambda match: ("center",)),
    ("filler", r"(?<!the )(?<!to )(?<!hand )(?<!on )\bright(?= (?:in|at|on|next|under|above|behind|beside|by|below|over|there|"
     r"here|now|up|down|smack|into|after)\b)", lambda match: None),
    ("instead", r"\bmake (?:it|that|them)(?= (?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d))",
     lambda match: None),
    ("arrangement", r"(?:一个?角|每个?角落?|四个?角落?)(?:各|里各|上各|放|各放|都放|都有)?一[\u4e00-\u9fff]", lambda match: "corners"),
    ("place", r"在([上下])(?=[,，。;；、\s]|$)", lambda match: (_SIDES[match[1]],)),
    ("size", r"(?:尺寸|大小|尺码):? ?(xs|s|m|l|xl|xxl)(?![a-z])", lambda match: _LETTERS[match[1]]),
    ("arrangement", r"一([\u4e00-\u9fff])(?:摞|叠|压)(?:着)?一\1", lambda match: "column"),
    ("row of", r"一(?:溜|长排|横排|长溜)儿?(?=[\u4e00-\u9fff])", lambda match: "row"),
    ("row of", r"一竖排(?=[\u4e00-\u9fff])", lambda match: "column"),
    ("size", r"\bsize:? ?(xs|s|m|l|xl|xxl)\b", lambda match: _LETTERS[match[1]]),
    ("size", rf"\b(?:that |which )?{_ALL_OF} {_MOST}{_ANY_PICTURE}", lambda match: "huge"),
    ("size", rf"\b(?:that |which )?{_ALL_OF} half{_ANY_PICTURE}", lambda match: "large"),
    ("size", rf"\b(?:that |which )?{_ALL_OF} (?:all|the whole|the entire|the full){_ANY_PICTURE}", lambda match: "full"),
    ("size", r"占(?:了|据|据了)?(?:大半|大部分|多半|大半个|绝大部分)(?:个)?(?:画面|图|页面|屏幕|画布)", lambda match: "huge"),
    ("size", r"占(?:了|据|据了)?(?:一半|半个|半边)(?:的)?(?:画面|图|页面|屏幕|画布)", lambda match: "large"),
    ("size", r"(?:占满|撑满|填满|充满)(?:了|整个|整张|整幅)*(?:画面|图|页面|屏幕|画布|纸)", lambda match: "full"),
    ("colour", r"([红黄绿蓝白黑灰紫粉橙金])(?:([\u4e00-\u9fff])\2|不溜秋|不拉几|扑扑|\1)的?",
     lambda match: _ZH_COLOURS[match[1]]),
    ("filler", r"(?m)^ *(?:fig(?:ure)?|photo|plate|image|picture|插?图片?|照片|题图|配图)\.? ?(?:\d{1,3}|[一二三四五六七八九十])(?: ?[:.：、]|(?=\s))",
     lambda match: None),
    ("filler", rf"(?<![^\W\d_])(?:{_FIELDS}) ?[:：=](?!\w*//)", lambda match: None),
    ("backdrop", r"(?<![^\W\d_])(?:background|backdrop|bg|背景|底色) ?[:：=]", lambda match: None),
    ("filler", r"\((?:[^()]{0,20}\b)?(?:1\d|20)\d\d\b[^()]{0,12}\)|（[^（）]{0,12}(?:1\d|20)\d\d年?[^（）]{0,8}）",
     lambda match: None),
    ("filler", r"(?<!\d)(?:1\d|20)\d\d(?:s\b|年(?:代)?|\b)(?! ?[a-z])", lambda match: None),
    ("filler", r"(?:像|好像|如|如同|跟|和)[\u4e00-\u9fff]{1,5}(?:一样|似的|一般|般)(?=[红黄绿蓝白黑灰紫粉橙金])", lambda match: None),
    ("filler", r"(?m)(?:^|(?<=[。！!\n]))[\u4e00-\u9fff]{0,6}(?:海报|插图|插画|素材|封面|贺卡|邀请卡|请柬|图标|壁纸|现场|题图)[:：，,]", lambda match: None),
    ("filler", r"[\d一二三四五六七八九十百]{1,3}周?岁(?:的)?|\b\d{1,2}[- ]years?[- ]old\b", lambda match: None),
    ("relates to it", r"(?<![\u4e00-\u9fff])(?:左右(?:两边|两侧|两旁)?(?:各|分别)(?:有|放|来|摆|站|挂|画|是)?|(?:两边|两侧|两旁)(?:各|分别)(?:有|放|来|摆|站|挂|画|是)?)", lambda match: "on either side of"),
    ("grid", rf"{_NUMBER}乘以?{_NUMBER}(?:的)?(?:方阵|网格|矩阵|格子|阵列)?", _grid),
    ("row of", r"一整?[排列行](?=[\u4e00-\u9fff])(?!每|各)", lambda match: "row"),
    ("large and small", r"一[大小高矮]一[大小高矮](?=[两2])", lambda match: None),
    ("count", r"[二三四五六七八九]?十[一二三四五六七八九]?(?![\d分])", _tens),
    ("filler", r"[\d一二三四五六七八九十百两几]{1,4}(?:年|天|小时|分钟|个?月(?!亮|饼|季|球|牙|光|台)|周|块钱|元|米|公里|厘米|斤)(?:级)?", lambda match: None),
    ("backdrop", r"(?:后面|背后|后边)(?:铺满|涂满|涂成|刷成|刷上|铺上|(?:全是|都是|是)(?=[红黄绿蓝白黑灰紫粉橙金]))", lambda match: None),
    ("topic", r"->|=>|→|⇒|-->|[:：]| [-–—] ", lambda match: None),
    ("as many", r"\b(?:exactly |just )?(twice|two times|double|three times|thrice|four times|half) as many(?= )|\bas many(?= )",
     lambda match: {"three": 3.0, "thrice": 3.0, "four": 4.0, "half": 0.5, "": 1.0}.get((match[1] or "").split(" ")[0], 2.0)),
)  # fmt: skip
_COMPILED = tuple((kind, re.compile(pattern), value) for kind, pattern, value in _PATTERNS)


def wholes(text: str) -> dict[int, tuple[int, str, Value]]:
    """The phrases in a text in lower case, by where they begin: where they end, their kinds and their values; those
    inside others left out."""
    found = sorted(_found(text), key=lambda one: (one[0], -one[1]))
    kept: dict[int, tuple[int, str, Value]] = {}
    reached = 0
    for start, end, kind, value in found:
        if start >= reached:
            kept[start] = end, kind, value
            reached = end
    return kept


def _found(text: str) -> Iterator[tuple[int, int, str, Value]]:
    for kind, pattern, value in _COMPILED:
        for match in pattern.finditer(text):
            space = len(match.group()) - len(match.group().lstrip())
            yield match.start() + space, match.end(), kind, value(match)
