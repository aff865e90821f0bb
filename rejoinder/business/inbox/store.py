"""One thin function per statement of `queries.sql`."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from rejoinder.business.inbox.model import (
    UNREAD_COUNT_MAX,
    Answered,
    Facts,
    Item,
    SavedReply,
    SeenItem,
    State,
    Summary,
    ThreadKey,
)
from rejoinder.db.transaction import Tx

Place = tuple[datetime, int] | None


async def list_businesses_of_threads(tx: Tx, keys: Sequence[ThreadKey]) -> dict[ThreadKey, int]:
    rows = await tx.rows("list_businesses_of_threads", **_arrays(keys))
    return {ThreadKey(row["home"], row["thread_id"]): row["business_id"] for row in rows}


async def insert_inbox_counters(tx: Tx, business_ids: Sequence[int]) -> None:
    await tx.run("insert_inbox_counters", business_ids=list(business_ids))


async def lock_inbox_counters(tx: Tx, business_ids: Sequence[int]) -> dict[int, int]:
    rows = await tx.rows("lock_inbox_counters", business_ids=list(business_ids))
    return {row["business_id"]: row["number"] for row in rows}


async def read_thread_facts(tx: Tx, keys: Sequence[ThreadKey]) -> list[Facts]:
    return await tx.many(Facts, "read_thread_facts", unread_count_max=UNREAD_COUNT_MAX, **_arrays(keys))


async def insert_answered_offers(tx: Tx, answered: Sequence[Answered]) -> None:
    await tx.run(
        "insert_answered_offers",
        business_ids=[one.business_id for one in answered],
        origin_refs=[one.origin_ref for one in answered],
        campaign_ids=[one.campaign_id for one in answered],
    )


async def list_items_of_threads(tx: Tx, keys: Sequence[tuple[int, int]]) -> list[Item]:
    """(business, thread) each."""
    return await tx.many(
        Item,
        "list_items_of_threads",
        business_ids=[business_id for business_id, _ in keys],
        thread_ids=[thread_id for _, thread_id in keys],
    )


async def write_items(tx: Tx, items: Sequence[Item]) -> None:
    await tx.run(
        "write_items",
        business_ids=[item.business_id for item in items],
        thread_ids=[item.thread_id for item in items],
        homes=[item.home for item in items],
        person_ids=[item.person_id for item in items],
        contact_ids=[item.contact_id for item in items],
        states=[item.state for item in items],
        assigned_tos=[item.assigned_to for item in items],
        done_positions=[item.done_position for item in items],
        case_positions=[item.case_position for item in items],
        last_positions=[item.last_position for item in items],
        previews=[item.preview for item in items],
        preview_types=[item.preview_type for item in items],
        preview_froms=[item.preview_from for item in items],
        last_ats=[item.last_at for item in items],
        unread_counts=[item.unread_count for item in items],
        waiting_sinces=[item.waiting_since for item in items],
        entry_point_ids=[item.entry_point_id for item in items],
        origin_refs=[item.origin_ref for item in items],
        offer_headlines=[item.offer_headline for item in items],
        campaign_ids=[item.campaign_id for item in items],
        numbers=[item.number for item in items],
    )


async def set_inbox_counters(tx: Tx, reached: Mapping[int, int]) -> None:
    await tx.run("set_inbox_counters", business_ids=list(reached), numbers=list(reached.values()))


async def find_item_key(tx: Tx, business_id: int, thread_id: int) -> ThreadKey | None:
    return await tx.maybe(ThreadKey, "find_item_key", business_id=business_id, thread_id=thread_id)


async def list_assigned_threads(tx: Tx, business_id: int, person_id: int) -> list[ThreadKey]:
    return await tx.many(ThreadKey, "list_assigned_threads", business_id=business_id, person_id=person_id)


async def list_business_threads_after(tx: Tx, after: ThreadKey, *, row_count: int) -> list[ThreadKey]:
    return await tx.many(
        ThreadKey,
        "list_business_threads_after",
        after_home=after.home,
        after_thread_id=after.thread_id,
        row_count=row_count,
    )


async def find_inbox_number(tx: Tx, business_id: int) -> int:
    return int(await tx.value("find_inbox_number", business_id=business_id))


async def summarise_inbox(tx: Tx, business_id: int, *, number: int) -> Summary:
    (summary,) = await tx.many(Summary, "summarise_inbox", business_id=business_id, number=number)
    return summary


async def list_newest_items(
    tx: Tx, business_id: int, state: State, *, assigned_to: int | None, before: Place, row_count: int
) -> list[SeenItem]:
    before_at, before_id = before or (None, None)
    return await tx.many(
        SeenItem,
        "list_newest_items",
        business_id=business_id,
        state=state,
        assigned_to=assigned_to,
        before_at=before_at,
        before_id=before_id,
        row_count=row_count,
    )


async def list_waiting_items(
    tx: Tx, business_id: int, *, assigned_to: int | None, after: Place, row_count: int
) -> list[SeenItem]:
    after_at, after_id = after or (None, None)
    return await tx.many(
        SeenItem,
        "list_waiting_items",
        business_id=business_id,
        assigned_to=assigned_to,
        after_at=after_at,
        after_id=after_id,
        row_count=row_count,
    )


async def list_changed_items(tx: Tx, business_id: int, *, since: int, reached: int, row_count: int) -> list[SeenItem]:
    return await tx.many(
        SeenItem, "list_changed_items", business_id=business_id, since=since, reached=reached, row_count=row_count
    )


async def find_seen_item(tx: Tx, business_id: int, thread_id: int) -> SeenItem | None:
    return await tx.maybe(SeenItem, "find_seen_item", business_id=business_id, thread_id=thread_id)


async def list_saved_replies(tx: Tx, business_id: int) -> list[SavedReply]:
    return await tx.many(SavedReply, "list_saved_replies", business_id=business_id)


async def insert_saved_reply(tx: Tx, business_id: int, reply: SavedReply, *, person_id: int, at: datetime) -> int:
    return await tx.run(
        "insert_saved_reply",
        id=reply.id,
        business_id=business_id,
        title=reply.title,
        text=reply.text,
        person_id=person_id,
        at=at,
    )


async def set_saved_reply(tx: Tx, business_id: int, reply: SavedReply) -> int:
    return await tx.run("set_saved_reply", id=reply.id, business_id=business_id, title=reply.title, text=reply.text)


async def delete_saved_reply(tx: Tx, business_id: int, reply_id: int) -> int:
    return await tx.run("delete_saved_reply", id=reply_id, business_id=business_id)


def _arrays(keys: Sequence[ThreadKey]) -> dict[str, list[int]]:
    return {"homes": [key.home for key in keys], "thread_ids": [key.thread_id for key in keys]}
