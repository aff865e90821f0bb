"""The inbox follows chat: one consumer, run by the worker. It may lag; nothing protective reads what it writes.

Events only say which threads to look at again, so each may come twice or late. How far inboxes got is told to the live
channel after commit; a hint that is lost costs nothing, since the console catches up by number.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import ClassVar, TypeVar

import msgspec

from rejoinder.business.inbox import commands
from rejoinder.business.inbox.events import InboxTouched
from rejoinder.business.inbox.model import Answered, ThreadKey
from rejoinder.chat.messages.events import MessageChanged, MessageSent
from rejoinder.chat.realtime.hints import InboxHint
from rejoinder.chat.receipts.events import ReceiptMoved
from rejoinder.db.outbox import Consumer, Handler, OutboxRow, consume
from rejoinder.db.transaction import Database, Tx
from rejoinder.units.clock import Clock

EventT = TypeVar("EventT", MessageSent, MessageChanged, ReceiptMoved)

CONSUMER = "inbox"
Tell = Callable[[Iterable[InboxHint]], None]


class DeliveryReplied(msgspec.Struct, frozen=True):
    """What this package needs of the fact that `ads`, above it, publishes under this topic."""

    topic: ClassVar[str] = "ads.delivery_replied"
    person_id: int
    delivery_id: int
    campaign_id: int
    business_id: int
    thread_id: int


def make_consumer(reached: dict[int, int]) -> Consumer:
    """The consumer; it notes in `reached` how far each inbox got."""

    async def look(tx: Tx, keys: list[ThreadKey]) -> None:
        _note(reached, await commands.refresh(tx, keys))

    async def on_touched(_: Tx, rows: list[OutboxRow]) -> None:
        for event in (msgspec.convert(row.payload, InboxTouched) for row in rows):
            _note(reached, {event.business_id: event.number})

    async def on_replied(tx: Tx, rows: list[OutboxRow]) -> None:
        events = [msgspec.convert(row.payload, DeliveryReplied) for row in rows]
        _note(reached, await commands.note_answered(tx, [_answered(event) for event in events]))

    return Consumer(
        CONSUMER,
        {
            MessageSent.topic: _follow(MessageSent, look, _is_business),
            MessageChanged.topic: _follow(MessageChanged, look, _is_business),
            ReceiptMoved.topic: _follow(ReceiptMoved, look, lambda event: event.kind == "business"),
            InboxTouched.topic: on_touched,
            DeliveryReplied.topic: on_replied,
        },
    )


async def run(database: Database, clock: Clock, tell: Tell) -> int:
    """Digest what is new, then tell who watches (`hints.tell`); return how many events there were."""
    reached: dict[int, int] = {}
    count = await consume(database, make_consumer(reached), at=clock.now())
    tell([InboxHint(business_id, number) for business_id, number in reached.items()])
    return count


def _follow(
    kind: type[EventT], look: Callable[[Tx, list[ThreadKey]], Awaitable[None]], concerns: Callable[[EventT], bool]
) -> Handler:
    async def handle(tx: Tx, rows: list[OutboxRow]) -> None:
        events = [msgspec.convert(row.payload, kind) for row in rows]
        await look(tx, [ThreadKey(event.home, event.thread_id) for event in events if concerns(event)])

    return handle


def _is_business(event: MessageSent | MessageChanged) -> bool:
    """Threads between people are in nobody's inbox."""
    return "business" in (event.sender_kind, event.other_kind)


def _answered(event: DeliveryReplied) -> Answered:
    key = ThreadKey(event.person_id, event.thread_id)
    return Answered(key, event.business_id, event.delivery_id, event.campaign_id)


def _note(reached: dict[int, int], more: Mapping[int, int]) -> None:
    for business_id, number in more.items():
        reached[business_id] = max(number, reached.get(business_id, 0))
