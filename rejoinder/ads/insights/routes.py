"""A campaign's report for its business: totals, hours, a sentence; the same as a file for spreadsheets."""

import csv
import io
from dataclasses import asdict
from datetime import datetime
from typing import Any

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from rejoinder.ads.insights import rules, store
from rejoinder.ads.insights.model import Hour, Totals
from rejoinder.business.profiles.commands import require_role
from rejoinder.db.transaction import Database, Tx
from rejoinder.units.errors import Missing
from rejoinder.units.ids import id_from_wire
from rejoinder.units.money import amount_text
from rejoinder.wire.auth import Viewer

HOURS_MAX = 24 * 31


class ReportHour(msgspec.Struct):
    """One hour, UTC."""

    at: datetime
    delivered_count: int
    seen_count: int
    replied_count: int
    spend_micros: int


class Report(msgspec.Struct):
    """What a campaign did. `charged_count` are the seen ones that were paid for; the others were seen too late to cost."""

    campaign_id: str
    name: str
    currency: str
    sentence: str
    delivered_count: int
    seen_count: int
    charged_count: int
    replied_count: int
    stopped_count: int
    blocked_count: int
    reported_count: int
    held_count: int
    void_count: int
    ghost_count: int
    spend_micros: int
    held_micros: int
    hours: list[ReportHour]


async def _read(tx: Tx, viewer: Viewer, business_id: str, campaign_id: str) -> tuple[Totals, list[Hour]]:
    business, campaign = id_from_wire(business_id), id_from_wire(campaign_id)
    await require_role(tx, business, viewer.person_id, ("owner", "advertiser"))
    totals = await store.find_report_totals(tx, business_id=business, campaign_id=campaign)
    if totals is None:
        raise Missing("There is no such campaign here.")
    return totals, await store.list_report_hours(tx, campaign_id=campaign, row_count=HOURS_MAX)


@get("/api/businesses/{business_id:str}/campaigns/{campaign_id:str}/report")
async def get_report(
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    business_id: FromPath[str],
    campaign_id: FromPath[str],
) -> Report:
    """The report of one campaign."""
    async with database.transaction() as tx:
        totals, hours = await _read(tx, viewer, business_id, campaign_id)
    return Report(
        campaign_id=campaign_id,
        sentence=rules.sentence_of(totals),
        hours=[ReportHour(**asdict(hour)) for hour in hours],
        **asdict(totals),
    )


@get("/api/businesses/{business_id:str}/campaigns/{campaign_id:str}/report.csv")
async def get_report_csv(
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    business_id: FromPath[str],
    campaign_id: FromPath[str],
) -> Response[str]:
    """The hours of the report as comma-separated values, amounts in units of the currency."""
    async with database.transaction() as tx:
        totals, hours = await _read(tx, viewer, business_id, campaign_id)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["hour_utc", "delivered", "seen", "replied", f"spend_{totals.currency}"])
    for hour in hours:
        spend = amount_text(hour.spend_micros)
        writer.writerow(
            [f"{hour.at:%Y-%m-%dT%H:00Z}", hour.delivered_count, hour.seen_count, hour.replied_count, spend]
        )
    disposition = f'attachment; filename="campaign-{id_from_wire(campaign_id)}.csv"'
    return Response(text.getvalue(), media_type="text/csv", headers={"Content-Disposition": disposition})


ROUTES: list[Any] = [get_report, get_report_csv]
