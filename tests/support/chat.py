"""Builders of threads and drafts, and what a device keeps: snapshots, changes, and both of them compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from rejoinder.chat.messages import commands
from rejoinder.chat.messages.model import Accepted, Draft, Verdict
from rejoinder.chat.model import Participant, SendableBody, Text
from rejoinder.chat.threads import commands as threads
from rejoinder.chat.threads.model import Opening
from rejoinder.db.transaction import Database
from rejoinder.people.contacts import commands as contacts
from rejoinder.people.contacts.model import Opening as ContactOpening
from rejoinder.units.clock import Clock
from rejoinder.units.ids import new_code, new_id
from tests.support.business import make_business
from tests.support.people import make_people


@dataclass(frozen=True, slots=True)
class MadeThread:
    """A thread and its two sides; in a thread with a business `one` is the person."""

    id: int
    one: Participant
    other: Participant

    def draft(self, text: str = "Hello", *, by: Participant | None = None, **overrides: Any) -> Draft:
        """A text of the one, under a client id of its own."""
        body: SendableBody = overrides.pop("body", None) or Text(text)
        return Draft(by or self.one, self.id, overrides.pop("client_id", new_code(12)), body, **overrides)


async def make_direct(database: Database, *, at: datetime, is_accepted: bool = True, **overrides: Any) -> MadeThread:
    """Two people who talk; `overrides` change both."""
    one, other = await make_people(database, 2, **overrides)
    thread_id = await database.run(lambda tx: threads.open_direct(tx, one, other, at))
    if is_accepted:
        await database.run(lambda tx: threads.accept(tx, other, thread_id))
    return MadeThread(thread_id, Participant("person", one), Participant("person", other))


async def make_business_thread(database: Database, *, at: datetime, business_id: int | None = None) -> MadeThread:
    """A person who opened a business's door and has not written yet."""
    (person_id,) = await make_people(database, 1)
    business_id = business_id or (await make_business(database)).id
    opening = ContactOpening(person_id, business_id, owner_id=new_id(), thread_id=new_id())
    async with database.transaction() as tx:
        await contacts.open_contacts(tx, [opening])
        await threads.open_business_threads(tx, [Opening(person_id, business_id, opening.thread_id)], at)
    return MadeThread(opening.thread_id, Participant("person", person_id), Participant("business", business_id))


async def append(database: Database, clock: Clock, drafts: Sequence[Draft]) -> list[Verdict]:
    """A batch in a transaction of its own."""
    return await database.run(lambda tx: commands.append_many(tx, drafts, clock))


async def append_one(database: Database, clock: Clock, draft: Draft) -> Accepted:
    """One message that must be accepted."""
    (verdict,) = await append(database, clock, [draft])
    assert isinstance(verdict, Accepted), verdict
    return verdict


async def stored(database: Database, thread_id: int) -> list[dict[str, Any]]:
    """The thread's rows as they are, in their order."""
    rows = await database.pool.fetch(
        "SELECT position, change, client_id, body, sender_kind, sender_id FROM chat.message WHERE thread_id = $1 ORDER BY position",
        thread_id,
    )
    return [dict(row) for row in rows]


def plain(value: object) -> Any:
    """As it goes over the wire."""
    return msgspec.to_builtins(value)
