"""The canvas: levels of a picture, their tiles, what each tile sees, and tiles put together to a picture.

In: picture files, pixels `(height, width)` uint8, boxes of a plan. Out: levels, guides, borders, pictures.
Knows nothing about prompts, tokens or models.
"""
