"""The addresses of a team, its invitations and its programs' tokens."""

from datetime import datetime
from typing import Annotated, Any, Protocol

import msgspec
from litestar import Request, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation

from rejoinder.business.profiles import commands as profiles
from rejoinder.business.profiles import rules as profile_rules
from rejoinder.business.profiles.model import Role
from rejoinder.business.profiles.routes import require_claimed, require_text
from rejoinder.business.team import commands, store
from rejoinder.business.team.model import ApiToken, Invitation, InvitedRole
from rejoinder.db.transaction import Database, Tx
from rejoinder.people.identity import rules as identity_rules
from rejoinder.people.identity.model import AddressInvalid
from rejoinder.people.identity.routes import limit_attempts
from rejoinder.units.bounds import Email
from rejoinder.units.clock import Clock
from rejoinder.units.ids import WireId, id_from_wire
from rejoinder.wire.auth import Viewer

Label = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Secret = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Public(Protocol):
    """Where people reach this installation; one of the settings."""

    @property
    def public_url(self) -> str: ...


GivenClock = NamedDependency[SkipValidation[Clock]]
GivenSettings = NamedDependency[SkipValidation[Public]]


class MemberView(msgspec.Struct):
    """Somebody on the team."""

    person_id: WireId
    name: str
    hue: int
    roles: list[Role]
    joined_at: datetime


class InvitationRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Whom to invite to which role."""

    email: Email
    role: InvitedRole


class InvitationView(msgspec.Struct):
    """An invitation that waits for an answer."""

    id: WireId
    email: str
    role: InvitedRole
    created_at: datetime
    expires_at: datetime


class InvitationToken(msgspec.Struct, forbid_unknown_fields=True):
    """The last part of the mailed link."""

    token: Secret


class InvitationOffer(msgspec.Struct):
    """What accepting would mean."""

    business_id: WireId
    business_name: str
    business_hue: int
    role: InvitedRole
    is_accepted: bool


class TokenRequest(msgspec.Struct, forbid_unknown_fields=True):
    """What the program is called."""

    label: Label


class TokenView(msgspec.Struct):
    """A program's token. `token` is there only in the answer that made it."""

    id: WireId
    label: str
    created_at: datetime
    token: str | None = None


@get("/api/businesses/{business_id:str}/team")
async def list_team(
    business_id: FromPath[str], viewer: NamedDependency[Viewer], database: NamedDependency[Database]
) -> list[MemberView]:
    """Who works for the business; every member may know."""
    asked = id_from_wire(business_id)
    async with database.transaction() as tx:
        await profiles.require_role(tx, asked, viewer.person_id, profile_rules.TEAM)
        return [
            MemberView(str(one.person_id), one.name, one.hue, one.roles, one.joined_at)
            for one in await profiles.list_members(tx, asked)
        ]


@delete("/api/businesses/{business_id:str}/team/{person_id:str}")
async def remove_member(
    business_id: FromPath[str],
    person_id: FromPath[str],
    *,
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
    role: FromQuery[Role | None] = None,
) -> None:
    """Take a role, or all, from somebody: owners from anybody, everybody from themself."""
    asked, whom = id_from_wire(business_id), id_from_wire(person_id)
    wanted = profile_rules.TEAM if whom == viewer.person_id else profile_rules.MANAGERS

    async def work(tx: Tx) -> None:
        await profiles.require_role(tx, asked, viewer.person_id, wanted)
        await commands.remove(tx, asked, whom, role, at=clock.now())

    await database.run(work)


@get("/api/businesses/{business_id:str}/invitations")
async def list_invitations(
    business_id: FromPath[str],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
) -> list[InvitationView]:
    """Invitations that wait for an answer."""
    asked = id_from_wire(business_id)
    async with database.transaction() as tx:
        await profiles.require_role(tx, asked, viewer.person_id, profile_rules.MANAGERS)
        return [_invitation_view(one) for one in await store.list_open_invitations(tx, asked, at=clock.now())]


