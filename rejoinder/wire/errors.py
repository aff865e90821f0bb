"""Every error on the wire: one table from kinds of error to HTTP status, one shape.

`{"error": {"code", "message", "field", "request_id"}}`. Domain errors know nothing of HTTP; what no table row knows is a
500 that is logged whole and told to the caller without detail. Somebody who follows a link gets the message as a page.
"""

import html
from typing import Any

import asyncpg
import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from rejoinder.db.transaction import AWAY, GAVE_WAY
from rejoinder.units import errors

log = structlog.get_logger(__name__)

STATUS_OF_KIND: dict[type[errors.DomainError], int] = {
    errors.InputInvalid: 400,
    errors.NotSignedIn: 401,
    errors.NotAllowed: 403,
    errors.Missing: 404,
    errors.Conflict: 409,
    errors.Refused: 422,
    errors.TooMany: 429,
    errors.Unavailable: 503,
}

# The database is away or busy with others, or somebody ended the statement: the caller tries again.
_PASSING = (*AWAY, *GAVE_WAY, asyncpg.OperatorInterventionError, ConnectionError, TimeoutError)

_HTTP_CODES = {
    400: "input_invalid",
    404: "missing",
    405: "method_not_allowed",
    413: "too_large",
    415: "input_invalid",
}
_HTTP_MESSAGES = {
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
    413: "That is larger than what this address takes.",
}


_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Rejoinder</title>
<link rel="icon" href="/static/icon.svg">
<link rel="stylesheet" href="/static/plain.css">
<main><h1>{message}</h1><p><a href="/">To my chats</a></p></main>
</html>
"""


class ErrorDetail(msgspec.Struct):
    """What went wrong, for people and programs."""

    code: str
    message: str
    field: str | None = None
    request_id: str | None = None


class ErrorBody(msgspec.Struct):
    """The body of every error."""

    error: ErrorDetail


def status_of(error: errors.DomainError) -> int:
    """The HTTP status of a domain error: that of the nearest kind it belongs to."""
    return next(STATUS_OF_KIND[kind] for kind in type(error).__mro__ if kind in STATUS_OF_KIND)


def on_domain_error(request: Request[Any, Any, Any], error: errors.DomainError) -> Response[ErrorBody]:
    """Answer a refusal of the program's own."""
    response = _answer(request, status_of(error), error.reason, error.message, error.field)
    if isinstance(error, errors.TooMany):
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response


def on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[ErrorBody]:
    """Answer what the framework refused: routing, bodies, validation."""
    status = error.status_code
    if status >= 500:
        return on_unexpected(request, error)
    code = _HTTP_CODES.get(status, "refused")
    if isinstance(error, ValidationException):
        field, message = _first_problem(error)
        return _answer(request, 400, code, message, field)
    message = _HTTP_MESSAGES.get(status) or f"{error.detail}"[:300]
    return _answer(request, status, code, message, None)


def on_recursion(request: Request[Any, Any, Any], error: RecursionError) -> Response[ErrorBody]:
    """Answer a body nested deeper than anything documented; other endless depth is our own fault."""
    if "deserializing" not in str(error):
        return on_unexpected(request, error)
    return _answer(request, 400, "input_invalid", "The request holds too many things within things.", None)


def on_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[ErrorBody]:
    """Answer everything else without telling what is inside."""
    if isinstance(error, _PASSING):
        log.warning("database_unreachable", problem=repr(error))
        message = "The server cannot reach its data right now. Nothing is lost; try again in a moment."
        return _answer(request, 503, "unavailable", message, None)
    log.error("unexpected_error", exc_info=error)
    return _answer(
        request, 500, "unexpected", "Something broke on our side. It has been written down; try again.", None
    )


def _first_problem(error: ValidationException) -> tuple[str | None, str]:
    extra = error.extra[0] if isinstance(error.extra, list) and error.extra else None
    if not isinstance(extra, dict):
        return None, "The request could not be read: it must be JSON of the documented shape."
    return str(extra.get("key") or "") or None, str(extra.get("message", "not valid"))[:300]


def _answer(request: Request[Any, Any, Any], status: int, code: str, message: str, field: str | None) -> Response[Any]:
    if "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/"):
        return Response(_PAGE.format(message=html.escape(message)), status_code=status, media_type="text/html")
    request_id = request.scope.get("state", {}).get("request_id")
    body = ErrorBody(ErrorDetail(code=code, message=message, field=field, request_id=request_id))
    return Response(body, status_code=status, media_type="application/json")


EXCEPTION_HANDLERS: dict[int | type[Exception], Any] = {
    errors.DomainError: on_domain_error,
    HTTPException: on_http_error,
    RecursionError: on_recursion,
    Exception: on_unexpected,
}
