"""Endpoints: a language model, which may see, behind the chat completions of the OpenAI protocol.

Asks, waits and asks again as long as that may help, within a budget; httpx talks, tenacity tries again. Knows HTTP and
that protocol. Knows nothing about what is asked, nor what becomes of an answer.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

from PIL import Image

from tiledraw.common.checks import shorten
from tiledraw.common.extras import needs
from tiledraw.common.redaction import HIDDEN, Redactor
from tiledraw.models.asking import Budget, DownError, UnansweredError, Writing, one_line

LONGEST_WAIT = 60.0  # seconds between two tries
LONGEST_ASKED = 600.0  # seconds that an endpoint may ask to wait; a longer wait is for another day
MOST_BYTES = 2**22  # of a reply
QUALITY = 90  # of the JPEG that an endpoint is sent
COMPLETIONS = "/chat/completions"
_LATER = {408, 409, 425, 429}  # and 500 to 599: the same request may be answered later
_NEVER = {401, 402, 403, 404, 405}  # and 300 to 399: nothing sent there is answered
_PERHAPS_SCHEMA = {500, 501}  # what some say to a schema that they don't know


@dataclass(frozen=True)
class EndpointConfig:
    """Where an endpoint is, and how patient one is with it.

    Attributes:
        url: Base of the API, such as `http://localhost:8000/v1`; a user and a password in it are sent as basic
            authentication.
        model: Name of the model there.
        key: Sent as bearer token; None sends none.
        timeout: Seconds that one request may take in all.
        retries: How often a request is repeated that failed but may succeed later.
        first_wait: Seconds before the first repetition; each later one waits twice as long, up to a minute, if the
            endpoint does not say how long to wait. As much again at most is added at random, so that threads do not
            come back together.

    Raises:
        ValueError: any of them is not as it should be.
    """

    url: str = field(repr=False)
    model: str
    key: str | None = field(default=None, repr=False)
    timeout: float = 120.0
    retries: int = 5
    first_wait: float = 1.0

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
            good = good and self.url.isprintable() and " " not in self.url
        except ValueError:
            good = False
        if not good:
            raise ValueError(
                f"{shorten(_shown(self.url), 80)} is no web address; give one such as http://localhost:8000/v1"
            )
        if not self.model.strip():
            raise ValueError("an endpoint needs the name of a model, such as 'Qwen/Qwen3-VL-8B-Instruct'")
        if self.key is not None and not (self.key.isascii() and self.key.isprintable() and self.key):
            raise ValueError("the key of the endpoint is empty or holds characters that no key has")
        if not 0 < self.timeout < threading.TIMEOUT_MAX:
            raise ValueError(f"timeout {self.timeout} is out of range; it is more than 0 seconds")
        if self.retries < 0:
            raise ValueError(f"retries {self.retries} is out of range; it is 0 or more")

    @property
    def address(self) -> str:
        """Where questions go, without the user and the password."""
        parts = urlsplit(self.url)
        base = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])).rstrip("/")
        return base if base.endswith(COMPLETIONS) else base + COMPLETIONS

    @property
    def login(self) -> tuple[str, str] | None:
        """The user and the password, if the address has any."""
        parts = urlsplit(self.url)
        return (unquote(parts.username or ""), unquote(parts.password or "")) if "@" in parts.netloc else None

    @property
    def secrets(self) -> list[str]:
        """What nobody is to read in what the endpoint says, nor in what is said of it."""
        user, password = self.login or ("", "")
        query = [value for _, value in parse_qsl(urlsplit(self.url).query)]
        login = [password, f"{user}:{password}"] if password else [user]  # a user alone is a token
        return [secret for secret in (self.key, *login, *query) if secret]


def _shown(url: str) -> str:
    """An address that may be none, without what may be a password."""
    scheme, _, rest = url.rpartition("//")
    _, at, host = rest.rpartition("@")
    return f"{scheme}//{HIDDEN}@{host}" if at and scheme else f"{HIDDEN}@{host}" if at else url


class _TryLaterError(Exception):
    """A request failed that may succeed later: why, the seconds to wait if the endpoint says so, if it was reached, and
    whether it said something."""

    def __init__(self, reason: str, wait: float | None = None, reached: bool = True, said: bool = False) -> None:
        super().__init__(reason)
        self.wait, self.reached, self.said = wait, reached, said


class _RefusedError(UnansweredError):
    """The endpoint answers a request, but not with what was asked for: perhaps it knows no schema."""


class Endpoint:
    """Any endpoint that speaks the chat completions of the OpenAI protocol: vLLM, Ollama, llama.cpp, a cloud.

    Raises:
        MissingExtraError: httpx or tenacity is missing.
    """

    def __init__(self, config: EndpointConfig, writing: Writing | None = None, budget: Budget | None = None) -> None:
        with needs("annotate"):
            import httpx
            import tenacity
        self.config, self.writing, self.budget = config, writing or Writing(), budget or Budget()
        self.name = config.model
        self._hide = Redactor(config.secrets)
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._running: set[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = set()
        self._knows_schemas = True
        jitter = tenacity.wait_random(0, config.first_wait)
        self._backoff = tenacity.wait_exponential(config.first_wait, LONGEST_WAIT) + jitter
        headers = {"Authorization": f"Bearer {config.key}"} if config.key else {}
        self._client: dict[str, Any] = {
            "auth": config.login,  # not in the address, which httpx writes to its log
            "headers": {"Content-Type": "application/json", **headers},
            "timeout": config.timeout,
            "follow_redirects": False,  # nobody else gets the key
            "verify": httpx.create_ssl_context(),  # once, and not for each question
        }

    def stop(self, at_once: bool = False) -> None:
        """Nothing is asked from now on; what is under way comes to its end, or is given up `at_once`."""
        self._stopped.set()
        with self._lock:
            for loop, task in self._running if at_once else ():
                loop.call_soon_threadsafe(task.cancel)

    def ask(self, image: Image.Image, question: str, schema: Mapping[str, Any] | None = None) -> str:
        """The answer to a question about a picture, as it came, but for key and password, should it repeat them.

        Raises:
            UnansweredError: this question got no answer.
            DownError: no question will get one.
        """
        file = io.BytesIO()
        image.save(file, "JPEG", quality=QUALITY)
        picture = f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"
        content = [{"type": "image_url", "image_url": {"url": picture}}, {"type": "text", "text": question}]
        return self.chat([{"role": "user", "content": content}], schema)

    def chat(self, messages: Sequence[Mapping[str, Any]], schema: Mapping[str, Any] | None = None) -> str:
        """The answer to messages, likewise; JSON of a schema, if one is given and the endpoint holds its model to it.
        An endpoint that refuses schemas is asked without, and from then on at once.

        Raises:
            UnansweredError: they got no answer.
            DownError: nothing will get one.
        """
        try:
            if schema is not None and self._knows_schemas:
                try:
                    return self._hide(self._ask(self._body(messages, schema)))
                except _RefusedError:
                    answer = self._ask(self._body(messages, None))
                    self._knows_schemas = False  # it answers, but not to a schema
                    return self._hide(answer)
            return self._hide(self._ask(self._body(messages, None)))
        except (UnansweredError, DownError) as error:
            kind = DownError if isinstance(error, DownError) else UnansweredError
            raise kind(self._hide(str(error))) from None

    def _ask(self, body: bytes) -> str:
        import tenacity

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_TryLaterError),
            stop=tenacity.stop_after_attempt(self.config.retries + 1) | tenacity.stop_when_event_set(self._stopped),
            wait=self._wait,
            sleep=tenacity.sleep_using_event(self._stopped),
            reraise=True,
        )
        try:
            return retrying(self._try, body)
        except _TryLaterError as error:
            tries = retrying.statistics["attempt_number"]
            kind = _RefusedError if error.said else UnansweredError if error.reached else DownError
            raise kind(f"{self.config.address} {error} ({tries} {'try' if tries == 1 else 'tries'})") from None

    def _wait(self, state: Any) -> float:
        """Seconds until the next try: what the endpoint asks for, or else ever longer."""
        asked = state.outcome.exception().wait
        return self._backoff(state) if asked is None else asked

    def _body(self, messages: Sequence[Mapping[str, Any]], schema: Mapping[str, Any] | None) -> bytes:
        body: dict[str, Any] = {
            "model": self.config.model,
            "messages": list(messages),
            "max_tokens": self.writing.max_tokens,
            "temperature": self.writing.temperature,
        }
        if schema is not None:
            named = {"name": "answer", "schema": schema}
            body["response_format"] = {"type": "json_schema", "json_schema": named}
        return json.dumps(body).encode()

    def _try(self, body: bytes) -> str:
        import httpx

        if self._stopped.is_set():
            raise UnansweredError("the question was not asked: stopped before")
        self.budget.take_request()
        try:
            status, headers, data = self._post(body)
        except (httpx.TimeoutException, asyncio.TimeoutError, TimeoutError):
            raise _TryLaterError(f"did not answer within {self.config.timeout:g} seconds") from None
        except asyncio.CancelledError:
            raise UnansweredError("the question was given up: stopped") from None
        except (httpx.ConnectError, httpx.UnsupportedProtocol) as error:
            raise _TryLaterError(f"can't be reached: {self._said(str(error))}", reached=False) from None
        except httpx.InvalidURL as error:
            raise DownError(f"{shorten(self.config.address, 80)} is no web address: {self._said(str(error))}") from None
        except httpx.HTTPError as error:
            raise _TryLaterError(f"broke off: {self._said(str(error))}") from None
        if status in _LATER or status >= 500:
            wait = self._asked_wait(headers.get("Retry-After"))
            raise _TryLaterError(f"answered {self._told(status, data)}", wait, said=status in _PERHAPS_SCHEMA)
        if status in _NEVER or 300 <= status < 400:
            hint = "; set its key in the environment" if status in (401, 403) else ""
            raise DownError(f"{self.config.address} answered {self._told(status, data)}{hint}")
        if status >= 400:
            raise _RefusedError(f"{self.config.address} answered {self._told(status, data)}")
        text, tokens = read_completion(data)
        self.budget.add(self.writing.max_tokens if tokens is None else tokens)
        return text

    def _post(self, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        """Sends the body; the status, the headers and the whole content, of bounded size and within the timeout in all,
        however slowly the endpoint talks: httpx's own timeout is for each piece of it, so a loop of this thread keeps
        the time."""
        loop = asyncio.new_event_loop()
        task = loop.create_task(asyncio.wait_for(self._exchange(body), self.config.timeout))
        with self._lock:
            self._running.add((loop, task))
        try:
            return loop.run_until_complete(task)
        finally:
            with self._lock:
                self._running.discard((loop, task))
            loop.close()

    async def _exchange(self, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        import httpx

        data = bytearray()
        async with (
            httpx.AsyncClient(**self._client) as client,
            client.stream("POST", self.config.address, content=body) as response,
        ):
            async for chunk in response.aiter_bytes():
                data += chunk
                if len(data) > MOST_BYTES:
                    raise _TryLaterError("answers without end")
        return response.status_code, response.headers, bytes(data)

    def _asked_wait(self, header: str | None) -> float | None:
        """Seconds that the endpoint asks to wait (Retry-After in seconds or as a date, RFC 9110), or None.

        Raises:
            DownError: it asks for more than anyone waits.
        """
        wait = read_retry_after(header, time.time())
        if wait is not None and wait > LONGEST_ASKED:
            raise DownError(f"{self.config.address} asks to come back in {wait:,.0f} seconds; run it again then")
        return wait

    def _said(self, text: str) -> str:
        """What someone else says, in one line; cut only after secrets are hidden, lest half of one stays."""
        return one_line(self._hide(text))

    def _told(self, status: int, data: bytes) -> str:
        """A status with what the endpoint says about it."""
        try:
            error: Any = json.loads(data)
            error = error.get("error", error) if isinstance(error, dict) else error
            message = error.get("message", "") if isinstance(error, dict) else error
        except (ValueError, RecursionError):
            message = ""
        message = self._said(message) if isinstance(message, str) else ""
        return f"{status}: {message}" if message else f"{status}"


def read_retry_after(value: str | None, now: float) -> float | None:
    """Seconds from `now` (in seconds since 1970) on that a Retry-After header asks to wait; None if it says nothing."""
    value = (value or "").strip()
    if value.isascii() and value.isdecimal():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except (ValueError, OverflowError):
        return None


def read_completion(data: bytes) -> tuple[str, int | None]:
    """The text of a chat completion, and how many tokens were read and written if it says so."""
    try:
        reply = json.loads(data)
        content = reply["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise _TryLaterError("answered with no chat completion") from None
    if isinstance(content, list):  # some send parts
        content = "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    usage = reply.get("usage")
    tokens = usage.get("total_tokens") if isinstance(usage, dict) else None
    text = content if isinstance(content, str) else ""
    return text.encode("utf-8", "replace").decode(), tokens if type(tokens) is int and tokens >= 0 else None
