"""Live the town's past through the ordinary commands, with a clock of its own: nothing is written past a rule.

People and businesses move in, then each day has sittings in which they write (`sittings.py`) and campaigns run
(`adverts.py`). At the end the consumers have read everything, so that the first page shows a finished picture.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from rejoinder.ads.delivery import jobs as delivery_jobs
from rejoinder.ads.ledger.model import Market
from rejoinder.business.entry_points import commands as entry_points
from rejoinder.business.inbox import commands as inbox
from rejoinder.business.inbox import jobs as inbox_jobs
from rejoinder.business.profiles import commands as profiles
from rejoinder.business.profiles.model import BusinessDraft, Offer, OwnerDraft
from rejoinder.db.migrate import Installation
from rejoinder.db.transaction import Database, Tx
from rejoinder.people.identity import commands as identity
from rejoinder.people.identity.model import Credentials, PersonDraft
from rejoinder.people.identity.passwords import hash_password
from rejoinder.server.demo import town
from rejoinder.server.demo.adverts import Adverts
from rejoinder.server.demo.sittings import Shop, Sittings
from rejoinder.server.demo.town import BusinessWords
from rejoinder.units.clock import FixedClock

DAYS = 60
KEPT_OPEN = 9  # chats of an inbox that have an answer
HOURS = (9, 17)  # UTC; somewhere in the town it is a waking hour at each
PASSWORD = "rejoinder demo"  # noqa: S105  of test installations; the table of links makes typing it needless
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Cast:
    """Whom the table of sign-in links names."""

    people: list[int]
    agent_id: int
    advertiser_id: int
    operator_id: int


class Seed:
    """One run over one empty database, up to `until`."""

    def __init__(
        self, database: Database, installation: Installation, market: Market, *, until: datetime, days: int = DAYS
    ) -> None:
        self._database, self._installation, self._market = database, installation, market
        self._until, self._days = until, days
        self._chance = random.Random(2016)  # noqa: S311  the same town every time
        self._clock = FixedClock((until - timedelta(days=days)).replace(hour=6, minute=0, second=0, microsecond=0))

    async def live(self, progress: Progress) -> Cast:
        """Seed everything; `progress` hears a word and how far it is, 0 to 1."""
        progress("People move in", 0.0)
        hashed = await hash_password(PASSWORD)
        drafts = town.people(self._chance, hashed)
        residents = await self._move_in(drafts)
        adults = [person for person, draft in zip(residents, drafts, strict=True) if town.is_adult(draft)]
        helpers = await self._move_in([_helper(name, hashed, is_operator=name == "Otis Vale") for name in _HELPERS])
        agent_id, advertiser_id, operator_id = helpers
        shops = [
            await self._open_shop(words, owner_person_id, helpers)
            for words, owner_person_id in zip(town.read_words().business, residents[-12:], strict=True)
        ]
        sittings = Sittings(self._database, self._clock, self._chance, residents=residents, adults=adults, shops=shops)
        adverts = Adverts(
            self._database, self._clock, self._chance, installation=self._installation, market=self._market, shops=shops
        )
        adverts.advertiser_id, adverts.operator_id = advertiser_id, operator_id
        for day in range(self._days + 1):
            progress("They write to each other", day / (self._days + 1))
            await self._live_day(day, sittings, adverts)
        progress("The town wakes up", 1.0)
        self._clock.at = self._until - timedelta(minutes=15)
        await sittings.leave_open(adults[:2])
        await adverts.leave_open()
        await self._database.run(
            lambda tx: profiles.register_owner(tx, _NEWCOMER, person_id=adults[20], at=self._clock.now())
        )
        await self.catch_up()
        await self._tidy_inboxes(shops)
        return Cast(adults[:2], agent_id, advertiser_id, operator_id)

    async def _live_day(self, day: int, sittings: Sittings, adverts: Adverts) -> None:
        morning = self._clock.at
        for hour in HOURS:
            at = morning.replace(hour=hour) + timedelta(minutes=self._chance.randrange(40))
            if at > self._until - timedelta(hours=2):
                return
            self._clock.at = at
            await sittings.sit()
            if hour == HOURS[1]:
                await adverts.pass_day(day)
        await self.catch_up()
        self._clock.at = (morning + timedelta(days=1)).replace(hour=6, minute=0)

    async def _move_in(self, drafts: list[PersonDraft]) -> list[int]:
        return await self._database.run(lambda tx: identity.create_people(tx, drafts, self._clock.now()))

    async def _open_shop(self, words: BusinessWords, owner_person_id: int, helpers: list[int]) -> Shop:
        """An owner whom the operator has verified, a business with its team and its doors."""
        agent_id, advertiser_id, operator_id = helpers

        async def work(tx: Tx) -> Shop:
            at = self._clock.now()
            owner = OwnerDraft(
                name=words.owner,
                address=f"1 Market Square, {words.country}",
                country=words.country,
                contact_email=f"office@{words.handle}.example",
            )
            owner_id = await profiles.register_owner(tx, owner, person_id=owner_person_id, at=at)
            await profiles.decide_owner(tx, owner_id, "verified", reason=None, operator_id=operator_id, at=at)
            replies = tuple(Offer(title=title, payload=title) for title, _ in words.quick_replies)
            draft = BusinessDraft(
                owner_id=owner_id,
                name=words.name,
                handle=words.handle,
                about=words.about,
                greeting=words.greeting,
                get_started=Offer(title="Get started", payload="get_started"),
                quick_replies=replies,
                hue=words.hue,
            )
            business_id = await profiles.create_business(tx, draft, person_id=owner_person_id, at=at)
            await profiles.add_member(tx, business_id, agent_id, "agent", at=at)
            await profiles.add_member(tx, business_id, advertiser_id, "advertiser", at=at)
            qr = await entry_points.create_entry_point(
                tx, business_id, "qr", "Sign at the counter", ref=None, prefill=None, at=at
            )
            link = await entry_points.create_entry_point(
                tx, business_id, "link", "Link on our website", ref="website", prefill=None, at=at
            )
            for title, text in words.quick_replies:
                await inbox.save_reply(tx, business_id, title, text, person_id=agent_id, at=at)
            return Shop(business_id, owner_id, words, agent_id, [qr, link])

        return await self._database.run(work)

    async def _tidy_inboxes(self, shops: list[Shop]) -> None:
        """What is old and answered is done; the agent has taken some of the rest."""

        async def work(tx: Tx, shop: Shop) -> None:
            at = self._clock.now()
            quiet = await tx.column("list_quiet_threads", business_id=shop.id)
            for thread_id in quiet[KEPT_OPEN:]:
                await inbox.finish(tx, shop.id, thread_id, at=at)
            for thread_id in quiet[1:KEPT_OPEN:3]:
                await inbox.assign(tx, shop.id, thread_id, shop.agent_id, at=at)

        for shop in shops:
            await self._database.run(partial(work, shop=shop))

    async def catch_up(self) -> None:
        """Let the consumers and deadlines do what a worker would have done by now."""
        database, clock = self._database, self._clock
        while (
            await inbox_jobs.run(database, clock, _tell_nobody)
            + await delivery_jobs.follow_replies(database, clock)
            + await delivery_jobs.follow_protections(database, clock, _tell_nobody)
            + await delivery_jobs.void_overdue(database, clock)
            + await delivery_jobs.return_voids(database, clock)
        ):
            pass


_NEWCOMER = OwnerDraft(
    name="Tinker & Daughters Ltd",
    address="4 Mill Lane, Harbour Street",
    country="GB",
    contact_email="post@tinker.example",
    register_number="11480926",
)
_HELPERS = ("Avery Quill", "Noor Castell", "Otis Vale")  # agent, advertiser, operator


def _helper(name: str, hashed: str, *, is_operator: bool) -> PersonDraft:
    address = f"{name.split(maxsplit=1)[0].lower()}@town.example"
    return PersonDraft(
        name=name,
        region="GB",
        zone="Europe/London",
        language="en-GB",
        birth_year=1984,
        credentials=Credentials(address, hashed),
        is_verified=True,
        is_operator=is_operator,
    )


def _tell_nobody(_hints: object) -> None:
    """Nobody is connected yet."""
