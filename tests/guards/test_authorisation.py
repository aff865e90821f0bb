"""Who may do what: a row for every route of the server's router, tried by nine kinds of viewers. A route without a row fails.

Who may not is answered 401, 403 or 404 and changes nothing; who may is answered otherwise. Each call is valid but for who
makes it. Where a route serves two sides (a thread's person, its business) there is a row for each.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from litestar.routes import HTTPRoute, WebSocketRoute

from rejoinder.ads.campaigns.rules import content_hash
from rejoinder.ads.review import commands as review
from rejoinder.business.inbox import commands as inbox
from rejoinder.business.profiles import commands as profiles
from rejoinder.business.team import commands as team
from rejoinder.chat.model import Participant
from rejoinder.db.migrate import read_installation
from rejoinder.people.identity import commands as identity
from rejoinder.people.identity import rules as identity_rules
from rejoinder.safety.reports import commands as reports
from rejoinder.safety.reports.model import NewReport
from rejoinder.server.app import build_router
from rejoinder.units.clock import FixedClock
from rejoinder.units.ids import new_code, token_hash
from tests.support.ads import make_offer
from tests.support.business import make_door, make_member, owner_draft
from tests.support.chat import append_one
from tests.support.client import running
from tests.support.database import TestServer, open_test_database
from tests.support.people import PASSWORD, make_guest, make_person, sign_in
from tests.support.rounds import NOON
from tests.support.viewers import (
    ADVERTISER,
    AGENT,
    GUEST,
    KINDS,
    NOBODY,
    OPERATOR,
    OWNER,
    PERSON,
    PROGRAM,
    World,
    digest,
    make_request,
    make_world,
    open_live,
)

Ids = dict[str, Any]
Needs = Callable[[World, str], Awaitable[Ids]]
Body = Callable[[Ids], object]

EVERYBODY = frozenset(KINDS)
CALLERS = EVERYBODY - {NOBODY}
PEOPLE = CALLERS - {PROGRAM}
CLAIMED = PEOPLE - {GUEST}
TEAM = frozenset({AGENT, ADVERTISER, OWNER})
SPEAKERS = frozenset({PROGRAM, AGENT, OWNER})
PAYERS = frozenset({ADVERTISER, OWNER})
ONLY = {kind: frozenset({kind}) for kind in KINDS}
# Litestar's own answer to addresses below its document: a 404 for everybody.
LIBRARY_OWN = {"GET /api/schema/{path}"}
NOT_READY = "GET /readyz"  # it says 503 of a test's database, which runs without fsync
PUBLIC_URL = "http://testserver"
PLACE = {"region": "DE", "zone": "Europe/Berlin", "language": "en"}


async def nothing(_: World, __: str) -> Ids:
    return {}


@dataclass(frozen=True)
class Row:
    """`needs` makes what this call uses up; a `viewer` among it stands in for the kind's own person."""

    route: str
    may: frozenset[str]
    body: Body | None = None
    needs: Needs = nothing
    query: dict[str, str] = field(default_factory=dict)
    side: str = ""

    @property
    def name(self) -> str:
        return f"{self.route} {self.side}".strip()


# --- what calls use up ---


async def a_member(world: World, _: str) -> Ids:
    return {"person_id": await make_member(world.database, world.shop.business.id, "agent")}


async def an_invitation(world: World, _: str) -> Ids:
    email = f"{new_code()}@example.org"
    made = await world.database.run(
        lambda tx: team.invite(
            tx,
            world.shop.business.id,
            email,
            "agent",
            invited_by=world.people[OWNER],
            at=world.clock.now(),
            public_url=PUBLIC_URL,
        )
    )
    return {"invitation_id": made.id, "token": await world.mailed(email, r"/invitation/(\S+)")}


async def a_newcomer_and_an_invitation(world: World, kind: str) -> Ids:
    """Whoever accepts becomes a member, so somebody new of the same kind does it."""
    stand_in = await make_guest(world.database) if kind == GUEST else await make_person(world.database)
    return {**await an_invitation(world, kind), "viewer": stand_in}


async def a_token(world: World, _: str) -> Ids:
    made, _secret = await world.database.run(
        lambda tx: team.create_token(
            tx, world.shop.business.id, "Bot", created_by=world.people[OWNER], at=world.clock.now()
        )
    )
    return {"token_id": made.id}


