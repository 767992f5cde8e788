"""Serving: a page and an HTTP interface that watch a drawer at work.

In: requests of browsers and of clients of OpenAI's images interface. Out: events as they happen, and pictures.
Knows drawing by its events. Knows nothing about how a picture is drawn, or about the command line.
"""
