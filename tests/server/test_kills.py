"""SIGKILL at several moments of one long round over thousands of people, and of a burst of chat: each alone, and all at once.

A kill counts only with progress just before it and work left after it, in the round and in the burst. The worker stands still
while the test looks how far it got, so that no round ends unseen. In the end nobody has the offer twice or not at all, nothing
acknowledged is lost or doubled, and `verify` finds nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from rejoinder.business.entry_points import commands as doors
from rejoinder.business.entry_points.model import Visit
from rejoinder.chat.messages import commands as messages
from rejoinder.chat.messages.model import Accepted, Draft
from rejoinder.chat.model import Participant, Text
from rejoinder.db.transaction import Database, Tx
from rejoinder.people.contacts import commands as contacts
from rejoinder.people.contacts.model import Contact
from rejoinder.server.story.device import eventually
from rejoinder.server.story.kills import Talk, begin_talk
from rejoinder.server.story.stage import DATABASE, SERVERS, WORKER, Stage
from rejoinder.server.story.town import Town
from rejoinder.units.clock import FixedClock
from rejoinder.units.ids import new_code
from tests.support.ads import EURO
from tests.support.database import open_test_database
from tests.support.people import make_people
from tests.support.rounds import NOON, Shop, make_shop

pytestmark = pytest.mark.xdist_group("story")

PEOPLE = 1_000
PER_CHUNK = 20
TALKS = 2
CHUNKS_BETWEEN = 3
KILLED = [(WORKER,), (DATABASE,), SERVERS, (WORKER, *SERVERS, DATABASE)]


@dataclass
class Run:
    """Everything that a kill is about."""

    stage: Stage
    town: Town
    shop: Shop
    talks: list[Talk]
    chunk_count: int = 0

    async def progress(self) -> tuple[int, bool]:
        _, chunk_count, is_running = await self.town.round_progress()
        return chunk_count, is_running


@pytest.fixture
async def run() -> AsyncIterator[Run]:
    stage = Stage(people_per_chunk=PER_CHUNK)
    stage.set_clock(NOON)
    town = Town(stage)
    try:
        await stage.start_database()
        await stage.command("db", "migrate", "--test")
        async with open_test_database(stage.database_url) as database:
            shop = await seed(database)
        await stage.start_servers()
        town.people["Opal"] = town.device("Opal")
        couples = [
            [await town.person(f"Talker {number}"), await town.person(f"Listener {number}")] for number in range(TALKS)
        ]
        yield Run(stage, town, shop, [await begin_talk((one, other)) for one, other in couples])
    finally:
        await town.close()
        stage.close()


async def seed(database: Database) -> Shop:
    """A running offer, and people who wrote three days ago, were answered and read it; in batches, as the program works."""
    shop = await make_shop(database, total_micros=90 * EURO, bid_micros=EURO // 50)
    people = await make_people(database, PEOPLE)
    at = NOON - timedelta(days=3)
    for start in range(0, PEOPLE, 500):
        visits = [Visit(person_id, shop.door) for person_id in people[start : start + 500]]
        async with database.transaction() as tx:
            await talk(tx, await doors.open_threads(tx, visits, at), shop.business.id)
    return shop


async def talk(tx: Tx, opened: list[Contact], business_id: int) -> None:
    clock = FixedClock(NOON - timedelta(days=3))
    business = Participant("business", business_id)
    asked = [
        Draft(Participant("person", one.person_id), one.thread_id, new_code(12), Text("Green tea?")) for one in opened
    ]
    answered = [Draft(business, one.thread_id, new_code(12), Text("Yes.")) for one in opened]
    for drafts in (asked, answered):
        verdicts = await messages.append_many(tx, drafts, clock)
        assert all(isinstance(verdict, Accepted) for verdict in verdicts)
    await contacts.note_read(tx, sorted((one.person_id, business_id) for one in opened))


async def test_kills_lose_nothing_and_double_nothing(run: Run) -> None:
    await run.stage.start_worker()
    for names in KILLED:
        await kill_in_the_middle(run, names)

    async def has_ended() -> bool:
        return not (await run.progress())[1]

    await eventually(has_ended, "the round ends")
    assert (await run.progress())[0] > run.chunk_count
    for each in run.talks:
        await each.expect_whole()
    await run.stage.command("verify")
    async with open_test_database(run.stage.database_url) as database:
        await assert_each_once(database, run)


async def kill_in_the_middle(run: Run, names: tuple[str, ...]) -> None:
    """Kill while chunks are decided and messages flow; start again what was killed, the worker last.

    A worker that was not killed stands still until the next kill is prepared.
    """
    bursts = [asyncio.create_task(each.burst()) for each in run.talks]
    acked = sum(len(each.acked) for each in run.talks)
    before = run.chunk_count

    async def is_in_the_middle() -> bool:
        run.stage.pause(WORKER)
        run.chunk_count, is_running = await run.progress()
        assert is_running or run.chunk_count == before == 0, "the round ended before the kill"
        if run.chunk_count >= before + CHUNKS_BETWEEN and sum(len(each.acked) for each in run.talks) > acked:
            return True
        run.stage.resume(WORKER)
        return False

    await eventually(is_in_the_middle, f"progress before the kill of {names}")
    run.stage.kill(*names)
    waiting = sum(len(each.sent) - len(each.acked) for each in run.talks)
    assert waiting > 0, "messages were on their way"
    for burst in bursts:
        burst.cancel()
    await asyncio.gather(*bursts, return_exceptions=True)
    if DATABASE in names:
        await run.stage.start_database()
    if set(SERVERS) <= set(names):
        await run.stage.start_servers()
    await run.stage.wait_until_ready()
    chunk_count, is_running = await run.progress()
    assert is_running, f"the kill of {names} came too late"
    assert chunk_count >= run.chunk_count, "a decided chunk was lost"
    run.chunk_count = chunk_count
    for each in run.talks:
        await each.send_again()
    if WORKER in names:
        await run.stage.start_worker()


async def assert_each_once(database: Database, run: Run) -> None:
    """Everybody who wrote has one delivery and one card that stands for it."""
    found = await database.pool.fetchrow(
        "SELECT count(*) AS deliveries, count(DISTINCT person_id) AS people,"
        " (SELECT count(*) FROM chat.message WHERE origin_ref IS NOT NULL) AS cards,"
        " (SELECT count(*) FROM ads.delivery d JOIN chat.message m ON m.home = d.person_id AND m.thread_id = d.thread_id"
        "     AND m.position = d.position AND m.origin_ref = d.id) AS stand_for_each_other"
        " FROM ads.delivery WHERE campaign_id = $1",
        run.shop.offer.id,
    )
    assert found is not None
    assert set(found.values()) == {PEOPLE}, dict(found)
