"""How sockets end, and what they are told before: signed out, off the team, too slow, restarting; and hints that were lost."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError

from rejoinder.chat.model import Participant
from rejoinder.chat.realtime import live as module
from rejoinder.chat.realtime.hints import Hints, MailboxHint
from rejoinder.db.transaction import Database
from rejoinder.people.protections import commands as protections
from rejoinder.units.clock import SystemClock
from rejoinder.units.ids import new_code
from rejoinder.wire.auth import COOKIE
from tests.support.business import make_business, make_member, make_token
from tests.support.chat import Device, append_one, make_business_thread, make_direct, open_device, stored
from tests.support.database import TestServer, open_test_database
from tests.support.live import Served, serve_here, until
from tests.support.people import PASSWORD, make_guest, sign_in

CANCEL_WHO_WAITS = (
    "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)

# The server runs on the machine's clock, so does what these tests put into the database.


@pytest.fixture
def dsn(postgres: TestServer) -> str:
    return postgres.create_database()


@pytest.fixture
async def shared(dsn: str) -> AsyncIterator[Database]:
    async with open_test_database(dsn) as database:
        yield database


@pytest.fixture
async def served(dsn: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    """A server whose sockets are looked at again only when somebody says so."""
    monkeypatch.setattr(module, "RECHECK_S", 1e6)
    async with serve_here(dsn) as served:
        yield served


async def token_of(database: Database, person_id: int) -> str:
    return await sign_in(database, person_id, at=datetime.now(UTC))


async def closing_code(device: Device) -> int | None:
    with pytest.raises(ConnectionClosedError) as closed:
        await device.hear("nothing")
    return closed.value.rcvd.code if closed.value.rcvd else None


async def test_signing_out_closes_the_sockets_of_that_session_alone_also_elsewhere(
    shared: Database, served: Served, dsn: str
) -> None:
    thread = await make_direct(shared, at=datetime.now(UTC))
    token, other_token = await token_of(shared, thread.one.id), await token_of(shared, thread.one.id)
    async with (
        serve_here(dsn) as elsewhere,
        open_device(served.origin, token, thread.id) as device,
        open_device(elsewhere.origin, token, thread.id) as second,
        open_device(served.origin, other_token, thread.id) as staying,
    ):
        answer = await device.client.post("/api/sign-out", headers={"Origin": served.origin})
        assert answer.is_success, answer.text
        assert await closing_code(device) == await closing_code(second) == 4401
        await staying.say("ping")
        await staying.hear("pong")


async def test_claiming_an_account_closes_what_the_guest_opened(shared: Database, served: Served) -> None:
    guest_id = await make_guest(shared)
    async with (
        open_device(served.origin, await token_of(shared, guest_id), 1) as device,
        asyncio.timeout(20),
    ):
        account = {"email": f"{new_code()}@example.org", "password": PASSWORD}
        answer = await device.client.post("/api/claim", json=account, headers={"Origin": served.origin})
        assert answer.is_success, answer.text
        assert await closing_code(device) == 4401


async def test_a_revoked_token_closes_its_programs_socket(shared: Database, served: Served) -> None:
    business = await make_business(shared)
    owner_id = await make_member(shared, business.id, "owner")
    thread = await make_business_thread(shared, at=datetime.now(UTC), business_id=business.id)
    secret = await make_token(shared, business.id, owner_id, at=datetime.now(UTC))
    headers = {"Authorization": f"Bearer {secret}"}
    async with (
        open_device(served.origin, await token_of(shared, owner_id), thread.id) as owner,
        connect(f"ws://127.0.0.1:{served.port}/live", additional_headers=headers) as program,
    ):
        assert json.loads(await program.recv())["type"] == "welcome"
        tokens = (await owner.client.get(f"/api/businesses/{business.id}/tokens")).json()
        path = f"/api/businesses/{business.id}/tokens/{_ids(tokens)[0]}"
        answer = await owner.client.delete(path, headers={"Origin": served.origin})
        assert answer.is_success, answer.text
        with pytest.raises(ConnectionClosedError) as closed:
            await program.recv()
        assert closed.value.rcvd
        assert closed.value.rcvd.code == 4401
        await owner.say("ping")
        await owner.hear("pong")


def _ids(listed: Any) -> list[str]:
    rows = listed if isinstance(listed, list) else next(iter(listed.values()))
    return [row["id"] for row in rows]


async def test_who_leaves_a_team_hears_and_says_nothing_for_it_any_more(shared: Database, served: Served) -> None:
    business = await make_business(shared)
    owner_id = await make_member(shared, business.id, "owner")
    agent_id = await make_member(shared, business.id, "agent")
    thread = await make_business_thread(shared, at=datetime.now(UTC), business_id=business.id)
    tokens = [await token_of(shared, person_id) for person_id in (owner_id, agent_id, thread.one.id)]
    side, as_business = Participant("business", business.id), {"as_business_id": str(business.id)}
    async with (
        open_device(served.origin, tokens[0], thread.id) as owner,
        open_device(served.origin, tokens[1], thread.id) as agent,
        open_device(served.origin, tokens[2], thread.id) as person,
    ):
        await agent.say("watch", business_id=str(business.id))
        await person.say("send", client_id="p", thread_id=person.thread_id, body={"type": "text", "text": "open?"})
        await agent.hear("changed")
        await agent.say("typing", thread_id=agent.thread_id, **as_business)
        await person.hear("typing")
        path = f"/api/businesses/{business.id}/team/{agent_id}"
        answer = await owner.client.delete(path, headers={"Origin": served.origin})
        assert answer.is_success, answer.text
        await until(lambda: not served.connections_of(side))
        await agent.say(
            "send", client_id="a", thread_id=agent.thread_id, body={"type": "text", "text": "hi"}, **as_business
        )
        assert (await agent.hear("refused"))["client_id"] == "a"


async def test_what_cannot_be_read_is_told_and_the_socket_goes_on(shared: Database, served: Served) -> None:
    thread = await make_direct(shared, at=datetime.now(UTC))
    async with open_device(served.origin, await token_of(shared, thread.one.id), thread.id) as device:
        for unreadable in (
            '{"type":',
            '{"a":' + "[" * 30_000,
            '{"type":"send","body":' + '{"a":' * 5_000,
            "x" * 40_000,
        ):
            await device.socket.send(unreadable)
            assert (await device.hear("refused"))["code"] == "input_invalid"
        await device.say("ping")
        await device.hear("pong")


async def test_nobody_is_seen_to_write_where_a_message_would_not_be_received(shared: Database, served: Served) -> None:
    at = datetime.now(UTC)
    direct, business = await make_direct(shared, at=at), await make_business(shared)
    unopened = await make_business_thread(shared, at=at, business_id=business.id)
    agent_id = await make_member(shared, business.id, "agent", at=at)
    await shared.run(lambda tx: protections.block_person(tx, direct.one.id, direct.other.id, at=at))
    async with (
        open_device(served.origin, await token_of(shared, direct.other.id), direct.id) as blocked,
        open_device(served.origin, await token_of(shared, agent_id), unopened.id) as agent,
        asyncio.timeout(20),
    ):
        await blocked.say("typing", thread_id=blocked.thread_id)
        assert (await blocked.hear("refused"))["code"] == "not_receiving"
        await agent.say("typing", thread_id=agent.thread_id, as_business_id=str(business.id))
        assert (await agent.hear("refused"))["code"] == "window_closed"


@asynccontextmanager
async def cancelled_by_the_database(database: Database, thread_id: int) -> AsyncIterator[None]:
    """What waits for this thread at the end of the block is cancelled, as by a limit on the time of statements."""
    async with database.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT 1 FROM chat.thread WHERE id = $1 FOR UPDATE", thread_id)
        yield
        async with asyncio.timeout(20):
            while not await database.pool.fetchval(CANCEL_WHO_WAITS):  # noqa: ASYNC110  no event tells of it
                await asyncio.sleep(0.01)


async def test_receipts_go_on_after_one_that_the_database_gave_up(shared: Database, served: Served) -> None:
    thread = await make_direct(shared, at=datetime.now(UTC))
    for words in ("one", "two"):
        await append_one(shared, SystemClock(), thread.draft(words))
    tokens = [await token_of(shared, side.id) for side in (thread.one, thread.other)]
    async with (
        open_device(served.origin, tokens[0], thread.id) as ada,
        open_device(served.origin, tokens[1], thread.id) as bob,
    ):
        async with cancelled_by_the_database(shared, thread.id):
            await bob.say("receipt", thread_id=bob.thread_id, delivered=1, read=1)
        await bob.say("receipt", thread_id=bob.thread_id, delivered=2, read=2)
        async with asyncio.timeout(20):
            assert (await ada.hear("changed"))["participants"][0]["read"] == 2


async def test_a_frame_that_the_database_gave_up_is_answered_and_the_socket_goes_on(
    shared: Database, served: Served
) -> None:
    thread = await make_direct(shared, at=datetime.now(UTC))
    await append_one(shared, SystemClock(), thread.draft("helo"))
    async with (
        open_device(served.origin, await token_of(shared, thread.one.id), thread.id) as device,
        asyncio.timeout(20),
    ):
        edit = {"client_ref": "e", "thread_id": device.thread_id, "position": 1, "text": "hello"}
        async with cancelled_by_the_database(shared, thread.id):
            await device.say("edit", **edit)
        refused = await device.hear("refused")
        assert (refused["code"], refused["client_id"]) == ("unexpected", "e")
        await device.say("edit", **edit)
        assert (await device.hear("acked"))["client_id"] == "e"


async def test_a_socket_that_does_not_read_is_closed_and_holds_up_nobody(shared: Database, served: Served) -> None:
    thread = await make_direct(shared, at=datetime.now(UTC))
    token = await token_of(shared, thread.other.id)
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.connect(("127.0.0.1", served.port))
    request = (
        f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nCookie: {COOKIE}={token}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    slow.sendall(request.encode())
    await until(lambda: served.connections_of(thread.other))
    (connection,) = served.connections_of(thread.other)
    async with open_device(served.origin, token, thread.id) as quick:
        frame = json.dumps({"type": "filler", "text": "x" * 50_000})
        async with asyncio.timeout(60):
            while connection.closing is None:
                connection.push(frame)
                await asyncio.sleep(0)
        assert connection.closing == (4408, "too slow")
        await until(lambda: connection not in served.server.live.hub.connections)
        await append_one(shared, SystemClock(), thread.draft("hello"))
        served.server.live.publish_mailboxes([thread.other.id])
        await quick.hear("mailbox")
    slow.close()


async def test_a_lost_listening_connection_makes_devices_compare_and_then_hints_arrive_again(
    shared: Database, served: Served
) -> None:
    thread = await make_direct(shared, at=datetime.now(UTC))
    other_process = Hints(shared)
    other_process.start()
    await other_process.is_listening.wait()
    async with open_device(served.origin, await token_of(shared, thread.other.id), thread.id) as device:
        known = (await device.client.get("/api/mailbox")).json()["version"]
        hints = served.server.live.hints
        await until(hints.is_listening.is_set)
        await append_one(shared, SystemClock(), thread.draft("nobody hints at this"))
        killed = await shared.pool.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"
        )
        assert killed
        welcome = await device.hear("welcome")
        assert welcome["mailbox_version"] > known
        await device.catch_up()
        assert device.state() == await device.snapshot()
        assert device.messages[1]["body"]["text"] == "nobody hints at this"
        await until(hints.is_listening.is_set)
        other_process.tell([MailboxHint([thread.other.id])])
        assert (await device.hear("mailbox"))["version"] == welcome["mailbox_version"]
    await other_process.stop()


async def test_stopping_answers_what_was_taken_before_it_closes(shared: Database, served: Served) -> None:
    thread = await make_direct(shared, at=datetime.now(UTC))
    tokens = [await token_of(shared, side.id) for side in (thread.one, thread.other)]
    async with (
        open_device(served.origin, tokens[0], thread.id) as ada,
        open_device(served.origin, tokens[1], thread.id) as bob,
    ):
        async with shared.pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT 1 FROM chat.thread WHERE id = $1 FOR UPDATE", thread.id)
            for n in range(3):
                body = {"type": "text", "text": str(n)}
                await ada.say("send", client_id=f"m{n}", thread_id=ada.thread_id, body=body)
            await ada.say("ping")
            await ada.hear("pong")  # Frames are taken in their order, so the three wait in the queue now.
            served.server.should_exit = True
            await until(lambda: served.server.live.is_draining)
            await ada.say("send", client_id="late", thread_id=ada.thread_id, body={"type": "text", "text": "late"})
        assert [(await ada.hear("acked"))["client_id"] for _ in range(3)] == ["m0", "m1", "m2"]
        await bob.hear("changed")
        assert await closing_code(ada) == await closing_code(bob) == 1012
    assert [row["client_id"] for row in await stored(shared, thread.id)] == ["m0", "m1", "m2"]
