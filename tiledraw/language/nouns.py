"""Nouns: the names of subjects in both languages, plurals, articles, measure words, and things nobody draws here.

Knows words. Knows nothing about sentences, plans or pictures.
"""

from __future__ import annotations

import re
from functools import cache

from tiledraw.language.subjects import subjects


def names(subject: str, language: str) -> tuple[str, ...]:
    """Every name of a subject in 'en' or 'zh', the canonical one first."""
    entry = subjects()[subject]
    first = entry.chinese if language == "zh" else entry.name
    return first, *(name for name in entry.also if is_chinese(name) == (language == "zh"))


def is_chinese(text: str) -> bool:
    return any("\u4e00" <= char <= "\u9fff" for char in text)


# English -------------------------------------------------------------------------------------------------------------

# Nouns that are counted by another noun: a pair of scissors, two heads of broccoli.
COUNTED_BY = {"skis": "pair", "scissors": "pair", "glasses": "pair", "broccoli": "head", "luggage": "piece"}
_IRREGULAR = {
    "person": "people",
    "man": "men",
    "woman": "women",
    "child": "children",
    "mouse": "mice",
    "knife": "knives",
    "sheep": "sheep",
    "fish": "fish",
    "scarf": "scarves",
    "deer": "deer",
    "squid": "squid",
    "shelf": "shelves",
    "wolf": "wolves",
    "goose": "geese",
}


def plural(noun: str) -> str:
    """The plural of an English noun of one or several words: the last word changes."""
    *head, last = noun.split(" ")
    if last in COUNTED_BY:
        return noun
    if last in _IRREGULAR:
        last = _IRREGULAR[last]
    elif last.endswith("man"):
        last = last.removesuffix("man") + "men"
    elif re.search(r"(s|x|z|ch|sh)$", last):
        last += "es"
    elif re.search(r"[^aeiou]y$", last):
        last = last.removesuffix("y") + "ies"
    else:
        last += "s"
    return " ".join([*head, last])


def article(words: str) -> str:
    """'a' or 'an', as the words that follow want it."""
    return "an" if words[0].lower() in "aeiou" and not re.match(r"(one|uni|use|eu)", words.lower()) else "a"


# Chinese -------------------------------------------------------------------------------------------------------------

_MEASURES = {
    "只": "鸟 小鸟 猫 小猫 狗 小狗 羊 绵羊 熊 兔子 鸡 青蛙 老鼠 猴子 熊猫 狮子 长颈鹿 章鱼 乌龟 蜗牛 蝴蝶 蜜蜂 鸭子 "
    "猫头鹰 企鹅 泰迪熊 鞋 风筝 老虎 狐狸 狼 螃蟹 海豚 松鼠 刺猬 孔雀 天鹅 蜘蛛 蚂蚁 鹦鹉 蝙蝠 鳄鱼 河马",
    "匹": "马 斑马 骆驼",
    "头": "牛 奶牛 大象 猪 犀牛",
    "条": "鱼 蛇 领带 鲸鱼 龙 恐龙 鲨鱼 裙子 裤子 围巾 项链 毛巾 虫子",
    "辆": "自行车 汽车 小汽车 摩托车 公交车 公共汽车 巴士 卡车 货车 拖拉机 坦克 救护车 消防车 三轮车",
    "架": "飞机 直升机 钢琴 梯子 望远镜",
    "列": "火车 地铁",
    "艘": "船 帆船 潜水艇 飞艇",
    "枚": "火箭 戒指 硬币 邮票",
    "把": "雨伞 伞 叉子 刀 勺子 椅子 钥匙 剪刀 吉他 牙刷 小提琴 锤子 锯子 梳子 扇子 斧头 茶壶 扫帚 铲子 尺子",
    "朵": "云 花 玫瑰 向日葵 莲花 郁金香",
    "棵": "树 松树 仙人掌 西兰花 白菜 竹子",
    "张": "床 桌子 地图 照片",
    "本": "书",
    "部": "手机 电梯",
    "台": "电视 笔记本电脑 冰箱 洗衣机 电风扇 相机 打印机 收音机 缝纫机 挖掘机",
    "盏": "台灯 灯泡 灯笼",
    "支": "蜡烛 铅笔 钢笔 笛子 箭 口红",
    "顶": "帽子 皇冠 帐篷",
    "副": "眼镜 滑雪板 手套",
    "座": "山 城堡 房子 桥 灯塔 金字塔 火山 风车 雕像",
    "颗": "星星 心 爱心 草莓 钻石 葡萄 樱桃 土豆 牙齿 鸡蛋 贝壳",
    "轮": "月亮",
    "盆": "盆栽",
    "块": "三明治 披萨 蛋糕 西瓜 面包 奶酪 巧克力 饼干 肥皂 手表",
    "根": "香蕉 胡萝卜 黄瓜 玉米 羽毛 骨头 绳子",
    "面": "鼓 镜子 旗子",
    "件": "礼物 衬衫 大衣",
    "双": "袜子 筷子",
    "扇": "门 窗户",
    "道": "彩虹 闪电",
}  # fmt: skip
MEASURES = (*_MEASURES, "个", "位", "幅", "对", "种", "间", "栋", "株", "杯", "瓶", "碗", "束", "片", "名")


