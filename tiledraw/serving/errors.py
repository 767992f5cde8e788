"""Errors as clients get them: a status, and one sentence in the form of OpenAI's interface.

Knows what may go wrong. Knows nothing about routes.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from tiledraw.common.extras import needs
from tiledraw.language.boxes import UnknownSubjectError
from tiledraw.serving.history import HistoryError, UnknownPictureError
from tiledraw.serving.limits import TooLargeError
from tiledraw.serving.queueing import QueueFullError, StoppedError, TooLongError

with needs("serve"):
    from fastapi.responses import Response

LOG = logging.getLogger("tiledraw.serving")
_KINDS: dict[type[Exception], tuple[int, str, str | None]] = {  # status, type, code; the first that fits counts
    HistoryError: (503, "server_error", "history"),
    TooLargeError: (400, "invalid_request_error", "too_large"),
    QueueFullError: (429, "rate_limit_error", "queue_full"),
    StoppedError: (503, "server_error", "stopping"),
    TooLongError: (504, "server_error", "time_limit"),
    UnknownPictureError: (404, "invalid_request_error", "not_found"),
    UnknownSubjectError: (400, "invalid_request_error", "unknown_subject"),
    ValueError: (400, "invalid_request_error", None),
}


class RequestError(ValueError):
    """A request that can't be answered, with the name of the parameter that is wrong."""

    def __init__(self, sentence: str, status: int = 400, param: str | None = None, code: str | None = None) -> None:
        super().__init__(sentence)
        self.status, self.param, self.code = status, param, code


def message_of(error: Exception) -> str:
    """What a client is told of an error that is no fault of ours."""
    told = error.advice("without_unknown") if isinstance(error, UnknownSubjectError) else str(error)
    return " ".join(told.split())


def describe_error(error: Exception) -> tuple[int, dict[str, Any]]:
    """The status and the body that tell a client of an error; one that is our fault goes to the log."""
    if isinstance(error, RequestError):
        return error.status, _body(str(error), "invalid_request_error", error.code, error.param)
    for kind, (status, name, code) in _KINDS.items():
        if isinstance(error, kind):
            return status, _body(message_of(error), name, code)
    LOG.error("a request failed", exc_info=error)
    return 500, _body("something went wrong on the server, whose log says what", "server_error", "internal_error")


def _body(message: str, kind: str, code: str | None = None, param: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def error_response(error: Exception) -> Response:
    """An error as a whole answer."""
    status, body = describe_error(error)
    headers = {"Retry-After": "5"} if status in (429, 503) else {}
    headers |= {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return Response(json.dumps(body), status, headers, "application/json")  # in ASCII, whatever is quoted
