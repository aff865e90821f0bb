"""Make and change doors, and open the thread behind one: contact and thread in one transaction.

Opening writes which door it was and what its prefilled text is, so that the message which follows is attributed, and a
prefilled text sent unchanged counts as a tap. It makes nobody eligible for anything.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from rejoinder.business.entry_points import rules, store
from rejoinder.business.entry_points.model import (
    ENTRY_POINTS_MAX,
    DoorChanges,
    EntryPoint,
    EntryPointMissing,
    Kind,
    Visit,
)
from rejoinder.business.profiles import commands as profiles
from rejoinder.business.profiles.model import TooManyHere
from rejoinder.chat.threads import commands as threads
from rejoinder.chat.threads.model import Opening as ThreadOpening
from rejoinder.db.transaction import Tx
from rejoinder.people.contacts import commands as contacts
from rejoinder.people.contacts.model import Contact, Opening
from rejoinder.people.contacts.rules import prefill_hash
from rejoinder.units.ids import new_code, new_id


async def create_entry_point(
    tx: Tx, business_id: int, kind: Kind, label: str, *, ref: str | None, prefill: str | None, at: datetime
) -> EntryPoint:
    """Make a door with a permanent code."""
    await profiles.lock_business(tx, business_id)
    if await store.count_entry_points(tx, business_id) >= ENTRY_POINTS_MAX:
        raise TooManyHere(f"A business has at most {ENTRY_POINTS_MAX} entry points.")
    door = EntryPoint(
        id=new_id(),
        code=new_code(),
        business_id=business_id,
        kind=kind,
        label=label,
        ref=ref,
        prefill=prefill,
        is_active=True,
        created_at=at,
    )
    await store.insert_entry_point(tx, door)
    return door


async def change_entry_point(tx: Tx, business_id: int, entry_point_id: int, changes: DoorChanges) -> EntryPoint:
    """Change what a door says, or close it; its code stays its own."""
    door = await get_own_entry_point(tx, business_id, entry_point_id)
    await store.set_entry_point(tx, door.id, changes)
    return replace(door, label=changes.label, ref=changes.ref, prefill=changes.prefill, is_active=changes.is_active)


async def get_own_entry_point(tx: Tx, business_id: int, entry_point_id: int) -> EntryPoint:
    """A business's door, locked for a change."""
    await store.lock_entry_point(tx, business_id, entry_point_id)
    door = await store.find_own_entry_point(tx, business_id, entry_point_id)
    if door is None:
        raise EntryPointMissing("There is no such entry point here.")
    return door


async def find_door(tx: Tx, code: str) -> EntryPoint | None:
    """The door with this code, open or closed."""
    asked = rules.code_of(code)
    return None if asked is None else await store.find_entry_point(tx, asked)


async def get_open_door(tx: Tx, code: str) -> EntryPoint:
    """The door with this code, unless it was closed."""
    door = await find_door(tx, code)
    if door is None or not door.is_active:
        raise EntryPointMissing("This link does not lead anywhere any more.")
    return door


async def get_handle_door(tx: Tx, business_id: int, at: datetime) -> EntryPoint:
    """The door that a business's handle is: made when it is first used, so that this way in is attributed too."""
    found = await store.find_handle_point(tx, business_id)
    if found is None:
        drawn = EntryPoint(new_id(), new_code(), business_id, "handle", "Handle", None, None, True, at)
        await store.insert_entry_point(tx, drawn)
        found = await store.find_handle_point(tx, business_id)
    assert found is not None, "whoever was faster has committed"  # noqa: S101
    if not found.is_active:
        raise EntryPointMissing("This business has closed this way in.")
    return found


async def open_threads(tx: Tx, visits: Sequence[Visit], at: datetime) -> list[Contact]:
    """Open contact and thread of each visit, in the order given; those that are there already stay as they are."""
    owners = await store.list_owners_of_businesses(tx, sorted({visit.door.business_id for visit in visits}))
    opened = await contacts.open_contacts(
        tx,
        [
            Opening(
                person_id=visit.person_id,
                business_id=visit.door.business_id,
                owner_id=owners[visit.door.business_id],
                thread_id=new_id(),
                entry_point_id=visit.door.id,
                prefill_hash=None if visit.door.prefill is None else prefill_hash(visit.door.prefill),
            )
            for visit in visits
        ],
    )
    wanted = {contact.thread_id: contact for contact in opened}
    await threads.open_business_threads(
        tx, [ThreadOpening(one.person_id, one.business_id, one.thread_id) for one in wanted.values()], at
    )
    return opened
