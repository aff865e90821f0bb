"""The statements of rounds as functions: rows in, rows out, no meaning."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from rejoinder.ads.audiences.model import Audience
from rejoinder.ads.ledger.model import Claim
from rejoinder.ads.rounds.model import AdSetTerms, AdTerms, Allowance, Price, PricedAdSet, Reachable, Round
from rejoinder.db.transaction import Tx
from rejoinder.units.ids import new_id


async def find_running_round(tx: Tx) -> Round | None:
    return await tx.maybe(Round, "find_running_round")


async def find_newest_round(tx: Tx) -> Round | None:
    return await tx.maybe(Round, "find_newest_round")


async def last_round_started_at(tx: Tx) -> datetime | None:
    started_at: datetime | None = await tx.value("last_round_started_at")
    return started_at


async def list_startable_ad_sets(tx: Tx, *, at: datetime) -> list[AdSetTerms]:
    return await tx.many(AdSetTerms, "list_startable_ad_sets", at=at)


async def insert_round(tx: Tx, prices: Sequence[Price], *, at: datetime) -> int | None:
    """Return the new round's id, or None when another worker began one."""
    round_id: int | None = await tx.value("insert_round", id=new_id(), at=at)
    if round_id is not None:
        await tx.run(
            "insert_round_prices",
            round_id=round_id,
            ad_set_ids=[price.ad_set_id for price in prices],
            prices_micros=[price.price_micros for price in prices],
            charges_micros=[price.charge_micros for price in prices],
        )
    return round_id


async def lock_round(tx: Tx, *, round_id: int) -> Round:
    """Lock, then read in a later statement."""
    await tx.run("lock_round", round_id=round_id)
    found = await tx.maybe(Round, "get_round", round_id=round_id)
    assert found is not None, f"no round {round_id}"  # noqa: S101
    return found


async def list_priced_ad_sets(tx: Tx, *, round_id: int, at: datetime) -> list[PricedAdSet]:
    return await tx.many(PricedAdSet, "list_priced_ad_sets", round_id=round_id, at=at)


async def find_next_people(
    tx: Tx, business_ids: Sequence[int], *, after_home: int, people_count: int
) -> tuple[int | None, dict[int, int]]:
    """The end of the next range of people, None when there is nobody, and the contacts in it by business."""
    rows = await tx.rows(
        "list_next_people", business_ids=business_ids, after_home=after_home, people_count=people_count
    )
    until_home = rows[0]["until_home"] if rows else None
    return until_home, {row["business_id"]: row["contact_count"] for row in rows}


async def set_until(tx: Tx, *, round_id: int, until_home: int | None) -> None:
    await tx.run("set_round_until", round_id=round_id, until_home=until_home)


async def insert_allowances(tx: Tx, leased: Sequence[Claim], *, round_id: int, from_home: int, day: date) -> None:
    await tx.run(
        "insert_allowances",
        round_id=round_id,
        from_home=from_home,
        day=day,
        ad_set_ids=[claim.ad_set_id for claim in leased],
        campaign_ids=[claim.campaign_id for claim in leased],
        ad_account_ids=[claim.ad_account_id for claim in leased],
        leased_micros=[claim.micros for claim in leased],
    )


async def list_allowances(tx: Tx, *, round_id: int, from_home: int) -> list[Allowance]:
    return await tx.many(Allowance, "list_allowances", round_id=round_id, from_home=from_home)


async def hold_from_allowances(tx: Tx, held_micros: Mapping[int, int], *, round_id: int, from_home: int) -> None:
    await tx.run(
        "hold_from_allowances",
        round_id=round_id,
        from_home=from_home,
        ad_set_ids=list(held_micros.keys()),
        micros=list(held_micros.values()),
    )


async def delete_allowances(tx: Tx, *, round_id: int, from_home: int) -> None:
    await tx.run("delete_allowances", round_id=round_id, from_home=from_home)


async def find_unsettled_round(tx: Tx) -> int | None:
    round_id: int | None = await tx.value("find_unsettled_round")
    return round_id


async def list_unsettled_allowances(tx: Tx, *, round_id: int) -> list[Allowance]:
    return await tx.many(Allowance, "list_unsettled_allowances", round_id=round_id)


async def settle_allowances(tx: Tx, *, round_id: int, at: datetime) -> None:
    await tx.run("settle_allowances", round_id=round_id, at=at)


async def forget_allowances(tx: Tx, *, before: datetime) -> int:
    return await tx.run("forget_allowances", before=before)


async def lock_terms(tx: Tx, *, round_id: int) -> None:
    """Hold campaigns, ad sets and ads of the round still; decides nothing."""
    await tx.run("lock_round_campaigns", round_id=round_id)
    await tx.run("lock_round_ad_sets", round_id=round_id)
    await tx.run("lock_round_ads", round_id=round_id)


async def list_deliverable_ads(tx: Tx, *, round_id: int, at: datetime) -> list[AdTerms]:
    return await tx.many(_ad_terms, "list_deliverable_ads", round_id=round_id, at=at)


def _ad_terms(audience: Any, **columns: Any) -> AdTerms:
    return AdTerms(audience=msgspec.convert(audience, Audience), **columns)


async def list_reachable(tx: Tx, business_ids: Sequence[int], *, after_home: int, until_home: int) -> list[Reachable]:
    return await tx.many(
        Reachable, "list_reachable", business_ids=business_ids, after_home=after_home, until_home=until_home
    )


async def move_round(tx: Tx, *, round_id: int) -> None:
    await tx.run("move_round", round_id=round_id)


async def finish_round(tx: Tx, *, round_id: int, at: datetime) -> None:
    await tx.run("finish_round", round_id=round_id, at=at)
