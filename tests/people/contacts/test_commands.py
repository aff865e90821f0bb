"""What each kind of message does to its contact, in one statement a batch; opening; who may send."""

from dataclasses import replace
from datetime import timedelta

import pytest

from rejoinder.db.transaction import Tx
from rejoinder.people.contacts import commands, rules
from rejoinder.people.contacts.model import Key, Note, NoteKind, Opening, Sender, SendRefusal, Standing
from rejoinder.people.protections.commands import read_facts
from rejoinder.people.protections.model import Candidate, Facts
from rejoinder.units.clock import FixedClock
from rejoinder.units.ids import new_id
from tests.support.contacts import make_contact
from tests.support.people import make_guest, make_person

HOUR = timedelta(hours=1)


async def standing_of(tx: Tx, key: Key) -> Standing:
    return (await commands.read_standings(tx, [key]))[key]


async def facts_of(tx: Tx, key: Key, clock: FixedClock) -> Facts:
    return (await read_facts(tx, [Candidate(*key)], clock.now()))[0]


def said(key: Key, kind: NoteKind, clock: FixedClock, *, position: int = 1, door: int | None = None) -> Note:
    by = Sender.BUSINESS if kind is NoteKind.SERVICE else Sender.PERSON
    return Note(*key, by, kind, position, door, clock.now())


@pytest.mark.parametrize("kind", [NoteKind.TYPED, NoteKind.FORM])
@pytest.mark.parametrize("make", [make_person, make_guest])
async def test_what_was_written_counts_with_message_kind_and_door(
    tx: Tx, clock: FixedClock, kind: NoteKind, make: object
) -> None:
    key = await make_contact(tx, person_id=await make(tx))  # type: ignore[operator]
    await commands.note_messages(tx, [said(key, kind, clock, position=3, door=77)])
    first = clock.now()
    clock.move(hours=1)
    await commands.note_messages(tx, [said(key, kind, clock, position=9, door=88)])
    facts = await facts_of(tx, key, clock)
    assert (facts.first_wrote_at, facts.first_wrote_kind, facts.first_wrote_position) == (first, kind, 3)
    assert (facts.last_wrote_at, facts.last_wrote_kind, facts.last_wrote_entry_point_id) == (clock.now(), kind, 88)


@pytest.mark.parametrize("kind", [NoteKind.TAPPED, NoteKind.STOP_WORD])
async def test_taps_and_stop_words_open_the_window_and_never_count(tx: Tx, clock: FixedClock, kind: NoteKind) -> None:
    key = await make_contact(tx)
    await commands.note_messages(tx, [said(key, kind, clock)])
    facts, standing = await facts_of(tx, key, clock), await standing_of(tx, key)
    assert (facts.first_wrote_at, facts.last_wrote_at, facts.waiting_since) == (None, None, None)
    assert facts.last_heard_at == facts.last_service_at == clock.now()
    assert standing.reply_window_ends_at == clock.now() + 24 * HOUR


async def test_opening_alone_is_nothing(tx: Tx, clock: FixedClock) -> None:
    facts = await facts_of(tx, await make_contact(tx, entry_point_id=5), clock)
    assert (facts.last_heard_at, facts.last_service_at, facts.first_wrote_at) == (None, None, None)


async def test_a_prefilled_text_sent_unchanged_is_a_tap(tx: Tx) -> None:
    key = await make_contact(tx, entry_point_id=5, prefill_hash=rules.prefill_hash("I'd like a table"))
    standing = await standing_of(tx, key)
    assert rules.kind_of_text(standing, " I'd like  a table ") is NoteKind.TAPPED
    assert rules.kind_of_text(standing, "\ufeffI'd like\u200b a table") is NoteKind.TAPPED, (
        "browsers cut such signs off"
    )
    assert rules.kind_of_text(standing, "I'd like a table for two") is NoteKind.TYPED


