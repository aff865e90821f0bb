"""People of the town write: to businesses, which answer, and to each other. Batches of the real append, read marks after.

In a sitting the n-th lines of all exchanges go in one batch, a few minutes after the lines before them.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from rejoinder.business.entry_points import commands as entry_points
from rejoinder.business.entry_points.model import EntryPoint, Visit
from rejoinder.chat.messages import commands as messages
from rejoinder.chat.messages.model import Accepted, Draft
from rejoinder.chat.model import Participant, Text
from rejoinder.chat.receipts import commands as receipts
from rejoinder.chat.receipts.model import Mark
from rejoinder.chat.threads import commands as threads
from rejoinder.db.transaction import Database
from rejoinder.server.demo import town
from rejoinder.server.demo.town import BusinessWords
from rejoinder.units.clock import FixedClock
from rejoinder.units.ids import new_code

EXCHANGES, TALKS = 14, 8
FRIENDSHIPS = 150


@dataclass(frozen=True, slots=True)
class Shop:
    """A business of the town, with the doors that people come in by."""

    id: int
    owner_id: int
    words: BusinessWords
    agent_id: int
    doors: list[EntryPoint]


@dataclass(frozen=True, slots=True)
class Line:
    """What one participant says in a thread, and who reads it."""

    sender: Participant
    reader: Participant
    thread_id: int
    text: str
    agent_id: int | None = None


class Sittings:
    """Who knows whom, and what they say next."""

    def __init__(
        self,
        database: Database,
        clock: FixedClock,
        chance: random.Random,
        *,
        residents: list[int],
        adults: list[int],
        shops: list[Shop],
    ) -> None:
        self._database, self._clock, self._chance = database, clock, chance
        self._residents, self._shops = residents, shops
        self._pairs = list(
            {frozenset(pair): pair for pair in (_draw_pair(chance, adults, n) for n in range(FRIENDSHIPS))}.values()
        )
        self._threads: dict[tuple[int, int], int] = {}
        self._asked: Counter[tuple[int, int]] = Counter()

    async def sit(self) -> None:
        """One sitting: some exchanges with businesses and some talks, side by side."""
        visits = [(self._chance.choice(self._residents), self._chance.choice(self._shops)) for _ in range(EXCHANGES)]
        scripts = await self._exchanges(list({person: (person, shop) for person, shop in visits}.values()))
        scripts += [await self._talk(pair) for pair in self._chance.sample(self._pairs, TALKS)]
        while any(scripts):
            await self._say([script.pop(0) for script in scripts if script])
            self._clock.move(minutes=self._chance.uniform(1.5, 5))

    async def _exchanges(self, visits: Sequence[tuple[int, Shop]]) -> list[list[Line]]:
        at_doors = [Visit(person, self._chance.choice(shop.doors)) for person, shop in visits]
        opened = await self._database.run(lambda tx: entry_points.open_threads(tx, at_doors, self._clock.now()))
        return [
            [self._line(person, shop, contact.thread_id, said) for said in self._next_exchange(person, shop)]
            for (person, shop), contact in zip(visits, opened, strict=True)
        ]

    def _next_exchange(self, person_id: int, shop: Shop) -> list[town.Said]:
        """Nobody asks the same business the same thing twice, until there is nothing else left to ask."""
        self._asked[person_id, shop.id] += 1
        return town.exchange(self._chance, shop.words, person_id + self._asked[person_id, shop.id])

    @staticmethod
    def _line(person_id: int, shop: Shop, thread_id: int, said: town.Said) -> Line:
        person, business = Participant("person", person_id), Participant("business", shop.id)
        if said.is_business:
            return Line(business, person, thread_id, said.text, shop.agent_id)
        return Line(person, business, thread_id, said.text)

    async def _talk(self, pair: tuple[int, int]) -> list[Line]:
        if pair not in self._threads:
            opened = await self._database.run(lambda tx: threads.open_direct(tx, *pair, self._clock.now()))
            self._threads[pair] = opened
            await self._database.run(lambda tx: threads.accept(tx, pair[1], opened))
        one, other = (Participant("person", person) for person in pair)
        lines = self._chance.choice(town.read_words().talk).lines
        return [
            Line(one if n % 2 == 0 else other, other if n % 2 == 0 else one, self._threads[pair], text)
            for n, text in enumerate(lines)
        ]

    async def _say(self, lines: Sequence[Line], *, read_share: float = 0.97) -> None:
        """Append one line per thread, and let most readers read it at once."""
        drafts = [Draft(line.sender, line.thread_id, new_code(16), Text(line.text), line.agent_id) for line in lines]
        verdicts = await self._database.run(lambda tx: messages.append_many(tx, drafts, self._clock))
        marks = [
            Mark(
                line.reader,
                line.thread_id,
                verdict.position,
                verdict.position if self._chance.random() < read_share else 0,
            )
            for line, verdict in zip(lines, verdicts, strict=True)
            if isinstance(verdict, Accepted)
        ]
        await self._database.run(lambda tx: receipts.move_many(tx, marks, self._clock))

    async def leave_open(self, guests_of_honour: Sequence[int]) -> None:
        """The last minutes: questions that wait for an agent, and unread lines for those whom the links sign in."""
        visits = [(person, shop) for person, shop in zip(self._residents[10:40:5], self._shops, strict=False)]
        visits += [(person, self._shops[0]) for person in guests_of_honour]
        scripts = await self._exchanges(visits)
        await self._say([script[0] for script in scripts], read_share=0)
        talks = [await self._talk(pair) for pair in self._pairs if set(pair) & set(guests_of_honour)]
        await self._say([line for script in talks[:6] for line in script[:1]], read_share=0)
        self._clock.at += timedelta(minutes=2)
        await self._say([script[1] for script in scripts[-len(guests_of_honour) :]], read_share=0)


def _draw_pair(chance: random.Random, adults: Sequence[int], n: int) -> tuple[int, int]:
    """Friends, who speaks first before who answers; the first two adults, whom the links sign in, are asked by some."""
    asked = adults[n % 2] if n < 12 else chance.choice(adults)
    return chance.choice([each for each in adults if each != asked]), asked
