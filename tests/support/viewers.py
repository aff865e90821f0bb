"""A small world with one of everything, nine kinds of viewers, and a digest of all that is stored: for the authorisation matrix."""

import asyncio
import re
from dataclasses import dataclass, field
from typing import Any

import httpx

from rejoinder.ads.ledger import store as ledger
from rejoinder.ads.ledger.model import AdAccount
from rejoinder.business.inbox import jobs as inbox
from rejoinder.chat.threads import commands as threads
from rejoinder.db.transaction import Database
from rejoinder.people.contacts.model import Contact
from rejoinder.server.app import authenticate_people_and_programs
from rejoinder.units.clock import FixedClock
from rejoinder.wire.http import ASGIApp
from tests.support.business import MadeBusiness, make_business, make_member, make_token
from tests.support.chat import MadeThread, append_one, make_direct
from tests.support.client import Client, open_app
from tests.support.people import make_guest, make_person
from tests.support.rounds import Card, Shop, glimpse_of, make_shop, make_writer, means, run_round

NOBODY, GUEST, PERSON, PROGRAM, AGENT, ADVERTISER, OWNER, OPERATOR, STRANGER = KINDS = (
    "nobody",
    "guest",
    "person",
    "program of the business",
    "agent",
    "advertiser",
    "owner",
    "operator",
    "owner of another business",
)
# Counted attempts and sessions say that somebody asked, not that anything changed.
UNCOUNTED = {"people.attempt", "people.session"}


@dataclass
class World:
    """A shop with its team, somebody who wrote to it and got its offer, and people beside them."""

    app: ASGIApp
    database: Database
    clock: FixedClock
    shop: Shop
    other: MadeBusiness
    contact: Contact
    direct: MadeThread
    card: Card
    people: dict[str, int]
    program: str
    ids: dict[str, Any] = field(default_factory=dict)

    async def client(self, kind: str, person_id: int | None = None) -> Client:
        """A new device of such a viewer, or of somebody else who is such a one."""
        client = Client(self.app, database=self.database, clock=self.clock)
        if kind == PROGRAM:
            client.http.headers["authorization"] = f"Bearer {self.program}"
        elif kind != NOBODY:
            await client.be(person_id or self.people[kind])
        return client

    async def account(self) -> AdAccount:
        """The shop's ad account."""
        async with self.database.transaction() as tx:
            found = await ledger.find_ad_account(tx, self.shop.offer.ad_account_id)
        assert found is not None
        return found

    async def mailed(self, address: str, pattern: str) -> str:
        """What stands in the newest mail to an address."""
        body = await self.database.pool.fetchval(
            "SELECT body FROM people.mail WHERE to_address = $1 ORDER BY number DESC LIMIT 1", address
        )
        found = re.search(pattern, body)
        assert found is not None, body
        return found[1]


async def make_world(database: Database, clock: FixedClock) -> World:
    """Make it all through commands, and let a round reach the person."""
    app = await open_app(database, clock, authenticate=authenticate_people_and_programs(database, clock))
    shop, other = await make_shop(database), await make_business(database, name="Bakery")
    direct = await make_direct(database, at=clock.now())
    person = direct.one.id
    await append_one(database, clock, direct.draft("Hello"))
    contact = await make_writer(database, shop, person_id=person)
    await run_round(database, means(clock))
    while await inbox.run(database, clock, lambda _: None):
        pass
    people = {
        GUEST: await make_guest(database),
        PERSON: person,
        AGENT: await make_member(database, shop.business.id, "agent"),
        ADVERTISER: await make_member(database, shop.business.id, "advertiser"),
        OWNER: shop.business.owner_person_id,
        OPERATOR: await make_person(database, name="Opal", is_operator=True),
        STRANGER: other.owner_person_id,
    }
    card = Card(contact, await glimpse_of(database, contact))
    program = await make_token(database, shop.business.id, people[OWNER])
    world = World(app, database, clock, shop, other, contact, direct, card, people, program)
    world.ids = {
        "business_id": shop.business.id,
        "handle": shop.business.handle,
        "owner_id": shop.business.owner_id,
        "code": shop.door.code,
        "entry_point_id": shop.door.id,
        "offer_id": shop.offer.id,
        "campaign_id": shop.offer.id,
        "ad_account_id": shop.offer.ad_account_id,
        "delivery_id": card.glimpse.delivery_id,
        "thread_id": contact.thread_id,
        "friend_id": direct.other.id,
    }
    return world


async def make_request(world: World) -> int:
    """A stranger's first message to the person; return the thread."""
    stranger = await make_person(world.database)
    return await world.database.run(
        lambda tx: threads.open_direct(tx, stranger, world.people[PERSON], world.clock.now())
    )


async def digest(database: Database) -> dict[str, Any]:
    """A fingerprint of each table's rows."""
    tables = await database.pool.fetch(
        "SELECT schemaname || '.' || tablename AS name FROM pg_tables"
        " WHERE schemaname IN ('people', 'chat', 'business', 'ads', 'safety') ORDER BY 1"
    )
    each = " UNION ALL ".join(
        f"SELECT '{table['name']}' AS name, count(*) || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') AS print"  # noqa: S608
        f" FROM {table['name']} t"
        for table in tables
        if table["name"] not in UNCOUNTED
    )
    return {row["name"]: row["print"] for row in await database.pool.fetch(each)}


async def open_live(world: World, kind: str) -> int:
    """Try to open the live channel; 101 when it greets, else the status that the close code stands for."""
    client = await world.client(kind)
    headers = httpx.Headers(client.http.headers)
    headers["cookie"] = "; ".join(f"{one.name}={one.value}" for one in client.http.cookies.jar)
    scope = {
        "type": "websocket",
        "path": "/live",
        "raw_path": b"/live",
        "query_string": b"",
        "headers": [(name.lower(), value) for name, value in headers.raw],
        "client": ("10.0.0.1", 1),
        "server": ("testserver", 80),
        "scheme": "ws",
        "subprotocols": [],
        "state": {},
    }
    incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    incoming.put_nowait({"type": "websocket.connect"})
    status = 0

    async def send(message: Any) -> None:
        nonlocal status
        if message["type"] == "websocket.close" and not status:
            status = message["code"] - 4000
        elif message["type"] == "websocket.send" and '"welcome"' in message["text"]:
            status = 101
            incoming.put_nowait({"type": "websocket.disconnect", "code": 1000})

    await world.app(scope, incoming.get, send)
    return status
