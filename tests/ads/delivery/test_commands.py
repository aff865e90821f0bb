"""The life of a delivery: seen once, void when unseen or unwanted, returned, withdrawn, answered. Races are real ones."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from rejoinder.ads.delivery import commands, jobs
from rejoinder.ads.delivery.model import Glimpse
from rejoinder.ads.ledger import store as ledger_store
from rejoinder.chat.realtime.hints import MailboxHint
from rejoinder.db.transaction import Database
from rejoinder.people.protections import commands as protections
from rejoinder.units.clock import FixedClock
from rejoinder.units.ids import new_id
from tests.support.ads import committed_of
from tests.support.database import digest, until_waiting
from tests.support.rounds import NOON, Card, Shop, deliver_to, say, see, withdraw_now

BID = 200_000


async def delivery_of(database: Database, card: Card) -> dict[str, Any]:
    row = await database.pool.fetchrow(
        "SELECT * FROM ads.delivery WHERE person_id = $1 AND id = $2", card.contact.person_id, card.glimpse.delivery_id
    )
    return dict(row or {})


async def balances(database: Database, shop: Shop) -> tuple[int, int]:
    """(held, spent) of the shop's ad account."""
    async with database.transaction() as tx:
        found = await ledger_store.read_balances(tx, shop.offer.ad_account_id)
    return found.held_micros, found.spent_micros


async def is_in_thread(database: Database, card: Card) -> bool:
    return bool(
        await database.pool.fetchval(
            "SELECT body ->> 'type' = 'sponsored' FROM chat.message WHERE home = $1 AND thread_id = $2 AND origin_ref = $3",
            card.contact.person_id,
            card.contact.thread_id,
            card.glimpse.delivery_id,
        )
    )


async def test_a_seen_moves_held_to_posted_once(fresh_database: Database, clock: FixedClock) -> None:
    shop, [card] = await deliver_to(fresh_database, clock, 1)
    assert await balances(fresh_database, shop) == (BID, 0)
    assert [await see(fresh_database, clock, card) for _ in range(3)] == [1, 0, 0]
    assert await balances(fresh_database, shop) == (0, BID)
    assert (await delivery_of(fresh_database, card))["state"] == "posted"
    assert (await committed_of(fresh_database, shop.offer)).campaign == BID


async def test_two_devices_at_once_cost_once(fresh_database: Database, clock: FixedClock) -> None:
    shop, [card] = await deliver_to(fresh_database, clock, 1)
    counts = await asyncio.gather(*(see(fresh_database, clock, card) for _ in range(8)))
    assert sum(counts) == 1
    assert await balances(fresh_database, shop) == (0, BID)


async def test_a_wrong_token_and_another_person_change_nothing(fresh_database: Database, clock: FixedClock) -> None:
    shop, [card, other] = await deliver_to(fresh_database, clock, 2)
    assert await see(fresh_database, clock, card, token="x" * 43) == 0
    stolen = Card(other.contact, card.glimpse)
    assert await see(fresh_database, clock, stolen) == 0
    assert (await delivery_of(fresh_database, card))["seen_at"] is None
    assert await balances(fresh_database, shop) == (2 * BID, 0)


async def test_reading_the_thread_is_no_seen(fresh_database: Database, clock: FixedClock) -> None:
    shop, [card] = await deliver_to(fresh_database, clock, 1)
    await fresh_database.run(lambda tx: say(tx, card.contact, at=NOON + timedelta(minutes=1)))
    assert await balances(fresh_database, shop) == (BID, 0)


async def test_unseen_at_its_deadline_is_void_and_the_money_returns(
    fresh_database: Database, clock: FixedClock
) -> None:
    shop, [card, seen] = await deliver_to(fresh_database, clock, 2)
    assert await see(fresh_database, clock, seen) == 1
    clock.move(hours=72)
    assert await jobs.void_overdue(fresh_database, clock) == 1
    assert await jobs.void_overdue(fresh_database, clock) == 0
    assert await balances(fresh_database, shop) == (0, BID)
    assert (await committed_of(fresh_database, shop.offer)).ad_account == 2 * BID
    assert await jobs.return_voids(fresh_database, clock) == 1
    assert await jobs.return_voids(fresh_database, clock) == 0
    committed = await committed_of(fresh_database, shop.offer)
    assert (committed.ad_set, committed.campaign, committed.ad_account) == (BID, BID, BID)
    assert await is_in_thread(fresh_database, card)
    assert await see(fresh_database, clock, card) == 0
    late = await delivery_of(fresh_database, card)
    assert (late["state"], late["posted_micros"], late["seen_at"]) == ("void", 0, clock.at)


