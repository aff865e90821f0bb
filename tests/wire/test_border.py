"""The border: cross-site requests, rates, ids, headers; and how errors look on the wire."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest
import structlog
from litestar import Litestar, get, post
from litestar.params import JSONBody

from rejoinder.units.bounds import Name
from rejoinder.units.errors import InputInvalid, Missing, TooMany
from rejoinder.wire.auth import COOKIE
from rejoinder.wire.cursor import decode_cursor
from rejoinder.wire.errors import EXCEPTION_HANDLERS
from rejoinder.wire.http import SESSIONS_PER_NETWORK, Border, RateLimit


class Greeting(msgspec.Struct, forbid_unknown_fields=True):
    """Something to validate."""

    name: Name


@post("/api/greet", sync_to_thread=False)
def greet(data: JSONBody[Greeting]) -> Greeting:
    return data


@get("/api/broken", sync_to_thread=False)
def broken() -> None:
    raise RuntimeError("secret detail")


@get("/api/gone", sync_to_thread=False)
def gone() -> None:
    raise Missing("There is no such thread.", field="thread_id")


@get("/api/often", sync_to_thread=False)
def often() -> None:
    raise TooMany("Wait a moment.", retry_after_s=7)


def client(limit: RateLimit | None = None) -> httpx.AsyncClient:
    app: Any = Border(
        Litestar(
            [greet, broken, gone, often],
            exception_handlers=EXCEPTION_HANDLERS,
            request_max_body_size=20_000,
            openapi_config=None,
            logging_config=None,
        ),
        limit=limit,
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://chat.example")


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with client() as http:
        yield http


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (b'{"name": "Ada", "more": 1}', "data"),
        (b'{"name": 5}', "name"),
        (b'{"name": ""}', "name"),
        (b'{"nam', None),
        (b"[]", "data"),
        (b'{"name": "\\ud800"}', None),
        (b"\xff\xfe", None),
        (b'{"name": "Ada", "more": ' + b"[" * 5000 + b"]" * 5000 + b"}", None),
    ],
)
async def test_input_that_cannot_be_meant_is_a_typed_error(
    http: httpx.AsyncClient, content: bytes, field: str | None
) -> None:
    answer = await http.post("/api/greet", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "input_invalid"
    assert answer.json()["error"]["field"] == field
    assert answer.json()["error"]["request_id"] == answer.headers["x-request-id"]


async def test_an_oversize_body_is_refused(http: httpx.AsyncClient) -> None:
    answer = await http.post("/api/greet", json={"name": "a" * 20_001})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


async def test_errors_carry_code_message_and_field(http: httpx.AsyncClient) -> None:
    error = (await http.get("/api/gone")).json()["error"]
    assert (error["code"], error["field"]) == ("missing", "thread_id")
    often = await http.get("/api/often")
    assert (often.status_code, often.headers["retry-after"]) == (429, "7")
    assert (await http.get("/api/nowhere")).json()["error"]["code"] == "missing"
    assert (await http.get("/api/greet")).status_code == 405


async def test_who_follows_a_link_reads_an_error_as_a_page(http: httpx.AsyncClient) -> None:
    page = await http.get("/nowhere", headers={"Accept": "text/html,*/*"})
    assert (page.status_code, page.headers["content-type"].split(";")[0]) == (404, "text/html")
    assert "<h1>There is nothing at this address.</h1>" in page.text
    assert "content-security-policy" in page.headers
    for program in (await http.get("/nowhere"), await http.get("/api/nowhere", headers={"Accept": "text/html"})):
        assert program.json()["error"]["code"] == "missing"


async def test_what_breaks_inside_is_not_told(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/broken")
    assert answer.status_code == 500
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    "passing",
    [
        asyncpg.AdminShutdownError,
        asyncpg.CannotConnectNowError,
        asyncpg.TooManyConnectionsError,
        asyncpg.DeadlockDetectedError,
        ConnectionRefusedError,
    ],
)
async def test_what_the_database_cannot_do_now_may_be_asked_again(passing: type[Exception]) -> None:
    @get("/api/away", sync_to_thread=False)
    def away() -> None:
        raise passing("secret detail")

    app: Any = Litestar([away], exception_handlers=EXCEPTION_HANDLERS, openapi_config=None, logging_config=None)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://chat.example") as http:
        answer = await http.get("/api/away")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
    assert "secret" not in answer.text


async def test_every_answer_has_the_security_headers(http: httpx.AsyncClient) -> None:
    for path in ("/api/gone", "/api/broken", "/api/nowhere"):
        headers = (await http.get(path)).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://chat.example"}, 201),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://["}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-origin"}, 201),
        ({}, 201),
    ],
)
async def test_a_cookie_acts_only_for_our_own_pages(
    http: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    answer = await http.post("/api/greet", json={"name": "Ada"}, headers=headers | {"cookie": f"{COOKIE}=x"})
    assert answer.status_code == status


async def test_another_site_can_not_sign_anybody_in_as_somebody_else(http: httpx.AsyncClient) -> None:
    answer = await http.post("/api/greet", json={"name": "Ada"}, headers={"origin": "http://evil.example"})
    assert answer.status_code == 403


async def test_one_caller_cannot_starve_the_others() -> None:
    async with client(RateLimit(per_s=0.001, burst=3)) as http:
        greedy = [(await http.get("/api/gone", headers={"authorization": "Bearer a"})).status_code for _ in range(5)]
        other = await http.get("/api/gone", headers={"authorization": "Bearer b"})
    assert greedy == [404, 404, 404, 429, 429]
    assert other.status_code == 404


async def test_made_up_tokens_do_not_get_around_the_rate_limit() -> None:
    async with client(RateLimit(per_s=0.001, burst=3)) as http:
        made_up = [
            (await http.get("/api/gone", headers={name: f"{before}{n}"})).status_code
            for n in range(SESSIONS_PER_NETWORK * 3)
            for name, before in (("authorization", "Bearer "), ("cookie", f"{COOKIE}="))
        ]
    assert made_up.count(404) == SESSIONS_PER_NETWORK * 3
    assert made_up[-1] == 429


async def test_another_programs_cookie_with_an_odd_name_breaks_nothing() -> None:
    async with client(RateLimit(per_s=0.001, burst=3)) as http:
        assert (await http.get("/api/gone", headers={"cookie": "a/b=1"})).status_code == 404


@pytest.mark.parametrize("path", ["/link/s3cret", "/console/invitation/s3cret"])
async def test_the_log_keeps_no_secret_of_an_address(path: str) -> None:
    with structlog.testing.capture_logs() as lines:
        async with client() as http:
            await http.get(path)
    assert [line["path"] for line in lines] == [path.replace("s3cret", "…")]


@pytest.mark.parametrize("cursor", ["1/99999999999999999999", "1/-99999999999999999999", "nan/1", "1e300/1", "1", "?"])
def test_a_cursor_that_is_not_ours_is_refused(cursor: str) -> None:
    with pytest.raises(InputInvalid):
        decode_cursor(base64.urlsafe_b64encode(cursor.encode()).decode())


def test_the_rate_limit_forgets_its_oldest_keys() -> None:
    limit = RateLimit(per_s=0.001, burst=1, keys_max=10)
    assert [limit.wait_s(str(n)) for n in range(1000)] == [0.0] * 1000
    assert limit.wait_s("999") > 0
    assert limit.wait_s("0") == 0.0, "forgotten, so it starts anew"
