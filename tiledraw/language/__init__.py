"""Language: a prompt becomes a request, and a request becomes a plan.

In: a sentence in English or Chinese. Out: a `Plan` (a background, and a box for each subject); or requests phrased as
sentences, which training learns from.
Knows nothing about pixels, tokens or models.
"""
