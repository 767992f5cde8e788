"""Models on disk: folders, hub names, adapters, the models in the package, and what each has learned to draw.

In: a name or a folder. Out: a `LoadedModel` (vocabulary, knowledge, weights), or one sentence that says why not.
Knows nothing about training, planning or decoding.
"""
