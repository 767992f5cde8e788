"""Annotation: a vision-language model says what the pictures of a folder show, and where.

In: a folder of pictures, an endpoint or a local model. Out: plans and sentences in `metadata.jsonl`.
Knows nothing about documents, tokens or training.
"""