async def a_reply(world: World, _: str) -> Ids:
    made = await world.database.run(
        lambda tx: inbox.save_reply(
            tx, world.shop.business.id, new_code(), "Hello", person_id=world.people[OWNER], at=world.clock.now()
        )
    )
    return {"reply_id": made.id}


async def a_door(world: World, _: str) -> Ids:
    return {"entry_point_id": (await make_door(world.database, world.shop.business.id)).id}


async def a_waiting_owner(world: World, kind: str) -> Ids:
    """One that somebody new registered, who stands in for the owner: one person registers only a few."""
    registrant = await make_person(world.database)
    owner_id = await world.database.run(
        lambda tx: profiles.register_owner(tx, owner_draft(), person_id=registrant, at=world.clock.now())
    )
    return {"owner_id": owner_id, **({"viewer": registrant} if kind == OWNER else {})}


async def a_draft(world: World, _: str) -> Ids:
    account = await world.account()
    offer = await world.database.run(
        lambda tx: make_offer(tx, account=account, business_id=world.shop.business.id, at=world.clock.now())
    )
    return {"offer_id": offer.id, "version": offer.version}


async def a_review(world: World, kind: str) -> Ids:
    ids = await a_draft(world, kind)
    at, operator = world.clock.now(), world.people[OPERATOR]
    submitted = await world.database.run(
        lambda tx: review.submit(tx, world.shop.business.id, ids["offer_id"], person_id=operator, at=at)
    )
    review_id = await world.database.pool.fetchval("SELECT id FROM ads.review WHERE ad_id = $1", submitted.ad_id)
    return {**ids, "review_id": review_id, "content_hash": content_hash(submitted.content).hex()}


async def a_report(world: World, _: str) -> Ids:
    told = NewReport("person", world.direct.one.id, world.direct.id, [1], "spam", None)
    report_id = await world.database.run(
        lambda tx: reports.report(tx, told, reporter_id=world.direct.other.id, at=world.clock.now())
    )
    return {"report_id": report_id}


async def a_request(world: World, _: str) -> Ids:
    return {"thread_id": await make_request(world)}


async def a_direct_message(world: World, _: str) -> Ids:
    said = await append_one(world.database, world.clock, world.direct.draft())
    return {"thread_id": world.direct.id, "position": said.position}


async def a_message_of_the_business(world: World, _: str) -> Ids:
    """Answered by the person, so that there never are too many in a row."""
    person = Participant("person", world.contact.person_id)
    business = Participant("business", world.shop.business.id)
    for sender in (person, business):
        draft = world.direct.draft(by=sender)
        said = await append_one(
            world.database, world.clock, type(draft)(sender, world.contact.thread_id, new_code(12), draft.body)
        )
    return {"position": said.position}


async def the_direct_thread(world: World, _: str) -> Ids:
    return {"thread_id": world.direct.id}


async def an_own_session(world: World, kind: str) -> Ids:
    return {"session_id": await _session_of(world, world.people.get(kind, world.people[PERSON]))}


async def a_session_of_the_person(world: World, _: str) -> Ids:
    return {"session_id": await _session_of(world, world.people[PERSON])}


async def _session_of(world: World, person_id: int) -> int:
    token = await sign_in(world.database, person_id, at=world.clock.now())
    found: int = await world.database.pool.fetchval(
        "SELECT id FROM people.session WHERE token_hash = $1", token_hash(token)
    )
    return found


async def a_guest_to_claim(world: World, kind: str) -> Ids:
    return {"viewer": await make_guest(world.database)} if kind == GUEST else {}


async def somebody_unverified(world: World, _: str) -> Ids:
    email = f"{new_code()}@example.org"
    stand_in = await make_person(world.database, email=email, is_verified=False)
    await world.database.run(
        lambda tx: identity.send_code_again(tx, stand_in, world.clock.now(), address=None, public_url=PUBLIC_URL)
    )
    return {"viewer": stand_in, "code": await world.mailed(email, r"code=([0-9a-z]+)")}


async def somebody_who_forgot(world: World, _: str) -> Ids:
    email = f"{new_code()}@example.org"
    await make_person(world.database, email=email)
    await world.database.run(lambda tx: identity.request_reset(tx, email, world.clock.now(), public_url=PUBLIC_URL))
    return {"email": email, "code": await world.mailed(email, r"code=([0-9a-z]+)")}


async def somebody_with_an_address(world: World, _: str) -> Ids:
    email = f"{new_code()}@example.org"
    return {"viewer": await make_person(world.database, email=email), "email": email}


