"""Identity through the whole app: what each route answers, what it refuses, and that a refusal changes nothing."""

from datetime import timedelta
from typing import Any

import pytest

from rejoinder.db.transaction import Database
from rejoinder.people.identity import rules
from rejoinder.units.clock import FixedClock
from rejoinder.units.ids import new_code, new_id
from rejoinder.wire.auth import COOKIE
from tests.support.client import PLACE, Client, app_client, error_of, json_of, open_app, running
from tests.support.people import PASSWORD, make_person

NEW_PASSWORD = "another horse 8"


@pytest.fixture
async def client(database: Database, clock: FixedClock) -> Client:
    return await app_client(database, clock)


async def test_a_person_signs_up_verifies_and_signs_in_on_a_second_device(client: Client) -> None:
    me = await client.sign_up(name="  Ada   Lovelace ", is_verified=False)
    assert (me["name"], me["email_verified"], me["is_guest"], me["zone"]) == (
        "Ada Lovelace",
        False,
        False,
        "Europe/Berlin",
    )
    assert me["installation"]["is_test"] is True
    await client.post("/api/verify-email", {"code": await client.code_from_mail(client.email)})
    assert (await client.get("/api/me"))["email_verified"] is True

    phone = client.another()
    agent = "Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36"
    body = {"email": f" {client.email.upper()}", "password": PASSWORD}
    assert (await phone.post("/api/sign-in", body, headers={"user-agent": agent}))["id"] == me["id"]
    sessions = (await client.get("/api/sessions"))["sessions"]
    assert {(one["label"], one["is_current"]) for one in sessions} == {
        ("Chrome on Android", False),
        ("Another device", True),
    }

    await phone.post("/api/sign-out")
    assert COOKIE not in phone.http.cookies
    error_of(await phone.call("GET", "/api/me"), 401)
    assert (await client.get("/api/me"))["id"] == me["id"]


async def test_the_cookie_is_for_the_server_alone(database: Database, clock: FixedClock) -> None:
    near, far = (
        await app_client(database, clock),
        await app_client(database, clock, public_url="https://chat.example.org"),
    )
    for client, is_secure in ((near, False), (far, True)):
        answer = await client.call("POST", "/api/guest", {"name": "Guest", **PLACE})
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "path=/" in cookie
        assert ("secure" in cookie) is is_secure


async def test_signing_up_tells_nobody_whose_an_address_is(client: Client) -> None:
    await client.sign_up()
    known, unknown = client.another(), client.another()
    answers = [
        await one.call("POST", "/api/sign-up", {"name": "Eve", "email": email, "password": NEW_PASSWORD, **PLACE})
        for one, email in ((known, client.email), (unknown, f"{new_code()}@example.org"))
    ]
    shapes = [
        {key: value for key, value in json_of(answer).items() if key not in ("id", "hue", "email")}
        for answer in answers
    ]
    assert answers[0].status_code == answers[1].status_code == 201
    assert shapes[0] == shapes[1]
    # Nor does anything that the newcomer may do next.
    for one, answer in zip((known, unknown), answers, strict=True):
        body = {"email": answer.json()["email"], "password": NEW_PASSWORD}
        assert (await one.another().post("/api/sign-in", body))["id"] == answer.json()["id"]
        assert (await one.post("/api/verify-email/again"))["sent_to"] == answer.json()["email"]
    # The holder still signs in with their own password, and can read what happened.
    assert (await client.another().post("/api/sign-in", {"email": client.email, "password": PASSWORD}))["id"] == str(
        client.person_id
    )
    assert "already" in (await client.mails(client.email))[0]["subject"]


async def test_a_wrong_password_and_an_unknown_address_look_alike(client: Client) -> None:
    await client.sign_up()
    tries = [
        (client.email, "wrong horse 9"),
        (f"{new_code()}@example.org", "wrong horse 9"),
        ("no address", "x"),
        ("a\0b@x.org", "x"),
    ]
    errors = [
        error_of(await client.another().call("POST", "/api/sign-in", {"email": email, "password": password}), 401)
        for email, password in tries
    ]
    assert len({(error["code"], error["message"]) for error in errors}) == 1
    assert errors[0]["code"] == "sign_in_wrong"


