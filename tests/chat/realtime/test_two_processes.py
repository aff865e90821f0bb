"""Two `serve` processes on one database: what happens at one reaches the other, and who misses every hint still converges."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import httpx
import pytest

from rejoinder.db.transaction import Database
from tests.support.business import make_business, make_member
from tests.support.chat import Device, make_business_thread, make_direct, open_device, serve
from tests.support.database import TestServer, open_test_database
from tests.support.people import sign_in

# The servers run on the machine's clock, so do what these tests put into the database.


@pytest.fixture(scope="module")
def dsn(postgres: TestServer) -> str:
    return postgres.create_database()


@pytest.fixture(scope="module")
async def shared(dsn: str) -> AsyncIterator[Database]:
    async with open_test_database(dsn) as database:
        yield database


@pytest.fixture(scope="module")
def origins(dsn: str) -> Iterator[tuple[str, str]]:
    with serve(dsn) as one, serve(dsn) as other:
        yield one, other


async def token_of(database: Database, person_id: int) -> str:
    return await sign_in(database, person_id, at=datetime.now(UTC))


async def assert_same(*devices: Device) -> None:
    for device in devices:
        assert device.state() == await device.snapshot()


async def test_messages_edits_unsends_typing_and_receipts_converge(shared: Database, origins: tuple[str, str]) -> None:
    thread = await make_direct(shared, at=datetime.now(UTC))
    tokens = [await token_of(shared, side.id) for side in (thread.one, thread.other)]
    async with (
        open_device(origins[0], tokens[0], thread.id) as ada,
        open_device(origins[1], tokens[1], thread.id) as bob,
    ):
        place = {"thread_id": ada.thread_id}
        await ada.say("typing", **place)
        assert (await bob.hear("typing"))["by"] == {"kind": "person", "id": str(thread.one.id)}
        await ada.say("send", client_id="a1", body={"type": "text", "text": "helo"}, **place)
        acked = await ada.hear("acked")
        assert (acked["client_id"], acked["position"], acked["change"]) == ("a1", 1, 1)
        assert (await bob.hear("changed"))["messages"][0]["body"]["text"] == "helo"
        await bob.say("receipt", delivered=1, read=1, **place)
        assert (await ada.hear("changed"))["participants"][0]["read"] == 1
        await ada.say("edit", client_ref="e1", position=1, text="hello", **place)
        assert (await bob.hear("changed"))["messages"] or (await bob.hear("changed"))["messages"]
        await bob.say("send", client_id="b1", body={"type": "text", "text": "oops"}, **place)
        await bob.hear("acked")
        await bob.say("unsend", client_ref="u1", position=2, **place)
        await bob.hear("acked")
        for device in (ada, bob):
            await device.catch_up()
        await assert_same(ada, bob)
        assert ada.messages[1]["body"] == {"type": "text", "text": "hello"}
        assert ada.messages[2]["body"] == {"type": "unsent"}
        assert ada.state() == bob.state()


async def test_a_device_that_loses_every_hint_converges_by_asking(shared: Database, origins: tuple[str, str]) -> None:
    thread = await make_direct(shared, at=datetime.now(UTC))
    tokens = [await token_of(shared, side.id) for side in (thread.one, thread.other)]
    async with (
        open_device(origins[0], tokens[0], thread.id) as ada,
        open_device(origins[1], tokens[1], thread.id) as deaf,
    ):
        since = (await deaf.client.get("/api/mailbox")).json()["version"]
        for n in range(5):
            await ada.say("send", client_id=f"m{n}", thread_id=ada.thread_id, body={"type": "text", "text": str(n)})
            await ada.hear("acked")
        await ada.say("unsend", client_ref="u", thread_id=ada.thread_id, position=2)
        await ada.hear("acked")
        page = (await deaf.client.get("/api/mailbox", params={"since": since})).json()
        assert [card["id"] for card in page["threads"]] == [deaf.thread_id]
        assert page["threads"][0]["last_change"] == 6
        assert page["threads"][0]["unread_count"] == 4
        await deaf.catch_up()
        await assert_same(deaf)
        answer = await deaf.client.post(f"/api/threads/{deaf.thread_id}/receipts", json={"delivered": 5, "read": 5})
        assert answer.status_code == 202
        await ada.hear("changed")
        await ada.catch_up()
        await assert_same(ada)


async def test_a_person_and_an_agent_on_two_processes(shared: Database, origins: tuple[str, str]) -> None:
    business = await make_business(shared)
    agent_id = await make_member(shared, business.id, "agent")
    thread = await make_business_thread(shared, at=datetime.now(UTC), business_id=business.id)
    tokens = [await token_of(shared, person_id) for person_id in (thread.one.id, agent_id)]
    async with (
        open_device(origins[0], tokens[0], thread.id) as person,
        open_device(origins[1], tokens[1], thread.id) as agent,
    ):
        as_business = {"as_business_id": str(business.id)}
        await agent.say("watch", business_id=str(business.id))
        await agent.say(
            "send", client_id="x", thread_id=agent.thread_id, body={"type": "text", "text": "hi"}, **as_business
        )
        assert (await agent.hear("refused"))["code"] == "window_closed"
        await person.say("send", client_id="p", thread_id=person.thread_id, body={"type": "text", "text": "open?"})
        assert (await agent.hear("changed"))["messages"][0]["body"]["text"] == "open?"
        await agent.say(
            "send", client_id="y", thread_id=agent.thread_id, body={"type": "text", "text": "yes"}, **as_business
        )
        await agent.hear("acked")
        heard = await person.hear("changed")
        assert heard["messages"][0]["sender"] == {"kind": "business", "id": str(business.id)}
        assert heard["messages"][0]["agent_id"] is None
        page = await agent.client.get(f"/api/threads/{thread.id}/messages", params=as_business)
        assert page.json()["messages"][1]["agent_id"] == str(agent_id)


async def test_a_stranger_reaches_nothing_and_what_cannot_be_read_is_said(
    shared: Database, origins: tuple[str, str]
) -> None:
    thread = await make_direct(shared, at=datetime.now(UTC))
    stranger = (await make_direct(shared, at=datetime.now(UTC))).one
    token = await token_of(shared, stranger.id)
    async with open_device(origins[0], token, thread.id) as device:
        await device.say("send", client_id="s", thread_id=device.thread_id, body={"type": "text", "text": "hi"})
        assert (await device.hear("refused"))["code"] == "thread_missing"
        for path in ("", "/messages", "/changes?since=0"):
            assert (await device.client.get(f"/api/threads/{thread.id}{path}")).status_code == 404
        await device.say("nonsense")
        assert (await device.hear("refused"))["code"] == "input_invalid"
        await device.say("send", client_id="s", thread_id=device.thread_id, body={"type": "text", "text": "x" * 40_000})
        assert (await device.hear("refused"))["code"] == "input_invalid"
        await device.say("ping")
        await device.hear("pong")
    async with httpx.AsyncClient(base_url=origins[0]) as nobody:
        assert (await nobody.get("/api/mailbox")).status_code == 401
