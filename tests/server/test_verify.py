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

SECOND = """
    INSERT INTO ads.delivery
    SELECT (jsonb_populate_record(d, jsonb_build_object(
            'id', 7, 'ad_id', 7, 'creative_id', 7, 'state', 'void', 'position', NULL, 'last_wrote_kind', 'form',
            'returned_at', d.delivered_at, 'delivered_at', d.delivered_at - interval '{before}',
            'local_day', d.local_day - {days}, 'iso_week', d.iso_week - {days} / 7 * 7,
            'last_wrote_at', d.last_wrote_at - interval '{before}', 'first_wrote_at', d.first_wrote_at - interval '{before}')
            || '{more}')).*
      FROM ads.delivery d WHERE d.void_reason = 'stopped'"""


def second(before: str, days: int, more: str = "{}") -> str:
    """Another advert of the one who stopped, so long before."""
    return SECOND.format(before=before, days=days, more=more)


# What verify says, and what was done behind the program's back.
PLANTED = [
    (
        "P1: too old",
        """UPDATE ads.delivery SET last_wrote_at = delivered_at - interval '366 days', first_wrote_at = '2028-01-01',
                  last_wrote_kind = 'form'""",
    ),
    ("P1: is not older than it", "UPDATE ads.delivery SET last_wrote_at = delivered_at, last_wrote_kind = 'form'"),
    (
        "P1: the person wrote no such message",
        "UPDATE ads.delivery SET last_wrote_at = last_wrote_at + interval '1 second'",
    ),
    ("P1: of a kind that does not count", "UPDATE ads.delivery SET last_wrote_kind = 'tapped'"),
    ("P1: no permission, or no adult", "UPDATE ads.delivery SET age_class = 'minor'"),
    ("P1: no permission, or no adult", "UPDATE ads.delivery SET permission_basis = 'withdrawn'"),
    (
        "P2: delivered after ads_stopped_at",
        """UPDATE ads.delivery d SET contact_version = c.version FROM people.contact c
            WHERE c.person_id = d.person_id AND c.ads_stopped_at IS NOT NULL""",
    ),
    (
        "P2: delivered after ads_off_at",
        """INSERT INTO people.protection_event
           SELECT d.person_id, 7 + n, NULL, 'ads_off', '{}', jsonb_build_object('ads_off_at', CASE n WHEN 0 THEN d.delivered_at END),
                  NULL, d.attention_version + n, 'person', d.delivered_at
             FROM ads.delivery d, generate_series(0, 1) n WHERE d.state = 'posted';
           UPDATE people.attention SET version = version + 1""",
    ),
    (
        "P2: still held long after an objection",
        """UPDATE people.contact c SET ads_stopped_at = d.delivered_at, version = c.version + 1
             FROM ads.delivery d WHERE d.state = 'held' AND c.person_id = d.person_id;
           INSERT INTO people.protection_event
           SELECT c.person_id, 7, c.business_id, 'stopped', '{}', jsonb_build_object('ads_stopped_at', c.ads_stopped_at),
                  c.version, NULL, 'person', c.ads_stopped_at
             FROM people.contact c JOIN ads.delivery d ON d.person_id = c.person_id AND d.state = 'held'""",
    ),
    (
        "P2: yet its card is in the thread",
        """UPDATE chat.message m SET unsent_at = NULL, body = o.body FROM chat.message o
            WHERE m.unsent_at IS NOT NULL AND o.origin_ref IS NOT NULL AND o.unsent_at IS NULL""",
    ),
    ("P3: more than the cap of the day", "UPDATE ads.delivery SET cap_day = 9"),
    ("P3: more than the cap of the week", "UPDATE ads.delivery SET cap_week = 0"),
    ("P3: in quiet hours", "UPDATE ads.delivery SET local_minute = 1260"),
    ("P3: its counters are not what was delivered before", "UPDATE ads.delivery SET week_count_before = 1"),
    ("P3: its day or week moved back", second("14 days", -1)),
    ("P3: its day began less than 20 hours after the one before", second("19 hours", 1, '{"owner_id": 7}')),
    ("P3: too soon after the one before", second("11 hours", 1, '{"owner_id": 7}')),
    ("P3: too soon after another of the same owner", second("47 hours", 7)),
    ("P4: repeats delivery", second("14 days", 14).replace("'creative_id', 7,", "")),
    ("P4: repeats delivery", second("70 days", 70).replace("'ad_id', 7,", "")),
    (
        "P5: the ledger says revenue",
        "UPDATE ads.delivery SET charge_micros = charge_micros + 1, posted_micros = posted_micros + 1 WHERE state = 'posted'",
    ),
    ("P5: does not balance", "UPDATE ads.entry SET amount_micros = amount_micros + 1 WHERE amount_micros > 0"),
    ("P5: budget of ad_set", "UPDATE ads.budget SET committed_micros = committed_micros + 1"),
    ("P5: its deliveries and leases say", "UPDATE ads.ad_account SET committed_micros = committed_micros + 1"),
    ("P5: is not funding less refunds", "UPDATE ads.ad_account SET limit_micros = limit_micros + 1"),
    ("P5: charged without a seen", "UPDATE ads.delivery SET seen_at = NULL WHERE state = 'posted'"),
    (
        "P5: charged while it is not posted",
        "UPDATE ads.delivery SET posted_micros = charge_micros WHERE state = 'void'",
    ),
    ("P6: its messages end at", "DELETE FROM chat.message WHERE position = 2"),
    ("P6: its messages end at", "UPDATE chat.message SET change = 99 WHERE position = 2"),
    ("P6: beyond its end", "UPDATE chat.participant SET read_position = 99"),
    (
        "P6: sent before the message above it",
        "UPDATE chat.message SET sent_at = sent_at - interval '1 day' WHERE position = 4",
    ),
    (
        "P7: is not labelled as what was reviewed",
        """UPDATE chat.message SET body = body || '{"payer": ""}' WHERE origin_ref IS NOT NULL AND unsent_at IS NULL""",
    ),
    (
        "P7: is not labelled as what was reviewed",
        """UPDATE chat.message SET body = body || '{"text": "More."}' WHERE origin_ref IS NOT NULL AND unsent_at IS NULL""",
    ),
    ("P7: an advert that no delivery stands behind", "UPDATE chat.message SET origin_ref = 7 WHERE position = 2"),
    (
        "P7: no card in its thread",
        "UPDATE chat.message SET origin_ref = NULL, sender_kind = 'person' WHERE origin_ref IS NOT NULL AND unsent_at IS NULL",
    ),
    (
        "P7: was moved up by an advert",
        """UPDATE chat.mailbox b SET rank_at = m.sent_at FROM chat.message m WHERE m.home = b.home AND m.origin_ref IS NOT NULL""",
    ),
    ("P8: ads_stopped_at is not what its events leave behind", "UPDATE people.contact SET ads_stopped_at = NULL"),
    ("P8: ads_off_at is not what its events leave behind", "UPDATE people.attention SET ads_off_at = '2031-01-01Z'"),
    ("P8: rests on a version that is not there yet", "UPDATE ads.delivery SET attention_version = 99"),
    ("P8: rests on older facts than delivery", second("14 days", 14, '{"attention_version": 2}')),
    (
        "P9: outside the reply window",
        "UPDATE chat.message SET sent_at = sent_at + interval '25 hours' WHERE position = 2",
    ),
    (
        "P9: too many in a row",
        """UPDATE chat.message SET sender_kind = 'business' WHERE position = 4;
           INSERT INTO chat.message
           SELECT (jsonb_populate_record(m, jsonb_build_object('position', m.position + n, 'client_id', 'more ' || n))).*
             FROM chat.message m, generate_series(1, 6) n WHERE m.position = 4;
           UPDATE chat.thread SET last_position = 10 WHERE last_position = 4""",
    ),
]


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


@pytest.mark.parametrize(("said", "planted"), PLANTED, ids=[said for said, _ in PLANTED])
async def test_a_planted_violation_is_found_and_nothing_else(
    fresh_database: Database, clock: FixedClock, said: str, planted: str
) -> None:
    await make_world(fresh_database, clock)
    await plant(fresh_database, planted)
    found = await broken(fresh_database, clock)
    promise, _, words = said.partition(": ")
    assert set(found) == {promise}, found
    assert any(words in violation.detail for violation in found[promise].violations), found


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
