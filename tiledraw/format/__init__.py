"""The format: documents become tokens, and tokens become documents.

In: prompts, thoughts, pixels, guides and borders. Out: ids with what is given and what the model draws, and back again.
Training, decoding and parsing use the same grammar, so a malformed picture can't be drawn.
Knows nothing about models, files or when a tile is drawn.
"""
