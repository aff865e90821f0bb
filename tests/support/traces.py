"""Replay: what a device knew, plus the frames it was sent, is what a new device is told. Each run leaves a trace as JSON.

The same traces are for the reducer in TypeScript: one contract, two languages. Ids and client ids are replaced by small ones,
so that a trace changes only when the contract does.
"""

import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from rejoinder.chat.messages import store
from rejoinder.chat.messages.routes import view_of
from rejoinder.chat.model import Participant, ThreadChange
from rejoinder.chat.realtime.hub import Connection, Hub
from rejoinder.chat.threads.routes import card_of, get_seen_thread
from rejoinder.db.transaction import Database, Tx
from rejoinder.wire.auth import Viewer
from tests.support.chat import MadeThread

TRACES = Path(__file__).resolve().parents[1] / "chat" / "traces"


class Replay:
    """One viewer's thread while commands change it."""

    def __init__(self, database: Database, thread: MadeThread, viewer: Participant) -> None:
        self._database, self._thread, self._viewer = database, thread, viewer
        self._hub, self._connection = Hub(), Connection(Viewer(viewer.id, 1))
        self._hub.add(self._connection, viewer)
        self._before: dict[str, Any] = {}
        self._frames: list[dict[str, Any]] = []

    async def start(self) -> None:
        """Take the first snapshot."""
        self._before = await self.snapshot()

    async def command(self, work: Callable[[Tx], Awaitable[ThreadChange]]) -> None:
        """Run a command and hear of it over the socket."""
        self._hub.publish(await self._database.run(work))
        self._frames += [json.loads(frame) for frame in await self._connection.next_frames()]

    async def snapshot(self) -> dict[str, Any]:
        """The thread as somebody is told who knows nothing."""
        async with self._database.transaction() as tx:
            seen = await get_seen_thread(tx, self._viewer, self._thread.id)
            rows = await store.list_messages_before(
                tx, seen.home, seen.thread_id, before=None, with_adverts=self._viewer.kind == "person", row_count=100
            )
        return {
            "last_change": seen.last_change,
            "messages": [msgspec.to_builtins(view_of(message, self._viewer.kind)) for message in reversed(rows)],
            "participants": msgspec.to_builtins(card_of(seen, self._viewer).participants),
        }

    async def finish(self, name: str) -> None:
        """Assert that snapshot and frames make the new snapshot, and compare with the trace that is kept."""
        after = await self.snapshot()
        assert _plain(replayed(self._before, self._frames)) == _plain(after)
        trace = _with_small_ids({"before": self._before, "frames": self._frames, "after": after})
        path = TRACES / f"{name}.json"
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            path.write_text(trace)
        assert path.read_text() == trace, f"the contract changed; remove {path.name} and run again to keep the new one"


def replayed(before: dict[str, Any], frames: list[dict[str, Any]]) -> dict[str, Any]:
    """Apply `changed` frames by the rules of realtime/frames.py."""
    messages = {message["position"]: message for message in before["messages"]}
    marks = {(mark["kind"], mark["id"]): mark for mark in before["participants"]}
    last_change = before["last_change"]
    for frame in frames:
        assert frame["from_change"] == last_change, "a gap: a device would have asked"
        messages |= {message["position"]: message for message in frame["messages"]}
        marks |= {(mark["kind"], mark["id"]): mark for mark in frame["participants"]}
        last_change = frame["to_change"]
    return {
        "last_change": last_change,
        "messages": [messages[position] for position in sorted(messages)],
        "participants": list(marks.values()),
    }


def _plain(value: object) -> Any:
    return json.loads(msgspec.json.encode(value))


def _with_small_ids(trace: object) -> str:
    text = json.dumps(_plain(trace), indent=2) + "\n"
    found = dict.fromkeys(re.findall(r'"([0-9]{12,19}|[0-9a-hjkmnp-tv-z]{12})"', text))
    for number, big in enumerate(found, start=1):
        text = text.replace(f'"{big}"', f'"{number}"')
    return text
