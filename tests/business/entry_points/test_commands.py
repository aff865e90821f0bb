"""Doors on a real Postgres: what opening writes, one test per way in, and that it makes nobody eligible."""

import asyncio
from typing import Any

import pytest

from rejoinder.business.entry_points import commands
from rejoinder.business.entry_points.model import DoorChanges, EntryPoint, EntryPointMissing, Visit
from rejoinder.chat.messages import commands as messages
from rejoinder.chat.messages.model import Accepted, Draft
from rejoinder.chat.model import GetStarted, Participant, QuickReply, SendableBody, Text
from rejoinder.db.transaction import Database, Tx
from rejoinder.people.contacts.model import Contact
from rejoinder.units.clock import FixedClock
from rejoinder.units.ids import new_code
from tests.support.business import make_business, make_door, open_thread
from tests.support.people import make_guest, make_people, make_person

COLUMNS = """opened_entry_point_id, first_wrote_kind, first_wrote_entry_point_id, last_wrote_kind, last_wrote_entry_point_id,
             reply_window_ends_at IS NOT NULL AS is_window_open"""


async def contact_row(tx: Tx, contact: Contact) -> dict[str, Any]:
    row = await tx.connection.fetchrow(
        f"SELECT {COLUMNS} FROM people.contact WHERE person_id = $1 AND business_id = $2",  # noqa: S608  a constant
        contact.person_id,
        contact.business_id,
    )
    assert row is not None
    return dict(row)


async def say(tx: Tx, contact: Contact, body: SendableBody, clock: FixedClock) -> None:
    draft = Draft(Participant("person", contact.person_id), contact.thread_id, new_code(), body)
    (verdict,) = await messages.append_many(tx, [draft], clock)
    assert isinstance(verdict, Accepted)


async def test_opening_writes_contact_and_thread_and_makes_nobody_eligible(tx: Tx, clock: FixedClock) -> None:
    business, person_id = await make_business(tx), await make_person(tx)
    door = await make_door(tx, business.id)
    contact = await open_thread(tx, person_id, door, at=clock.now())
    assert contact.owner_id == business.owner_id
    assert await contact_row(tx, contact) == {
        "opened_entry_point_id": door.id,
        "first_wrote_kind": None,
        "first_wrote_entry_point_id": None,
        "last_wrote_kind": None,
        "last_wrote_entry_point_id": None,
        "is_window_open": False,
    }
    home = await tx.connection.fetchval("SELECT home FROM chat.thread WHERE id = $1", contact.thread_id)
    assert home == person_id


async def test_a_typed_message_is_attributed_to_the_door(tx: Tx, clock: FixedClock) -> None:
    business, person_id = await make_business(tx), await make_person(tx)
    door = await make_door(tx, business.id)
    contact = await open_thread(tx, person_id, door)
    await say(tx, contact, Text("Do you have oolong?"), clock)
    row = await contact_row(tx, contact)
    assert (row["first_wrote_kind"], row["first_wrote_entry_point_id"]) == ("typed", door.id)


async def test_a_prefilled_text_sent_unchanged_is_a_tap(tx: Tx, clock: FixedClock) -> None:
    business, person_id = await make_business(tx), await make_person(tx)
    contact = await open_thread(tx, person_id, await make_door(tx, business.id, prefill="I saw your window"))
    await say(tx, contact, Text("I saw your window"), clock)
    row = await contact_row(tx, contact)
    assert (row["first_wrote_kind"], row["is_window_open"]) == (None, True)


@pytest.mark.parametrize("later", [None, "Something else"])
async def test_a_prefilled_text_is_a_tap_also_after_another_door(tx: Tx, clock: FixedClock, later: str | None) -> None:
    business, person_id = await make_business(tx), await make_person(tx)
    for prefill in ("I saw your window", later, later):
        contact = await open_thread(tx, person_id, await make_door(tx, business.id, prefill=prefill))
    await say(tx, contact, Text("I saw your window"), clock)
    assert (await contact_row(tx, contact))["first_wrote_kind"] is None
    await say(tx, contact, Text("And it is lovely"), clock)
    assert (await contact_row(tx, contact))["first_wrote_kind"] == "typed"


async def test_a_prefilled_text_that_was_changed_is_typed(tx: Tx, clock: FixedClock) -> None:
    business, person_id = await make_business(tx), await make_person(tx)
    door = await make_door(tx, business.id, prefill="I saw your window")
    contact = await open_thread(tx, person_id, door)
    await say(tx, contact, Text("I saw your window, are you open on Sunday?"), clock)
    row = await contact_row(tx, contact)
    assert (row["first_wrote_kind"], row["first_wrote_entry_point_id"]) == ("typed", door.id)