async def test_attempts_to_sign_in_are_limited_by_address_and_by_network(client: Client, clock: FixedClock) -> None:
    await client.sign_up()
    thief = client.another()
    for _ in range(10):
        error_of(await thief.call("POST", "/api/sign-in", {"email": client.email, "password": "wrong horse 9"}), 401)
    refused = await thief.call("POST", "/api/sign-in", {"email": client.email, "password": PASSWORD})
    assert error_of(refused, 429)["code"] == "too_many"
    assert 0 < int(refused.headers["retry-after"]) <= 900
    # The holder, elsewhere, is not shut out; nor is the thief for ever.
    await client.another().post("/api/sign-in", {"email": client.email, "password": PASSWORD})
    clock.move(minutes=15)
    await thief.post("/api/sign-in", {"email": client.email, "password": PASSWORD})


async def test_nobody_is_flooded_with_mail(client: Client) -> None:
    await client.sign_up()
    statuses = [
        (await client.another().call("POST", "/api/password-reset", {"email": client.email})).status_code
        for _ in range(6)
    ]
    assert statuses == [202, 202, 202, 202, 429, 429]  # signing up was the first of five in an hour
    assert len(await client.mails(client.email)) == 5


async def test_a_guest_needs_a_name_and_claims_later(client: Client) -> None:
    guest = await client.be_guest(name="Grace")
    assert (guest["is_guest"], guest["email"], guest["birth_year"]) == (True, None, None)
    email, known = f"{new_code()}@example.org", dict(client.http.cookies)
    claimed = await client.post("/api/claim", {"email": email, "password": PASSWORD})
    assert (claimed["id"], claimed["is_guest"], claimed["email"], claimed["name"]) == (
        guest["id"],
        False,
        email,
        "Grace",
    )
    earlier = client.another()
    earlier.http.cookies.update(known)
    error_of(await earlier.call("GET", "/api/me"), 401)  # who kept the guest's session is out
    assert (await client.get("/api/me"))["id"] == guest["id"]
    await client.post("/api/verify-email", {"code": await client.code_from_mail(email)})
    assert (await client.another().post("/api/sign-in", {"email": email, "password": PASSWORD}))["id"] == guest["id"]
    again = await client.call("POST", "/api/claim", {"email": f"{new_code()}@example.org", "password": PASSWORD})
    assert error_of(again, 409)["code"] == "already_claimed"


async def test_a_password_is_reset_by_mail(client: Client) -> None:
    await client.sign_up()
    lost = client.another()
    await lost.post("/api/password-reset", {"email": client.email})
    code = await client.code_from_mail(client.email)
    easy = await lost.call("POST", "/api/password-reset/finish", {"code": code, "password": client.email})
    assert error_of(easy, 400)["field"] == "password"
    me = await lost.post("/api/password-reset/finish", {"code": code, "password": NEW_PASSWORD})
    assert me["id"] == str(client.person_id)
    assert (await lost.get("/api/me"))["id"] == me["id"]
    error_of(await client.call("GET", "/api/me"), 401)
    error_of(await lost.call("POST", "/api/password-reset/finish", {"code": code, "password": PASSWORD}), 422)
    error_of(await lost.another().call("POST", "/api/sign-in", {"email": client.email, "password": PASSWORD}), 401)
    await lost.another().post("/api/sign-in", {"email": client.email, "password": NEW_PASSWORD})


async def test_asking_for_a_reset_tells_nobody_whose_an_address_is(client: Client) -> None:
    await client.sign_up()
    nobody = f"{new_code()}@example.org"
    for email in (client.email, nobody):
        assert await client.another().post("/api/password-reset", {"email": email}) == {"sent_to": email}
    assert await client.mails(nobody) == []


async def test_a_changed_password_signs_out_the_other_devices(client: Client) -> None:
    await client.sign_up()
    phone = client.another()
    await phone.post("/api/sign-in", {"email": client.email, "password": PASSWORD})
    wrong = await client.call("POST", "/api/password", {"old": "wrong horse 9", "new": NEW_PASSWORD})
    assert error_of(wrong, 400)["field"] == "old"
    assert (await phone.get("/api/me"))["id"] == str(client.person_id)
    easy = await client.call("POST", "/api/password", {"old": PASSWORD, "new": "password"})
    assert error_of(easy, 400)["field"] == "new"
    await client.post("/api/password", {"old": PASSWORD, "new": NEW_PASSWORD})
    error_of(await phone.call("GET", "/api/me"), 401)
    assert (await client.get("/api/me"))["id"] == str(client.person_id)
    assert "changed" in (await client.mails(client.email))[0]["subject"]


