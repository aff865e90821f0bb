"""What protects a person, over HTTP: their own settings beside the policy's, and one screen of who may message them and why.

Every route is about the viewer alone; a business they have no messages with is missing.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Protocol

import msgspec
from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation

from rejoinder.db.transaction import Database, Tx
from rejoinder.people.contacts.model import ContactMissing
from rejoinder.people.protections import commands, rules, store
from rejoinder.people.protections.model import (
    AttentionMissing,
    AttentionProtections,
    Candidate,
    ContactCard,
    Facts,
    Policies,
    Policy,
    QuietHoursInvalid,
    Refusal,
)
from rejoinder.people.protections.policy import load_policies, minute_of, time_of
from rejoinder.units.clock import Clock
from rejoinder.units.ids import id_from_wire
from rejoinder.wire.auth import Viewer
from rejoinder.wire.cursor import decode_cursor, encode_cursor

PAGE_COUNT = 50
MUTE_DAYS_MAX = 365


class PolicyPlace(Protocol):
    """The one setting that protections need: the operator's own policy folder, if any."""

    @property
    def policy_dir(self) -> Path | None: ...


# Both are protocols, which cannot be asked about an instance; the server hands them in.
PlaceDependency = SkipValidation[NamedDependency[PolicyPlace]]
ClockDependency = SkipValidation[NamedDependency[Clock]]

TimeOfDay = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="24-hour clock")]


class ProtectionsBody(msgspec.Struct, forbid_unknown_fields=True):
    """All of the person's own settings; null is "as the policy has it"."""

    ads_off: bool
    cap_day: int | None
    cap_week: int | None
    quiet_from: TimeOfDay | None
    quiet_until: TimeOfDay | None


class MuteBody(msgspec.Struct, forbid_unknown_fields=True):
    """For how long."""

    days: Annotated[int, msgspec.Meta(ge=1, le=MUTE_DAYS_MAX)]


class PolicyOut(msgspec.Struct):
    """The rules that hold where the person lives, in numbers and in words."""

    version: str
    permission: str
    cap_day: int
    cap_week: int
    gap_hours: int
    owner_gap_hours: int
    cooling_off_hours: int
    recency_days: int
    unanswered_max: int
    quiet_from: str
    quiet_until: str
    sentences: list[str]


class ProtectionsOut(msgspec.Struct):
    """The person's own settings and the policy under them."""

    ads_off: bool
    cap_day: int | None
    cap_week: int | None
    quiet_from: str | None
    quiet_until: str | None
    region: str
    zone: str
    policy: PolicyOut


class ContactOut(msgspec.Struct):
    """One business: may it write, may it advertise, and why. `reason` is the refusal's code, null when adverts may come."""

    business_id: str
    thread_id: str
    name: str
    hue: int
    handle: str | None
    is_verified: bool
    may_write_until: datetime | None
    may_advertise: bool
    reason: str | None
    why: str
    first_wrote_at: datetime | None
    last_wrote_at: datetime | None
    last_offer_at: datetime | None
    offer_count: int
    is_stopped: bool
    is_blocked: bool
    is_reported: bool
    paused_until: datetime | None
    muted_until: datetime | None
    wants_less: bool


class ContactsOut(msgspec.Struct):
    """A page of businesses, newest exchange first."""

    contacts: list[ContactOut]
    cursor: str | None


class BlockOut(msgspec.Struct):
    """Whether the person is blocked now."""

    is_blocked: bool


@get("/api/protections")
async def read_protections(
    viewer: NamedDependency[Viewer], database: NamedDependency[Database], settings: PlaceDependency
) -> ProtectionsOut:
    async with database.transaction() as tx:
        return await _protections_of(tx, viewer.person_id, load_policies(settings.policy_dir))


@put("/api/protections")
async def change_protections(
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: ClockDependency,
    settings: PlaceDependency,
    data: JSONBody[ProtectionsBody],
) -> ProtectionsOut:
    if (data.quiet_from is None) != (data.quiet_until is None):
        raise QuietHoursInvalid("Quiet hours need a beginning and an end.", field="quiet_from")

    async def change(tx: Tx) -> ProtectionsOut:
        me = viewer.person_id
        await commands.lock_attention(tx, [me])
        at = clock.now()
        await (commands.turn_ads_off if data.ads_off else commands.turn_ads_on)(tx, me, at=at)
        await commands.set_caps(tx, me, cap_day=data.cap_day, cap_week=data.cap_week, at=at)
        begin, end = (None if one is None else minute_of(one) for one in (data.quiet_from, data.quiet_until))
        await commands.set_quiet_hours(tx, me, from_minute=begin, until_minute=end, at=at)
        return await _protections_of(tx, me, load_policies(settings.policy_dir))

    return await database.run(change)


@get("/api/contacts")
async def list_contacts(
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: ClockDependency,
    settings: PlaceDependency,
    cursor: FromQuery[str | None] = None,
) -> ContactsOut:
    before, at = decode_cursor(cursor), clock.now()
    policies = load_policies(settings.policy_dir)
    async with database.transaction() as tx:
        cards = await store.list_contact_cards(
            tx, viewer.person_id, business_id=None, before=before, row_count=PAGE_COUNT + 1
        )
        page = cards[:PAGE_COUNT]
        contacts = await _explained(tx, viewer.person_id, page, policies, at)
    more = encode_cursor(page[-1].newest_at, page[-1].contact_id) if len(cards) > PAGE_COUNT else None
    return ContactsOut(contacts, more)


