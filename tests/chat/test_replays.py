"""Snapshot plus frames is the new snapshot, for everything that changes a thread."""

from rejoinder.chat.messages import commands as messages
from rejoinder.chat.messages.model import Accepted
from rejoinder.chat.model import Participant, ThreadChange
from rejoinder.chat.receipts import commands as receipts
from rejoinder.chat.receipts.model import Mark
from rejoinder.db.transaction import Database, Tx
from rejoinder.units.clock import FixedClock
from tests.support.chat import MadeThread, append, make_business_thread, make_direct
from tests.support.traces import Replay


async def replay(database: Database, clock: FixedClock, thread: MadeThread, viewer: Participant) -> Replay:
    """The one writes, the other answers, reads, edits and unsends; a last message comes in."""
    await append(database, clock, [thread.draft("hello"), thread.draft("anybody there?")])
    run = Replay(database, thread, viewer)
    await run.start()

    async def answer(tx: Tx) -> ThreadChange:
        (verdict,) = await messages.append_many(tx, [thread.draft("yes, helo", by=thread.other)], clock)
        assert isinstance(verdict, Accepted)
        assert verdict.change is not None
        return verdict.change

    async def read(tx: Tx) -> ThreadChange:
        return (await receipts.move_many(tx, [Mark(thread.other, thread.id, 2, 2)], clock))[0]

    await run.command(answer)
    await run.command(read)
    await run.command(lambda tx: messages.edit(tx, thread.other, thread.id, 3, text="yes, hello", clock=clock))
    await run.command(lambda tx: messages.unsend(tx, thread.one, thread.id, 1, clock=clock))
    return run


async def test_both_people_of_a_thread_follow_it(database: Database, clock: FixedClock) -> None:
    thread = await make_direct(database, at=clock.now())
    await (await replay(database, clock, thread, thread.one)).finish("direct")


async def test_the_person_of_a_business_thread_follows_it(database: Database, clock: FixedClock) -> None:
    thread = await make_business_thread(database, at=clock.now())
    await (await replay(database, clock, thread, thread.one)).finish("business")
