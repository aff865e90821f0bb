"""Run rounds: one call takes one chunk further, so that a worker can stop, or be killed, between any two transactions."""

import time
from datetime import timedelta

import structlog
from prometheus_client import Counter

from rejoinder.ads.delivery.jobs import Tell, mailbox_hints
from rejoinder.ads.rounds import commands, rules, store
from rejoinder.ads.rounds.commands import Means
from rejoinder.ads.rounds.model import Outcome, Round
from rejoinder.db.transaction import Database
from rejoinder.units.clock import Clock

log = structlog.get_logger(__name__)

ROUND_EVERY = timedelta(minutes=1)
ALLOWANCES_KEPT = timedelta(days=30)

_DECIDED = Counter("rejoinder_delivery_decided", "What a round decided about people", ["decision"])


class RoundWorker:
    """One worker's share of the rounds; keeps the size of the next chunk and nothing that matters.

    `tell` hints at people who got something, after commit; a hint that is lost costs only time.
    """

    def __init__(
        self, database: Database, means: Means, tell: Tell, *, people_max: int = rules.PEOPLE_PER_CHUNK_MAX
    ) -> None:
        self._database, self._means, self._tell = database, means, tell
        self._people_max = people_max
        self._people_count = min(rules.PEOPLE_PER_CHUNK, people_max)

    async def step(self) -> int:
        """Take the round one chunk further, or begin one; zero when there is nothing to do now."""
        settled = await self._database.run(lambda tx: commands.settle(tx, at=self._means.clock.now()))
        running = await self._find_round()
        if running is None:
            return settled
        at = self._means.clock.now()
        chunk = await self._database.run(
            lambda tx: commands.lease_chunk(tx, running, people_count=self._people_count, at=at)
        )
        if chunk is None:
            return 1
        if chunk.day != at.date():
            await self._database.run(lambda tx: commands.release_chunk(tx, chunk))
            return 1
        started = time.perf_counter()
        outcome = await self._database.run(lambda tx: commands.deliver_chunk(tx, chunk, self._means))
        wanted = rules.next_people_count(self._people_count, time.perf_counter() - started)
        self._people_count = min(wanted, self._people_max)
        self._report(outcome)
        return 1

    async def _find_round(self) -> Round | None:
        """The running round, or a new one when the last began long enough ago."""
        async with self._database.transaction() as tx:
            running = await store.find_running_round(tx)
            last_at = await store.last_round_started_at(tx)
        if running or (last_at and last_at + ROUND_EVERY > self._means.clock.now()):
            return running
        return await self._database.run(lambda tx: commands.start(tx, self._means))

    def _report(self, outcome: Outcome | None) -> None:
        if outcome is None:
            return
        _DECIDED.labels("delivered").inc(len(outcome.delivered))
        _DECIDED.labels("ghost").inc(len(outcome.ghosts))
        for refused in outcome.refused:
            _DECIDED.labels(refused.reason).inc()
        self._tell(mailbox_hints(chosen.person_id for chosen in outcome.delivered))


async def forget_allowances(database: Database, clock: Clock) -> int:
    """Retention of settled leases."""
    return await database.run(lambda tx: store.forget_allowances(tx, before=clock.now() - ALLOWANCES_KEPT))
