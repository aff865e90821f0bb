"""The words of chat that every part of it uses: participants, what a message may say, and what a change tells everybody.

Bodies are stored and sent as they stand here. Bounds are checked while decoding, so that no bad entry reaches a batch.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal, NamedTuple

import msgspec

from rejoinder.units.bounds import MESSAGE_LENGTH_MAX

ParticipantKind = Literal["person", "business"]
Folder = Literal["chats", "requests", "refused"]

MessageText = Annotated[str, msgspec.Meta(min_length=1, max_length=MESSAGE_LENGTH_MAX)]
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
ButtonTitle = Annotated[
    str, msgspec.Meta(min_length=1, max_length=20, description="20 characters: more does not fit a phone")
]
Payload = Annotated[str, msgspec.Meta(max_length=1000)]
WebUrl = Annotated[str, msgspec.Meta(max_length=2048, pattern=r"^https?://[^\s]+$")]
ClientId = Annotated[
    str,
    msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$", max_length=64, description="drawn by the client, once per message"),
]


class Participant(NamedTuple):
    """A person or a business in a thread."""

    kind: ParticipantKind
    id: int


class Text(msgspec.Struct, tag_field="type", tag="text", frozen=True, forbid_unknown_fields=True):
    """Plain words, exactly as written."""

    text: MessageText


class QuickReply(msgspec.Struct, tag_field="type", tag="quick_reply", frozen=True, forbid_unknown_fields=True):
    """A tapped quick reply: its title as the person saw it, its payload for the business's program."""

    text: ButtonTitle
    payload: Payload


class Postback(msgspec.Struct, tag_field="type", tag="postback", frozen=True, forbid_unknown_fields=True):
    """A tapped button of a card."""

    text: ButtonTitle
    payload: Payload


class GetStarted(msgspec.Struct, tag_field="type", tag="get_started", frozen=True, forbid_unknown_fields=True):
    """The button of an empty thread."""

    text: ButtonTitle
    payload: Payload


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One quick reply on offer."""

    title: ButtonTitle
    payload: Payload


class Options(msgspec.Struct, tag_field="type", tag="options", frozen=True, forbid_unknown_fields=True):
    """Words of a business with quick replies below them."""

    text: MessageText
    quick_replies: Annotated[list[Choice], msgspec.Meta(min_length=1, max_length=13)]


class UrlButton(msgspec.Struct, tag_field="type", tag="url", frozen=True, forbid_unknown_fields=True):
    """A button that opens a web page."""

    title: ButtonTitle
    url: WebUrl


class PostbackButton(msgspec.Struct, tag_field="type", tag="postback", frozen=True, forbid_unknown_fields=True):
    """A button that answers for the person."""

    title: ButtonTitle
    payload: Payload


class Card(msgspec.Struct, tag_field="type", tag="card", frozen=True, forbid_unknown_fields=True):
    """A picture, a title and up to three buttons."""

    title: Title
    subtitle: Title | None = None
    image_url: WebUrl | None = None
    buttons: Annotated[list[UrlButton | PostbackButton], msgspec.Meta(max_length=3)] = msgspec.field(
        default_factory=list
    )


class SponsoredButton(msgspec.Struct, frozen=True, omit_defaults=True):
    """The one button of an advert; without an address it starts an answer."""

    title: str
    url: str | None = None


class Sponsored(msgspec.Struct, tag_field="type", tag="sponsored", frozen=True, omit_defaults=True):
    """An advert; written by `append_sponsored` alone. `token` is the delivery's own, to report it seen.

    `is_test`: an advertiser sent it to themself to look at; nothing stands behind it and nothing is counted.
    """

    headline: str
    text: str
    payer: str
    beneficiary: str
    delivery_id: str
    token: str
    image_url: str | None = None
    button: SponsoredButton | None = None
    is_test: bool = False


class StopConfirmed(msgspec.Struct, tag_field="type", tag="stop_confirmed", frozen=True):
    """The installation's one answer to a stop word, in the business's thread; the client shows Undo beside it."""

    business_name: str


class Unsent(msgspec.Struct, tag_field="type", tag="unsent", frozen=True, omit_defaults=True):
    """What is left of a message that was taken back; of a withdrawn advert nothing is shown at all."""

    is_sponsored: bool = False


SendableBody = Text | QuickReply | Postback | GetStarted | Options | Card
Body = SendableBody | Sponsored | StopConfirmed | Unsent


def is_advert(body: Body) -> bool:
    """Whether it is an advert or what is left of one: the business's side of a thread is sent neither."""
    return isinstance(body, Sponsored) or (isinstance(body, Unsent) and body.is_sponsored)


def rows_json(rows: Iterable[object]) -> str:
    """Rows for `json_to_recordset`: many times cheaper to encode than one array for each column."""
    return msgspec.json.encode(list(rows)).decode()


class Message(msgspec.Struct, frozen=True):
    """One row of a thread. Also its wire shape, but for who typed: see `realtime.frames`."""

    position: int
    sender: Participant
    client_id: str
    body: Body
    change: int
    sent_at: datetime
    agent_id: int | None = None
    edited_at: datetime | None = None


class Marks(msgspec.Struct, frozen=True):
    """How far a participant got in a thread: the marks of delivered and read."""

    participant: Participant
    delivered_position: int
    read_position: int


@dataclass(slots=True)
class ThreadChange:
    """What one transaction changed in one thread: everything a connected device needs to follow.

    `audience` holds who is told, and for each person the new version of their mailbox.
    """

    home: int
    thread_id: int
    from_change: int
    to_change: int
    audience: dict[Participant, int | None]
    messages: list[Message] = field(default_factory=list)
    marks: list[Marks] = field(default_factory=list)
