"""Offers on a real Postgres: made once, changed by version, immutable in content, moved idempotently."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from rejoinder.ads.campaigns import commands
from rejoinder.ads.campaigns.model import Offer, OfferChanged, OfferInvalid, OfferMissing, OfferRefused, Verb
from rejoinder.business.profiles import commands as profiles
from rejoinder.db.transaction import Database, Tx
from rejoinder.people.protections.policy import load_policies
from rejoinder.server.verify import verify
from rejoinder.units.ids import new_id
from tests.support.ads import AT, EURO, MARKET, draft, make_ad_account, make_offer, make_running_offer
from tests.support.business import make_business, make_member


async def create(tx: Tx, business_id: int, *, client_id: str = "one", **overrides: Any) -> Offer:
    profile = await profiles.get_profile(tx, business_id)
    return await commands.create_offer(
        tx, draft(**overrides), profile, client_id=client_id, person_id=1, market=MARKET, at=AT
    )


async def edit(tx: Tx, offer: Offer, *, version: int | None = None, **overrides: Any) -> Offer:
    return await commands.edit_offer(
        tx,
        offer.business_id,
        offer.id,
        draft(**overrides),
        version=offer.version if version is None else version,
        market=MARKET,
        at=AT,
    )


async def count(tx: Tx, table: str, business_id: int) -> int:
    found: int = await tx.connection.fetchval(f"SELECT count(*) FROM ads.{table} WHERE business_id = $1", business_id)  # noqa: S608
    return found


async def test_an_offer_is_campaign_ad_set_creative_and_ad(tx: Tx) -> None:
    business = await make_business(tx)
    offer = await create(tx, business.id)
    assert (offer.content, offer.terms) == (draft().content, draft().terms)
    assert (offer.campaign_state, offer.ad_state, offer.owner_id) == ("draft", "draft", business.owner_id)
    limits = await tx.connection.fetch(
        "SELECT scope, limit_micros FROM ads.budget WHERE scope_id = ANY($1::bigint[]) ORDER BY scope",
        [offer.id, offer.ad_set_id],
    )
    assert [tuple(row) for row in limits] == [("ad_set", 10 * EURO), ("campaign", 10 * EURO)]


async def test_creating_again_with_the_same_client_id_finds_the_first(tx: Tx) -> None:
    business = await make_business(tx)
    first = await create(tx, business.id)
    assert await create(tx, business.id) == first
    assert (await create(tx, business.id, client_id="two")).id != first.id
    assert await count(tx, "campaign", business.id) == 2


async def test_a_bad_draft_changes_nothing(tx: Tx) -> None:
    business = await make_business(tx)
    with pytest.raises(OfferInvalid) as refused:
        await create(tx, business.id, button_url="javascript:alert(1)")
    assert refused.value.field == "button_url"
    assert await count(tx, "campaign", business.id) == 0


async def test_new_words_are_a_new_creative_and_need_a_review(tx: Tx) -> None:
    offer = await make_running_offer(tx, account=await make_ad_account(tx))
    edited = await edit(tx, offer, headline="Spring teas are here")
    assert (edited.headline, edited.ad_state) == ("Spring teas are here", "draft")
    assert edited.creative_id != offer.creative_id
    assert edited.version > offer.version
    kept = await tx.connection.fetchval("SELECT headline FROM ads.creative WHERE id = $1", offer.creative_id)
    assert kept == offer.headline


async def test_terms_change_without_a_review(tx: Tx) -> None:
    offer = await make_running_offer(tx, account=await make_ad_account(tx))
    edited = await edit(tx, offer, total_micros=3 * EURO, bid_micros=EURO, ends_at=AT + timedelta(days=2))
    assert (edited.ad_state, edited.creative_id) == ("approved", offer.creative_id)
    assert (edited.total_micros, edited.bid_micros, edited.ends_at) == (3 * EURO, EURO, AT + timedelta(days=2))
    ad_set_limit = await tx.connection.fetchval(
        "SELECT limit_micros FROM ads.budget WHERE scope_id = $1", offer.ad_set_id
    )
    assert ad_set_limit == 3 * EURO


async def test_an_old_version_does_not_overwrite_a_newer_one(tx: Tx) -> None:
    offer = await make_offer(tx, account=await make_ad_account(tx))
    edited = await edit(tx, offer, headline="Second")
    with pytest.raises(OfferChanged):
        await edit(tx, offer, headline="Third")
    assert await edit(tx, offer, headline="Second") == edited, "the same change again finds it done"


async def test_content_is_immutable(tx: Tx) -> None:
    offer = await make_offer(tx, account=await make_ad_account(tx))
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="append-only"):
        await tx.connection.execute("UPDATE ads.creative SET headline = 'Other' WHERE id = $1", offer.creative_id)


@pytest.mark.parametrize(
    ("verbs", "state"),
    [
        ([Verb.PAUSE], "paused"),
        ([Verb.PAUSE, Verb.RESUME], "active"),
        ([Verb.PAUSE, Verb.END], "ended"),
        ([Verb.END], "ended"),
    ],
)
async def test_a_verb_again_changes_nothing(tx: Tx, verbs: list[Verb], state: str) -> None:
    offer = await make_running_offer(tx, account=await make_ad_account(tx))
    for verb in verbs:
        once = await commands.move_campaign(tx, offer.business_id, offer.id, verb, actor_id=1, at=AT)
        again = await commands.move_campaign(
            tx, offer.business_id, offer.id, verb, actor_id=1, at=AT + timedelta(hours=1)
        )
        assert once == again
    assert once.campaign_state == state
    told = await tx.connection.fetch(
        "SELECT payload->>'state' AS state FROM db.outbox WHERE topic = 'ads.campaign_moved' AND xid = pg_current_xact_id()"
    )
    assert len(told) == 1 + len(verbs), "the approval, then each verb once"


async def test_an_ended_offer_stays_ended(tx: Tx) -> None:
    offer = await make_running_offer(tx, account=await make_ad_account(tx))
    await commands.move_campaign(tx, offer.business_id, offer.id, Verb.END, actor_id=1, at=AT)
    with pytest.raises(OfferRefused):
        await commands.move_campaign(tx, offer.business_id, offer.id, Verb.RESUME, actor_id=1, at=AT)
    with pytest.raises(OfferRefused):
        await edit(tx, offer, headline="Too late")


async def test_another_business_has_no_such_offer(tx: Tx) -> None:
    offer = await make_offer(tx, account=await make_ad_account(tx))
    with pytest.raises(OfferMissing):
        await commands.get_offer(tx, new_id(), offer.id)
    with pytest.raises(OfferMissing):
        await commands.move_campaign(tx, new_id(), offer.id, Verb.END, actor_id=1, at=AT)


async def test_a_test_card_lies_in_the_advertisers_own_thread_once(tx: Tx) -> None:
    business = await make_business(tx)
    person_id = await make_member(tx, business.id, "advertiser")
    offer = await create(tx, business.id)
    card = await commands.send_test(tx, offer, person_id=person_id, at=AT)
    assert await commands.send_test(tx, offer, person_id=person_id, at=AT) == card
    [message] = await tx.connection.fetch("SELECT * FROM chat.message WHERE thread_id = $1", card.thread_id)
    assert message["home"] == person_id
    assert message["body"]["is_test"]
    assert message["body"]["headline"] == offer.headline
    [mailbox] = await tx.connection.fetch("SELECT * FROM chat.mailbox WHERE thread_id = $1", card.thread_id)
    assert (mailbox["unread_count"], mailbox["rank_at"]) == (0, None)
    assert await tx.connection.fetchval("SELECT count(*) FROM ads.delivery WHERE person_id = $1", person_id) == 0


async def test_new_words_can_be_tested_again(tx: Tx) -> None:
    business = await make_business(tx)
    offer = await create(tx, business.id)
    first = await commands.send_test(tx, offer, person_id=business.owner_person_id, at=AT)
    edited = await edit(tx, offer, headline="Other words")
    second = await commands.send_test(tx, edited, person_id=business.owner_person_id, at=AT)
    assert second.position > first.position


async def test_a_test_card_breaks_no_promise_and_its_mark_does_not_hide_an_advert(fresh_database: Database) -> None:
    async def send(tx: Tx) -> None:
        business = await make_business(tx)
        await commands.send_test(tx, await create(tx, business.id), person_id=business.owner_person_id, at=AT)

    await fresh_database.run(send)
    assert [
        result.violations for result in await verify(fresh_database, load_policies(), AT) if result.violations
    ] == []
    async with fresh_database.transaction() as tx:
        await tx.connection.execute("UPDATE chat.message SET origin_ref = origin_ref + 1")
    assert {result.promise for result in await verify(fresh_database, load_policies(), AT) if result.violations} == {
        "P7"
    }
