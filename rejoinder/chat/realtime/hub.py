"""Who is connected here, and what each socket is sent: frames for a change in a thread, once per kind of viewer and mailbox.

A socket that does not keep up is closed rather than waited for; it catches up when it comes back.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterable

import msgspec
from prometheus_client import Counter, Gauge

from rejoinder.chat.messages.routes import view_of
from rejoinder.chat.model import Participant, ThreadChange, is_advert
from rejoinder.chat.realtime.frames import Changed, LiveServerFrame
from rejoinder.chat.threads.routes import ParticipantView
from rejoinder.wire.auth import Viewer

# A phone on a poor line falls behind by a few frames; hundreds mean that it reads no more.
FRAMES_WAITING_MAX = 512
SLOW, SIGNED_OUT, SILENT, RESTARTING, UNREADABLE = 4408, 4401, 4410, 1012, 4400

_SOCKETS = Gauge("rejoinder_live_sockets", "Open sockets of this process")
_FRAMES = Counter("rejoinder_live_frames", "Frames sent")
_SLOW = Counter("rejoinder_live_slow", "Sockets closed because they did not keep up")


class Connection:
    """One open socket: whose it is, and what still has to go out. `push` never waits."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.participants: set[Participant] = set()
        self.business_ids: set[int] = set()  # Whom the viewer was found to speak for; forgotten at each recheck.
        self.heard_at = asyncio.get_running_loop().time()
        self.closing: tuple[int, str] | None = None
        self.closed = asyncio.Event()
        self._frames: deque[str] = deque()
        self._wake = asyncio.Event()

    def push(self, frame: str) -> None:
        """Send a frame when its turn comes; a socket too far behind is closed."""
        if self.closing is not None:
            return
        if len(self._frames) >= FRAMES_WAITING_MAX:
            _SLOW.inc()
            self.close(SLOW, "too slow")
            return
        self._frames.append(frame)
        self._wake.set()

    def close(self, code: int, reason: str, *, is_flushing: bool = False) -> None:
        """Close, at once or after what waits has been sent."""
        self.closing = self.closing or (code, reason)
        if not is_flushing:
            self._frames.clear()
        self.closed.set()
        self._wake.set()

    async def next_frames(self) -> list[str]:
        """Wait for frames to send; none once the socket is to be closed."""
        await self._wake.wait()
        if self.closing is None:
            self._wake.clear()
        frames = list(self._frames)
        self._frames.clear()
        _FRAMES.inc(len(frames))
        return frames


def encode(frame: LiveServerFrame) -> str:
    """A frame as text."""
    return msgspec.json.encode(frame).decode()


class Hub:
    """All sockets of this process, by the participants that they hear for."""

    def __init__(self) -> None:
        self._listeners: defaultdict[Participant, set[Connection]] = defaultdict(set)
        self.connections: set[Connection] = set()

    def add(self, connection: Connection, participant: Participant) -> None:
        """Let a socket hear what a participant hears."""
        self.connections.add(connection)
        connection.participants.add(participant)
        self._listeners[participant].add(connection)
        _SOCKETS.set(len(self.connections))

    def remove(self, connection: Connection) -> None:
        """Forget a socket."""
        self.connections.discard(connection)
        for participant in tuple(connection.participants):
            self.leave(connection, participant)
        _SOCKETS.set(len(self.connections))

    def leave(self, connection: Connection, participant: Participant) -> None:
        """Let a socket hear no more what a participant hears."""
        connection.participants.discard(participant)
        self._listeners[participant].discard(connection)
        if not self._listeners[participant]:
            del self._listeners[participant]

    def is_heard(self, participants: Iterable[Participant]) -> bool:
        """Whether any socket here hears for any of them."""
        return any(participant in self._listeners for participant in participants)

    def people(self) -> list[int]:
        """Whose mailboxes are followed here."""
        return [participant.id for participant in self._listeners if participant.kind == "person"]

    def send(self, participant: Participant, frame: LiveServerFrame) -> None:
        """Send one frame to all sockets of a participant."""
        if listeners := self._listeners.get(participant):
            text = encode(frame)
            for connection in tuple(listeners):
                connection.push(text)

    def publish(self, change: ThreadChange, sparing: object = None) -> None:
        """Send a change to everybody in its thread who is connected here, but for the socket that knows it already."""
        for participant, mailbox_version in change.audience.items():
            listeners = self._listeners.get(participant)
            if not listeners or listeners == {sparing}:
                continue
            text = encode(_frame(change, participant, mailbox_version))
            for connection in tuple(listeners):
                if connection is not sparing:
                    connection.push(text)


def _frame(change: ThreadChange, viewer: Participant, mailbox_version: int | None) -> Changed:
    return Changed(
        thread_id=str(change.thread_id),
        from_change=change.from_change,
        to_change=change.to_change,
        messages=[
            view_of(message, viewer.kind)
            for message in change.messages
            if viewer.kind == "person" or not is_advert(message.body)
        ],
        participants=[
            ParticipantView(
                marks.participant.kind, str(marks.participant.id), marks.delivered_position, marks.read_position
            )
            for marks in change.marks
        ],
        mailbox_version=mailbox_version,
    )
