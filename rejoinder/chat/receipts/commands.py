"""Move marks of delivered and read, in batches, under the same locks as messages.

Reading clears the reader's unread count and, once nothing of a business is unread, the contact's unread replies.
"""

from collections.abc import Sequence
from datetime import datetime

from rejoinder.chat.model import Marks, Participant, ThreadChange
from rejoinder.chat.receipts import rules, store
from rejoinder.chat.receipts.events import ReceiptMoved
from rejoinder.chat.receipts.model import Mark, Reach
from rejoinder.chat.threads import commands as threads
from rejoinder.chat.threads.model import MailboxMove, Place, Seat, ThreadKey
from rejoinder.db.transaction import Tx
from rejoinder.people.contacts import commands as contacts
from rejoinder.units.clock import Clock

list_marks_of_threads = store.list_marks_of_threads


async def move_many(tx: Tx, marks: Sequence[Mark], clock: Clock) -> list[ThreadChange]:
    """Move marks; those that say nothing new, or whose thread is not theirs, change nothing. Return what changed."""
    newest = rules.furthest(marks)
    places = await threads.find_places(tx, [Seat(mark.participant, mark.thread_id) for mark in newest])
    found = [
        (mark, place) for mark in newest if (place := places.get(Seat(mark.participant, mark.thread_id))) is not None
    ]
    if not found:
        return []
    keys = [ThreadKey(place.home, mark.thread_id) for mark, place in found]
    read_contacts = sorted(
        {_contact(mark, place) for mark, place in found if mark.read and place.other.kind == "business"}
    )
    if read_contacts:
        await contacts.lock_contacts(tx, read_contacts)
    await threads.lock_threads(tx, keys)
    reaches = await store.read_reaches(tx, list(zip((mark for mark, _ in found), keys, strict=True)))
    return await _move(tx, found, reaches, clock.now())


def _contact(mark: Mark, place: Place) -> tuple[int, int]:
    return mark.participant.id, place.other.id


async def _move(tx: Tx, found: list[tuple[Mark, Place]], reaches: list[Reach], at: datetime) -> list[ThreadChange]:
    changes: dict[ThreadKey, ThreadChange] = {}
    moved: list[tuple[ThreadKey, Marks, int]] = []
    moves: dict[tuple[int, int], MailboxMove] = {}
    events, read_contacts = [], []
    for (mark, place), reach in zip(found, reaches, strict=True):
        delivered, read = rules.reached(mark, reach)
        is_new = (delivered, read) != (reach.delivered_position, reach.read_position)
        is_clearing = reach.mailbox_unread not in {None, reach.unread_left}
        if reach.has_left or not (is_new or is_clearing):
            continue
        seat = (mark.participant.id, mark.thread_id)
        if mark.participant.kind == "person":
            moves[seat] = MailboxMove(*seat, unread_left=reach.unread_left)
            if place.other.kind == "business" and mark.read and reach.unread_left == 0:
                read_contacts.append(_contact(mark, place))
        if not (is_new and rules.is_shown(reach)):
            continue
        key = ThreadKey(place.home, mark.thread_id)
        audience: dict[Participant, int | None] = {mark.participant: None, place.other: None}
        change = changes.setdefault(key, ThreadChange(*key, reach.last_change, reach.last_change, audience))
        change.to_change += 1
        marks = Marks(mark.participant, delivered, read)
        change.marks.append(marks)
        moved.append((key, marks, change.to_change))
        events.append(_event(change, marks, place.other, at))
    if moved:
        await store.move_marks(tx, moved)
    if read_contacts:
        await contacts.note_read(tx, sorted(read_contacts))
    await threads.tell_mailboxes(tx, changes.values(), moves)
    await tx.publish(events, at=at)
    return list(changes.values())


def _event(change: ThreadChange, marks: Marks, other: Participant, at: datetime) -> ReceiptMoved:
    return ReceiptMoved(
        home=change.home,
        thread_id=change.thread_id,
        kind=marks.participant.kind,
        id=marks.participant.id,
        other_kind=other.kind,
        other_id=other.id,
        delivered_position=marks.delivered_position,
        read_position=marks.read_position,
        at=at,
    )
