"""Rounds end to end: who gets what, with which money; two workers, killed workers, stops and pauses in between."""

from rejoinder.db.transaction import Database
from rejoinder.units.clock import FixedClock
from tests.support.rounds import make_shop, make_writer, means, receivers_of, run_round


async def test_an_offer_reaches_who_wrote_and_holds_its_charge(fresh_database: Database, clock: FixedClock) -> None:
    shop = await make_shop(fresh_database)
    ada = await make_writer(fresh_database, shop)
    outcome = await run_round(fresh_database, means(clock))
    assert receivers_of(outcome) == {ada.person_id}
