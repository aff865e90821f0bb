"""Read committed facts in order, exactly once in effect: the cursor moves in the transaction of the effect.

Only what may lag hangs on this: projections, reports, webhooks. Delivery, protections and the reply window never do.
An event its consumer cannot digest is parked and shown; the consumer goes on with the next one.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from rejoinder.db.transaction import AWAY, GAVE_WAY, Database, Tx

log = structlog.get_logger(__name__)

Handler = Callable[[Tx, list["OutboxRow"]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One fact; `payload` as its event struct was encoded."""

    xid: str
    id: int
    topic: str
    payload: Any
    at: datetime


@dataclass(frozen=True, slots=True)
class Cursor:
    xid: str
    id: int


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a consumer is behind."""

    consumer: str
    waiting_count: int
    parked_count: int


@dataclass(frozen=True, slots=True)
class Consumer:
    """A named reader of some topics. Its handlers get runs of consecutive rows of one topic and must be idempotent."""

    name: str
    handlers: Mapping[str, Handler]


async def consume(database: Database, consumer: Consumer, *, at: datetime, row_count: int = 500) -> int:
    """Digest the next rows; return how many. Zero also when another worker holds the cursor."""
    try:
        return await database.run(lambda tx: _digest(tx, consumer, row_count))
    except (*AWAY, OSError):
        raise
    except Exception as problem:  # one bad event may not stop the others: find it alone and park it
        if row_count > 1:
            return await consume(database, consumer, at=at, row_count=max(1, row_count // 8))
        if isinstance(problem, GAVE_WAY):  # the event has no part in it and is read again
            raise
        log.exception("event_parked", consumer=consumer.name)
        told = str(problem) or repr(problem)
        return await database.run(lambda tx: _park_next(tx, consumer, told, at=at))


async def _digest(tx: Tx, consumer: Consumer, row_count: int) -> int:
    cursor = await _lock_cursor(tx, consumer)
    if cursor is None:  # another worker has it
        return 0
    # Found before the rows are: whatever is up to it is committed, so the next statement sees all of it.
    end = await tx.maybe(Cursor, "find_outbox_end")
    rows = await _list_after(tx, consumer, cursor, row_count)
    start = 0
    for index in range(1, len(rows) + 1):
        if index == len(rows) or rows[index].topic != rows[start].topic:
            await consumer.handlers[rows[start].topic](tx, rows[start:index])
            start = index
    reached = [cursor, *(Cursor(row.xid, row.id) for row in rows[-1:])]
    if end is not None and len(rows) < row_count:
        reached.append(end)
    await _move(tx, consumer, cursor, max(reached, key=lambda each: (int(each.xid), each.id)))
    return len(rows)


async def _park_next(tx: Tx, consumer: Consumer, problem: str, *, at: datetime) -> int:
    cursor = await _lock_cursor(tx, consumer)
    rows = [] if cursor is None else await _list_after(tx, consumer, cursor, 1)
    for row in rows:
        await tx.run(
            "park_event",
            consumer=consumer.name,
            xid=row.xid,
            id=row.id,
            topic=row.topic,
            payload=row.payload,
            problem=problem[:2000],
            at=at,
        )
        await _move(tx, consumer, cursor, Cursor(row.xid, row.id))
    return len(rows)


async def _lock_cursor(tx: Tx, consumer: Consumer) -> Cursor | None:
    cursor = await tx.maybe(Cursor, "lock_outbox_cursor", consumer=consumer.name)
    if cursor is None and await tx.run("insert_outbox_cursor", consumer=consumer.name):
        cursor = await tx.maybe(Cursor, "lock_outbox_cursor", consumer=consumer.name)
    return cursor


async def _list_after(tx: Tx, consumer: Consumer, cursor: Cursor, row_count: int) -> list[OutboxRow]:
    return await tx.many(
        OutboxRow,
        "list_outbox_after",
        xid=cursor.xid,
        id=cursor.id,
        topics=list(consumer.handlers),
        row_count=row_count,
    )


async def _move(tx: Tx, consumer: Consumer, before: Cursor | None, after: Cursor) -> None:
    """Past what was read and past what is for others, which would otherwise be looked through again and never be trimmed."""
    if after != before:
        await tx.run("move_outbox_cursor", consumer=consumer.name, xid=after.xid, id=after.id)


async def list_lags(tx: Tx) -> list[Lag]:
    """Every consumer's backlog, for metrics and the operator."""
    return await tx.many(Lag, "outbox_lag")


async def trim(database: Database, *, before: datetime) -> int:
    """Forget facts older than this that every consumer has read."""
    async with database.transaction() as tx:
        return await tx.run("trim_outbox", before=before)
