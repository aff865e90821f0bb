"""Marks only move forward, never past the last message that is no advert, and what is read was delivered."""

from collections.abc import Iterable
from dataclasses import replace

from rejoinder.chat.receipts.model import Mark, Reach


def reached(mark: Mark, reach: Reach) -> tuple[int, int]:
    """The (delivered, read) positions after a mark."""
    read = max(reach.read_position, min(mark.read, reach.last_position))
    return max(reach.delivered_position, min(mark.delivered, reach.last_position), read), read


def is_shown(reach: Reach) -> bool:
    """Whether the other side learns of it: who looks at a stranger's request does not tell."""
    return reach.folder in {None, "chats"}


def furthest(marks: Iterable[Mark]) -> list[Mark]:
    """One mark per participant and thread: as far as any of theirs says."""
    found: dict[tuple[object, int], Mark] = {}
    for mark in marks:
        seat = (mark.participant, mark.thread_id)
        before = found.get(seat, mark)
        found[seat] = replace(mark, delivered=max(mark.delivered, before.delivered), read=max(mark.read, before.read))
    return list(found.values())
