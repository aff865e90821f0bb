"""The addresses of owners, businesses and public profiles, and the operator's queue of owners."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter, SkipValidation

from rejoinder.business.profiles import commands, rules, store
from rejoinder.business.profiles.model import (
    QUICK_REPLIES_MAX,
    BusinessDraft,
    Decision,
    Membership,
    Offer,
    Owner,
    OwnerDraft,
    OwnerState,
    Profile,
    ProfileChanges,
    Role,
)
from rejoinder.chat.model import Choice
from rejoinder.db.transaction import Database, Tx
from rejoinder.people.identity import rules as identity_rules
from rejoinder.people.identity.model import ClaimFirst, TextInvalid
from rejoinder.units.bounds import CountryCode, Email, Name
from rejoinder.units.clock import Clock
from rejoinder.units.ids import WireId, id_from_wire
from rejoinder.wire.auth import Viewer
from rejoinder.wire.cursor import decode_cursor, encode_cursor

PAGE_COUNT = 50
START = (datetime.min.replace(tzinfo=UTC), 0)

LongName = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
ShortText = Annotated[str, msgspec.Meta(max_length=400)]
Hue = Annotated[int, msgspec.Meta(ge=0, le=359)]
Handle = Annotated[str, msgspec.Meta(min_length=3, max_length=32)]
Offers = Annotated[list[Choice], msgspec.Meta(max_length=QUICK_REPLIES_MAX)]
Cursor = Annotated[str | None, QueryParameter(max_length=120)]
GivenClock = NamedDependency[SkipValidation[Clock]]


class OwnerRequest(msgspec.Struct, forbid_unknown_fields=True):
    """What the operator checks before any advert."""

    name: LongName
    address: Annotated[str, msgspec.Meta(min_length=1, max_length=400)]
    country: CountryCode
    contact_email: Email
    register_number: Annotated[str, msgspec.Meta(max_length=80)] | None = None


class OwnerView(msgspec.Struct):
    """An owner, as its person and the operator see it."""

    id: WireId
    name: str
    address: str
    country: str
    contact_email: str
    register_number: str | None
    state: OwnerState
    decision_reason: str | None
    decided_at: datetime | None
    tier: int
    quality: str
    created_at: datetime


class OwnerPage(msgspec.Struct):
    """A stretch of the operator's queue."""

    items: list[OwnerView]
    next_cursor: str | None


class DecisionRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The operator's word; a no needs a reason."""

    decision: Decision
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)] | None = None


class BusinessRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A business to be made."""

    owner_id: WireId
    name: Name
    handle: Handle
    about: ShortText = ""
    greeting: ShortText = ""
    get_started: Choice | None = None
    quick_replies: Offers = []


class ProfilePatch(msgspec.Struct, forbid_unknown_fields=True):
    """What to change; `version` is that of the profile the change was made on."""

    version: int
    name: Name | msgspec.UnsetType = msgspec.UNSET
    handle: Handle | msgspec.UnsetType = msgspec.UNSET
    about: ShortText | msgspec.UnsetType = msgspec.UNSET
    hue: Hue | msgspec.UnsetType = msgspec.UNSET
    greeting: ShortText | msgspec.UnsetType = msgspec.UNSET
    get_started: Choice | msgspec.UnsetType | None = msgspec.UNSET
    quick_replies: Offers | msgspec.UnsetType = msgspec.UNSET


class PublicProfile(msgspec.Struct):
    """What anybody may know of a business; the messenger draws the empty thread from it."""

    id: WireId
    name: str
    about: str
    hue: int
    handle: str | None
    is_verified: bool
    owner_name: str
    owner_country: str
    greeting: str
    get_started: Choice | None
    quick_replies: list[Choice]


class BusinessView(msgspec.Struct):
    """A business as its team sees it. `advert_refusal` says why it cannot advertise, or is null."""

    profile: PublicProfile
    owner_id: WireId
    owner_state: OwnerState
    advert_refusal: str | None
    version: int
    roles: list[Role]


class MembershipView(msgspec.Struct):
    """A business that the viewer works for."""

    id: WireId
    name: str
    hue: int
    handle: str | None
    owner_id: WireId
    owner_state: OwnerState
    roles: list[Role]


def require_claimed(viewer: Viewer) -> None:
    """Guests chat; whoever stands for a business has an account."""
    if viewer.is_guest:
        raise ClaimFirst("Claim your account with an e-mail address first.")


def require_text(text: str, field: str, *, must_have_words: bool = False) -> str:
    """Refuse what cannot be stored or seen; return the text without blanks around it."""
    if problem := rules.problem_in_text(text, must_have_words=must_have_words):
        raise TextInvalid(problem, field=field)
    return text.strip()


def require_name(text: str) -> str:
    """A name as it is kept, on one line: it stands in subjects of mails and beside adverts."""
    return require_text(identity_rules.name_of(text), "name", must_have_words=True)


def public_profile(profile: Profile) -> PublicProfile:
    """What a profile shows to everybody."""
    return PublicProfile(
        id=str(profile.id),
        name=profile.name,
        about=profile.about,
        hue=profile.hue,
        handle=profile.handle,
        is_verified=profile.owner_state == "verified",
        owner_name=profile.owner_name,
        owner_country=profile.owner_country,
        greeting=profile.greeting,
        get_started=msgspec.convert(profile.get_started, Choice | None),
        quick_replies=msgspec.convert(profile.quick_replies, list[Choice]),
    )


@post("/api/owners")
async def register_owner(
    data: JSONBody[OwnerRequest],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
) -> OwnerView:
    """Register the legal entity behind one's businesses; the operator decides on it."""
    require_claimed(viewer)
    draft = _owner_draft(data)

    async def work(tx: Tx) -> Owner:
        owner_id = await commands.register_owner(tx, draft, person_id=viewer.person_id, at=clock.now())
        return await commands.get_owner(tx, owner_id)

    return _owner_view(await database.run(work))


