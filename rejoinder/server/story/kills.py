"""Step 13: SIGKILL to everything in the middle of a delivery round and of a burst of chat, and started again.

The kill counts only with progress just before it and work left after it: chunks decided and to be decided, messages
acknowledged and not yet answered. Rounds are long here because the worker takes four people at a time, and it stands still
while the story looks how far it got: so no round can end unseen, however busy the machine is.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from websockets.exceptions import ConnectionClosed

from rejoinder.server.story.after import NEXT_MONDAY, SPRING, verify
from rejoinder.server.story.device import Device, Json, eventually
from rejoinder.server.story.pairs import REASONS, like, other
from rejoinder.server.story.stage import WORKER, expect
from rejoinder.server.story.town import Customer, Town, together
from rejoinder.units.ids import new_code

PEOPLE = 48
TALKS = 8
OUTSTANDING_MAX = 8
CHUNKS_BEFORE = 3
SUMMER = "Iced tea weather"


@dataclass
class Talk:
    """Somebody who writes to somebody as fast as the server takes it, and what became of each message."""

    writer: Device
    reader: Device
    thread_id: str
    sent: list[str] = field(default_factory=list)
    acked: dict[str, int] = field(default_factory=dict)

    async def burst(self) -> None:
        """Write until the connection breaks."""
        try:
            async with self.writer.live() as socket:
                while True:
                    while len(self.sent) - len(self.acked) < OUTSTANDING_MAX:
                        self.sent.append(f"burst-{len(self.sent)}")
                        await socket.tell("send", client_id=self.sent[-1], **self._message(self.sent[-1]))
                    frame: Json = json.loads(await socket.connection.recv())
                    if frame["type"] == "acked":
                        self.acked[frame["client_id"]] = frame["position"]
        except ConnectionClosed:
            return

    def _message(self, client_id: str) -> Json:
        return {"thread_id": self.thread_id, "body": {"type": "text", "text": f"This is {client_id}."}}

    async def send_again(self) -> None:
        """What was not acknowledged goes out under its client id again, as the outbox of a device does it."""
        for client_id in self.sent:
            if client_id not in self.acked:
                again = {"client_id": client_id, "body": self._message(client_id)["body"]}
                self.acked[client_id] = (await self.writer.post(f"/api/threads/{self.thread_id}/messages", again))[
                    "position"
                ]

    async def expect_whole(self) -> None:
        """Every message once, where it was acknowledged, the same for both."""
        mine, theirs = await asyncio.gather(
            *(device.whole_thread(self.thread_id) for device in (self.writer, self.reader))
        )
        expect(mine == theirs, "both hold the same thread")
        stored = {message["client_id"]: message["position"] for message in mine}
        expect(
            len(stored) == len(mine) == len(self.sent),
            f"{len(self.sent)} sent, {len(mine)} stored, {len(stored)} different",
        )
        moved = {name: (at, stored.get(name)) for name, at in self.acked.items() if stored.get(name) != at}
        expect(not moved, f"acknowledged at one position and stored at another: {moved}")
        expect(sorted(stored.values()) == list(range(1, len(mine) + 1)), "positions without gaps")


async def survive_kills(town: Town) -> None:
    """Step 13."""
    crowd = await _gather_crowd(town)
    talks = await together(begin_talk, _couples(crowd))
    shop, vera = town.shops["Tea House"], town.people["Vera"]
    thursday = town.monday + NEXT_MONDAY + timedelta(days=3)
    await town.end_offer(shop, vera, SPRING)
    await town.run_offer(shop, vera, SUMMER, starts_at=thursday.isoformat())
    town.stage.move_to(thursday - timedelta(seconds=50))
    async with asyncio.TaskGroup() as bursts:
        for talk in talks:
            bursts.create_task(talk.burst())
        await _kill_in_the_middle(town, talks, thursday)
    await _start_again(town, talks, thursday)
    await _expect_each_once(town, crowd)
    await verify(town)


async def _gather_crowd(town: Town) -> list[Customer]:
    """On Tuesday some more people write to the shop."""
    town.stage.move_to(town.monday + NEXT_MONDAY + timedelta(days=1))
    shop = town.shops["Tea House"]
    return await together(lambda number: town.newcomer(f"Crowd {number}", shop), range(PEOPLE))


def _couples(crowd: Sequence[Customer]) -> list[tuple[Device, Device]]:
    devices = [customer.device for customer in crowd]
    return list(zip(devices[:TALKS], devices[TALKS : 2 * TALKS], strict=True))


async def begin_talk(couple: tuple[Device, Device]) -> Talk:
    """Open the thread of two people; the second accepts it."""
    writer, reader = couple
    handle = f"reader.{new_code()}"
    await reader.ask("PATCH", "/api/me", {"handle": handle})
    thread_id = (await writer.post("/api/threads", {"handle": handle}))["thread"]["id"]
    await reader.post(f"/api/threads/{thread_id}/accept")
    return Talk(writer, reader, thread_id)


async def _kill_in_the_middle(town: Town, talks: Sequence[Talk], begins_at: datetime) -> None:
    town.stage.move_to(begins_at)
    acked_before = sum(len(talk.acked) for talk in talks)

    async def is_in_the_middle() -> bool:
        town.stage.pause(WORKER)
        began, chunk_count, is_running = await town.round_progress()
        has_begun = began >= begins_at.timestamp() and chunk_count >= CHUNKS_BEFORE
        expect(is_running or not has_begun, "the round ended before the kill")
        if has_begun and sum(len(talk.acked) for talk in talks) > acked_before:
            return True
        town.stage.resume(WORKER)
        return False

    await eventually(is_in_the_middle, "the round has decided some chunks and messages were acknowledged")
    town.stage.kill()
    acked = sum(len(talk.acked) for talk in talks)
    expect(acked < sum(len(talk.sent) for talk in talks), "some were on their way")


async def _start_again(town: Town, talks: Sequence[Talk], begins_at: datetime) -> None:
    """The worker last, so that what the round had left can be told before it goes on."""
    await town.stage.start_database()
    await town.stage.start_servers()
    began, chunk_count, is_running = await town.round_progress()
    counts = (began >= begins_at.timestamp(), chunk_count >= CHUNKS_BEFORE, is_running)
    expect(counts == (True, True, True), f"the kill came in the middle of the round: {counts}")
    await together(Talk.send_again, talks)
    await together(Talk.expect_whole, talks)
    await town.stage.start_worker()

    async def has_ended() -> bool:
        newest, count, still_runs = await town.round_progress()
        return newest == began and count > chunk_count and not still_runs

    await eventually(has_ended, "the very round that was killed goes on and ends")


async def _expect_each_once(town: Town, crowd: Sequence[Customer]) -> None:
    shop = town.shops["Tea House"]
    everybody = [*crowd, *(town.customers[name] for reason in REASONS for name in (like(reason), other(reason)))]
    counts = await together(_count_cards, everybody)
    expect(counts[: len(crowd)] == [1] * len(crowd), f"everybody in the crowd has the offer once: {counts}")
    expect(set(counts) <= {0, 1}, f"nobody has it twice: {counts}")
    report = await shop.owner.get(f"{shop.path}/campaigns/{town.offers[SUMMER]}/report")
    told = (report["delivered_count"], sum(counts))
    expect(told[0] == told[1], f"{told[0]} reported, {told[1]} in the threads")


async def _count_cards(customer: Customer) -> int:
    bodies = [message["body"] for message in await customer.device.whole_thread(customer.thread_id)]
    return sum(body.get("headline") == SUMMER for body in bodies)
