"""The addresses of offers: what to bid, make, read, change, pause and end them, and the test to oneself."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter, SkipValidation

from rejoinder.ads.audiences.model import Audience
from rejoinder.ads.campaigns import commands, rules, store
from rejoinder.ads.campaigns.model import Content, Draft, Offer, Status, Terms, Verb
from rejoinder.ads.ledger.model import Market
from rejoinder.business.profiles import commands as profiles
from rejoinder.business.profiles import rules as roles
from rejoinder.chat.model import ClientId
from rejoinder.chat.realtime.live import Live
from rejoinder.db.transaction import Database, Tx
from rejoinder.units.clock import Clock
from rejoinder.units.ids import WireId, id_from_wire
from rejoinder.wire.auth import Viewer
from rejoinder.wire.cursor import decode_cursor, encode_cursor

PAGE_COUNT = 30

Headline = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
OfferText = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
ButtonTitle = Annotated[str, msgspec.Meta(min_length=1, max_length=24)]
PictureUrl = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
LinkUrl = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
PartyName = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
OfferName = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Micros = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,16}$", description="micro-units, decimal")]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Cursor = Annotated[str | None, QueryParameter(max_length=120)]
GivenClock = NamedDependency[SkipValidation[Clock]]
GivenMarket = NamedDependency[SkipValidation[Market]]


class OfferRequest(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An offer as the advertiser wants it.

    Without a start it begins when it is approved; payer and beneficiary default to owner and business; without a name it
    is called by its headline.
    """

    headline: Headline
    text: OfferText
    image_url: PictureUrl | None = None
    button_title: ButtonTitle
    button_url: LinkUrl | None = None
    payer: PartyName | None = None
    beneficiary: PartyName | None = None
    name: OfferName | None = None
    audience: Audience = msgspec.field(default_factory=Audience)
    starts_at: Moment | None = None
    ends_at: Moment
    total_micros: Micros
    bid_micros: Micros


class NewOfferRequest(OfferRequest, forbid_unknown_fields=True, kw_only=True):
    """A new offer; `client_id` is drawn once by the client, so that a retry finds the first."""

    client_id: ClientId


class ChangedOfferRequest(OfferRequest, forbid_unknown_fields=True, kw_only=True):
    """The whole offer anew; `version` is that of the offer the change was made on."""

    version: int


class MoveRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Pause, resume or end."""

    verb: Verb


class FindingView(msgspec.Struct):
    """What an automatic check noticed in a field; severity is error or warning."""

    field: str
    code: str
    message: str
    severity: str


class OfferReview(msgspec.Struct):
    """The newest review of an offer. `decision` is null while the operator looks, else approved, refused or withdrawn."""

    submitted_at: datetime
    decision: str | None
    decided_at: datetime | None
    reason: str | None
    findings: list[FindingView]


class OfferView(msgspec.Struct):
    """An offer as its team sees it. `status_words` says where it stands in a sentence."""

    id: WireId
    business_id: WireId
    name: str
    status: Status
    status_words: str
    version: int
    content: Content
    audience: Audience
    starts_at: datetime
    ends_at: datetime
    currency: str
    total_micros: str
    committed_micros: str
    bid_micros: str
    created_at: datetime
    review: OfferReview | None


class OfferPage(msgspec.Struct):
    """A stretch of a business's offers, newest first."""

    items: list[OfferView]
    next_cursor: str | None


class Suggestion(msgspec.Struct):
    """What the form begins with: the operator's suggestion and least price for a seen message, and who is named."""

    currency: str
    bid_micros: str
    reserve_micros: str
    payer: str
    beneficiary: str
    advert_refusal: str | None


class OwnCardView(msgspec.Struct):
    """Where the test card lies in the advertiser's own messenger."""

    thread_id: WireId
    position: int


@get("/api/businesses/{business_id:str}/offers/suggestion")
async def get_suggestion(
    *,
    business_id: FromPath[str],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
    settings: GivenMarket,
) -> Suggestion:
    """What a new offer begins with."""
    asked = id_from_wire(business_id)
    async with database.transaction() as tx:
        await _require_advertiser(tx, asked, viewer)
        profile = await profiles.get_profile(tx, asked)
        bid_micros = await commands.suggest_bid(tx, settings, at=clock.now())
    return Suggestion(
        currency=settings.currency,
        bid_micros=str(bid_micros),
        reserve_micros=str(settings.reserve_micros),
        payer=profile.owner_name,
        beneficiary=profile.name,
        advert_refusal=roles.refusal_to_advertise(profile.owner_state),
    )


@get("/api/businesses/{business_id:str}/offers")
async def list_offers(
    *,
    business_id: FromPath[str],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
    cursor: Cursor = None,
) -> OfferPage:
    """The business's offers, newest first."""
    asked, before = id_from_wire(business_id), decode_cursor(cursor)
    async with database.transaction() as tx:
        await _require_advertiser(tx, asked, viewer)
        offers = await store.list_offers_of_business(tx, business_id=asked, before=before, row_count=PAGE_COUNT + 1)
    page, at = offers[:PAGE_COUNT], clock.now()
    next_cursor = encode_cursor(page[-1].created_at, page[-1].id) if len(offers) > PAGE_COUNT else None
    return OfferPage([offer_view(offer, at=at) for offer in page], next_cursor)


