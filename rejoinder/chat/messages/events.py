"""What became of messages, for consumers that may lag: the inbox projection, webhooks, reports."""

from datetime import datetime
from typing import ClassVar

import msgspec

from rejoinder.chat.model import ParticipantKind


class MessageSent(msgspec.Struct, frozen=True):
    """A message was committed. `other` is the participant across from the sender; `text` is its first line, cut to 200 signs."""

    topic: ClassVar[str] = "chat.message_sent"
    home: int
    thread_id: int
    position: int
    change: int
    sender_kind: ParticipantKind
    sender_id: int
    other_kind: ParticipantKind
    other_id: int
    agent_id: int | None
    body_type: str
    text: str
    origin_ref: int | None
    at: datetime
    is_stop_word: bool = False


class MessageChanged(msgspec.Struct, frozen=True):
    """A message was edited, unsent or withdrawn; fields as in MessageSent."""

    topic: ClassVar[str] = "chat.message_changed"
    home: int
    thread_id: int
    position: int
    change: int
    sender_kind: ParticipantKind
    sender_id: int
    other_kind: ParticipantKind
    other_id: int
    body_type: str
    text: str
    at: datetime
