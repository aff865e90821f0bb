"""Direct threads, requests and what moves in mailboxes."""

import asyncio

import pytest

from rejoinder.chat.messages.model import Accepted, Rejected
from rejoinder.chat.model import Participant
from rejoinder.chat.threads import commands
from rejoinder.chat.threads.model import NoRequest, NotReachable, NotWithOneself
from rejoinder.db.transaction import Database
from rejoinder.people.protections import commands as protections
from rejoinder.units.clock import FixedClock
from tests.support.chat import MadeThread, append, append_one, make_direct
from tests.support.people import make_people, make_person


async def folders(database: Database, thread: MadeThread) -> list[tuple[str, int]]:
    rows = await database.pool.fetch(
        "SELECT person_id, folder, unread_count FROM chat.mailbox WHERE thread_id = $1", thread.id
    )
    found = {row["person_id"]: (row["folder"], row["unread_count"]) for row in rows}
    return [found[thread.one.id], found[thread.other.id]]


async def test_both_opening_at_once_get_the_same_thread(database: Database, clock: FixedClock) -> None:
    one, other = await make_people(database, 2)

    async def open_one(me: int, them: int) -> int:
        return await database.run(lambda tx: commands.open_direct(tx, me, them, clock.now()))

    opened = await asyncio.gather(*(open_one(*pair) for pair in [(one, other), (other, one)] * 4))
    assert len(set(opened)) == 1
    assert await database.pool.fetchval("SELECT count(*) FROM chat.participant WHERE thread_id = $1", opened[0]) == 2


async def test_a_strangers_message_waits_in_requests_until_it_is_answered(
    database: Database, clock: FixedClock
) -> None:
    thread = await make_direct(database, at=clock.now(), is_accepted=False)
    await append_one(database, clock, thread.draft("hello"))
    assert await folders(database, thread) == [("chats", 0), ("requests", 1)]
    await append_one(database, clock, thread.draft("hi", by=thread.other))
    assert await folders(database, thread) == [("chats", 1), ("chats", 1)]
    with pytest.raises(NoRequest):
        await database.run(lambda tx: commands.accept(tx, thread.other.id, thread.id))


async def test_who_was_refused_reaches_nobody_until_written_to(database: Database, clock: FixedClock) -> None:
    thread = await make_direct(database, at=clock.now(), is_accepted=False)
    await append_one(database, clock, thread.draft("hello"))
    await database.run(lambda tx: commands.refuse(tx, thread.other.id, thread.id, clock.now()))
    assert await folders(database, thread) == [("chats", 0), ("refused", 0)]
    (verdict,) = await append(database, clock, [thread.draft("again")])
    assert isinstance(verdict, Rejected)
    assert verdict.code == "not_receiving"
    again = await database.run(lambda tx: commands.open_direct(tx, thread.other.id, thread.one.id, clock.now()))
    assert again == thread.id
    (verdict,) = await append(database, clock, [thread.draft("now")])
    assert isinstance(verdict, Accepted)


async def test_adult_strangers_cannot_write_to_minors_but_minors_to_adults(
    database: Database, clock: FixedClock
) -> None:
    adult, minor = await make_person(database, birth_year=1990), await make_person(database, birth_year=2015)
    for sender in (adult, await make_person(database, birth_year=None)):
        with pytest.raises(NotReachable):
            await database.run(lambda tx, sender=sender: commands.open_direct(tx, sender, minor, clock.now()))  # type: ignore[misc]
    thread_id = await database.run(lambda tx: commands.open_direct(tx, minor, adult, clock.now()))
    thread = MadeThread(thread_id, Participant("person", minor), Participant("person", adult))
    assert isinstance(await append_one(database, clock, thread.draft("hello")), Accepted)


async def test_a_request_to_somebody_who_turns_out_to_be_a_minor_goes_no_further(
    database: Database, clock: FixedClock
) -> None:
    adult, unknown = await make_person(database), await make_person(database, birth_year=None)
    thread_id = await database.run(lambda tx: commands.open_direct(tx, adult, unknown, clock.now()))
    thread = MadeThread(thread_id, Participant("person", adult), Participant("person", unknown))
    await append_one(database, clock, thread.draft("one"))
    await database.run(lambda tx: protections.set_birth_year(tx, unknown, 2015, at=clock.now()))
    (verdict,) = await append(database, clock, [thread.draft("two")])
    assert isinstance(verdict, Rejected)


async def test_a_block_holds_both_ways_and_in_new_threads(database: Database, clock: FixedClock) -> None:
    thread = await make_direct(database, at=clock.now())
    await database.run(lambda tx: protections.block_person(tx, thread.other.id, thread.one.id, at=clock.now()))
    verdicts = await append(database, clock, [thread.draft("hi"), thread.draft("hi", by=thread.other)])
    assert [verdict.code for verdict in verdicts if isinstance(verdict, Rejected)] == ["not_receiving"] * 2
    one, other = await make_people(database, 2)
    await database.run(lambda tx: protections.block_person(tx, other, one, at=clock.now()))
    with pytest.raises(NotReachable):
        await database.run(lambda tx: commands.open_direct(tx, one, other, clock.now()))


async def test_nobody_writes_to_themselves_or_to_nobody(database: Database, clock: FixedClock) -> None:
    one = await make_person(database)
    with pytest.raises(NotWithOneself):
        await database.run(lambda tx: commands.open_direct(tx, one, one, clock.now()))
    with pytest.raises(NotReachable):
        await database.run(lambda tx: commands.open_direct(tx, one, 42, clock.now()))