@get("/api/owners")
async def list_my_owners(viewer: NamedDependency[Viewer], database: NamedDependency[Database]) -> list[OwnerView]:
    """The owners one registered, with the operator's decision and its reason."""
    async with database.transaction() as tx:
        return [_owner_view(owner) for owner in await store.list_owners_of_person(tx, viewer.person_id)]


@patch("/api/owners/{owner_id:str}")
async def amend_owner(
    owner_id: FromPath[str],
    data: JSONBody[OwnerRequest],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
) -> OwnerView:
    """Correct an owner's details, which puts it back in the operator's queue."""
    draft, asked = _owner_draft(data), id_from_wire(owner_id)

    async def work(tx: Tx) -> Owner:
        await commands.amend_owner(tx, asked, draft, person_id=viewer.person_id, at=clock.now())
        return await commands.get_owner(tx, asked)

    return _owner_view(await database.run(work))


@get("/api/operator/owners")
async def list_owner_queue(
    operator: NamedDependency[Viewer],  # noqa: ARG001  asking for it is the check
    database: NamedDependency[Database],
    wanted: Annotated[OwnerState, QueryParameter(name="state")] = "waiting",
    cursor: Cursor = None,
) -> OwnerPage:
    """Owners in a state, oldest first."""
    async with database.transaction() as tx:
        after = decode_cursor(cursor) or START
        owners = await store.list_owners_in_state(tx, wanted, after=after, row_count=PAGE_COUNT + 1)
    page = owners[:PAGE_COUNT]
    next_cursor = encode_cursor(page[-1].created_at, page[-1].id) if len(owners) > PAGE_COUNT else None
    return OwnerPage([_owner_view(owner) for owner in page], next_cursor)


@post("/api/operator/owners/{owner_id:str}/decision", status_code=200)
async def decide_owner(
    owner_id: FromPath[str],
    data: JSONBody[DecisionRequest],
    operator: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
) -> OwnerView:
    """Verify, refuse or suspend an owner."""
    reason = None if data.reason is None else require_text(data.reason, "reason", must_have_words=True)
    asked = id_from_wire(owner_id)
    return _owner_view(
        await database.run(
            lambda tx: commands.decide_owner(
                tx, asked, data.decision, reason=reason, operator_id=operator.person_id, at=clock.now()
            )
        )
    )


@get("/api/businesses")
async def list_my_businesses(
    viewer: NamedDependency[Viewer], database: NamedDependency[Database]
) -> list[MembershipView]:
    """The businesses one works for, with one's roles."""
    async with database.transaction() as tx:
        return [_membership_view(one) for one in await store.list_memberships(tx, viewer.person_id)]


@post("/api/businesses")
async def create_business(
    data: JSONBody[BusinessRequest],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
) -> BusinessView:
    """Make a business of an owner one registered. It may chat at once and advertise when its owner is verified."""
    require_claimed(viewer)
    draft = BusinessDraft(
        owner_id=id_from_wire(data.owner_id),
        name=require_name(data.name),
        handle=data.handle,
        about=require_text(data.about, "about"),
        greeting=require_text(data.greeting, "greeting"),
        get_started=_offer(data.get_started, "get_started"),
        quick_replies=tuple(_offers(data.quick_replies)),
    )

    async def work(tx: Tx) -> BusinessView:
        business_id = await commands.create_business(tx, draft, person_id=viewer.person_id, at=clock.now())
        return await _business_view(tx, business_id, viewer)

    return await database.run(work)


