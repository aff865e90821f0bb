"""Marks move forward only, clear what is unread, and do not betray who looks at a request."""

from rejoinder.chat.messages import commands as messages
from rejoinder.chat.messages.model import SponsoredDraft
from rejoinder.chat.model import Participant, Sponsored, ThreadChange
from rejoinder.chat.receipts import commands
from rejoinder.chat.receipts.model import Mark
from rejoinder.db.transaction import Database
from rejoinder.units.clock import FixedClock
from tests.support.chat import append, append_one, make_business_thread, make_direct


async def move(database: Database, clock: FixedClock, *marks: Mark) -> list[ThreadChange]:
    return await database.run(lambda tx: commands.move_many(tx, marks, clock))


async def unread(database: Database, person: Participant) -> int:
    count: int = await database.pool.fetchval("SELECT unread_count FROM chat.mailbox WHERE person_id = $1", person.id)
    return count


async def test_marks_never_move_back_nor_past_the_end(database: Database, clock: FixedClock) -> None:
    thread = await make_direct(database, at=clock.now())
    await append(database, clock, [thread.draft(str(n)) for n in range(3)])
    (change,) = await move(database, clock, Mark(thread.other, thread.id, 99, 2))
    assert [(marks.delivered_position, marks.read_position) for marks in change.marks] == [(3, 2)]
    assert (change.from_change, change.to_change) == (3, 4)
    assert await unread(database, thread.other) == 1
    assert await move(database, clock, Mark(thread.other, thread.id, 1, 1)) == []
    assert await move(database, clock, Mark(Participant("person", 1), thread.id, 1, 1)) == []


async def test_several_marks_of_one_batch_count_as_the_furthest(database: Database, clock: FixedClock) -> None:
    thread = await make_direct(database, at=clock.now())
    await append(database, clock, [thread.draft(str(n)) for n in range(3)])
    marks = [
        Mark(thread.other, thread.id, 3, 3),
        Mark(thread.other, thread.id, 2, 0),
        Mark(thread.one, thread.id, 1, 1),
    ]
    (change,) = await move(database, clock, *marks)
    assert change.to_change == 5
    assert {m.participant: (m.delivered_position, m.read_position) for m in change.marks} == {
        thread.other: (3, 3),
        thread.one: (1, 1),
    }
    assert await unread(database, thread.other) == 0


async def test_no_mark_rests_on_an_advert(database: Database, clock: FixedClock) -> None:
    thread = await make_business_thread(database, at=clock.now())
    await append_one(database, clock, thread.draft("hi"))
    body = Sponsored("Tea", "10 % off", "Tea GmbH", "Tea House", "7", "token")
    draft = SponsoredDraft(thread.one.id, thread.id, thread.other.id, body, origin_ref=7)
    await database.run(lambda tx: messages.append_sponsored(tx, [draft], clock.now()))
    (change,) = await move(database, clock, Mark(thread.one, thread.id, 2, 2))
    assert [(marks.delivered_position, marks.read_position) for marks in change.marks] == [(1, 1)]
    await append_one(database, clock, thread.draft("are you there?"))
    assert await move(database, clock, Mark(thread.one, thread.id, 2, 2)) == []
    (change,) = await move(database, clock, Mark(thread.one, thread.id, 3, 3))
    assert [(marks.delivered_position, marks.read_position) for marks in change.marks] == [(3, 3)]


async def test_looking_at_a_request_tells_the_stranger_nothing(database: Database, clock: FixedClock) -> None:
    thread = await make_direct(database, at=clock.now(), is_accepted=False)
    await append_one(database, clock, thread.draft())
    assert await move(database, clock, Mark(thread.other, thread.id, 1, 1)) == []
    assert await unread(database, thread.other) == 0
    read = await database.pool.fetchval(
        "SELECT max(read_position) FROM chat.participant WHERE thread_id = $1", thread.id
    )
    assert read == 0


async def test_reading_a_businesss_answer_clears_the_contact(database: Database, clock: FixedClock) -> None:
    thread = await make_business_thread(database, at=clock.now())
    await append(database, clock, [thread.draft("hi"), thread.draft("yes", by=thread.other)])
    query = "SELECT unread_reply_count FROM people.contact WHERE person_id = $1"
    assert await database.pool.fetchval(query, thread.one.id) == 1
    await move(database, clock, Mark(thread.one, thread.id, 2, 2))
    assert await database.pool.fetchval(query, thread.one.id) == 0
