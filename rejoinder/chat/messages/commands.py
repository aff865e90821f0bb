"""Append, edit and unsend messages; write adverts into threads and withdraw them.

Every command locks contacts, then threads, each in key order, and only then reads what it decides by: a later statement has
a fresh snapshot. Mailboxes move last. What a batch comes to is added up by `tally`, purely.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from msgspec.structs import replace

from rejoinder.chat.messages import rules, store
from rejoinder.chat.messages.events import MessageChanged, MessageSent
from rejoinder.chat.messages.model import (
    Draft,
    Facts,
    MessageMissing,
    MessageRef,
    MessageRow,
    NotEditable,
    Rejected,
    SponsoredDraft,
    StoredMessage,
    Taken,
    TextInvalid,
    Verdict,
)
from rejoinder.chat.messages.tally import Entry, Tally, contact_of
from rejoinder.chat.model import Body, Message, Participant, Text, ThreadChange, Unsent
from rejoinder.chat.threads import commands as threads
from rejoinder.chat.threads.model import MailboxMove, Place, Seat, ThreadKey
from rejoinder.chat.threads.rules import preview_text
from rejoinder.db.transaction import Tx
from rejoinder.people.contacts import commands as contacts
from rejoinder.people.contacts.model import NoteKind, Standing
from rejoinder.people.protections import commands as protections
from rejoinder.people.protections import stop_words
from rejoinder.people.protections.model import Actor
from rejoinder.units.clock import Clock

Places = dict[Seat, Place]

list_changes_of_threads = store.list_changes_of_threads


async def append_many(
    tx: Tx, drafts: Sequence[Draft], clock: Clock, *, is_skipping: bool = False, places: Places | None = None
) -> list[Verdict]:
    """Append a batch and give each draft its verdict, in order. Callers with one message send a batch of one.

    Skipping passes over contacts and threads that somebody holds; their drafts come back `Taken`, untouched. `places`
    may be kept between calls: where a thread lives never changes.
    """
    entries = [_entry(draft) for draft in drafts]
    await _find_places(tx, entries, {} if places is None else places)
    await _lock(tx, entries, is_skipping=is_skipping)
    tally = await _decide(tx, entries, clock)
    if tally.rows:
        await _write(tx, tally)
    return [entry.verdict or rules.MISSING for entry in entries]


def _entry(draft: Draft) -> Entry:
    body, payload_hash = rules.packed(draft.body)
    return Entry(draft, body, payload_hash, verdict=rules.refusal_of_body(draft.sender, draft.body))


def _open(entries: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.verdict is None]


async def _find_places(tx: Tx, entries: list[Entry], places: Places) -> None:
    wanted = {entry.seat for entry in _open(entries)}
    if missing := [seat for seat in wanted if seat not in places]:
        places.update(await threads.find_places(tx, missing))
    for entry in _open(entries):
        entry.place = places.get(entry.seat)
        if entry.place is None:
            entry.verdict = rules.MISSING


async def _lock(tx: Tx, entries: list[Entry], *, is_skipping: bool) -> None:
    keys = sorted({entry.contact for entry in _open(entries) if entry.contact})
    if keys:
        held = set(keys)
        if is_skipping:
            held = await contacts.lock_free_contacts(tx, keys)
        else:
            await contacts.lock_contacts(tx, keys)
        for entry in _open(entries):
            if entry.contact and entry.contact not in held:
                entry.verdict = Taken()
    free = await threads.lock_threads(tx, (entry.key for entry in _open(entries)), is_skipping=is_skipping)
    for entry in _open(entries):
        if entry.key not in free:
            entry.verdict = Taken()


async def _decide(tx: Tx, entries: list[Entry], clock: Clock) -> Tally:
    waiting = _open(entries)
    keys = sorted({entry.contact for entry in waiting if entry.contact})
    standings = await contacts.read_standings(tx, keys) if keys else {}
    if waiting:
        seats = [(entry.seat, entry.place, entry.draft.client_id) for entry in waiting if entry.place is not None]
        facts = await store.read_append_facts(tx, seats)
        for entry, found in zip(waiting, facts, strict=True):
            entry.facts = found
    tally = Tally(standings=standings, business_names=await _match_stop_words(tx, waiting), at=clock.now())
    for entry in waiting:
        entry.verdict = tally.give_verdict(entry)
    return tally


async def _match_stop_words(tx: Tx, entries: list[Entry]) -> dict[int, str]:
    """Mark what says stop, typed or on a button that the business named; return the names that the confirmations need."""
    names: dict[int, str] = {}
    for entry in entries:
        if entry.contact and entry.draft.sender.kind == "person":
            words = rules.headline_of(entry.draft.body)
            entry.stop = stop_words.match(words, (entry.facts and entry.facts.language) or "en")
            business_id = entry.contact[1]
            if entry.stop == "whole" and business_id not in names:
                names[business_id] = await store.find_business_name(tx, business_id=business_id)
    return names


async def _write(tx: Tx, tally: Tally) -> None:
    ends = {key: (tally.positions[key], change.to_change) for key, change in tally.changes.items()}
    await store.append_messages(tx, tally.rows, ends)
    for person_id, business_id in tally.stops:
        await protections.stop_ads(tx, person_id, business_id, actor=Actor.STOP_WORD, at=tally.at)
    for person_id, business_id in tally.pauses:
        await protections.pause_ads(tx, person_id, business_id, at=tally.at)
    await contacts.note_messages(tx, tally.notes)
    await threads.tell_mailboxes(tx, tally.changes.values(), tally.moves)
    stops = {
        (note.person_id, note.business_id, note.position) for note in tally.notes if note.kind is NoteKind.STOP_WORD
    }
    await tx.publish([_sent(row, tally.changes[row.key], stops) for row in tally.rows], at=tally.at)


def _other(change: ThreadChange, sender: Participant) -> Participant:
    return next(participant for participant in change.audience if participant != sender)


def _sent(row: MessageRow, change: ThreadChange, stops: AbstractSet[tuple[int, int, int]] = frozenset()) -> MessageSent:
    """`stops`: which messages were stop words, by person, business and position."""
    message, other = row.message, _other(change, row.message.sender)
    return MessageSent(
        home=change.home,
        thread_id=change.thread_id,
        position=message.position,
        change=message.change,
        sender_kind=message.sender.kind,
        sender_id=message.sender.id,
        other_kind=other.kind,
        other_id=other.id,
        agent_id=message.agent_id,
        body_type=rules.type_of(message.body),
        text=preview_text(rules.headline_of(message.body)),
        origin_ref=row.origin_ref,
        at=message.sent_at,
        is_stop_word=(message.sender.id, other.id, message.position) in stops,
    )


async def find_hearing(tx: Tx, by: Participant, thread_id: int, *, clock: Clock) -> Place | Rejected:
    """Where it is seen that somebody writes: wherever a message of theirs would be received now, but for a stranger's request."""
    place = await threads.find_open_place(tx, by, thread_id)
    if place is None:
        return rules.MISSING
    facts = (await store.read_append_facts(tx, [(Seat(by, thread_id), place, "")]))[0]
    contact = contact_of(by, place)
    standing = (await contacts.read_standings(tx, [contact])).get(contact) if contact else None
    return (
        rules.refusal_to_append(facts, at=clock.now())
        or rules.refusal_of_contact(standing, by, at=clock.now())
        or place
    )


