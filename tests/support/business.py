"""Builders of businesses: a verified owner, a handle, a door. What is made here went through the commands."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from rejoinder.business.entry_points import commands as entry_points
from rejoinder.business.entry_points.model import EntryPoint, Visit
from rejoinder.business.profiles import commands as profiles
from rejoinder.business.profiles.model import BusinessDraft, OwnerDraft, Role
from rejoinder.business.team import commands as team
from rejoinder.db.transaction import Database, Tx
from rejoinder.people.contacts.model import Contact
from rejoinder.units.ids import new_code
from tests.support.people import CREATED_AT, make_person

T = TypeVar("T")
Where = Tx | Database


@dataclass(frozen=True, slots=True)
class MadeBusiness:
    """A business and who stands behind it; `owner_person_id` registered the owner and holds the owner's role."""

    id: int
    owner_id: int
    owner_person_id: int
    handle: str


def owner_draft(**overrides: Any) -> OwnerDraft:
    """A tea company in Hamburg."""
    tea = {
        "name": "Tea House GmbH",
        "address": "Hafenstr. 1, 20459 Hamburg",
        "country": "DE",
        "contact_email": "office@tea.example",
        "register_number": "HRB 1234",
    }
    return OwnerDraft(**{**tea, **overrides})


def business_draft(owner_id: int, **overrides: Any) -> BusinessDraft:
    """A tea house with a handle of its own, greeting, Get started and quick replies."""
    house: dict[str, Any] = {
        "name": "Tea House",
        "handle": f"tea-{new_code()}",
        "about": "Teas from small gardens.",
        "greeting": "Welcome! Ask us anything about tea.",
        "get_started": {"title": "Get started", "payload": "START"},
        "quick_replies": ({"title": "Opening hours", "payload": "HOURS"},),
    }
    return BusinessDraft(owner_id=owner_id, **{**house, **overrides})


async def make_business(
    where: Where,
    *,
    at: datetime = CREATED_AT,
    is_verified: bool = True,
    owner_person_id: int | None = None,
    **overrides: Any,
) -> MadeBusiness:
    """A business of a new owner; `overrides` change the draft."""

    async def work(tx: Tx) -> MadeBusiness:
        person_id = owner_person_id or await make_person(tx, at=at, name="Olga Owner")
        owner_id = await profiles.register_owner(tx, owner_draft(), person_id=person_id, at=at)
        if is_verified:
            await profiles.decide_owner(tx, owner_id, "verified", reason=None, operator_id=person_id, at=at)
        draft = business_draft(owner_id, **overrides)
        business_id = await profiles.create_business(tx, draft, person_id=person_id, at=at)
        return MadeBusiness(business_id, owner_id, person_id, draft.handle)

    return await _in(where, work)


async def make_member(where: Where, business_id: int, role: Role, *, at: datetime = CREATED_AT, **person: Any) -> int:
    """A new person with a role in the business; return their id."""

    async def work(tx: Tx) -> int:
        person_id = await make_person(tx, at=at, **{"name": f"Andy {role.title()}", **person})
        await profiles.add_member(tx, business_id, person_id, role, at=at)
        return person_id

    return await _in(where, work)


async def make_door(where: Where, business_id: int, *, at: datetime = CREATED_AT, **overrides: Any) -> EntryPoint:
    """An entry point: a QR code on the counter unless told otherwise."""
    door: dict[str, Any] = {"kind": "qr", "label": "Counter", "ref": None, "prefill": None, **overrides}
    return await _in(where, lambda tx: entry_points.create_entry_point(tx, business_id, at=at, **door))


async def open_thread(where: Where, person_id: int, door: EntryPoint, *, at: datetime = CREATED_AT) -> Contact:
    """The person goes through the door."""

    async def work(tx: Tx) -> Contact:
        return (await entry_points.open_threads(tx, [Visit(person_id, door)], at))[0]

    return await _in(where, work)


async def make_token(where: Where, business_id: int, person_id: int, *, at: datetime = CREATED_AT) -> str:
    """A program's bearer token."""

    async def work(tx: Tx) -> str:
        _, secret = await team.create_token(tx, business_id, "Bot", created_by=person_id, at=at)
        return secret

    return await _in(where, work)


async def _in(where: Where, work: Callable[[Tx], Awaitable[T]]) -> T:
    return await where.run(work) if isinstance(where, Database) else await work(where)