async def a_link(world: World, _: str) -> Ids:
    installation = await world.database.run(read_installation)
    signed = identity_rules.sign_link(
        installation.secret, person_id=world.direct.other.id, expires_at=world.clock.now().replace(year=2031)
    )
    return {"signed": signed}


async def somebody_new(world: World, _: str) -> Ids:
    handle = f"ada.{new_code()}"
    return {"person_id": await make_person(world.database, handle=handle), "handle": handle}


# --- bodies ---


def owner_body(_: Ids) -> object:
    return {"name": "Tea House GmbH", "address": "Hafenstr. 1", "country": "DE", "contact_email": "o@tea.example"}


def business_body(ids: Ids) -> object:
    return {"owner_id": str(ids["owner_id"]), "name": "Annex", "handle": f"annex-{new_code()}"}


def offer_body(_: Ids) -> dict[str, Any]:
    return {
        "headline": "Winter teas",
        "text": "Twelve new blends for everybody who wrote to us.",
        "button_title": "Have a look",
        "ends_at": "2030-02-01T12:00:00Z",
        "total_micros": "1000000",
        "bid_micros": "50000",
    }


def money_body(_: Ids) -> object:
    return {"amount_micros": "1000", "reference": new_code(12)}


def text_body(_: Ids) -> object:
    return {"client_id": new_code(12), "body": {"type": "text", "text": "Hello"}}


def empty(_: Ids) -> object:
    return {}


def body(**fixed: Any) -> Body:
    return lambda _: fixed


AS_BUSINESS = "as_business_id"
FOR_BUSINESS = {AS_BUSINESS: "{business_id}"}
THREAD = "/api/threads/{thread_id}"
SHOP = "/api/businesses/{business_id}"
OWNER_PATH = "/api/owners/{owner_id}"