async def edit(tx: Tx, by: Participant, thread_id: int, position: int, *, text: str, clock: Clock) -> ThreadChange:
    """Change the words of an own text message within 15 minutes; refused where a new message would not be received."""
    body = Text(text)
    if refusal := rules.refusal_of_body(by, body):
        raise TextInvalid(refusal.message, field="text")
    change, facts, stored, standing = await _take(tx, by, thread_id, position)
    at = clock.now()
    if problem := rules.refusal_to_edit(stored.message, facts, standing, by=by, at=at):
        raise NotEditable(problem)
    return await _replace(tx, change, stored, body, at=at)


async def unsend(tx: Tx, by: Participant, thread_id: int, position: int, *, clock: Clock) -> ThreadChange:
    """Take an own message back, at any time; its row stays, its words are gone."""
    change, _, stored, _ = await _take(tx, by, thread_id, position)
    if problem := rules.refusal_to_change(stored.message, by=by):
        raise NotEditable(problem)
    return await _replace(tx, change, stored, Unsent(), at=clock.now())


async def _take(
    tx: Tx, by: Participant, thread_id: int, position: int
) -> tuple[ThreadChange, Facts, StoredMessage, Standing | None]:
    """Lock the contact and the thread, then read a message and what is true of both."""
    place = await threads.get_place(tx, by, thread_id)
    contact = contact_of(by, place)
    if contact:
        await contacts.lock_contacts(tx, [contact])
    await threads.lock_threads(tx, [ThreadKey(place.home, thread_id)])
    facts = (await store.read_append_facts(tx, [(Seat(by, thread_id), place, "")]))[0]
    stored = await store.find_stored_message(tx, MessageRef(place.home, thread_id, position), place.other)
    if stored is None or facts.has_left:
        raise MessageMissing("There is no such message.")
    change = ThreadChange(
        place.home, thread_id, facts.last_change, facts.last_change + 1, {by: None, place.other: None}
    )
    standing = (await contacts.read_standings(tx, [contact])).get(contact) if contact else None
    return change, facts, stored, standing


