"""Invitations, leaving and tokens on a real Postgres."""

import asyncio
import re
from typing import Any

import pytest

from rejoinder.business.profiles import commands as profiles
from rejoinder.business.profiles.model import TooManyHere
from rejoinder.business.team import commands
from rejoinder.business.team.model import (
    INVITATION_LIFE,
    INVITATIONS_OPEN_MAX,
    TOKENS_MAX,
    InvitationEnded,
    InvitationMissing,
    LastOwner,
    MemberMissing,
    TokenMissing,
)
from rejoinder.db.transaction import Database, Tx
from rejoinder.units.clock import FixedClock
from rejoinder.units.ids import new_code
from tests.support.business import MadeBusiness, make_business, make_member, make_token
from tests.support.people import make_person


async def invite(tx: Tx, business: MadeBusiness, clock: FixedClock, **overrides: Any) -> str:
    """Invite somebody and read the token from the mail."""
    email = overrides.get("email", f"{new_code()}@example.org")
    await commands.invite(
        tx,
        business.id,
        email,
        overrides.get("role", "agent"),
        invited_by=business.owner_person_id,
        at=clock.now(),
        public_url="https://chat.example",
    )
    body = await tx.connection.fetchval(
        "SELECT body FROM people.mail WHERE to_address = $1 ORDER BY created_at DESC LIMIT 1", email
    )
    found = re.search(r"https://chat\.example/console/invitation/(\S+)", body)
    assert found is not None
    return found[1]


async def is_marked(tx: Tx, person_id: int, business_id: int) -> bool:
    sql = "SELECT EXISTS (SELECT 1 FROM people.team_member WHERE person_id = $1 AND business_id = $2)"
    return bool(await tx.connection.fetchval(sql, person_id, business_id))


@pytest.mark.parametrize("role", ["agent", "advertiser"])
async def test_an_invitation_gives_its_role_once(tx: Tx, clock: FixedClock, role: str) -> None:
    business, person_id = await make_business(tx), await make_person(tx)
    token = await invite(tx, business, clock, role=role)
    await commands.accept(tx, token, person_id=person_id, at=clock.now())
    await commands.accept(tx, token, person_id=person_id, at=clock.now())
    assert await profiles.list_roles(tx, business.id, person_id) == [role]
    assert await is_marked(tx, person_id, business.id)
    with pytest.raises(InvitationEnded):
        await commands.accept(tx, token, person_id=await make_person(tx), at=clock.now())


async def test_an_invitation_ends(tx: Tx, clock: FixedClock) -> None:
    business, person_id = await make_business(tx), await make_person(tx)
    late = await invite(tx, business, clock)
    with pytest.raises(InvitationEnded):
        await commands.accept(tx, late, person_id=person_id, at=clock.now() + INVITATION_LIFE)
    older = await invite(tx, business, clock, email="bea@example.org")
    clock.move(seconds=1)
    newer = await invite(tx, business, clock, email="bea@example.org")
    with pytest.raises(InvitationEnded):
        await commands.accept(tx, older, person_id=person_id, at=clock.now())
    invitation = await commands.get_invitation(tx, newer, person_id=person_id, at=clock.now())
    await commands.take_back(tx, business.id, invitation.id, at=clock.now())
    with pytest.raises(InvitationEnded):
        await commands.accept(tx, newer, person_id=person_id, at=clock.now())
    with pytest.raises(InvitationMissing):
        await commands.take_back(tx, business.id, invitation.id, at=clock.now())
    with pytest.raises(InvitationMissing):
        await commands.accept(tx, "no such token", person_id=person_id, at=clock.now())
    assert await profiles.list_roles(tx, business.id, person_id) == []


async def test_open_invitations_are_bounded(tx: Tx, clock: FixedClock) -> None:
    business = await make_business(tx)
    for _ in range(INVITATIONS_OPEN_MAX):
        await invite(tx, business, clock)
    with pytest.raises(TooManyHere):
        await invite(tx, business, clock)


async def test_two_who_open_the_same_link_at_once_get_one_role(database: Database, clock: FixedClock) -> None:
    business = await make_business(database)
    people = [await make_person(database) for _ in range(6)]
    token = await database.run(lambda tx: invite(tx, business, clock))

    async def accept(person_id: int) -> bool:
        try:
            await database.run(lambda tx: commands.accept(tx, token, person_id=person_id, at=clock.now()))
        except InvitationEnded:
            return False
        return True

    assert sum(await asyncio.gather(*map(accept, people))) == 1
    async with database.transaction() as tx:
        assert len(await profiles.list_members(tx, business.id)) == 2


async def test_leaving_takes_the_mark_only_with_the_last_role(tx: Tx, clock: FixedClock) -> None:
    business = await make_business(tx)
    person_id = await make_member(tx, business.id, "agent")
    await profiles.add_member(tx, business.id, person_id, "advertiser", at=clock.now())
    await commands.remove(tx, business.id, person_id, "agent", at=clock.now())
    assert await profiles.list_roles(tx, business.id, person_id) == ["advertiser"]
    assert await is_marked(tx, person_id, business.id)
    await commands.remove(tx, business.id, person_id, None, at=clock.now())
    assert not await is_marked(tx, person_id, business.id)
    with pytest.raises(MemberMissing):
        await commands.remove(tx, business.id, person_id, None, at=clock.now())


async def test_a_business_keeps_an_owner_also_when_two_leave_at_once(database: Database, clock: FixedClock) -> None:
    business = await make_business(database)
    second = await make_member(database, business.id, "owner")

    async def leave(person_id: int) -> bool:
        try:
            await database.run(lambda tx: commands.remove(tx, business.id, person_id, None, at=clock.now()))
        except LastOwner:
            return False
        return True

    assert sorted(await asyncio.gather(leave(business.owner_person_id), leave(second))) == [False, True]


async def test_a_token_stands_for_its_business_until_it_is_revoked(tx: Tx, clock: FixedClock) -> None:
    business = await make_business(tx)
    secret = await make_token(tx, business.id, business.owner_person_id)
    viewer = await commands.authenticate_program(tx, secret, clock.now())
    assert viewer is not None
    assert (viewer.business_id, viewer.person_id, viewer.is_operator) == (
        business.id,
        business.owner_person_id,
        False,
    )
    assert await commands.list_ended_programs(tx, [viewer.session_id, 5]) == {5}
    await commands.revoke_token(tx, business.id, viewer.session_id, at=clock.now())
    assert await commands.authenticate_program(tx, secret, clock.now()) is None
    assert await commands.list_ended_programs(tx, [viewer.session_id]) == {viewer.session_id}
    assert await commands.authenticate_program(tx, "somebody's guess", clock.now()) is None


async def test_only_the_hash_of_a_token_is_kept(tx: Tx) -> None:
    business = await make_business(tx)
    secret = await make_token(tx, business.id, business.owner_person_id)
    row = await tx.connection.fetchrow("SELECT * FROM business.api_token WHERE business_id = $1", business.id)
    assert row is not None
    assert secret not in str(dict(row))


async def test_another_business_cannot_revoke_it_and_tokens_are_bounded(tx: Tx, clock: FixedClock) -> None:
    business, other = await make_business(tx), await make_business(tx)
    for _ in range(TOKENS_MAX):
        token, _ = await commands.create_token(
            tx, business.id, "Bot", created_by=business.owner_person_id, at=clock.now()
        )
    with pytest.raises(TokenMissing):
        await commands.revoke_token(tx, other.id, token.id, at=clock.now())
    with pytest.raises(TooManyHere):
        await make_token(tx, business.id, business.owner_person_id)
