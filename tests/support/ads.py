"""Builders of ads: funded ad accounts, offers, approved and running campaigns. Defaults are valid; override by keyword."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from rejoinder.ads.audiences.model import Audience
from rejoinder.ads.campaigns import commands as campaigns
from rejoinder.ads.campaigns import store as campaigns_store
from rejoinder.ads.campaigns.model import Content, Draft, NewOffer, Offer, Terms
from rejoinder.ads.campaigns.rules import content_hash
from rejoinder.ads.ledger import commands as ledger
from rejoinder.ads.ledger.model import AdAccount, Claim, Move
from rejoinder.ads.review import store as review_store
from rejoinder.db.transaction import Database, Tx
from rejoinder.units.ids import new_code, new_id
from rejoinder.units.money import MICROS_PER_UNIT

AT = datetime(2030, 1, 9, 12, 0, tzinfo=UTC)
EURO = MICROS_PER_UNIT


@dataclass(frozen=True)
class TestMarket:
    """The operator's terms in tests: euros, two cents at least."""

    __test__ = False

    currency: str = "EUR"
    reserve_micros: int = 20_000


MARKET = TestMarket()


def content(**overrides: Any) -> Content:
    """A decent offer of Tea House Ltd."""
    tea: dict[str, Any] = {
        "headline": "Winter teas are here",
        "text": "Twelve new blends, 10 % off until Sunday for everyone who wrote to us.",
        "image_url": None,
        "button_title": "Have a look",
        "button_url": "https://tea.example/winter",
        "payer": "Tea House Ltd",
        "beneficiary": "Tea House",
    }
    return Content(**{**tea, **overrides})


def terms(**overrides: Any) -> Terms:
    """A week, 10.00 in all, 0.20 for a seen message."""
    week: dict[str, Any] = {
        "name": "Winter teas",
        "audience": Audience(),
        "starts_at": AT,
        "ends_at": AT + timedelta(days=7),
        "total_micros": 10 * EURO,
        "bid_micros": EURO // 5,
    }
    return Terms(**{**week, **overrides})


def draft(**overrides: Any) -> Draft:
    """Content and terms; each override goes to where it belongs."""
    inside = {name: overrides.pop(name) for name in list(overrides) if name in Content.__struct_fields__}
    return Draft(content(**inside), terms(**overrides))


async def make_ad_account(
    tx: Tx, *, owner_id: int | None = None, funded_micros: int = 100 * EURO, currency: str = "EUR", at: datetime = AT
) -> AdAccount:
    """An ad account with test money in it."""
    account = await ledger.open_ad_account(
        tx, owner_id=owner_id or new_id(), name="Tea House Ltd", currency=currency, at=at
    )
    if funded_micros:
        await fund(tx, account.id, funded_micros, at=at)
    return account


async def fund(tx: Tx, ad_account_id: int, micros: int, *, reference: str | None = None, at: datetime = AT) -> None:
    """Add test money."""
    move = Move(ad_account_id, micros, reference or new_code(12))
    await ledger.fund(tx, move, way="test", is_test=True, is_operator=False, actor_id=1, at=at)


async def make_offer(
    tx: Tx, *, account: AdAccount, business_id: int | None = None, at: datetime = AT, **overrides: Any
) -> Offer:
    """A draft offer of a business; the business's row is not needed."""
    wanted = draft(**overrides)
    owned_by = business_id or new_id()
    creative_id = await campaigns_store.insert_creative(
        tx, business_id=owned_by, content=wanted.content, content_hash=content_hash(wanted.content), at=at
    )
    new = NewOffer(new_id(), new_id(), new_id(), owned_by, account.owner_id, account.id, new_code(12), 1, at)
    assert await campaigns_store.insert_offer(tx, new, wanted.terms, creative_id=creative_id)
    offer = await campaigns_store.find_offer(tx, new.id)
    assert offer is not None
    return offer


async def make_running_offer(
    tx: Tx, *, account: AdAccount, business_id: int | None = None, at: datetime = AT, **overrides: Any
) -> Offer:
    """An offer whose ad was approved by the operator and whose campaign is active."""
    offer = await make_offer(tx, account=account, business_id=business_id, at=at, **overrides)
    await approve(tx, offer, at=at)
    approved = await campaigns_store.find_offer(tx, offer.id)
    assert approved is not None
    return approved


def claim_of(offer: Offer, micros: int) -> Claim:
    """Lease so much for the offer's ad set."""
    return Claim(offer.ad_set_id, offer.id, offer.ad_account_id, micros)


@dataclass(frozen=True)
class Committed:
    """Committed money of one offer's budgets and ad account."""

    ad_set: int
    campaign: int
    ad_account: int
    day: dict[str, int] = field(default_factory=dict)


async def committed_of(where: Tx | Database, offer: Offer) -> Committed:
    """Read what each level counts as committed."""
    if isinstance(where, Database):
        return await where.run(lambda tx: committed_of(tx, offer))
    rows = await where.connection.fetch(
        "SELECT scope, day, committed_micros FROM ads.budget WHERE scope_id = ANY($1::bigint[])",
        [offer.ad_set_id, offer.id],
    )
    life = {row["scope"]: row["committed_micros"] for row in rows if row["day"] is None}
    day = {f"{row['scope']} {row['day']}": row["committed_micros"] for row in rows if row["day"] is not None}
    account = await where.connection.fetchval(
        "SELECT committed_micros FROM ads.ad_account WHERE id = $1", offer.ad_account_id
    )
    return Committed(life["ad_set"], life["campaign"], account, day)


async def approve(tx: Tx, offer: Offer, *, at: datetime = AT, operator_id: int = 1) -> None:
    """Write an approved review of the offer's content and start its campaign, without a business behind it."""
    review_id = await review_store.insert_review(tx, offer, findings=[], submitted_by=1, at=at)
    await review_store.close_review(tx, review_id, decision="approved", reason=None, actor_id=operator_id, at=at)
    await campaigns.set_ad_state(tx, offer, "approved", actor_id=operator_id, at=at)
