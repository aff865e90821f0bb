"""Open threads, answer requests, and move mailboxes: the one way in which anybody's list of threads changes.

Locks: threads in key order, then mailbox counters in key order. Whoever holds a person's counter owns that person's mailbox
rows until commit, so these need no lock of their own and versions come to light in their order.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from rejoinder.chat.model import Participant, ThreadChange
from rejoinder.chat.threads import rules, store
from rejoinder.chat.threads.model import (
    MailboxMove,
    NoRequest,
    NotReachable,
    NotWithOneself,
    Opening,
    Place,
    Seat,
    ThreadKey,
    ThreadMissing,
)
from rejoinder.db.transaction import Tx
from rejoinder.units.ids import new_id

# Shared by readers of other packages of chat; a place never changes, so it may be kept between transactions.
find_places = store.find_places
list_mailbox_versions = store.list_mailbox_versions


async def lock_threads(tx: Tx, keys: Iterable[ThreadKey], *, is_skipping: bool = False) -> set[ThreadKey]:
    """Lock in key order and return those held. Skipping passes over threads that somebody else holds."""
    wanted = sorted(set(keys))
    return await store.lock_threads(tx, wanted, is_skipping=is_skipping) if wanted else set()


async def move_mailboxes(tx: Tx, moves: Sequence[MailboxMove]) -> dict[tuple[int, int], int]:
    """Apply at most one move per (person, thread), in threads that are locked; return the new versions.

    Every move takes a version of its own, so that a device which misses one hint notices the gap.
    """
    if not moves:
        return {}
    later = Counter[int]()
    for move in sorted(moves, key=lambda move: move.thread_id, reverse=True):
        move.later = later[move.person_id]
        later[move.person_id] += 1
    return await store.move_mailboxes(tx, moves)


async def tell_mailboxes(
    tx: Tx, changes: Iterable[ThreadChange], moves: Mapping[tuple[int, int], MailboxMove] | None = None
) -> None:
    """Move the mailboxes of everybody in changed threads, noting the new versions in the changes, and apply other moves."""
    changed, wanted = list(changes), dict(moves or {})
    for change in changed:
        for participant in change.audience:
            if participant.kind == "person":
                at = (participant.id, change.thread_id)
                wanted.setdefault(at, MailboxMove(*at))
    versions = await move_mailboxes(tx, list(wanted.values()))
    for change in changed:
        for participant in change.audience:
            if participant.kind == "person":
                change.audience[participant] = versions[participant.id, change.thread_id]


async def open_business_threads(tx: Tx, openings: Sequence[Opening], at: datetime) -> None:
    """Make the threads of people with businesses that are missing; they stay unlisted until somebody writes."""
    keys = [ThreadKey(opening.person_id, opening.thread_id) for opening in openings]
    await store.insert_threads(tx, keys, kind="business", at=at)
    seats = [
        (key, participant)
        for key, opening in zip(keys, openings, strict=True)
        for participant in (Participant("person", opening.person_id), Participant("business", opening.business_id))
    ]
    await store.insert_participants(tx, seats)
    new = await store.insert_mailboxes(tx, [(key.home, key, "chats") for key in keys])
    await move_mailboxes(tx, [MailboxMove(person_id, thread_id) for person_id, thread_id in sorted(new)])


async def open_direct(tx: Tx, person_id: int, other_id: int, at: datetime) -> int:
    """Find or make the one thread between two people; a new one lies in the other's requests.

    Opening a thread that one has refused earlier takes the refusal back.
    """
    if person_id == other_id:
        raise NotWithOneself("Choose somebody else: this is you.", field="handle")
    pair = (min(person_id, other_id), max(person_id, other_id))
    thread_id = await store.find_direct_thread(tx, pair=pair)
    if thread_id is None:
        facts = await store.read_first_contact(tx, person_id=person_id, other_id=other_id)
        if refusal := rules.refusal_to_open(facts, at=at):
            raise NotReachable(refusal, field="handle")
        thread_id = new_id()
        if await store.insert_direct_thread(tx, pair=pair, thread_id=thread_id):
            await _fill_direct(tx, thread_id, person_id=person_id, other_id=other_id, at=at)
            return thread_id
        thread_id = await store.find_direct_thread(tx, pair=pair)
        assert thread_id is not None  # noqa: S101  the pair that we waited for is committed
    await lock_threads(tx, [ThreadKey(thread_id, thread_id)])
    if await store.find_folder(tx, person_id=person_id, thread_id=thread_id) == "refused":
        await move_mailboxes(tx, [MailboxMove(person_id, thread_id, folder="chats")])
    return thread_id


async def _fill_direct(tx: Tx, thread_id: int, *, person_id: int, other_id: int, at: datetime) -> None:
    key = ThreadKey(thread_id, thread_id)
    await store.insert_threads(tx, [key], kind="direct", at=at)
    await store.insert_participants(
        tx, [(key, Participant("person", person_id)), (key, Participant("person", other_id))]
    )
    await store.insert_mailboxes(tx, [(person_id, key, "chats"), (other_id, key, "requests")])
    await move_mailboxes(tx, [MailboxMove(person_id, thread_id), MailboxMove(other_id, thread_id)])


async def accept(tx: Tx, person_id: int, thread_id: int) -> int:
    """Move a request to the chats; return the mailbox's new version."""
    return await _answer(tx, MailboxMove(person_id, thread_id, folder="chats"))


async def refuse(tx: Tx, person_id: int, thread_id: int, at: datetime) -> int:
    """Hide a request; nothing more reaches this person through the thread. Return the mailbox's new version."""
    return await _answer(tx, MailboxMove(person_id, thread_id, folder="refused", unread_left=0, removed_at=at))


async def _answer(tx: Tx, move: MailboxMove) -> int:
    place = await get_place(tx, Participant("person", move.person_id), move.thread_id)
    await lock_threads(tx, [ThreadKey(place.home, move.thread_id)])
    if await store.find_folder(tx, person_id=move.person_id, thread_id=move.thread_id) != "requests":
        raise NoRequest("There is no request here to answer.")
    return (await move_mailboxes(tx, [move]))[move.person_id, move.thread_id]


async def find_open_place(tx: Tx, participant: Participant, thread_id: int) -> Place | None:
    """Where a thread is in which the participant is heard: not while it lies in the other's requests or was refused."""
    place = (await store.find_places(tx, [Seat(participant, thread_id)])).get(Seat(participant, thread_id))
    if place is not None and place.other.kind == "person":
        folder = await store.find_folder(tx, person_id=place.other.id, thread_id=thread_id)
        return place if folder == "chats" else None
    return place


async def get_place(tx: Tx, participant: Participant, thread_id: int) -> Place:
    """Where a participant's thread lives; somebody else's thread is missing."""
    seat = Seat(participant, thread_id)
    place = (await store.find_places(tx, [seat])).get(seat)
    if place is None:
        raise ThreadMissing("There is no such chat.")
    return place
