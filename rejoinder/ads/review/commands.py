"""The verbs of review: submit, take back, decide. Each locks the campaign, then reads, then decides.

A decision is bound to the content's hash as the operator saw it, and the content it is about cannot change: creatives are
immutable, and an ad in review takes no other.
"""

from datetime import datetime
from typing import Literal

from rejoinder.ads.campaigns import commands as campaigns
from rejoinder.ads.campaigns import rules as campaign_rules
from rejoinder.ads.campaigns.model import Offer, OfferRefused
from rejoinder.ads.review import rules, store
from rejoinder.ads.review.events import OfferDecided, OfferSubmitted
from rejoinder.ads.review.model import (
    ApprovalRefused,
    ReasonMissing,
    Review,
    ReviewChanged,
    ReviewDecided,
    ReviewMissing,
    Standing,
)
from rejoinder.business.profiles import commands as profiles
from rejoinder.db.transaction import Tx


async def submit(tx: Tx, business_id: int, offer_id: int, *, person_id: int, at: datetime) -> Offer:
    """Run the checks and put the ad in the operator's queue. Submitting what is in review already changes nothing."""
    offer = await campaigns.lock_offer(tx, business_id, offer_id)
    if offer.ad_state == "in_review":
        return offer
    if refusal := campaign_rules.refusal_to_submit(offer, at=at):
        raise OfferRefused(refusal)
    findings = rules.check(offer.content, await _read_standing(tx, business_id))
    review_id = await store.insert_review(tx, offer, findings=findings, submitted_by=person_id, at=at)
    await campaigns.set_ad_state(tx, offer, "in_review", actor_id=person_id, at=at)
    await tx.publish([OfferSubmitted(review_id, offer.id, business_id, person_id, at)], at=at)
    return await campaigns.get_offer(tx, business_id, offer_id)


async def withdraw(tx: Tx, business_id: int, offer_id: int, *, person_id: int, at: datetime) -> Offer:
    """Take an ad out of the queue, to change it. Without an open review nothing changes."""
    offer = await campaigns.lock_offer(tx, business_id, offer_id)
    review_id = await store.find_open_review(tx, offer.ad_id)
    if review_id is None:
        return offer
    await store.close_review(tx, review_id, decision="withdrawn", reason=None, actor_id=person_id, at=at)
    await campaigns.set_ad_state(tx, offer, "draft", actor_id=person_id, at=at)
    await tx.publish([OfferDecided(review_id, offer.id, business_id, "withdrawn", None, person_id, at)], at=at)
    return await campaigns.get_offer(tx, business_id, offer_id)


async def decide(
    tx: Tx,
    review_id: int,
    decision: Literal["approved", "refused"],
    *,
    reason: str | None,
    content_hash: bytes,
    operator_id: int,
    at: datetime,
) -> Review:
    """Approve or refuse exactly what the operator saw. The same decision again returns the first."""
    found = await get_review(tx, review_id)
    offer = await campaigns.lock_offer(tx, found.business_id, found.campaign_id)
    review = await get_review(tx, review_id)
    if review.decision == decision and review.content_hash == content_hash:
        return review
    if review.decision is not None:
        raise ReviewDecided(f"This was {review.decision} meanwhile. Load the queue again.")
    if not review.content_hash == content_hash == campaign_rules.content_hash(offer.content):
        raise ReviewChanged("This is not the content that stands in the queue. Load it again and look at it.")
    if decision == "refused" and reason is None:
        raise ReasonMissing("Say why, in words the advertiser can act on.", field="reason")
    refusal = rules.refusal_to_approve(offer, await _read_standing(tx, review.business_id))
    if decision == "approved" and refusal:
        raise ApprovalRefused(refusal)
    await store.close_review(tx, review_id, decision=decision, reason=reason, actor_id=operator_id, at=at)
    await campaigns.set_ad_state(tx, offer, decision, actor_id=operator_id, at=at)
    decided = OfferDecided(review_id, offer.id, review.business_id, decision, reason, operator_id, at)
    await tx.publish([decided], at=at)
    return await get_review(tx, review_id)


async def get_review(tx: Tx, review_id: int) -> Review:
    review = await store.find_review(tx, review_id)
    if review is None:
        raise ReviewMissing("There is no such review.")
    return review


async def _read_standing(tx: Tx, business_id: int) -> Standing:
    profile = await profiles.get_profile(tx, business_id)
    return Standing(profile.owner_name, profile.name, profile.owner_state == "verified")
