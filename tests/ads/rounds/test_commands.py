"""Rounds end to end: who gets what with which money; two workers, killed workers, stops and pauses in between."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Awaitable, Callable
from datetime import timedelta

import asyncpg
import pytest

from rejoinder.ads.campaigns import commands as campaigns
from rejoinder.ads.campaigns.model import Verb
from rejoinder.ads.delivery.jobs import Tell
from rejoinder.ads.rounds import commands, store
from rejoinder.ads.rounds.jobs import RoundWorker
from rejoinder.ads.rounds.model import Chunk, Round
from rejoinder.db.pool import open_database
from rejoinder.db.transaction import Database, Tx
from rejoinder.people.contacts.model import Contact
from rejoinder.people.protections import commands as protections
from rejoinder.units.clock import FixedClock
from tests.support.ads import committed_of
from tests.support.database import TestServer, open_test_database, until_waiting
from tests.support.people import make_person
from tests.support.rounds import (
    NOON,
    Shop,
    deliver,
    lease,
    make_shop,
    make_writer,
    means,
    reasons_of,
    receivers_of,
    run_round,
)

BID = 200_000


async def make_crowd(database: Database, shop: Shop, count: int) -> list[Contact]:
    """Many people who wrote, in one transaction."""

    async def work(tx: Tx) -> list[Contact]:
        return [await make_writer(tx, shop) for _ in range(count)]

    return await database.run(work)


async def begin(database: Database, clock: FixedClock) -> Round:
    running = await database.run(lambda tx: commands.start(tx, means(clock)))
    assert running is not None
    return running


async def delivered_people(database: Database) -> list[int]:
    rows = await database.pool.fetch("SELECT person_id FROM ads.delivery WHERE state <> 'ghost' ORDER BY person_id")
    return [row["person_id"] for row in rows]


async def assert_books_agree(database: Database, shop: Shop) -> None:
    """Committed is what deliveries hold, in budgets, account and ledger; nothing is leased any more."""
    held = await database.pool.fetchval("SELECT coalesce(sum(charge_micros), 0) FROM ads.delivery WHERE state = 'held'")
    ledger = await database.pool.fetchval(
        "SELECT coalesce(-sum(amount_micros), 0) FROM ads.entry JOIN ads.ledger_account l ON l.id = ledger_account_id"
        " WHERE l.kind = 'holds'"
    )
    committed = await committed_of(database, shop.offer)
    assert (committed.ad_set, committed.campaign, committed.ad_account, ledger) == (held, held, held, held)


async def test_an_offer_reaches_who_wrote_and_holds_its_charge(fresh_database: Database, clock: FixedClock) -> None:
    shop = await make_shop(fresh_database)
    ada = await make_writer(fresh_database, shop)
    outcome = await run_round(fresh_database, means(clock))
    assert receivers_of(outcome) == {ada.person_id}
    row = await fresh_database.pool.fetchrow("SELECT * FROM ads.delivery")
    assert row is not None
    assert (row["state"], row["charge_micros"], row["position"]) == ("held", BID, 3)
    assert (row["last_wrote_kind"], row["day_count_before"], row["cap_day"]) == ("typed", 0, 1)
    assert row["deadline_at"] == NOON + timedelta(hours=72)
    await fresh_database.run(lambda tx: commands.settle(tx, at=NOON))
    await assert_books_agree(fresh_database, shop)


async def test_the_next_round_brings_the_same_ad_to_nobody(fresh_database: Database, clock: FixedClock) -> None:
    shop = await make_shop(fresh_database)
    ada = await make_writer(fresh_database, shop)
    await run_round(fresh_database, means(clock))
    clock.move(days=3)
    outcome = await run_round(fresh_database, means(clock))
    assert (receivers_of(outcome), reasons_of(outcome)) == (set(), {ada.person_id: "had_it"})


async def test_the_highest_bid_wins_one_person(fresh_database: Database, clock: FixedClock) -> None:
    low, high = await make_shop(fresh_database), await make_shop(fresh_database, bid_micros=BID + 10_000)
    ada = await make_person(fresh_database)
    for shop in (low, high):
        await make_writer(fresh_database, shop, person_id=ada)
    outcome = await run_round(fresh_database, means(clock))
    assert [(chosen.person_id, chosen.terms.campaign_id) for chosen in outcome.delivered] == [(ada, high.offer.id)]


async def test_a_budget_for_three_reaches_three(fresh_database: Database, clock: FixedClock) -> None:
    shop = await make_shop(fresh_database, total_micros=3 * BID + BID // 2)
    await make_crowd(fresh_database, shop, 9)
    await run_round(fresh_database, means(clock), people_count=2)
    await fresh_database.run(lambda tx: commands.settle(tx, at=NOON))
    assert len(await delivered_people(fresh_database)) == 3
    await assert_books_agree(fresh_database, shop)


async def test_held_out_people_are_ghosts_without_message_and_charge(
    fresh_database: Database, clock: FixedClock
) -> None:
    shop = await make_shop(fresh_database)
    await fresh_database.pool.execute("UPDATE ads.campaign SET holdout_ppm = 500000")
    crowd = await make_crowd(fresh_database, shop, 40)
    outcome = await run_round(fresh_database, means(clock))
    ghosts = {chosen.person_id for chosen in outcome.ghosts}
    assert ghosts | receivers_of(outcome) == {contact.person_id for contact in crowd}
    assert not ghosts & receivers_of(outcome)
    assert 8 <= len(ghosts) <= 32
    rows = await fresh_database.pool.fetch("SELECT person_id, charge_micros FROM ads.delivery WHERE state = 'ghost'")
    assert {(row["person_id"], row["charge_micros"]) for row in rows} == {(person_id, 0) for person_id in ghosts}
    adverts = await fresh_database.pool.fetch("SELECT home FROM chat.message WHERE origin_ref IS NOT NULL")
    assert {row["home"] for row in adverts} == receivers_of(outcome)


async def test_two_workers_neither_double_nor_overspend(fresh_database: Database, clock: FixedClock) -> None:
    shop = await make_shop(fresh_database, total_micros=30 * BID)
    await make_crowd(fresh_database, shop, 45)

    def tell(_: object) -> None:
        return

    async def work() -> None:
        worker = RoundWorker(fresh_database, means(clock), tell)
        worker._people_count = 4
        while await worker.step():
            worker._people_count = 4

    await asyncio.gather(*(work() for _ in range(4)))
    people = await delivered_people(fresh_database)
    assert len(people) == len(set(people)) == 30
    await assert_books_agree(fresh_database, shop)


Between = Callable[[Database, Shop, Contact], Awaitable[object]]


async def pause(database: Database, shop: Shop, _: Contact) -> None:
    await database.run(
        lambda tx: campaigns.move_campaign(tx, shop.business.id, shop.offer.id, Verb.PAUSE, actor_id=1, at=NOON)
    )


async def unapprove(database: Database, shop: Shop, _: Contact) -> None:
    await database.pool.execute("UPDATE ads.ad SET state = 'refused' WHERE id = $1", shop.offer.ad_id)


async def tamper(database: Database, shop: Shop, _: Contact) -> None:
    async with database.transaction() as tx:
        await tx.connection.execute("ALTER TABLE ads.creative DISABLE TRIGGER creative_immutable")
        await tx.connection.execute(
            "UPDATE ads.creative SET text = 'Other words' WHERE id = $1", shop.offer.creative_id
        )


async def end_schedule(database: Database, shop: Shop, _: Contact) -> None:
    await database.pool.execute("UPDATE ads.ad_set SET ends_at = $2 WHERE id = $1", shop.offer.ad_set_id, NOON)


async def stop(database: Database, shop: Shop, contact: Contact) -> None:
    await database.run(lambda tx: protections.stop_ads(tx, contact.person_id, shop.business.id, at=NOON))


async def suspend_owner(database: Database, shop: Shop, _: Contact) -> None:
    await database.pool.execute("UPDATE business.owner SET state = 'suspended' WHERE id = $1", shop.business.owner_id)


@pytest.mark.parametrize("between", [pause, unapprove, tamper, end_schedule, stop, suspend_owner])
async def test_what_commits_between_lease_and_decide_counts(
    fresh_database: Database, clock: FixedClock, between: Between
) -> None:
    shop = await make_shop(fresh_database, starts_at=NOON - timedelta(days=1))
    contact = await make_writer(fresh_database, shop)
    running = await begin(fresh_database, clock)
    chunk = await lease(fresh_database, means(clock), running)
    assert chunk is not None
    await between(fresh_database, shop, contact)
    outcome = await deliver(fresh_database, means(clock), chunk)
    assert outcome is not None
    assert outcome.delivered == []
    assert await lease(fresh_database, means(clock), running) is None
    await assert_books_agree(fresh_database, shop)


async def test_a_stop_that_commits_while_the_chunk_waits_is_respected(
    fresh_database: Database, clock: FixedClock
) -> None:
    shop = await make_shop(fresh_database)
    ada, bea = await make_writer(fresh_database, shop), await make_writer(fresh_database, shop)
    chunk = await lease(fresh_database, means(clock), await begin(fresh_database, clock))
    assert chunk is not None
    async with fresh_database.transaction() as tx:
        await protections.stop_ads(tx, bea.person_id, shop.business.id, at=NOON)
        delivering = asyncio.create_task(deliver(fresh_database, means(clock), chunk))
        await until_waiting(fresh_database, delivering)
    outcome = await delivering
    assert outcome is not None
    assert (receivers_of(outcome), reasons_of(outcome)) == ({ada.person_id}, {bea.person_id: "stopped"})


async def test_a_lease_of_yesterday_goes_back_and_is_leased_anew(fresh_database: Database, clock: FixedClock) -> None:
    shop = await make_shop(fresh_database)
    ada = await make_writer(fresh_database, shop)
    worker = RoundWorker(fresh_database, means(clock), lambda _: None)
    assert await lease(fresh_database, means(clock), await begin(fresh_database, clock)) is not None
    clock.move(days=1)
    while await worker.step():
        pass
    row = await fresh_database.pool.fetchrow("SELECT person_id, budget_day FROM ads.delivery")
    assert row is not None
    assert (row["person_id"], row["budget_day"]) == (ada.person_id, clock.at.date())
    await assert_books_agree(fresh_database, shop)


async def test_a_backend_that_dies_before_commit_leaves_the_chunk_to_another(
    fresh_database: Database, clock: FixedClock
) -> None:
    shop = await make_shop(fresh_database)
    crowd = await make_crowd(fresh_database, shop, 6)
    running = await begin(fresh_database, clock)
    chunk = await lease(fresh_database, means(clock), running, people_count=3)
    assert chunk is not None
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await die_after_delivering(fresh_database, clock, chunk)
    assert await delivered_people(fresh_database) == []
    again = await lease(fresh_database, means(clock), running, people_count=500)
    assert again == chunk, "the money is still the chunk's"
    assert await deliver(fresh_database, means(clock), chunk) is not None
    assert await deliver(fresh_database, means(clock), chunk) is None, "who comes late finds the cursor moved"
    while (rest := await lease(fresh_database, means(clock), running)) is not None:
        await deliver(fresh_database, means(clock), rest)
    assert await delivered_people(fresh_database) == sorted(contact.person_id for contact in crowd)
    await assert_books_agree(fresh_database, shop)


async def die_after_delivering(database: Database, clock: FixedClock, chunk: Chunk) -> None:
    async with database.transaction() as tx:
        assert await commands.deliver_chunk(tx, chunk, means(clock)) is not None
        pid = await tx.connection.fetchval("SELECT pg_backend_pid()")
        await database.pool.execute("SELECT pg_terminate_backend($1)", pid)
        await tx.connection.fetchval("SELECT 1")


def work_until_killed(dsn: str, done: "multiprocessing.connection.Connection") -> None:
    """A worker process that says after each step how far it is, and waits for nobody."""

    async def work() -> None:
        database = await open_database(dsn, connections_max=2)
        tell: Tell = lambda _: None  # noqa: E731
        worker = RoundWorker(database, means(FixedClock(NOON)), tell)
        while True:
            worker._people_count = 2
            await worker.step()
            done.send("step")

    asyncio.run(work())


async def test_a_round_survives_sigkill_of_its_worker_again_and_again(postgres: TestServer, clock: FixedClock) -> None:
    dsn = postgres.create_database()
    async with open_test_database(dsn) as database:
        shop = await make_shop(database, total_micros=60 * BID)
        crowd = await make_crowd(database, shop, 60)
        context = multiprocessing.get_context("spawn")
        for kill_after in (1, 3, 5):
            here, there = context.Pipe(duplex=False)
            process = context.Process(target=work_until_killed, args=(dsn, there), daemon=True)
            process.start()
            for _ in range(kill_after):
                await asyncio.to_thread(here.recv)
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)
            await asyncio.to_thread(process.join)
            people = await delivered_people(database)
            assert 0 < len(people) < len(crowd), "killed with progress before and work left after"
        worker = RoundWorker(database, means(clock), lambda _: None)
        while await worker.step():
            pass
        assert await delivered_people(database) == sorted(contact.person_id for contact in crowd)
        await assert_books_agree(database, shop)
        async with database.transaction() as tx:
            assert await store.find_running_round(tx) is None