ROWS = [
    # anybody
    *(
        Row(f"GET {path}", EVERYBODY)
        for path in (
            "/",
            "/console",
            "/operator",
            "/healthz",
            "/readyz",
            "/metrics",
            "/api/schema",
            "/api/schema/openapi.json",
        )
    ),
    *(
        Row(f"GET {path}", EVERYBODY)
        for path in (
            "/e/{code}",
            "/e/{code}/qr.svg",
            "/m/{handle}",
            "/m/{handle}/qr.svg",
            "/api/entry-points/{code}",
            "/api/profiles/{handle}",
        )
    ),
    *(Row(f"GET {path}", EVERYBODY) for path in ("/console/{path}", "/operator/{path}", "/static/{path}")),
    Row("GET /link/{signed}", EVERYBODY, needs=a_link),
    Row("GET /api/test/mail", EVERYBODY, query={"to": "somebody@example.org"}),
    # accounts
    Row("POST /api/guest", EVERYBODY, body(name="Guest", **PLACE)),
    Row(
        "POST /api/sign-up",
        EVERYBODY,
        lambda _: {"name": "Ada", "email": f"{new_code()}@example.org", "password": PASSWORD, **PLACE},
    ),
    Row(
        "POST /api/sign-in",
        EVERYBODY,
        lambda ids: {"email": ids["email"], "password": PASSWORD},
        somebody_with_an_address,
    ),
    Row("POST /api/password-reset", EVERYBODY, lambda _: {"email": f"{new_code()}@example.org"}),
    Row(
        "POST /api/password-reset/finish",
        EVERYBODY,
        lambda ids: {"code": ids["code"], "password": PASSWORD},
        somebody_who_forgot,
    ),
    Row("POST /api/verify-email", EVERYBODY, lambda ids: {"code": ids["code"]}, somebody_unverified),
    Row("POST /api/verify-email/again", PEOPLE, empty, somebody_unverified),
    Row(
        "POST /api/claim",
        PEOPLE,
        lambda _: {"email": f"{new_code()}@example.org", "password": PASSWORD},
        a_guest_to_claim,
    ),
    Row("POST /api/password", PEOPLE, body(old=PASSWORD, new="correct horse 8"), somebody_with_an_address),
    Row("POST /api/sign-out", PEOPLE),
    Row("GET /api/me", PEOPLE),
    Row("PATCH /api/me", PEOPLE, body(language="de")),
    Row("GET /api/sessions", PEOPLE),
    Row("DELETE /api/sessions/{session_id}", PEOPLE, needs=an_own_session),
    Row("DELETE /api/sessions/{session_id}", ONLY[PERSON], needs=a_session_of_the_person, side="of the person"),
    Row("POST /api/tokens", CLAIMED, body(label="Script")),
    Row("GET /api/handles/{handle}", PEOPLE),
    # what protects oneself
    Row("GET /api/protections", PEOPLE),
    Row(
        "PUT /api/protections",
        PEOPLE,
        body(ads_off=False, cap_day=None, cap_week=None, quiet_from=None, quiet_until=None),
    ),
    Row("GET /api/contacts", PEOPLE),
    Row("POST /api/contacts/{business_id}/mute", ONLY[PERSON], body(days=1)),
    Row("POST /api/contacts/{business_id}/{verb}", ONLY[PERSON]),
    Row("POST /api/people/{person_id}/block", PEOPLE, needs=somebody_new),
    Row("POST /api/people/{person_id}/unblock", PEOPLE, needs=somebody_new),
    Row("GET /api/offers", PEOPLE),
    Row("POST /api/seen", PEOPLE, lambda ids: {"seen": [{"delivery_id": str(ids["delivery_id"]), "token": "guessed"}]}),
    Row("GET /api/deliveries/{delivery_id}/why", ONLY[PERSON]),
    Row(
        "POST /api/reports",
        ONLY[PERSON],
        lambda ids: {"about_kind": "ad", "about_id": str(ids["delivery_id"]), "reason": "other"},
    ),
    # chat: the person's side
    Row("GET /api/mailbox", PEOPLE),
    Row("POST /api/open", PEOPLE, lambda ids: {"code": ids["code"]}),
    Row("POST /api/threads", PEOPLE, lambda ids: {"handle": ids["handle"]}, somebody_new),
    Row(f"GET {THREAD}", ONLY[PERSON], needs=the_direct_thread),
    Row(f"GET {THREAD}/messages", ONLY[PERSON], needs=the_direct_thread),
    Row(f"GET {THREAD}/changes", ONLY[PERSON], needs=the_direct_thread, query={"since": "0"}),
    Row(f"POST {THREAD}/messages", ONLY[PERSON], text_body, the_direct_thread),
    Row(f"PATCH {THREAD}/messages/{{position}}", ONLY[PERSON], body(text="Hello!"), a_direct_message),
    Row(f"DELETE {THREAD}/messages/{{position}}", ONLY[PERSON], needs=a_direct_message),
    Row(f"POST {THREAD}/accept", ONLY[PERSON], needs=a_request),
    Row(f"POST {THREAD}/refuse", ONLY[PERSON], needs=a_request),
    # chat: the business's side
    Row(f"GET {THREAD}", SPEAKERS, query=FOR_BUSINESS, side="for the business"),
    Row(f"GET {THREAD}/messages", SPEAKERS, query=FOR_BUSINESS, side="for the business"),
    Row(f"GET {THREAD}/changes", SPEAKERS, query={**FOR_BUSINESS, "since": "0"}, side="for the business"),
    Row(f"POST {THREAD}/messages", SPEAKERS, text_body, a_message_of_the_business, FOR_BUSINESS, "for the business"),
    Row(
        f"PATCH {THREAD}/messages/{{position}}",
        SPEAKERS,
        body(text="Hi"),
        a_message_of_the_business,
        FOR_BUSINESS,
        "for the business",
    ),
    Row(
        f"DELETE {THREAD}/messages/{{position}}",
        SPEAKERS,
        None,
        a_message_of_the_business,
        FOR_BUSINESS,
        "for the business",
    ),
    # business
    Row("GET /api/owners", PEOPLE),
    Row("POST /api/owners", CLAIMED, owner_body),
    Row(f"PATCH {OWNER_PATH}", ONLY[OWNER], owner_body, a_waiting_owner),
    Row("GET /api/businesses", PEOPLE),
    Row("POST /api/businesses", ONLY[OWNER], business_body, a_waiting_owner),
    Row(f"GET {SHOP}", TEAM),
    Row(f"PATCH {SHOP}", ONLY[OWNER], body(version=1, about="Teas.")),
    Row(f"GET {SHOP}/team", TEAM),
    Row(f"DELETE {SHOP}/team/{{person_id}}", ONLY[OWNER], needs=a_member),
    Row(f"GET {SHOP}/invitations", ONLY[OWNER]),
    Row(f"POST {SHOP}/invitations", ONLY[OWNER], lambda _: {"email": f"{new_code()}@example.org", "role": "agent"}),
    Row(f"DELETE {SHOP}/invitations/{{invitation_id}}", ONLY[OWNER], needs=an_invitation),
    Row("POST /api/invitations/look", CLAIMED, lambda ids: {"token": ids["token"]}, an_invitation),
    Row("POST /api/invitations/accept", CLAIMED, lambda ids: {"token": ids["token"]}, a_newcomer_and_an_invitation),
    Row(f"GET {SHOP}/tokens", ONLY[OWNER]),
    Row(f"POST {SHOP}/tokens", ONLY[OWNER], body(label="Bot")),
    Row(f"DELETE {SHOP}/tokens/{{token_id}}", ONLY[OWNER], needs=a_token),
    Row(f"GET {SHOP}/entry-points", TEAM),
    Row(f"POST {SHOP}/entry-points", PAYERS, body(kind="link", label="Web")),
    Row(f"PATCH {SHOP}/entry-points/{{entry_point_id}}", PAYERS, body(label="Window"), a_door),
    Row(f"GET {SHOP}/inbox", SPEAKERS),
    Row(f"POST {SHOP}/inbox/{{thread_id}}/assign", SPEAKERS, body(person_id=None)),
    Row(f"POST {SHOP}/inbox/{{thread_id}}/done", SPEAKERS),
    Row(f"POST {SHOP}/inbox/{{thread_id}}/open", SPEAKERS),
    Row(f"GET {SHOP}/saved-replies", SPEAKERS),
    Row(f"POST {SHOP}/saved-replies", SPEAKERS, lambda _: {"title": new_code(), "text": "Hello"}),
    Row(f"PATCH {SHOP}/saved-replies/{{reply_id}}", SPEAKERS, lambda _: {"title": new_code(), "text": "Hi"}, a_reply),
    Row(f"DELETE {SHOP}/saved-replies/{{reply_id}}", SPEAKERS, needs=a_reply),
    # money and offers
    Row(f"GET {OWNER_PATH}/ad-account", PAYERS),
    Row(f"GET {OWNER_PATH}/ad-account/statement", PAYERS),
    Row(f"POST {OWNER_PATH}/ad-account/funding", PAYERS, money_body),
    Row(f"POST {SHOP}/reach", PAYERS, empty),
    Row(f"GET {SHOP}/offers/suggestion", PAYERS),
    Row(f"GET {SHOP}/offers", PAYERS),
    Row(f"POST {SHOP}/offers", PAYERS, lambda ids: {**offer_body(ids), "client_id": new_code(12)}),
    Row(f"GET {SHOP}/offers/{{offer_id}}", PAYERS),
    Row(f"PUT {SHOP}/offers/{{offer_id}}", PAYERS, lambda ids: {**offer_body(ids), "version": ids["version"]}, a_draft),
    Row(f"POST {SHOP}/offers/{{offer_id}}/state", PAYERS, body(verb="end"), a_draft),
    Row(f"POST {SHOP}/offers/{{offer_id}}/test", PAYERS),
    Row(f"POST {SHOP}/offers/{{offer_id}}/submit", PAYERS, needs=a_draft),
    Row(f"POST {SHOP}/offers/{{offer_id}}/withdraw", PAYERS, needs=a_review),
    Row(f"POST {SHOP}/campaigns/{{campaign_id}}/recall", PAYERS),
    Row(f"GET {SHOP}/campaigns/{{campaign_id}}/report", PAYERS),
    Row(f"GET {SHOP}/campaigns/{{campaign_id}}/report.csv", PAYERS),
    # the operator
    Row("GET /api/operator/owners", ONLY[OPERATOR]),
    Row("POST /api/operator/owners/{owner_id}/decision", ONLY[OPERATOR], body(decision="verified"), a_waiting_owner),
    Row("GET /api/operator/ad-accounts", ONLY[OPERATOR]),
    Row("GET /api/operator/ad-accounts/{ad_account_id}/statement", ONLY[OPERATOR]),
    Row("POST /api/operator/ad-accounts/{ad_account_id}/funding", ONLY[OPERATOR], money_body),
    Row("POST /api/operator/ad-accounts/{ad_account_id}/refund", ONLY[OPERATOR], money_body),
    Row("GET /api/operator/reviews", ONLY[OPERATOR]),
    Row("GET /api/operator/reviews/{review_id}", ONLY[OPERATOR], needs=a_review),
    Row(
        "POST /api/operator/reviews/{review_id}/decision",
        ONLY[OPERATOR],
        lambda ids: {"decision": "refused", "content_hash": ids["content_hash"], "reason": "No."},
        a_review,
    ),
    Row("POST /api/operator/campaigns/{campaign_id}/recall", ONLY[OPERATOR]),
    Row("GET /api/operator/reports", ONLY[OPERATOR]),
    Row("POST /api/operator/reports/{report_id}/decision", ONLY[OPERATOR], body(decision="dismissed"), a_report),
    Row("GET /api/operator/audit", ONLY[OPERATOR]),
    # Marks of nothing new: a new one is written after its answer, and could fall between the two looks of another row.
    Row(f"POST {THREAD}/receipts", ONLY[PERSON], body(delivered=0, read=0), the_direct_thread),
    Row(f"POST {THREAD}/receipts", SPEAKERS, body(delivered=0, read=0), nothing, FOR_BUSINESS, "for the business"),
]
LIVE = "WEBSOCKET /live"