@get("/api/businesses/{business_id:str}")
async def get_business(
    business_id: FromPath[str], viewer: NamedDependency[Viewer], database: NamedDependency[Database]
) -> BusinessView:
    """A business one works for."""
    asked = id_from_wire(business_id)
    async with database.transaction() as tx:
        await commands.require_role(tx, asked, viewer.person_id, rules.TEAM)
        return await _business_view(tx, asked, viewer)


@patch("/api/businesses/{business_id:str}")
async def update_profile(
    business_id: FromPath[str],
    data: JSONBody[ProfilePatch],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
) -> BusinessView:
    """Change a business's profile or handle; old handles go on leading here."""
    asked = id_from_wire(business_id)

    async def work(tx: Tx) -> BusinessView:
        await commands.require_role(tx, asked, viewer.person_id, rules.MANAGERS)
        changes = _changes(await commands.get_profile(tx, asked), data)
        handle = None if data.handle is msgspec.UNSET else data.handle
        await commands.update_profile(tx, asked, changes, handle=handle, version=data.version, at=clock.now())
        return await _business_view(tx, asked, viewer)

    return await database.run(work)


@get("/api/profiles/{handle:str}")
async def read_profile(handle: FromPath[str], database: NamedDependency[Database]) -> PublicProfile:
    """A business's public profile by its handle, now or once."""
    async with database.transaction() as tx:
        return public_profile(await commands.get_profile_by_handle(tx, handle))


def _owner_draft(data: OwnerRequest) -> OwnerDraft:
    number = data.register_number
    return OwnerDraft(
        name=require_name(data.name),
        address=require_text(data.address, "address", must_have_words=True),
        country=data.country,
        contact_email=require_text(data.contact_email, "contact_email", must_have_words=True),
        register_number=None if number is None else require_text(number, "register_number") or None,
    )


def _offer(choice: Choice | None, field: str) -> Offer | None:
    if choice is None:
        return None
    title = require_text(choice.title, field, must_have_words=True)
    return Offer(title=title, payload=require_text(choice.payload, field))


def _offers(choices: list[Choice]) -> list[Offer]:
    return [offer for choice in choices if (offer := _offer(choice, "quick_replies")) is not None]


def _changes(profile: Profile, data: ProfilePatch) -> ProfileChanges:
    def text(name: Literal["about", "greeting"]) -> str:
        given: str | msgspec.UnsetType = getattr(data, name)
        return str(getattr(profile, name)) if given is msgspec.UNSET else require_text(str(given), name)

    return ProfileChanges(
        name=profile.name if data.name is msgspec.UNSET else require_name(data.name),
        about=text("about"),
        hue=profile.hue if data.hue is msgspec.UNSET else data.hue,
        greeting=text("greeting"),
        get_started=(
            profile.get_started if data.get_started is msgspec.UNSET else _offer(data.get_started, "get_started")
        ),
        quick_replies=profile.quick_replies
        if data.quick_replies is msgspec.UNSET
        else list(_offers(data.quick_replies)),
    )


def _owner_view(owner: Owner) -> OwnerView:
    return OwnerView(
        id=str(owner.id),
        name=owner.name,
        address=owner.address,
        country=owner.country,
        contact_email=owner.contact_email,
        register_number=owner.register_number,
        state=owner.state,
        decision_reason=owner.decision_reason,
        decided_at=owner.decided_at,
        tier=owner.tier,
        quality=owner.quality,
        created_at=owner.created_at,
    )


def _membership_view(one: Membership) -> MembershipView:
    return MembershipView(
        id=str(one.id),
        name=one.name,
        hue=one.hue,
        handle=one.handle,
        owner_id=str(one.owner_id),
        owner_state=one.owner_state,
        roles=one.roles,
    )


async def _business_view(tx: Tx, business_id: int, viewer: Viewer) -> BusinessView:
    profile = await commands.get_profile(tx, business_id)
    return BusinessView(
        profile=public_profile(profile),
        owner_id=str(profile.owner_id),
        owner_state=profile.owner_state,
        advert_refusal=rules.refusal_to_advertise(profile.owner_state),
        version=profile.version,
        roles=await store.list_roles(tx, business_id, viewer.person_id),
    )


ROUTES: list[Any] = [
    register_owner,
    list_my_owners,
    amend_owner,
    list_owner_queue,
    decide_owner,
    list_my_businesses,
    create_business,
    get_business,
    update_profile,
    read_profile,
]
