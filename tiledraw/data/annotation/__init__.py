"""Annotation: a vision-language model says what the pictures of a folder show, and where.

In: a folder of pictures, an endpoint or a local model. Out: plans, sentences, texts of tiles in `metadata.jsonl`.
Knows nothing about documents, tokens or training.
"""