async def test_a_batch_folds_into_one_change_in_message_order(tx: Tx, clock: FixedClock) -> None:
    key, other = await make_contact(tx), await make_contact(tx)
    notes = [said(other, NoteKind.SERVICE, clock)]
    for position, kind in enumerate(
        [NoteKind.TYPED, NoteKind.SERVICE, NoteKind.SERVICE, NoteKind.TYPED, NoteKind.TAPPED, NoteKind.SERVICE], 1
    ):
        clock.move(minutes=1)
        notes.append(said(key, kind, clock, position=position))
    before = await standing_of(tx, key)
    await commands.note_messages(tx, notes)
    standing, facts = await standing_of(tx, key), await facts_of(tx, key, clock)
    assert standing.version == before.version + 1
    assert (standing.unanswered_count, standing.unread_reply_count) == (1, 3)
    assert facts.waiting_since is None
    assert facts.last_wrote_at == notes[4].at
    assert facts.first_wrote_at == notes[1].at
    await commands.note_read(tx, [key, other])
    assert [(await standing_of(tx, one)).unread_reply_count for one in (key, other)] == [0, 0]


async def test_one_by_one_or_in_a_batch_is_the_same(tx: Tx, clock: FixedClock) -> None:
    one, batch = await make_contact(tx), await make_contact(tx)
    kinds = [
        NoteKind.SERVICE,
        NoteKind.TYPED,
        NoteKind.TYPED,
        NoteKind.SERVICE,
        NoteKind.TAPPED,
        NoteKind.TYPED,
        NoteKind.STOP_WORD,
    ]
    for position, kind in enumerate(kinds, 1):
        clock.move(minutes=1)
        await commands.note_messages(tx, [said(one, kind, clock, position=position)])
    start = clock.now() - timedelta(minutes=len(kinds))
    notes = [
        replace(said(batch, kind, clock, position=position), at=start + timedelta(minutes=position))
        for position, kind in enumerate(kinds, 1)
    ]
    await commands.note_messages(tx, notes)
    alike = [
        replace(await facts_of(tx, key, clock), person_id=0, business_id=0, contact_version=0, owner_id=0, thread_id=0)
        for key in (one, batch)
    ]
    assert alike[0] == alike[1]


async def test_a_message_of_a_contact_that_is_not_open_is_a_programmers_error(tx: Tx, clock: FixedClock) -> None:
    with pytest.raises(AssertionError):
        await commands.note_messages(tx, [said((new_id(), new_id()), NoteKind.TYPED, clock)])


async def test_opening_again_keeps_the_thread_and_remembers_the_door(tx: Tx) -> None:
    person_id, business_id, thread_id = await make_person(tx), new_id(), new_id()
    opening = Opening(person_id, business_id, new_id(), thread_id)
    again = replace(opening, thread_id=new_id(), entry_point_id=6)
    first, second = await commands.open_contacts(tx, [opening, again])
    assert first == second
    assert first.thread_id == thread_id
    assert (await standing_of(tx, (person_id, business_id))).opened_entry_point_id == 6


@pytest.mark.parametrize(
    ("change", "by", "refusal"),
    [
        ({}, Sender.BUSINESS, None),
        ({"reply_window_ends_at": None}, Sender.BUSINESS, SendRefusal.WINDOW_CLOSED),
        ({"reply_window_ends_at": 0}, Sender.BUSINESS, SendRefusal.WINDOW_CLOSED),
        ({"unanswered_count": 4}, Sender.BUSINESS, None),
        ({"unanswered_count": 5}, Sender.BUSINESS, SendRefusal.UNANSWERED),
        ({"blocked_at": 0}, Sender.BUSINESS, SendRefusal.BLOCKED),
        ({"blocked_by_business_at": 0}, Sender.BUSINESS, SendRefusal.BLOCKED_OTHER),
        ({"reply_window_ends_at": None, "unanswered_count": 9}, Sender.PERSON, None),
        ({"blocked_at": 0}, Sender.PERSON, SendRefusal.BLOCKED_OTHER),
        ({"blocked_by_business_at": 0}, Sender.PERSON, SendRefusal.BLOCKED),
        ({"ads_stopped_at": 0}, Sender.BUSINESS, None),
    ],
)
async def test_who_may_send(
    tx: Tx, clock: FixedClock, change: dict[str, object], by: Sender, refusal: SendRefusal | None
) -> None:
    key = await make_contact(tx)
    await commands.note_messages(tx, [said(key, NoteKind.TYPED, clock)])
    values = {name: clock.now() if value == 0 and name.endswith("_at") else value for name, value in change.items()}
    standing = replace(await standing_of(tx, key), **values)  # type: ignore[arg-type]
    assert rules.refusal_to_send(standing, by, clock.now()) is refusal
