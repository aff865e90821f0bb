"""The outbox is read whole, in order and once: whatever commits late, whoever reads beside, whatever is for others."""

import asyncio
from datetime import timedelta
from typing import ClassVar

import msgspec

from rejoinder.db.outbox import Consumer, OutboxRow, consume, list_lags, trim
from rejoinder.db.transaction import Database, Tx
from rejoinder.units.clock import FixedClock
from tests.support.database import digest, until_readable


class Said(msgspec.Struct):
    """What the consumer of these tests listens to."""

    topic: ClassVar[str] = "test.said"
    word: str


class Other(Said):
    """What it does not listen to."""

    topic: ClassVar[str] = "test.other"


def listener(heard: list[str]) -> Consumer:
    async def hear(_: Tx, rows: list[OutboxRow]) -> None:
        heard.extend(row.payload["word"] for row in rows)

    return Consumer("test", {Said.topic: hear})


async def say(database: Database, clock: FixedClock, *events: Said) -> None:
    await database.run(lambda tx: tx.publish(events, at=clock.now()))


async def test_what_commits_late_is_not_passed_over(fresh_database: Database, clock: FixedClock) -> None:
    """Reading up to the newest row, the cursor would be beyond the transaction that is still open."""
    heard: list[str] = []
    async with fresh_database.transaction() as late:
        await late.publish([Said("begun first")], at=clock.now())
        await say(fresh_database, clock, Said("committed first"))
        assert await consume(fresh_database, listener(heard), at=clock.now()) == 0
    assert await digest(fresh_database, lambda: consume(fresh_database, listener(heard), at=clock.now())) == 2
    assert heard == ["begun first", "committed first"]


async def test_an_older_transaction_with_a_newer_id_is_not_passed_over(
    fresh_database: Database, clock: FixedClock
) -> None:
    """One by one: a cursor that only knows ids would be beyond the second row after the first."""
    heard: list[str] = []
    async with fresh_database.transaction() as older:
        await older.connection.execute("SELECT pg_current_xact_id()")
        await say(fresh_database, clock, Said("smaller id"))
        await older.publish([Said("larger id")], at=clock.now())
    await digest(fresh_database, lambda: consume(fresh_database, listener(heard), at=clock.now(), row_count=1))
    assert heard == ["larger id", "smaller id"]


async def test_one_worker_at_a_time_reads_for_a_consumer(fresh_database: Database, clock: FixedClock) -> None:
    heard: list[str] = []
    is_reading, may_end = asyncio.Event(), asyncio.Event()

    async def hear_slowly(_: Tx, rows: list[OutboxRow]) -> None:
        is_reading.set()
        await may_end.wait()
        heard.extend(row.payload["word"] for row in rows)

    await say(fresh_database, clock, Said("once"))
    await until_readable(fresh_database)
    slow = Consumer("test", {Said.topic: hear_slowly})
    assert await consume(fresh_database, Consumer("test", {}), at=clock.now()) == 0  # so that there is a cursor
    await say(fresh_database, clock, Said("twice?"))
    await until_readable(fresh_database)
    reading = asyncio.create_task(consume(fresh_database, slow, at=clock.now()))
    await is_reading.wait()
    beside = await consume(fresh_database, listener(heard), at=clock.now())
    may_end.set()
    assert (beside, await reading) == (0, 1)
    assert heard == ["twice?"]


async def test_the_cursor_stays_where_the_effect_was_undone(fresh_database: Database, clock: FixedClock) -> None:
    heard: list[str] = []

    class Killed(BaseException):
        """As if the process had ended."""

    async def be_killed(_: Tx, __: list[OutboxRow]) -> None:
        raise Killed

    await say(fresh_database, clock, Said("kept"))
    await until_readable(fresh_database)
    try:
        await consume(fresh_database, Consumer("test", {Said.topic: be_killed}), at=clock.now())
    except Killed:
        heard.append("killed")
    await digest(fresh_database, lambda: consume(fresh_database, listener(heard), at=clock.now()))
    assert heard == ["killed", "kept"]


async def test_what_is_for_others_holds_nothing_up(fresh_database: Database, clock: FixedClock) -> None:
    """A consumer of rare events is not behind, looks through nothing twice, and keeps nobody's facts from being forgotten."""
    heard: list[str] = []
    await say(fresh_database, clock, *(Other(str(n)) for n in range(3)))
    await until_readable(fresh_database)
    assert await consume(fresh_database, listener(heard), at=clock.now()) == 0
    async with fresh_database.transaction() as tx:
        [lag] = await list_lags(tx)
    assert (lag.waiting_count, heard) == (0, [])
    assert await trim(fresh_database, before=clock.now() + timedelta(seconds=1)) == 3


async def test_what_somebody_has_still_to_read_is_not_forgotten(fresh_database: Database, clock: FixedClock) -> None:
    heard: list[str] = []
    await digest(fresh_database, lambda: consume(fresh_database, listener(heard), at=clock.now()))
    await say(fresh_database, clock, Said("unread"))
    assert await trim(fresh_database, before=clock.now() + timedelta(seconds=1)) == 0
    await digest(fresh_database, lambda: consume(fresh_database, listener(heard), at=clock.now()))
    assert heard == ["unread"]
    assert await trim(fresh_database, before=clock.now() + timedelta(seconds=1)) == 1
