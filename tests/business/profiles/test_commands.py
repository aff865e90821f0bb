"""Owners and businesses on a real Postgres: what is written, published and refused."""

from typing import Any

import pytest

from rejoinder.business.profiles import commands
from rejoinder.business.profiles.events import OwnerDecided
from rejoinder.business.profiles.model import (
    BUSINESSES_PER_OWNER_MAX,
    OWNERS_PER_PERSON_MAX,
    BusinessMissing,
    DecisionRefused,
    OwnerMissing,
    OwnerSuspended,
    OwnerUnverified,
    ProfileChanged,
    ProfileChanges,
    ReasonNeeded,
    RoleLacking,
    TooManyHere,
)
from rejoinder.business.profiles.rules import MANAGERS, SPEAKERS
from rejoinder.db.transaction import Tx
from rejoinder.people.identity import commands as identity
from rejoinder.people.identity.model import HandleTaken
from rejoinder.units.clock import FixedClock
from rejoinder.units.ids import new_code
from rejoinder.wire.auth import Viewer
from tests.support.business import business_draft, make_business, make_member, owner_draft
from tests.support.people import make_person


def changes(**overrides: Any) -> ProfileChanges:
    profile: dict[str, Any] = {
        "name": "Tea Palace",
        "about": "",
        "hue": 20,
        "greeting": "Hello",
        "get_started": None,
        "quick_replies": [],
    }
    return ProfileChanges(**{**profile, **overrides})


async def face_of(tx: Tx, business_id: int) -> dict[str, Any]:
    row = await tx.connection.fetchrow(
        "SELECT name, hue, handle, is_verified FROM people.face_card WHERE kind = 'business' AND id = $1", business_id
    )
    assert row is not None
    return dict(row)


async def told(tx: Tx, topic: str) -> list[Any]:
    rows = await tx.connection.fetch("SELECT payload FROM db.outbox WHERE topic = $1 ORDER BY xid, id", topic)
    return [row["payload"] for row in rows]


async def test_an_owner_waits_until_the_operator_decides(tx: Tx, clock: FixedClock) -> None:
    person_id, operator_id = await make_person(tx), await make_person(tx, is_operator=True)
    owner_id = await commands.register_owner(tx, owner_draft(), person_id=person_id, at=clock.now())
    assert (await commands.get_owner(tx, owner_id)).state == "waiting"
    owner = await commands.decide_owner(
        tx, owner_id, "refused", reason="The register number is not known.", operator_id=operator_id, at=clock.now()
    )
    assert (owner.state, owner.decision_reason) == ("refused", "The register number is not known.")
    assert [event["state"] for event in await told(tx, OwnerDecided.topic) if event["owner_id"] == owner_id] == [
        "refused"
    ]


async def test_a_no_needs_a_reason_and_a_decision_follows_from_the_state(tx: Tx, clock: FixedClock) -> None:
    business = await make_business(tx)
    decide: dict[str, Any] = {"operator_id": 1, "at": clock.now()}
    with pytest.raises(ReasonNeeded):
        await commands.decide_owner(tx, business.owner_id, "suspended", reason=None, **decide)
    with pytest.raises(DecisionRefused):
        await commands.decide_owner(tx, business.owner_id, "verified", reason=None, **decide)
    with pytest.raises(OwnerMissing):
        await commands.decide_owner(tx, 1, "verified", reason=None, **decide)


async def test_verification_shows_on_every_business_of_the_owner(tx: Tx, clock: FixedClock) -> None:
    business = await make_business(tx, is_verified=False)
    second = await commands.create_business(
        tx, business_draft(business.owner_id), person_id=business.owner_person_id, at=clock.now()
    )
    assert not (await face_of(tx, business.id))["is_verified"]
    await commands.decide_owner(tx, business.owner_id, "verified", reason=None, operator_id=1, at=clock.now())
    assert (await face_of(tx, business.id))["is_verified"]
    assert (await face_of(tx, second))["is_verified"]
    await commands.decide_owner(tx, business.owner_id, "suspended", reason="Fraud.", operator_id=1, at=clock.now())
    assert not (await face_of(tx, second))["is_verified"]


async def test_correcting_a_verified_owner_puts_it_back_in_the_queue(tx: Tx, clock: FixedClock) -> None:
    business = await make_business(tx)
    draft = owner_draft(name="Tea Empire GmbH")
    await commands.amend_owner(tx, business.owner_id, draft, person_id=business.owner_person_id, at=clock.now())
    owner = await commands.get_owner(tx, business.owner_id)
    assert (owner.name, owner.state, owner.decided_at) == ("Tea Empire GmbH", "waiting", None)
    assert not (await face_of(tx, business.id))["is_verified"]


async def test_nobody_corrects_another_persons_owner_and_no_suspended_one(tx: Tx, clock: FixedClock) -> None:
    business, stranger = await make_business(tx), await make_person(tx)
    with pytest.raises(OwnerMissing):
        await commands.amend_owner(tx, business.owner_id, owner_draft(), person_id=stranger, at=clock.now())
    await commands.decide_owner(tx, business.owner_id, "suspended", reason="Fraud.", operator_id=1, at=clock.now())
    with pytest.raises(OwnerSuspended):
        await commands.amend_owner(
            tx, business.owner_id, owner_draft(), person_id=business.owner_person_id, at=clock.now()
        )
    with pytest.raises(OwnerSuspended):
        await commands.create_business(
            tx, business_draft(business.owner_id), person_id=business.owner_person_id, at=clock.now()
        )


