"""The guard: strange hosts, other sites, missing keys endless bodies get nothing; answers tie browsers down."""

import re
from importlib import resources

import httpx
import pytest

from tiledraw.serving.guard import COOKIE, Key

SECRET = "a secret of mine"


def code_of(answer):
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io:80", ""])
def test_a_name_that_is_not_of_this_machine_is_not_answered(client, host):
    assert code_of(client.get("/", headers={"Host": host})) == (421, "wrong_host")


@pytest.mark.parametrize("host", ["localhost", "localhost:1234", "127.0.0.1:8765", "[::1]:8765"])
def test_names_of_this_machine_are_answered(client, host):
    assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://127.0.0.1:1"},
    ],
)
@pytest.mark.parametrize("path", ["/api/draw", "/v1/images/generations", "/api/open", "/nowhere"])
def test_other_sites_change_nothing(client, headers, path):
    assert code_of(client.post(path, headers=headers, content=b"{}")) == (403, "cross_site")


def test_our_own_page_may_ask(client):
    origin = str(client.base_url).rstrip("/")
    answer = client.post(
        "/api/open", headers={"Origin": origin, "Sec-Fetch-Site": "same-origin"}, content=b"no picture"
    )
    assert answer.status_code == 400 and "cross" not in answer.text


def test_a_body_that_says_that_it_is_too_long_is_not_read(client, served):
    most = served[1].limits.body
    head = f"POST /api/draw HTTP/1.1\r\nHost: localhost\r\nContent-Length: {most + 1}\r\n\r\n".encode()
    import socket

    with socket.create_connection((client.base_url.host, client.base_url.port), 10) as connection:
        connection.sendall(head)  # and nothing more
        assert connection.recv(100).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("path", ["/api/draw", "/v1/images/generations"])
def test_a_body_that_does_not_say_how_long_it_is_is_read_up_to_the_limit(client, served, path):
    piece = b" " * 2**16
    pieces = (piece for _ in range(served[1].limits.body // len(piece) + 2))
    answer = client.post(path, content=pieces, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413 and "bytes, the most that are read" in answer.json()["error"]["message"]


@pytest.mark.parametrize("path", ["/", "/static/main.js", "/v1/models", "/api/about", "/nowhere", "/openapi.json"])
def test_every_answer_ties_browsers_down(client, path):
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"


def test_the_page_runs_nothing_but_its_own_files():
    static = resources.files("tiledraw.serving").joinpath("static")
    for file in static.iterdir():
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|//cdn|innerHTML|outerHTML|insertAdjacent|document\.write|\beval\(", text), (
            file.name
        )
        if file.name.endswith(".html"):
            assert not re.search(r"<script(?![^>]*src=\"/static/)|<style|\bon\w+=|style=|javascript:", text)


@pytest.mark.parametrize(
    "name", ["../app.py", "..%2fapp.py", "%2e%2e/app.py", "app.py", ".env", "main.js/../../app.py"]
)
def test_nothing_but_the_files_of_the_page_is_served(client, name):
    answer = client.get(f"/static/{name}")
    assert answer.status_code == 404 and "Guard" not in answer.text


def test_without_the_key_there_is_only_the_page_that_asks_for_it(make_server, capfd):
    with make_server(key=SECRET) as (address, _), httpx.Client(base_url=address) as client:
        assert client.get("/").status_code == client.get("/static/main.js").status_code == 200
        assert client.get("/", headers={"Host": "draw.example"}).status_code == 200
        for headers in (
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": SECRET},
            {"Cookie": f"{COOKIE}={SECRET}"},
        ):
            for path in ("/v1/models", "/api/pictures", "/api/about", "/openapi.json"):
                answer = client.get(path, headers=headers)
                assert code_of(answer) == (401, "invalid_api_key") and answer.headers["www-authenticate"] == "Bearer"
        assert client.get("/v1/models", headers={"Authorization": f"Bearer {SECRET}"}).status_code == 200
        assert client.post("/api/login", json={"key": "wrong"}).status_code == 401
        answer = client.post("/api/login", json={"key": SECRET})
        assert answer.status_code == 204 and SECRET not in answer.headers["set-cookie"]
        assert {"HttpOnly", "SameSite=strict"} <= set(answer.headers["set-cookie"].split("; "))
        assert client.get("/api/about").status_code == 200
    told = capfd.readouterr()
    assert SECRET not in told.out + told.err


def test_a_key_is_never_printed():
    assert SECRET not in repr(Key(SECRET)) + str(Key(SECRET))
    assert not Key(SECRET).is_told("\udcff") and not Key(SECRET).opens("Bearer \xff", f"{COOKIE}=\xff")
