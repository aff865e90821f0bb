"""Group commit keeps its promises: isolation, order, patience, and certainty when the connection is lost around COMMIT."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

import asyncpg
import pytest

from rejoinder.chat.messages.model import Accepted, Draft, Rejected, Verdict
from rejoinder.chat.realtime import batcher as module
from rejoinder.chat.realtime.batcher import Batcher
from rejoinder.db.transaction import Database, Tx
from rejoinder.units.clock import FixedClock
from rejoinder.units.errors import Unavailable
from tests.support.chat import make_direct, stored

T = TypeVar("T")


class LosingDatabase(Database):
    """Loses its connection in its first two transactions: once before COMMIT, once after it, before the answer arrived."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        super().__init__(pool)
        self.attempts = 0

    async def run(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        self.attempts += 1
        attempt = self.attempts

        async def lost_before(tx: Tx) -> T:
            await work(tx)
            pid = await tx.connection.fetchval("SELECT pg_backend_pid()")
            await self.pool.execute("SELECT pg_terminate_backend($1)", pid)
            await tx.connection.fetchval("SELECT 1")
            raise AssertionError("the backend was terminated")

        if attempt == 1:
            return await super().run(lost_before)
        done = await super().run(work)
        if attempt == 2:
            raise asyncpg.ConnectionDoesNotExistError("lost after COMMIT")
        return done


@asynccontextmanager
async def running(database: Database, clock: FixedClock) -> AsyncIterator[Batcher]:
    batcher = Batcher(database, clock, lambda _: None)
    batcher.start()
    try:
        yield batcher
    finally:
        await batcher.drain()


async def append_all(batcher: Batcher, drafts: Sequence[Draft]) -> list[Verdict]:
    return await asyncio.gather(*(batcher.append(draft) for draft in drafts))


async def test_a_poisonous_draft_fails_alone(database: Database, clock: FixedClock) -> None:
    threads = [await make_direct(database, at=clock.now()) for _ in range(5)]
    poison = threads[2].draft(
        "bad", client_id="x" * 65
    )  # Longer than the column takes: the database itself refuses it.
    async with running(database, clock) as batcher:
        verdicts = await append_all(
            batcher, [threads[0].draft(), threads[1].draft(), poison, threads[2].draft(), threads[3].draft()]
        )
    assert [isinstance(verdict, Accepted) for verdict in verdicts] == [True, True, False, True, True]
    assert verdicts[2] == module.UNSTORED


async def test_one_thread_keeps_its_order_under_pressure(database: Database, clock: FixedClock) -> None:
    thread, others = (
        await make_direct(database, at=clock.now()),
        [await make_direct(database, at=clock.now()) for _ in range(3)],
    )
    async with running(database, clock) as batcher:
        drafts = [t.draft(f"{n}") for n in range(60) for t in (thread, *others)]
        await append_all(batcher, drafts)
    for each in (thread, *others):
        assert [row["body"]["text"] for row in await stored(database, each.id)] == [str(n) for n in range(60)]


async def test_two_batchers_on_the_same_threads_lose_and_double_nothing(database: Database, clock: FixedClock) -> None:
    threads = [await make_direct(database, at=clock.now()) for _ in range(4)]
    async with running(database, clock) as one, running(database, clock) as other:
        mine = [t.draft(f"one {n}") for n in range(20) for t in threads]
        theirs = [t.draft(f"other {n}", by=t.other) for n in range(20) for t in threads]
        verdicts = await asyncio.gather(append_all(one, mine), append_all(other, theirs), append_all(other, mine))
    assert all(isinstance(verdict, Accepted) for part in verdicts for verdict in part)
    assert [v.position for v in verdicts[0] if isinstance(v, Accepted)] == [
        v.position for v in verdicts[2] if isinstance(v, Accepted)
    ]
    for thread in threads:
        rows = await stored(database, thread.id)
        assert [row["position"] for row in rows] == list(range(1, 41))


@pytest.mark.filterwarnings("ignore::ResourceWarning")
async def test_a_connection_lost_around_commit_is_never_answered_failed(database: Database, clock: FixedClock) -> None:
    threads = [await make_direct(database, at=clock.now()) for _ in range(3)]
    losing = LosingDatabase(database.pool)
    async with running(losing, clock) as batcher:
        verdicts = await append_all(batcher, [thread.draft() for thread in threads])
    assert losing.attempts >= 3
    assert all(isinstance(verdict, Accepted) for verdict in verdicts)
    for thread in threads:
        assert len(await stored(database, thread.id)) == 1


async def test_a_thread_that_is_held_holds_up_nobody_else_and_is_waited_for(
    database: Database, clock: FixedClock
) -> None:
    held, free = await make_direct(database, at=clock.now()), await make_direct(database, at=clock.now())
    async with running(database, clock) as batcher:
        async with database.pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT 1 FROM chat.thread WHERE id = $1 FOR UPDATE", held.id)
            waiting = asyncio.gather(*(batcher.append(held.draft(f"{n}")) for n in range(3)))
            for _ in range(20):
                assert isinstance(await batcher.append(free.draft()), Accepted)
            assert not waiting.done()
        assert all(isinstance(verdict, Accepted) for verdict in await waiting)
    assert [row["body"]["text"] for row in await stored(database, held.id)] == ["0", "1", "2"]


async def test_a_full_queue_says_so_and_a_drained_one_takes_nothing(database: Database, clock: FixedClock) -> None:
    thread = await make_direct(database, at=clock.now())
    full = Batcher(database, clock, lambda _: None)  # Not started: nothing leaves it.
    for _ in range(module.WAITING_MAX):
        full.put(thread.draft(), lambda _: None)
    with pytest.raises(Unavailable):
        full.put(thread.draft(), lambda _: None)
    drained = Batcher(database, clock, lambda _: None)
    await drained.drain()
    with pytest.raises(Unavailable):
        drained.put(thread.draft(), lambda _: None)


async def test_draining_writes_what_waits(database: Database, clock: FixedClock) -> None:
    thread = await make_direct(database, at=clock.now())
    answered: list[Verdict] = []
    async with running(database, clock) as batcher:
        for n in range(40):
            batcher.put(thread.draft(f"{n}"), answered.append)
    assert len(answered) == len(await stored(database, thread.id)) == 40
    assert not any(isinstance(verdict, Rejected) for verdict in answered)
