"""Builders of threads and drafts, and what a device keeps: snapshots, changes, and both of them compared."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from rejoinder.chat.messages import commands
from rejoinder.chat.messages.model import Accepted, Draft, Verdict
from rejoinder.chat.model import Participant, SendableBody, Text
from rejoinder.chat.threads import commands as threads
from rejoinder.chat.threads.model import Opening
from rejoinder.db.transaction import Database
from rejoinder.people.contacts import commands as contacts
from rejoinder.people.contacts.model import Opening as ContactOpening
from rejoinder.units.clock import Clock
from rejoinder.units.ids import new_code, new_id
from rejoinder.wire.auth import COOKIE
from tests.support.business import make_business
from tests.support.people import make_people


@dataclass(frozen=True, slots=True)
class MadeThread:
    """A thread and its two sides; in a thread with a business `one` is the person."""

    id: int
    one: Participant
    other: Participant

    def draft(self, text: str = "Hello", *, by: Participant | None = None, **overrides: Any) -> Draft:
        """A text of the one, under a client id of its own."""
        body: SendableBody = overrides.pop("body", None) or Text(text)
        return Draft(by or self.one, self.id, overrides.pop("client_id", new_code(12)), body, **overrides)


async def make_direct(database: Database, *, at: datetime, is_accepted: bool = True, **overrides: Any) -> MadeThread:
    """Two people who talk; `overrides` change both."""
    one, other = await make_people(database, 2, **overrides)
    thread_id = await database.run(lambda tx: threads.open_direct(tx, one, other, at))
    if is_accepted:
        await database.run(lambda tx: threads.accept(tx, other, thread_id))
    return MadeThread(thread_id, Participant("person", one), Participant("person", other))


async def make_business_thread(database: Database, *, at: datetime, business_id: int | None = None) -> MadeThread:
    """A person who opened a business's door and has not written yet."""
    (person_id,) = await make_people(database, 1)
    business_id = business_id or (await make_business(database)).id
    opening = ContactOpening(person_id, business_id, owner_id=new_id(), thread_id=new_id())
    async with database.transaction() as tx:
        await contacts.open_contacts(tx, [opening])
        await threads.open_business_threads(tx, [Opening(person_id, business_id, opening.thread_id)], at)
    return MadeThread(opening.thread_id, Participant("person", person_id), Participant("business", business_id))


async def append(database: Database, clock: Clock, drafts: Sequence[Draft]) -> list[Verdict]:
    """A batch in a transaction of its own."""
    return await database.run(lambda tx: commands.append_many(tx, drafts, clock))


async def append_one(database: Database, clock: Clock, draft: Draft) -> Accepted:
    """One message that must be accepted."""
    (verdict,) = await append(database, clock, [draft])
    assert isinstance(verdict, Accepted), verdict
    return verdict


async def stored(database: Database, thread_id: int) -> list[dict[str, Any]]:
    """The thread's rows as they are, in their order."""
    rows = await database.pool.fetch(
        "SELECT position, change, client_id, body, sender_kind, sender_id FROM chat.message WHERE thread_id = $1 ORDER BY position",
        thread_id,
    )
    return [dict(row) for row in rows]


class Device:
    """A socket and what it keeps, by the rules of realtime/frames.py: the mirror of one thread, and how far it knows."""

    def __init__(self, client: httpx.AsyncClient, socket: ClientConnection, thread_id: int) -> None:
        self.client, self.socket, self.thread_id = client, socket, str(thread_id)
        self.messages: dict[int, dict[str, Any]] = {}
        self.marks: dict[tuple[str, str], tuple[int, int]] = {}
        self.last_change = 0
        self.frames: list[dict[str, Any]] = []

    async def say(self, kind: str, **fields: Any) -> None:
        """Send a frame."""
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def hear(self, kind: str, *, is_applied: bool = True) -> dict[str, Any]:
        """Wait for the next frame of this kind; frames on the way are applied, or thrown away like lost hints."""
        while True:
            frame: dict[str, Any] = json.loads(await self.socket.recv())
            self.frames.append(frame)
            if is_applied and frame["type"] == "changed" and frame["thread_id"] == self.thread_id:
                if frame["from_change"] > self.last_change:
                    await self.catch_up()
                self._apply(frame)
            if frame["type"] == kind:
                return frame

    async def catch_up(self) -> None:
        """Ask for everything since the last change known."""
        while True:
            answer = await self.client.get(
                f"/api/threads/{self.thread_id}/changes", params={"since": self.last_change, "limit": 2}
            )
            assert answer.status_code == 200, answer.text
            page = answer.json()
            self._apply(page)
            if not page["has_more"]:
                return

    def _apply(self, change: dict[str, Any]) -> None:
        for message in change["messages"]:
            self.messages[message["position"]] = {**message, "agent_id": None}
        for mark in change["participants"]:
            self.marks[mark["kind"], mark["id"]] = (mark["delivered"], mark["read"])
        self.last_change = max(self.last_change, change["to_change"])

    async def snapshot(self) -> dict[str, Any]:
        """The thread as the server gives it to somebody who knows nothing."""
        pages = await self.client.get(f"/api/threads/{self.thread_id}/messages")
        card = (await self.client.get(f"/api/threads/{self.thread_id}")).json()["thread"]
        return {
            "messages": {message["position"]: {**message, "agent_id": None} for message in pages.json()["messages"]},
            "marks": {(mark["kind"], mark["id"]): (mark["delivered"], mark["read"]) for mark in card["participants"]},
            "last_change": card["last_change"],
        }

    def state(self) -> dict[str, Any]:
        """What this device knows."""
        return {"messages": self.messages, "marks": self.marks, "last_change": self.last_change}


@asynccontextmanager
async def open_device(origin: str, token: str, thread_id: int) -> AsyncIterator[Device]:
    """A signed-in device that has been greeted and knows nothing of the thread."""
    headers = {"Cookie": f"{COOKIE}={token}"}
    async with (
        httpx.AsyncClient(base_url=origin, headers=headers) as client,
        connect(origin.replace("http", "ws") + "/live", additional_headers=headers) as socket,
    ):
        device = Device(client, socket, thread_id)
        await device.hear("welcome")
        yield device


@contextmanager
def serve(dsn: str, **settings: str) -> Iterator[str]:
    """A server process of its own; yields its origin."""
    with probe_socket() as port:
        pass
    environment = {"REJOINDER_DATABASE_URL": dsn, "REJOINDER_RATE_LIMIT_PER_S": "0", **settings}
    process = subprocess.Popen(
        [sys.executable, "-m", "rejoinder", "serve", "--port", str(port)], env={**os.environ, **environment}
    )
    try:
        origin = f"http://127.0.0.1:{port}"
        wait_until_served(origin, process)
        yield origin
    finally:
        process.terminate()
        process.wait()


@contextmanager
def probe_socket() -> Iterator[int]:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        yield int(probe.getsockname()[1])


def wait_until_served(origin: str, process: "subprocess.Popen[bytes]") -> None:
    """Ask until the server answers; a server that ended is a failure at once."""
    for _ in range(3_000):
        assert process.poll() is None, "the server ended"
        try:
            httpx.get(f"{origin}/healthz", timeout=1)
        except httpx.TransportError:
            threading.Event().wait(0.02)
        else:
            return
    raise AssertionError("the server did not answer")
