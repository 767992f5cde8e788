"""An endpoint that is asked about a picture answers, or says in one sentence why not: real servers."""

import base64
import io
import json
import socket
import sys
import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tiledraw.common.extras import MissingExtraError
from tiledraw.models import endpoint as module
from tiledraw.models.asking import Budget, DownError, UnansweredError, Writing
from tiledraw.models.endpoint import Endpoint, EndpointConfig, read_completion, read_retry_after

PICTURE = Image.fromarray(np.tile(np.arange(64, dtype=np.uint8) * 4, (48, 1)))


def endpoint(server, budget=None, writing=None, **options):
    config = EndpointConfig(**{"url": server.url, "model": "qwen", "first_wait": 0.01, "timeout": 30.0, **options})
    return Endpoint(config, writing, budget)


def test_a_question_goes_out_with_the_picture_and_its_answer_comes_back(make_endpoint):
    server, budget = make_endpoint(lambda number, body: "a ramp 斜坡"), Budget()
    asked = endpoint(server, budget, Writing(77, 0.5), key="secret")
    assert asked.ask(PICTURE, "what is it?") == "a ramp 斜坡"
    ((path, headers, body),) = server.requests
    assert path == "/v1/chat/completions" and headers["Authorization"] == "Bearer secret"
    assert (body["model"], body["max_tokens"], body["temperature"]) == ("qwen", 77, 0.5)
    image, text = body["messages"][0]["content"]
    kind, data = image["image_url"]["url"].split(",")
    sent = Image.open(io.BytesIO(base64.b64decode(data)))
    assert kind == "data:image/jpeg;base64" and sent.size == PICTURE.size
    assert np.abs(np.asarray(sent).astype(int) - np.asarray(PICTURE)).mean() < 2
    assert text == {"type": "text", "text": "what is it?"}
    assert budget.spent == {"requests": 1, "tokens": 7}


@pytest.mark.parametrize(
    "failure",
    [
        (429, {"Retry-After": "0"}, b"{}"),
        (500, {}, b"<html>"),
        (503, {}, b""),
        (200, {}, b"<html>no JSON</html>"),
        (200, {}, b'{"choices": []}'),
        (200, {}, b'{"choices": [{"message": "hello"}]}'),
        (200, {}, b"[" * 100_000),
        (200, {}, b""),
        (200, {"Content-Length": "1000"}, b"cut off half"),
        (200, {"Content-Encoding": "gzip"}, b"no gzip"),
        None,
    ],
    ids=str,
)
def test_what_may_succeed_later_is_asked_again(make_endpoint, failure):
    server, budget = make_endpoint(lambda number, body: "a ramp" if number else failure), Budget()
    assert endpoint(server, budget).ask(PICTURE, "what?") == "a ramp"
    assert len(server.requests) == budget.spent["requests"] == 2


def test_an_endpoint_that_says_how_long_to_wait_is_believed(make_endpoint):
    server = make_endpoint(lambda number, body: "a ramp" if number else (429, {"Retry-After": "0"}, b""))
    start = time.monotonic()
    assert endpoint(server, first_wait=60.0).ask(PICTURE, "what?") == "a ramp"
    assert time.monotonic() - start < 30


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        ((429, {}, b'{"error": {"message": "too\\nmany"}}'), "answered 429: too many (3 tries)"),
        ((500, {}, b'{"error": "out of order"}'), "answered 500: out of order (3 tries)"),
        ((200, {}, b"hello"), "answered with no chat completion (3 tries)"),
        (None, "broke off"),
    ],
)
def test_an_endpoint_that_never_recovers_is_told_in_one_sentence(make_endpoint, failure, sentence):
    server = make_endpoint(lambda number, body: failure)
    with pytest.raises(UnansweredError) as caught:
        endpoint(server, retries=2).ask(PICTURE, "what?")
    assert sentence in str(caught.value) and "\n" not in str(caught.value)
    assert len(server.requests) == 3


