"""Hints between processes over NOTIFY: something changed, look. They may be lost; who loses them catches up by version.

One notifier per process sends what has gathered at most every 5 ms (a NOTIFY in each message's transaction made sending
four to five times slower), and never inside anybody's transaction. The same connection listens. When it is lost, hints may
have been missed: whoever listens is told of the gap.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import msgspec
import structlog

from rejoinder.chat.model import Participant
from rejoinder.db.transaction import Database, Tx

log = structlog.get_logger(__name__)

CHANNEL = "rejoinder_live"
EVERY_S = 0.005
PAYLOAD_BYTES_MAX = 7_900  # Postgres takes less than 8,000.
WAITING_MAX = 10_000  # Beyond it the oldest are lost, which hints may be.
LAST_HINTS_S = 1.0
RECONNECT_S = (0.05, 0.2, 1.0, 2.0)


class ThreadHint(msgspec.Struct, array_like=True, tag="t", frozen=True):
    """A thread changed within (from, to]; `audience` as in ThreadChange. Marks are only read when some moved."""

    home: int
    thread_id: int
    from_change: int
    to_change: int
    audience: list[tuple[Participant, int | None]]
    has_marks: bool = True


class MailboxHint(msgspec.Struct, array_like=True, tag="m", frozen=True):
    """Mailboxes of these people changed otherwise: a thread opened, a request answered, an advert put in or withdrawn."""

    person_ids: list[int]


class TypingHint(msgspec.Struct, array_like=True, tag="y", frozen=True):
    """Somebody writes to somebody."""

    thread_id: int
    by: Participant
    to: Participant


class InboxHint(msgspec.Struct, array_like=True, tag="i", frozen=True):
    """A business's inbox reached a number."""

    business_id: int
    number: int


class SessionHint(msgspec.Struct, array_like=True, tag="s", frozen=True):
    """Sessions ended, or somebody left a team: look whether every socket may still hear what it hears."""


Hint = ThreadHint | MailboxHint | TypingHint | InboxHint | SessionHint
_DECODER = msgspec.json.Decoder(list[Hint])


class Hints:
    """The notifier of a process and, with `on_hints`, its listener."""

    def __init__(
        self,
        database: Database,
        on_hints: Callable[[list[Hint]], None] | None = None,
        on_gap: Callable[[], None] | None = None,
    ) -> None:
        self._database, self._on_hints, self._on_gap = database, on_hints, on_gap
        self._waiting: list[Hint] = []
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()  # Nothing waits and nothing is under way.
        self._idle.set()
        self.is_listening = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start notifying and listening in the running loop."""
        self._task = asyncio.get_running_loop().create_task(self._keep_connected())

    async def stop(self) -> None:
        """Send what waits, unless that takes long, and stop."""
        if self._task is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(LAST_HINTS_S):
                    await self._idle.wait()
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def tell(self, hints: Iterable[Hint]) -> None:
        """Tell the other processes soon."""
        self._waiting += hints
        if len(self._waiting) > WAITING_MAX:
            del self._waiting[:-WAITING_MAX]
        self._idle.clear()
        self._wake.set()

    async def _keep_connected(self) -> None:
        attempt = 0
        while True:
            try:
                async with self._database.pool.acquire() as connection, self._listening(connection) as lost:
                    if attempt and self._on_gap is not None:
                        self._on_gap()
                    attempt = 0
                    await self._notify(connection, lost)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as problem:
                log.warning("hints_lost", problem=repr(problem))
            self.is_listening.clear()
            attempt += 1
            await asyncio.sleep(RECONNECT_S[min(attempt, len(RECONNECT_S)) - 1])

    @asynccontextmanager
    async def _listening(self, connection: asyncpg.pool.PoolConnectionProxy) -> AsyncIterator[asyncio.Event]:
        lost, own_pid = asyncio.Event(), connection.get_server_pid()

        def on_notice(_: Any, pid: int, __: str, payload: object) -> None:
            if pid != own_pid and self._on_hints is not None:
                self._on_hints(_DECODER.decode(str(payload)))

        def on_lost(_: Any) -> None:
            lost.set()
            self._wake.set()

        connection.add_termination_listener(on_lost)
        if self._on_hints is not None:
            await connection.add_listener(CHANNEL, on_notice)
        self.is_listening.set()
        try:
            yield lost
        finally:
            connection.remove_termination_listener(on_lost)
            if self._on_hints is not None and not connection.is_closed():
                await connection.remove_listener(CHANNEL, on_notice)

    async def _notify(self, connection: asyncpg.pool.PoolConnectionProxy, lost: asyncio.Event) -> None:
        tx = Tx(connection)
        while not lost.is_set():
            await self._wake.wait()
            self._wake.clear()
            told, self._waiting = self._waiting, []
            for payload in _payloads(told):
                await tx.run("notify", channel=CHANNEL, payload=payload)
            if not self._waiting:
                self._idle.set()
            await asyncio.sleep(EVERY_S)


def _payloads(hints: Sequence[Hint]) -> list[str]:
    """As few payloads as fit; a hint that fits into none is lost."""
    payloads, parts, size = [], list[bytes](), 0
    for hint in hints:
        encoded = msgspec.json.encode(hint)
        if parts and size + len(encoded) + 2 > PAYLOAD_BYTES_MAX:
            payloads.append(f"[{b','.join(parts).decode()}]")
            parts, size = [], 0
        if len(encoded) + 2 <= PAYLOAD_BYTES_MAX:
            parts.append(encoded)
            size += len(encoded) + 1
    if parts:
        payloads.append(f"[{b','.join(parts).decode()}]")
    return payloads
