"""Redaction: keys and passwords do not appear in what is printed or written, however somebody repeats them.

Knows text. Knows nothing about where secrets come from.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterable

HIDDEN = "***"
SHORT = 8  # characters, from which on a secret is no word that happens to stand in a text
# Whoever stands before the host of a web address: a user with a password, which may hold a / or another @, or alone.
_USER = re.compile(r"(\b[a-z][a-z0-9+.-]*://)(?:[^\s'\"<>/@:]*:[^\s'\"<>]*|[^\s'\"<>/@]*)@", re.IGNORECASE)


def hide_passwords(text: str) -> str:
    """A text without the users and passwords of the web addresses in it."""
    return _USER.sub(rf"\1{HIDDEN}@", text)


class Redactor:
    """Hides secrets in texts, in whatever way each of their letters is written: as it is, percent-encoded, escaped in
    JSON, HTML or Python; or all of it in base64. A short one is hidden only where it is a whole word."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets if secret for form in (secret, *_base64(secret))}
        found = [_pattern(form) for form in sorted(forms, key=len, reverse=True)]
        self._pattern = re.compile("|".join(found), re.IGNORECASE) if found else None

    def __call__(self, text: str) -> str:
        text = hide_passwords(text)
        return self._pattern.sub(HIDDEN, text) if self._pattern else text


def _base64(secret: str) -> set[str]:
    """How a secret reads in base64, where it stands alone or behind anything else: without the first and last letters,
    which depend on its neighbours."""
    data = secret.encode("utf-8", "surrogateescape")
    if len(data) < SHORT:
        return set()
    forms = {
        encode(b"\0" * shift + data).decode().rstrip("=")[(4 * shift + 2) // 3 : -1]
        for shift in range(3)
        for encode in (base64.b64encode, base64.urlsafe_b64encode)
    }
    return {form for form in forms if len(form) >= SHORT}


def _pattern(secret: str) -> str:
    letters = "".join(map(_letter, secret))
    return letters if len(secret) >= SHORT else rf"(?<!\w){letters}(?!\w)"


def _letter(letter: str) -> str:
    """A pattern for all ways to write a letter."""
    data = letter.encode("utf-8", "surrogateescape")
    ways = [
        "".join(f"%{byte:02x}" for byte in data),
        "".join(rf"\\x{byte:02x}" for byte in data),
        *(rf"\\u{unit:04x}" for unit in [ord(letter)] if unit < 0x10000),
        rf"&#0*{ord(letter)};",
        rf"&#x0*{ord(letter):x};",
        *([html.escape(letter)] if html.escape(letter) != letter else []),
        *([r"\+"] if letter == " " else []),
        rf"\\?{re.escape(letter)}",  # last: a % or an & as it is also begins how it is encoded
    ]
    return f"(?:{'|'.join(ways)})"