async def test_a_session_that_was_ended_elsewhere_ends_at_once(client: Client) -> None:
    await client.sign_up()
    phone = client.another()
    await phone.post("/api/sign-in", {"email": client.email, "password": PASSWORD})
    listed = (await client.get("/api/sessions"))["sessions"]
    other = next(one["id"] for one in listed if not one["is_current"])
    await client.delete(f"/api/sessions/{other}")
    error_of(await phone.call("GET", "/api/me"), 401)
    assert error_of(await client.call("DELETE", f"/api/sessions/{other}"), 404)["code"] == "session_missing"


async def test_nobody_ends_or_sees_somebody_elses_session(client: Client) -> None:
    await client.sign_up()
    eve = client.another()
    await eve.sign_up(name="Eve")
    (mine,) = (await client.get("/api/sessions"))["sessions"]
    for session_id in (mine["id"], str(new_id()), "nonsense", "0", "9" * 30):
        assert error_of(await eve.call("DELETE", f"/api/sessions/{session_id}"), 404)["code"] == "session_missing"
    assert mine["id"] not in [one["id"] for one in (await eve.get("/api/sessions"))["sessions"]]
    assert (await client.get("/api/me"))["id"] == str(client.person_id)


async def test_a_session_ends_after_sixty_idle_days(client: Client, clock: FixedClock) -> None:
    await client.sign_up()
    clock.move(days=61)
    error = error_of(await client.call("GET", "/api/me"), 401)
    assert error["code"] == "not_signed_in"


async def test_a_program_carries_a_token_of_its_own(client: Client) -> None:
    await client.sign_up()
    token = (await client.post("/api/tokens", {"label": "My script"}))["token"]
    program = client.another()
    headers = {"authorization": f"Bearer {token}"}
    assert (await program.get("/api/me", headers=headers))["id"] == str(client.person_id)
    listed = (await client.get("/api/sessions"))["sessions"]
    (found,) = [one for one in listed if one["kind"] == "program"]
    assert found["label"] == "My script"
    await client.delete(f"/api/sessions/{found['id']}")
    error_of(await program.call("GET", "/api/me", headers=headers), 401)
    guest = client.another()
    await guest.be_guest()
    assert error_of(await guest.call("POST", "/api/tokens", {"label": "x"}), 403)["code"] == "claim_first"


async def test_people_are_found_by_their_exact_handle_only(client: Client) -> None:
    await client.sign_up(name="Ada")
    handle = f"ada.{new_code()}"
    assert (await client.patch("/api/me", {"handle": f"@{handle.upper()}"}))["handle"] == handle
    eve = client.another()
    await eve.sign_up(name="Eve")
    expected = {"kind": "person", "id": str(client.person_id), "name": "Ada", "handle": handle}
    assert await eve.get(f"/api/handles/{handle}") == expected
    await client.patch("/api/me", {"handle": f"new.{handle}"[:32]})
    assert (await eve.get(f"/api/handles/{handle}"))["handle"] == f"new.{handle}"[:32]
    for wrong in (handle[:-1], "%00%00%00", "%25", "ada"):
        assert error_of(await eve.call("GET", f"/api/handles/{wrong}"), 404)["code"] == "handle_missing"
    assert error_of(await eve.call("PATCH", "/api/me", {"handle": handle}), 409)["code"] == "handle_taken"
    error_of(await client.another().call("GET", f"/api/handles/{handle}"), 401)


