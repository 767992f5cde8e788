"""Data: glyphs of our own and pictures of other people become documents to learn from.

In: subjects and requests, or folders and datasets of pictures with captions or labels. Out: documents, endless and
seeded, or built into shards. `annotation` has a vision-language model say what pictures show.
Knows nothing about models, decoding or training.
"""
