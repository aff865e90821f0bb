"""Builders of rounds: a business with a running offer, people who wrote to it and were answered, and the round itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rejoinder.ads.campaigns.model import Offer
from rejoinder.ads.delivery import commands as deliveries
from rejoinder.ads.delivery import jobs
from rejoinder.ads.delivery.model import Glimpse
from rejoinder.ads.rounds import commands, store
from rejoinder.ads.rounds.commands import Means
from rejoinder.ads.rounds.model import Chunk, Outcome, Round
from rejoinder.business.entry_points.model import EntryPoint
from rejoinder.chat.messages import commands as messages
from rejoinder.chat.messages.model import Accepted, Draft
from rejoinder.chat.model import Body, Participant, Text
from rejoinder.chat.realtime.hints import Hint
from rejoinder.db.transaction import Database, Tx
from rejoinder.people.contacts import commands as contacts
from rejoinder.people.contacts.model import Contact
from rejoinder.people.protections.policy import load_policies
from rejoinder.units.clock import FixedClock
from rejoinder.units.ids import new_code
from tests.support.ads import make_ad_account, make_running_offer
from tests.support.business import MadeBusiness, make_business, make_door, open_thread
from tests.support.database import digest
from tests.support.people import make_person

SECRET = b"a secret of thirty-two bytes, yes"
NOON = datetime.fromisoformat("2030-01-09T12:00:00+00:00")


@dataclass(frozen=True, slots=True)
class Shop:
    """A business with a door and an offer that runs."""

    business: MadeBusiness
    door: EntryPoint
    offer: Offer


def means(clock: FixedClock, **overrides: Any) -> Means:
    """What a worker brings, with the policy that ships."""
    return Means(clock, load_policies(), SECRET, **overrides)


async def make_shop(where: Tx | Database, *, business: MadeBusiness | None = None, **offer: Any) -> Shop:
    """A shop of a new owner, or another offer of the same business."""

    async def work(tx: Tx) -> Shop:
        owned = business or await make_business(tx)
        account = await make_ad_account(tx, owner_id=owned.owner_id, funded_micros=0 if business else 100_000_000)
        running = await make_running_offer(tx, account=account, business_id=owned.id, **offer)
        return Shop(owned, await make_door(tx, owned.id), running)

    return await where.run(work) if isinstance(where, Database) else await work(where)


async def make_writer(
    where: Tx | Database,
    shop: Shop,
    *,
    person_id: int | None = None,
    at: datetime = NOON - timedelta(days=3),
    body: Body | None = None,
    is_answered: bool = True,
    is_read: bool = True,
    **person: Any,
) -> Contact:
    """Somebody who wrote to the shop three days ago, was answered at once and read it."""

    async def work(tx: Tx) -> Contact:
        writer = person_id or await make_person(tx, **person)
        contact = await open_thread(tx, writer, shop.door, at=at)
        await say(tx, contact, body=body, at=at)
        if is_answered:
            await answer(tx, contact, at=at + timedelta(minutes=5))
        if is_read:
            await contacts.note_read(tx, [(writer, shop.business.id)])
        return contact

    return await where.run(work) if isinstance(where, Database) else await work(where)


async def say(
    tx: Tx, contact: Contact, *, at: datetime, body: Body | None = None, text: str = "Do you have green tea?"
) -> int:
    """The person writes to the business; return the position."""
    return await _append(tx, Participant("person", contact.person_id), contact, body or Text(text), at)


async def answer(tx: Tx, contact: Contact, *, at: datetime, text: str = "Yes, nine kinds.") -> int:
    """The business writes to the person; return the position."""
    return await _append(tx, Participant("business", contact.business_id), contact, Text(text), at)


async def _append(tx: Tx, sender: Participant, contact: Contact, body: Any, at: datetime) -> int:
    draft = Draft(sender, contact.thread_id, new_code(12), body)
    [verdict] = await messages.append_many(tx, [draft], FixedClock(at))
    assert isinstance(verdict, Accepted), verdict
    return verdict.position


async def run_round(database: Database, with_means: Means, *, people_count: int = 500) -> Outcome:
    """A whole round by one worker; what all its chunks did."""
    whole = Outcome()
    running = await database.run(lambda tx: commands.start(tx, with_means))
    assert running is not None, "no offer could deliver"
    while (chunk := await lease(database, with_means, running, people_count=people_count)) is not None:
        outcome = await deliver(database, with_means, chunk)
        assert outcome is not None
        whole.delivered += outcome.delivered
        whole.ghosts += outcome.ghosts
        whole.refused += outcome.refused
    async with database.transaction() as tx:
        assert await store.find_running_round(tx) is None, "the round has ended"
    return whole


async def lease(database: Database, with_means: Means, running: Round, *, people_count: int = 500) -> Chunk | None:
    """Settle what was decided, then lease the next chunk."""
    at = with_means.clock.now()
    await database.run(lambda tx: commands.settle(tx, at=at))
    return await database.run(lambda tx: commands.lease_chunk(tx, running, people_count=people_count, at=at))


async def deliver(database: Database, with_means: Means, chunk: Chunk) -> Outcome | None:
    """Decide a leased chunk."""
    return await database.run(lambda tx: commands.deliver_chunk(tx, chunk, with_means))


def reasons_of(outcome: Outcome) -> dict[int, str]:
    """Why each refused person was refused."""
    return {refused.person_id: refused.reason for refused in outcome.refused}


def receivers_of(outcome: Outcome) -> set[int]:
    """Who got something."""
    return {chosen.person_id for chosen in outcome.delivered}


@dataclass(frozen=True, slots=True)
class Card:
    """A delivered advert as its person's device knows it."""

    contact: Contact
    glimpse: Glimpse


async def deliver_to(database: Database, clock: FixedClock, count: int) -> tuple[Shop, list[Card]]:
    """A shop's offer reaches so many people."""
    shop = await make_shop(database)
    writers = [await make_writer(database, shop) for _ in range(count)]
    outcome = await run_round(database, means(clock))
    assert receivers_of(outcome) == {writer.person_id for writer in writers}
    return shop, [Card(writer, await glimpse_of(database, writer)) for writer in writers]


async def glimpse_of(database: Database, contact: Contact) -> Glimpse:
    """What the card in the thread says."""
    body = await database.pool.fetchval(
        "SELECT body FROM chat.message WHERE home = $1 AND thread_id = $2 AND origin_ref IS NOT NULL",
        contact.person_id,
        contact.thread_id,
    )
    return Glimpse(int(body["delivery_id"]), body["token"])


async def see(database: Database, clock: FixedClock, card: Card, *, token: str | None = None) -> int:
    glimpse = Glimpse(card.glimpse.delivery_id, token or card.glimpse.token)
    return await database.run(lambda tx: deliveries.see(tx, card.contact.person_id, [glimpse], clock=clock))


async def withdraw_now(database: Database, clock: FixedClock) -> list[Hint]:
    told: list[Hint] = []
    await digest(database, lambda: jobs.follow_protections(database, clock, told.extend))
    return told
