"""Migrations: applied once, in order, on both versions of Postgres that are supported; tables say what they keep."""

from pathlib import Path

import asyncpg
import pytest

from rejoinder.db import migrate
from rejoinder.db.queries import QUERIES
from rejoinder.db.transaction import Tx
from tests.support.database import TestServer


async def test_migrating_again_changes_nothing(postgres: TestServer) -> None:
    assert await migrate.migrate(postgres.create_database(), is_test=True) == []


async def test_a_changed_migration_is_refused(postgres: TestServer) -> None:
    dsn = postgres.create_database()
    connection = await asyncpg.connect(dsn)
    await connection.execute("UPDATE db.migration SET checksum = 'another' WHERE name LIKE '0001%'")
    await connection.close()
    with pytest.raises(migrate.MigrationError, match="was changed after"):
        await migrate.migrate(dsn)


async def test_a_database_of_a_newer_program_is_refused(postgres: TestServer) -> None:
    dsn = postgres.create_database()
    connection = await asyncpg.connect(dsn)
    await connection.execute("INSERT INTO db.migration VALUES ('9999_later', 'x', '2030-01-01Z')")
    await connection.close()
    with pytest.raises(migrate.MigrationError, match="newer Rejoinder"):
        await migrate.migrate(dsn)


async def test_an_installation_is_a_test_one_from_the_start_or_never(postgres: TestServer) -> None:
    dsn = postgres.create_database()
    await migrate.migrate(dsn, is_test=False)
    connection = await asyncpg.connect(dsn)
    assert (await migrate.read_installation(Tx(connection))).is_test
    await connection.close()


async def test_every_table_has_a_primary_key(tx: Tx) -> None:
    without = await tx.connection.fetch(
        """SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND n.nspname IN ('db', 'people', 'chat', 'business', 'ads', 'safety')
              AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p')"""
    )
    assert [row["name"] for row in without] == []


@pytest.mark.skipif("REJOINDER_TEST_DATABASE_URL" in __import__("os").environ, reason="runs on the embedded servers")
async def test_migrations_and_queries_run_on_postgres_16(tmp_path: Path) -> None:
    with TestServer(tmp_path, version=16) as server:
        connection = await asyncpg.connect(server.create_database())
        for query in QUERIES.values():
            await connection.prepare(query.sql)
        await connection.close()