def test_an_endpoint_that_says_nothing_is_not_waited_for(make_endpoint):
    server = make_endpoint(lambda number, body: 30.0)
    with pytest.raises(UnansweredError, match=r"did not answer within 0.5 seconds \(2 tries\)"):
        endpoint(server, timeout=0.5, retries=1).ask(PICTURE, "what?")


@pytest.mark.parametrize("headers", [True, False])
def test_an_endpoint_that_drips_is_not_waited_for(headers):
    """A byte at a time, before or behind the end of the headers."""
    over = threading.Event()

    def drip(listener):
        while not over.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\n" + (b"" if headers else b"Content-Length: 9999\r\n\r\n"))
                while not over.wait(0.05):
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        break

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=drip, args=(listener,), daemon=True).start()
        config = EndpointConfig(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", "m", timeout=0.5, retries=0)
        start = time.monotonic()
        with pytest.raises(UnansweredError, match=r"did not answer within 0\.5 seconds"):
            Endpoint(config).ask(PICTURE, "what?")
        assert time.monotonic() - start < 30
        over.set()


SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}}


def test_a_schema_goes_out_where_it_is_known_and_is_left_out_where_not(make_endpoint):
    server = make_endpoint(lambda number, body: "yes")
    assert endpoint(server).ask(PICTURE, "what?", SCHEMA) == "yes"
    assert server.requests[0][2]["response_format"]["json_schema"]["schema"] == SCHEMA
    for status in (400, 422, 500):
        server = make_endpoint(
            lambda number, body, status=status: (status, {}, b"no") if "response_format" in body else "yes"
        )
        asked = endpoint(server, retries=0)
        assert asked.ask(PICTURE, "what?", SCHEMA) == asked.ask(PICTURE, "what?", SCHEMA) == "yes"
        assert ["response_format" in body for *_, body in server.requests] == [True, False, False]


def test_what_is_under_way_ends_or_is_given_up_when_stopped(make_endpoint):
    for at_once, answer in ((True, 60.0), (False, None)):
        begun = threading.Event()

        def reply(number, body, answer=answer, begun=begun):
            begun.set()
            return answer or time.sleep(0.3) or "late"

        asked = endpoint(make_endpoint(reply), retries=0)
        threading.Thread(
            target=lambda asked=asked, at_once=at_once, begun=begun: begun.wait() and asked.stop(at_once)
        ).start()
        if at_once:
            with pytest.raises(UnansweredError, match="given up: stopped"):
                asked.ask(PICTURE, "what?")
        else:
            assert asked.ask(PICTURE, "what?") == "late"
        with pytest.raises(UnansweredError, match="not asked: stopped before"):
            asked.ask(PICTURE, "what?")


def test_an_endpoint_that_does_not_stop_talking_is_cut_short(make_endpoint, monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 1000)
    server = make_endpoint(lambda number, body: "a" * 2000)
    with pytest.raises(UnansweredError, match="answers without end"):
        endpoint(server, retries=0).ask(PICTURE, "what?")


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        ((401, {}, b'{"error": {"message": "bad key"}}'), "answered 401: bad key; set its key"),
        ((404, {}, b'{"error": {"message": "no model qwen"}}'), "answered 404: no model qwen"),
        ((307, {"Location": "http://127.0.0.1:1/"}, b""), "answered 307"),
        ((429, {"Retry-After": "86400"}, b""), "asks to come back in 86,400 seconds"),
    ],
)
def test_what_no_other_question_would_change_stops_all_at_once(make_endpoint, failure, sentence):
    server = make_endpoint(lambda number, body: failure)
    with pytest.raises(DownError) as caught:
        endpoint(server, key="secret").ask(PICTURE, "what?")
    assert sentence in str(caught.value) and "secret" not in str(caught.value)
    assert len(server.requests) == 1


def test_a_question_that_is_refused_is_not_asked_again(make_endpoint):
    server = make_endpoint(lambda number, body: (400, {}, b'{"error": {"message": "the picture is too large"}}'))
    with pytest.raises(UnansweredError, match="answered 400: the picture is too large"):
        endpoint(server).ask(PICTURE, "what?")
    assert len(server.requests) == 1


