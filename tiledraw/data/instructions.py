"""Instructions: requests made of label names and captions, in English and Chinese, in many phrasings.

A label such as "cat" becomes "please draw a cat" or 画一只猫: a sentence frame around one of its names. The frames are
those of scenes (`wording.FRAMES`), so the splits differ by phrasing in the same way, and `phrases.split_of` tells them
apart. Captions say what they say already; their frames only ask for it.
Knows words. Knows nothing about pictures, plans or where labels come from.
"""

from __future__ import annotations

import re
from functools import cache

import numpy as np

from tiledraw.language.first import wording
from tiledraw.language.first.phrases import finished
from tiledraw.language.nouns import article, is_chinese, measure, names
from tiledraw.language.subjects import subjects

DIGITS = tuple(f"digit {digit}" for digit in range(10))  # labels of MNIST
OBJECTS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")  # of CIFAR-10

_DIGIT_WORDS = {"en": "zero|one|two|three|four|five|six|seven|eight|nine", "zh": "零|一|二|三|四|五|六|七|八|九"}
_DIGIT_NAMES = {
    "en": "the digit {d}|the digit {w}|the number {d}|the number {w}|the numeral {d}|a handwritten digit {d}"
    "|a handwritten {d}|a handwritten {w}|the handwritten digit {w}|one handwritten {d}",
    "zh": "数字{d}|数字{w}|手写数字{d}|手写数字{w}|手写的{d}|手写的{w}|一个手写的{d}|一个数字{w}|阿拉伯数字{d}|一个{d}",
}
_OBJECT_NAMES = {
    "en": {
        "airplane": "an airplane|an airplane|a plane|an aeroplane",
        "automobile": "an automobile|a car|a car|a motor car",
        "bird": "a bird",
        "cat": "a cat",
        "deer": "a deer",
        "dog": "a dog",
        "frog": "a frog",
        "horse": "a horse",
        "ship": "a ship|a ship|a boat",
        "truck": "a truck|a truck|a lorry",
    },
    "zh": {
        "airplane": "一架飞机|一架飞机|飞机",
        "automobile": "一辆汽车|一辆小汽车|一辆轿车|汽车",
        "bird": "一只鸟|一只小鸟|鸟",
        "cat": "一只猫|一只猫|猫",
        "deer": "一只鹿|一头鹿|鹿",
        "dog": "一只狗|一条狗|狗",
        "frog": "一只青蛙|一只青蛙|青蛙",
        "horse": "一匹马|一匹马|马",
        "ship": "一艘船|一条船|船",
        "truck": "一辆卡车|一辆货车|卡车",
    },
}
# A frame with a mark after the request keeps captions of any form apart from it.
_CAPTION_FRAMES = {
    "en": {
        "train": "{}|{}|{}|{}|draw: {}|draw this: {}|please draw: {}|please draw this: {}|a picture: {}|paint this: {}"
        "|make a picture of this: {}|show me this: {}|a drawing: {}",
        "validation": "could you draw this: {}|an image of this: {}|please show me: {}",
        "test": "I would like to see this: {}|sketch this for me: {}|generate this picture: {}",
    },
    "zh": {
        "train": "{}|{}|{}|{}|画：{}|请画：{}|画一张图：{}|请画一张图：{}|帮我画：{}|一幅画：{}|画这个：{}|我想看：{}",
        "validation": "请你画这个：{}|生成一张图片：{}|给我画这样一幅画：{}",
        "test": "麻烦画一下：{}|我要这样一张图：{}|请画出这个画面：{}",
    },
}


@cache
def _choices(text: str) -> tuple[str, ...]:
    return tuple(choice.strip() for choice in re.split(r"[|\n]", text))


def _pick(rng: np.random.Generator, choices: tuple[str, ...]) -> str:
    return choices[int(rng.integers(len(choices)))]


def clean_label(label: str) -> str:
    """A label as words: folders and lists of classes write `golden_retriever`."""
    return " ".join(label.replace("_", " ").split())


def names_of(label: str, language: str) -> tuple[str, ...]:
    """How a label is named in 'en' or 'zh', with article or measure word; nothing if it has no name there."""
    if label in DIGITS:
        digit = int(label.removeprefix("digit "))
        word = _choices(_DIGIT_WORDS[language])[digit]
        return tuple(name.format(d=digit, w=word) for name in _choices(_DIGIT_NAMES[language]))
    if label in OBJECTS:
        return _choices(_OBJECT_NAMES[language][label])
    known = (
        names(label, language) if label in subjects() else (label,) if is_chinese(label) == (language == "zh") else ()
    )
    if language == "zh":
        return tuple(f"一{measure(name)}{name}" for name in known)
    return tuple(f"{article(name)} {name}" for name in known)


def label_instruction(label: str, language: str, split: str, rng: np.random.Generator) -> str:
    """One of the many ways to ask for a label in 'en' or 'zh', with the wording of one split.

    A label without a name in that language is asked for in the other.
    """
    language = language if names_of(label, language) else "en" if language == "zh" else "zh"
    frame = _pick(rng, _choices(wording.FRAMES[language][split]["list"]))
    return finished(frame.format(_pick(rng, names_of(label, language))), language, rng)


def caption_instruction(caption: str, split: str, rng: np.random.Generator) -> str:
    """One of the ways to ask for what a caption says, in its own language, with the wording of one split."""
    frames = _CAPTION_FRAMES["zh" if is_chinese(caption) else "en"][split]
    return _pick(rng, _choices(frames)).replace("{}", caption)
