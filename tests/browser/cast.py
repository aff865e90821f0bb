"""Who plays: a business with a team and a door, people who wrote to it. All of it long before the test's noon."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rejoinder.business.entry_points.model import EntryPoint
from rejoinder.chat.messages.model import Draft
from rejoinder.chat.model import Participant, Text
from rejoinder.chat.threads import commands as threads
from rejoinder.people.contacts.commands import note_read
from rejoinder.people.contacts.model import Contact
from rejoinder.units.clock import FixedClock
from rejoinder.units.ids import new_code
from tests.browser.house import House
from tests.support.ads import fund, make_ad_account, make_running_offer
from tests.support.business import MadeBusiness, make_business, make_door, make_member, open_thread
from tests.support.chat import append_one
from tests.support.people import make_person
from tests.support.rounds import answer, say

OFFER: dict[str, Any] = {
    "headline": "First flush Darjeeling is here",
    "text": "Fresh from the spring harvest: 10 % off until Sunday for everyone who asked us about tea.",
    "button_title": "Keep a box for me",
    "button_url": None,
}


@dataclass(frozen=True, slots=True)
class TeaHouse:
    """A verified business, its people and its door."""

    business: MadeBusiness
    door: EntryPoint
    agent_id: int
    advertiser_id: int

    @property
    def id(self) -> int:
        """The business's."""
        return self.business.id


async def open_tea_house(house: House) -> TeaHouse:
    """The house that all steps are played with."""
    database = house.database
    business = await make_business(
        database, name="Tea House", about="Teas from small gardens, poured in Hamburg since 1998."
    )
    return TeaHouse(
        business,
        await make_door(database, business.id),
        await make_member(database, business.id, "agent", name="Andy Agent"),
        await make_member(database, business.id, "advertiser", name="Nora Seller"),
    )


async def have_written(
    house: House, tea: TeaHouse, count: int = 1, *, person_id: int | None = None, **person: Any
) -> list[Contact]:
    """So many people asked something, were answered and read it."""
    at = house.clock.now() - timedelta(days=3)
    contacts: list[Contact] = []
    async with house.database.transaction() as tx:
        for _ in range(count):
            writer = person_id or await make_person(tx, **{"name": "Petra Novak", **person})
            contact = await open_thread(tx, writer, tea.door, at=at)
            await say(tx, contact, at=at)
            await answer(tx, contact, at=at + timedelta(minutes=5))
            await note_read(tx, [(writer, tea.id)])
            contacts.append(contact)
    return contacts


async def add_money(house: House, tea: TeaHouse) -> None:
    """A hundred euros of test money."""
    async with house.database.transaction() as tx:
        account = await make_ad_account(tx, owner_id=tea.business.owner_id, funded_micros=0, at=house.clock.now())
        await fund(tx, account.id, 100_000_000, at=house.clock.now())


async def run_offer(house: House, tea: TeaHouse, **words: Any) -> None:
    """An offer that was approved just now: the worker's next round takes it up."""
    at = house.clock.now()
    run = {"starts_at": at - timedelta(hours=1), "ends_at": at + timedelta(days=5)}
    async with house.database.transaction() as tx:
        account = await make_ad_account(tx, owner_id=tea.business.owner_id, at=at)
        await make_running_offer(
            tx, account=account, business_id=tea.id, at=at, payer="Tea House GmbH", **{**OFFER, **run, **words}
        )


async def talk_to(house: House, person_id: int, name: str, **other: Any) -> int:
    """Somebody of this name wrote to the person yesterday and is no stranger; return their id."""
    at = house.clock.now() - timedelta(days=1)
    other_id = await make_person(house.database, name=name, **other)
    thread_id = await house.database.run(lambda tx: threads.open_direct(tx, person_id, other_id, at))
    await house.database.run(lambda tx: threads.accept(tx, other_id, thread_id))
    hello = Draft(Participant("person", other_id), thread_id, new_code(12), Text("See you at the market tomorrow?"))
    await append_one(house.database, FixedClock(at), hello)
    return other_id
