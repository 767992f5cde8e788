"""Training: documents become weights.

In: a configuration and a source of documents. Out: checkpoints, metrics, sample pictures and a model that draws.
Knows nothing about the command line or how drawings are judged.
"""
