"""Drafts, verdicts and what a batch reads before it decides. A refusal is data: a poor entry never fails its neighbours."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import msgspec

from rejoinder.chat.model import Folder, Message, Participant, SendableBody, Sponsored, ThreadChange
from rejoinder.chat.threads.model import ThreadKey
from rejoinder.units.errors import InputInvalid, Missing, Refused


class MessageMissing(Missing):
    """No such message of this thread."""

    code = "message_missing"


class NotEditable(Refused):
    """This message cannot be changed any more, or never could."""

    code = "not_editable"


class TextInvalid(InputInvalid):
    """Words that cannot be stored or say nothing."""

    code = "message_invalid"


class Draft(msgspec.Struct, frozen=True):
    """A message on its way in. `agent_id`: the person who typed for a business, None for its programs."""

    sender: Participant
    thread_id: int
    client_id: str
    body: SendableBody
    agent_id: int | None = None


@dataclass(frozen=True, slots=True)
class SponsoredDraft:
    """An advert on its way into a person's thread; `origin_ref` is what paid for it."""

    person_id: int
    thread_id: int
    business_id: int
    body: Sponsored
    origin_ref: int


class Accepted(msgspec.Struct, frozen=True):
    """Stored, now or by an earlier send of the same client id; `change` is None for the latter."""

    position: int
    at_change: int
    sent_at: datetime
    change: ThreadChange | None


@dataclass(frozen=True, slots=True)
class Rejected:
    """Not stored, and why; `code` and `message` are for the wire."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Taken:
    """Somebody holds the thread or the contact; nothing was decided, try again."""


Verdict = Accepted | Rejected | Taken


class MessageRef(NamedTuple):
    """The address of a message."""

    home: int
    thread_id: int
    position: int


class Facts(NamedTuple):
    """What is true of a draft's thread once it is locked. `known_*`: the row that has the client id already."""

    last_position: int
    last_change: int
    has_left: bool
    language: str | None
    folder: Folder | None
    other_folder: Folder | None
    is_blocked: bool
    birth_year: int | None
    other_birth_year: int | None
    known_position: int | None
    known_change: int | None
    known_sent_at: datetime | None
    known_hash: bytes | None


class MessageRow(NamedTuple):
    """A row to insert; `body` is the message's body as JSON."""

    key: ThreadKey
    message: Message
    body: bytes
    payload_hash: bytes
    origin_ref: int | None = None


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as an edit or unsend finds it, and how far the other side read."""

    message: Message
    other_read_position: int
