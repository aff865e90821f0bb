"""What happens to deliveries by themselves: deadlines, returns, withdrawal after a stop, replies. Each call is a bounded step.

Withdrawal is here and not in the stop's own transaction because nothing promised waits for it: from the stop's commit on
no round delivers and no glimpse costs, whether or not this has run.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import msgspec

from rejoinder.ads.delivery import commands, rules
from rejoinder.ads.delivery.model import Told, VoidReason
from rejoinder.chat.messages.events import MessageSent
from rejoinder.chat.model import ThreadChange
from rejoinder.chat.realtime.hints import Hint, MailboxHint
from rejoinder.db.outbox import Consumer, OutboxRow, consume
from rejoinder.db.transaction import Database, Tx
from rejoinder.people.protections.events import ProtectionChanged
from rejoinder.units.clock import Clock

Tell = Callable[[Sequence[Hint]], None]
PEOPLE_PER_HINT = 200  # A hint that is too long for NOTIFY is lost.


async def void_overdue(database: Database, clock: Clock) -> int:
    """Release what nobody saw in time."""
    return await database.run(lambda tx: commands.void_overdue(tx, at=clock.now()))


async def return_voids(database: Database, clock: Clock) -> int:
    """Give voided money back to its budgets."""
    return await database.run(lambda tx: commands.return_voids(tx, at=clock.now()))


async def follow_protections(database: Database, clock: Clock, tell: Tell) -> int:
    """Withdraw what somebody wants no more, and hint at their devices once it is committed."""
    changes: list[ThreadChange] = []

    async def on_protection_changed(tx: Tx, rows: list[OutboxRow]) -> None:
        facts = [(msgspec.convert(row.payload, ProtectionChanged), row.at) for row in rows]
        objections = {
            (fact.person_id, fact.business_id): rules.VOID_OF_KIND[fact.kind]
            for fact, _ in facts
            if fact.kind in rules.VOID_OF_KIND
        }
        await commands.note_objections(tx, _counted(facts))
        changes.extend(await commands.withdraw(tx, objections, clock=clock))

    consumer = Consumer("ads.withdrawal", {ProtectionChanged.topic: on_protection_changed})
    done = await consume(database, consumer, at=clock.now())
    tell(mailbox_hints(change.home for change in changes))
    return done


def mailbox_hints(person_ids: Iterable[int]) -> list[Hint]:
    """Hints that something was put in, or taken out of, the threads of these people."""
    people = sorted(set(person_ids))
    return [MailboxHint(people[start : start + PEOPLE_PER_HINT]) for start in range(0, len(people), PEOPLE_PER_HINT)]


def _counted(facts: list[tuple[ProtectionChanged, datetime]]) -> list[tuple[int, int, str, datetime]]:
    return [
        (fact.person_id, fact.business_id, str(VoidReason(fact.kind)), at)
        for fact, at in facts
        if fact.business_id is not None and fact.kind in ("stopped", "blocked", "reported")
    ]


async def follow_replies(database: Database, clock: Clock) -> int:
    """Attribute what people type after an advert. A stop word is no reply."""

    async def on_message_sent(tx: Tx, rows: list[OutboxRow]) -> None:
        facts = [msgspec.convert(row.payload, MessageSent) for row in rows]
        told = [Told(fact.home, fact.thread_id, fact.position, fact.at) for fact in facts if _is_reply(fact)]
        await commands.note_replies(tx, told, at=clock.now())

    consumer = Consumer("ads.replies", {MessageSent.topic: on_message_sent})
    return await consume(database, consumer, at=clock.now())


def _is_reply(fact: MessageSent) -> bool:
    is_typed = fact.sender_kind == "person" and fact.other_kind == "business" and fact.body_type == "text"
    return is_typed and not fact.is_stop_word
