"""The border of every request: its id, security headers, cross-site refusal, a rate limit, an access line in the log.

One plain ASGI layer around the app, before routing. Rate limits here are per process and only keep one caller from
starving the others; what must hold exactly (sign-in attempts) is counted in the database.
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

import msgspec
import structlog
from prometheus_client import Counter, Histogram

from rejoinder.units.ids import new_code
from rejoinder.units.networks import network_of
from rejoinder.wire.auth import COOKIE
from rejoinder.wire.errors import ErrorBody, ErrorDetail

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Any, Any, Any], Awaitable[None]]

log = structlog.get_logger("access")

_SECONDS = Histogram("rejoinder_http_seconds", "Time to answer a request", ["method", "status"])
_REFUSED = Counter("rejoinder_http_refused", "Requests refused at the border", ["why"])

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_HEADERS = [
    (b"content-security-policy", CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
# A house, an office or a phone company share an address: it may ask as much as this many sessions.
SESSIONS_PER_NETWORK = 10
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


class RateLimit:
    """A bucket of `burst` requests per key that refills at `per_s`. Memory is bounded: the oldest keys are forgotten."""

    def __init__(self, *, per_s: float, burst: int, keys_max: int = 50_000) -> None:
        self._per_s, self._burst, self._keys_max = per_s, burst, keys_max
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def widened(self, times: int) -> "RateLimit":
        """Another one, for keys that many callers share."""
        return RateLimit(per_s=self._per_s * times, burst=self._burst * times, keys_max=self._keys_max)

    def wait_s(self, key: str) -> float:
        """Take one from the key's bucket: 0.0 when there was one, else the seconds until there is."""
        at = time.monotonic()
        level, since = self._buckets.pop(key, (float(self._burst), at))
        level = min(float(self._burst), level + (at - since) * self._per_s)
        wait = 0.0 if level >= 1 else (1 - level) / self._per_s
        self._buckets[key] = (level if wait else level - 1, at)
        if len(self._buckets) > self._keys_max:
            self._buckets.popitem(last=False)
        return wait


class Border:
    """The ASGI layer; wraps the whole app."""

    def __init__(self, app: ASGIApp, *, limit: RateLimit | None) -> None:
        self._app, self._limit = app, limit
        self._network_limit = limit and limit.widened(SESSIONS_PER_NETWORK)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        request_id = new_code(12)
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        refusal = self._refusal(scope, headers)
        if scope["type"] == "websocket":
            if refusal is not None:
                await receive()
                await send(
                    {
                        "type": "websocket.close",
                        "code": 4403 if refusal[0] == 403 else 4429,
                        "reason": refusal[1],
                    }
                )
                return
            await self._app(scope, receive, send)
            return
        await self._answer(scope, receive, send, refusal, request_id)

    async def _answer(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        refusal: tuple[int, str, str, int] | None,
        request_id: str,
    ) -> None:
        started, status = time.perf_counter(), 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                present = {name for name, _ in message["headers"]}
                extra = [header for header in _HEADERS if header[0] not in present]
                message["headers"] = [*message["headers"], *extra, (b"x-request-id", request_id.encode())]
            await send(message)

        if refusal is not None:
            await _refuse(send_with_headers, refusal, request_id)
        else:
            await self._app(scope, receive, send_with_headers)
        seconds = time.perf_counter() - started
        method = scope.get("method", "")
        _SECONDS.labels(method, str(status)).observe(seconds)
        log.info(
            "request",
            method=method,
            path=_loggable(scope["path"]),
            status=status,
            ms=round(seconds * 1000, 1),
        )

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str, str, int] | None:
        """(status, code, message, retry after seconds) of a request that goes no further."""
        if not _is_same_site(scope, headers):
            _REFUSED.labels("cross_site").inc()
            return 403, "cross_site", "This came from another site, so it was refused.", 0
        if wait := self._wait_s(scope, headers):
            _REFUSED.labels("rate").inc()
            return 429, "too_many", "That was a lot at once. Wait a moment, then try again.", int(wait) + 1
        return None

    def _wait_s(self, scope: Scope, headers: dict[str, str]) -> float:
        """Nobody knows yet whether a token is anybody's, so a network is limited too, however many it makes up."""
        client = scope.get("client")
        network, wait = network_of(client[0] if client else ""), 0.0
        if self._limit is not None and self._network_limit is not None:
            wait = self._limit.wait_s(_session_of(headers) or network) or self._network_limit.wait_s(network)
        return wait


def _is_same_site(scope: Scope, headers: dict[str, str]) -> bool:
    """Only pages of this origin may change anything, or sign somebody in: browsers name the page's origin, programs none."""
    if scope["type"] == "http" and scope["method"] in _SAFE_METHODS:
        return True
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    try:
        return urlsplit(origin).netloc == headers.get("host", "")
    except ValueError:  # such as "http://[", which no browser sends
        return False


def _session_of(headers: dict[str, str]) -> str | None:
    bearer = headers.get("authorization")
    if bearer:
        return bearer[:200]
    try:
        morsel = SimpleCookie(headers.get("cookie", "")[:4096]).get(COOKIE)
    except CookieError:  # another program's cookie on the same host may have a name that is no name
        return None
    return morsel.value if morsel else None


async def _refuse(send: Send, refusal: tuple[int, str, str, int], request_id: str) -> None:
    status, code, message, retry_after_s = refusal
    body = msgspec.json.encode(ErrorBody(ErrorDetail(code=code, message=message, request_id=request_id)))
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if retry_after_s:
        headers.append((b"retry-after", str(retry_after_s).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _loggable(path: str) -> str:
    """Paths that carry a secret are cut before it."""
    for prefix in ("/link/", "/console/invitation/"):
        if path.startswith(prefix):
            return prefix + "…"
    return path[:200]
