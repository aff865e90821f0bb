"""A real Postgres for tests: embedded by default, or the one of REJOINDER_TEST_DATABASE_URL."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from rejoinder.db.embedded import EmbeddedPostgres
from rejoinder.db.migrate import migrate
from rejoinder.db.pool import open_database
from rejoinder.db.transaction import Database
from rejoinder.units.ids import new_code

T = TypeVar("T")
# Tests may lose data when the machine stops; fsync is on where processes are killed, in tests/server.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "100"}


# Somebody else's transaction on this server, an autovacuum or the browser tests' worker, holds every outbox back.
HELD_BACK = "SELECT EXISTS (SELECT 1 FROM db.outbox WHERE xid >= pg_snapshot_xmin(pg_current_snapshot()))"


def is_outside() -> bool:
    """Whether the tests were given a Postgres."""
    return bool(os.environ.get("REJOINDER_TEST_DATABASE_URL"))


class TestServer:
    """A server with a migrated template; every `create_database` is a copy of it."""

    __test__ = False

    def __init__(self, data_dir: Path, *, version: int = 18) -> None:
        self._outside = os.environ.get("REJOINDER_TEST_DATABASE_URL")
        self._embedded = None if self._outside else EmbeddedPostgres(data_dir, version=version, settings=FAST)
        self._template = f"template_{new_code()}"
        self._created: list[str] = []

    def __enter__(self) -> Self:
        if self._embedded:
            self._embedded.start()
        self._admin(f"CREATE DATABASE {self._template}")
        in_thread(lambda: migrate(self.dsn(self._template), is_test=True))
        return self

    def __exit__(self, *_: object) -> None:
        if self._embedded:
            self._embedded.stop()
            return
        for name in [*self._created, self._template]:
            self._admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def dsn(self, name: str) -> str:
        """Where a database of this server is."""
        if self._embedded:
            return self._embedded.dsn(name)
        assert self._outside is not None
        return urlunsplit(urlsplit(self._outside)._replace(path=f"/{name}"))

    def as_superuser(self, dsn: str) -> str:
        """The same database for a role that may make and become other roles; an outside server is given with such a one."""
        return self._embedded.dsn(urlsplit(dsn).path[1:], role="postgres") if self._embedded else dsn

    def create_database(self) -> str:
        """Copy the template; return the copy's address."""
        name = f"test_{new_code()}"
        self._admin(f"CREATE DATABASE {name} TEMPLATE {self._template}")
        self._created.append(name)
        return self.dsn(name)

    def _admin(self, statement: str) -> None:
        async def execute() -> None:
            connection = await asyncpg.connect(self.dsn("postgres"))
            await connection.execute(statement)
            await connection.close()

        in_thread(execute)


def in_thread(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine to its end from synchronous code, also while a loop runs in this thread."""
    result: list[T] = []
    problem: list[BaseException] = []

    def run() -> None:
        try:
            result.append(asyncio.run(work()))
        except BaseException as caught:  # noqa: BLE001  carried over to the caller's thread
            problem.append(caught)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if problem:
        raise problem[0]
    return result[0]


@asynccontextmanager
async def open_test_database(dsn: str) -> AsyncIterator[Database]:
    """A pool on a test database."""
    database = await open_database(dsn, connections_max=20)
    try:
        yield database
    finally:
        await database.pool.close()


async def until_readable(database: Database) -> None:
    """Wait until consumers may read all that the outbox holds."""
    while await database.pool.fetchval(HELD_BACK):  # noqa: ASYNC110  no event tells of it
        await asyncio.sleep(0.01)


async def until_waiting(database: Database, task: asyncio.Future[Any]) -> None:
    """Until `task` waits for a lock. If it ends without having waited, what it decided on may have changed meanwhile."""
    while not await database.pool.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    ):
        assert not task.done(), "it waited for no lock"


async def digest(database: Database, run: Callable[[], Awaitable[int]]) -> int:
    """Run a consumer until it has read everything; return how many events there were."""
    total = 0
    while True:
        await until_readable(database)
        count = await run()
        if not count:
            return total
        total += count