@post("/api/businesses/{business_id:str}/invitations")
async def invite(
    business_id: FromPath[str],
    data: JSONBody[InvitationRequest],
    *,
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
    settings: GivenSettings,
    request: Request[Any, Any, Any],
) -> InvitationView:
    """Mail somebody a link that gives them a role."""
    asked, email = id_from_wire(business_id), identity_rules.address_of(data.email)
    if refusal := identity_rules.refusal_to_address(email):
        raise AddressInvalid(refusal, field="email")
    # Before the attempt is counted as well: strangers must not use up what the address may be sent.
    async with database.transaction() as tx:
        await profiles.require_role(tx, asked, viewer.person_id, profile_rules.MANAGERS)
    await limit_attempts(request, database, clock, "invitation", email)

    async def work(tx: Tx) -> Invitation:
        await profiles.require_role(tx, asked, viewer.person_id, profile_rules.MANAGERS)
        return await commands.invite(
            tx,
            asked,
            email,
            data.role,
            invited_by=viewer.person_id,
            at=clock.now(),
            public_url=settings.public_url,
        )

    return _invitation_view(await database.run(work))


@delete("/api/businesses/{business_id:str}/invitations/{invitation_id:str}")
async def take_invitation_back(
    business_id: FromPath[str],
    invitation_id: FromPath[str],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
) -> None:
    """End an invitation that nobody used."""
    asked = id_from_wire(business_id)

    async def work(tx: Tx) -> None:
        await profiles.require_role(tx, asked, viewer.person_id, profile_rules.MANAGERS)
        await commands.take_back(tx, asked, id_from_wire(invitation_id), at=clock.now())

    await database.run(work)


@post("/api/invitations/look", status_code=200)
async def look_at_invitation(
    data: JSONBody[InvitationToken],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
) -> InvitationOffer:
    """What a mailed invitation is to; changes nothing."""
    require_claimed(viewer)
    async with database.transaction() as tx:
        invitation = await commands.get_invitation(tx, data.token, person_id=viewer.person_id, at=clock.now())
        return await _offer(tx, invitation, is_accepted=invitation.accepted_by is not None)


@post("/api/invitations/accept", status_code=200)
async def accept_invitation(
    data: JSONBody[InvitationToken],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
) -> InvitationOffer:
    """Take the role that a mailed invitation offers."""
    require_claimed(viewer)

    async def work(tx: Tx) -> InvitationOffer:
        invitation = await commands.accept(tx, data.token, person_id=viewer.person_id, at=clock.now())
        return await _offer(tx, invitation, is_accepted=True)

    return await database.run(work)


@get("/api/businesses/{business_id:str}/tokens")
async def list_tokens(
    business_id: FromPath[str], viewer: NamedDependency[Viewer], database: NamedDependency[Database]
) -> list[TokenView]:
    """The business's programs."""
    asked = id_from_wire(business_id)
    async with database.transaction() as tx:
        await profiles.require_role(tx, asked, viewer.person_id, profile_rules.MANAGERS)
        return [_token_view(one, None) for one in await store.list_api_tokens(tx, asked)]


@post("/api/businesses/{business_id:str}/tokens")
async def create_token(
    business_id: FromPath[str],
    data: JSONBody[TokenRequest],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
) -> TokenView:
    """Make a token for a program that speaks as the business; it is shown this once."""
    asked, label = id_from_wire(business_id), require_text(data.label, "label", must_have_words=True)

    async def work(tx: Tx) -> tuple[ApiToken, str]:
        await profiles.require_role(tx, asked, viewer.person_id, profile_rules.MANAGERS)
        return await commands.create_token(tx, asked, label, created_by=viewer.person_id, at=clock.now())

    return _token_view(*await database.run(work))


@delete("/api/businesses/{business_id:str}/tokens/{token_id:str}")
async def revoke_token(
    business_id: FromPath[str],
    token_id: FromPath[str],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
) -> None:
    """End a program's token at once."""
    asked = id_from_wire(business_id)

    async def work(tx: Tx) -> None:
        await profiles.require_role(tx, asked, viewer.person_id, profile_rules.MANAGERS)
        await commands.revoke_token(tx, asked, id_from_wire(token_id), at=clock.now())

    await database.run(work)


def _invitation_view(one: Invitation) -> InvitationView:
    return InvitationView(str(one.id), one.email, one.role, one.created_at, one.expires_at)


async def _offer(tx: Tx, invitation: Invitation, *, is_accepted: bool) -> InvitationOffer:
    profile = await profiles.get_profile(tx, invitation.business_id)
    return InvitationOffer(str(profile.id), profile.name, profile.hue, invitation.role, is_accepted)


def _token_view(token: ApiToken, secret: str | None) -> TokenView:
    return TokenView(str(token.id), token.label, token.created_at, secret)


ROUTES: list[Any] = [
    list_team,
    remove_member,
    list_invitations,
    invite,
    take_invitation_back,
    look_at_invitation,
    accept_invitation,
    list_tokens,
    create_token,
    revoke_token,
]
