"""Statements that run for every message, every reader and every chunk reach their rows by an index, however many others there are.

The tables are filled well past the size at which Postgres would rather read them whole, and analysed, as autovacuum does it
within a minute; the plans are the generic ones that prepared statements keep.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from asyncpg.pool import PoolConnectionProxy

from rejoinder.db.queries import QUERIES
from tests.support.database import TestServer, open_test_database

PEOPLE = 4_000
ANYTHING = {
    "bigint": "i",
    "integer": "0",
    "smallint": "0",
    "text": "'x'",
    "jsonb": "'{}'",
    "bytea": "decode(repeat('00', 16), 'hex')",
    "timestamp with time zone": "'2030-01-09T12:00:00Z'::timestamptz + i * interval '1 second'",
    "date": "date '2030-01-09'",
    "boolean": "false",
}
BUSINESS = "1 + i % 40"
# How many rows of each table, and what tells them apart.
ROWS: dict[str, tuple[int, dict[str, str]]] = {
    "people.person": (PEOPLE, {"id": "i"}),
    "people.attention": (PEOPLE, {"person_id": "i", "region": "'DE'", "zone": "'Europe/Berlin'"}),
    "people.contact": (
        2 * PEOPLE,
        {"person_id": f"1 + i % {PEOPLE}", "business_id": f"1 + i / {PEOPLE}", "id": "i", "thread_id": "i"},
    ),
    "chat.thread": (PEOPLE, {"home": "i", "id": "i", "kind": "'direct'"}),
    "chat.participant": (
        2 * PEOPLE,
        {"home": "(i + 1) / 2", "thread_id": "(i + 1) / 2", "kind": "'person'", "id": f"1 + i % {PEOPLE}"},
    ),
    "chat.mailbox_counter": (PEOPLE, {"person_id": "i"}),
    "chat.mailbox": (
        2 * PEOPLE,
        {"person_id": f"1 + i % {PEOPLE}", "thread_id": "(i + 1) / 2", "folder": "'chats'", "version": "i"},
    ),
    "chat.message": (
        20 * PEOPLE,
        {
            "home": f"1 + i % {PEOPLE}",
            "thread_id": f"1 + i % {PEOPLE}",
            "position": f"1 + i / {PEOPLE}",
            "change": f"1 + i / {PEOPLE}",
            "sender_kind": "'person'",
            "sender_id": f"1 + (i + i / {PEOPLE} % 2) % {PEOPLE}",
            "client_id": "'c' || i",
        },
    ),
    "ads.delivery": (
        2 * PEOPLE,
        {
            "person_id": f"1 + i % {PEOPLE}",
            "id": "i",
            "business_id": BUSINESS,
            "campaign_id": BUSINESS,
            "ad_id": "i / 100",
        }
        | {"state": "'held'", "position": "1", "charge_micros": "1", "cap_day": "1", "cap_week": "3"},
    ),
}
HOT = [
    # A message, and the devices that hear of it.
    "find_places",
    "lock_free_threads",
    "lock_threads",
    "lock_free_contacts",
    "list_standings",
    "read_append_facts",
    "append_messages",
    "move_mailboxes",
    "apply_folds",
    "find_stored_message",
    "list_messages_before",
    "list_messages_changed",
    "list_changes_of_threads",
    "list_mailbox_versions",
    "list_seen_threads_changed",
    "list_seen_threads_ranked",
    "find_seen_thread",
    "read_reaches",
    "move_marks",
    # A chunk of a round, and what becomes of its cards.
    "list_next_people",
    "list_reachable",
    "lock_attention",
    "lock_contacts",
    "list_facts",
    "count_deliveries_of_people",
    "count_deliveries_of_contacts",
    "list_delivered_before",
    "list_delivery_contacts",
    "lock_deliveries",
    "post_deliveries",
    "list_withdrawable_of_contacts",
    "list_offers",
    "find_why",
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def filled(postgres: TestServer) -> AsyncIterator[PoolConnectionProxy]:
    """A superuser's connection to a database with many rows; what they say and refer to is not looked at."""
    dsn = postgres.as_superuser(postgres.create_database())
    async with open_test_database(dsn) as database, database.pool.acquire() as connection:
        await connection.execute("SET session_replication_role = replica")
        for table, (count, chosen) in ROWS.items():
            await fill(connection, table, count, chosen)
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        yield connection


async def fill(connection: PoolConnectionProxy, table: str, count: int, chosen: dict[str, str]) -> None:
    """Rows of `chosen` expressions over i = 1 …; other columns that need a value get anything."""
    for check in await connection.fetch(
        "SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = $1::text::regclass", table
    ):
        await connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {check['conname']}")
    schema, name = table.split(".")
    needed = await connection.fetch(
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = $1 AND table_name = $2 AND is_nullable = 'NO' AND column_default IS NULL",
        schema,
        name,
    )
    values = {row["column_name"]: ANYTHING[row["data_type"]] for row in needed} | chosen
    await connection.execute(
        f"INSERT INTO {table} ({', '.join(values)}) SELECT {', '.join(values.values())}"  # noqa: S608  constants
        f" FROM generate_series(1, {count}) AS i"
    )


async def plan_of(connection: PoolConnectionProxy, name: str) -> str:
    query = QUERIES[name]
    await connection.execute(f"PREPARE planned AS {query.sql}")
    nulls = ", ".join("NULL" for _ in query.parameters)
    rows = await connection.fetch(f"EXPLAIN (COSTS OFF) EXECUTE planned{f'({nulls})' if nulls else ''}")
    await connection.execute("DEALLOCATE planned")
    return "\n".join(row[0] for row in rows)


@pytest.mark.parametrize("name", HOT)
async def test_a_hot_statement_reads_no_table_whole(filled: PoolConnectionProxy, name: str) -> None:
    plan = await plan_of(filled, name)
    whole = [line.strip() for line in plan.splitlines() if "Seq Scan" in line]
    filled_tables = [table.split(".")[1] for table in ROWS]
    assert not [line for line in whole if line.split(" on ")[1].split()[0] in filled_tables], plan


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("read_append_facts", "message_client_unique"),
        ("list_messages_before", "message_key"),
        ("list_messages_changed", "message_changes"),
        ("list_changes_of_threads", "message_changes"),
    ],
)
async def test_a_message_is_found_without_reading_its_thread(
    filled: PoolConnectionProxy, name: str, index: str
) -> None:
    """Otherwise a message would cost more the longer people have talked."""
    assert f"using {index} on message" in await plan_of(filled, name)
