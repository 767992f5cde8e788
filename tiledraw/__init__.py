"""tiledraw: a language model thinks about a picture, then draws it, tile by tile."""
