"""What goes over `/live`: one JSON text frame each, told apart by `type`. Ids are decimal strings; positions and changes are numbers.

A client applies `changed` when its own last change is `from_change`, ignores what it knows already, and asks
`GET /api/threads/{id}/changes?since=` when it is behind. It keeps the highest mailbox version it has reached without a gap.
"""

from datetime import datetime
from typing import Annotated

import msgspec

from rejoinder.chat.messages.routes import MessageView
from rejoinder.chat.model import ClientId, MessageText, SendableBody
from rejoinder.chat.threads.routes import ParticipantRef, ParticipantView
from rejoinder.units.ids import WireId

Position = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Send(msgspec.Struct, tag_field="type", tag="send", forbid_unknown_fields=True):
    """Append a message. Answered by `acked` or `refused` with the same client id; sent again, it is answered again."""

    client_id: ClientId
    thread_id: WireId
    body: SendableBody
    as_business_id: WireId | None = None


class Edit(msgspec.Struct, tag_field="type", tag="edit", forbid_unknown_fields=True):
    """Change the words of an own text message."""

    client_ref: ClientId
    thread_id: WireId
    position: Position
    text: MessageText
    as_business_id: WireId | None = None


class Unsend(msgspec.Struct, tag_field="type", tag="unsend", forbid_unknown_fields=True):
    """Take an own message back."""

    client_ref: ClientId
    thread_id: WireId
    position: Position
    as_business_id: WireId | None = None


class Typing(msgspec.Struct, tag_field="type", tag="typing", forbid_unknown_fields=True):
    """Say that one is writing; shown for a few seconds, never stored. Send it at most every three seconds."""

    thread_id: WireId
    as_business_id: WireId | None = None


class Receipt(msgspec.Struct, tag_field="type", tag="receipt", forbid_unknown_fields=True):
    """Move the own marks of delivered and read; marks never move back."""

    thread_id: WireId
    delivered: Position
    read: Position = 0
    as_business_id: WireId | None = None


class Watch(msgspec.Struct, tag_field="type", tag="watch", forbid_unknown_fields=True):
    """Also hear what a business hears; for its team."""

    business_id: WireId


class Ping(msgspec.Struct, tag_field="type", tag="ping", forbid_unknown_fields=True):
    """Say that one is there; a socket that is silent for a minute is closed."""


LiveClientFrame = Send | Edit | Unsend | Typing | Receipt | Watch | Ping


class Welcome(msgspec.Struct, tag_field="type", tag="welcome"):
    """First frame, and again whenever hints may have been lost: catch up by the mailbox, and by inboxes that are watched.

    Another `epoch` than the client knows: throw away what is kept and load everything anew.
    """

    epoch: WireId
    person_id: WireId
    mailbox_version: int
    at: datetime


class Acked(msgspec.Struct, tag_field="type", tag="acked"):
    """Stored for good. The socket that sent gets this in place of `changed`, unless others changed the thread as well."""

    client_id: str
    thread_id: WireId
    position: int
    change: int
    sent_at: datetime
    mailbox_version: int | None = None


class RefusedFrame(msgspec.Struct, tag_field="type", tag="refused"):
    """Not done, and why, in plain words. Without a client id the frame itself could not be read."""

    code: str
    message: str
    client_id: str | None = None


class Changed(msgspec.Struct, tag_field="type", tag="changed"):
    """What became of a thread: new and changed messages, moved marks. `mailbox_version` is null for businesses."""

    thread_id: WireId
    from_change: int
    to_change: int
    messages: list[MessageView]
    participants: list[ParticipantView]
    mailbox_version: int | None = None


class MailboxMoved(msgspec.Struct, tag_field="type", tag="mailbox"):
    """The list of threads changed otherwise (opened, accepted, removed): ask `GET /api/mailbox?since=`."""

    version: int


class TypingBy(msgspec.Struct, tag_field="type", tag="typing"):
    """Somebody is writing."""

    thread_id: WireId
    by: ParticipantRef


class InboxMoved(msgspec.Struct, tag_field="type", tag="inbox"):
    """A watched business's inbox reached this number."""

    business_id: WireId
    number: int


class Pong(msgspec.Struct, tag_field="type", tag="pong"):
    """The answer to `ping`."""


LiveServerFrame = Welcome | Acked | RefusedFrame | Changed | MailboxMoved | TypingBy | InboxMoved | Pong
