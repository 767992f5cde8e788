"""The reader: sentences of both languages are read as people mean them, and nothing is read out of thin air."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.common.checks import MAX_PROMPT
from tiledraw.data.natural import natural_prompts
from tiledraw.language.boxes import PlanError
from tiledraw.language.hearing.reader import read_request
from tiledraw.language.nouns import article, measure, names
from tiledraw.language.request import format_request
from tiledraw.language.subjects import subjects


def read(prompt, known=None):
    return format_request(read_request(prompt, known)).replace("\n", " | ")


@pytest.mark.parametrize(
    ("prompt", "request_text"),
    [
        ("three apples", "- 3 apple"),
        ("a cat in the bottom-left corner and a sun at the top right", "- 1 cat, bottom-left | - 1 sun, top-right"),
        ("In the top left, a cat; in the bottom right, a dog", "- 1 cat, top-left | - 1 dog, bottom-right"),
        ("a dog. put it in the lower left. add a moon above it", "- 1 dog, bottom-left | - 1 moon, above dog"),
        ("a sun above and a cat below", "- 1 sun, top | - 1 cat, bottom"),
        ("a tiny red bird on a large wooden chair", "- 1 bird, red, small, on chair | - 1 chair, wooden, large"),
        ("a striped blue ball and a spotted one", "- 1 ball, blue, striped | - 1 ball, spotted"),
        ("a red ball with white stripes", "- 1 ball, red, striped white"),
        ("a cup with dots in yellow on a table", "- 1 cup, spotted yellow, on table | - 1 table"),
        ("a bee centred at 60% of the width and 30% of the height", "- 1 bee, 60% across, 30% down"),
        ("a cat with bright red as the background", "- 1 cat | background: red"),
        ("a penguin in glasses and a tie", "- 1 penguin, wearing glasses, wearing tie | - 1 glasses | - 1 tie"),
        ("a bowl with two apples and a fork next to it", "- 1 bowl | - 2 apple, in bowl | - 1 fork, next to bowl"),
        ("a frog, a duck and a pig on a bed", "- 1 frog, on bed | - 1 duck, on bed | - 1 pig, on bed | - 1 bed"),
        ("ein Hund", "- 1 dog"),
        ("a bowl with a kiwi, a pear and a plum", "- 1 bowl | - 1 kiwi, in bowl | - 1 pear, in bowl | unknown: plum"),
        ("a cat looking at a cake with two candles", "- 1 cat, looking at cake | - 1 cake | - 2 candle, on cake"),
        ("房子前面有一辆汽车，后面有一棵树", "- 1 house | - 1 car, in front of house | - 1 tree, behind house"),
        ("two black dogs and three white ones", "- 2 dog, black | - 3 dog, white"),
        ("a rabbit under a table, a lamp on it", "- 1 rabbit, under table | - 1 table | - 1 lamp, on table"),
        ("next to the dog there is a cat", "- 1 dog | - 1 cat, next to dog"),
        ("a bus flanked by two trees", "- 1 bus | - 2 tree, on either side of bus"),
        ("a horse with a monkey on its back", "- 1 horse | - 1 monkey, on horse"),
        ("a boat between a whale and a penguin", "- 1 boat, between whale and penguin | - 1 whale | - 1 penguin"),
        (
            "a girl in a blue hat riding an elephant",
            "- 1 girl, wearing hat, riding elephant | - 1 hat, blue | - 1 elephant",
        ),
        ("a robot chasing a chicken", "- 1 robot, chasing chicken | - 1 chicken"),
        ("nine stars in a 3x3 grid", "- 9 star, 3x3 grid"),
        ("five candles in a circle", "- 5 candle, circle"),
        ("a key in each corner", "- 4 key, corners"),
        ("a row of six owls along the bottom", "- 6 owl, bottom edge"),
        ("a bee a third of the way across", "- 1 bee, 33% across"),
        ("a snail three times as big as a car", "- 1 snail, 3 times larger than car | - 1 car"),
        ("an ant as big as a lion", "- 1 ant, same size as lion | - 1 lion"),
        ("a castle at night, no moon", "- 1 castle | background: night | absent: moon"),
        ("a cake on a pink background", "- 1 cake | background: pink"),
        ("a bear walking through the woods", "- 1 bear | background: forest"),
        ("a car on a city street", "- 1 car | background: street"),
        ("a whale under the sea", "- 1 whale | background: underwater"),
        ("a boat at sunset", "- 1 boat | background: sunset"),
        ("at sunset, two camels in the desert", "- 2 camel | background: desert"),
        ("two camels in the desert at dusk", "- 2 camel | background: desert"),
        ("a fish, without a background", "- 1 fish | background: none"),
        ("everything blue: a cup, a hat and a shoe", "- 1 cup, blue | - 1 hat, blue | - 1 shoe, blue"),
        ("apples x4, pears x2", "- 4 apple | - 2 pear"),
        ("1. two owls\n2. one pine", "- 2 owl | - 1 pine"),
        ("a vase of tulips", "- 1 vase | - 3 tulip, in vase"),
        ("My brother is eleven today. Please draw a cake with eleven candles.", "- 1 cake | - 11 candle, on cake"),
        ("a narwhal and a cat", "- 1 cat | unknown: narwhal"),
        ("draw happiness", "unknown: happiness"),
        ("a strawbery and a buterfly", "- 1 strawberry | - 1 butterfly"),
        ("在左下角画一朵花", "- 1 flower, bottom-left"),
        ("猫在左边，狗在右边，太阳在上面", "- 1 cat, left | - 1 dog, right | - 1 sun, top"),
        ("树上停着两只红色的鸟", "- 1 tree | - 2 bird, red, on tree"),
        ("桌子上有一个苹果和一把勺子", "- 1 table | - 1 apple, on table | - 1 spoon, on table"),
        ("一只老鼠骑着自行车", "- 1 mouse, riding bicycle | - 1 bicycle"),
        ("戴着帽子的熊", "- 1 hat | - 1 bear, wearing hat"),
        ("房子和城堡之间有一匹马", "- 1 house | - 1 castle | - 1 horse, between house and castle"),
        ("房子两旁各有一棵松树", "- 1 house | - 2 pine, on either side of house"),
        ("四个蜡烛围成一圈", "- 4 candle, circle"),
        ("三行四列的星星", "- 12 star, 3x4 grid"),
        ("没有条纹的斑马", "- 1 zebra"),
        ("three balloons, each a different colour", "- 1 balloon, red | - 1 balloon, yellow | - 1 balloon, blue"),
        ("five ducklings following their mother", "- 5 duck, chasing duck 2 | - 1 duck"),
        ("an elephant and her baby", "- 1 elephant | - 1 elephant, small"),
        ("火车从两座山中间开过来", "- 1 train, between mountain | - 2 mountain"),
        ("大象和它的宝宝", "- 1 elephant | - 1 elephant, small"),
        ("雪地上有两只企鹅，不要太阳", "- 2 penguin | background: snow | absent: sun"),
        ("小鹿在森林里", "- 1 deer, small | background: forest"),
        ("日落时的一艘船", "- 1 boat | background: sunset"),
        ("黄色背景，一头大象", "- 1 elephant | background: yellow"),
        ("西瓜三个，香蕉两根", "- 3 watermelon | - 2 banana"),
        ("一隻貓在樹下", "- 1 cat, under tree | - 1 tree"),
        ("🐱 and 🌙", "- 1 cat | - 1 moon"),
        # some of several
        ("two ducks, one yellow and one white", "- 1 duck, yellow | - 1 duck, white"),
        ("three kites: red, green and blue", "- 1 kite, red | - 1 kite, green | - 1 kite, blue"),
        ("two mugs, one on the left and one on the right", "- 1 cup, left | - 1 cup, right"),
        ("two dogs, a brown one and a black one", "- 1 dog, brown | - 1 dog, black"),
        ("two red cats and a black one", "- 2 cat, red | - 1 cat, black"),
        ("of the four bees one is black", "- 3 bee | - 1 bee, black"),
        ("three owls and twice as many mice", "- 3 owl | - 6 mouse"),
        ("two penguins, each wearing a hat", "- 2 penguin, wearing hat | - 2 hat"),
        ("both cats black and the dog brown", "- 2 cat, black | - 1 dog, brown"),
        ("a big bear; to its left a smaller one", "- 1 bear, large | - 1 bear, left of bear 1, smaller than bear 1"),
        ("两只鸭子，一只黄的，一只白的", "- 1 duck, yellow | - 1 duck, white"),
        ("三把椅子：红、绿、蓝", "- 1 chair, red | - 1 chair, green | - 1 chair, blue"),
        ("一大一小两只熊", "- 1 bear, large | - 1 bear, small"),
        (
            "two dogs, one brown and one black, under a tree",
            "- 1 dog, brown, under tree | - 1 dog, black, under tree | - 1 tree",
        ),
        ("左右各一棵树，中间一座房子", "- 1 tree, left | - 1 tree, right | - 1 house, center"),
        ("左边：猫，右边：狗", "- 1 cat, left | - 1 dog, right"),
        ("hey robot, draw a bell", "- 1 bell"),
        ("中央什么也别放，四个角各一颗星星", "- 4 star, corners | empty: center"),
        ("four bells, one in each corner, nothing in the middle", "- 4 bell, corners | empty: center"),
        (
            "一只猫蹲在屋顶上，房子左右各一棵树",
            "- 1 cat, on house | - 1 house | - 2 tree, on either side of house",
        ),
        (
            "a snowman between two pines, with a bird on its head",
            "- 1 snowman, between pine | - 2 pine | - 1 bird, on snowman",
        ),
        ("socks on grandpa's chair", "- 1 socks, on chair | - 1 chair"),
        ("pig + hen, pig on the left", "- 1 pig, left | - 1 chicken"),
        ("靴子一大一小", "- 1 boot, large | - 1 boot, small"),
        # forms, patterns, fractions of the picture
        ("item: rocket / position: bottom right", "- 1 rocket, bottom-right"),
        ("cat -> NW corner; dog -> SE corner", "- 1 cat, top-left | - 1 dog, bottom-right"),
        ("Couch: red; lamp: green", "- 1 couch, red | - 1 lamp, green"),
        ("对象：火箭｜位置：右下角", "- 1 rocket, bottom-right"),
        ("an owl in the upper left-hand corner", "- 1 owl, top-left"),
        ("a bell high up on the right", "- 1 bell, top-right"),
        ("five keys along the bottom edge of the page", "- 5 key, bottom edge"),
        ("2 rows of 3 bells", "- 6 bell, 2x3 grid"),
        ("六只羊排成两行，每行三只", "- 6 sheep, 2x3 grid"),
        ("stars going from the bottom left to the top right, five of them", "- 5 star, rising diagonal"),
        ("four flowers in a row, one of them blue", "- 3 flower, row | - 1 flower, blue"),
        ("a left-facing duck and a horse looking to the right", "- 1 duck, facing left | - 1 horse, facing right"),
        ("a duck and a goose facing left", "- 1 duck, facing left | - 1 goose, facing left"),
        ("a cat facing a dog", "- 1 cat, looking at dog | - 1 dog"),
        ("一只鸭子面朝右，一辆汽车向左开", "- 1 duck, facing right | - 1 car, facing left"),
        ("树往左一点", "- 1 tree, left"),
        ("从左下角往右上角斜着放五颗星星", "- 5 star, rising diagonal"),
        ("four drums, one in each corner", "- 4 drum, corners"),
        ("a kite, size L", "- 1 kite, large"),
        ("a whale that takes up most of the picture", "- 1 whale, huge"),
        ("杯子是碗的两倍大", "- 1 cup, 2 times larger than bowl | - 1 bowl"),
        # what only compares, decorates, or says why
        ("a boat, blue like the sea", "- 1 boat, blue"),
        ("a horse as black as coal", "- 1 horse, black"),
        ("灰扑扑的一只兔子", "- 1 rabbit, gray"),
        ("🐱🐱 on a 🛏️", "- 2 cat, on bed | - 1 bed"),
        ("a cat 🐈 and a ball", "- 1 cat | - 1 ball"),
        ("on a rainy day, a bridge at dusk with a tram", "- 1 bridge | - 1 tram | background: sunset"),
        ("the moon, because my son loves it", "- 1 moon"),
        ("It was my birthday and I had a dog, so now draw a cake with candles", "- 1 cake | - 3 candle, on cake"),
        (
            "My daughter turns six on friday, could you do a cake with two candles on it? No clowns please",
            "- 1 cake | - 2 candle, on cake | absent: clown",
        ),
        ("a fox, Hawaii", "- 1 fox"),
        ("an elefant and a gorila", "- 1 elephant | - 1 gorilla"),
        # negation, and relations to the clause before
        ("A lion, a zebra. Giraffe, no.", "- 1 lion | - 1 zebra | absent: giraffe"),
        ("nothing in the top-left corner, just a snail at the bottom", "- 1 snail, bottom | empty: top-left"),
        ("没有月亮的夜晚，一只猫", "- 1 cat | background: night | absent: moon"),
        ("花瓶里不插玫瑰，插向日葵", "- 1 vase | - 1 sunflower, in vase | absent: rose"),
        ("a man, in front of a house", "- 1 man, in front of house | - 1 house"),
        ("一只猫，蹲在沙发上", "- 1 cat, on couch | - 1 couch"),
        ("两本书当中的一副眼镜", "- 2 book | - 1 glasses, between book"),
        ("a cake and a star. pizzas must not show up", "- 1 cake | - 1 star | absent: pizza"),
        ("a goldfish in a bowl, bowl in the middle", "- 1 goldfish, in bowl | - 1 bowl, center"),
        ("penguin in the top third, the bottom third has to stay bare", "- 1 penguin, top | empty: bottom"),
        ("cat, left half empty", "- 1 cat | empty: left"),
        ("a zebra without stripes", "- 1 zebra"),
        ("鸭子在船的左下方", "- 1 duck, below boat, left of boat | - 1 boat"),
        ("船的右上方有一只鸟", "- 1 boat | - 1 bird, above boat, right of boat"),
        ("a horse walks past a house", "- 1 horse | - 1 house"),
        ("bear with me: a cat", "- 1 cat"),
        ("two cats and a dog. The two cats are left of the dog.", "- 2 cat, left of dog | - 1 dog"),
        ("两个太阳，一只企鹅，这两个太阳在企鹅的两旁", "- 2 sun, on either side of penguin | - 1 penguin"),
        ("neither cats nor dogs - our pet is a hamster", "- 1 hamster | absent: cat, dog"),
        ("喺左上角畫一隻貓", "- 1 cat, top-left"),
        ("小朋友们围成一圈", "- 5 person, circle"),
        # how something is, and what it is
        ("a quirky little cat in a shiny new car", "- 1 cat, small, in car | - 1 car"),
        ("12 neat little houses", "- 12 house, small"),
        ("a neat row of two cups", "- 2 cup, row"),
        ("a zorp in a box", "- 1 box | unknown: zorp"),
        ("a cat on a rickety old bridge", "- 1 cat, on bridge | - 1 bridge"),
        ("a school bus stopping at a tree", "- 1 bus | - 1 tree"),
        ("two plain blue cups on a plain white background", "- 2 cup, blue | background: white"),
        ("my grandmother's garden with three sunflowers", "- 3 sunflower | background: grass"),
        ("a goose flying west, two geese flying south", "- 1 goose, facing left | - 2 goose"),
        # families of animals
        ("a daddy bear and a baby penguin", "- 1 bear | - 1 penguin"),
        ("a boy with his dog and his mother", "- 1 boy | - 1 dog | - 1 woman"),
    ],
)
def test_sentences_are_read_as_meant(prompt, request_text):
    assert read(prompt) == request_text


@pytest.mark.parametrize(
    ("prompt", "request_text"),
    [
        ("木桌上一只小鸟", "- 1 table, wooden | - 1 bird, small, on table"),
        ("书架右边有一架钢琴", "- 1 bookshelf | - 1 piano, right of bookshelf"),
        ("海星和螃蟹", "- 1 starfish | - 1 crab"),
        ("洗衣机里有三只袜子", "- 1 washing machine | - 3 socks, in washing machine"),
        ("扶手椅一把，椅子后头站个老奶奶", "- 1 armchair | - 1 old woman, behind armchair"),
        ("帐篷一顶，帐前有火", "- 1 tent | - 1 fire, in front of tent"),
        (
            "雪山前有马，山上有树",
            "- 1 snowy mountain | - 1 horse, in front of snowy mountain | - 1 tree, on snowy mountain",
        ),
        ("木桌上四个盘子，每个盘子里都有一块饼干", "- 1 table, wooden | - 4 plate, on table | - 4 cookie, in plate"),
        ("一个月亮和三颗星星，都是黄的", "- 1 moon, yellow | - 3 star, yellow"),
        ("三只企鹅都戴着帽子", "- 3 penguin, wearing hat | - 3 hat"),
        (
            "护士站左，警察站右，两人之间一把轮椅",
            "- 1 nurse, left | - 1 police officer, right | - 1 wheelchair, between nurse and police officer",
        ),
        ("两条蛇一红一绿，绿的那条比红的大", "- 1 snake, red | - 1 snake, green, larger than snake 1"),
        ("两只猫，左边那只戴围巾", "- 1 cat | - 1 cat, left, wearing scarf | - 1 scarf"),
        ("煎蛋俩加培根", "- 2 fried egg | - 1 bacon"),
        ("红灯笼一对放在上方", "- 2 lantern, red, top"),
        ("蜜蜂围着向日葵飞，四只", "- 4 bee, around sunflower | - 1 sunflower"),
        ("红白格子的伞", "- 1 umbrella, red, checkered white"),
        ("一双人字拖，黄底绿条", "- 2 flip-flop, yellow, striped green"),
        ("十二点钟方向画个太阳", "- 1 sun, top"),
        ("三分之二处(从左数)立一座风车", "- 1 windmill, 67% across"),
        ("火箭一枚，居中，地球一个", "- 1 rocket, center | - 1 earth"),
        ("左狗右狼", "- 1 dog, left | - 1 wolf, right"),
        ("女孩左边有狗，右边有猫", "- 1 girl | - 1 dog, left of girl | - 1 cat, right of girl"),
        ("王子和公主，一左一右", "- 1 prince, left | - 1 princess, right"),
        ("从上到下：太阳、云、雨伞", "- 1 sun, above cloud | - 1 cloud, above umbrella | - 1 umbrella"),
        ("章鱼拿着一把伞、一只喇叭", "- 1 octopus, holding umbrella, holding trumpet | - 1 umbrella | - 1 trumpet"),
        ("女孩戴着红围巾，身旁有只黑猫", "- 1 girl, wearing scarf | - 1 scarf, red | - 1 cat, black, next to girl"),
        (
            "男孩戴着头盔，扛着铲子站在手推车旁",
            "- 1 boy, wearing helmet, holding shovel, next to wheelbarrow | - 1 helmet | - 1 shovel | - 1 wheelbarrow",
        ),
        ("橘猫一只，黑猫一只，橘的在黑的左边", "- 1 cat, orange, left of cat 2 | - 1 cat, black"),
        ("篮球和棒球，各两个", "- 2 basketball | - 2 baseball"),
        ("气球下面一只狗", "- 1 balloon | - 1 dog, below balloon"),
        ("桌子下面一只狗", "- 1 table | - 1 dog, under table"),
        ("狗被两只猫追着跑", "- 1 dog | - 2 cat, chasing dog"),
        ("两盆仙人掌夹着一盆向日葵", "- 2 cactus | - 1 sunflower, between cactus"),
        ("锁比钥匙大一倍", "- 1 padlock, 2 times larger than key | - 1 key"),
        ("两个小孩……两个男孩分一个披萨", "- 2 boy | - 1 pizza"),
        ("剪刀石头？只要剪刀", "- 1 scissors"),
        ("妹妹要一条围巾", "- 1 scarf"),
        ("狼戴着奶奶的帽子", "- 1 wolf, wearing hat | - 1 hat"),
        ("戴着帽子和围巾的雪人", "- 1 hat | - 1 scarf | - 1 snowman, wearing hat, wearing scarf"),
        ("拿着气球和花的女孩", "- 1 balloon | - 1 flower | - 1 girl, holding balloon, holding flower"),
        ("穿着裙子、戴着皇冠的公主", "- 1 dress | - 1 crown | - 1 princess, wearing dress, wearing crown"),
        (
            "男孩穿着靴子，戴着帽子的狗在他旁边",
            "- 1 boy, wearing boot | - 1 boot | - 1 hat | - 1 dog, wearing hat, next to boy",
        ),
        ("人一个都不要，画只狗", "- 1 dog | absent: person"),
        ("彩虹，右边别放东西", "- 1 rainbow | empty: right"),
        ("馅饼一个，上头放两颗樱桃", "- 1 pie | - 2 cherry, on pie"),
        ("线稿就行，一把小提琴", "- 1 violin, line drawing, small"),
        ("左上角两颗黄星星", "- 2 star, yellow, top-left"),
        ("女孩拿着气球，是红气球", "- 1 girl, holding balloon | - 1 balloon, red"),
        ("老头不骑它，马在左边", "- 1 old man | - 1 horse, left"),
        ("浴缸里坐着河马，缸边一块肥皂", "- 1 bathtub | - 1 hippo, in bathtub | - 1 soap, next to bathtub"),
        ("一列长长的火车", "- 1 train"),
        ("一列小汽车", "- 3 car, small, row"),
        ("一只獾在树下", "- 1 badger, under tree | - 1 tree"),
        ("蜗牛一只爬在叶子上", "- 1 snail, on leaf | - 1 leaf"),
        ("一座高高的灯塔，一条弯弯的河", "- 1 lighthouse | - 1 river"),
        ("一群大雁向南飞", "- 3 goose"),
        ("鸭妈妈带着五只小鸭子", "- 1 duck | - 5 duck, small"),
        ("我和妈妈牵着一只狗", "- 1 person, holding dog | - 1 woman, holding dog | - 1 dog"),
    ],
)
def test_chinese_is_read_as_people_write_it(prompt, request_text):
    assert read(prompt) == request_text


@pytest.mark.parametrize("subject", list(subjects()))
def test_every_subject_is_read_beside_another_in_both_languages(subject):
    other = "cat" if subject != "cat" else "dog"
    kitten = subjects()[other].chinese
    for name in names(subject, "en"):
        prompt = f"draw {article(name)} {name} and a {other}"
        assert {thing.subject for thing in read_request(prompt).things} == {subject, other}, prompt
    for name in names(subject, "zh"):
        prompt = f"画一{measure(name)}{name}和一只{kitten}"
        assert {thing.subject for thing in read_request(prompt).things} == {subject, other}, prompt


def test_what_a_model_does_not_know_is_unknown_by_its_word_or_what_stands_for_it():
    assert read("a puppy and a cat", ["cat", "sun"]) == "- 1 cat | unknown: puppy"
    assert read("a christmas tree", ["tree"]) == "- 1 tree"


CUT = {"en": re.compile(r"[A-Za-z']+|[0-9]+|[.,;:-]"), "zh": re.compile(r"\w{1,3}|[，。；：]")}
PIECES: dict[str, list[str]] = {language: [] for language in CUT}
for _case in natural_prompts():
    if _case.split == "develop":
        PIECES[_case.language] += CUT[_case.language].findall(_case.prompt)


@given(st.sampled_from(["en", "zh"]), st.lists(st.tuples(st.integers(0, 9999), st.integers(1, 5)), max_size=5))
def test_pieces_of_what_people_write_are_read_or_refused_in_a_sentence(language, cuts):
    words = [word for start, count in cuts for word in PIECES[language][start : start + count]]
    try:
        read_request((" " if language == "en" else "").join(words))
    except (PlanError, ValueError) as error:
        assert str(error)


@given(st.text(alphabet="猫狗a cat dog的左边在上和, and of the red one between two it 3x\n", max_size=120))
def test_any_text_is_read_or_refused_in_a_sentence(prompt):
    try:
        read_request(prompt)
    except (PlanError, ValueError) as error:
        assert str(error)


@pytest.mark.parametrize("part", ["cat and ", "左", "the left of the ", "x3 ", "猫在狗的左边", "between a cat and "])
def test_the_longest_prompts_are_read_in_no_time(part):
    begin = time.process_time()
    try:
        read_request(part * (MAX_PROMPT // len(part)))
    except PlanError as error:
        assert "picture holds" in str(error)
    assert time.process_time() - begin < 5
