"""The statements of campaigns as functions: rows in, rows out, no meaning."""

from datetime import datetime

import msgspec

from rejoinder.ads.campaigns.model import AdState, CampaignState, Content, NewOffer, Offer, Terms
from rejoinder.db.transaction import Tx
from rejoinder.units.ids import new_id


async def insert_offer(tx: Tx, new: NewOffer, terms: Terms, *, creative_id: int) -> bool:
    """Insert all rows of an offer; False when the client's id is taken, and nothing was inserted."""
    inserted = await tx.value(
        "insert_campaign",
        id=new.id,
        ad_account_id=new.ad_account_id,
        business_id=new.business_id,
        owner_id=new.owner_id,
        name=terms.name,
        client_id=new.client_id,
        created_by=new.created_by,
        at=new.created_at,
    )
    if inserted is None:
        return False
    await tx.run("insert_ad_set", id=new.ad_set_id, campaign_id=new.id, **_terms(terms))
    await tx.run(
        "insert_budgets",
        ids=[new_id(), new_id()],
        scope_ids=[new.ad_set_id, new.id],
        limit_micros=terms.total_micros,
    )
    await tx.run("insert_ad", id=new.ad_id, ad_set_id=new.ad_set_id, creative_id=creative_id)
    return True


async def insert_creative(tx: Tx, *, business_id: int, content: Content, content_hash: bytes, at: datetime) -> int:
    creative_id = new_id()
    await tx.run(
        "insert_creative",
        id=creative_id,
        business_id=business_id,
        content_hash=content_hash,
        at=at,
        **msgspec.structs.asdict(content),
    )
    return creative_id


async def lock_campaign(tx: Tx, campaign_id: int) -> None:
    await tx.run("lock_campaign", campaign_id=campaign_id)


async def find_offer(tx: Tx, offer_id: int) -> Offer | None:
    return await tx.maybe(Offer, "find_offer", offer_id=offer_id)


async def find_offer_of_client(tx: Tx, *, business_id: int, client_id: str) -> Offer | None:
    return await tx.maybe(Offer, "find_offer_of_client", business_id=business_id, client_id=client_id)


async def list_offers_of_business(
    tx: Tx, *, business_id: int, before: tuple[datetime, int] | None, row_count: int
) -> list[Offer]:
    before_at, before_id = before or (None, None)
    return await tx.many(
        Offer,
        "list_offers_of_business",
        business_id=business_id,
        before_at=before_at,
        before_id=before_id,
        row_count=row_count,
    )


async def set_campaign_state(tx: Tx, *, campaign_id: int, state: CampaignState, at: datetime) -> None:
    await tx.run("set_campaign_state", campaign_id=campaign_id, state=state, at=at)


async def set_terms(tx: Tx, offer: Offer, terms: Terms) -> None:
    """Name and schedule, then the budgets in the order in which the ledger locks them."""
    await tx.run("set_campaign_name", campaign_id=offer.id, name=terms.name)
    await tx.run("set_ad_set_terms", ad_set_id=offer.ad_set_id, **_terms(terms))
    for scope, scope_id in (("ad_set", offer.ad_set_id), ("campaign", offer.id)):
        await tx.run("set_budget_limit", scope=scope, scope_id=scope_id, limit_micros=terms.total_micros)


async def set_ad(tx: Tx, *, ad_id: int, creative_id: int, state: AdState) -> None:
    await tx.run("set_ad", ad_id=ad_id, creative_id=creative_id, state=state)


async def find_test(tx: Tx, *, person_id: int, thread_id: int, creative_id: int) -> int | None:
    position: int | None = await tx.value(
        "find_test", person_id=person_id, thread_id=thread_id, creative_id=creative_id
    )
    return position


async def list_recent_charges(tx: Tx, *, since: datetime) -> list[int]:
    return await tx.column("list_recent_charges", since=since)


def _terms(terms: Terms) -> dict[str, object]:
    return {
        "name": terms.name,
        "bid_micros": terms.bid_micros,
        "audience": msgspec.to_builtins(terms.audience),
        "starts_at": terms.starts_at,
        "ends_at": terms.ends_at,
    }
