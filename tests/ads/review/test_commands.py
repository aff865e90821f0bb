"""A decision is about the very bytes that were looked at, is made once, and starts only what may run."""

import asyncio
from functools import partial
from typing import Any

import asyncpg
import pytest

from rejoinder.ads.campaigns import commands as campaigns
from rejoinder.ads.campaigns.model import Offer, OfferRefused, Verb
from rejoinder.ads.review import commands, store
from rejoinder.ads.review.model import (
    ApprovalRefused,
    ReasonMissing,
    Review,
    ReviewChanged,
    ReviewDecided,
    ReviewMissing,
)
from rejoinder.business.profiles import commands as profiles
from rejoinder.db.transaction import Database, Tx
from rejoinder.units.ids import new_id
from tests.support.ads import AT, MARKET, draft
from tests.support.business import make_business

OPERATOR = 77


async def make_submitted(tx: Tx, *, is_verified: bool = True, **overrides: Any) -> tuple[Offer, Review]:
    """An offer of a business in the queue, with its review."""
    business = await make_business(tx, is_verified=is_verified)
    profile = await profiles.get_profile(tx, business.id)
    wanted = campaigns.with_defaults(draft(payer="", beneficiary="", **overrides), profile)
    offer = await campaigns.create_offer(
        tx, wanted, profile, client_id="one", person_id=business.owner_person_id, market=MARKET, at=AT
    )
    offer = await commands.submit(tx, business.id, offer.id, person_id=business.owner_person_id, at=AT)
    return offer, await open_review(tx, offer)


async def open_review(tx: Tx, offer: Offer) -> Review:
    review_id = await store.find_open_review(tx, offer.ad_id)
    assert review_id is not None
    return await commands.get_review(tx, review_id)


async def decide(tx: Tx, review: Review, decision: Any, reason: str | None = None) -> Review:
    return await commands.decide(
        tx, review.id, decision, reason=reason, content_hash=review.content_hash, operator_id=OPERATOR, at=AT
    )


async def read(tx: Tx, offer: Offer) -> Offer:
    return await campaigns.get_offer(tx, offer.business_id, offer.id)


async def test_approval_starts_the_campaign(tx: Tx) -> None:
    offer, review = await make_submitted(tx)
    assert (offer.ad_state, review.findings) == ("in_review", [])
    assert review.id in {item.id for item in await store.list_open_reviews(tx, after=None, row_count=1000)}
    await decide(tx, review, "approved")
    approved = await read(tx, offer)
    assert (approved.campaign_state, approved.ad_state, approved.decision) == ("active", "approved", "approved")
    assert review.id not in {item.id for item in await store.list_open_reviews(tx, after=None, row_count=1000)}
    assert review.id in {item.id for item in await store.list_decided_reviews(tx, before=None, row_count=1000)}


async def test_refused_fixed_resubmitted_approved(tx: Tx) -> None:
    offer, review = await make_submitted(tx, button_url="http://tea.example/")
    assert [finding["code"] for finding in review.findings] == ["link_not_secure"]
    await decide(tx, review, "refused", "Use the secure address of your page.")
    refused = await read(tx, offer)
    assert (refused.ad_state, refused.reason) == ("refused", "Use the secure address of your page.")
    assert [finding["field"] for finding in refused.findings] == ["button_url"]

    profile = await profiles.get_profile(tx, offer.business_id)
    fixed = campaigns.with_defaults(draft(payer="", beneficiary=""), profile)
    await campaigns.edit_offer(tx, offer.business_id, offer.id, fixed, version=refused.version, market=MARKET, at=AT)
    again = await commands.submit(tx, offer.business_id, offer.id, person_id=1, at=AT)
    second = await open_review(tx, again)
    assert second.findings == []
    assert second.content_hash != review.content_hash
    await decide(tx, second, "approved")
    assert (await read(tx, offer)).campaign_state == "active"


async def test_the_newest_review_is_told_also_when_no_time_passes(tx: Tx) -> None:
    offer, _ = await make_submitted(tx)
    for _ in range(8):
        back = await commands.withdraw(tx, offer.business_id, offer.id, person_id=1, at=AT)
        assert back.decision == "withdrawn"
        again = await commands.submit(tx, offer.business_id, offer.id, person_id=1, at=AT)
        assert again.decision is None


async def test_submitting_again_changes_nothing(tx: Tx) -> None:
    offer, review = await make_submitted(tx)
    assert await commands.submit(tx, offer.business_id, offer.id, person_id=1, at=AT) == offer
    assert (await open_review(tx, offer)).id == review.id


@pytest.mark.parametrize("decision", ["approved", "refused"])
async def test_deciding_again_returns_the_first(tx: Tx, decision: str) -> None:
    offer, review = await make_submitted(tx)
    first = await decide(tx, review, decision, "Because.")
    assert await decide(tx, review, decision, "Another reason.") == first
    assert first.reason == "Because."
    with pytest.raises(ReviewDecided):
        await decide(tx, review, "refused" if decision == "approved" else "approved", "Other.")
    assert (await read(tx, offer)).ad_state == decision


