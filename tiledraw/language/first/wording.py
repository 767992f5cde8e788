"""Wording: the tables of frames and phrases that prompts are written with, in English and Chinese.

Each cell holds its choices between `|` or line ends. Only tables: knows nothing about how they are put together.
"""

KINDS = {  # of clauses, as often as they are used
    "en": ("list",) * 6 + ("before",) + ("scene",) * 3,
    "zh": ("do", "list", "scene"),
}

# Frames. English: `list` holds "a cat at the left", `before` holds "at the left a cat", `scene` holds "a cat is at the
# left" or "there is a cat".
# Chinese: `do` holds 在左边画一只猫, `list` holds 一只猫在左边, `scene` holds 左边有一只猫.
FRAMES = {
    "en": {
        "train": {
            "list": """{}|{}|{}|{}, please|draw {}|draw {}|draw {}, please|please draw {}|draw me {}|paint {}
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
            "before": """{}|draw {}|please draw {}|paint {}|please paint {}|sketch {}|show {}|put {}|place {}
                could you draw {}?|can you draw {}?|could you please draw {}?|please show me {}|I want to see {}
                I would like {}|a picture with {}|now draw {}|let me see {}""",
            "scene": """{}|a picture: {}|a scene: {}|draw a scene: {}|in the picture {}|make a picture where {}
                draw a picture in which {}|a picture where {}|a drawing in which {}|I want a picture where {}
                an image: {}|paint a scene: {}|sketch a scene where {}|a scene in which {}|an illustration in which {}
                please draw a picture where {}|could you draw a picture where {}?|I'd love a picture in which {}""",
        },
        "validation": {
            "list": """could you paint {}?|please sketch {}|I would like to see {}|a painting of {}
                create an image of {}|can you show me {}?|make an image with {}|I want a drawing of {}""",
            "before": "could you paint {}?|please sketch {}",
            "scene": "please make a picture in which {}|an image where {}",
        },
        "test": {
            "list": """would you draw {}?|please give me {}|I'd like to see {}|a sketch of {}|generate a picture of {}
                can you make {}?|paint a picture with {}|I need a picture of {}""",
            "before": "would you draw {}?",
            "scene": "please draw a scene where {}|I want a drawing in which {}",
        },
    },
    "zh": {
        "train": {
            "do": """{}|{}|请{}|请你{}|帮我{}|请帮我{}|给我{}|我想{}|我要{}|{}吧|请{}，谢谢|可以{}吗|能{}吗
                请帮忙{}|拜托{}|现在{}|试着{}|我希望你{}|你能{}吗|你可以{}吗|请为我{}""",
            "list": """{}|画{}|画{}|请画{}|请你画{}|帮我画{}|给我画{}|我要{}|我想要{}|我想看{}|画出{}|画一画{}
                来{}|请画出{}|请帮我画{}|可以画{}吗|能画{}吗|生成{}|画{}吧
                想看{}|想要{}|请为我画{}|你能画{}吗|你会画{}吗|请绘制{}|绘制{}|描绘{}|展示{}|请创作{}
                画个图：{}""",
            "scene": """{}|{}|画一张图，{}|画一幅画，{}|请画一张图，{}|一幅画：{}|一张图：{}|一张图片，{}
                画面：{}|图中{}|画里{}|帮我画一幅画，{}|我想要一张图，{}""",
        },
        "validation": {
            "do": "麻烦{}|请你帮我{}|我想请你{}",
            "list": "请你画一画{}|请生成{}|请给我画{}|能帮我画{}吗|给我来{}",
            "scene": "请帮我画一张图，{}|一张图里{}|我要一幅画，{}",
        },
        "test": {
            "do": "麻烦你{}|可以帮我{}吗|我要你{}",
            "list": "请画一画{}|请你画出{}|我要看{}|可以给我画{}吗|帮我生成{}",
            "scene": "请你画一幅画，{}|图里{}|给我一张图，{}",
        },
    },
}

