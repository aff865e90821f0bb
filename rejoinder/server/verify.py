"""Read the rows and tell where a promise is broken. `rejoinder verify` prints it; docs/verify.md says what rows can show.

Each promise is one query that lists violations, so a rule and its proof stand side by side in `queries.sql`. Read-only, in
one snapshot. The policy's loosest values are the bounds: what a region or a person made stricter is checked at delivery.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table

from rejoinder.db.transaction import Database, Tx
from rejoinder.people.contacts.model import REPLY_WINDOW, UNANSWERED_MAX
from rejoinder.people.protections.model import Policies
from rejoinder.people.protections.policy import load_policies
from rejoinder.server.app import open_parts
from rejoinder.server.settings import Settings

WITHDRAWAL_TAKES = timedelta(minutes=10)
"""An objection takes effect at its commit; the unseen card follows within this time, or something is stuck."""

PROMISES = {
    "P1": "An advert reaches only who wrote to that business first",
    "P2": "None after a stop, block, report, ads-off or withdrawn consent",
    "P3": "No cap, gap or quiet hour is broken",
    "P4": "No advert twice",
    "P5": "No budget exceeded; the ledger balances and equals the reports",
    "P6": "Every message once, in its order",
    "P7": "Every advert labelled, and no thread moved up",
    "P8": "Every delivery decided on the newest facts",
    "P9": "Businesses speak when spoken to",
}


@dataclass(frozen=True, slots=True)
class RowCount:
    """How many rows a promise rests on."""

    promise: str
    row_count: int


@dataclass(frozen=True, slots=True)
class Violation:
    """One row that breaks a promise."""

    promise: str
    detail: str


@dataclass(frozen=True, slots=True)
class PromiseResult:
    """What was found about one promise."""

    promise: str
    sentence: str
    rows_checked: int
    violations: Sequence[Violation] = field(default=())


async def verify(database: Database, policies: Policies, at: datetime) -> list[PromiseResult]:
    """Check P1 to P9 in one snapshot."""
    async with (
        database.pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        tx = Tx(connection)
        counts = {found.promise: found.row_count for found in await tx.many(RowCount, "count_verified_rows")}
        violations = [
            violation
            for query, bounds in _checks(policies, at).items()
            for violation in await tx.many(Violation, query, **bounds)
        ]
    return [
        PromiseResult(promise, sentence, counts[promise], [v for v in violations if v.promise == promise])
        for promise, sentence in PROMISES.items()
    ]


def _checks(policies: Policies, at: datetime) -> dict[str, dict[str, Any]]:
    """Each query with the bounds it takes."""
    policy = policies.default
    return {
        "find_breaks_of_writing_first": {"recency_days": policy.recency_days, "kinds": sorted(policy.kinds)},
        "find_breaks_of_objections": {"settled_before": at - WITHDRAWAL_TAKES},
        "find_breaks_of_caps": {
            "cap_day": policy.cap_day,
            "cap_week": policy.cap_week,
            "gap_hours": policy.gap_hours,
            "owner_gap_hours": policy.owner_gap_hours,
            "quiet_from": policy.quiet_from_minute,
            "quiet_until": policy.quiet_until_minute,
            "unanswered_max": policy.unanswered_max,
        },
        "find_breaks_of_repetition": {},
        "find_breaks_of_money": {},
        "find_breaks_of_threads": {},
        "find_breaks_of_labels": {},
        "find_breaks_of_versions": {},
        "find_breaks_of_reply_windows": {
            "window_hours": int(REPLY_WINDOW.total_seconds() // 3600),
            "unanswered_max": UNANSWERED_MAX,
        },
    }


async def print_verification(settings: Settings, console: Console) -> int:
    """Print a table of the promises and every violation found; return the exit code."""
    parts = await open_parts(settings)
    try:
        results = await verify(parts.database, load_policies(settings.policy_dir), parts.clock.now())
    finally:
        await parts.database.pool.close()
    table = Table("promise", "", "rows checked", "violations")
    for result in results:
        count = len(result.violations)
        told = f"[red]{count}[/red]" if count else "0"
        table.add_row(result.promise, result.sentence, f"{result.rows_checked:,}", told)
    console.print(table)
    for violation in [violation for result in results for violation in result.violations]:
        console.print(f"{violation.promise}: {violation.detail}", markup=False, highlight=False)
    return 1 if any(result.violations for result in results) else 0