async def test_a_one_click_link_signs_in_on_test_installations_only(
    client: Client, database: Database, clock: FixedClock
) -> None:
    ada = await make_person(database)
    secret: bytes = await database.pool.fetchval("SELECT secret FROM db.installation")
    signed = rules.sign_link(secret, person_id=ada, expires_at=clock.now() + timedelta(hours=1))
    answer = await client.call("GET", f"/link/{signed}", params={"next": "/console#inbox"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/console#inbox")
    assert (await client.get("/api/me"))["id"] == str(ada)
    away = await client.another().call("GET", f"/link/{signed}", params={"next": "//evil.example"})
    assert away.headers["location"] == "/"
    error_of(await client.another().call("GET", f"/link/{signed[:-3]}abc"), 404)
    clock.move(hours=2)
    error_of(await client.another().call("GET", f"/link/{signed}"), 404)


async def test_a_real_installation_has_no_links_and_no_mailbox(fresh_database: Database, clock: FixedClock) -> None:
    await fresh_database.pool.execute("UPDATE db.installation SET is_test = false")
    ada = await make_person(fresh_database, email="ada@example.org")
    secret: bytes = await fresh_database.pool.fetchval("SELECT secret FROM db.installation")
    client = await app_client(fresh_database, clock)
    signed = rules.sign_link(secret, person_id=ada, expires_at=clock.now() + timedelta(hours=1))
    error_of(await client.call("GET", f"/link/{signed}"), 404)
    await client.post("/api/password-reset", {"email": "ada@example.org"})
    error_of(await client.call("GET", "/api/test/mail", params={"to": "ada@example.org"}), 404)


async def test_the_app_starts_serves_and_stops(fresh_database: Database, clock: FixedClock) -> None:
    app = await open_app(fresh_database, clock)
    async with running(app):
        client = Client(app, database=fresh_database, clock=clock)
        assert (await client.be_guest())["is_guest"]


SIGN_UP = {"name": "Ada", "email": "ada@example.org", "password": PASSWORD, **PLACE}
BAD_BODIES: list[tuple[str, str, dict[str, Any], str]] = [
    ("POST", "/api/sign-up", {**SIGN_UP, "name": "\u200b"}, "name"),
    ("POST", "/api/sign-up", {**SIGN_UP, "name": "x" * 61}, "name"),
    ("POST", "/api/sign-up", {**SIGN_UP, "name": "a\0b"}, "name"),
    ("POST", "/api/sign-up", {**SIGN_UP, "email": "nonsense"}, "email"),
    ("POST", "/api/sign-up", {**SIGN_UP, "email": "a\0@example.org"}, "email"),
    ("POST", "/api/sign-up", {**SIGN_UP, "password": "short"}, "password"),
    ("POST", "/api/sign-up", {**SIGN_UP, "password": "long enough\0"}, "password"),
    ("POST", "/api/sign-up", {**SIGN_UP, "password": "p" * 400}, "password"),
    ("POST", "/api/sign-up", {**SIGN_UP, "region": "Germany"}, "region"),
    ("POST", "/api/sign-up", {**SIGN_UP, "zone": "Mars/Olympus"}, "zone"),
    ("POST", "/api/sign-up", {**SIGN_UP, "zone": "Europe/\0"}, "zone"),
    ("POST", "/api/sign-up", {**SIGN_UP, "language": "?"}, "language"),
    ("POST", "/api/sign-up", {**SIGN_UP, "birth_year": 1850}, "birth_year"),
    ("POST", "/api/guest", {**PLACE, "name": " "}, "name"),
    ("POST", "/api/guest", {**PLACE, "name": "Guest", "zone": ""}, "zone"),
    ("POST", "/api/password-reset", {"email": "a\0b"}, "email"),
    ("PATCH", "/api/me", {"name": ""}, "name"),
    ("PATCH", "/api/me", {"zone": "Nowhere"}, "zone"),
    ("PATCH", "/api/me", {"handle": "admin"}, "handle"),
    ("PATCH", "/api/me", {"handle": "a\0b\0c"}, "handle"),
    ("PATCH", "/api/me", {"birth_year": 99999999999}, "birth_year"),
    ("POST", "/api/tokens", {"label": "a\0b"}, "label"),
]


@pytest.mark.parametrize(("method", "path", "body", "field"), BAD_BODIES)
async def test_bad_input_names_its_field_and_changes_nothing(
    client: Client, database: Database, *, method: str, path: str, body: dict[str, Any], field: str
) -> None:
    if method == "PATCH" or path == "/api/tokens":
        await client.be(await make_person(database))
    if body.get("email") == SIGN_UP["email"]:
        body = {**body, "email": f"{new_code()}@example.org"}
    before = await _everything(database)
    error = error_of(await client.call(method, path, body), 400)
    assert error["field"] == field
    assert len(error["message"]) > 10
    assert error["request_id"]
    assert await _everything(database) == before


SIGNED_IN = ["/api/me", "/api/tokens", "/api/claim", "/api/verify-email/again", "/api/password"]
ROUTES_WITH_BODY = [
    "/api/sign-up",
    "/api/guest",
    "/api/sign-in",
    "/api/verify-email",
    "/api/password-reset",
    "/api/password-reset/finish",
    *SIGNED_IN,
]


@pytest.mark.parametrize("path", ROUTES_WITH_BODY)
@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b'"x"', 400),
        (b"\xff\xfe", 400),
        (b'{"unknown": 1}', 400),
        (b" " * 70_000, 413),
    ],
)
async def test_a_body_that_cannot_be_read_changes_nothing(
    client: Client, database: Database, path: str, content: bytes, status: int
) -> None:
    if path in SIGNED_IN:
        await client.be(await make_person(database))
    method = "PATCH" if path == "/api/me" else "POST"
    before = await _everything(database)
    answer = await client.call(method, path, content=content, headers={"content-type": "application/json"})
    assert error_of(answer, status)["message"]
    assert await _everything(database) == before


