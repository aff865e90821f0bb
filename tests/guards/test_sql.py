"""Every named query is prepared for real, and may touch only its own package's schema and lower packages' views.

A role per package, made here, has the rights of the rule; Postgres itself refuses what the rule forbids.
"""

import re
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
import pytest_asyncio

from rejoinder.db.queries import PACKAGE_ROOT, QUERIES, Query
from tests.support.database import TestServer, is_outside

# Top-level packages from the bottom up, with the schemas each owns; `server` reads everything (verify, demo).
LAYERS = ["db", "people", "chat", "business", "ads", "safety", "server"]
ROLE_PREFIX = "owns_"


@pytest.fixture(scope="module", params=["newest", 16])
def server(request: pytest.FixtureRequest) -> Iterator[TestServer]:
    """Each version that is supported, of the wheel's; an outside server is what it is."""
    if request.param == "newest":
        yield request.getfixturevalue("postgres")
        return
    if is_outside():
        pytest.skip("runs on the embedded servers")
    with TestServer(request.getfixturevalue("tmp_path_factory").mktemp("postgres"), version=request.param) as older:
        yield older


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def roles(server: TestServer) -> AsyncIterator[asyncpg.Connection]:
    """One login-less role per package, inside a transaction that is rolled back: while it is open no outbox is read."""
    connection = await asyncpg.connect(server.as_superuser(server.create_database()))
    try:
        transaction = connection.transaction()
        await transaction.start()
        for level, package in enumerate(LAYERS):
            role = ROLE_PREFIX + package
            await connection.execute(f"CREATE ROLE {role} NOLOGIN")
            for schema in LAYERS[: level + 1]:
                if schema == "server":
                    continue
                await connection.execute(f"GRANT USAGE ON SCHEMA {schema} TO {role}")
                if package == "server" or schema in (package, "db"):
                    await connection.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO {role}")
                else:
                    for view in await connection.fetch("SELECT viewname FROM pg_views WHERE schemaname = $1", schema):
                        await connection.execute(f"GRANT SELECT ON {schema}.{view['viewname']} TO {role}")
        yield connection
        await transaction.rollback()
    finally:
        await connection.close()


@pytest.mark.parametrize("query", QUERIES.values(), ids=lambda query: query.name)
async def test_a_query_is_valid_and_stays_at_home(roles: asyncpg.Connection, query: Query) -> None:
    nested = roles.transaction()
    await nested.start()
    try:
        await roles.execute(f"SET LOCAL ROLE {ROLE_PREFIX}{query.package.split('.')[0]}")
        await roles.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        await roles.execute(f"PREPARE guarded AS {query.sql}")
        nulls = ", ".join("NULL" for _ in query.parameters)
        await roles.execute(f"EXPLAIN EXECUTE guarded{f'({nulls})' if nulls else ''}")
    finally:
        await nested.rollback()
        await roles.execute("DEALLOCATE ALL")


@pytest.mark.parametrize("query", QUERIES.values(), ids=lambda query: query.name)
def test_a_query_says_what_it_does(query: Query) -> None:
    text = (PACKAGE_ROOT.joinpath(*query.package.split(".")) / "queries.sql").read_text()
    assert re.search(rf"-- name: {query.name} :.*\n-- \S", text), "a sentence follows the name line"


async def test_a_foreign_table_is_refused(roles: asyncpg.Connection) -> None:
    """The guard itself works: a query that reaches into another package's table fails."""
    nested = roles.transaction()
    await nested.start()
    await roles.execute("SET LOCAL ROLE owns_ads")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await roles.execute("EXPLAIN SELECT * FROM chat.message")
    await nested.rollback()