async def _replace(tx: Tx, change: ThreadChange, stored: StoredMessage, body: Body, *, at: datetime) -> ThreadChange:
    """Put another body in a message's place. What is unsent before it was read is no longer unread."""
    old, is_unsent = stored.message, isinstance(body, Unsent)
    message = replace(old, body=body, change=change.to_change, edited_at=old.edited_at if is_unsent else at)
    ref = MessageRef(change.home, change.thread_id, old.position)
    await store.change_messages(tx, {ref: message}, at=at, is_unsent=is_unsent)
    change.messages.append(message)
    moves = {}
    other = _other(change, old.sender)
    if is_unsent and other.kind == "person" and old.position > stored.other_read_position:
        moves[other.id, change.thread_id] = MailboxMove(other.id, change.thread_id, unread_added=-1)
        if old.sender.kind == "business":
            await contacts.note_unsent(tx, (other.id, old.sender.id))
    await threads.tell_mailboxes(tx, [change], moves)
    await tx.publish([_changed(change, message, at)], at=at)
    return change


def _changed(change: ThreadChange, message: Message, at: datetime) -> MessageChanged:
    other = _other(change, message.sender)
    return MessageChanged(
        home=change.home,
        thread_id=change.thread_id,
        position=message.position,
        change=message.change,
        sender_kind=message.sender.kind,
        sender_id=message.sender.id,
        other_kind=other.kind,
        other_id=other.id,
        body_type=rules.type_of(message.body),
        text=preview_text(rules.headline_of(message.body)),
        at=at,
    )


async def append_sponsored(tx: Tx, drafts: Sequence[SponsoredDraft], at: datetime) -> list[int]:
    """Put adverts into their threads and return their positions, in the order of the drafts.

    The caller holds attention and contacts and has decided. Nothing ranks, nothing counts as unread: the mailbox only
    learns that there is an offer. After commit the caller hints at the persons (`realtime.hints`); businesses hear nothing.
    """
    keys = [ThreadKey(draft.person_id, draft.thread_id) for draft in drafts]
    await threads.lock_threads(tx, keys)
    ends = await store.read_thread_ends(tx, sorted(set(keys)))
    changes: dict[ThreadKey, ThreadChange] = {}
    rows = []
    for draft, key in zip(drafts, keys, strict=True):
        position, last_change = ends[key]
        ends[key] = (position + 1, last_change + 1)
        business = Participant("business", draft.business_id)
        person = Participant("person", draft.person_id)
        change = changes.setdefault(key, ThreadChange(*key, last_change, last_change, {person: None}))
        message = Message(position + 1, business, f"ad:{draft.origin_ref}", draft.body, last_change + 1, at)
        change.to_change = message.change
        change.messages.append(message)
        rows.append(MessageRow(key, message, *rules.packed(draft.body), draft.origin_ref))
    await store.append_messages(tx, rows, ends)
    moves = {(key.home, key.thread_id): MailboxMove(key.home, key.thread_id, sponsored_at=at) for key in changes}
    await threads.tell_mailboxes(tx, changes.values(), moves)
    await tx.publish([_sent(row, changes[row.key]) for row in rows], at=at)
    return [row.message.position for row in rows]


async def withdraw(tx: Tx, refs: Sequence[MessageRef], at: datetime) -> list[ThreadChange]:
    """Take adverts out of their threads; those already gone and anything that is no advert stay as they are.

    Only the person's devices hear of it: that somebody stopped, blocked or reported is not told to the business.
    """
    await threads.lock_threads(tx, (ThreadKey(ref.home, ref.thread_id) for ref in refs))
    changes: dict[ThreadKey, ThreadChange] = {}
    gone = {}
    for key, last_change, old in await store.list_sponsored_messages(tx, refs):
        person = Participant("person", key.home)
        change = changes.setdefault(key, ThreadChange(*key, last_change, last_change, {person: None}))
        change.to_change += 1
        message = replace(old, body=Unsent(is_sponsored=True), change=change.to_change)
        change.messages.append(message)
        gone[MessageRef(*key, old.position)] = message
    if gone:
        await store.change_messages(tx, gone, at=at, is_unsent=True)
        await threads.tell_mailboxes(tx, changes.values())
        told = [_changed(change, message, at) for change in changes.values() for message in change.messages]
        await tx.publish(told, at=at)
    return list(changes.values())
