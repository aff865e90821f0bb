"""Register and decide owners, make and change businesses, and ask who may act for one.

Every check of a role goes through `require_role`, `require_speaker` or `speaks_for`: a stranger to a business learns
nothing of it (Missing), a member without the role is told so (NotAllowed).
"""

from collections.abc import Collection
from datetime import datetime

from rejoinder.business.profiles import rules, store
from rejoinder.business.profiles.events import OwnerDecided
from rejoinder.business.profiles.model import (
    BUSINESSES_PER_OWNER_MAX,
    OWNERS_PER_PERSON_MAX,
    BusinessDraft,
    BusinessMissing,
    Decision,
    DecisionRefused,
    Owner,
    OwnerDraft,
    OwnerMissing,
    OwnerSuspended,
    OwnerUnverified,
    Profile,
    ProfileChanged,
    ProfileChanges,
    ReasonNeeded,
    Role,
    RoleLacking,
    TooManyHere,
)
from rejoinder.db.transaction import Tx
from rejoinder.people.identity import commands as identity
from rejoinder.people.identity import rules as identity_rules
from rejoinder.people.identity.model import BusinessFace, Holder
from rejoinder.people.protections import commands as protections
from rejoinder.units.ids import new_id
from rejoinder.wire.auth import Viewer

# Reads and locks that sibling packages share; a store is private to its package.
lock_business = store.lock_business
list_roles = store.list_roles
list_members = store.list_members
list_team_keys = store.list_team_keys
count_owners = store.count_owners_of_business


async def register_owner(tx: Tx, draft: OwnerDraft, *, person_id: int, at: datetime) -> int:
    """Put an owner in the operator's queue; return its id."""
    await store.lock_person_owners(tx, person_id)
    if len(await store.list_owners_of_person(tx, person_id)) >= OWNERS_PER_PERSON_MAX:
        raise TooManyHere(f"One person can register {OWNERS_PER_PERSON_MAX} owners; write to the operator for more.")
    owner_id = new_id()
    await store.insert_owner(tx, owner_id, draft, person_id=person_id, at=at)
    return owner_id


async def amend_owner(tx: Tx, owner_id: int, draft: OwnerDraft, *, person_id: int, at: datetime) -> None:
    """Correct an owner's details. What was verified is no longer what stands there, so the operator looks again."""
    await store.lock_owner(tx, owner_id)
    owner = await _owner_of(tx, owner_id, person_id)
    if owner.state == "suspended":
        raise OwnerSuspended("This owner is suspended; write to the operator.")
    await store.set_owner_details(tx, owner_id, draft)
    await _publish_owner_state(tx, owner_id)
    await tx.publish([OwnerDecided(owner_id=owner_id, state="waiting", at=at)], at=at)


async def decide_owner(
    tx: Tx, owner_id: int, decision: Decision, *, reason: str | None, operator_id: int, at: datetime
) -> Owner:
    """Verify, refuse or suspend an owner; a no has a reason, which the owner reads."""
    if rules.needs_reason(decision) and reason is None:
        raise ReasonNeeded("Say why, in words the owner can act on.", field="reason")
    await store.lock_owner(tx, owner_id)
    owner = await get_owner(tx, owner_id)
    if refusal := rules.refusal_to_decide(owner.state, decision):
        raise DecisionRefused(refusal)
    await store.set_owner_decision(tx, owner_id, decision, reason=reason, operator_id=operator_id, at=at)
    await _publish_owner_state(tx, owner_id)
    await tx.publish([OwnerDecided(owner_id, decision, at, operator_id, reason)], at=at)
    return await get_owner(tx, owner_id)


async def create_business(tx: Tx, draft: BusinessDraft, *, person_id: int, at: datetime) -> int:
    """Make a business of one's owner, with handle and face; whoever makes it holds the owner's role."""
    await store.lock_owner(tx, draft.owner_id)
    owner = await _owner_of(tx, draft.owner_id, person_id)
    if owner.state == "suspended":
        raise OwnerSuspended("This owner is suspended; write to the operator.")
    if await store.count_businesses_of_owner(tx, owner.id) >= BUSINESSES_PER_OWNER_MAX:
        raise TooManyHere(f"One owner can have {BUSINESSES_PER_OWNER_MAX} businesses; write to the operator for more.")
    business_id = new_id()
    hue = business_id % 360 if draft.hue is None else draft.hue
    await store.insert_business(tx, business_id, draft, hue=hue, at=at)
    face = BusinessFace(business_id, draft.name, hue, owner.state == "verified")
    await identity.publish_faces(tx, [face])
    await identity.give_handle(tx, "business", business_id, identity_rules.handle_of(draft.handle), at)
    await add_member(tx, business_id, person_id, "owner", at=at)
    return business_id