def routes() -> set[str]:
    found = set()
    for route in build_router(None).routes:
        if isinstance(route, WebSocketRoute):
            found.add(f"WEBSOCKET {route.path_format}")
        elif isinstance(route, HTTPRoute):
            found |= {f"{method} {route.path_format}" for method in route.methods - {"OPTIONS", "HEAD"}}
    return found


@pytest.fixture(scope="module")
async def world(postgres: TestServer) -> AsyncIterator[World]:
    clock = FixedClock(NOON)
    async with open_test_database(postgres.create_database()) as database:
        made = await make_world(database, clock)
        async with running(made.app):
            yield made


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    rows = {row.route for row in ROWS} | {LIVE} | LIBRARY_OWN
    assert (routes() - rows, rows - routes()) == (set(), set())
    assert len({row.name for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_a_route_is_for_whom_its_row_names(world: World, row: Row) -> None:
    ids = {kind: {**world.ids, "verb": "unmute", "path": "icon.svg", **await row.needs(world, kind)} for kind in KINDS}
    before = await digest(world.database)
    for kind in [kind for kind in KINDS if kind not in row.may]:
        answer = await call(world, row, kind, ids[kind])
        assert answer.status_code in {401, 403, 404}, f"{kind} was answered {answer.status_code}: {answer.text}"
        assert set(answer.json()) == {"error"}, f"{kind} was told {answer.text}"
    after = await digest(world.database)
    changed = {table for table in before if before[table] != after[table]}
    assert not changed, f"who may not do this changed {changed}"
    for kind in [kind for kind in KINDS if kind in row.may]:
        answer = await call(world, row, kind, ids[kind])
        assert answer.status_code < 500 or row.route == NOT_READY, (
            f"{kind} was answered {answer.status_code}: {answer.text}"
        )
        assert answer.status_code not in {400, 401, 403, 404, 405}, (
            f"{kind} was answered {answer.status_code}: {answer.text}"
        )


async def call(world: World, row: Row, kind: str, ids: Ids) -> httpx.Response:
    client = await world.client(kind, ids.get("viewer") if kind != NOBODY else None)
    method, path = row.route.format(**ids).split(" ", 1)
    params = {name: value.format(**ids) for name, value in row.query.items()}
    return await client.call(method, path, None if row.body is None else row.body(ids), params=params)


@pytest.mark.parametrize("kind", KINDS)
async def test_the_live_channel_is_for_who_is_signed_in(world: World, kind: str) -> None:
    assert await open_live(world, kind) == (401 if kind == NOBODY else 101)


async def test_the_operator_reads_no_message_that_was_not_handed_over(world: World) -> None:
    """Every address of the operator, and every address at all that shows messages, asked by the operator."""
    secret, handed = f"secret {new_code()}", f"handed over {new_code()}"
    for text in (secret, handed):
        position = (await append_one(world.database, world.clock, world.direct.draft(text))).position
    told = NewReport("person", world.direct.one.id, world.direct.id, [position], "spam", None)
    await world.database.run(
        lambda tx: reports.report(tx, told, reporter_id=world.direct.other.id, at=world.clock.now())
    )
    shown = ""
    for row in [row for row in ROWS if row.route.startswith("GET")]:
        ids = {**world.ids, "verb": "unmute", "path": "icon.svg", **await row.needs(world, OPERATOR)}
        answer = await call(world, row, OPERATOR, ids)
        shown += answer.text
    assert secret not in shown
    assert handed in shown, "the operator reads what was handed over"
