"""Instructions: requests made of label names and captions, in English and Chinese, in many phrasings.

A label such as "cat" becomes "please draw a cat" or 画一只猫: a sentence frame around one of its names. Captions say
what they say already; their frames only ask for it. The splits differ by their frames.
Knows words. Knows nothing about pictures, plans or where labels come from.
"""

from __future__ import annotations

import re
from functools import cache

import numpy as np

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
# How a label is asked for; no split asks as another does.
_FRAMES = {
    "en": {
        "train": """{}|{}|{}|{}, please|draw {}|draw {}|draw {}, please|please draw {}|draw me {}|paint {}
            please paint {}|paint me {}|sketch {}|sketch me {}|show {}|show me {}|please show me {}|I want {}
            I want to see {}|I would like {}|make {}|make a picture of {}|please make a picture of {}
            make me a drawing of {}|a picture of {}|a drawing of {}|picture of {}|an image of {}|create {}
            generate {}|can you draw {}?
            can you draw {}, please?|could you draw {}?|draw a picture of {}|draw a picture with {}
            please draw a picture with {}|give me {}|give me a picture of {}|I need a drawing of {}
            I'd like a picture of {}|put {}|place {}|a photo of {}|an illustration of {}|a cartoon of {}
            a doodle of {}|an icon of {}|a portrait of {}|a simple drawing of {}|a nice picture of {}|art of {}
            a black and white picture of {}|a picture with {}|a picture showing {}|a drawing with {}
            an image showing {}|a scene with {}|could you please draw {}?|could you show me {}?|could you make {}?
            can you paint {}?|can you sketch {}?|will you draw {}?|would you please draw {}?|please draw me {}
            please paint me {}|please make {}|please create {}|please generate {}|please depict {}|render {}
            illustrate {}|depict {}|design {}|display {}|I'd love {}|I'd love to see {}|I'd love a drawing of {}
            I want you to draw {}|I want a picture of {}|I would love to have {}|we need {}|let me see {}
            let's draw {}|try to draw {}|now draw {}|just draw {}|help me draw {}|how about {}?|hi, draw {}
            hello, please draw {}|hey, can you draw {}?|draw an image of {}|draw an image with {}
            paint a scene with {}|sketch a scene with {}|generate an image with {}|produce an image of {}
            make a drawing with {}|compose a picture of {}""",
        "validation": """could you paint {}?|please sketch {}|I would like to see {}|a painting of {}
            create an image of {}|can you show me {}?|make an image with {}|I want a drawing of {}""",
        "test": """would you draw {}?|please give me {}|I'd like to see {}|a sketch of {}|generate a picture of {}
            can you make {}?|paint a picture with {}|I need a picture of {}""",
    },
    "zh": {
        "train": """{}|画{}|画{}|请画{}|请你画{}|帮我画{}|给我画{}|我要{}|我想要{}|我想看{}|画出{}|画一画{}
            来{}|请画出{}|请帮我画{}|可以画{}吗|能画{}吗|生成{}|画{}吧
            想看{}|想要{}|请为我画{}|你能画{}吗|你会画{}吗|请绘制{}|绘制{}|描绘{}|展示{}|请创作{}
            画个图：{}""",
        "validation": """请你画一画{}|请生成{}|请给我画{}|能帮我画{}吗|给我来{}""",
        "test": """请画一画{}|请你画出{}|我要看{}|可以给我画{}吗|帮我生成{}""",
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
    frame = _pick(rng, _choices(_FRAMES[language][split]))
    return _finished(frame.format(_pick(rng, names_of(label, language))), language, rng)


def _finished(text: str, language: str, rng: np.random.Generator) -> str:
    """Capitals and the mark at the end, as people put them or not."""
    if language == "en":
        style = rng.random()
        text = text if style < 0.55 else text[0].upper() + text[1:] if style < 0.97 else text.upper()
    if text[-1] in "?吗":
        return text + _pick(rng, ("", "？")) if language == "zh" else text
    return text + _pick(rng, ("", "", "。", "！") if language == "zh" else ("", "", "", ".", ".", "!"))


def caption_instruction(caption: str, split: str, rng: np.random.Generator) -> str:
    """One of the ways to ask for what a caption says, in its own language, with the wording of one split."""
    frames = _CAPTION_FRAMES["zh" if is_chinese(caption) else "en"][split]
    return _pick(rng, _choices(frames)).replace("{}", caption)