async def update_profile(
    tx: Tx, business_id: int, changes: ProfileChanges, *, handle: str | None, version: int, at: datetime
) -> Profile:
    """Replace the profile that the caller has seen (`version`), and the handle where one is given."""
    await store.lock_business(tx, business_id)
    profile = await get_profile(tx, business_id)
    if profile.version != version:
        raise ProfileChanged("Somebody changed this profile meanwhile. Load it again, then make your change.")
    await store.set_profile_of_business(tx, business_id, changes)
    if handle is not None and (wanted := identity_rules.handle_of(handle)) != profile.handle:
        await identity.give_handle(tx, "business", business_id, wanted, at)
    face = BusinessFace(business_id, changes.name, changes.hue, profile.owner_state == "verified")
    await identity.publish_faces(tx, [face])
    return await get_profile(tx, business_id)


async def add_member(tx: Tx, business_id: int, person_id: int, role: Role, *, at: datetime) -> None:
    """Give a role; the team mark keeps the business's own adverts from the person, whether or not there is a contact."""
    await store.insert_team_member(tx, business_id, person_id, role, at=at)
    await protections.join_team(tx, person_id, business_id, at=at)


async def remove_member(tx: Tx, business_id: int, person_id: int, role: Role | None, *, at: datetime) -> int:
    """Take one role or all; without any left the team mark goes too. Return how many roles were taken."""
    taken = await store.delete_team_member(tx, business_id, person_id, role)
    if taken and not await store.list_roles(tx, business_id, person_id):
        await protections.leave_team(tx, person_id, business_id, at=at)
    return taken


async def require_role(tx: Tx, business_id: int, person_id: int, roles: Collection[Role]) -> None:
    """Pass only who holds one of the roles; a stranger to the business learns nothing of it."""
    held = await store.list_roles(tx, business_id, person_id)
    if not held:
        raise BusinessMissing("There is no such business here.")
    if not rules.may_act(held, roles):
        raise RoleLacking(f"This needs the role {' or '.join(sorted(roles))} in this business.")


async def require_advertiser(tx: Tx, business_id: int, person_id: int) -> None:
    """Pass only who runs campaigns of a business whose owner is verified."""
    await require_role(tx, business_id, person_id, rules.ADVERTISERS)
    profile = await get_profile(tx, business_id)
    if refusal := rules.refusal_to_advertise(profile.owner_state):
        raise OwnerUnverified(refusal)


async def speaks_for(tx: Tx, viewer: Viewer, business_id: int) -> bool:
    """Whether messages of this caller may be the business's: its programs, its agents, its owners."""
    if viewer.business_id is not None:
        return viewer.business_id == business_id
    return rules.may_act(await store.list_roles(tx, business_id, viewer.person_id), rules.SPEAKERS)


async def require_speaker(tx: Tx, caller: Viewer, business_id: int) -> None:
    """Pass only who speaks for the business."""
    if caller.business_id is None:
        await require_role(tx, business_id, caller.person_id, rules.SPEAKERS)
    elif caller.business_id != business_id:
        raise BusinessMissing("There is no such business here.")


async def get_owner(tx: Tx, owner_id: int) -> Owner:
    owner = await store.find_owner(tx, owner_id)
    if owner is None:
        raise OwnerMissing("There is no such owner here.")
    return owner


async def get_profile(tx: Tx, business_id: int) -> Profile:
    profile = await store.find_profile(tx, business_id)
    if profile is None:
        raise BusinessMissing("There is no such business here.")
    return profile


async def find_holder(tx: Tx, handle: str) -> Holder | None:
    """Who has a handle or had it; what nobody can have is not even looked for."""
    asked = identity_rules.handle_of(handle)
    return None if identity_rules.refusal_to_handle(asked) else await identity.find_handle(tx, asked)


async def get_profile_by_handle(tx: Tx, handle: str) -> Profile:
    """The business behind a handle, also one that it has left behind."""
    holder = await find_holder(tx, handle)
    if holder is None or holder.kind != "business":
        raise BusinessMissing("No business has this name.")
    return await get_profile(tx, holder.id)


async def _owner_of(tx: Tx, owner_id: int, person_id: int) -> Owner:
    owner = await store.find_owner(tx, owner_id)
    if owner is None or owner.registered_by != person_id:
        raise OwnerMissing("There is no such owner here.")
    return owner


async def _publish_owner_state(tx: Tx, owner_id: int) -> None:
    """The mark of verification stands on every business of the owner."""
    profiles = await store.list_profiles_of_owner(tx, owner_id)
    await identity.publish_faces(
        tx, [BusinessFace(one.id, one.name, one.hue, one.owner_state == "verified") for one in profiles]
    )
