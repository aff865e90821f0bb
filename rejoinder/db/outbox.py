"""Read committed facts in order, exactly once in effect: the cursor moves in the transaction of the effect.

Only what may lag hangs on this: projections, reports, webhooks. Delivery, protections and the reply window never do.
An event its consumer cannot digest is parked and shown; the consumer goes on with the next one.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import structlog

from rejoinder.db.transaction import Database, Tx

log = structlog.get_logger(__name__)

# What the database says of its own state and of other transactions; the event has no part in it and is read again.
PASSING = (
    asyncpg.AdminShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.CrashShutdownError,
    asyncpg.InsufficientResourcesError,
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.TransactionRollbackError,
)

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
    except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError):
        raise
    except Exception as problem:  # one bad event may not stop the others: find it alone and park it
        if row_count > 1:
            return await consume(database, consumer, at=at, row_count=max(1, row_count // 8))
        if isinstance(problem, PASSING):
            raise
        log.exception("event_parked", consumer=consumer.name)
        told = str(problem) or repr(problem)
        return await database.run(lambda tx: _park_next(tx, consumer, told, at=at))


async def _digest(tx: Tx, consumer: Consumer, row_count: int) -> int:
    rows = await _next_rows(tx, consumer, row_count)
    start = 0
    for end in range(1, len(rows) + 1):
        if end == len(rows) or rows[end].topic != rows[start].topic:
            await consumer.handlers[rows[start].topic](tx, rows[start:end])
            start = end
    await _move(tx, consumer, rows)
    return len(rows)


async def _park_next(tx: Tx, consumer: Consumer, problem: str, *, at: datetime) -> int:
    rows = await _next_rows(tx, consumer, 1)
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
    await _move(tx, consumer, rows)
    return len(rows)


async def _next_rows(tx: Tx, consumer: Consumer, row_count: int) -> list[OutboxRow]:
    cursor = await tx.maybe(Cursor, "lock_outbox_cursor", consumer=consumer.name)
    if cursor is None and await tx.run("insert_outbox_cursor", consumer=consumer.name):
        cursor = await tx.maybe(Cursor, "lock_outbox_cursor", consumer=consumer.name)
    if cursor is None:  # another worker has it
        return []
    return await tx.many(
        OutboxRow,
        "list_outbox_after",
        xid=cursor.xid,
        id=cursor.id,
        topics=list(consumer.handlers),
        row_count=row_count,
    )


async def _move(tx: Tx, consumer: Consumer, rows: list[OutboxRow]) -> None:
    if rows:
        await tx.run("move_outbox_cursor", consumer=consumer.name, xid=rows[-1].xid, id=rows[-1].id)


async def list_lags(tx: Tx) -> list[Lag]:
    """Every consumer's backlog, for metrics and the operator."""
    return await tx.many(Lag, "outbox_lag")


async def trim(database: Database, *, before: datetime) -> int:
    """Forget facts older than this that every consumer has read."""
    async with database.transaction() as tx:
        return await tx.run("trim_outbox", before=before)
