"""English sentences as people write them: pronouns, ordinals, what is held and worn, refused, or left empty."""

import pytest

from tiledraw.language.hearing.reader import read_request
from tiledraw.language.request import format_request


def read(prompt):
    return format_request(read_request(prompt)).replace("\n", " | ")


@pytest.mark.parametrize(
    "prompt, request_text",
    [
        # it, him, them: what was spoken of, rather than what that relates to
        ("a panda playing with a ball, a tent behind it",
         "- 1 panda, playing with ball | - 1 ball | - 1 tent, behind panda"),
        ("a fork left of the plate, a knife right of it",
         "- 1 fork, left of plate | - 1 plate | - 1 knife, right of plate"),
        ("a cat smaller than the dog behind it", "- 1 cat, smaller than dog | - 1 dog, behind cat"),
        ("a goat next to a tree with apples in it", "- 1 goat, next to tree | - 1 tree | - 3 apple, in tree"),
        ("a bowl, a pear and an apple in it", "- 1 bowl | - 1 pear, in bowl | - 1 apple, in bowl"),
        ("a cow left, a pig right, and between them a duck",
         "- 1 cow, left | - 1 pig, right | - 1 duck, between cow and pig"),
        ("a car behind a bus, a kite above the two of them",
         "- 1 car, behind bus | - 1 bus | - 1 kite, above car, above bus"),
        ("a cat and a dog looking at each other", "- 1 cat, looking at dog | - 1 dog"),
        ("a shop and a bank to the right of that", "- 1 shop | - 1 bank, right of shop"),
        # relative clauses
        ("a fox looking at a rabbit, which sits under a tree",
         "- 1 fox, looking at rabbit | - 1 rabbit, under tree | - 1 tree"),
        ("a clown whose hat is green and who holds a balloon",
         "- 1 clown, wearing hat, holding balloon | - 1 hat, green | - 1 balloon"),
        # ordinals, and ones
        ("three cups, the first red, the second blue, the third green",
         "- 1 cup, red | - 1 cup, blue | - 1 cup, green"),
        ("a tent and a canoe, the former red, the latter blue", "- 1 tent, red | - 1 canoe, blue"),
        ("a ball in a box and a second ball on a chair",
         "- 1 ball, in box | - 1 box | - 1 ball, on chair | - 1 chair"),
        ("two doors; behind the left one a goat, behind the right one a car",
         "- 1 door, left | - 1 goat, behind door 1 | - 1 door, right | - 1 car, behind door 2"),
        ("two cats, one red and one blue, the red one larger than the other",
         "- 1 cat, red, larger than cat 2 | - 1 cat, blue"),
        ("six cups. Half of them red, the other half blue", "- 3 cup, red | - 3 cup, blue"),
        ("a vase, a glass one, on a table", "- 1 vase, glass, on table | - 1 table"),
        ("a red ball, a blue one", "- 1 ball, red | - 1 ball, blue"),
        # held and worn
        ("a nurse with a syringe in her hand", "- 1 nurse, holding syringe | - 1 syringe"),
        ("a panda, headphones on", "- 1 panda, wearing headphones | - 1 headphones"),
        ("a snowman wearing a hat and a scarf next to a house",
         "- 1 snowman, wearing hat, wearing scarf, next to house | - 1 hat | - 1 scarf | - 1 house"),
        ("a woman holding a bouquet in one hand and a bell in the other next to a door",
         "- 1 woman, holding bouquet, holding bell, next to door | - 1 bouquet | - 1 bell | - 1 door"),
        ("a cat wearing a hat and a dog next to a house",
         "- 1 cat, wearing hat | - 1 hat | - 1 dog, next to house | - 1 house"),
        ("an elephant with a hat on its head and in its trunk a rose",
         "- 1 elephant, wearing hat, holding rose | - 1 hat | - 1 rose"),
        ("a parrot on the boy's shoulder", "- 1 parrot, on boy | - 1 boy"),
        ("a girl with a balloon red", "- 1 girl, holding balloon | - 1 balloon, red"),
        ("a clown with seven balls", "- 1 clown | - 7 ball"),
        # sides
        ("two bats to the house's right", "- 2 bat, right of house | - 1 house"),
        ("a duck to the lower left of the boat", "- 1 duck, below boat, left of boat | - 1 boat"),
        ("on the left side of the page a cat", "- 1 cat, left"),
        ("a cat in the bottom left corner, a dog in the opposite corner",
         "- 1 cat, bottom-left | - 1 dog, top-right"),
        ("a tent, left; a boat, right", "- 1 tent, left | - 1 boat, right"),
        ("an owl in the top right one", "- 1 owl, top-right"),
        # compounds, and whose young they are
        ("a bus stop and a dog", "- 1 bus stop | - 1 dog"),
        # verbs that are not said again, and who goes on
        ("A man walks his dog. He has an umbrella.", "- 1 man, holding umbrella | - 1 dog | - 1 umbrella"),
        ("three girls, each with a balloon", "- 3 girl, holding balloon | - 3 balloon"),
        ("two robots, one large and one small, with a ladder between them",
         "- 1 robot, large | - 1 robot, small | - 1 ladder, between robot 1 and robot 2"),
        # what stands first
        ("a cup on a table. Beneath stands a dog", "- 1 cup, on table | - 1 table | - 1 dog, under table"),
        ("a frog sits on a box. Under the box hides a snail", "- 1 frog, on box | - 1 box | - 1 snail, under box"),
        ("a lion, yellow. Below: a mouse", "- 1 lion, yellow | - 1 mouse, below lion"),
        # looks behind and before the noun
        ("a tree, small; a bird on it", "- 1 tree, small | - 1 bird, on tree"),
        ("a big, red ball", "- 1 ball, red, large"),
        ("a red and white striped hat", "- 1 hat, red, striped white"),
        ("a cake with a cherry on top", "- 1 cake | - 1 cherry, on cake"),
        ("a red couch and a chair, orange, on a rug", "- 1 couch, red, on rug | - 1 chair, orange, on rug | - 1 rug"),
        ("a cat, pink with white dots", "- 1 cat, pink, spotted white"),
        # sizes
        ("a snail half the size of the turtle", "- 1 snail, 2 times smaller than turtle | - 1 turtle"),
        ("a cat and a dog of the same size", "- 1 cat, same size as dog | - 1 dog"),
        # refused, behind the noun as before it
        ("a tree, apples not needed", "- 1 tree | absent: apple"),
        ("a horse, cows nowhere", "- 1 horse | absent: cow"),
        ("a meadow with a cow, flowers: none", "- 1 cow | background: grass | absent: flower"),
        ("a tower, zero people", "- 1 tower | absent: person"),
        ("a cup, but leave the spoon away", "- 1 cup | absent: spoon"),
        ("a man without glasses in an armchair", "- 1 man, in armchair | - 1 armchair | absent: glasses"),
        ("a couch, no cat on the couch", "- 1 couch | absent: cat"),
        ("moon on the left... no, at the top", "- 1 moon, top"),
        # empty
        ("north: a mountain. south: a tent. west: nothing.", "- 1 mountain, top | - 1 tent, bottom | empty: left"),
        ("clown right, leave the middle for the date", "- 1 clown, right | empty: center"),
        ("a cat, top right corner left blank", "- 1 cat | empty: top-right"),
        # titles
        ("dim sum: four dumplings", "- 4 dumpling"),
        ("crabs! 1 red crab, 5 beige crabs", "- 1 crab, red | - 5 crab, beige"),
    ],
)  # fmt: skip
def test_english_sentences_are_read_as_meant(prompt, request_text):
    assert read(prompt) == request_text
