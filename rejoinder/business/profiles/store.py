"""One thin function per statement of `queries.sql`."""

from collections.abc import Sequence
from datetime import datetime

from rejoinder.business.profiles.model import (
    BusinessDraft,
    Decision,
    Member,
    Membership,
    Owner,
    OwnerDraft,
    OwnerState,
    Profile,
    ProfileChanges,
    Role,
)
from rejoinder.db.transaction import Tx
from rejoinder.units.bounds import LIST_COUNT_MAX


async def insert_owner(tx: Tx, owner_id: int, draft: OwnerDraft, *, person_id: int, at: datetime) -> None:
    await tx.run(
        "insert_owner",
        id=owner_id,
        name=draft.name,
        address=draft.address,
        country=draft.country,
        contact_email=draft.contact_email,
        register_number=draft.register_number,
        person_id=person_id,
        at=at,
    )


async def lock_person_owners(tx: Tx, person_id: int) -> None:
    await tx.run("lock_person_owners", person_id=person_id)


async def lock_owner(tx: Tx, owner_id: int) -> None:
    await tx.run("lock_owner", owner_id=owner_id)


async def find_owner(tx: Tx, owner_id: int) -> Owner | None:
    return await tx.maybe(Owner, "find_owner", owner_id=owner_id)


async def list_owners_of_person(tx: Tx, person_id: int) -> list[Owner]:
    return await tx.many(Owner, "list_owners_of_person", person_id=person_id)


async def list_owners_in_state(
    tx: Tx, state: OwnerState, *, after: tuple[datetime, int], row_count: int
) -> list[Owner]:
    return await tx.many(
        Owner, "list_owners_in_state", state=state, after_at=after[0], after_id=after[1], row_count=row_count
    )


async def set_owner_details(tx: Tx, owner_id: int, draft: OwnerDraft) -> None:
    await tx.run(
        "set_owner_details",
        owner_id=owner_id,
        name=draft.name,
        address=draft.address,
        country=draft.country,
        contact_email=draft.contact_email,
        register_number=draft.register_number,
    )


async def set_owner_decision(
    tx: Tx, owner_id: int, state: Decision, *, reason: str | None, operator_id: int, at: datetime
) -> None:
    await tx.run("set_owner_decision", owner_id=owner_id, state=state, reason=reason, operator_id=operator_id, at=at)


async def count_businesses_of_owner(tx: Tx, owner_id: int) -> int:
    return int(await tx.value("count_businesses_of_owner", owner_id=owner_id))


async def insert_business(tx: Tx, business_id: int, draft: BusinessDraft, *, hue: int, at: datetime) -> None:
    await tx.run(
        "insert_business",
        id=business_id,
        owner_id=draft.owner_id,
        name=draft.name,
        about=draft.about,
        hue=hue,
        greeting=draft.greeting,
        get_started=draft.get_started,
        quick_replies=list(draft.quick_replies),
        at=at,
    )


async def lock_business(tx: Tx, business_id: int) -> None:
    await tx.run("lock_business", business_id=business_id)


async def find_profile(tx: Tx, business_id: int) -> Profile | None:
    return await tx.maybe(Profile, "find_profile", business_id=business_id)


async def list_profiles_of_owner(tx: Tx, owner_id: int) -> list[Profile]:
    return await tx.many(Profile, "list_profiles_of_owner", owner_id=owner_id)


async def set_profile_of_business(tx: Tx, business_id: int, profile: ProfileChanges) -> None:
    await tx.run(
        "set_profile_of_business",
        business_id=business_id,
        name=profile.name,
        about=profile.about,
        hue=profile.hue,
        greeting=profile.greeting,
        get_started=profile.get_started,
        quick_replies=profile.quick_replies,
    )


async def insert_team_member(tx: Tx, business_id: int, person_id: int, role: Role, *, at: datetime) -> None:
    await tx.run("insert_team_member", business_id=business_id, person_id=person_id, role=role, at=at)


async def delete_team_member(tx: Tx, business_id: int, person_id: int, role: Role | None) -> int:
    return await tx.run("delete_team_member", business_id=business_id, person_id=person_id, role=role)


async def list_roles(tx: Tx, business_id: int, person_id: int) -> list[Role]:
    return await tx.column("list_roles", business_id=business_id, person_id=person_id)


async def list_team_keys(tx: Tx, keys: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    rows = await tx.rows(
        "list_team_keys",
        person_ids=[person_id for person_id, _ in keys],
        business_ids=[business_id for _, business_id in keys],
    )
    return [(row["person_id"], row["business_id"]) for row in rows]


async def count_owners_of_business(tx: Tx, business_id: int) -> int:
    return int(await tx.value("count_owners_of_business", business_id=business_id))


async def list_memberships(tx: Tx, person_id: int) -> list[Membership]:
    return await tx.many(Membership, "list_memberships", person_id=person_id, row_count=LIST_COUNT_MAX)


async def list_members(tx: Tx, business_id: int) -> list[Member]:
    return await tx.many(Member, "list_members", business_id=business_id, row_count=LIST_COUNT_MAX)
