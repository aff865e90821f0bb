"""The statements of deliveries as functions: rows in, rows out, no meaning."""

from collections.abc import Sequence
from datetime import datetime

from rejoinder.ads.delivery.model import Held, NewDelivery, Offer, Reply, Told, Unreturned, Voided, Why
from rejoinder.db.transaction import Tx


async def insert_deliveries(tx: Tx, deliveries: Sequence[NewDelivery]) -> None:
    await tx.run("insert_deliveries", rows=deliveries)


async def list_delivered_before(
    tx: Tx, wanted: Sequence[tuple[int, int, int]], *, creative_since: datetime
) -> set[tuple[int, int]]:
    """Of (person, ad, creative) those that the person already has, as (person, ad)."""
    rows = await tx.rows(
        "list_delivered_before",
        person_ids=[person_id for person_id, _, _ in wanted],
        ad_ids=[ad_id for _, ad_id, _ in wanted],
        creative_ids=[creative_id for _, _, creative_id in wanted],
        creative_since=creative_since,
    )
    return {(row["person_id"], row["ad_id"]) for row in rows}


async def list_delivery_contacts(tx: Tx, *, person_id: int, ids: Sequence[int]) -> list[tuple[int, int]]:
    rows = await tx.rows("list_delivery_contacts", person_id=person_id, ids=ids)
    return [(row["person_id"], row["business_id"]) for row in rows]


async def lock_deliveries(tx: Tx, *, person_id: int, ids: Sequence[int]) -> list[Held]:
    """Lock, then read in a later statement."""
    await tx.run("lock_deliveries", person_id=person_id, ids=ids)
    return await tx.many(Held, "list_locked_deliveries", person_id=person_id, ids=ids)


async def post_deliveries(tx: Tx, *, person_id: int, ids: Sequence[int], at: datetime) -> int:
    return await tx.run("post_deliveries", person_id=person_id, ids=ids, at=at)


async def note_seen(tx: Tx, *, person_id: int, ids: Sequence[int], at: datetime) -> None:
    await tx.run("note_seen", person_id=person_id, ids=ids, at=at)


async def void_overdue_deliveries(tx: Tx, *, at: datetime, row_count: int) -> list[Voided]:
    return await tx.many(Voided, "void_overdue_deliveries", at=at, row_count=row_count)


async def list_withdrawable_of_contacts(tx: Tx, keys: Sequence[tuple[int, int | None]]) -> list[Held]:
    return await tx.many(
        Held,
        "list_withdrawable_of_contacts",
        person_ids=[person_id for person_id, _ in keys],
        business_ids=[business_id for _, business_id in keys],
    )


async def list_withdrawable_of_campaign(tx: Tx, *, campaign_id: int, row_count: int) -> list[Held]:
    return await tx.many(Held, "list_withdrawable_of_campaign", campaign_id=campaign_id, row_count=row_count)


async def list_withdrawable(tx: Tx, found: Sequence[Held]) -> list[Held]:
    return await tx.many(
        Held,
        "list_withdrawable",
        person_ids=[held.person_id for held in found],
        ids=[held.id for held in found],
    )


async def void_deliveries(tx: Tx, withdrawn: Sequence[tuple[Held, str]], *, at: datetime) -> list[Voided]:
    """Void what is held, and give the others their new reason; return what was held until now."""
    keys = {
        "person_ids": [held.person_id for held, _ in withdrawn],
        "ids": [held.id for held, _ in withdrawn],
        "reasons": [reason for _, reason in withdrawn],
    }
    await tx.run("note_withdrawn", **keys)
    return await tx.many(Voided, "void_deliveries", at=at, **keys)


async def list_unreturned(tx: Tx, *, row_count: int) -> list[Unreturned]:
    return await tx.many(Unreturned, "list_unreturned", row_count=row_count)


async def mark_returned(tx: Tx, unreturned: Sequence[Unreturned], *, at: datetime) -> list[Unreturned]:
    return await tx.many(
        Unreturned,
        "mark_returned",
        person_ids=[row.person_id for row in unreturned],
        ids=[row.id for row in unreturned],
        at=at,
    )


async def list_offers(tx: Tx, *, person_id: int, before: tuple[datetime, int] | None, row_count: int) -> list[Offer]:
    before_at, before_id = before or (None, None)
    return await tx.many(
        Offer, "list_offers", person_id=person_id, before_at=before_at, before_id=before_id, row_count=row_count
    )


async def find_why(tx: Tx, *, person_id: int, delivery_id: int) -> Why | None:
    return await tx.maybe(Why, "find_why", person_id=person_id, delivery_id=delivery_id)


async def find_campaign_business(tx: Tx, *, campaign_id: int) -> int | None:
    business_id: int | None = await tx.value("find_campaign_business", campaign_id=campaign_id)
    return business_id


async def note_replies(tx: Tx, told: Sequence[Told], *, since_days: int) -> list[Reply]:
    return await tx.many(
        Reply,
        "note_replies",
        person_ids=[message.person_id for message in told],
        thread_ids=[message.thread_id for message in told],
        positions=[message.position for message in told],
        ats=[message.at for message in told],
        since_days=since_days,
    )


async def note_objections(tx: Tx, objections: Sequence[tuple[int, int, str, datetime]], *, since_days: int) -> None:
    person_ids, business_ids, kinds, ats = (list(column) for column in zip(*objections, strict=True))
    await tx.run(
        "note_objections",
        person_ids=person_ids,
        business_ids=business_ids,
        kinds=kinds,
        ats=ats,
        since_days=since_days,
    )
