"""Group commit: whatever waits is appended in one transaction, few and large ones rather than many.

Order: a thread's drafts wait in a lane of their own, and only one transaction at a time works on a lane, so what one socket
sends into a thread stays in its order. Isolation: a refusal is a verdict; an error of the database bisects the batch until
the draft that causes it stands alone. Patience: a thread that somebody else holds keeps its place and is asked again; after
three misses it is waited for, alone. Certainty: when the connection is lost, perhaps at COMMIT, the same drafts go again
under the same client ids; nobody is ever told "failed" about something that may be stored.
"""

import asyncio
import math
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass

import structlog
from prometheus_client import Counter, Gauge, Histogram

from rejoinder.chat.messages import commands
from rejoinder.chat.messages.model import Draft, Rejected, Taken, Verdict
from rejoinder.chat.threads.model import Place, Seat
from rejoinder.db.transaction import AWAY, Database
from rejoinder.units.clock import Clock
from rejoinder.units.errors import Unavailable

log = structlog.get_logger(__name__)

# Transactions at a time, and how many threads must wait before another begins beside one that is under way: every
# transaction costs the same seven round trips, so few large ones cost a message less than many small ones.
WRITERS = 2
ENOUGH = 64
GATHER_S = 0.0005  # The first message waits this long for company.
PATIENCE_S = 0.010  # A transaction that takes longer than most (it waits for somebody's mailbox) holds up nobody else.
# A transaction of this many takes about 10 ms; larger ones only make everybody wait longer.
BATCH_MAX = 128
LANE_SHARE_MAX = 16  # One busy thread leaves room for the others.
# About two seconds of work: who comes later is told to try again rather than kept waiting.
WAITING_MAX = 8_192
MISSES_MAX = 3
ALONE_MAX = 2  # Those that wait for a lock leave connections to the others.
RETRY_TAKEN_S = 0.005  # A chunk of deliveries takes about 20 ms.
RETRY_LOST_S = (0.05, 0.1, 0.2, 0.5, 1.0)
DRAIN_S = 10.0
PLACES_MAX = 200_000  # About 40 MB of places at most; then they are looked up anew.

LOST = (*AWAY, OSError)
UNSTORED = Rejected(
    "unexpected", "This message could not be stored. It has been written down; the others went through."
)

_BATCH_SIZE = Histogram("rejoinder_batch_drafts", "Drafts per transaction", buckets=(1, 2, 4, 8, 16, 32, 64, 128))
_WAITING = Gauge("rejoinder_drafts_waiting", "Drafts that wait for a transaction")
_TAKEN = Counter("rejoinder_drafts_taken", "Drafts whose thread somebody else held")
_LOST = Counter("rejoinder_batches_lost", "Batches sent again because the connection was lost")


@dataclass(slots=True)
class Waiting:
    """A draft that nobody has answered yet. `source`: the socket it came from. `was_lost`: it may be stored already."""

    draft: Draft
    answer: Callable[[Verdict], None]
    source: object = None
    misses: int = 0
    was_lost: bool = False


Committed = Sequence[tuple[Waiting, Verdict]]


