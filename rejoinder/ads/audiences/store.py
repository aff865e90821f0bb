"""The statement of audiences as a function: rows in, rows out, no meaning."""

from rejoinder.ads.audiences.model import Wrote
from rejoinder.db.transaction import Tx
from rejoinder.units.ids import ID_MAX


async def list_wrote(tx: Tx, *, business_id: int, start_id: int, row_count: int) -> list[Wrote]:
    """Contacts that wrote, in the order of the circle of person ids from `start_id` on, once around."""
    found: list[Wrote] = []
    for from_id, until_id in ((start_id, ID_MAX), (0, start_id)):
        rows = await tx.rows(
            "list_wrote_from",
            business_id=business_id,
            from_id=from_id,
            until_id=until_id,
            row_count=row_count - len(found),
        )
        found += [
            Wrote(
                row["person_id"],
                row["last_wrote_at"],
                (row["last_wrote_entry_point_id"], row["opened_entry_point_id"]),
                row["language"],
            )
            for row in rows
        ]
    return found
