"""A report, what was handed over with it, and the log of what operators did."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rejoinder.units.errors import Conflict, InputInvalid, Missing


class ReportMissing(Missing):
    """No such report, or no such thing to report for this person."""

    code = "report_missing"


class ReportDecided(Conflict):
    """Somebody was faster."""

    code = "report_decided"


class ReportEmpty(InputInvalid):
    """What is reported does not fit what was sent."""

    code = "report_invalid"


@dataclass(frozen=True, slots=True)
class NewReport:
    """What a person says and hands over; for an advert `about_id` is the delivery."""

    about_kind: str
    about_id: int
    thread_id: int | None
    positions: list[int]
    reason: str
    note: str | None


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A copy of one message, made when it was handed over; later edits do not reach it."""

    position: int
    sender_kind: str
    sender_id: int
    body: dict[str, Any]
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class ReportedAd:
    """The delivery that a person reports, as far as the report needs it."""

    business_id: int
    thread_id: int
    position: int


@dataclass(frozen=True, slots=True)
class Report:
    """A row of the operator's queue."""

    id: int
    reporter_id: int
    reporter_name: str
    about_kind: str
    about_id: int
    about_name: str | None
    campaign_id: int | None
    handed_over: list[dict[str, Any]]
    reason: str
    note: str | None
    state: str
    decided_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What an operator did, for the log."""

    actor_id: int
    verb: str
    subject: str
    detail: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing an operator did."""

    id: int
    actor_id: int
    actor_name: str
    verb: str
    subject: str
    detail: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class SharedThread:
    """A thread of the reporter and who is across in it."""

    home: int
    thread_id: int
    other_kind: str
    other_id: int
