"""How far participants got, for consumers that may lag."""

from datetime import datetime
from typing import ClassVar

import msgspec

from rejoinder.chat.model import ParticipantKind


class ReceiptMoved(msgspec.Struct, frozen=True):
    """A participant's marks moved to these positions."""

    topic: ClassVar[str] = "chat.receipt_moved"
    home: int
    thread_id: int
    kind: ParticipantKind
    id: int
    other_kind: ParticipantKind
    other_id: int
    delivered_position: int
    read_position: int
    at: datetime
