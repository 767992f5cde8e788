"""Attributes: the words that a plan may say of a thing, and of the background.

Colour words are exact: each is one colour. All that OpenMoji's glyphs are made of have one (openmoji.org, CC BY-SA
4.0); where it has several reds, the plain word is the one that most of them use.
Knows words. Knows nothing about pictures.
"""

from __future__ import annotations

COLOURS = {
    "black": "#000000", "dark gray": "#3f3f3f", "gray": "#9b9b9a", "light gray": "#d0cfce", "white": "#ffffff",
    "red": "#ea5a47", "dark red": "#d22f27", "burgundy": "#781e32",
    "orange": "#f4aa41", "dark orange": "#e27022", "gold": "#f1b31c", "yellow": "#fcea2b",
    "lime": "#b1cc33", "green": "#5c9e31", "dark green": "#186648", "turquoise": "#40c8b4", "teal": "#187c80",
    "light blue": "#92d3f5", "blue": "#61b2e4", "dark blue": "#1e50a0", "navy": "#14284b",
    "lavender": "#b399c8", "purple": "#8967aa", "violet": "#5b3a8c", "magenta": "#c83c96",
    "pink": "#ffa7c0", "dark pink": "#e67a94",
    "cream": "#fadcbc", "beige": "#debb90", "tan": "#c19a65", "brown": "#a57939", "dark brown": "#6a462f",
    "espresso": "#352318",
}  # fmt: skip
PATTERNS = ("striped", "spotted", "checkered")
MATERIALS = {"wooden": "brown", "stone": "gray", "metal": "light gray", "golden": "gold", "glass": "light blue"}
STYLES = ("line drawing", "silhouette", "gray style")
SCENERY = ("grass", "hills", "beach", "sea", "snow", "night", "desert", "room", "forest", "street", "underwater",
           "sunset")  # fmt: skip
# Of which no two are alike, each with the temperature at which it is drawn if nothing is said: the likeliest night has
# no star, and the likeliest hill is flat.
OPEN_SCENERY = {"grass": 0.8, "hills": 0.7, "beach": 0.8, "sea": 0.8, "snow": 0.9, "night": 1.0, "desert": 0.8}
NOTHING = "none"  # a transparent background
BACKGROUNDS = (NOTHING, *SCENERY, *COLOURS)
MOST_TURNED = 30  # degrees
