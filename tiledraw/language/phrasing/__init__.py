"""Phrasing: a request in the words of people, in as many ways as they have."""
