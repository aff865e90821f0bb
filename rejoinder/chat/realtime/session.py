"""One socket from its first frame to its last: decode, bound, hand on. What a frame does is decided elsewhere.

Frames are taken in their order. A sender who is too fast is read more slowly; who sends what cannot be read is told so, and
disconnected when it goes on.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import structlog

from rejoinder.chat.messages import commands as messages
from rejoinder.chat.messages.model import Accepted, Draft, Rejected, Taken, Verdict
from rejoinder.chat.model import Participant, ThreadChange
from rejoinder.chat.realtime.batcher import LOST
from rejoinder.chat.realtime.frames import (
    Acked,
    Edit,
    LiveClientFrame,
    Ping,
    Pong,
    Receipt,
    RefusedFrame,
    Send,
    Typing,
    Unsend,
    Watch,
)
from rejoinder.chat.realtime.hub import UNREADABLE, Connection, encode
from rejoinder.chat.realtime.live import Live
from rejoinder.chat.receipts.model import Mark
from rejoinder.chat.threads.model import Place
from rejoinder.chat.threads.routes import speaker
from rejoinder.db.transaction import Tx
from rejoinder.units.bounds import FRAME_BYTES_MAX
from rejoinder.units.errors import DomainError
from rejoinder.units.ids import id_from_wire

log = structlog.get_logger(__name__)

Receive = Callable[[], Awaitable[Any]]
SendMessage = Callable[[Any], Awaitable[None]]

OUTSTANDING_MAX = 64  # Sends of one socket that wait for their acknowledgement; then it is read no further.
UNREADABLE_MAX = 10
LAST_WORDS_S = 1.0  # For the close frame to get out.
PLACE_TRUSTED_S = 10.0  # So long after a block somebody may still be seen to type.
PLACES_MAX = 1_000  # Threads in which this socket typed; a person has few, and the rest is looked up again.

_DECODER = msgspec.json.Decoder(LiveClientFrame)


class Session:
    """The reader of a connection; its writer is `send_frames`."""

    def __init__(self, live: Live, connection: Connection) -> None:
        self._live, self._connection = live, connection
        self._me = Participant("person", connection.viewer.person_id)
        self._places: dict[tuple[Participant, int], tuple[Place, float]] = {}
        self._loop = asyncio.get_running_loop()
        self._outstanding = 0
        self._has_room = asyncio.Event()
        self._unreadable = 0

    async def read_frames(self, receive: Receive) -> None:
        """Take frames until the socket closes."""
        while True:
            message = await receive()
            if message["type"] != "websocket.receive":
                return
            self._connection.heard_at = self._loop.time()
            await self._keep_pace()
            if self._live.is_draining:
                continue  # Never answered, so its client sends it again, elsewhere.
            await self._take(message.get("text") or message.get("bytes") or "")
            if self._connection.closing is not None:
                return

    async def _keep_pace(self) -> None:
        if limit := self._live.frame_limit:
            while wait_s := limit.wait_s(str(self._connection.viewer.session_id)):  # noqa: ASYNC110  time itself is awaited
                await asyncio.sleep(wait_s)
        while self._outstanding >= OUTSTANDING_MAX:
            self._has_room.clear()
            await self._has_room.wait()

    async def _take(self, text: str | bytes) -> None:
        try:
            frame = _DECODER.decode(text if len(text) <= FRAME_BYTES_MAX else "a frame that is too long")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
            self._refuse("input_invalid", f"This frame could not be read: {problem}.", None)
            self._unreadable += 1
            if self._unreadable >= UNREADABLE_MAX:
                self._connection.close(UNREADABLE, "unreadable")
            return
        reference = getattr(frame, "client_id", None) or getattr(frame, "client_ref", None)
        try:
            await self._do(frame)
        except DomainError as refusal:
            self._refuse(refusal.reason, refusal.message, reference)
        except LOST:
            self._refuse("unavailable", "The server cannot reach its data right now. Try again in a moment.", reference)
        except Exception:
            log.exception("frame_undone", kind=type(frame).__name__)
            self._refuse("unexpected", "Something broke on our side. It has been written down; try again.", reference)

    async def _do(self, frame: LiveClientFrame) -> None:
        match frame:
            case Send():
                await self._send(frame)
            case Receipt(thread_id, delivered, read):
                self._live.mark(Mark(await self._speaker(frame), id_from_wire(thread_id), delivered, read))
            case Typing(thread_id):
                await self._type(await self._speaker(frame), id_from_wire(thread_id))
            case Edit() | Unsend():
                await self._change(frame)
            case Watch(business_id):
                business = await speaker(self._connection.viewer, business_id, self._live.speaks_for)
                self._live.hub.add(self._connection, business)
            case Ping():
                self._connection.push(encode(Pong()))

    async def _speaker(self, frame: Send | Edit | Unsend | Receipt | Typing) -> Participant:
        viewer, wanted = self._connection.viewer, frame.as_business_id
        if wanted is None and viewer.business_id is None:
            return self._me
        known = Participant("business", id_from_wire(wanted or ""))
        if known.id in self._connection.business_ids:
            return known
        found = await speaker(viewer, wanted, self._live.speaks_for)
        self._connection.business_ids.add(found.id)
        return found

    async def _send(self, frame: Send) -> None:
        sender = await self._speaker(frame)
        viewer = self._connection.viewer
        agent_id = viewer.person_id if sender.kind == "business" and viewer.business_id is None else None
        draft = Draft(sender, id_from_wire(frame.thread_id), frame.client_id, frame.body, agent_id)

        def answer(verdict: Verdict) -> None:
            self._outstanding -= 1
            self._has_room.set()
            match verdict:
                case Accepted():
                    self._connection.push(encode(acked(frame.thread_id, frame.client_id, verdict, sender)))
                case Rejected(code, words):
                    self._refuse(code, words, frame.client_id)
                case Taken():
                    raise AssertionError("a draft that nobody decided was answered")

        self._live.batcher.put(draft, answer, source=self._connection)
        self._outstanding += 1

    async def _change(self, frame: Edit | Unsend) -> None:
        by = await self._speaker(frame)
        thread_id, clock = id_from_wire(frame.thread_id), self._live.clock

        async def change(tx: Tx) -> ThreadChange:
            if isinstance(frame, Unsend):
                return await messages.unsend(tx, by, thread_id, frame.position, clock=clock)
            return await messages.edit(tx, by, thread_id, frame.position, text=frame.text, clock=clock)

        done = await self._live.database.run(change)
        self._live.publish([done])
        accepted = Accepted(frame.position, done.to_change, done.messages[0].sent_at, done)
        self._connection.push(encode(acked(frame.thread_id, frame.client_ref, accepted, by)))

    async def _type(self, by: Participant, thread_id: int) -> None:
        place, until = self._places.get((by, thread_id), (None, 0.0))
        if place is None or self._loop.time() >= until:
            async with self._live.database.transaction() as tx:
                found = await messages.find_hearing(tx, by, thread_id, clock=self._live.clock)
            if isinstance(found, Rejected):
                self._refuse(found.code, found.message, None)
                return
            if len(self._places) >= PLACES_MAX:
                self._places.clear()
            place = found
            self._places[by, thread_id] = place, self._loop.time() + PLACE_TRUSTED_S
        self._live.type_to(thread_id, by, place.other)

    def _refuse(self, code: str, words: str, reference: str | None) -> None:
        self._connection.push(encode(RefusedFrame(code, words, reference)))


def acked(thread_id: str, client_id: str, accepted: Accepted, sender: Participant) -> Acked:
    """The acknowledgement of a stored message."""
    version = accepted.change.audience[sender] if accepted.change else None
    return Acked(client_id, thread_id, accepted.position, accepted.at_change, accepted.sent_at, version)


async def send_frames(connection: Connection, send: SendMessage) -> None:
    """Write what is pushed, until the connection is to be closed; then close it."""
    while frames := await connection.next_frames():
        for frame in frames:
            await send({"type": "websocket.send", "text": frame})
    code, reason = connection.closing or (1000, "")
    await send({"type": "websocket.close", "code": code, "reason": reason})


async def run(session: Session, connection: Connection, receive: Receive, send: SendMessage) -> None:
    """Read and write until either ends or the connection is closed from elsewhere; a writer stuck in a full socket is cut off."""
    reader = asyncio.create_task(session.read_frames(receive))
    writer = asyncio.create_task(send_frames(connection, send))
    closed = asyncio.create_task(connection.closed.wait())
    try:
        await asyncio.wait({reader, writer, closed}, return_when=asyncio.FIRST_COMPLETED)
        if connection.closing is not None:
            await asyncio.wait({writer}, timeout=LAST_WORDS_S)
    finally:
        for task in (reader, writer, closed):
            task.cancel()
        await asyncio.gather(reader, writer, closed, return_exceptions=True)