def test_an_endpoint_that_is_not_there_is_told(make_endpoint):
    server = make_endpoint(lambda number, body: "")
    server.shutdown()
    server.server_close()
    with pytest.raises(DownError, match=r"can't be reached: .* \(2 tries\)"):
        endpoint(server, retries=1).ask(PICTURE, "what?")


def test_a_budget_is_not_exceeded(make_endpoint):
    server = make_endpoint(lambda number, body: (500, {}, b""))
    with pytest.raises(DownError, match="the budget of 2 requests is spent"):
        endpoint(server, Budget(requests=2)).ask(PICTURE, "what?")
    assert len(server.requests) == 2
    server = make_endpoint(lambda number, body: "seven tokens")
    asked = endpoint(server, Budget(tokens=10))
    asked.ask(PICTURE, "what?")
    asked.ask(PICTURE, "what?")
    with pytest.raises(DownError, match="the budget of 10 tokens is spent"):
        asked.ask(PICTURE, "what?")


def test_an_endpoint_that_counts_no_tokens_costs_the_most_that_it_may_write(make_endpoint):
    content = json.dumps({"choices": [{"message": {"content": [{"type": "text", "text": "a"}, {"text": "b"}]}}]})
    server, budget = make_endpoint(lambda number, body: (200, {}, content.encode())), Budget()
    assert endpoint(server, budget, Writing(max_tokens=50)).ask(PICTURE, "what?") == "ab"
    assert budget.spent["tokens"] == 50


def test_whoever_waits_gives_up_when_stopped(make_endpoint):
    server = make_endpoint(lambda number, body: (500, {}, b""))
    asked = endpoint(server, first_wait=600.0)
    threading.Timer(0.3, asked.stop).start()
    with pytest.raises(UnansweredError, match="stopped"):
        asked.ask(PICTURE, "what?")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"url": "localhost:8000"}, "'localhost:8000' is no web address"),
        ({"url": "ftp://host/v1"}, "is no web address"),
        ({"url": "http://host:port/v1"}, "is no web address"),
        ({"url": "http://[/v1"}, "is no web address"),
        ({"url": "http://host/v1\n"}, "is no web address"),
        ({"model": " "}, "needs the name of a model"),
        ({"key": "a\nb"}, "the key of the endpoint"),
        ({"timeout": 0.0}, "timeout 0.0 is out of range"),
        ({"timeout": float("nan")}, "timeout nan is out of range"),
        ({"retries": -1}, "retries -1 is out of range"),
    ],
)
def test_an_endpoint_that_can_not_be_is_refused(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        EndpointConfig(**{"url": "http://localhost/v1", "model": "qwen", **options})


@pytest.mark.parametrize("url", ["http://host/v1", "http://host/v1/", "http://host/v1/chat/completions"])
def test_an_address_may_be_the_base_or_all_of_it(url):
    assert EndpointConfig(url, "qwen").address == "http://host/v1/chat/completions"


def test_a_missing_package_is_told_with_how_to_get_it(monkeypatch):
    for package in ("httpx", "tenacity"):
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(MissingExtraError, match=rf"{package}: pip install 'tiledraw\[annotate\]'"):
            Endpoint(EndpointConfig("http://localhost/v1", "qwen"))
        monkeypatch.undo()


def test_a_wait_is_asked_for_in_seconds_or_as_a_date():
    assert read_retry_after("7", 0.0) == 7
    assert read_retry_after("Thu, 01 Jan 1970 00:01:40 GMT", 40.0) == 60
    assert read_retry_after("Thu, 01 Jan 1970 00:01:40 GMT", 200.0) == 0
    for nonsense in (None, "", "soon", "-3", "1.5", "٣"):
        assert read_retry_after(nonsense, 0.0) is None


@given(
    st.binary(max_size=60)
    | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps).map(str.encode)
)
def test_any_bytes_are_a_completion_or_none(data):
    try:
        text, tokens = read_completion(data)
    except module._TryLaterError as error:
        assert "no chat completion" in str(error)
    else:
        assert isinstance(text, str) and (tokens is None or tokens >= 0)
