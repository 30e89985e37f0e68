"""Errors of the service: one line that says what was expected, found, and to do (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus

from flask import Flask, Response, request
from pygeoapi.api import API
from werkzeug.exceptions import HTTPException

from dezone.translation import language_of, say, speaking
from geodata.errors import DezoneError

MEDIA_TYPE = "application/problem+json"

SCHEMA = {
    "type": "object",
    "description": "What was expected, what was found, and what to do (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
    },
}


class RequestError(DezoneError):
    """A request that is not answered, with the HTTP status that says why."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


def problem(status: int, detail: str) -> Response:
    """Return an error as a response."""
    return Response(_body(status, detail), status, content_type=MEDIA_TYPE)


def _body(status: int, detail: str) -> str:
    fields = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    return json.dumps({**fields, "detail": detail}, ensure_ascii=False)


def answer_problems(app: Flask) -> None:
    """Let an application answer every error as a problem; nothing of a request is logged."""

    def unforeseen(error: Exception) -> Response:
        return problem(
            500, f"expected no fault of the service, found {type(error).__name__}; report it."
        )

    def refused(error: Exception) -> Response:
        assert isinstance(error, DezoneError)  # noqa: S101  (it is registered for these)
        return problem(getattr(error, "status", 400), _in_its_language(str(error)))

    def by_status(error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        said = _SAID.get(error.code or 500, error.description or "")
        found = problem(error.code or 500, _in_its_language(said))
        valid = getattr(error, "valid_methods", None)
        if valid:
            found.headers["Allow"] = ", ".join(sorted(valid))
        return found

    handlers: dict[type[Exception], Callable[[Exception], Response]] = {
        Exception: unforeseen,
        DezoneError: refused,
        HTTPException: by_status,
    }
    for kind, handler in handlers.items():
        app.register_error_handler(kind, handler)


def _in_its_language(text: str) -> str:
    """Return a text in the language that a request asks for (``lang``), where it has it."""
    with speaking(language_of(["--lang", request.args.get("lang", "")], {})):
        return say(text)


_SAID = {
    404: "expected an address that /openapi lists, found another; choose one of these.",
    405: "expected a method that the address has, found another; see /openapi.",
    413: "expected a smaller body, found one that is too large; send it in parts.",
}


class ProblemAPI(API):  # type: ignore[misc]  # pygeoapi ships no types
    """pygeoapi's API, whose errors are problems, too, in which nothing of its own is logged."""

    def get_exception(
        self, status: int, headers: dict[str, str], format_: str, code: str, description: str
    ) -> tuple[dict[str, str], int, str]:
        """Return headers, status and body of an error."""
        status = int(status)
        if status >= 500:  # what cannot be understood is the client's; nothing is proxied
            status = 400
        return (
            {**headers, "Content-Type": MEDIA_TYPE},
            status,
            _body(
                status,
                f"expected a request as /openapi describes it, found another ({description}); "
                "correct it.",
            ),
        )