@post("/api/contacts/{business_id:str}/{verb:str}", status_code=200)
async def change_contact(
    *,
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: ClockDependency,
    settings: PlaceDependency,
    business_id: FromPath[str],
    verb: FromPath[str],
) -> ContactOut:
    """`stop` `undo-stop` `block` `unblock` `unmute` `less`; the answer is the contact as it is then."""
    if verb not in _VERBS:
        raise ContactMissing(f"There is no such change; these are: {', '.join(sorted(_VERBS))}.")

    async def change(tx: Tx) -> ContactOut:
        at = clock.now()
        await _VERBS[verb](tx, viewer.person_id, id_from_wire(business_id), at=at)
        policies = load_policies(settings.policy_dir)
        return await _contact_of(tx, viewer.person_id, id_from_wire(business_id), policies, at)

    return await database.run(change)


@post("/api/contacts/{business_id:str}/mute", status_code=200)
async def mute_contact(
    *,
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: ClockDependency,
    settings: PlaceDependency,
    business_id: FromPath[str],
    data: JSONBody[MuteBody],
) -> ContactOut:
    async def change(tx: Tx) -> ContactOut:
        at, business = clock.now(), id_from_wire(business_id)
        await commands.mute(tx, viewer.person_id, business, until=at + timedelta(days=data.days), at=at)
        return await _contact_of(tx, viewer.person_id, business, load_policies(settings.policy_dir), at)

    return await database.run(change)


@post("/api/people/{person_id:str}/block", status_code=200)
async def block_person(
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: ClockDependency,
    person_id: FromPath[str],
) -> BlockOut:
    blocked_id = id_from_wire(person_id)
    await database.run(lambda tx: commands.block_person(tx, viewer.person_id, blocked_id, at=clock.now()))
    return BlockOut(is_blocked=True)


@post("/api/people/{person_id:str}/unblock", status_code=200)
async def unblock_person(
    viewer: NamedDependency[Viewer], database: NamedDependency[Database], person_id: FromPath[str]
) -> BlockOut:
    await database.run(lambda tx: commands.unblock_person(tx, viewer.person_id, id_from_wire(person_id)))
    return BlockOut(is_blocked=False)


_VERBS: dict[str, Any] = {
    "stop": commands.stop_ads,
    "undo-stop": commands.undo_stop,
    "block": commands.block_business,
    "unblock": commands.unblock_business,
    "unmute": commands.unmute,
    "less": commands.less,
}


async def _protections_of(tx: Tx, person_id: int, policies: Policies) -> ProtectionsOut:
    found = await store.find_attention_protections(tx, person_id)
    if found is None:
        raise AttentionMissing("There is no such person.")
    own: AttentionProtections = found[1]
    return ProtectionsOut(
        ads_off=own.ads_off_at is not None,
        cap_day=own.cap_day,
        cap_week=own.cap_week,
        quiet_from=None if own.quiet_from_minute is None else time_of(own.quiet_from_minute),
        quiet_until=None if own.quiet_until_minute is None else time_of(own.quiet_until_minute),
        region=own.region,
        zone=own.zone,
        policy=_policy_out(policies.for_region(own.region)),
    )


def _policy_out(policy: Policy) -> PolicyOut:
    names = ("version", "permission", "cap_day", "cap_week", "gap_hours", "owner_gap_hours", "cooling_off_hours")
    return PolicyOut(
        **{name: getattr(policy, name) for name in (*names, "recency_days", "unanswered_max")},
        quiet_from=time_of(policy.quiet_from_minute),
        quiet_until=time_of(policy.quiet_until_minute),
        sentences=rules.sentences_of(policy),
    )


async def _contact_of(tx: Tx, person_id: int, business_id: int, policies: Policies, at: datetime) -> ContactOut:
    cards = await store.list_contact_cards(tx, person_id, business_id=business_id, before=None, row_count=1)
    if not cards:
        raise ContactMissing("You have no messages with this business.")
    return (await _explained(tx, person_id, cards, policies, at))[0]


async def _explained(
    tx: Tx, person_id: int, cards: list[ContactCard], policies: Policies, at: datetime
) -> list[ContactOut]:
    candidates = [Candidate(person_id, card.business_id) for card in cards]
    known = await commands.read_facts(tx, candidates, at)
    return [
        _contact_out(card, facts, rules.refusal_to_deliver(facts, policies.for_region(facts.region), at), at)
        for card, facts in zip(cards, known, strict=True)
    ]


def _contact_out(card: ContactCard, facts: Facts, refusal: Refusal | None, at: datetime) -> ContactOut:
    ends_at = card.reply_window_ends_at
    is_open = ends_at is not None and ends_at > at and facts.blocked_at is None and facts.blocked_by_business_at is None
    return ContactOut(
        business_id=str(card.business_id),
        thread_id=str(card.thread_id),
        name=card.name or "",
        hue=card.hue or 0,
        handle=card.handle,
        is_verified=bool(card.is_verified),
        may_write_until=ends_at if is_open else None,
        may_advertise=refusal is None,
        reason=refusal,
        why=refusal.sentence if refusal else "You wrote to this business, so it may send you an offer.",
        first_wrote_at=card.first_wrote_at,
        last_wrote_at=card.last_wrote_at,
        last_offer_at=card.last_delivered_at,
        offer_count=card.delivered_count,
        is_stopped=card.ads_stopped_at is not None,
        is_blocked=card.blocked_at is not None,
        is_reported=facts.reported_at is not None,
        paused_until=card.ads_paused_until,
        muted_until=card.muted_until,
        wants_less=card.less_at is not None,
    )


ROUTES: list[Any] = [
    read_protections,
    change_protections,
    list_contacts,
    change_contact,
    mute_contact,
    block_person,
    unblock_person,
]
