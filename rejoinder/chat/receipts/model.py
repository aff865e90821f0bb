"""A receipt on its way in, and what is true of its thread."""

from dataclasses import dataclass

from rejoinder.chat.model import Folder, Participant


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a participant says they got."""

    participant: Participant
    thread_id: int
    delivered: int
    read: int


@dataclass(frozen=True, slots=True)
class Reach:
    """How far they got before, in the locked thread. `last_position`: the newest message up to the mark that is no advert.

    `unread_left`: what would be left unread after the new mark.
    """

    last_position: int
    last_change: int
    delivered_position: int
    read_position: int
    has_left: bool
    folder: Folder | None
    mailbox_unread: int | None
    unread_left: int
