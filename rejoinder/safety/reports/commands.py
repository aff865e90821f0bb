"""Hand something to the operator, and decide on it. Exactly the chosen messages are copied; nothing else is ever read.

Whoever reports a business or its advert gets no adverts of it from that moment on; that is decided by protections.
"""

from datetime import datetime

from rejoinder.db.transaction import Tx
from rejoinder.people.protections import commands as protections
from rejoinder.safety.reports import rules, store
from rejoinder.safety.reports.model import (
    HandedOver,
    NewEntry,
    NewReport,
    ReportDecided,
    ReportEmpty,
    ReportMissing,
    SharedThread,
)
from rejoinder.units.ids import new_id


async def report(tx: Tx, told: NewReport, *, reporter_id: int, at: datetime) -> int:
    """Put a report in the operator's queue with copies of what was handed over; return its id."""
    if told.about_kind == "ad":
        return await _report_ad(tx, told, reporter_id=reporter_id, at=at)
    thread = await _find_thread(tx, told, reporter_id=reporter_id)
    if refusal := rules.refusal_to_report(told, thread):
        raise ReportEmpty(refusal, field="about_id")
    handed_over = await _copy(tx, told, thread)
    if told.about_kind == "business":
        await protections.mark_reported(tx, reporter_id, told.about_id, at=at)
    home = thread.home if thread else None
    return await store.insert_report(tx, told, reporter_id=reporter_id, home=home, handed_over=handed_over, at=at)


async def _report_ad(tx: Tx, told: NewReport, *, reporter_id: int, at: datetime) -> int:
    ad = await store.find_reported_ad(tx, person_id=reporter_id, delivery_id=told.about_id)
    if ad is None:
        raise ReportMissing("There is no such advert among yours.", field="about_id")
    positions = sorted({*told.positions, ad.position})
    whole = NewReport(told.about_kind, told.about_id, ad.thread_id, positions, told.reason, told.note)
    if refusal := rules.refusal_to_report(whole, None):
        raise ReportEmpty(refusal, field="positions")
    handed_over = await store.list_handed_over(tx, home=reporter_id, thread_id=ad.thread_id, positions=whole.positions)
    await protections.mark_reported(tx, reporter_id, ad.business_id, at=at)
    return await store.insert_report(
        tx, whole, reporter_id=reporter_id, home=reporter_id, handed_over=handed_over, at=at
    )


async def _find_thread(tx: Tx, told: NewReport, *, reporter_id: int) -> SharedThread | None:
    if told.thread_id is None:
        return None
    thread = await store.find_reporter_thread(tx, person_id=reporter_id, thread_id=told.thread_id)
    if thread is None:
        raise ReportMissing("There is no such chat among yours.", field="thread_id")
    return thread


async def _copy(tx: Tx, told: NewReport, thread: SharedThread | None) -> list[HandedOver]:
    if thread is None or not told.positions:
        return []
    found = await store.list_handed_over(tx, home=thread.home, thread_id=thread.thread_id, positions=told.positions)
    if len(found) != len(set(told.positions)):
        raise ReportEmpty("One of these messages is not there (any more).", field="positions")
    return found


async def decide(tx: Tx, report_id: int, *, state: str, note: str, operator_id: int, at: datetime) -> None:
    """Uphold or dismiss a report, once, and write down who did."""
    before = await store.lock_report(tx, report_id=report_id)
    if before is None:
        raise ReportMissing("There is no such report.")
    if before != "open":
        raise ReportDecided("Another operator has decided this report.")
    await store.decide_report(tx, report_id=report_id, state=state, decided_by=operator_id, at=at)
    entry = NewEntry(operator_id, f"report.{state}", f"report/{report_id}", {"note": note})
    await store.insert_audit_entry(tx, new_id(), entry, at=at)
