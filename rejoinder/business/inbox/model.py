"""Rows of the shared inbox, what chat says about a thread, and what can go wrong."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from rejoinder.units.errors import Conflict, InputInvalid, Missing

State = Literal["open", "done"]
Side = Literal["person", "business"]

SAVED_REPLIES_MAX = 200
PREVIEW_LENGTH_MAX = 140
UNREAD_COUNT_MAX = 100


class ItemMissing(Missing):
    code = "item_missing"


class AssigneeInvalid(InputInvalid):
    code = "assignee_invalid"


class SavedReplyMissing(Missing):
    code = "saved_reply_missing"


class SavedReplyTaken(Conflict):
    code = "saved_reply_taken"


class ThreadKey(NamedTuple):
    """A business thread; its home is the person."""

    home: int
    thread_id: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What chat and contacts say about a thread now. `answer_position` is where the person answered `answered_ref`."""

    business_id: int
    thread_id: int
    home: int
    contact_id: int
    last_position: int
    last_body: Any
    last_from: Side
    last_at: datetime
    person_position: int
    unread_count: int
    waiting_since: datetime | None
    entry_point_id: int | None
    answered_ref: int | None
    answered_headline: str | None
    answer_position: int | None
    answered_campaign_id: int | None


@dataclass(frozen=True, slots=True)
class Item:
    """One thread in one inbox, as stored."""

    business_id: int
    thread_id: int
    home: int
    person_id: int
    contact_id: int
    state: State
    assigned_to: int | None
    done_position: int
    case_position: int
    last_position: int
    preview: str
    preview_type: str
    preview_from: Side
    last_at: datetime
    unread_count: int
    waiting_since: datetime | None
    entry_point_id: int | None
    origin_ref: int | None
    offer_headline: str | None
    campaign_id: int | None
    number: int


@dataclass(frozen=True, slots=True)
class SeenItem:
    """One thread in one inbox, as agents see it."""

    business_id: int
    thread_id: int
    contact_id: int
    person_name: str
    person_hue: int
    person_is_guest: bool
    state: State
    assigned_to: int | None
    assigned_name: str | None
    preview: str
    preview_type: str
    preview_from: Side
    last_at: datetime
    unread_count: int
    waiting_since: datetime | None
    entry_point_code: str | None
    entry_point_label: str | None
    origin_ref: int | None
    offer_headline: str | None
    campaign_id: int | None
    number: int


@dataclass(frozen=True, slots=True)
class Summary:
    """Where an inbox stands; counts stop at 1000."""

    number: int
    open_count: int
    waiting_count: int
    longest_waiting_thread_id: int | None
    longest_waiting_since: datetime | None


@dataclass(frozen=True, slots=True)
class Answered:
    """Which campaign an answered offer belongs to, as ads told it."""

    key: ThreadKey
    business_id: int
    origin_ref: int
    campaign_id: int


@dataclass(frozen=True, slots=True)
class SavedReply:
    """Words that agents use often."""

    id: int
    title: str
    text: str
