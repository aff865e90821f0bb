"""Rows and values of threads and mailboxes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

import msgspec

from rejoinder.chat.model import Folder, Participant, ParticipantKind
from rejoinder.units.errors import InputInvalid, Missing, Refused

ThreadKind = Literal["direct", "business"]


class ThreadMissing(Missing):
    """No such thread for this viewer."""

    code = "thread_missing"


class NotReachable(Refused):
    """This person does not take messages from that one; the reason stays theirs."""

    code = "not_reachable"


class NotWithOneself(InputInvalid):
    """A direct thread has two people."""

    code = "not_with_oneself"


class NoRequest(Refused):
    """Nothing to accept or refuse here."""

    code = "no_request"


class ThreadKey(NamedTuple):
    """What every key of chat begins with."""

    home: int
    thread_id: int


class Place(NamedTuple):
    """Where a participant's thread lives and who is across. It never changes, so it may be kept."""

    home: int
    other: Participant


class Seat(NamedTuple):
    """A participant of a thread, before anybody has looked whether there is one."""

    participant: Participant
    thread_id: int


@dataclass(frozen=True, slots=True)
class Opening:
    """A person's thread with a business, to be made."""

    person_id: int
    business_id: int
    thread_id: int


class MailboxMove(msgspec.Struct):
    """What changes in one mailbox; None leaves a column as it is. Every move takes a new version.

    `later` is set on the way to the database: how many moves of the same person take their versions after this one.
    """

    person_id: int
    thread_id: int
    unread_added: int = 0
    unread_left: int | None = None
    rank_at: datetime | None = None
    sponsored_at: datetime | None = None
    folder: Folder | None = None
    removed_at: datetime | None = None
    later: int = 0


@dataclass(frozen=True, slots=True)
class FirstContact:
    """What decides whether one person may open a thread with another."""

    other_exists: bool
    is_blocked: bool
    birth_year: int | None
    other_birth_year: int | None


@dataclass(frozen=True, slots=True)
class SeenThread:
    """A thread as one participant sees it; the mailbox's columns are null for businesses."""

    thread_id: int
    home: int
    kind: ThreadKind
    last_position: int
    last_change: int
    delivered_position: int
    read_position: int
    other_kind: ParticipantKind
    other_id: int
    other_delivered_position: int
    other_read_position: int
    other_name: str | None
    other_hue: int | None
    other_handle: str | None
    other_is_verified: bool | None
    folder: Folder | None
    rank_at: datetime | None
    sponsored_at: datetime | None
    unread_count: int | None
    version: int | None
    removed_at: datetime | None
    preview_position: int | None
    preview_body: Any
    preview_sender_kind: ParticipantKind | None
    preview_sender_id: int | None
    preview_at: datetime | None
