"""What watches the installation: alive, ready, metrics.

Ready means: the database answers, is migrated to this program's schema, and keeps what it acknowledges (fsync).
"""

from typing import Any

import asyncpg
import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest

from rejoinder.ads.rounds.commands import find_newest_round
from rejoinder.db.migrate import list_migrations
from rejoinder.db.outbox import list_lags
from rejoinder.db.transaction import Database, Tx

_WAITING = Gauge("rejoinder_outbox_waiting", "Facts a consumer has still to read", ["consumer"])
_PARKED = Gauge("rejoinder_outbox_parked", "Facts a consumer could not digest", ["consumer"])
_ROUND_BEGAN = Gauge("rejoinder_round_began_seconds", "When the newest delivery round began, as Unix time")
_ROUND_CHUNKS = Gauge("rejoinder_round_chunks", "Chunks of the newest delivery round that were decided")
_ROUND_RUNS = Gauge("rejoinder_round_runs", "1 while the newest delivery round runs, 0 when it is finished")


class Readiness(msgspec.Struct):
    """`problems` in words; empty when ready."""

    is_ready: bool
    problems: list[str]


@get("/healthz", media_type="text/plain", sync_to_thread=False)
def healthz() -> str:
    """The process answers."""
    return "ok"


@get("/readyz")
async def readyz(database: NamedDependency[Database]) -> Response[Readiness]:
    """Whether requests may be sent here."""
    try:
        async with database.transaction() as tx:
            problems = await list_problems(tx)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        problems = ["The database does not answer."]
    return Response(Readiness(not problems, problems), status_code=503 if problems else 200)


async def list_problems(tx: Tx) -> list[str]:
    """Why this installation must not serve, in words."""
    problems = [
        f"Postgres runs with {setting}=off: an acknowledged message could be lost. Turn it on."
        for setting in await tx.column("list_unsafe_settings")
    ]
    if missing := {migration.name for migration in list_migrations()} - set(await tx.column("list_migration_names")):
        problems.append(f"The database lacks {len(missing)} migrations; run `rejoinder db migrate`.")
    return problems


@get("/metrics")
async def metrics(database: NamedDependency[Database]) -> Response[bytes]:
    """Prometheus' text format."""
    async with database.transaction() as tx:
        for lag in await list_lags(tx):
            _WAITING.labels(lag.consumer).set(lag.waiting_count)
            _PARKED.labels(lag.consumer).set(lag.parked_count)
        if newest := await find_newest_round(tx):
            _ROUND_BEGAN.set(newest.started_at.timestamp())
            _ROUND_CHUNKS.set(newest.chunk_count)
            _ROUND_RUNS.set(newest.state == "running")
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


ROUTES: list[Any] = [healthz, readyz, metrics]
