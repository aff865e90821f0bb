"""Ready means that what is acknowledged is kept: a server says no on a database that could lose it, and says why."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from rejoinder.chat.receipts.events import ReceiptMoved
from rejoinder.db.embedded import EmbeddedPostgres
from rejoinder.db.migrate import migrate
from rejoinder.db.outbox import Consumer, consume
from rejoinder.db.transaction import Database
from rejoinder.units.clock import FixedClock
from tests.support.client import Client, app_client
from tests.support.database import TestServer, open_test_database, until_readable


@pytest.fixture
async def safe(tmp_path: Path) -> AsyncIterator[tuple[EmbeddedPostgres, Database]]:
    """A database as it is served: with everything that keeps commits."""
    with EmbeddedPostgres(tmp_path / "postgres") as server:
        await migrate(server.dsn(), is_test=True)
        async with open_test_database(server.dsn()) as database:
            yield server, database


async def problems_of(client: Client, status: int) -> list[str]:
    answer = await client.call("GET", "/readyz")
    told = answer.json()
    assert (answer.status_code, told["is_ready"]) == (status, not told["problems"])
    return list(told["problems"])


async def test_a_safe_database_is_ready_until_one_setting_is_not(
    safe: tuple[EmbeddedPostgres, Database], clock: FixedClock
) -> None:
    server, database = safe
    client = await app_client(database, clock)
    assert await problems_of(client, 200) == []
    await set_and_reload(server, "fsync", "off")
    [problem] = await problems_of(client, 503)
    assert problem.startswith("Postgres runs with fsync=off")
    await set_and_reload(server, "fsync", "on")
    assert await problems_of(client, 200) == []


async def set_and_reload(server: EmbeddedPostgres, name: str, value: str) -> None:
    """As somebody who edits the settings of a running server."""
    connection = await asyncpg.connect(server.dsn(role="postgres"))
    await connection.execute(f"ALTER SYSTEM SET {name} = {value}")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.close()
    watcher = await asyncpg.connect(server.dsn())
    while await watcher.fetchval("SELECT current_setting($1)", name) != value:
        pass
    await watcher.close()


async def test_an_older_schema_is_not_ready(safe: tuple[EmbeddedPostgres, Database], clock: FixedClock) -> None:
    _, database = safe
    client = await app_client(database, clock)
    await database.pool.execute("DELETE FROM db.migration WHERE name = (SELECT max(name) FROM db.migration)")
    [problem] = await problems_of(client, 503)
    assert "lacks 1 migrations" in problem


async def test_without_its_database_it_is_alive_and_not_ready(postgres: TestServer, clock: FixedClock) -> None:
    async with open_test_database(postgres.create_database()) as database:
        client = await app_client(database, clock)
        await database.pool.close()
        assert await problems_of(client, 503) == ["The database does not answer."]
        answer = await client.call("GET", "/healthz")
        assert (answer.status_code, answer.text) == (200, "ok")


async def test_metrics_tell_how_far_consumers_are_behind(fresh_database: Database, clock: FixedClock) -> None:
    client = await app_client(fresh_database, clock)
    consumer = Consumer("behind", {})
    await consume(fresh_database, consumer, at=clock.now())
    event = ReceiptMoved(1, 1, "person", 1, "person", 2, 1, 1, clock.now())
    await fresh_database.run(lambda tx: tx.publish([event, event], at=clock.now()))
    assert 'rejoinder_outbox_waiting{consumer="behind"} 2.0' in (await client.call("GET", "/metrics")).text
    await until_readable(fresh_database)
    await consume(fresh_database, consumer, at=clock.now())
    assert 'rejoinder_outbox_waiting{consumer="behind"} 0.0' in (await client.call("GET", "/metrics")).text