async def test_a_refusal_needs_a_reason(tx: Tx) -> None:
    offer, review = await make_submitted(tx)
    with pytest.raises(ReasonMissing):
        await decide(tx, review, "refused")
    assert (await read(tx, offer)).ad_state == "in_review"


async def test_a_decision_about_other_bytes_is_refused(tx: Tx) -> None:
    offer, review = await make_submitted(tx)
    with pytest.raises(ReviewChanged):
        await commands.decide(
            tx, review.id, "approved", reason=None, content_hash=bytes(32), operator_id=OPERATOR, at=AT
        )
    assert (await read(tx, offer)).ad_state == "in_review"


async def test_what_is_reviewed_cannot_be_changed(tx: Tx) -> None:
    offer, review = await make_submitted(tx)
    profile = await profiles.get_profile(tx, offer.business_id)
    other = campaigns.with_defaults(draft(payer="", beneficiary="", headline="Something else"), profile)
    with pytest.raises(OfferRefused):
        await campaigns.edit_offer(tx, offer.business_id, offer.id, other, version=offer.version, market=MARKET, at=AT)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await tx.connection.execute("UPDATE ads.creative SET headline = 'x' WHERE id = $1", review.creative_id)


async def test_taken_back_it_can_be_changed_and_is_in_no_queue(tx: Tx) -> None:
    offer, review = await make_submitted(tx)
    back = await commands.withdraw(tx, offer.business_id, offer.id, person_id=1, at=AT)
    assert (back.ad_state, back.decision) == ("draft", "withdrawn")
    assert await commands.withdraw(tx, offer.business_id, offer.id, person_id=1, at=AT) == back
    with pytest.raises(ReviewDecided):
        await decide(tx, review, "approved")


async def test_an_owner_who_is_not_verified_gets_no_approval(tx: Tx) -> None:
    offer, review = await make_submitted(tx, is_verified=False)
    assert [finding["code"] for finding in review.findings] == ["owner_not_verified"]
    with pytest.raises(ApprovalRefused):
        await decide(tx, review, "approved")
    await profiles.decide_owner(tx, offer.owner_id, "verified", reason=None, operator_id=OPERATOR, at=AT)
    await decide(tx, review, "approved")
    assert (await read(tx, offer)).ad_state == "approved"


async def test_approval_does_not_wake_a_paused_or_ended_campaign(tx: Tx) -> None:
    offer, review = await make_submitted(tx)
    await decide(tx, review, "approved")
    await campaigns.move_campaign(tx, offer.business_id, offer.id, Verb.PAUSE, actor_id=1, at=AT)
    paused = await read(tx, offer)
    profile = await profiles.get_profile(tx, offer.business_id)
    other = campaigns.with_defaults(draft(payer="", beneficiary="", headline="Spring teas"), profile)
    await campaigns.edit_offer(tx, offer.business_id, offer.id, other, version=paused.version, market=MARKET, at=AT)
    await commands.submit(tx, offer.business_id, offer.id, person_id=1, at=AT)
    await decide(tx, await open_review(tx, offer), "approved")
    assert ((await read(tx, offer)).campaign_state, (await read(tx, offer)).ad_state) == ("paused", "approved")


async def test_an_offer_that_ended_while_it_waited_needs_no_decision(tx: Tx) -> None:
    offer, review = await make_submitted(tx)
    await campaigns.move_campaign(tx, offer.business_id, offer.id, Verb.END, actor_id=1, at=AT)
    assert review.id not in {item.id for item in await store.list_open_reviews(tx, after=None, row_count=1000)}
    with pytest.raises(ApprovalRefused):
        await decide(tx, review, "approved")
    await commands.withdraw(tx, offer.business_id, offer.id, person_id=1, at=AT)
    with pytest.raises(OfferRefused):
        await commands.submit(tx, offer.business_id, offer.id, person_id=1, at=AT)


async def test_an_unknown_review_is_missing(tx: Tx) -> None:
    with pytest.raises(ReviewMissing):
        await commands.get_review(tx, new_id())


async def test_two_operators_at_once_decide_once(database: Database) -> None:
    offer, review = await database.run(make_submitted)
    decisions = ["approved", "refused"] * 4
    results = await asyncio.gather(
        *(database.run(partial(decide, review=review, decision=d, reason="No.")) for d in decisions),
        return_exceptions=True,
    )
    decided = {result.decision for result in results if isinstance(result, Review)}
    assert len(decided) == 1
    assert all(isinstance(result, Review | ReviewDecided) for result in results)
    assert {(await database.run(lambda tx: read(tx, offer))).ad_state} == decided
