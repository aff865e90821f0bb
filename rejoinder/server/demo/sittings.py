"""People of the town write: to businesses, which answer, and to each other. Batches of the real append, read marks after.

In a sitting the n-th lines of all exchanges go in one batch, a few minutes after the lines before them.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from rejoinder.business.entry_points import commands as entry_points
from rejoinder.business.entry_points.model import EntryPoint, Visit
from rejoinder.chat.messages import commands as messages
from rejoinder.chat.messages.model import Accepted, Draft
from rejoinder.chat.model import Participant, Text
from rejoinder.chat.receipts import commands as receipts
from rejoinder.chat.receipts.model import Mark
from rejoinder.chat.threads import commands as threads
from rejoinder.db.transaction import Database
from rejoinder.safety.reports import commands as reports
from rejoinder.safety.reports.model import NewReport
from rejoinder.server.demo import town
from rejoinder.server.demo.town import BusinessWords
from rejoinder.units.clock import FixedClock
from rejoinder.units.ids import new_code

EXCHANGES, TALKS, NEWS = 14, 8, 6
FRIENDSHIPS = 150
READ_SHARE = 0.97
RECENT = 7  # talks of a person; there are more than twice as many


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
        self._residents, self._adults, self._shops = residents, adults, shops
        self._pairs = list(
            {frozenset(pair): pair for pair in (_draw_pair(chance, adults, n) for n in range(FRIENDSHIPS))}.values()
        )
        self._threads: dict[tuple[int, int], int] = {}
        self._turns: Counter[int] = Counter()
        self._asked: defaultdict[tuple[int, int], Counter[int]] = defaultdict(Counter)
        self._talked: defaultdict[tuple[int, int], Counter[str]] = defaultdict(Counter)
        self._begun: defaultdict[int, list[str]] = defaultdict(list)

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
        """Visitors ask in turn; nobody asks the same business the same thing twice while there is something else to ask."""
        self._turns[shop.id] += 1
        asked = self._asked[person_id, shop.id]
        count = len(town.questions(shop.words))
        turns = [(self._turns[shop.id] + n) % count for n in range(count)]
        nth = min(turns, key=lambda n: asked[n])
        asked[nth] += 1
        return town.exchange(self._chance, shop.words, nth)

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
        lines = self._next_talk(pair)
        one, other = (Participant("person", person) for person in pair[:: self._chance.choice([1, -1])])
        return [
            Line(one if n % 2 == 0 else other, other if n % 2 == 0 else one, self._threads[pair], text)
            for n, text in enumerate(lines)
        ]

    def _next_talk(self, pair: tuple[int, int]) -> list[str]:
        """Not what either has just talked about with somebody, and among the rest what the two have talked about least."""
        recent = {line for person in pair for line in self._begun[person][-RECENT:]}
        talks = [talk.lines for talk in town.read_words().talk if talk.lines[0] not in recent]
        self._chance.shuffle(talks)
        lines = min(talks, key=lambda lines: self._talked[pair][lines[0]])
        self._talked[pair][lines[0]] += 1
        for person in pair:
            self._begun[person].append(lines[0])
        return lines

    async def _say(self, lines: Sequence[Line], *, are_read: bool = True) -> None:
        """Append one line per thread, and let most people and all businesses, which answer, read it at once."""
        drafts = [Draft(line.sender, line.thread_id, new_code(16), Text(line.text), line.agent_id) for line in lines]
        verdicts = await self._database.run(lambda tx: messages.append_many(tx, drafts, self._clock))
        marks = [
            Mark(
                line.reader,
                line.thread_id,
                verdict.position,
                verdict.position if are_read and self._reads(line.reader) else 0,
            )
            for line, verdict in zip(lines, verdicts, strict=True)
            if isinstance(verdict, Accepted)
        ]
        await self._database.run(lambda tx: receipts.move_many(tx, marks, self._clock))

    def _reads(self, reader: Participant) -> bool:
        return reader.kind == "business" or self._chance.random() < READ_SHARE

    async def leave_open(self, guests_of_honour: Sequence[int]) -> None:
        """The last minutes: questions that wait for an agent, and unread lines for those whom the links sign in."""
        waiting = await self._exchanges(list(zip(self._residents[10:70:5], self._shops, strict=True)))
        await self._say([script[0] for script in waiting], are_read=False)
        answered = await self._exchanges([(person, self._shops[0]) for person in guests_of_honour])
        await self._say([script[0] for script in answered])
        news: list[Line] = []
        for pair in self._pairs:
            if set(pair) & set(guests_of_honour) and len(news) < NEWS:
                [line, *_] = await self._talk(pair)
                news += [line] if line.reader.id in guests_of_honour else []
        for line in news:
            self._clock.move(minutes=1)
            await self._say([line], are_read=False)
        await self._say([script[1] for script in answered], are_read=False)
        await self._knock(guests_of_honour[0])

    async def _knock(self, person_id: int) -> None:
        """Two strangers write: one asks to be let in, the other's victim tells the operator."""
        neighbour, swindler, victim = (Participant("person", self._adults[n]) for n in (-30, -40, -50))
        await self._write_first(neighbour, Participant("person", person_id), town.NEIGHBOUR)
        thread_id = await self._write_first(swindler, victim, town.SWINDLE)
        told = NewReport("person", swindler.id, thread_id, [1], "scam", "I never entered a draw.")
        await self._database.run(lambda tx: reports.report(tx, told, reporter_id=victim.id, at=self._clock.now()))

    async def _write_first(self, stranger: Participant, to: Participant, text: str) -> int:
        thread_id = await self._database.run(lambda tx: threads.open_direct(tx, stranger.id, to.id, self._clock.now()))
        await self._say([Line(stranger, to, thread_id, text)], are_read=False)
        return thread_id


def _draw_pair(chance: random.Random, adults: Sequence[int], n: int) -> tuple[int, int]:
    """Friends, who speaks first before who answers; the first two adults, whom the links sign in, are asked by some."""
    asked = adults[n % 2] if n < 12 else chance.choice(adults)
    return chance.choice([each for each in adults if each != asked]), asked