async def test_a_seen_after_the_deadline_costs_nothing_even_before_the_job(
    fresh_database: Database, clock: FixedClock
) -> None:
    shop, [card] = await deliver_to(fresh_database, clock, 1)
    clock.move(hours=72)
    assert await see(fresh_database, clock, card) == 0
    assert await jobs.void_overdue(fresh_database, clock) == 1
    assert await balances(fresh_database, shop) == (0, 0)


@pytest.mark.parametrize(
    ("object_to", "void_reason"),
    [
        (protections.stop_ads, "stopped"),
        (protections.block_business, "blocked"),
        (protections.mark_reported, "reported"),
        (protections.withdraw_permission, "withdrawn"),
    ],
)
async def test_an_objection_withdraws_the_unseen_card(
    fresh_database: Database, clock: FixedClock, object_to: Any, void_reason: str
) -> None:
    shop, [card, other] = await deliver_to(fresh_database, clock, 2)
    person_id, business_id = card.contact.person_id, card.contact.business_id
    await fresh_database.run(lambda tx: object_to(tx, person_id, business_id, at=clock.now()))
    assert await see(fresh_database, clock, card) == 0, "from the commit on nothing costs, before any job has run"
    assert MailboxHint([person_id]) in await withdraw_now(fresh_database, clock)
    assert not await is_in_thread(fresh_database, card)
    assert await is_in_thread(fresh_database, other)
    assert (await delivery_of(fresh_database, card))["void_reason"] == void_reason
    assert await balances(fresh_database, shop) == (BID, 0)


async def test_ads_off_withdraws_all_and_what_was_seen_stays(fresh_database: Database, clock: FixedClock) -> None:
    shop, [card, seen] = await deliver_to(fresh_database, clock, 2)
    assert await see(fresh_database, clock, seen) == 1
    async with fresh_database.transaction() as tx:
        for each in (card, seen):
            await protections.turn_ads_off(tx, each.contact.person_id, at=clock.now())
    await withdraw_now(fresh_database, clock)
    assert [await is_in_thread(fresh_database, each) for each in (card, seen)] == [False, True]
    assert await balances(fresh_database, shop) == (0, BID)


async def test_a_card_nobody_saw_in_time_is_withdrawn_as_well(fresh_database: Database, clock: FixedClock) -> None:
    shop, [card] = await deliver_to(fresh_database, clock, 1)
    clock.move(hours=72)
    await jobs.void_overdue(fresh_database, clock)
    person_id, business_id = card.contact.person_id, card.contact.business_id
    await fresh_database.run(lambda tx: protections.stop_ads(tx, person_id, business_id, at=clock.now()))
    await withdraw_now(fresh_database, clock)
    assert not await is_in_thread(fresh_database, card)
    assert await balances(fresh_database, shop) == (0, 0)


async def test_seen_and_stop_at_once_agree(fresh_database: Database, clock: FixedClock) -> None:
    shop, cards = await deliver_to(fresh_database, clock, 8)

    async def stop(card: Card) -> None:
        key = card.contact.person_id, card.contact.business_id
        await fresh_database.run(lambda tx: protections.stop_ads(tx, *key, at=clock.now()))
        await withdraw_now(fresh_database, clock)

    await asyncio.gather(*(step for card in cards for step in (see(fresh_database, clock, card), stop(card))))
    await withdraw_now(fresh_database, clock)
    rows = [await delivery_of(fresh_database, card) for card in cards]
    shown = [await is_in_thread(fresh_database, card) for card in cards]
    assert [row["state"] == "posted" for row in rows] == shown, "charged and shown, or free and gone"
    assert {row["state"] for row in rows} <= {"posted", "void"}
    assert await balances(fresh_database, shop) == (0, sum(shown) * BID)


