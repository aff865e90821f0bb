"""Seen, the Offers tray, "why am I seeing this", and recall."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation

from rejoinder.ads.delivery import commands, rules, store
from rejoinder.ads.delivery.model import DeliveryMissing, Glimpse, Why
from rejoinder.business.profiles.commands import require_role
from rejoinder.chat.realtime.live import Live
from rejoinder.db.transaction import Database
from rejoinder.units.clock import Clock
from rejoinder.units.ids import WireId, id_from_wire
from rejoinder.wire.auth import Viewer
from rejoinder.wire.cursor import decode_cursor, encode_cursor

GivenClock = NamedDependency[SkipValidation[Clock]]
OFFERS_PER_PAGE = 50


class SeenItem(msgspec.Struct, forbid_unknown_fields=True):
    """One card that was at least half on screen for a second, with the token that came in it."""

    delivery_id: WireId
    token: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class SeenRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A batch of glimpses of one person."""

    seen: Annotated[list[SeenItem], msgspec.Meta(min_length=1, max_length=100)]


class OfferItem(msgspec.Struct):
    """A card of the tray; `body` is the message as it lies in its thread."""

    delivery_id: str
    business_id: str
    thread_id: str
    position: int
    body: dict[str, Any]
    delivered_at: datetime
    is_seen: bool


class OfferList(msgspec.Struct):
    """A part of the tray, newest first."""

    offers: list[OfferItem]
    cursor: str | None


class WhyAnswer(msgspec.Struct):
    """Why a person sees an advert: who pays, for whom, and the facts it was decided on."""

    delivery_id: str
    business_id: str
    business_name: str
    payer: str
    beneficiary: str
    owner_address: str
    owner_country: str
    delivered_at: datetime
    reasons: list[str]
    hidden_from_payer: str
    policy_version: str


class Recalled(msgspec.Struct):
    """How many unread adverts were taken back."""

    recalled_count: int


@post("/api/seen", status_code=204)
async def report_seen(
    data: JSONBody[SeenRequest], viewer: NamedDependency[Viewer], database: NamedDependency[Database], clock: GivenClock
) -> None:
    """Report cards as seen, once each. What is not the caller's, or not open any more, changes nothing and is not told."""
    glimpses = [Glimpse(id_from_wire(item.delivery_id), item.token) for item in data.seen]
    await database.run(lambda tx: commands.see(tx, viewer.person_id, glimpses, clock=clock))


@get("/api/offers")
async def list_offers(
    viewer: NamedDependency[Viewer], database: NamedDependency[Database], cursor: FromQuery[str | None] = None
) -> OfferList:
    """The quiet tray."""
    async with database.transaction() as tx:
        offers = await store.list_offers(
            tx, person_id=viewer.person_id, before=decode_cursor(cursor), row_count=OFFERS_PER_PAGE
        )
    is_full = len(offers) == OFFERS_PER_PAGE
    return OfferList(
        offers=[
            OfferItem(
                delivery_id=str(offer.delivery_id),
                business_id=str(offer.business_id),
                thread_id=str(offer.thread_id),
                position=offer.position,
                body=offer.body,
                delivered_at=offer.delivered_at,
                is_seen=offer.seen_at is not None,
            )
            for offer in offers
        ],
        cursor=encode_cursor(offers[-1].delivered_at, offers[-1].delivery_id) if is_full else None,
    )


@get("/api/deliveries/{delivery_id:str}/why")
async def get_why(
    viewer: NamedDependency[Viewer], database: NamedDependency[Database], delivery_id: FromPath[str]
) -> WhyAnswer:
    """Why one of the caller's own adverts reached them."""
    async with database.transaction() as tx:
        why = await store.find_why(tx, person_id=viewer.person_id, delivery_id=id_from_wire(delivery_id))
    if why is None:
        raise DeliveryMissing("There is no such advert among yours.")
    return _answer(why)


def _answer(why: Why) -> WhyAnswer:
    return WhyAnswer(
        delivery_id=str(why.delivery_id),
        business_id=str(why.business_id),
        business_name=why.business_name,
        payer=why.payer,
        beneficiary=why.beneficiary,
        owner_address=why.owner_address,
        owner_country=why.owner_country,
        delivered_at=why.delivered_at,
        reasons=rules.words_of(why),
        hidden_from_payer=rules.HIDDEN_FROM_PAYER,
        policy_version=why.policy_version,
    )


@post("/api/businesses/{business_id:str}/campaigns/{campaign_id:str}/recall", status_code=200)
async def recall_campaign(
    *,
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
    live: NamedDependency[SkipValidation[Live]],
    business_id: FromPath[str],
    campaign_id: FromPath[str],
) -> Recalled:
    """Take back what nobody has seen yet. Pause or end the campaign first, or the next round delivers again."""
    business, campaign = id_from_wire(business_id), id_from_wire(campaign_id)
    async with database.transaction() as tx:
        await require_role(tx, business, viewer.person_id, ("owner", "advertiser"))
        if await store.find_campaign_business(tx, campaign_id=campaign) != business:
            raise DeliveryMissing("There is no such campaign here.")
    return await _recall(database, clock, live, campaign)


@post("/api/operator/campaigns/{campaign_id:str}/recall", status_code=200)
async def recall_as_operator(
    *,
    operator: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
    live: NamedDependency[SkipValidation[Live]],
    campaign_id: FromPath[str],
) -> Recalled:
    """The operator takes back what nobody has seen yet."""
    campaign, operator_id = id_from_wire(campaign_id), operator.person_id
    await database.run(lambda tx: commands.note_recall(tx, campaign, operator_id=operator_id, at=clock.now()))
    return await _recall(database, clock, live, campaign)


async def _recall(database: Database, clock: Clock, live: Live, campaign_id: int) -> Recalled:
    """In small transactions, so that chat goes on; devices are told after each."""
    count = 0
    while changes := await database.run(lambda tx: commands.recall(tx, campaign_id, clock=clock)):
        live.publish(changes)
        count += len(changes)
    return Recalled(recalled_count=count)


ROUTES: list[Any] = [report_seen, list_offers, get_why, recall_campaign, recall_as_operator]
