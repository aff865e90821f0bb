"""Bring a database to the newest schema: numbered files, forward only, each in a transaction, applied once.

Also creates the installation row, refreshes zone offsets, and writes each package's `schema.sql` for reading.
Two processes that migrate at once queue behind an advisory lock.
"""

import hashlib
import re
import secrets
from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import asyncpg

from rejoinder.db.transaction import Tx
from rejoinder.units.ids import new_id

MIGRATIONS = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 0x72656A6F696E  # "rejoin"
_HEADER = re.compile(r"\A-- phase: (before|after)\n")


class MigrationError(Exception):
    """The database and the migration files disagree; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file. `phase`: whether it runs before or after the new code is in place."""

    name: str
    phase: str
    sql: str
    checksum: str


@dataclass(frozen=True, slots=True)
class Installation:
    """Which installation a database is; `epoch` changes with every restore."""

    epoch: int
    is_test: bool
    name: str
    secret: bytes
    created_at: datetime


def list_migrations() -> list[Migration]:
    """All migration files in order."""
    return [_read(path) for path in sorted(MIGRATIONS.glob("*.sql"))]


def _read(path: Path) -> Migration:
    sql = path.read_text()
    header = _HEADER.match(sql)
    if header is None:
        raise MigrationError(f"{path.name} must begin with '-- phase: before' or '-- phase: after'")
    return Migration(path.stem, header[1], sql, hashlib.sha256(sql.encode()).hexdigest())


async def migrate(dsn: str, *, installation_name: str = "Rejoinder", is_test: bool = False) -> list[str]:
    """Apply what is missing and return the names applied."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _ADVISORY_LOCK)
        await connection.execute("CREATE SCHEMA IF NOT EXISTS db")
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS db.migration (name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL)"
        )
        applied = {
            row["name"]: row["checksum"] for row in await connection.fetch("SELECT name, checksum FROM db.migration")
        }
        missing = _missing(list_migrations(), applied)
        for migration in missing:
            await _apply(connection, migration)
        async with connection.transaction():
            await _fill(Tx(connection), installation_name=installation_name, is_test=is_test)
        return [migration.name for migration in missing]
    finally:
        await connection.close()


def _missing(migrations: list[Migration], applied: dict[str, str]) -> list[Migration]:
    known = {migration.name: migration.checksum for migration in migrations}
    if strangers := sorted(applied.keys() - known.keys()):
        raise MigrationError(f"this database was migrated by a newer Rejoinder ({strangers[0]}); install that version")
    for name, checksum in applied.items():
        if known[name] != checksum:
            raise MigrationError(f"migration {name} was changed after it had been applied; add a new one instead")
    return [migration for migration in migrations if migration.name not in applied]


async def _apply(connection: asyncpg.Connection, migration: Migration) -> None:
    if "CONCURRENTLY" in migration.sql:
        await connection.execute(migration.sql)
        await _record(connection, migration)
        return
    async with connection.transaction():
        await connection.execute("SET LOCAL lock_timeout = '4s'; SET LOCAL statement_timeout = '5s'")
        await connection.execute(migration.sql)
        await _record(connection, migration)


async def _record(connection: asyncpg.Connection, migration: Migration) -> None:
    await connection.execute(
        "INSERT INTO db.migration (name, checksum, applied_at) VALUES ($1, $2, $3)",
        migration.name,
        migration.checksum,
        datetime.now(UTC),
    )


async def _fill(tx: Tx, *, installation_name: str, is_test: bool) -> None:
    at = datetime.now(UTC)
    await tx.run(
        "insert_installation",
        epoch=new_id(),
        is_test=is_test,
        name=installation_name,
        secret=secrets.token_bytes(32),
        at=at,
    )
    rows = [row for zone in sorted(available_timezones()) for row in zone_offsets(zone, around=at)]
    zones, from_ats, offsets_minutes = (list(column) for column in zip(*rows, strict=True))
    await tx.run("replace_zone_offsets", zones=zones, from_ats=from_ats, offsets_minutes=offsets_minutes)


def zone_offsets(zone: str, *, around: datetime) -> list[tuple[str, datetime, int]]:
    """List (zone, from, minutes east of UTC) for two years back and five ahead, found to the quarter of an hour."""
    info = ZoneInfo(zone)
    at = datetime(around.year - 2, 1, 1, tzinfo=UTC)
    found = [(zone, at, _offset_minutes(info, at))]
    while at.year < around.year + 5:
        low, at = at, at + timedelta(days=14)
        if _offset_minutes(info, at) != found[-1][2]:
            quarters = range(1, 14 * 96 + 1)
            changed = bisect_left(
                quarters,
                True,
                key=lambda n: _offset_minutes(info, low + timedelta(minutes=15 * n)) != found[-1][2],
            )
            since = low + timedelta(minutes=15 * quarters[changed])
            found.append((zone, since, _offset_minutes(info, since)))
    return found


def _offset_minutes(info: ZoneInfo, at: datetime) -> int:
    offset = at.astimezone(info).utcoffset()
    return 0 if offset is None else int(offset.total_seconds() // 60)


async def read_installation(tx: Tx) -> Installation:
    """The installation row; a database without one was never migrated."""
    installation = await tx.maybe(Installation, "find_installation")
    if installation is None:
        raise MigrationError("this database has not been migrated; run `rejoinder db migrate`")
    return installation
