"""Nouns: the names of subjects in both languages, plurals, articles, measure words, and things nobody draws here.

Knows words. Knows nothing about sentences, plans or pictures.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from importlib import resources

from tiledraw.language.subjects import subjects


def names(subject: str, language: str, known: Collection[str] | None = None) -> tuple[str, ...]:
    """Every name of a subject in 'en' or 'zh', the canonical one first.

    Args:
        known: Subjects that are told apart; all if not given. A woman is a person, but not where `woman` is another.
    """
    entry, others = subjects()[subject], subjects() if known is None else known
    first = entry.chinese if language == "zh" else entry.name
    synonyms = (name for name in entry.also if is_chinese(name) == (language == "zh"))
    return first, *(name for name in synonyms if name not in others)


@cache
def characters() -> tuple[str, ...]:
    """Chinese characters of which each is simplified, and behind it what it is traditionally."""
    text = resources.files("tiledraw.language").joinpath("traditional.txt").read_text(encoding="utf-8")
    return tuple(text.split())


def is_chinese(text: str) -> bool:
    return any("\u4e00" <= char <= "\u9fff" for char in text)


# English -------------------------------------------------------------------------------------------------------------

# Nouns that are counted by another noun: a pair of scissors, two heads of broccoli.
COUNTED_BY = {
    "skis": "pair", "scissors": "pair", "glasses": "pair", "sunglasses": "pair", "goggles": "pair", "jeans": "pair",
    "pants": "pair", "trousers": "pair", "shorts": "pair", "gloves": "pair", "socks": "pair", "headphones": "pair",
    "chopsticks": "pair", "maracas": "pair", "broccoli": "head", "lettuce": "head", "garlic": "head", "corn": "ear",
    "luggage": "piece", "bread": "loaf", "soap": "bar", "toilet paper": "roll", "grapes": "bunch", "bacon": "strip",
}  # fmt: skip
_UNCHANGED = {
    "sheep", "deer", "squid", "shrimp", "bison", "butter", "honey", "sushi", "rice", "noodles", "ramen", "spaghetti",
    "pasta", "popcorn", "milk", "maize", "wheat", "fries", "bubbles", "dice", "yarn", "lightning", "mahjong",
    "badminton", "bowling", "torii", "fireworks", "stairs", "blocks", "tofu", "zongzi", "youtiao", "tanghulu", "bamboo",
    "samurai",
}  # fmt: skip
_IRREGULAR = {"person": "people", "man": "men", "woman": "women", "child": "children", "mouse": "mice",
              "knife": "knives", "scarf": "scarves", "shelf": "shelves", "wolf": "wolves", "goose": "geese",
              "ox": "oxen", "elf": "elves", "leaf": "leaves", "loaf": "loaves", "tooth": "teeth", "tomato": "tomatoes",
              "potato": "potatoes", "mango": "mangoes", "mosquito": "mosquitoes", "volcano": "volcanoes",
              "tornado": "tornadoes"}  # fmt: skip


def plural(noun: str) -> str:
    """The plural of an English noun of one or several words: the last word changes, or the one before "of"."""
    if " of " in noun:
        first, rest = noun.split(" of ", 1)
        return f"{plural(first)} of {rest}"
    *head, last = noun.split(" ")
    if last in COUNTED_BY or noun in COUNTED_BY or last in _UNCHANGED or last.endswith("fish"):
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
    return "an" if re.match(r"(?!one|uni|use|ufo|eu)[aeiou]|hour|suv", words.lower()) else "a"


# Chinese -------------------------------------------------------------------------------------------------------------

_MEASURES = {
    "只": "鸟 小鸟 猫 小猫 狗 小狗 羊 绵羊 熊 兔子 鸡 青蛙 老鼠 猴子 熊猫 狮子 长颈鹿 章鱼 乌龟 蜗牛 蝴蝶 蜜蜂 鸭子 "
    "猫头鹰 企鹅 泰迪熊 鞋 风筝 老虎 狐狸 狼 螃蟹 海豚 松鼠 刺猬 孔雀 天鹅 蜘蛛 蚂蚁 鹦鹉 蝙蝠 鳄鱼 河马 豹子 花豹 "
    "山羊 公羊 大猩猩 红毛猩猩 羊驼 袋鼠 考拉 树袋熊 树懒 浣熊 臭鼬 水獭 河狸 海狸 仓鼠 海豹 蜥蜴 龙虾 虾 鱿鱼 水母 "
    "瓢虫 甲虫 苍蝇 蚊子 蝎子 蚱蜢 蟋蟀 蝗虫 鹅 火烈鸟 老鹰 鹰 鸽子 火鸡 公鸡 雏鸡 霸王龙 暴龙 独角兽 拳击手套 靴子 "
    "人字拖 拖鞋 高跟鞋 桶 水桶 篮子 箱子 纸箱 盒子 珊瑚 鸡腿 鸟巢 海象 鸵鸟 海星 海鸥 鹈鹕 巨嘴鸟 鹳 鹤 白鹤 仙鹤 "
    "犰狳 鸭嘴兽 蜂鸟 秃鹫 飞蛾 蜻蜓 海马 獾 乌鸦 凤凰 蟑螂 北极熊 香炉 哨子 水壶 托盘",
    "匹": "马 斑马 骆驼",
    "头": "牛 奶牛 大象 猪 犀牛 鹿 梅花鹿 公牛 野牛 野猪 猛犸象 猛犸 驴 驴子 毛驴 大蒜 水牛",
    "条": "鱼 蛇 领带 鲸鱼 龙 恐龙 鲨鱼 裙子 裤子 围巾 项链 毛巾 虫子 虎鲸 河豚 热带鱼 金鱼 毛毛虫 毛虫 蚯蚓 牛仔裤 "
    "短裤 连衣裙 锁链 链子 铁链 公路 马路 独木舟 皮划艇 河 小河 小溪 河流 铁轨 围裙 毛毯 毯子 长凳 油条 楼梯",
    "辆": "自行车 汽车 小汽车 摩托车 公交车 公共汽车 巴士 卡车 货车 拖拉机 坦克 救护车 消防车 三轮车 出租车 警车 "
    "面包车 皮卡 皮卡车 赛车 越野车 吉普车 滑板车 踏板车 电动车 有轨电车 电车 手推车 独轮车 购物车 轮椅 雪橇 马车 "
    "婴儿车 推土机 童车 吊车",
    "架": "飞机 直升机 钢琴 梯子 望远镜 无人机 航天飞机 手风琴 竖琴 天平 秋千 木琴",
    "列": "火车 地铁 高铁 动车",
    "艘": "船 帆船 潜水艇 飞艇 轮船 邮轮 快艇 摩托艇 飞碟 潜艇",
    "枚": "火箭 戒指 硬币 邮票 炸弹 奖牌 金牌 金币 指环 图钉 回形针 曲别针 别针",
    "把": "雨伞 伞 叉子 刀 勺子 椅子 钥匙 剪刀 吉他 牙刷 小提琴 锤子 锯子 梳子 扇子 斧头 茶壶 扫帚 铲子 尺子 榔头 "
    "斧子 螺丝刀 扳手 铁锹 镐 镐子 扫把 手电筒 直尺 折扇 扶手椅 剑 匕首 宝剑 弓箭 锁 剃须刀 刮胡刀 刷子 班卓琴 座椅 "
    "魔杖 放大镜 三叉戟 长椅 吹风机 喷壶 大提琴 二胡 琵琶 口琴 摇椅 凳子 洒水壶",
    "朵": "云 花 玫瑰 向日葵 莲花 郁金香 樱花 荷花 雪花 雨云 雷云",
    "棵": "树 松树 仙人掌 西兰花 白菜 竹子 棕榈树 椰子树 椰树 圣诞树 幼苗 嫩芽 生菜 青菜 四叶草 灌木",
    "张": "床 桌子 地图 照片 餐桌 门票 车票 信用卡 钞票 纸币 报纸 光盘 蜘蛛网 软盘 书桌 办公桌 吊床 地毯 蹦床 "
    "野餐布 野餐垫 写字台",
    "本": "书 笔记本 日历",
    "部": "手机 电梯 电话 电话机 平板电脑",
    "台": "电视 笔记本电脑 冰箱 洗衣机 电风扇 相机 打印机 收音机 缝纫机 挖掘机 电脑 台式电脑 显示器 照相机 摄像机 "
    "割草机 咖啡机 加油机 显微镜 烤面包机 微波炉 吸尘器 打字机 计算器 起重机 电扇 烤箱",
    "盏": "台灯 灯泡 灯笼 路灯",
    "支": "蜡烛 铅笔 钢笔 笛子 箭 口红 圆珠笔 蜡笔 毛笔 注射器 针筒 温度计 体温计 试管 长笛 萨克斯 萨克斯管 麦克风 "
    "话筒 棒棒糖",
    "顶": "帽子 皇冠 帐篷 草帽 遮阳帽 棒球帽 鸭舌帽 学士帽 毕业帽 头盔 降落伞",
    "副": "眼镜 滑雪板 手套 墨镜 太阳镜 护目镜 泳镜 耳机 相框 拼图",
    "座": "山 城堡 房子 桥 灯塔 金字塔 火山 风车 雕像 教堂 学校 医院 办公楼 大楼 高楼 工厂 银行 酒店 体育场 茅屋 "
    "草屋 村庄 城市 鸟居 清真寺 寺庙 庙 神殿 神庙 塔 铁塔 高塔 埃菲尔铁塔 自由女神像 喷泉 摩天轮 旋转木马 岛 海岛 "
    "岛屿 雪山 冰山 墓碑 谷仓 冰屋 沙堡 亭子 凉亭 石桥 拱桥 壁炉 跷跷板",
    "颗": "星星 心 爱心 草莓 钻石 葡萄 樱桃 土豆 牙齿 鸡蛋 贝壳 宝石 桃子 糖果 栗子 花生 蓝莓 行星 流星 彗星 骷髅 "
    "药丸 胶囊 螺丝 牛油果 人造卫星 卫星 豌豆 荔枝 石榴 榴莲 柿子 橡果",
    "轮": "月亮 满月 圆月",
    "盆": "盆栽",
    "块": "三明治 披萨 蛋糕 西瓜 面包 奶酪 巧克力 饼干 肥皂 手表 煎饼 松饼 华夫饼 曲奇 牛排 黄油 芝士 培根 冰块 "
    "香皂 海绵 电池 磁铁 石头 岩石 腕表 秒表 黑板 豆腐 积木",
    "根": "香蕉 胡萝卜 黄瓜 玉米 羽毛 骨头 绳子 原木 木柴 法棍 长棍面包 缝衣针 钓鱼竿 鱼竿 茄子 曲棍球棍 鞭炮 拐杖 "
    "手杖 糖葫芦 冰糖葫芦 香肠 拖把",
    "面": "鼓 镜子 旗子 旗帜 红旗 盾牌 盾",
    "件": "礼物 衬衫 大衣 T恤 短袖 外套 和服 泳衣",
    "双": "袜子 筷子 轮滑鞋 旱冰鞋 冰鞋 溜冰鞋",
    "扇": "门 窗户 窗子",
    "道": "彩虹 闪电 海浪 波浪 栅栏 篱笆 瀑布",
    "片": "枫叶 叶子 树叶 创可贴 荷叶 池塘 湖",
    "束": "花束",
    "杯": "牛奶 啤酒 鸡尾酒 果汁 奶茶 珍珠奶茶 汽水 饮料 茶",
    "位": "男士 女士 老人 老爷爷 爷爷 老奶奶 老太太 奶奶 警察 医生 护士 公主 王子 新娘 建筑工人 工人 国王 女王 "
    "王后 海盗 骑士 牛仔 武士 女巫 宇航员 厨师 农民 消防员 飞行员 老师 科学家 画家 歌手 法官 修理工",
    "名": "侦探 卫兵 忍者 冲浪者 滑雪者 毕业生 航天员",
    "瓶": "水瓶 矿泉水 奶瓶 香水",
    "盘": "意大利面 意面 寿司 沙拉",
    "株": "麦穗",
    "份": "薯条 米饭 面条 拉面",
    "口": "井 水井 锅 平底锅",
    "门": "大炮",
}  # fmt: skip
MEASURES = (*_MEASURES, "个", "幅", "对", "种", "间", "栋", "碗")


@cache
def _measure_of() -> dict[str, str]:
    return {noun: measure for measure, nouns in _MEASURES.items() for noun in nouns.split()}


def measure(noun: str) -> str:
    """The measure word of a Chinese noun: 只 for 猫, 个 for what has none of its own."""
    return _measure_of().get(noun, "个")


# Things that no subject covers ---------------------------------------------------------------------------------------

_STRANGERS = {
    "en": """zeppelin castanet dwarf pan ladle saw rake nail rope bracelet skirt belt eraser blanket doll fan
        treadmill pinecone stamp shelf drawer mattress cradle chimney roof balcony silo greenhouse blender freezer
        dishwasher spatula whisk colander grater corkscrew saucer napkin tablecloth raft sailor soldier gladiator
        viking monk nun baker fisherman teacher butcher carpenter plumber gardener juggler acrobat magician mummy
        werewolf goblin ogre centaur minotaur griffin yeti woodpecker emu falcon magpie sparrow canary quail
        cheetah jaguar lynx hyena jackal coyote weasel ferret anteater porcupine meerkat lemur baboon tapir
        antelope manatee stingray eel salmon clam mussel slug centipede firefly wasp daffodil orchid dandelion fern
        apricot plum fig papaya raspberry grapefruit celery asparagus spinach zucchini beetroot artichoke lasagna
        omelette porridge meatball yogurt marshmallow brownie tuba clarinet oboe tambourine ukulele forklift
        hovercraft gondola spear chandelier thimble zipper wallet""",
    "zh": """飞艇 海狮 钉子 绳子 手镯 衬衫 橡皮 洋娃娃 邮票 电梯 床垫 摇篮 烟囱 屋顶 阳台 温室 搅拌机 洗碗机 打蛋器
        餐巾 桌布 木筏 水手 角斗士 和尚 渔夫 老师 木匠 园丁 魔术师 狼人 麒麟 雪怪 苍鹭 啄木鸟 猎鹰 喜鹊 麻雀 知更鸟
        金丝雀 鹌鹑 猎豹 美洲豹 猞猁 鬣狗 黄鼠狼 雪貂 鼹鼠 食蚁兽 豪猪 狐獴 狐猴 狒狒 羚羊 海牛 魔鬼鱼 鳗鱼 三文鱼
        蛤蜊 鼻涕虫 蜈蚣 萤火虫 黄蜂 水仙花 兰花 蒲公英 常春藤 苔藓 杏子 李子 无花果 木瓜 树莓 柚子 芹菜 芦笋 菠菜
        西葫芦 花椰菜 千层面 肉丸 酸奶 棉花糖 布朗尼 单簧管 双簧管 铃鼓 尤克里里 风笛 叉车 气垫船 长矛 吊灯 纽扣
        拉链 投影仪""",
}


@cache
def unknowns(language: str) -> tuple[str, ...]:
    """Everyday nouns that are no subject, nor a name of one."""
    taken = {name for subject in subjects().values() for name in (subject.name, subject.chinese, *subject.also)}
    return tuple(dict.fromkeys(word for word in _STRANGERS[language].split() if word not in taken))
