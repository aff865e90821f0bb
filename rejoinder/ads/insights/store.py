"""The statements of reports as functions."""

from rejoinder.ads.insights.model import Hour, Totals
from rejoinder.db.transaction import Tx


async def find_report_totals(tx: Tx, *, business_id: int, campaign_id: int) -> Totals | None:
    return await tx.maybe(Totals, "find_report_totals", business_id=business_id, campaign_id=campaign_id)


async def list_report_hours(tx: Tx, *, campaign_id: int, row_count: int) -> list[Hour]:
    return await tx.many(Hour, "list_report_hours", campaign_id=campaign_id, row_count=row_count)