# {u} top or upper, bottom or lower; {v} top, bottom; {h} left, right. Chinese: {v} 上下, {w} 顶底, {h} 左右.
PLACES = {
    "en": {
        "train": {
            "corner": """in the {u}-{h} corner|in the {u} {h} corner|in the {u} {h}|at the {u} {h}|at the {u}-{h}
                on the {u} {h}|in the {u} {h}-hand corner|in the {u} {h} part of the picture|to the {u} {h}|{u} {h}
                in the {u} {h} corner of the picture|in the corner at the {u} {h}|near the {u} {h} corner
                close to the {u} {h} corner|in the {u} {h} area|in the {u} {h} corner of the page""",
            "edge": """at the {v}|in the {u} middle|at the {v} center|in the {u} centre|at the {v} of the picture
                in the {v} part|{v} center|at the {v} edge|near the {v}|along the {v}|at the {v} of the page""",
            "side": """on the {h}|on the {h} side|at the {h}|on the {h}-hand side|in the middle {h}|to the {h}
                on the {h} of the picture|at the {h} edge|on the {h} side of the picture|center {h}|in the {h} part
                near the {h} edge|in the {h} area|on the {h} of the page""",
            "center": """in the middle|in the center|in the centre|at the center|in the middle of the picture
                at the centre of the picture|in the center of the image|right in the middle|in the middle of the page
                in the very center|in the central area""",
        },
        "validation": {
            "corner": "at the {u} {h} corner|in the {u} {h} of the picture",
            "edge": "in the {v} center|in the {v} of the picture",
            "side": "at the {h} side|in the {h} part of the picture",
            "center": "in the center of the picture|at the centre",
        },
        "test": {
            "corner": "in the {u}-{h} part|at the {u} {h} of the image",
            "edge": "at the {v} middle|at the {v} of the image",
            "side": "on the {h} edge|on the {h} of the image",
            "center": "in the middle of the image|at the center of the image",
        },
    },
    "zh": {
        "train": {
            "corner": "{h}{v}角|{h}{v}角|{h}{v}方|{h}{v}边|{h}{v}|画面{h}{v}角|图的{h}{v}角|画面的{h}{v}角|{h}{v}角落",
            "edge": "{v}方|{v}边|{v}面|最{v}面|画面{v}方|图的{v}方|{w}部|{w}端|正{v}方|{v}部",
            "side": "{h}边|{h}侧|{h}面|{h}方|最{h}边|画面{h}边|图的{h}边|{h}半边|{h}手边",
            "center": "中间|中央|中心|正中间|正中央|画面中央|画面中间|图的中间|当中",
        },
        "validation": {
            "corner": "画面{h}{v}方|图的{h}{v}方",
            "edge": "画面的{v}方|画面{w}部",
            "side": "画面{h}侧|画面的{h}边",
            "center": "画面的中间|图的中心",
        },
        "test": {
            "corner": "画面的{h}{v}方|画面{h}{v}边",
            "edge": "图的{v}边|图的{w}部",
            "side": "图的{h}侧|最{h}侧",
            "center": "图的中央|画面中心",
        },
    },
}
SIZE_WORDS = {
    "en": {
        "small": "small|tiny|little",
        "medium": "medium-sized|medium|mid-sized|middle-sized",
        "large": "large|big",
        "huge": "huge|giant|enormous|gigantic",
    },
    "zh": {
        "small": "小|很小的|小小的|小型的",
        "medium": "中等大小的|中等的|中号的|不大不小的",
        "large": "大|很大的|大大的|大型的",
        "huge": "巨大的|超大的|特大的|巨型的",
    },
}
RELATION_WORDS = {
    "en": {
        "left of": "left of {}|to the left of {}|on the left of {}|on the left side of {}",
        "right of": "right of {}|to the right of {}|on the right of {}|on the right side of {}",
        "above": "above {}|over {}|on top of {}",
        "below": "below {}|under {}|beneath {}|underneath {}",
    },
    "zh": {
        "left of": "左边|左侧|左面",
        "right of": "右边|右侧|右面",
        "above": "上面|上方|上边",
        "below": "下面|下方|下边",
    },
}
BACKGROUND_WORDS = {
    "en": {
        "white": "on a white background|with a white background|on white|on a white page|against a white background",
        "light": "on a light background|with a light background|on a light gray background|on a pale background",
        "gray": "on a gray background|on a grey background|with a gray background|on gray|against a gray background",
        "dark": "on a dark background|with a dark background|on a black background|against a dark background",
        "gradient": "on a gradient background|with a gradient background|on a gradient|against a gradient",
        "sky": "on a sky background|with a sky background|against the sky|outdoors|under the open sky",
        "night": "at night|on a night background|with a night sky|against the night sky|under the night sky",
    },
    "zh": {
        "white": "白色背景|白色的背景|白底|白背景|背景是白色",
        "light": "浅色背景|浅色的背景|浅灰色背景|浅色底|背景是浅色",
        "gray": "灰色背景|灰色的背景|灰底|灰背景|背景是灰色",
        "dark": "深色背景|黑色背景|暗色背景|深色的背景|背景是深色",
        "gradient": "渐变背景|渐变的背景|渐变色背景|背景是渐变色",
        "sky": "天空背景|蓝天背景|天空的背景|背景是天空",
        "night": "夜空背景|夜晚背景|夜晚的背景|夜色背景|背景是夜空",
    },
}
NUMBERS = {"en": ("one", "two|two|two|a couple of", "three", "four"), "zh": ("一", "两", "三", "四")}