async def test_a_stop_waits_for_a_seen_that_holds_the_contact(fresh_database: Database, clock: FixedClock) -> None:
    shop, [card] = await deliver_to(fresh_database, clock, 1)
    key = card.contact.person_id, card.contact.business_id
    async with fresh_database.transaction() as tx:
        assert await protections.stop_ads(tx, *key, at=clock.now())
        seeing = asyncio.create_task(see(fresh_database, clock, card))
        await until_waiting(fresh_database, seeing)
    assert await seeing == 0, "the seen waited for the stop and then saw it"
    assert await balances(fresh_database, shop) == (BID, 0)


async def test_a_seen_does_not_wait_for_a_lease(fresh_database: Database, clock: FixedClock) -> None:
    """Returning voids takes the ad account and then deliveries, a seen the other way round: they would wait in a circle."""
    shop, [card] = await deliver_to(fresh_database, clock, 1)
    async with fresh_database.transaction() as tx, asyncio.timeout(20):
        await ledger_store.lock_ad_accounts(tx, [shop.offer.ad_account_id])
        assert await see(fresh_database, clock, card) == 1


async def test_a_recall_takes_back_the_unread_ones(fresh_database: Database, clock: FixedClock) -> None:
    shop, [card, seen] = await deliver_to(fresh_database, clock, 2)
    assert await see(fresh_database, clock, seen) == 1
    changes = await fresh_database.run(lambda tx: commands.recall(tx, shop.offer.id, clock=clock))
    assert [change.home for change in changes] == [card.contact.person_id]
    assert await fresh_database.run(lambda tx: commands.recall(tx, shop.offer.id, clock=clock)) == []
    assert [await is_in_thread(fresh_database, each) for each in (card, seen)] == [False, True]
    assert await balances(fresh_database, shop) == (0, BID)


@pytest.mark.parametrize(("language", "stop_word"), [("en", "STOP"), ("de", "Schluss!")])
async def test_the_first_typed_message_after_the_advert_is_its_reply(
    fresh_database: Database, clock: FixedClock, language: str, stop_word: str
) -> None:
    _, [card, silent] = await deliver_to(fresh_database, clock, 2)
    await fresh_database.pool.execute("UPDATE people.person SET language = $1", language)
    first = clock.move(hours=2)
    await fresh_database.run(lambda tx: say(tx, card.contact, at=first))
    await fresh_database.run(lambda tx: say(tx, card.contact, at=clock.move(minutes=1)))
    await fresh_database.run(lambda tx: say(tx, silent.contact, text=stop_word, at=clock.at))
    await digest(fresh_database, lambda: jobs.follow_replies(fresh_database, clock))
    assert (await delivery_of(fresh_database, card))["replied_at"] == first
    assert (await delivery_of(fresh_database, silent))["replied_at"] is None
    told = await fresh_database.pool.fetch("SELECT payload FROM db.outbox WHERE topic = 'ads.delivery_replied'")
    assert [row["payload"]["delivery_id"] for row in told] == [card.glimpse.delivery_id]


async def test_after_a_week_a_message_is_no_reply(fresh_database: Database, clock: FixedClock) -> None:
    _, [card] = await deliver_to(fresh_database, clock, 1)
    await fresh_database.run(lambda tx: say(tx, card.contact, at=clock.move(days=7, seconds=1)))
    await digest(fresh_database, lambda: jobs.follow_replies(fresh_database, clock))
    assert (await delivery_of(fresh_database, card))["replied_at"] is None


async def test_a_stop_counts_for_the_newest_advert(fresh_database: Database, clock: FixedClock) -> None:
    _, [card] = await deliver_to(fresh_database, clock, 1)
    key = card.contact.person_id, card.contact.business_id
    await fresh_database.run(lambda tx: protections.stop_ads(tx, *key, at=clock.move(minutes=3)))
    await withdraw_now(fresh_database, clock)
    row = await delivery_of(fresh_database, card)
    assert (row["stopped_at"], row["blocked_at"], row["reported_at"]) == (clock.at, None, None)


async def test_unknown_deliveries_are_ignored(fresh_database: Database, clock: FixedClock) -> None:
    assert await fresh_database.run(lambda tx: commands.see(tx, new_id(), [Glimpse(new_id(), "x")], clock=clock)) == 0