@post("/api/businesses/{business_id:str}/offers")
async def create_offer(
    *,
    business_id: FromPath[str],
    data: JSONBody[NewOfferRequest],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
    settings: GivenMarket,
) -> OfferView:
    """Make a draft. Nothing is sent before it was submitted and approved."""
    asked = id_from_wire(business_id)

    async def work(tx: Tx) -> OfferView:
        await _require_advertiser(tx, asked, viewer)
        profile, at = await profiles.get_profile(tx, asked), clock.now()
        draft = commands.with_defaults(_draft(data, starts_at=data.starts_at or at), profile)
        offer = await commands.create_offer(
            tx, draft, profile, client_id=data.client_id, person_id=viewer.person_id, market=settings, at=at
        )
        return offer_view(offer, at=at)

    return await database.run(work)


@get("/api/businesses/{business_id:str}/offers/{offer_id:str}")
async def get_offer(
    *,
    business_id: FromPath[str],
    offer_id: FromPath[str],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
) -> OfferView:
    """One offer, with its newest review."""
    asked = id_from_wire(business_id)
    async with database.transaction() as tx:
        await _require_advertiser(tx, asked, viewer)
        return offer_view(await commands.get_offer(tx, asked, id_from_wire(offer_id)), at=clock.now())


@put("/api/businesses/{business_id:str}/offers/{offer_id:str}")
async def edit_offer(
    *,
    business_id: FromPath[str],
    offer_id: FromPath[str],
    data: JSONBody[ChangedOfferRequest],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
    settings: GivenMarket,
) -> OfferView:
    """Change an offer. New words, picture or link have to be reviewed again; time, budget and audience do not."""
    asked, changed = id_from_wire(business_id), id_from_wire(offer_id)

    async def work(tx: Tx) -> OfferView:
        await _require_advertiser(tx, asked, viewer)
        profile, at = await profiles.get_profile(tx, asked), clock.now()
        starts_at = data.starts_at or (await commands.get_offer(tx, asked, changed)).starts_at
        draft = commands.with_defaults(_draft(data, starts_at=starts_at), profile)
        offer = await commands.edit_offer(tx, asked, changed, draft, version=data.version, market=settings, at=at)
        return offer_view(offer, at=at)

    return await database.run(work)


@post("/api/businesses/{business_id:str}/offers/{offer_id:str}/state", status_code=200)
async def move_offer(
    *,
    business_id: FromPath[str],
    offer_id: FromPath[str],
    data: JSONBody[MoveRequest],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
) -> OfferView:
    """Pause, resume or end an offer."""
    asked = id_from_wire(business_id)

    async def work(tx: Tx) -> OfferView:
        await _require_advertiser(tx, asked, viewer)
        at = clock.now()
        offer = await commands.move_campaign(
            tx, asked, id_from_wire(offer_id), data.verb, actor_id=viewer.person_id, at=at
        )
        return offer_view(offer, at=at)

    return await database.run(work)


@post("/api/businesses/{business_id:str}/offers/{offer_id:str}/test", status_code=200)
async def send_test(
    *,
    business_id: FromPath[str],
    offer_id: FromPath[str],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
    live: NamedDependency[SkipValidation[Live]],
) -> OwnCardView:
    """Put the card, marked as a test, into one's own chat with the business. Free and not counted."""
    asked = id_from_wire(business_id)

    async def work(tx: Tx) -> OwnCardView:
        await _require_advertiser(tx, asked, viewer)
        offer = await commands.get_offer(tx, asked, id_from_wire(offer_id))
        card = await commands.send_test(tx, offer, person_id=viewer.person_id, at=clock.now())
        return OwnCardView(str(card.thread_id), card.position)

    view = await database.run(work)
    live.publish_mailboxes([viewer.person_id])
    return view


async def _require_advertiser(tx: Tx, business_id: int, viewer: Viewer) -> None:
    await profiles.require_role(tx, business_id, viewer.person_id, roles.ADVERTISERS)


def _draft(data: OfferRequest, *, starts_at: datetime) -> Draft:
    """The request as a draft; payer and beneficiary stay empty where nobody was named."""
    content = Content(
        headline=data.headline.strip(),
        text=data.text.strip(),
        image_url=data.image_url,
        button_title=data.button_title.strip(),
        button_url=data.button_url,
        payer=(data.payer or "").strip(),
        beneficiary=(data.beneficiary or "").strip(),
    )
    terms = Terms(
        name=(data.name or data.headline).strip(),
        audience=data.audience,
        starts_at=starts_at,
        ends_at=data.ends_at,
        total_micros=int(data.total_micros),
        bid_micros=int(data.bid_micros),
    )
    return Draft(content, terms)


def offer_view(offer: Offer, *, at: datetime) -> OfferView:
    """An offer for its team."""
    status = rules.status_of(offer, at=at)
    review = None
    if offer.submitted_at is not None:
        findings = msgspec.convert(offer.findings, list[FindingView])
        review = OfferReview(offer.submitted_at, offer.decision, offer.decided_at, offer.reason, findings)
    return OfferView(
        id=str(offer.id),
        business_id=str(offer.business_id),
        name=offer.name,
        status=status,
        status_words=rules.STATUS_WORDS[status],
        version=offer.version,
        content=offer.content,
        audience=offer.terms.audience,
        starts_at=offer.starts_at,
        ends_at=offer.ends_at,
        currency=offer.currency,
        total_micros=str(offer.total_micros),
        committed_micros=str(offer.committed_micros),
        bid_micros=str(offer.bid_micros),
        created_at=offer.created_at,
        review=review,
    )


ROUTES: list[Any] = [
    get_suggestion,
    list_offers,
    create_offer,
    get_offer,
    edit_offer,
    move_offer,
    send_test,
]
