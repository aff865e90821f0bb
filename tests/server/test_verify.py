"""Verify finds nothing in what the program did, and exactly the violation that was planted behind its back."""

import io
from datetime import timedelta

import pytest
from rich.console import Console

from rejoinder.ads.rounds import commands as rounds
from rejoinder.db.transaction import Database
from rejoinder.people.protections import commands as protections
from rejoinder.people.protections.policy import load_policies
from rejoinder.server.settings import read_settings
from rejoinder.server.verify import PROMISES, PromiseResult, print_verification, verify
from rejoinder.units.clock import FixedClock
from tests.support.database import TestServer, open_test_database
from tests.support.rounds import deliver_to, say, see, withdraw_now

PLANTED = {
    "P1 wrote too long ago": """
        UPDATE ads.delivery SET last_wrote_at = delivered_at - interval '366 days', first_wrote_at = '2028-01-01',
               last_wrote_kind = 'form'""",
    "P1 never wrote": "UPDATE ads.delivery SET last_wrote_at = last_wrote_at + interval '1 second'",
    "P1 only tapped": "UPDATE ads.delivery SET last_wrote_kind = 'tapped'",
    "P2 after a stop": """
        UPDATE ads.delivery d SET contact_version = c.version FROM people.contact c
         WHERE c.person_id = d.person_id AND c.ads_stopped_at IS NOT NULL""",
    "P2 withdrawn, yet there": """
        UPDATE chat.message m SET unsent_at = NULL, body = o.body FROM chat.message o
         WHERE m.unsent_at IS NOT NULL AND o.origin_ref IS NOT NULL AND o.unsent_at IS NULL""",
    "P3 over the cap": "UPDATE ads.delivery SET cap_day = 9",
    "P3 in quiet hours": "UPDATE ads.delivery SET local_minute = 1260",
    "P3 counters": "UPDATE ads.delivery SET week_count_before = 1",
    "P4 a creative twice": """
        INSERT INTO ads.delivery
        SELECT (jsonb_populate_record(d, jsonb_build_object(
                'id', 7, 'ad_id', 7, 'state', 'void', 'position', NULL, 'last_wrote_kind', 'form', 'returned_at', d.delivered_at,
                'local_day', d.local_day - 14, 'iso_week', d.iso_week - 14, 'delivered_at', d.delivered_at - interval '14 days',
                'last_wrote_at', d.last_wrote_at - interval '14 days', 'first_wrote_at', d.first_wrote_at - interval '14 days'))).*
          FROM ads.delivery d WHERE d.void_reason = 'stopped'""",
    "P5 charged more": """
        UPDATE ads.delivery SET charge_micros = charge_micros + 1, posted_micros = posted_micros + 1 WHERE state = 'posted'""",
    "P5 an unbalanced transfer": "UPDATE ads.entry SET amount_micros = amount_micros + 1 WHERE amount_micros > 0",
    "P5 a budget": "UPDATE ads.budget SET committed_micros = committed_micros + 1",
    "P5 a limit": "UPDATE ads.ad_account SET limit_micros = limit_micros + 1",
    "P6 a lost message": "DELETE FROM chat.message WHERE position = 2",
    "P6 read beyond the end": "UPDATE chat.participant SET read_position = 99",
    "P7 no payer": """
        UPDATE chat.message SET body = body || '{"payer": ""}' WHERE origin_ref IS NOT NULL AND unsent_at IS NULL""",
    "P7 other words": """
        UPDATE chat.message SET body = body || '{"text": "More."}' WHERE origin_ref IS NOT NULL AND unsent_at IS NULL""",
    "P7 moved up": """
        UPDATE chat.mailbox b SET rank_at = m.sent_at FROM chat.message m WHERE m.home = b.home AND m.origin_ref IS NOT NULL""",
    "P8 a stop undone without an event": "UPDATE people.contact SET ads_stopped_at = NULL",
    "P8 a version to come": "UPDATE ads.delivery SET attention_version = 99",
    "P9 outside the window": "UPDATE chat.message SET sent_at = sent_at + interval '25 hours' WHERE position = 2",
}


async def make_world(database: Database, clock: FixedClock) -> None:
    """Three people got an advert: one saw it, one stopped the business, one has it unseen; then the first wrote again."""
    _, [seer, stopper, _] = await deliver_to(database, clock, 3)
    await database.run(lambda tx: rounds.settle(tx, at=clock.now()))
    clock.move(minutes=5)
    assert await see(database, clock, seer) == 1
    await database.run(lambda tx: say(tx, seer.contact, at=clock.move(minutes=1)))
    stopped = stopper.contact.person_id, stopper.contact.business_id
    await database.run(lambda tx: protections.stop_ads(tx, *stopped, at=clock.now()))
    await withdraw_now(database, clock)
    clock.move(hours=1)


async def broken(database: Database, clock: FixedClock) -> dict[str, PromiseResult]:
    results = await verify(database, load_policies(), clock.now() + timedelta(days=1))
    return {result.promise: result for result in results if result.violations}


async def test_what_the_program_did_breaks_nothing(fresh_database: Database, clock: FixedClock) -> None:
    await make_world(fresh_database, clock)
    results = await verify(fresh_database, load_policies(), clock.now())
    assert [result.promise for result in results] == list(PROMISES)
    assert [result.violations for result in results] == [[]] * 9
    assert all(result.rows_checked > 0 for result in results)


async def test_an_empty_database_breaks_nothing(fresh_database: Database, clock: FixedClock) -> None:
    assert await broken(fresh_database, clock) == {}


@pytest.mark.parametrize("planted", PLANTED)
async def test_a_planted_violation_is_found_and_nothing_else(
    fresh_database: Database, clock: FixedClock, planted: str
) -> None:
    await make_world(fresh_database, clock)
    await plant(fresh_database, PLANTED[planted])
    found = await broken(fresh_database, clock)
    assert set(found) == {planted[:2]}, found


async def plant(database: Database, statement: str) -> None:
    """Change rows with every check, key and trigger of the program's tables off."""
    async with database.transaction() as tx:
        for table in await tx.connection.fetch(
            "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('ads', 'chat', 'people')"
        ):
            await tx.connection.execute(f"ALTER TABLE {table['name']} DISABLE TRIGGER USER")
        for check in await tx.connection.fetch(
            "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', conrelid::regclass, conname) AS sql FROM pg_constraint"
            " WHERE contype IN ('c', 'f', 'u', 'p') AND connamespace::regnamespace::text IN ('ads', 'chat', 'people')"
            " ORDER BY contype = 'p'"
        ):
            await tx.connection.execute(check["sql"])
        assert not (await tx.connection.execute(statement)).endswith(" 0"), "something was planted"


async def test_it_is_printed_with_an_exit_code(postgres: TestServer, clock: FixedClock) -> None:
    dsn = postgres.create_database()
    settings = read_settings({"REJOINDER_DATABASE_URL": dsn})
    async with open_test_database(dsn) as database:
        await make_world(database, clock)
        console = Console(record=True, width=120, file=io.StringIO())
        assert await print_verification(settings, console) == 0
        await plant(database, "UPDATE ads.budget SET committed_micros = committed_micros + 1 WHERE scope = 'campaign'")
        assert await print_verification(settings, console) == 1
    assert "P5: budget of campaign" in console.export_text()
