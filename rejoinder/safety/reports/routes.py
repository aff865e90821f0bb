"""Reports over HTTP: people hand over, operators read the queue and decide, and read the log of what operators did."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter, SkipValidation

from rejoinder.db.transaction import Database
from rejoinder.safety.reports import commands, store
from rejoinder.safety.reports.model import AuditEntry, NewReport, Report
from rejoinder.units.bounds import LIST_COUNT_MAX, is_clean_text
from rejoinder.units.clock import Clock
from rejoinder.units.errors import InputInvalid
from rejoinder.units.ids import WireId, id_from_wire
from rejoinder.wire.auth import Viewer
from rejoinder.wire.cursor import decode_cursor, encode_cursor

GivenClock = NamedDependency[SkipValidation[Clock]]
Note = Annotated[str, msgspec.Meta(max_length=1000)]
Position = Annotated[int, msgspec.Meta(ge=1, le=2**53)]


class ReportRequest(msgspec.Struct, forbid_unknown_fields=True):
    """What to report: a person or business from a chat with them, or an advert by its delivery; and which messages to hand over."""

    about_kind: Literal["person", "business", "ad"]
    about_id: WireId
    reason: Literal["spam", "scam", "hateful", "not_allowed", "other"]
    thread_id: WireId | None = None
    positions: Annotated[list[Position], msgspec.Meta(max_length=50)] = msgspec.field(default_factory=list)
    note: Note | None = None


class ReportMade(msgspec.Struct):
    """The report's number, for asking about it."""

    report_id: str


class ReportItem(msgspec.Struct):
    """A report as the operator reads it."""

    id: str
    reporter_id: str
    reporter_name: str
    about_kind: str
    about_id: str
    about_name: str | None
    campaign_id: str | None
    handed_over: list[dict[str, Any]]
    reason: str
    note: str | None
    state: str
    decided_at: datetime | None
    created_at: datetime


class ReportList(msgspec.Struct):
    """A part of the queue."""

    reports: list[ReportItem]
    cursor: str | None


class ReportDecision(msgspec.Struct, forbid_unknown_fields=True):
    """What the operator decides, and why."""

    decision: Literal["upheld", "dismissed"]
    note: Note = ""


class AuditItem(msgspec.Struct):
    """One line of the log."""

    id: str
    actor_id: str
    actor_name: str
    verb: str
    subject: str
    detail: dict[str, Any]
    at: datetime


class AuditList(msgspec.Struct):
    """A part of the log, newest first."""

    entries: list[AuditItem]
    cursor: str | None


@post("/api/reports")
async def make_report(
    data: JSONBody[ReportRequest],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
) -> ReportMade:
    """Hand something to the operator. Whoever reports a business gets none of its adverts any more."""
    _require_clean(data.note)
    told = NewReport(
        about_kind=data.about_kind,
        about_id=id_from_wire(data.about_id),
        thread_id=id_from_wire(data.thread_id) if data.thread_id else None,
        positions=sorted(set(data.positions)),
        reason=data.reason,
        note=data.note or None,
    )
    report_id = await database.run(lambda tx: commands.report(tx, told, reporter_id=viewer.person_id, at=clock.now()))
    return ReportMade(report_id=str(report_id))


@get("/api/operator/reports")
async def list_reports(
    operator: NamedDependency[Viewer],
    database: NamedDependency[Database],
    report_state: Annotated[Literal["open", "upheld", "dismissed"], QueryParameter(name="state")] = "open",
    cursor: FromQuery[str | None] = None,
) -> ReportList:
    """The queue, oldest first."""
    assert operator.is_operator  # noqa: S101
    async with database.transaction() as tx:
        reports = await store.list_reports(
            tx, state=report_state, after=decode_cursor(cursor), row_count=LIST_COUNT_MAX
        )
    is_full = len(reports) == LIST_COUNT_MAX
    return ReportList(
        reports=[_report_item(report) for report in reports],
        cursor=encode_cursor(reports[-1].created_at, reports[-1].id) if is_full else None,
    )


@post("/api/operator/reports/{report_id:str}/decision", status_code=204)
async def decide_report(
    data: JSONBody[ReportDecision],
    operator: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
    report_id: FromPath[str],
) -> None:
    """Uphold or dismiss a report."""
    _require_clean(data.note)
    await database.run(
        lambda tx: commands.decide(
            tx,
            id_from_wire(report_id),
            state=data.decision,
            note=data.note,
            operator_id=operator.person_id,
            at=clock.now(),
        )
    )


@get("/api/operator/audit")
async def list_audit(
    operator: NamedDependency[Viewer], database: NamedDependency[Database], cursor: FromQuery[str | None] = None
) -> AuditList:
    """What operators did, newest first."""
    assert operator.is_operator  # noqa: S101
    async with database.transaction() as tx:
        entries = await store.list_audit_entries(tx, before=decode_cursor(cursor), row_count=LIST_COUNT_MAX)
    is_full = len(entries) == LIST_COUNT_MAX
    return AuditList(
        entries=[_audit_item(entry) for entry in entries],
        cursor=encode_cursor(entries[-1].at, entries[-1].id) if is_full else None,
    )


def _require_clean(text: str | None) -> None:
    if text is not None and not is_clean_text(text):
        raise InputInvalid("The note holds characters that cannot be kept.", field="note")


def _report_item(report: Report) -> ReportItem:
    return ReportItem(
        id=str(report.id),
        reporter_id=str(report.reporter_id),
        reporter_name=report.reporter_name,
        about_kind=report.about_kind,
        about_id=str(report.about_id),
        about_name=report.about_name,
        campaign_id=str(report.campaign_id) if report.campaign_id else None,
        handed_over=report.handed_over,
        reason=report.reason,
        note=report.note,
        state=report.state,
        decided_at=report.decided_at,
        created_at=report.created_at,
    )


def _audit_item(entry: AuditEntry) -> AuditItem:
    return AuditItem(
        id=str(entry.id),
        actor_id=str(entry.actor_id),
        actor_name=entry.actor_name,
        verb=entry.verb,
        subject=entry.subject,
        detail=entry.detail,
        at=entry.at,
    )


ROUTES: list[Any] = [make_report, list_reports, decide_report, list_audit]
