"""The lexicon of the rules planner: what phrases of English and Chinese prompts mean, one by one.

Knows words. Knows nothing about how they join to sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from tiledraw.language.first import wording
from tiledraw.language.nouns import COUNTED_BY, MEASURES, names, plural, unknowns
from tiledraw.language.subjects import subjects as all_subjects

_TAIL = r"['’](?:s|d|m|ll|re|ve|t)\b"
_WORD = r"[^\W\d_\u4e00-\u9fff]+"
PIECE = re.compile(rf"{_TAIL}|{_WORD}?(?={_TAIL})|{_WORD}|\d+|[\u4e00-\u9fff]|[^\w\s-]")
_FILLERS = """
    this that these those my our your his her some any no not very really quite rather so too just only also both
    all i i'd you we he she they me us is are was were be been being am do does did have has had will would could
    can may might must shall should let lets want wants wanted like likes need needs wish love see look looks
    looking please kindly thanks thank hello hi hey dear ok okay now here there which who where what when while
    because as if or but in at to from for into onto inside within around across along by near behind front between
    out up down off away against together each other another same different own about draw draws drawn paint painted
    painting painter sketch sketched sketching show shows shown showing make makes making made create creates
    creating created generate generated generating render give gives get put puts place placed places placing add
    adds set sits sit stands stand sitting standing lying lies located positioned contain contains containing
    featuring include includes including depict depicting try icon background backdrop side sides edge edges hand
    part parts area region section half border quarter spot position thing things something kind type 'd 'm 'll 're
    've 't style using use s exactly directly right-hand approximately somewhere far close slightly bit well maybe
    then first second third finally at-least size sized hanging floating flying running walking playing smiling
    produce compose design display illustrate craft exact how help nothing else wearing holding riding eating
    sleeping ground
    请 请你 帮 帮我 帮忙 给 给我 为 我 你 您 他 她 我们 想 想要 要 想看 看 看到 希望 需要 喜欢 麻烦 麻烦你 劳驾 可以
    能 能不能 可不可以 能否 吗 吧 呢 啊 呀 哦 了 过 谢谢 多谢 你好 画 画画 画出 画一画 绘制 绘画 描绘 生成 创建 创作
    制作 做 来 放 放在 摆 加 添加 加上 画在 把 将 让 使 有 是 在 位于 处 处于 里 里面 内 中 上 下 也 都 就 还 又 很
    非常 一下 出 到 去 用 以 背景 底色 颜色 色 画儿 作品 分别 一起 它们 其中 位置 地方 边缘 靠近 挨着 之间 的 地 得
    坐 站 躺 飞 跑 站着 坐着 样子 东西 一副画 展示 显示 展现 拜托 现在 试着 会
"""
_QUALITIES = """
    nice beautiful lovely simple cute happy funny pretty good great new old young red blue green yellow pink purple
    brown black white gray grey colorful bright dark light plain solid color colored colour coloured
    可爱 可爱的 漂亮 漂亮的 美丽 美丽的 好看 红 红色 黄 黄色 蓝 蓝色 绿 绿色 黑 黑色 白 白色 紫 紫色 粉 粉色 粉红 灰
    灰色 棕色 金色 银色 橙色 红色的 这 那 这个 那个
