"""One thin function per statement of `queries.sql`."""

from collections.abc import Sequence
from datetime import datetime

from rejoinder.business.entry_points.model import DoorChanges, EntryPoint
from rejoinder.db.transaction import Tx


async def insert_entry_point(tx: Tx, door: EntryPoint) -> int:
    return await tx.run(
        "insert_entry_point",
        id=door.id,
        code=door.code,
        business_id=door.business_id,
        kind=door.kind,
        label=door.label,
        ref=door.ref,
        prefill=door.prefill,
        at=door.created_at,
    )


async def find_handle_point(tx: Tx, business_id: int) -> EntryPoint | None:
    return await tx.maybe(EntryPoint, "find_handle_point", business_id=business_id)


async def find_entry_point(tx: Tx, code: str) -> EntryPoint | None:
    return await tx.maybe(EntryPoint, "find_entry_point", code=code)


async def lock_entry_point(tx: Tx, business_id: int, entry_point_id: int) -> None:
    await tx.run("lock_entry_point", business_id=business_id, id=entry_point_id)


async def find_own_entry_point(tx: Tx, business_id: int, entry_point_id: int) -> EntryPoint | None:
    return await tx.maybe(EntryPoint, "find_own_entry_point", business_id=business_id, id=entry_point_id)


async def set_entry_point(tx: Tx, entry_point_id: int, changes: DoorChanges) -> None:
    await tx.run(
        "set_entry_point",
        id=entry_point_id,
        label=changes.label,
        ref=changes.ref,
        prefill=changes.prefill,
        is_active=changes.is_active,
    )


async def count_entry_points(tx: Tx, business_id: int) -> int:
    return int(await tx.value("count_entry_points", business_id=business_id))


async def list_entry_points(
    tx: Tx, business_id: int, *, before: tuple[datetime, int] | None, row_count: int
) -> list[EntryPoint]:
    before_at, before_id = before or (None, None)
    return await tx.many(
        EntryPoint,
        "list_entry_points",
        business_id=business_id,
        before_at=before_at,
        before_id=before_id,
        row_count=row_count,
    )


async def list_owners_of_businesses(tx: Tx, business_ids: Sequence[int]) -> dict[int, int]:
    rows = await tx.rows("list_owners_of_businesses", business_ids=list(business_ids))
    return {row["business_id"]: row["owner_id"] for row in rows}