async def test_owners_per_person_and_businesses_per_owner_are_bounded(tx: Tx, clock: FixedClock) -> None:
    person_id = await make_person(tx)
    for _ in range(OWNERS_PER_PERSON_MAX):
        owner_id = await commands.register_owner(tx, owner_draft(), person_id=person_id, at=clock.now())
    with pytest.raises(TooManyHere):
        await commands.register_owner(tx, owner_draft(), person_id=person_id, at=clock.now())
    for _ in range(BUSINESSES_PER_OWNER_MAX):
        await commands.create_business(tx, business_draft(owner_id), person_id=person_id, at=clock.now())
    with pytest.raises(TooManyHere):
        await commands.create_business(tx, business_draft(owner_id), person_id=person_id, at=clock.now())


async def test_a_business_has_face_handle_profile_and_an_owner_on_its_team(tx: Tx) -> None:
    business = await make_business(tx, hue=33)
    assert await face_of(tx, business.id) == {
        "name": "Tea House",
        "hue": 33,
        "handle": business.handle,
        "is_verified": True,
    }
    profile = await commands.get_profile(tx, business.id)
    assert profile.get_started == {"title": "Get started", "payload": "START"}
    assert profile.quick_replies == [{"title": "Opening hours", "payload": "HOURS"}]
    assert await commands.list_roles(tx, business.id, business.owner_person_id) == ["owner"]
    marks = "SELECT count(*) FROM people.team_member WHERE person_id = $1 AND business_id = $2"
    assert await tx.connection.fetchval(marks, business.owner_person_id, business.id) == 1


async def test_a_taken_handle_makes_no_business(tx: Tx, clock: FixedClock) -> None:
    business = await make_business(tx)
    with pytest.raises(HandleTaken):
        await commands.create_business(
            tx,
            business_draft(business.owner_id, handle=business.handle),
            person_id=business.owner_person_id,
            at=clock.now(),
        )


async def test_a_new_handle_leaves_the_old_one_leading_here(tx: Tx, clock: FixedClock) -> None:
    business, handle = await make_business(tx), f"palace-{new_code()}"
    profile = await commands.update_profile(
        tx, business.id, changes(), handle=f"@{handle.upper()}", version=1, at=clock.now()
    )
    assert (profile.handle, profile.version, profile.name) == (handle, 2, "Tea Palace")
    assert (await commands.get_profile_by_handle(tx, business.handle)).id == business.id
    assert (await face_of(tx, business.id))["name"] == "Tea Palace"


async def test_a_change_made_on_an_old_profile_is_refused(tx: Tx, clock: FixedClock) -> None:
    business = await make_business(tx)
    await commands.update_profile(tx, business.id, changes(), handle=None, version=1, at=clock.now())
    with pytest.raises(ProfileChanged):
        await commands.update_profile(tx, business.id, changes(name="Mine"), handle=None, version=1, at=clock.now())
    assert (await commands.get_profile(tx, business.id)).name == "Tea Palace"


async def test_a_persons_handle_is_no_business(tx: Tx, clock: FixedClock) -> None:
    person_id, handle = await make_person(tx), f"ada-{new_code()}"
    await identity.give_handle(tx, "person", person_id, handle, clock.now())
    with pytest.raises(BusinessMissing):
        await commands.get_profile_by_handle(tx, handle)


@pytest.mark.parametrize(
    ("role", "may_manage", "may_speak"), [("owner", True, True), ("agent", False, True), ("advertiser", False, False)]
)
async def test_what_each_role_may_do(tx: Tx, role: Any, may_manage: bool, may_speak: bool) -> None:  # noqa: FBT001
    business = await make_business(tx)
    person_id = await make_member(tx, business.id, role)
    for roles, may in ((MANAGERS, may_manage), (SPEAKERS, may_speak)):
        if may:
            await commands.require_role(tx, business.id, person_id, roles)
        else:
            with pytest.raises(RoleLacking):
                await commands.require_role(tx, business.id, person_id, roles)
    assert await commands.speaks_for(tx, Viewer(person_id, 1), business.id) is may_speak


async def test_a_stranger_learns_nothing_of_a_business(tx: Tx) -> None:
    business, stranger = await make_business(tx), await make_person(tx)
    with pytest.raises(BusinessMissing):
        await commands.require_role(tx, business.id, stranger, MANAGERS)
    assert not await commands.speaks_for(tx, Viewer(stranger, 1), business.id)


async def test_a_program_speaks_for_its_own_business_only(tx: Tx) -> None:
    business, other = await make_business(tx), await make_business(tx)
    program = Viewer(business.owner_person_id, 1, business_id=business.id)
    assert await commands.speaks_for(tx, program, business.id)
    assert not await commands.speaks_for(tx, program, other.id)
    with pytest.raises(BusinessMissing):
        await commands.require_speaker(tx, program, other.id)


async def test_an_unverified_owners_business_chats_but_does_not_advertise(tx: Tx, clock: FixedClock) -> None:
    business = await make_business(tx, is_verified=False)
    advertiser = await make_member(tx, business.id, "advertiser")
    with pytest.raises(OwnerUnverified):
        await commands.require_advertiser(tx, business.id, advertiser)
    assert await commands.speaks_for(tx, Viewer(business.owner_person_id, 1), business.id)
    await commands.decide_owner(tx, business.owner_id, "verified", reason=None, operator_id=1, at=clock.now())
    await commands.require_advertiser(tx, business.id, advertiser)
