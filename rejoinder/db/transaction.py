"""A transaction as commands see it: named queries in, dataclasses out, events to the outbox.

`Database` owns the pool. Whoever starts work (a route, a job, the batcher) opens the transaction; commands only use it.
Serialisation failures and deadlocks are retried whole by `Database.run`.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, ClassVar, Protocol, TypeVar

import asyncpg
import msgspec
from prometheus_client import Counter

from rejoinder.db.queries import QUERIES

T = TypeVar("T")

# What Postgres says of its own state: the connection is lost, or there is none to be had.
AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.AdminShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.CrashShutdownError,
    asyncpg.InsufficientResourcesError,
)
# What it says of others: this transaction gave way, the same work may go through in a moment.
GAVE_WAY = (asyncpg.LockNotAvailableError, asyncpg.ReadOnlySQLTransactionError, asyncpg.TransactionRollbackError)

RETRIES_MAX = 5
_RETRIED = Counter("rejoinder_transactions_retried", "Transactions run again after a deadlock or serialisation failure")


class Event(Protocol):
    """A committed fact: a msgspec struct with a class-level topic."""

    topic: ClassVar[str]


class Tx:
    """An open transaction. Every method takes the name of a query and its parameters by name."""

    def __init__(self, connection: asyncpg.Connection | asyncpg.pool.PoolConnectionProxy) -> None:
        self.connection = connection

    async def many(self, result: Callable[..., T], name: str, /, **parameters: object) -> list[T]:
        """Every row as a `result`."""
        sql, values = _bind(name, parameters)
        return [result(**row) for row in await self.connection.fetch(sql, *values)]

    async def maybe(self, result: Callable[..., T], name: str, /, **parameters: object) -> T | None:
        """The first row as a `result`, or None."""
        sql, values = _bind(name, parameters)
        row = await self.connection.fetchrow(sql, *values)
        return None if row is None else result(**row)

    async def value(self, name: str, /, **parameters: object) -> Any:
        """The first column of the first row, or None."""
        sql, values = _bind(name, parameters)
        return await self.connection.fetchval(sql, *values)

    async def column(self, name: str, /, **parameters: object) -> list[Any]:
        """The first column of every row."""
        sql, values = _bind(name, parameters)
        return [row[0] for row in await self.connection.fetch(sql, *values)]

    async def rows(self, name: str, /, **parameters: object) -> list[asyncpg.Record]:
        """Every row as asyncpg gives it: for hot paths that read few columns of many rows."""
        sql, values = _bind(name, parameters)
        return await self.connection.fetch(sql, *values)

    async def run(self, name: str, /, **parameters: object) -> int:
        """Execute and return how many rows were touched."""
        sql, values = _bind(name, parameters)
        status = await self.connection.execute(sql, *values)
        last = status.rsplit(" ", 1)[-1]
        return int(last) if last.isdecimal() else 0

    async def publish(self, events: Sequence[Event], *, at: datetime) -> None:
        """Append facts to the outbox; consumers see them after commit."""
        if events:
            await self.run(
                "append_events",
                topics=[event.topic for event in events],
                payloads=[msgspec.json.encode(event).decode() for event in events],
                at=at,
            )


def _bind(name: str, parameters: dict[str, object]) -> tuple[str, list[object]]:
    query = QUERIES[name]
    return query.sql, [parameters[parameter] for parameter in query.parameters]


class Database:
    """The pool and the two ways to a transaction."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """Open a transaction: commit at the end of the block, roll back on any exception."""
        async with self.pool.acquire() as connection, connection.transaction():
            yield Tx(connection)

    async def run(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        """Run `work` in a transaction of its own, again and whole after a deadlock or serialisation failure."""
        for attempt in range(RETRIES_MAX):
            try:
                async with self.transaction() as tx:
                    return await work(tx)
            except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
                _RETRIED.inc()
                await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311  jitter, no secret
        async with self.transaction() as tx:
            return await work(tx)
