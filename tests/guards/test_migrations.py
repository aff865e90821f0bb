"""Migrations: applied once, in order, by no older program. That they run on every version is shown by `test_sql.py`."""

import asyncpg
import pytest

from rejoinder.db import migrate
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
