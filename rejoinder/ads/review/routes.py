"""The addresses of review: submit and take back for advertisers, queue and decision for the operator."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter, SkipValidation

from rejoinder.ads.campaigns.model import Content
from rejoinder.ads.campaigns.routes import FindingView, OfferView, offer_view
from rejoinder.ads.review import commands, store
from rejoinder.ads.review.model import Review
from rejoinder.business.profiles import commands as profiles
from rejoinder.business.profiles import rules as roles
from rejoinder.business.profiles.routes import require_text
from rejoinder.db.transaction import Database, Tx
from rejoinder.units.clock import Clock
from rejoinder.units.ids import WireId, id_from_wire
from rejoinder.wire.auth import Viewer
from rejoinder.wire.cursor import decode_cursor, encode_cursor

PAGE_COUNT = 30

Cursor = Annotated[str | None, QueryParameter(max_length=120)]
GivenClock = NamedDependency[SkipValidation[Clock]]


class ReviewView(msgspec.Struct):
    """A submitted ad with who stands behind it. `content_hash` names the content that a decision is about."""

    id: WireId
    offer_id: WireId
    business_id: WireId
    business_name: str
    business_handle: str | None
    owner_id: WireId
    owner_name: str
    owner_country: str
    owner_state: str
    content: Content
    content_hash: str
    findings: list[FindingView]
    submitted_at: datetime
    decision: str | None
    reason: str | None
    decided_at: datetime | None


class ReviewPage(msgspec.Struct):
    """A stretch of the queue, oldest first, or of what was decided, newest first."""

    items: list[ReviewView]
    next_cursor: str | None


class ReviewDecisionRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The operator's word about exactly the content with this hash; a refusal needs a reason."""

    decision: Literal["approved", "refused"]
    content_hash: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)] | None = None


@post("/api/businesses/{business_id:str}/offers/{offer_id:str}/submit", status_code=200)
async def submit_offer(
    *,
    business_id: FromPath[str],
    offer_id: FromPath[str],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
) -> OfferView:
    """Send an offer to review; the answer carries what the automatic checks noticed."""
    asked = id_from_wire(business_id)

    async def work(tx: Tx) -> OfferView:
        await profiles.require_role(tx, asked, viewer.person_id, roles.ADVERTISERS)
        at = clock.now()
        offer = await commands.submit(tx, asked, id_from_wire(offer_id), person_id=viewer.person_id, at=at)
        return offer_view(offer, at=at)

    return await database.run(work)


@post("/api/businesses/{business_id:str}/offers/{offer_id:str}/withdraw", status_code=200)
async def withdraw_offer(
    *,
    business_id: FromPath[str],
    offer_id: FromPath[str],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
) -> OfferView:
    """Take an offer back from review, to change it."""
    asked = id_from_wire(business_id)

    async def work(tx: Tx) -> OfferView:
        await profiles.require_role(tx, asked, viewer.person_id, roles.ADVERTISERS)
        at = clock.now()
        offer = await commands.withdraw(tx, asked, id_from_wire(offer_id), person_id=viewer.person_id, at=at)
        return offer_view(offer, at=at)

    return await database.run(work)


@get("/api/operator/reviews")
async def list_reviews(
    *,
    operator: NamedDependency[Viewer],  # noqa: ARG001  asking for it is the check
    database: NamedDependency[Database],
    which: Annotated[Literal["open", "decided"], QueryParameter(name="state")] = "open",
    cursor: Cursor = None,
) -> ReviewPage:
    """The queue, or what was decided."""
    place = decode_cursor(cursor)
    async with database.transaction() as tx:
        if which == "open":
            reviews = await store.list_open_reviews(tx, after=place, row_count=PAGE_COUNT + 1)
        else:
            reviews = await store.list_decided_reviews(tx, before=place, row_count=PAGE_COUNT + 1)
    page, next_cursor = reviews[:PAGE_COUNT], None
    if len(reviews) > PAGE_COUNT:
        next_cursor = encode_cursor(page[-1].decided_at or page[-1].submitted_at, page[-1].id)
    return ReviewPage([_review_view(review) for review in page], next_cursor)


@get("/api/operator/reviews/{review_id:str}")
async def get_review(
    *,
    review_id: FromPath[str],
    operator: NamedDependency[Viewer],  # noqa: ARG001  asking for it is the check
    database: NamedDependency[Database],
) -> ReviewView:
    """One submitted ad."""
    async with database.transaction() as tx:
        return _review_view(await commands.get_review(tx, id_from_wire(review_id)))


@post("/api/operator/reviews/{review_id:str}/decision", status_code=200)
async def decide_review(
    *,
    review_id: FromPath[str],
    data: JSONBody[ReviewDecisionRequest],
    operator: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
) -> ReviewView:
    """Approve or refuse; the advertiser reads the reason."""
    reason = None if data.reason is None else require_text(data.reason, "reason", must_have_words=True)
    asked = id_from_wire(review_id)

    async def work(tx: Tx) -> Review:
        return await commands.decide(
            tx,
            asked,
            data.decision,
            reason=reason,
            content_hash=bytes.fromhex(data.content_hash),
            operator_id=operator.person_id,
            at=clock.now(),
        )

    return _review_view(await database.run(work))


def _review_view(review: Review) -> ReviewView:
    return ReviewView(
        id=str(review.id),
        offer_id=str(review.campaign_id),
        business_id=str(review.business_id),
        business_name=review.business_name,
        business_handle=review.handle,
        owner_id=str(review.owner_id),
        owner_name=review.owner_name,
        owner_country=review.owner_country,
        owner_state=review.owner_state,
        content=review.content,
        content_hash=review.content_hash.hex(),
        findings=msgspec.convert(review.findings, list[FindingView]),
        submitted_at=review.submitted_at,
        decision=review.decision,
        reason=review.reason,
        decided_at=review.decided_at,
    )


ROUTES: list[Any] = [submit_offer, withdraw_offer, list_reviews, get_review, decide_review]
