"""Chat as one running process has it: group commit, sockets, hints from and to the other processes. Made once per process.

Whatever changed is first committed, then told: to sockets here at once, to other processes by a hint.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial

import structlog
from msgspec.structs import replace

from rejoinder.chat.messages import commands as messages
from rejoinder.chat.messages.model import Accepted
from rejoinder.chat.model import Participant, ThreadChange
from rejoinder.chat.realtime.batcher import LOST, Batcher, Committed
from rejoinder.chat.realtime.frames import InboxMoved, MailboxMoved, TypingBy, Welcome
from rejoinder.chat.realtime.hints import Hint, Hints, InboxHint, MailboxHint, SessionHint, ThreadHint, TypingHint
from rejoinder.chat.realtime.hub import RESTARTING, SIGNED_OUT, SILENT, Connection, Hub, encode
from rejoinder.chat.receipts import commands as receipts
from rejoinder.chat.receipts.model import Mark
from rejoinder.chat.threads import commands as threads
from rejoinder.chat.threads.model import ThreadKey
from rejoinder.chat.threads.routes import ParticipantRef, SpeaksFor
from rejoinder.db.transaction import Database, Tx
from rejoinder.units.clock import Clock
from rejoinder.wire.auth import Viewer
from rejoinder.wire.http import RateLimit

log = structlog.get_logger(__name__)

SILENT_S = 75.0  # Clients ping every 25 s: three in a row were missed.
RECHECK_S = 15.0  # A session that ended is noticed within this time, even if its hint is lost.
LAST_WORDS_S = 2.0  # For answers and close frames to get out.
MARKS_WAITING_MAX = 10_000  # Beyond it marks are dropped: the next one says at least as much.

# Which of these viewers' sessions ended, by their session ids; `server.app` hands it in, as chat knows no sessions.
ListEnded = Callable[[Sequence[Viewer]], Awaitable[set[int]]]


class Live:
    """The live channel of this process."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        epoch: int,
        list_ended: ListEnded,
        speaks_for: SpeaksFor,
        frame_limit: RateLimit | None = None,
    ) -> None:
        self.database, self.clock, self.epoch, self.frame_limit = database, clock, epoch, frame_limit
        self._list_ended, self.speaks_for = list_ended, speaks_for
        self.is_draining = False
        self.hub = Hub()
        self.hints = Hints(database, self._hear, self._on_gap)
        self.batcher = Batcher(database, clock, self._on_committed)
        self._marks: list[Mark] = []
        self._marks_wake = asyncio.Event()
        self._heard: list[Hint] = []
        self._heard_wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start in the running loop."""
        self.hints.start()
        self.batcher.start()
        works = (self._write_marks, self._tell_heard, self._recheck_sessions)
        self._tasks = [asyncio.get_running_loop().create_task(work()) for work in works]

    async def drain(self) -> None:
        """Take no more, write what waits, answer and tell it, then close the sockets, which come back elsewhere."""
        if self.is_draining:
            return
        self.is_draining = True
        await self.batcher.drain()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._marks:
            with suppress(*LOST):
                self.publish(await self.database.run(partial(self._move_marks, self._marks)))
        for connection in tuple(self.hub.connections):
            connection.close(RESTARTING, "restarting", is_flushing=True)
        until = asyncio.get_running_loop().time() + LAST_WORDS_S
        while self.hub.connections and asyncio.get_running_loop().time() < until:  # noqa: ASYNC110  once in a process's life
            await asyncio.sleep(0.01)
        await self.hints.stop()

    def look_again(self) -> None:
        """Sessions ended or somebody left a team: close at once what may not be heard any more, here and elsewhere."""
        self._hear([SessionHint()])
        self.hints.tell([SessionHint()])

    def publish(self, changes: Iterable[ThreadChange]) -> None:
        """Tell committed changes, here and to the other processes."""
        for change in changes:
            self.hub.publish(change)
            self.hints.tell([_hint(change)])

    def publish_mailboxes(self, person_ids: Sequence[int]) -> None:
        """Tell that the lists of threads of these people changed."""
        self._hear([MailboxHint(list(person_ids))])
        self.hints.tell([MailboxHint(list(person_ids))])

    def type_to(self, thread_id: int, by: Participant, to: Participant) -> None:
        """Tell somebody that somebody writes."""
        self._send_typing(TypingHint(thread_id, by, to))
        self.hints.tell([TypingHint(thread_id, by, to)])

    def mark(self, mark: Mark) -> None:
        """Move a mark soon; it is not acknowledged, the change is the answer."""
        if len(self._marks) < MARKS_WAITING_MAX:
            self._marks.append(mark)
            self._marks_wake.set()

    async def welcome(self, connections: Iterable[Connection]) -> None:
        """Greet sockets that already hear: nothing falls between the version and the first hint."""
        greeted = list(connections)
        async with self.database.transaction() as tx:
            people = {connection.viewer.person_id for connection in greeted}
            versions = await threads.list_mailbox_versions(tx, sorted(people))
        for connection in greeted:
            person_id = connection.viewer.person_id
            version = 0 if connection.viewer.business_id else versions.get(person_id, 0)
            connection.push(encode(Welcome(str(self.epoch), str(person_id), version, self.clock.now())))

    def _on_committed(self, committed: Committed) -> None:
        sources: dict[int, list[object]] = {}
        changes: dict[int, ThreadChange] = {}
        for waiting, verdict in committed:
            if not isinstance(verdict, Accepted):
                continue
            if verdict.change is not None:
                changes[id(verdict.change)] = verdict.change
                sources.setdefault(id(verdict.change), []).append(waiting.source)
            elif waiting.was_lost and (place := self.batcher.place_of(waiting.draft)):
                both = (waiting.draft.sender, place.other)
                self.publish_mailboxes([participant.id for participant in both if participant.kind == "person"])
        for key, change in changes.items():
            is_sole = len(set(sources[key])) == 1 and len(sources[key]) == len(change.messages)
            self.hub.publish(change, sparing=sources[key][0] if is_sole else None)
        self.hints.tell([_hint(change) for change in changes.values()])

    def _hear(self, hints: list[Hint]) -> None:
        self._heard += hints
        self._heard_wake.set()

    def _on_gap(self) -> None:
        """Hints may have been missed: greet everybody anew, so that they compare versions."""
        self._hear([MailboxHint([])])

    async def _tell_heard(self) -> None:
        while True:
            await self._heard_wake.wait()
            self._heard_wake.clear()
            heard, self._heard = self._heard, []
            try:
                await self._tell(heard)
            except LOST as problem:
                log.warning("hints_untold", problem=repr(problem))
                await asyncio.sleep(1)
                self._on_gap()
            except Exception:  # whatever it was, the next hints are told
                log.exception("hints_untold")
                await asyncio.sleep(1)
                self._on_gap()

    async def _tell(self, heard: list[Hint]) -> None:
        spans: dict[ThreadKey, ThreadHint] = {}
        mailboxes: set[int] = set()
        is_looking_again = False
        for hint in heard:
            match hint:
                case ThreadHint():
                    if self.hub.is_heard(participant for participant, _ in hint.audience):
                        key = ThreadKey(hint.home, hint.thread_id)
                        spans[key] = _merged(spans.get(key), hint)
                case MailboxHint(person_ids):
                    mailboxes |= set(person_ids)
                case TypingHint():
                    self._send_typing(hint)
                case InboxHint(business_id, number):
                    self.hub.send(Participant("business", business_id), InboxMoved(str(business_id), number))
                case SessionHint():
                    is_looking_again = True
        if is_looking_again:
            await self._recheck(list(self.hub.connections))
        if MailboxHint([]) in heard:
            await self.welcome(tuple(self.hub.connections))
        await self._tell_threads(spans)
        await self._tell_mailboxes(mailboxes)

    async def _tell_threads(self, hinted: dict[ThreadKey, ThreadHint]) -> None:
        if not hinted:
            return
        spans = {key: (hint.from_change, hint.to_change) for key, hint in hinted.items()}
        moved = {key: span for key, span in spans.items() if hinted[key].has_marks}
        async with (
            self.database.pool.acquire() as connection
        ):  # One read each: a transaction would be two more round trips.
            changed = await messages.list_changes_of_threads(Tx(connection), spans)
            marked = await receipts.list_marks_of_threads(Tx(connection), moved) if moved else {}
        for key, hint in hinted.items():
            change = ThreadChange(
                *key, hint.from_change, hint.to_change, dict(hint.audience), changed[key], marked.get(key, [])
            )
            self.hub.publish(change)

    async def _tell_mailboxes(self, person_ids: set[int]) -> None:
        here = [person_id for person_id in person_ids if self.hub.is_heard([Participant("person", person_id)])]
        if here:
            async with self.database.transaction() as tx:
                versions = await threads.list_mailbox_versions(tx, here)
            for person_id, version in versions.items():
                self.hub.send(Participant("person", person_id), MailboxMoved(version))

    def _send_typing(self, hint: TypingHint) -> None:
        by = ParticipantRef(hint.by.kind, str(hint.by.id))
        self.hub.send(hint.to, TypingBy(str(hint.thread_id), by))

    async def _write_marks(self) -> None:
        while True:
            await self._marks_wake.wait()
            self._marks_wake.clear()
            marks, self._marks = self._marks, []
            try:
                self.publish(await self.database.run(partial(self._move_marks, marks)))
            except LOST as problem:
                log.warning("marks_lost", count=len(marks), problem=repr(problem))
                await asyncio.sleep(1)
                self._marks = marks + self._marks
                self._marks_wake.set()
            except Exception:  # the next marks say at least as much
                log.exception("marks_lost", count=len(marks))

    async def _move_marks(self, marks: list[Mark], tx: Tx) -> list[ThreadChange]:
        return await receipts.move_many(tx, marks, self.clock)

    async def _recheck_sessions(self) -> None:
        while True:
            await asyncio.sleep(RECHECK_S)
            try:
                await self._recheck(list(self.hub.connections))
            except LOST:
                continue
            except Exception:  # a session that ends later is to be noticed too
                log.exception("sessions_unchecked")

    async def _recheck(self, connections: list[Connection]) -> None:
        """Close sockets that are silent or whose session ended; whom the others speak and hear for is asked anew."""
        silent_since = asyncio.get_running_loop().time() - SILENT_S
        ended = await self._list_ended([connection.viewer for connection in connections])
        for connection in connections:
            connection.business_ids.clear()
            if connection.heard_at < silent_since:
                connection.close(SILENT, "silent")
            elif connection.viewer.session_id in ended:
                connection.close(SIGNED_OUT, "signed out")
            elif connection.viewer.business_id is None:
                for watched in [each for each in connection.participants if each.kind == "business"]:
                    if not await self.speaks_for(connection.viewer, watched.id):
                        self.hub.leave(connection, watched)


def _merged(before: ThreadHint | None, hint: ThreadHint) -> ThreadHint:
    """Two hints of one thread as one, with the audience's newest versions."""
    if before is None:
        return hint
    start = min(before.from_change, hint.from_change)
    return replace(hint, from_change=start, has_marks=before.has_marks or hint.has_marks)


def _hint(change: ThreadChange) -> ThreadHint:
    audience = list(change.audience.items())
    return ThreadHint(
        change.home, change.thread_id, change.from_change, change.to_change, audience, has_marks=bool(change.marks)
    )