@pytest.mark.parametrize("value", [1, None, [], {}, True])
async def test_a_value_of_the_wrong_type_is_refused(client: Client, value: object) -> None:
    for field in ("name", "email", "password", "zone"):
        error_of(await client.call("POST", "/api/sign-up", {**SIGN_UP, field: value}), 400)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/me"),
        ("PATCH", "/api/me"),
        ("GET", "/api/sessions"),
        ("DELETE", "/api/sessions/1"),
        ("POST", "/api/sign-out"),
        ("POST", "/api/tokens"),
        ("POST", "/api/password"),
        ("POST", "/api/claim"),
        ("POST", "/api/verify-email/again"),
    ],
)
@pytest.mark.parametrize("token", [None, "made-up", "x" * 5000])
async def test_without_a_session_there_is_nothing_to_see(
    client: Client, method: str, path: str, token: str | None
) -> None:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    body = (
        {"label": "x", "old": "x", "new": "x", "email": "a@b.org", "password": PASSWORD} if method == "POST" else None
    )
    fields = {"/api/tokens": ["label"], "/api/password": ["old", "new"], "/api/claim": ["email", "password"]}.get(
        path, []
    )
    sent = None if body is None else {name: body[name] for name in fields}
    answer = await client.call(method, path, {} if method == "PATCH" else sent, headers=headers)
    assert error_of(answer, 401)["code"] == "not_signed_in"


async def test_another_site_cannot_act_with_the_cookie(client: Client) -> None:
    await client.sign_up()
    answer = await client.call("PATCH", "/api/me", {"name": "Mallory"}, headers={"origin": "https://evil.example"})
    assert error_of(answer, 403)["code"] == "cross_site"
    assert (await client.get("/api/me"))["name"] == "Ada"


async def test_nothing_secret_is_logged(client: Client, capsys: Any) -> None:
    await client.sign_up()
    await client.call("POST", "/api/sign-in", {"email": client.email, "password": "wrong horse 9"})
    token = (await client.post("/api/tokens", {"label": "Script"}))["token"]
    await client.call("GET", "/link/some-secret")
    written = "".join(capsys.readouterr())
    assert "/api/sign-up" in written
    for secret in (PASSWORD, "wrong horse 9", token, client.http.cookies[COOKIE], client.email, "some-secret"):
        assert secret not in written


async def _everything(database: Database) -> list[tuple[str, int]]:
    """How many rows each table of identity has, but for counted attempts."""
    tables = (
        "person",
        "attention",
        "password",
        "identity",
        "session",
        "mail",
        "mail_code",
        "handle",
        "protection_event",
    )
    async with database.pool.acquire() as connection:
        counts = [await connection.fetchval(f"SELECT count(*) FROM people.{table}") for table in tables]  # noqa: S608
    return list(zip(tables, counts, strict=True))
