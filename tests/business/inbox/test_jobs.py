"""The inbox follows chat: through the consumer, in any order, again and again, and whatever else lies in the outbox."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import asyncpg
import msgspec
import pytest

from rejoinder.business.inbox import commands, jobs
from rejoinder.business.inbox.model import ThreadKey
from rejoinder.chat.messages import commands as messages
from rejoinder.chat.messages.events import MessageSent
from rejoinder.chat.messages.model import Accepted, Draft, MessageRef, SponsoredDraft
from rejoinder.chat.model import Participant, SendableBody, Sponsored, Text
from rejoinder.chat.realtime.hints import InboxHint
from rejoinder.chat.receipts import commands as receipts
from rejoinder.chat.receipts.model import Mark
from rejoinder.db.outbox import Consumer, OutboxRow, consume, list_lags
from rejoinder.db.transaction import Database, Tx
from rejoinder.people.contacts.model import Contact
from rejoinder.units.clock import FixedClock
from rejoinder.units.ids import new_code, new_id
from tests.support.business import MadeBusiness, make_business, make_door, open_thread
from tests.support.database import digest, until_readable
from tests.support.people import make_person

DERIVED = """business_id, thread_id, home, person_id, contact_id, state, assigned_to, done_position, case_position, last_position,
             preview, preview_type, preview_from, last_at, unread_count, waiting_since, entry_point_id, origin_ref, offer_headline,
             campaign_id"""


@dataclass
class World:
    """A business, and what is done to its inbox."""

    database: Database
    clock: FixedClock
    business: MadeBusiness
    told: list[InboxHint]

    async def person(self) -> Contact:
        door = await make_door(self.database, self.business.id)
        return await open_thread(self.database, await make_person(self.database), door)

    async def send(self, contact: Contact, body: SendableBody | str, *, by_business: bool = False) -> int:
        self.clock.move(seconds=1)
        person, business = Participant("person", contact.person_id), Participant("business", contact.business_id)
        words = Text(body) if isinstance(body, str) else body
        draft = Draft(business if by_business else person, contact.thread_id, new_code(), words)
        (verdict,) = await self.database.run(lambda tx: messages.append_many(tx, [draft], self.clock))
        assert isinstance(verdict, Accepted), verdict
        return verdict.position

    async def advertise(self, contact: Contact, headline: str = "Spring teas") -> int:
        self.clock.move(seconds=1)
        origin_ref = new_id()
        body = Sponsored(headline, "20 % off", "Tea House GmbH", "Tea House", str(origin_ref), "token")
        draft = SponsoredDraft(contact.person_id, contact.thread_id, contact.business_id, body, origin_ref)
        await self.database.run(lambda tx: messages.append_sponsored(tx, [draft], self.clock.now()))
        return origin_ref

    async def follow(self) -> int:
        """Run the job until nothing is left; return how many events there were."""
        return await digest(self.database, lambda: jobs.run(self.database, self.clock, self._tell))

    def _tell(self, hints: Iterable[InboxHint]) -> None:
        self.told += hints

    async def items(self) -> list[dict[str, Any]]:
        async with self.database.transaction() as tx:
            rows = await tx.connection.fetch(
                f"SELECT {DERIVED} FROM business.inbox_item ORDER BY business_id, thread_id"  # noqa: S608  a constant
            )
        return [dict(row) for row in rows]

    async def item(self, contact: Contact) -> dict[str, Any]:
        return next(item for item in await self.items() if item["thread_id"] == contact.thread_id)

    async def numbers(self) -> list[int]:
        async with self.database.transaction() as tx:
            rows = await tx.connection.fetch("SELECT number FROM business.inbox_item ORDER BY number")
        return [row["number"] for row in rows]


@pytest.fixture
async def world(fresh_database: Database, clock: FixedClock) -> World:
    return World(fresh_database, clock, await make_business(fresh_database), [])


async def test_a_message_makes_an_item_that_says_who_waits_since_when(world: World) -> None:
    contact = await world.person()
    await world.send(contact, "Do you have oolong?")
    asked_at = world.clock.now()
    await world.follow()
    item = await world.item(contact)
    assert (item["state"], item["preview"], item["unread_count"], item["waiting_since"]) == (
        "open",
        "Do you have oolong?",
        1,
        asked_at,
    )
    assert item["entry_point_id"] is not None
    await world.send(contact, "Yes, two kinds.", by_business=True)
    await world.follow()
    item = await world.item(contact)
    assert (item["preview_from"], item["preview"], item["waiting_since"]) == ("business", "Yes, two kinds.", None)


async def test_watchers_are_told_the_number_that_the_inbox_reached(world: World) -> None:
    contact = await world.person()
    await world.send(contact, "Do you have oolong?")
    await world.follow()
    assert world.told == [InboxHint(world.business.id, 1)]
    at = world.clock.now()
    await world.database.run(lambda tx: commands.finish(tx, world.business.id, contact.thread_id, at=at))
    await world.follow()
    assert world.told[1:] == [InboxHint(world.business.id, 2)]


async def test_reading_clears_the_unread_count_and_unsending_the_preview(world: World) -> None:
    contact = await world.person()
    position = await world.send(contact, "Do you have oolong?")
    await world.follow()
    business = Participant("business", world.business.id)
    mark = Mark(business, contact.thread_id, delivered=position, read=position)
    await world.database.run(lambda tx: receipts.move_many(tx, [mark], world.clock))
    await world.follow()
    assert (await world.item(contact))["unread_count"] == 0
    person = Participant("person", contact.person_id)
    await world.database.run(lambda tx: messages.unsend(tx, person, contact.thread_id, position, clock=world.clock))
    await world.follow()
    item = await world.item(contact)
    assert (item["preview"], item["preview_type"]) == ("", "unsent")


async def test_an_advert_moves_nothing_in_the_inbox(world: World) -> None:
    contact = await world.person()
    await world.send(contact, "Do you have oolong?")
    await world.follow()
    before, numbers = await world.items(), await world.numbers()
    await world.advertise(contact)
    assert await world.follow() == 1
    assert (await world.items(), await world.numbers()) == (before, numbers)


async def test_a_reply_carries_the_newest_offer_it_answers(world: World) -> None:
    contact = await world.person()
    await world.send(contact, "Do you have oolong?")
    await world.advertise(contact, "Winter teas")
    newest = await world.advertise(contact, "Spring teas")
    await world.send(contact, "I take the spring teas")
    await world.follow()
    item = await world.item(contact)
    assert (item["origin_ref"], item["offer_headline"], item["campaign_id"]) == (newest, "Spring teas", None)
    replied = Replied(contact.person_id, newest, 77, world.business.id, contact.thread_id)
    await world.database.run(lambda tx: tx.publish([replied], at=world.clock.now()))
    await world.follow()
    assert (await world.item(contact))["campaign_id"] == 77


async def test_a_message_after_the_business_wrote_answers_no_offer(world: World) -> None:
    contact = await world.person()
    await world.send(contact, "Do you have oolong?")
    await world.advertise(contact)
    await world.send(contact, "Yes, two kinds.", by_business=True)
    await world.send(contact, "Great")
    await world.follow()
    assert (await world.item(contact))["origin_ref"] is None


async def test_a_withdrawn_offer_is_answered_by_nobody(world: World) -> None:
    contact = await world.person()
    await world.send(contact, "Do you have oolong?")
    await world.advertise(contact)
    ref = MessageRef(contact.person_id, contact.thread_id, 2)
    await world.database.run(lambda tx: messages.withdraw(tx, [ref], world.clock.now()))
    await world.send(contact, "Hello again")
    await world.follow()
    assert (await world.item(contact))["origin_ref"] is None


async def test_done_is_opened_by_the_next_message_without_its_old_offer(world: World) -> None:
    contact = await world.person()
    await world.send(contact, "Do you have oolong?")
    await world.advertise(contact)
    await world.send(contact, "I take them")
    await world.follow()
    at = world.clock.now()
    seen = await world.database.run(lambda tx: commands.finish(tx, world.business.id, contact.thread_id, at=at))
    assert (seen.state, seen.offer_headline) == ("done", "Spring teas")
    await world.send(contact, "One more question")
    await world.follow()
    item = await world.item(contact)
    assert (item["state"], item["origin_ref"]) == ("open", None)


async def test_messages_between_people_are_in_nobodys_inbox(world: World) -> None:
    event = MessageSent(5, 5, 1, 1, "person", 6, "person", 7, None, "text", "Hi", None, world.clock.now())
    await world.database.run(lambda tx: tx.publish([event], at=world.clock.now()))
    await world.follow()
    assert await world.items() == []


async def test_rebuilt_from_the_outbox_or_from_chat_it_is_what_following_made_it(world: World) -> None:
    contacts = [await world.person() for _ in range(4)]
    for n, contact in enumerate(contacts):
        await world.send(contact, f"Question {n}")
        await world.follow()
        await world.send(contact, "Answer", by_business=True)
        await world.advertise(contact)
        if n % 2:
            await world.send(contact, "I take it")
            await world.follow()
    at = world.clock.now()
    await world.database.run(lambda tx: commands.finish(tx, world.business.id, contacts[1].thread_id, at=at))
    await world.database.run(
        lambda tx: commands.assign(tx, world.business.id, contacts[0].thread_id, world.business.owner_person_id, at=at)
    )
    await world.follow()
    followed = await world.items()
    assert len(followed) == len(contacts)
    hand_made = {"assigned_to", "done_position", "case_position"}

    async with world.database.transaction() as tx:  # what agents did stays, what chat says is spoilt and read again
        await tx.connection.execute(
            "UPDATE business.inbox_item SET preview = 'spoilt', unread_count = 50, last_position = 0, last_at = $1, origin_ref = NULL,"
            " offer_headline = NULL, state = 'open', waiting_since = $1",
            world.clock.now(),
        )
        await tx.connection.execute("UPDATE db.outbox_cursor SET xid = '0', id = 0 WHERE consumer = 'inbox'")
    await world.follow()
    assert await world.items() == followed

    async with world.database.transaction() as tx:  # a lost projection comes back but for what agents did
        await tx.connection.execute("DELETE FROM business.inbox_item")
        assert await commands.rebuild(tx) is None
    plain = [{k: v for k, v in item.items() if k not in hand_made | {"state", "waiting_since"}} for item in followed]
    rebuilt = await world.items()
    assert [{k: v for k, v in item.items() if k in plain[0]} for item in rebuilt] == plain
    assert all(item["assigned_to"] is None for item in rebuilt)


async def test_events_may_come_twice_and_in_any_order(world: World) -> None:
    contact = await world.person()
    keys = [ThreadKey(contact.person_id, contact.thread_id)] * 3
    await world.send(contact, "One")
    await world.send(contact, "Two")
    assert await world.database.run(lambda tx: commands.refresh(tx, keys)) == {world.business.id: 1}
    assert await world.database.run(lambda tx: commands.refresh(tx, keys)) == {}
    assert (await world.item(contact))["preview"] == "Two"


async def test_numbers_are_drawn_once_also_by_agents_and_worker_at_once(world: World) -> None:
    contacts = [await world.person() for _ in range(6)]
    for contact in contacts:
        await world.send(contact, "Hello")
    await world.follow()
    at = world.clock.now()
    for contact in contacts:
        await world.send(contact, "Hello again")
    await asyncio.gather(
        world.follow(),
        *(
            world.database.run(
                lambda tx, key=contact.thread_id: commands.finish(tx, world.business.id, key, at=at)  # type: ignore[misc]
            )
            for contact in contacts
        ),
    )
    numbers = await world.numbers()
    assert len(set(numbers)) == len(contacts)
    async with world.database.transaction() as tx:
        counter = await tx.connection.fetchval("SELECT number FROM business.inbox_counter")
    assert max(numbers) <= counter


async def test_a_poisoned_event_is_parked_and_the_others_go_on(world: World) -> None:
    contact = await world.person()
    await world.send(contact, "Before")
    await world.database.run(lambda tx: tx.publish([Poison("not a number")], at=world.clock.now()))
    await world.send(contact, "After")
    await world.follow()
    assert (await world.item(contact))["preview"] == "After"
    async with world.database.transaction() as tx:
        lag = next(lag for lag in await list_lags(tx) if lag.consumer == jobs.CONSUMER)
        parked = await tx.connection.fetch("SELECT topic, payload FROM db.outbox_parked")
    assert (lag.waiting_count, lag.parked_count) == (0, 1)
    assert [(row["topic"], row["payload"]) for row in parked] == [(Poison.topic, {"home": "not a number"})]


async def test_an_event_is_not_parked_for_what_the_database_says_of_itself(world: World) -> None:
    contact = await world.person()
    await world.send(contact, "Hello")
    await until_readable(world.database)

    async def refuse(_: Tx, __: list[OutboxRow]) -> None:
        raise asyncpg.TooManyConnectionsError("sorry, too many clients already")

    busy = Consumer(jobs.CONSUMER, dict.fromkeys(jobs.make_consumer({}).handlers, refuse))
    with pytest.raises(asyncpg.TooManyConnectionsError):
        await consume(world.database, busy, at=world.clock.now())
    await world.follow()
    assert (await world.item(contact))["preview"] == "Hello"
    assert not await world.database.pool.fetchval("SELECT count(*) FROM db.outbox_parked")


async def test_two_workers_digest_each_event_once(world: World) -> None:
    contacts = [await world.person() for _ in range(3)]
    for contact in contacts:
        await world.send(contact, "Hello")
    reached: dict[int, int] = {}
    consumer = jobs.make_consumer(reached)
    await until_readable(world.database)
    counts = await asyncio.gather(*(consume(world.database, consumer, at=world.clock.now()) for _ in range(3)))
    assert sum(counts) + await consume(world.database, consumer, at=world.clock.now()) == len(contacts)
    assert reached == {world.business.id: len(contacts)}


class Poison(msgspec.Struct):
    """Says it is a message, and is none."""

    topic: ClassVar[str] = MessageSent.topic
    home: str


class Replied(msgspec.Struct):
    """What ads publishes when an advert was answered."""

    topic: ClassVar[str] = "ads.delivery_replied"
    person_id: int
    delivery_id: int
    campaign_id: int
    business_id: int
    thread_id: int