class Batcher:
    """The queue of one process and its writers."""

    def __init__(self, database: Database, clock: Clock, on_committed: Callable[[Committed], None]) -> None:
        self._database, self._clock, self._on_committed = database, clock, on_committed
        self._lanes: dict[int, deque[Waiting]] = {}
        self._ready: deque[int] = deque()  # Lanes with something to do and nobody at work on them.
        self._at_work_count = 0
        self._gathering: asyncio.Handle | None = None
        self._due = math.inf  # When `_gathering` begins a batch.
        self._places: dict[Seat, Place] = {}
        self._waiting_count = 0
        self._is_closed = self._is_started = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._alone = asyncio.Semaphore(ALONE_MAX)

    def start(self) -> None:
        """Write from now on, in the running loop."""
        self._is_started = True
        self._gather()

    def put(self, draft: Draft, answer: Callable[[Verdict], None], *, source: object = None) -> None:
        """Queue a draft; `answer` is called once, after commit. Raise Unavailable when too much waits already."""
        if self._is_closed or self._waiting_count >= WAITING_MAX:
            raise Unavailable("There is too much to do right now. Your message was not lost; it will be sent again.")
        waiting, lane = Waiting(draft, answer, source), self._lanes.get(draft.thread_id)
        if lane is None:
            self._lanes[draft.thread_id] = deque((waiting,))
            self._offer(draft.thread_id)
        else:
            lane.append(waiting)
        self._waiting_count += 1

    async def append(self, draft: Draft) -> Verdict:
        """Queue a draft and wait for its verdict."""
        verdict: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        self.put(draft, lambda given: None if verdict.done() else verdict.set_result(given))
        return await verdict

    def place_of(self, draft: Draft) -> Place | None:
        """Where a draft went, if it is still known."""
        return self._places.get(Seat(draft.sender, draft.thread_id))

    async def drain(self) -> None:
        """Take nothing more and write what waits, for at most DRAIN_S; the rest is sent again by its clients."""
        self._is_closed = True
        loop = asyncio.get_running_loop()
        until = loop.time() + DRAIN_S
        while self._waiting_count and loop.time() < until:  # noqa: ASYNC110  once in a process's life
            await asyncio.sleep(0.01)
        self._is_started = False
        if self._gathering is not None:
            self._gathering.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _offer(self, thread_id: int) -> None:
        self._ready.append(thread_id)
        self._gather()

    def _gather(self) -> None:
        """Plan the next batch: in a moment, or a little later when what waits is better taken after the next commit."""
        if not self._ready or not self._is_started or self._at_work_count >= WRITERS:
            return
        loop = asyncio.get_running_loop()
        is_worth_it = not self._at_work_count or len(self._ready) >= ENOUGH
        due = loop.time() + (GATHER_S if is_worth_it else PATIENCE_S)
        if due < self._due:
            if self._gathering is not None:
                self._gathering.cancel()
            self._due, self._gathering = due, loop.call_at(due, self._begin)

    def _begin(self) -> None:
        self._due, self._gathering = math.inf, None
        if batch := self._take():
            self._at_work_count += 1
            self._spawn(self._write(batch))
            self._gather()

    async def _write(self, batch: list[Waiting]) -> None:
        try:
            await self._append(batch, is_skipping=True)
        finally:
            self._at_work_count -= 1
            self._gather()

    def _take(self) -> list[Waiting]:
        """A share of every lane that is ready; those lanes are at work until `_release`."""
        batch: list[Waiting] = []
        while self._ready and len(batch) < BATCH_MAX:
            lane = self._lanes[self._ready.popleft()]
            if lane[0].misses >= MISSES_MAX:
                self._spawn(self._append_alone(lane.popleft()))
                continue
            batch += [lane.popleft() for _ in range(min(len(lane), LANE_SHARE_MAX))]
        return batch

    async def _append_alone(self, waiting: Waiting) -> None:
        async with self._alone:
            await self._append([waiting], is_skipping=False)

    async def _append(self, batch: list[Waiting], *, is_skipping: bool) -> None:
        """Append, retrying for ever while the connection is lost, then answer and let the lanes go on."""
        verdicts = await self._append_surely(batch, is_skipping=is_skipping)
        answered = list(zip(batch, verdicts, strict=True))
        self._on_committed(answered)
        taken: set[int] = set()
        for waiting, verdict in reversed(answered):
            if isinstance(verdict, Taken):
                waiting.misses += 1
                self._lanes[waiting.draft.thread_id].appendleft(waiting)
                taken.add(waiting.draft.thread_id)
        for waiting, verdict in answered:
            if not isinstance(verdict, Taken):
                self._waiting_count -= 1
                waiting.answer(verdict)
        _TAKEN.inc(len(taken))
        for thread_id in {waiting.draft.thread_id for waiting in batch}:
            self._release(thread_id, after_s=RETRY_TAKEN_S if thread_id in taken else 0)
        _WAITING.set(self._waiting_count)

    def _release(self, thread_id: int, *, after_s: float) -> None:
        if not self._lanes[thread_id]:
            del self._lanes[thread_id]
        elif after_s:
            asyncio.get_running_loop().call_later(after_s, self._offer, thread_id)
        else:
            self._offer(thread_id)

    async def _append_surely(self, batch: list[Waiting], *, is_skipping: bool) -> list[Verdict]:
        attempt = 0
        while True:
            try:
                return await self._append_once(batch, is_skipping=is_skipping)
            except LOST as problem:
                _LOST.inc()
                log.warning("batch_lost", drafts=len(batch), problem=repr(problem))
                for waiting in batch:
                    waiting.was_lost = True
                await asyncio.sleep(RETRY_LOST_S[min(attempt, len(RETRY_LOST_S) - 1)])
                attempt += 1
            except Exception:
                if len(batch) == 1:
                    log.exception("draft_unstored", thread_id=batch[0].draft.thread_id)
                    return [UNSTORED]
                half = len(batch) // 2
                first = await self._append_surely(batch[:half], is_skipping=is_skipping)
                return first + await self._append_surely(batch[half:], is_skipping=is_skipping)

    async def _append_once(self, batch: list[Waiting], *, is_skipping: bool) -> list[Verdict]:
        _BATCH_SIZE.observe(len(batch))
        if len(self._places) > PLACES_MAX:
            self._places.clear()
        drafts = [waiting.draft for waiting in batch]
        return await self._database.run(
            lambda tx: commands.append_many(tx, drafts, self._clock, is_skipping=is_skipping, places=self._places)
        )