@cache
def _measure_of() -> dict[str, str]:
    return {noun: measure for measure, nouns in _MEASURES.items() for noun in nouns.split()}


def measure(noun: str) -> str:
    """The measure word of a Chinese noun: 只 for 猫, 个 for what has none of its own."""
    return _measure_of().get(noun, "个")


# Things that no subject covers ---------------------------------------------------------------------------------------

_STRANGERS = {
    "en": """zeppelin teapot violin dragon piano trumpet hammer ladder dinosaur tiger fox wolf deer squirrel crab shark
        dolphin lobster spider ant crocodile hippo kangaroo camel rhino peacock swan parrot bat eagle flamingo hedgehog
        otter seal walrus koala lizard jellyfish starfish unicorn mermaid pirate wizard knight fairy vampire zombie
        dwarf king queen clown astronaut doctor lemon grape pear peach cherry pineapple watermelon mango tomato potato
        onion pumpkin pepper cucumber corn egg bread cheese cookie pancake burger noodle sausage waffle pretzel candy
        table desk mirror window door fridge oven kettle pan plate jar barrel bucket basket broom ladle saw axe
        shovel rake screwdriver wrench nail rope chain bridge tower lighthouse windmill pyramid temple tent igloo
        castanet flute harp cello saxophone accordion tractor ambulance tank submarine canoe scooter rainbow volcano
        island river waterfall snowflake tornado comet planet ring necklace bracelet scarf glove sock shirt skirt
        dress belt coat pencil pen eraser ruler globe map compass telescope microscope magnet camera radio printer
        syringe pillow blanket curtain carpet doll puzzle dice trophy medal flag fan parachute wheelbarrow
        treadmill feather bone skull tooth leaf bamboo tulip acorn pinecone shell coin diamond envelope stamp""",
    "zh": """龙 茶壶 小提琴 钢琴 飞艇 恐龙 老虎 狐狸 狼 鹿 松鼠 螃蟹 鲨鱼 海豚 龙虾 蜘蛛 蚂蚁 鳄鱼 河马 袋鼠 骆驼 犀牛
        孔雀 天鹅 鹦鹉 蝙蝠 老鹰 刺猬 海狮 考拉 蜥蜴 水母 海星 独角兽 美人鱼 海盗 巫师 骑士 仙女 僵尸 国王 小丑 宇航员
        医生 柠檬 葡萄 梨 桃子 樱桃 菠萝 西瓜 芒果 西红柿 土豆 洋葱 南瓜 辣椒 黄瓜 玉米 鸡蛋 面包 奶酪 饼干 汉堡 面条
        香肠 糖果 桌子 书架 镜子 窗户 门 冰箱 烤箱 水壶 锅 盘子 罐子 水桶 篮子 扫帚 锯子 斧头 铲子 锤子 梯子 钉子 绳子
        桥 灯塔 风车 金字塔 寺庙 帐篷 笛子 竖琴 喇叭 手风琴 拖拉机 救护车 坦克 潜水艇 滑板车 彩虹 火山 岛 河流 瀑布 雪花
        龙卷风 彗星 戒指 项链 手镯 围巾 手套 袜子 衬衫 裙子 大衣 铅笔 钢笔 橡皮 尺子 地球仪 地图 指南针 望远镜 显微镜
        磁铁 相机 收音机 打印机 枕头 毯子 窗帘 地毯 洋娃娃 骰子 奖杯 奖牌 旗子 扇子 降落伞 羽毛 骨头 牙齿 叶子 竹子
        郁金香 贝壳 硬币 钻石 信封 邮票 灯笼 筷子 梳子 闪电 挖掘机 电梯 轮椅 温度计""",
}


@cache
def unknowns(language: str) -> tuple[str, ...]:
    """Everyday nouns that are no subject, nor a name of one."""
    taken = {name for subject in subjects().values() for name in (subject.name, subject.chinese, *subject.also)}
    return tuple(dict.fromkeys(word for word in _STRANGERS[language].split() if word not in taken))
