"""The statements of reports as functions."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from rejoinder.db.transaction import Tx
from rejoinder.safety.reports.model import AuditEntry, HandedOver, NewEntry, NewReport, Report, ReportedAd, SharedThread
from rejoinder.units.ids import new_id


async def find_reporter_thread(tx: Tx, *, person_id: int, thread_id: int) -> SharedThread | None:
    return await tx.maybe(SharedThread, "find_reporter_thread", person_id=person_id, thread_id=thread_id)


async def list_handed_over(tx: Tx, *, home: int, thread_id: int, positions: Sequence[int]) -> list[HandedOver]:
    return await tx.many(HandedOver, "list_handed_over", home=home, thread_id=thread_id, positions=positions)


async def find_reported_ad(tx: Tx, *, person_id: int, delivery_id: int) -> ReportedAd | None:
    return await tx.maybe(ReportedAd, "find_reported_ad", person_id=person_id, delivery_id=delivery_id)


async def insert_report(
    tx: Tx, report: NewReport, *, reporter_id: int, home: int | None, handed_over: Sequence[HandedOver], at: datetime
) -> int:
    report_id = new_id()
    copies = [{**asdict(message), "sender_id": str(message.sender_id)} for message in handed_over]
    await tx.run(
        "insert_report",
        id=report_id,
        reporter_id=reporter_id,
        home=home,
        handed_over=copies,
        at=at,
        **asdict(report),
    )
    return report_id


async def list_reports(tx: Tx, *, state: str, after: tuple[datetime, int] | None, row_count: int) -> list[Report]:
    after_at, after_id = after or (None, None)
    return await tx.many(Report, "list_reports", state=state, after_at=after_at, after_id=after_id, row_count=row_count)


async def lock_report(tx: Tx, *, report_id: int) -> str | None:
    state: str | None = await tx.value("lock_report", report_id=report_id)
    return state


async def decide_report(tx: Tx, *, report_id: int, state: str, decided_by: int, at: datetime) -> None:
    await tx.run("decide_report", report_id=report_id, state=state, decided_by=decided_by, at=at)


async def insert_audit_entry(tx: Tx, entry_id: int, entry: NewEntry, *, at: datetime) -> None:
    await tx.run("insert_audit_entry", id=entry_id, at=at, **asdict(entry))


async def list_audit_entries(tx: Tx, *, before: tuple[datetime, int] | None, row_count: int) -> list[AuditEntry]:
    before_at, before_id = before or (None, None)
    return await tx.many(
        AuditEntry, "list_audit_entries", before_at=before_at, before_id=before_id, row_count=row_count
    )
