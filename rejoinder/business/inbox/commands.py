"""Bring items up to date with chat, and what agents do with them: assign, finish, reopen, save replies.

There is one way to write items: lock the inbox's counter, read the threads' facts in a later statement, let `rules` say what
each item must be, write those that differ under the next numbers. Repeats and a different order of events change nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from rejoinder.business.inbox import rules, store
from rejoinder.business.inbox.events import InboxTouched
from rejoinder.business.inbox.model import (
    SAVED_REPLIES_MAX,
    Answered,
    AssigneeInvalid,
    Item,
    ItemMissing,
    SavedReply,
    SavedReplyMissing,
    SavedReplyTaken,
    SeenItem,
    ThreadKey,
)
from rejoinder.business.profiles import commands as profiles
from rejoinder.business.profiles import rules as profile_rules
from rejoinder.business.profiles.model import TooManyHere
from rejoinder.db.transaction import Tx
from rejoinder.units.ids import new_id

REBUILD_COUNT = 500


def _as_it_is(item: Item) -> Item:
    return item


async def refresh(tx: Tx, keys: Iterable[ThreadKey], alter: Callable[[Item], Item] = _as_it_is) -> dict[int, int]:
    """Bring the items of these threads up to date; return the number that each changed inbox reached.

    `alter` is what an agent does with the items; it sees them as they were stored.
    """
    business_of = await store.list_businesses_of_threads(tx, sorted(set(keys)))
    if not business_of:
        return {}
    business_ids = sorted(set(business_of.values()))
    await store.insert_inbox_counters(tx, business_ids)
    numbers = await store.lock_inbox_counters(tx, business_ids)
    kept = {
        (item.business_id, item.thread_id): item
        for item in await store.list_items_of_threads(tx, [(b, key.thread_id) for key, b in business_of.items()])
    }
    changed, reached = [], dict[int, int]()
    for facts in await store.read_thread_facts(tx, list(business_of)):
        old = kept.get((facts.business_id, facts.thread_id))
        new = rules.item_of(facts, alter(old) if old else None)
        if new != old:
            reached[facts.business_id] = reached.get(facts.business_id, numbers[facts.business_id]) + 1
            changed.append(replace(new, number=reached[facts.business_id]))
    if changed:
        await store.write_items(tx, changed)
        await store.set_inbox_counters(tx, reached)
    return reached


async def note_answered(tx: Tx, answered: Sequence[Answered]) -> dict[int, int]:
    """Keep which campaigns answered offers belong to, and show it; return as `refresh`."""
    await store.insert_answered_offers(tx, answered)
    return await refresh(tx, [one.key for one in answered])


async def rebuild(tx: Tx, after: ThreadKey = ThreadKey(0, 0)) -> ThreadKey | None:  # noqa: B008  a tuple of numbers
    """Bring the next stretch of all business threads up to date, as after a restore; return where to go on, or None."""
    keys = await store.list_business_threads_after(tx, after, row_count=REBUILD_COUNT)
    await refresh(tx, keys)
    return keys[-1] if len(keys) == REBUILD_COUNT else None


async def assign(tx: Tx, business_id: int, thread_id: int, person_id: int | None, *, at: datetime) -> SeenItem:
    """Give an item to somebody who answers for the business, or to nobody."""
    if person_id is not None:
        held = await profiles.list_roles(tx, business_id, person_id)
        if not profile_rules.may_act(held, profile_rules.SPEAKERS):
            raise AssigneeInvalid("Choose somebody on the team who answers messages.", field="person_id")
    return await _touch(tx, business_id, thread_id, lambda item: rules.assign_to(item, person_id), at)


async def finish(tx: Tx, business_id: int, thread_id: int, *, at: datetime) -> SeenItem:
    """Everything so far is dealt with; the next message of the person opens the item again."""
    return await _touch(tx, business_id, thread_id, rules.mark_done, at)


async def reopen(tx: Tx, business_id: int, thread_id: int, *, at: datetime) -> SeenItem:
    """Take a done back."""
    return await _touch(tx, business_id, thread_id, rules.mark_open, at)


async def release_unless_speaker(tx: Tx, business_id: int, person_id: int, *, at: datetime) -> None:
    """What somebody had in hand is nobody's once they answer for the business no more."""
    held = await profiles.list_roles(tx, business_id, person_id)
    if profile_rules.may_act(held, profile_rules.SPEAKERS):
        return
    keys = await store.list_assigned_threads(tx, business_id, person_id)
    reached = await refresh(tx, keys, lambda item: rules.assign_to(item, None))
    await _tell(tx, reached, at)


async def _touch(tx: Tx, business_id: int, thread_id: int, alter: Callable[[Item], Item], at: datetime) -> SeenItem:
    key = await store.find_item_key(tx, business_id, thread_id)
    if key is None:
        raise ItemMissing("There is no such chat in this inbox.")
    await _tell(tx, await refresh(tx, [key], alter), at)
    seen = await store.find_seen_item(tx, business_id, thread_id)
    assert seen is not None, "an item is never deleted"  # noqa: S101
    return seen


async def _tell(tx: Tx, reached: dict[int, int], at: datetime) -> None:
    await tx.publish(
        [InboxTouched(business_id=business_id, number=number, at=at) for business_id, number in reached.items()], at=at
    )


async def save_reply(tx: Tx, business_id: int, title: str, text: str, *, person_id: int, at: datetime) -> SavedReply:
    """Keep words that agents use often, under a title of their own."""
    await profiles.lock_business(tx, business_id)
    if len(await store.list_saved_replies(tx, business_id)) >= SAVED_REPLIES_MAX:
        raise TooManyHere(f"A business has at most {SAVED_REPLIES_MAX} saved replies; delete one that is not used.")
    reply = SavedReply(new_id(), title, text)
    if not await store.insert_saved_reply(tx, business_id, reply, person_id=person_id, at=at):
        raise SavedReplyTaken("There is a saved reply with this title.", field="title")
    return reply


async def change_reply(tx: Tx, business_id: int, reply: SavedReply) -> SavedReply:
    """New title and words."""
    await profiles.lock_business(tx, business_id)
    known = {one.id for one in await store.list_saved_replies(tx, business_id)}
    if reply.id not in known:
        raise SavedReplyMissing("There is no such saved reply.")
    if not await store.set_saved_reply(tx, business_id, reply):
        raise SavedReplyTaken("There is a saved reply with this title.", field="title")
    return reply


async def delete_reply(tx: Tx, business_id: int, reply_id: int) -> None:
    """Gone for everybody."""
    if not await store.delete_saved_reply(tx, business_id, reply_id):
        raise SavedReplyMissing("There is no such saved reply.")
