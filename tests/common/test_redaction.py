"""Redaction: a secret is not readable in a text, however it is written there, and everything else is left as it was."""

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tiledraw.common.redaction import Redactor, hide_passwords

WAYS = {
    "plain": str,
    "percent-encoded": lambda text: quote(text, safe=""),
    "in small letters": lambda text: quote(text, safe="").lower(),
    "as a form": quote_plus,
    "all percent-encoded": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "in JSON": lambda text: json.dumps(text)[1:-1],
    "in UTF-8 JSON": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "escaped": lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text),
    "in HTML": html.escape,
    "in numbers": lambda text: "".join(f"&#{ord(letter)};" for letter in text),
    "in Python": lambda text: repr(text)[1:-1],
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("secret", ["sk-aB3/+x=~9'\"&<%", "p@ss w:rd", "秘密", "7", "a.b*c(d)"])
def test_a_secret_is_hidden_in_whatever_way_it_is_written(secret, way):
    assert Redactor([secret])(f"the key ({WAYS[way](secret)}) is wrong") == "the key (***) is wrong"


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=9, max_size=40), st.binary(max_size=9))
def test_a_secret_is_hidden_in_base64_behind_anything(secret, before):
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        hidden = Redactor([secret])(encode(before + secret.encode()).decode())
        assert "***" in hidden and secret.encode()[3:6] not in base64.urlsafe_b64decode(
            hidden.partition("***")[0].replace("+", "-").replace("/", "_") + "=="
        )


def test_a_short_secret_is_hidden_as_a_word_alone():
    assert Redactor(["cat"])('the cat, {"concatenated": "cats"}') == 'the ***, {"concatenated": "cats"}'


@given(st.text(), st.lists(st.text(min_size=1, max_size=20), max_size=3))
def test_all_else_is_left_as_it_was(text, secrets):
    assume(not any(secret.lower() in text.lower() for secret in secrets))
    assume(not any(letter in text for letter in "%\\&+@"))
    assert Redactor(secrets)(text) == text
    assert Redactor(["", *secrets])("") == ""


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("http://ann:pass@host/v1 is wrong", "http://***@host/v1 is wrong"),
        ("'https://ann:p/a@s@host:1/v1'", "'https://***@host:1/v1'"),
        ("http://token@host", "http://***@host"),
        ("socks5://:word@[::1]:9", "socks5://***@[::1]:9"),
        ("https://host/@ann, or ann@host", "https://host/@ann, or ann@host"),
    ],
)
def test_users_and_passwords_of_addresses_are_hidden(text, hidden):
    assert hide_passwords(text) == hidden