"""
_CANVAS = """picture pictures image images photo photograph portrait cartoon doodle art canvas page paper scene
    illustration drawing frame sheet corner corners 图 图片 图画 图像 画面 画布 纸 场景 角落 角"""
_BREAKS = """, ; . : ! ? | / \\ & + and with plus then while where whereas but or
    、 和 与 跟 及 以及 还有 再 然后 接着 另外 并且 并 同时 而 或 。"""
_RELATIONS = {
    "left of": "leftwards of",
    "right of": "rightwards of",
    "above": "above|over|on top of|atop|atop of|higher than",
    "below": "below|under|beneath|underneath|lower than",
    "beside": "next to|beside|besides|near|close to|alongside|by the side of",
}
_PLACES = {
    "left": "left|leftmost|lefthand|left-hand|left hand",
    "right": "right|rightmost|righthand|right-hand|right hand|the right in the|the right at the",
    "top": "top|upper|uppermost|topmost|on top",
    "bottom": "bottom|lower|lowest|bottommost",
    "center": "center|centre|middle|central|centered|centred|centrally|right in the middle|right in the center",
}
_CHINESE_PLACES = {"left": "左", "right": "右", "top": "上", "bottom": "下"}
_COUNTS = {
    1: "one single 一",
    2: "two couple 二 两 俩 双",
    3: "three few several 三 几 一些 些 若干",
    4: "four 四",
    5: "five 五",
    6: "six 六",
    7: "seven 七",
    8: "eight 八",
    9: "nine 九",
    10: "ten 十",
    11: "eleven 十一",
    12: "twelve dozen 十二",
    13: "thirteen 十三",
    14: "fourteen 十四",
    15: "fifteen 十五",
    16: "sixteen 十六",
    20: "twenty 二十",
}
_MORE_SIZES = {
    "small": "smaller|smallish|wee|miniature|mini|小的|很小|较小的|微小的|迷你",
    "medium": "normal-sized|average-sized|average|regular-sized|medium sized|中等|中等大小|中型|适中的|普通大小的",
    "large": "bigger|larger|大的|很大|较大的|大号的",
    "huge": "massive|immense|colossal|very large|very big|巨大|超大|特大|庞大的|极大的|超级大的|巨型",
}
_MORE_BACKGROUNDS = {
    "white": "blank background|white backdrop|白色底|白纸|纯白背景",
    "light": "light backdrop|light grey background|light gray|light grey|浅灰背景|亮色背景|浅色",
    "gray": "grey backdrop|gray backdrop|medium gray background|灰色底|中灰背景",
    "dark": "black background|dark backdrop|on black|dark gray background|dark grey background|黑底|黑背景|深灰色背景",
    "gradient": "gradient backdrop|shaded background|渐变|渐变底|渐变色",
    "sky": "sky|in the sky|blue sky|under the sky|sky over ground|outside|天空|蓝天|天空下|在天空中|户外",
    "night": "night|in the night|by night|night scene|starry sky|under the stars|夜空|夜晚|晚上|夜里|夜景|星空|夜色",
}


def pieces(text: str) -> tuple[str, ...]:
    return tuple(PIECE.findall(text.casefold()))


@cache
def lexicon() -> dict[tuple[str, ...], tuple[str, Any]]:
    """What each phrase means: pieces -> kind and value. Later entries win over earlier ones."""
    entries: dict[str, tuple[str, Any]] = {word: ("filler", None) for word in _FILLERS.split()}
    entries |= {word: ("quality", None) for word in _QUALITIES.split()}
    entries |= {word: ("canvas", None) for word in _CANVAS.split()}
    entries |= {word: ("unknown", None) for language in ("en", "zh") for word in unknowns(language)}
    entries |= {word: ("break", None) for word in _BREAKS.split()}
    entries |= {word: ("measure", None) for word in MEASURES}
    entries |= {word: ("it", None) for word in ("it", "its", "them", "their", "它", "它们")}
    entries |= {"of": ("of", None), "的": ("gen", None), "'s": ("gen", None), "a": ("one", None), "an": ("one", None)}
    entries |= {"the": ("the", None), "pair": ("pair", None), "pairs": ("pair", None), "对": ("pair", None)}
    entries |= {
        word: ("filler", None) for counter in COUNTED_BY.values() for word in (f"{counter} of", f"{plural(counter)} of")
    }
    entries |= {"pair of": ("pair", None), "pairs of": ("pair", None), "couple of": ("count", 2)}
    for count, words in _COUNTS.items():
        entries |= {word: ("count", count) for word in words.split()}
    entries |= {"some": ("some", None), "on": ("on", None)}
    for tables in (wording.SIZE_WORDS["en"], wording.SIZE_WORDS["zh"], _MORE_SIZES):
        for size, words in tables.items():
            entries |= {word: ("size", size) for word in words.split("|")}
    for place, words in _PLACES.items():
        entries |= {word: ("place", (place,)) for word in words.split("|")}
    entries |= dict(_chinese_places())
    for relation, words in _RELATIONS.items():
        entries |= {word: ("relation", relation) for word in words.split("|")}
    entries |= {word: ("beside", None) for word in ("旁边", "旁", "身边", "边上", "附近", "隔壁")}
    for tables in (wording.BACKGROUND_WORDS["en"], wording.BACKGROUND_WORDS["zh"], _MORE_BACKGROUNDS):
        for background, words in tables.items():
            for word in words.split("|"):
                entries[word] = ("background", background)
                bare = re.sub(r"^(on|with|against|at|under)( a| the)? ", "", word)
                if " " in bare:
                    entries[bare] = ("background", background)
    chinese = {name for subject in all_subjects() for name in names(subject, "zh")}
    for subject, entry in all_subjects().items():
        entries[entry.glyph] = ("thing", (subject, False))
        for name in names(subject, "zh"):
            entries[name] = ("thing", (subject, False))
            small = f"小{name}"  # a small owl, 小猫头鹰, is no kitten, 小猫
            if any(small[:length] in chinese for length in range(1, len(small) + 1)):
                entries.setdefault(small, ("thing", (subject, False)))
            if f"画{name[0]}" in entries:  # draw bread, 画面包, is no picture, 画面
                entries.setdefault(f"画{name}", ("thing", (subject, False)))
        english = names(subject, "en")
        entries |= {plural(name): ("thing", (subject, True)) for name in english}
        entries |= {name: ("thing", (subject, False)) for name in english}  # "gloves" is a pair, though of a "glove"
    return {pieces(phrase): entry for phrase, entry in entries.items()}


def _chinese_places() -> Iterator[tuple[str, tuple[str, Any]]]:
    """左上角, 左边, 最上面, 顶部, 正中间 and so on."""
    for name, char in _CHINESE_PLACES.items():
        for end in ("边", "侧", "面", "方", "部", "端", "头", "半边", "手边", "半部分", "边缘"):
            for start in ("", "最", "正"):
                yield f"{start}{char}{end}", ("place", (name,))
    yield "左", ("place", ("left",))
    yield "右", ("place", ("right",))
    for row, (up, edge) in {"top": "上顶", "bottom": "下底"}.items():
        for end in ("部", "端", "边", "上", "下", "层"):
            yield f"{edge}{end}", ("place", (row,))
        for column, side in (("left", "左"), ("right", "右")):
            for end in ("", "角", "方", "边", "侧", "部", "面", "角落", "角上", "角里"):
                yield f"{side}{up}{end}", ("place", (row, column))
                yield f"{up}{side}{end}", ("place", (row, column))
        for end in ("部", "方", "边", "面", "侧", "间", "央"):
            yield f"{up}中{end}", ("place", (row,))
            yield f"中{up}{end}", ("place", (row,))
    for start in ("", "正", "最"):
        for end in ("间", "央", "心", "部"):
            yield f"{start}中{end}", ("place", ("center",))
    yield "当中", ("place", ("center",))
    yield "居中", ("place", ("center",))
