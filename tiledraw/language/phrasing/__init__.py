"""Phrasing: requests in words, as people write them, to learn from."""
