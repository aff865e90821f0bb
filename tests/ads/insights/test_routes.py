"""A campaign's report over HTTP: equal to the ledger to the micro-unit, for the business's own advertisers only."""

from datetime import datetime, timedelta

from rejoinder.ads.delivery import jobs
from rejoinder.ads.ledger import store as ledger_store
from rejoinder.db.transaction import Database
from rejoinder.people.protections import commands as protections
from rejoinder.units.clock import FixedClock
from tests.support.business import make_member
from tests.support.client import app_client, error_of
from tests.support.database import digest
from tests.support.rounds import NOON, Shop, deliver_to, say, see, withdraw_now


def path_of(shop: Shop, suffix: str = "") -> str:
    return f"/api/businesses/{shop.business.id}/campaigns/{shop.offer.id}/report{suffix}"


async def make_history(database: Database, clock: FixedClock) -> Shop:
    """Five got it at noon; two saw it an hour later, one of them answered; one stopped, one blocked, one never looked."""
    shop, [seer, answerer, stopper, blocker, _] = await deliver_to(database, clock, 5)
    clock.move(hours=1)
    for card in (seer, answerer):
        assert await see(database, clock, card) == 1
    await database.run(lambda tx: say(tx, answerer.contact, at=clock.move(minutes=2)))
    stopped = stopper.contact.person_id, stopper.contact.business_id
    await database.run(lambda tx: protections.stop_ads(tx, *stopped, at=clock.now()))
    blocked = blocker.contact.person_id, blocker.contact.business_id
    await database.run(lambda tx: protections.block_business(tx, *blocked, at=clock.now()))
    await withdraw_now(database, clock)
    await digest(database, lambda: jobs.follow_replies(database, clock))
    return shop


async def test_the_report_equals_the_ledger(fresh_database: Database, clock: FixedClock) -> None:
    shop = await make_history(fresh_database, clock)
    client = await app_client(fresh_database, clock)
    await client.be(shop.business.owner_person_id)
    report = await client.get(path_of(shop))
    async with fresh_database.transaction() as tx:
        balances = await ledger_store.read_balances(tx, shop.offer.ad_account_id)
    assert (report["spend_micros"], report["held_micros"]) == (balances.spent_micros, balances.held_micros)
    assert report["spend_micros"] == 400_000
    counts = {
        name: report[f"{name}_count"]
        for name in ("delivered", "seen", "charged", "replied", "stopped", "blocked", "reported")
    }
    assert counts == {"delivered": 5, "seen": 2, "charged": 2, "replied": 1, "stopped": 1, "blocked": 1, "reported": 0}
    assert (report["held_count"], report["void_count"]) == (1, 2)
    names = ("delivered_count", "seen_count", "spend_micros")
    hours = [(datetime.fromisoformat(hour["at"]), *(hour[name] for name in names)) for hour in report["hours"]]
    assert hours == [(NOON, 5, 0, 0), (NOON + timedelta(hours=1), 0, 2, 400_000)]
    assert report["sentence"].startswith("It reached 5 people; 2 saw it, and 1 answered. 2 people wanted no more.")


async def test_the_file_has_the_same_hours(fresh_database: Database, clock: FixedClock) -> None:
    shop = await make_history(fresh_database, clock)
    client = await app_client(fresh_database, clock)
    await client.be(await make_member(fresh_database, shop.business.id, "advertiser"))
    answer = await client.call("GET", path_of(shop, ".csv"))
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text.splitlines() == [
        "hour_utc,delivered,seen,replied,spend_EUR",
        "2030-01-09T12:00Z,5,0,0,0.00",
        "2030-01-09T13:00Z,0,2,1,0.40",
    ]


async def test_others_see_no_report(fresh_database: Database, clock: FixedClock) -> None:
    shop, other = await make_history(fresh_database, clock), (await deliver_to(fresh_database, clock, 1))[0]
    client = await app_client(fresh_database, clock)
    await client.be(await make_member(fresh_database, shop.business.id, "agent"))
    error_of(await client.call("GET", path_of(shop)), 403)
    await client.be(other.business.owner_person_id)
    error_of(await client.call("GET", path_of(shop)), 404)
    swapped = f"/api/businesses/{other.business.id}/campaigns/{shop.offer.id}/report"
    error_of(await client.call("GET", swapped), 404)
