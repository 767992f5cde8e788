"""The engine: the tokens that a model writes, exactly and fast.

In: documents with free pixels, noise, and a model's weights. Out: the pixels and thoughts that sampling one token after
another would give, whatever the batch, the pool of workers or the drafts.
Knows nothing about prompts, plans or levels.
"""
