"""A contact as its neighbours see it, and what a batch of messages has to say about contacts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from rejoinder.units.errors import Missing

Key = tuple[int, int]
"""(person_id, business_id)"""

REPLY_WINDOW = timedelta(hours=24)
UNANSWERED_MAX = 5


class ContactMissing(Missing):
    """The two have no thread, or it is somebody else's."""

    code = "contact_missing"


class Sender(StrEnum):
    """Which side of a contact a message came from."""

    PERSON = "person"
    BUSINESS = "business"


class NoteKind(StrEnum):
    """How a message came about. Only typed and form make a person eligible for adverts; service is the business's side."""

    TYPED = "typed"
    FORM = "form"
    TAPPED = "tapped"
    STOP_WORD = "stop_word"
    SERVICE = "service"


class SendRefusal(StrEnum):
    """Why a message may not be sent in this contact."""

    BLOCKED = "blocked"
    BLOCKED_OTHER = "blocked_other"
    WINDOW_CLOSED = "window_closed"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Opening:
    """A contact to make unless it is there; `prefill_hash` is `rules.prefill_hash` of the entry point's prefilled text."""

    person_id: int
    business_id: int
    owner_id: int
    thread_id: int
    entry_point_id: int | None = None
    prefill_hash: bytes | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """What a contact is called: `id` is what the business knows the person by."""

    person_id: int
    business_id: int
    id: int
    owner_id: int
    thread_id: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whether either side may send now."""

    person_id: int
    business_id: int
    contact_id: int
    owner_id: int
    thread_id: int
    version: int
    opened_entry_point_id: int | None
    opened_prefill_hash: bytes | None
    first_wrote_at: datetime | None
    last_heard_at: datetime | None
    reply_window_ends_at: datetime | None
    unanswered_count: int
    unread_reply_count: int
    ads_stopped_at: datetime | None
    muted_until: datetime | None
    blocked_at: datetime | None
    blocked_by_business_at: datetime | None
    is_on_team: bool


@dataclass(frozen=True, slots=True)
class Note:
    """One stored service message, as its contact hears of it. Notes of one batch stand in the order of the messages."""

    person_id: int
    business_id: int
    by: Sender
    kind: NoteKind
    position: int
    entry_point_id: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Wrote:
    """A message that counts."""

    at: datetime
    kind: NoteKind
    position: int
    entry_point_id: int | None


@dataclass(frozen=True, slots=True)
class Fold:
    """What the notes of one batch do to one contact, so that each row is touched once.

    `is_answered` and `is_heard` empty what stood before; the counts and `waiting_since` are what came after that.
    """

    person_id: int
    business_id: int
    service_at: datetime
    heard_at: datetime | None = None
    is_answered: bool = False
    waiting_since: datetime | None = None
    is_heard: bool = False
    unanswered_count: int = 0
    unread_count: int = 0
    first_wrote: Wrote | None = None
    last_wrote: Wrote | None = None
