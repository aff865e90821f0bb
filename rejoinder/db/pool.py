"""Open the connection pool: JSON as Python values, time zone UTC, statements prepared once per connection."""

from collections.abc import Mapping

import asyncpg
import msgspec

from rejoinder.db.transaction import Database


class DatabaseUnreachable(Exception):
    """Postgres does not answer, or does not let us in; the words are for the person at the keyboard."""


class _Connection(asyncpg.Connection):
    """Goes back to the pool as it is.

    Nothing here leaves settings, cursors or listeners behind; asking to forget them costs every transaction a round trip.
    """

    def get_reset_query(self) -> str:
        return ""


async def _prepare_connection(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: msgspec.json.encode(value).decode(),
        decoder=msgspec.json.decode,
    )


# Postgres' default price of a random page is a spinning disk's: until a table is large it would rather read all of it than go
# through its index for the rows of a batch. Memory and solid state are as priced here.
_SETTINGS = {"timezone": "UTC", "application_name": "rejoinder", "jit": "off", "random_page_cost": "1.1"}


async def open_database(dsn: str, *, connections_max: int = 10, settings: Mapping[str, str] | None = None) -> Database:
    """Connect; the caller closes `database.pool`. `settings` are Postgres' own, for every session."""
    opening = asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=connections_max,
        init=_prepare_connection,
        connection_class=_Connection,
        command_timeout=60,
        max_inactive_connection_lifetime=300,
        server_settings=_SETTINGS | dict(settings or {}),
    )
    try:
        return Database(await opening)
    except (OSError, asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as problem:
        raise DatabaseUnreachable(f"REJOINDER_DATABASE_URL leads to no database: {problem}") from problem
