"""Invite and accept, leave and remove, make and revoke tokens; find out what a program's token stands for.

A token in a mail is proof enough: whoever is signed in and has it may take the role, once. Owners alone manage a team.
"""

from collections.abc import Sequence
from datetime import datetime

from rejoinder.business.inbox import commands as inbox
from rejoinder.business.profiles import commands as profiles
from rejoinder.business.profiles.model import Role, TooManyHere
from rejoinder.business.team import rules, store
from rejoinder.business.team.model import (
    INVITATION_LIFE,
    INVITATIONS_OPEN_MAX,
    TEAM_COUNT_MAX,
    TOKENS_MAX,
    ApiToken,
    Invitation,
    InvitationEnded,
    InvitationMissing,
    InvitedRole,
    LastOwner,
    MemberMissing,
    TokenMissing,
)
from rejoinder.db.transaction import Tx
from rejoinder.people.identity import commands as identity
from rejoinder.people.identity.model import Letter
from rejoinder.units.ids import new_id, new_token, token_hash
from rejoinder.wire.auth import Viewer

_ROLE_WORDS: dict[InvitedRole, str] = {"agent": "answer its messages", "advertiser": "run its offers"}


async def invite(
    tx: Tx, business_id: int, email: str, role: InvitedRole, *, invited_by: int, at: datetime, public_url: str
) -> Invitation:
    """Write the mail with the link; an older invitation of the same address to the same role ends."""
    await profiles.lock_business(tx, business_id)
    await store.revoke_invitations_to(tx, business_id, email, role, at=at)
    if await store.count_open_invitations(tx, business_id, at=at) >= INVITATIONS_OPEN_MAX:
        raise TooManyHere(f"{INVITATIONS_OPEN_MAX} invitations wait for an answer; take some back first.")
    profile = await profiles.get_profile(tx, business_id)
    token = new_token()
    invitation = Invitation(
        id=new_id(),
        business_id=business_id,
        email=email,
        role=role,
        invited_by=invited_by,
        created_at=at,
        expires_at=at + INVITATION_LIFE,
        accepted_by=None,
        revoked_at=None,
    )
    await store.insert_invitation(tx, invitation, token_hash(token))
    await identity.write_mails(tx, [_letter(invitation, profile.name, f"{public_url}/console/invitation/{token}")], at)
    return invitation


async def get_invitation(tx: Tx, token: str, *, person_id: int, at: datetime) -> Invitation:
    """The invitation behind a mailed token, if this person could take it now."""
    invitation = await store.find_invitation(tx, token_hash(token))
    if invitation is None:
        raise InvitationMissing("There is no such invitation. Open the newest link that was mailed to you.")
    if refusal := rules.refusal_to_accept(invitation, person_id, at=at):
        raise InvitationEnded(refusal)
    return invitation


async def accept(tx: Tx, token: str, *, person_id: int, at: datetime) -> Invitation:
    """Take the role. Opening the link again after that changes nothing."""
    await store.lock_invitation(tx, token_hash(token))
    invitation = await get_invitation(tx, token, person_id=person_id, at=at)
    if invitation.accepted_by is not None:
        return invitation
    await profiles.lock_business(tx, invitation.business_id)
    team = await profiles.list_members(tx, invitation.business_id)
    if len(team) >= TEAM_COUNT_MAX and person_id not in {member.person_id for member in team}:
        raise TooManyHere(f"This team has {TEAM_COUNT_MAX} people already.")
    await profiles.add_member(tx, invitation.business_id, person_id, invitation.role, at=at)
    await store.set_invitation_accepted(tx, invitation.id, person_id, at=at)
    return invitation


async def take_back(tx: Tx, business_id: int, invitation_id: int, *, at: datetime) -> None:
    """End an invitation that nobody used."""
    if not await store.revoke_invitation(tx, business_id, invitation_id, at=at):
        raise InvitationMissing("There is no such open invitation here.")


async def remove(tx: Tx, business_id: int, person_id: int, role: Role | None, *, at: datetime) -> None:
    """Take one role (or all) from somebody; what was assigned to them is free again once they answer no more."""
    await profiles.lock_business(tx, business_id)
    held = await profiles.list_roles(tx, business_id, person_id)
    if not held or (role is not None and role not in held):
        raise MemberMissing("Nobody like this is on the team.")
    if refusal := rules.refusal_to_remove(held, role, owner_count=await profiles.count_owners(tx, business_id)):
        raise LastOwner(refusal)
    await profiles.remove_member(tx, business_id, person_id, role, at=at)
    await inbox.release_unless_speaker(tx, business_id, person_id, at=at)


async def create_token(tx: Tx, business_id: int, label: str, *, created_by: int, at: datetime) -> tuple[ApiToken, str]:
    """Make a token for a program; the secret is shown this once and never again."""
    await profiles.lock_business(tx, business_id)
    if len(await store.list_api_tokens(tx, business_id)) >= TOKENS_MAX:
        raise TooManyHere(f"A business has at most {TOKENS_MAX} tokens; revoke one that is not used.")
    secret = new_token()
    token = ApiToken(id=new_id(), label=label, created_by=created_by, created_at=at)
    await store.insert_api_token(tx, token, token_hash(secret), business_id=business_id)
    return token, secret


async def revoke_token(tx: Tx, business_id: int, token_id: int, *, at: datetime) -> None:
    """End a token at once."""
    if not await store.revoke_api_token(tx, business_id, token_id, at=at):
        raise TokenMissing("There is no such token here.")


async def authenticate_program(tx: Tx, token: str, at: datetime) -> Viewer | None:
    """Whose program has this token; `server` asks here when a token is no person's."""
    program = await store.find_program(tx, token_hash(token), at=at)
    if program is None:
        return None
    return Viewer(person_id=program.created_by, session_id=program.id, business_id=program.business_id)


async def list_ended_programs(tx: Tx, token_ids: Sequence[int]) -> set[int]:
    """Which of these tokens work no longer: for the live channel, which asks for all its sockets at once."""
    return set(await store.list_ended_api_tokens(tx, token_ids))


def _letter(invitation: Invitation, business_name: str, link: str) -> Letter:
    return Letter(
        invitation.email,
        f"{business_name} invites you to its team",
        f"Hello,\n\n{business_name} would like you to {_ROLE_WORDS[invitation.role]}. Sign in, or sign up, and accept:\n"
        f"{link}\n\nIt works once, for a week. If you do not know {business_name}, do nothing.\n",
    )