@pytest.mark.parametrize("body", [GetStarted("Get started", "START"), QuickReply("Opening hours", "HOURS")])
async def test_a_tap_opens_the_reply_window_and_nothing_else(tx: Tx, clock: FixedClock, body: SendableBody) -> None:
    business, person_id = await make_business(tx), await make_person(tx)
    contact = await open_thread(tx, person_id, await make_door(tx, business.id))
    await say(tx, contact, body, clock)
    row = await contact_row(tx, contact)
    assert (row["first_wrote_kind"], row["last_wrote_kind"], row["is_window_open"]) == (None, None, True)


async def test_the_handle_is_a_door_of_its_own(tx: Tx, clock: FixedClock) -> None:
    business, person_id = await make_business(tx), await make_person(tx)
    door = await commands.get_handle_door(tx, business.id, clock.now())
    assert (door.kind, await commands.get_handle_door(tx, business.id, clock.now())) == ("handle", door)
    contact = await open_thread(tx, person_id, door)
    await say(tx, contact, Text("Found you by name"), clock)
    assert (await contact_row(tx, contact))["first_wrote_entry_point_id"] == door.id


async def test_a_second_door_keeps_the_thread_and_gets_the_next_message(tx: Tx, clock: FixedClock) -> None:
    business, person_id = await make_business(tx), await make_person(tx)
    counter, flyer = await make_door(tx, business.id), await make_door(tx, business.id, label="Flyer", kind="link")
    first = await open_thread(tx, person_id, counter)
    await say(tx, first, Text("Do you have oolong?"), clock)
    second = await open_thread(tx, person_id, flyer)
    await say(tx, second, Text("And sencha?"), clock)
    assert second == first
    row = await contact_row(tx, second)
    assert (row["first_wrote_entry_point_id"], row["last_wrote_entry_point_id"]) == (counter.id, flyer.id)


async def test_a_guest_opens_a_thread_and_writes(tx: Tx, clock: FixedClock) -> None:
    business, guest = await make_business(tx), await make_guest(tx)
    door = await make_door(tx, business.id)
    contact = await open_thread(tx, guest, door)
    await say(tx, contact, Text("Do you have oolong?"), clock)
    assert (await contact_row(tx, contact))["first_wrote_entry_point_id"] == door.id


async def test_a_batch_opens_all_in_its_order(tx: Tx, clock: FixedClock) -> None:
    doors = [await make_door(tx, (await make_business(tx)).id) for _ in range(2)]
    people = await make_people(tx, 5)
    visits = [Visit(person_id, door) for person_id in people for door in doors]
    opened = await commands.open_threads(tx, [*visits, visits[0]], clock.now())
    assert [(one.person_id, one.business_id) for one in opened[:-1]] == [
        (visit.person_id, visit.door.business_id) for visit in visits
    ]
    assert opened[-1] == opened[0]
    assert len({one.thread_id for one in opened}) == len(visits)


async def test_one_who_opens_twice_at_once_has_one_thread(database: Database, clock: FixedClock) -> None:
    business, person_id = await make_business(database), await make_person(database)
    door = await make_door(database, business.id)
    opened = await asyncio.gather(*(open_thread(database, person_id, door, at=clock.now()) for _ in range(6)))
    assert len({contact.thread_id for contact in opened}) == 1
    async with database.transaction() as tx:
        threads = "SELECT count(*) FROM chat.participant WHERE kind = 'business' AND id = $1"
        assert await tx.connection.fetchval(threads, business.id) == 1


async def test_a_closed_door_leads_nowhere_and_its_code_stays(tx: Tx) -> None:
    business = await make_business(tx)
    door = await make_door(tx, business.id)
    closed = DoorChanges(label="Old counter", ref="x", prefill="Hello", is_active=False)
    changed = await commands.change_entry_point(tx, business.id, door.id, closed)
    assert changed == EntryPoint(
        door.id, door.code, business.id, "qr", "Old counter", "x", "Hello", False, door.created_at
    )
    with pytest.raises(EntryPointMissing):
        await commands.get_open_door(tx, door.code)


async def test_somebody_elses_door_is_missing(tx: Tx) -> None:
    business, other = await make_business(tx), await make_business(tx)
    door = await make_door(tx, business.id)
    closed = DoorChanges(label="Mine", ref=None, prefill=None, is_active=False)
    with pytest.raises(EntryPointMissing):
        await commands.change_entry_point(tx, other.id, door.id, closed)
    assert (await commands.get_open_door(tx, door.code)).label == "Counter"
