"""Wiring only: a real Postgres per test process, a migrated database, transactions that roll back. Builders are in support/."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rejoinder.db.transaction import Database, Tx
from rejoinder.units.clock import FixedClock
from tests.support.database import TestServer, open_test_database


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestServer]:
    """A server of this test process's own, with a migrated template database."""
    with TestServer(Path(tmp_path_factory.mktemp("postgres"))) as server:
        yield server


@pytest.fixture(scope="session")
async def database(postgres: TestServer) -> AsyncIterator[Database]:
    """A database shared by this process's tests: ids are random, so they do not meet."""
    async with open_test_database(postgres.create_database()) as database:
        yield database


@pytest.fixture
async def fresh_database(postgres: TestServer) -> AsyncIterator[Database]:
    """A database of the test's own, for what looks at everything: rounds, verify, consumers."""
    async with open_test_database(postgres.create_database()) as database:
        yield database


@pytest.fixture
async def tx(database: Database) -> AsyncIterator[Tx]:
    """A transaction that is rolled back after the test."""
    async with database.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        yield Tx(connection)
        await transaction.rollback()


@pytest.fixture
def clock() -> FixedClock:
    """A clock at Wednesday noon UTC, 2030-01-09."""
    return FixedClock(datetime(2030, 1, 9, 12, 0, tzinfo=UTC))
