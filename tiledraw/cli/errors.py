"""Errors as the command line tells them: one sentence, with the options that would help. Knows nothing about verbs."""

from __future__ import annotations

from tiledraw.language.boxes import UnknownSubjectError


def sentence_of(error: Exception) -> str:
    """One line that says what is wrong."""
    text = error.advice("--without-unknown") if isinstance(error, UnknownSubjectError) else str(error)
    if isinstance(error, OSError) and error.strerror:
        text = error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
    return " ".join(text.split()) or type(error).__name__
