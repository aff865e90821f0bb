"""The statements of the ledger as functions: rows in, rows out, no meaning."""

from collections.abc import Sequence
from datetime import date, datetime

from rejoinder.ads.ledger.model import AdAccount, Balances, Claim, Move, Return, Room, Transfer, TransferKind
from rejoinder.db.transaction import Tx
from rejoinder.units.ids import new_id

LEDGER_KINDS = ("funding", "credit", "holds", "revenue", "refunds")


async def insert_ad_account(tx: Tx, *, owner_id: int, name: str, currency: str, at: datetime) -> AdAccount:
    """Make it with its ledger accounts, or find the one there is."""
    await tx.run("insert_ad_account", id=new_id(), owner_id=owner_id, name=name, currency=currency, at=at)
    account = await find_ad_account_of_owner(tx, owner_id=owner_id, currency=currency)
    assert account is not None  # noqa: S101  inserted above or before
    await tx.run(
        "insert_ledger_accounts",
        ids=[new_id() for _ in LEDGER_KINDS],
        kinds=LEDGER_KINDS,
        ad_account_id=account.id,
        currency=currency,
    )
    return account


async def find_ad_account_of_owner(tx: Tx, *, owner_id: int, currency: str) -> AdAccount | None:
    return await tx.maybe(AdAccount, "find_ad_account_of_owner", owner_id=owner_id, currency=currency)


async def find_ad_account(tx: Tx, ad_account_id: int) -> AdAccount | None:
    return await tx.maybe(AdAccount, "find_ad_account", ad_account_id=ad_account_id)


async def list_ad_accounts(tx: Tx, *, after_id: int, row_count: int) -> list[AdAccount]:
    return await tx.many(AdAccount, "list_ad_accounts", after_id=after_id, row_count=row_count)


async def lock_ad_accounts(tx: Tx, ids: Sequence[int]) -> None:
    await tx.run("lock_ad_accounts", ids=ids)


async def lock_budgets(tx: Tx, claims: Sequence[Claim | Return], days: Sequence[date]) -> None:
    """Lock ad sets, campaigns and ad accounts, in this order, by primary key inside each."""
    for scope, scope_ids in (
        ("ad_set", [claim.ad_set_id for claim in claims]),
        ("campaign", [claim.campaign_id for claim in claims]),
    ):
        await tx.run("lock_budgets", scope=scope, scope_ids=scope_ids, days=days)
    await lock_ad_accounts(tx, [claim.ad_account_id for claim in claims])


async def read_room(tx: Tx, claims: Sequence[Claim], day: date) -> Room:
    rows = await tx.rows(
        "list_budget_room",
        ad_set_ids=[claim.ad_set_id for claim in claims],
        campaign_ids=[claim.campaign_id for claim in claims],
        day=day,
    )
    accounts = await tx.rows("list_account_room", ids=[claim.ad_account_id for claim in claims])
    return Room(
        ad_sets={row["scope_id"]: row["micros"] for row in rows if row["scope"] == "ad_set"},
        campaigns={row["scope_id"]: row["micros"] for row in rows if row["scope"] == "campaign"},
        ad_accounts={row["id"]: row["micros"] for row in accounts},
    )


async def commit_budgets(tx: Tx, changes: Sequence[Return]) -> None:
    """Add each amount (negative gives back) to its ad set and campaign, then to its ad account."""
    await tx.run(
        "commit_budgets",
        scopes=["ad_set"] * len(changes) + ["campaign"] * len(changes),
        scope_ids=[change.ad_set_id for change in changes] + [change.campaign_id for change in changes],
        days=[change.day for change in changes] * 2,
        amounts=[change.micros for change in changes] * 2,
    )
    await tx.run(
        "commit_ad_accounts",
        ids=[change.ad_account_id for change in changes],
        amounts=[change.micros for change in changes],
    )


async def move_limit(tx: Tx, *, ad_account_id: int, micros: int) -> None:
    await tx.run("move_limit", ad_account_id=ad_account_id, micros=micros)


async def insert_transfers(
    tx: Tx, kind: TransferKind, moves: Sequence[Move], *, legs: tuple[str, str], actor_id: int | None, at: datetime
) -> list[int]:
    """Insert those whose reference is new, with both legs; return the ids of the new ones."""
    drawn = {new_id(): move for move in moves}
    inserted = await tx.rows(
        "insert_transfers",
        ids=list(drawn),
        ad_account_ids=[move.ad_account_id for move in moves],
        references=[move.reference for move in moves],
        kind=kind,
        actor_id=actor_id,
        at=at,
    )
    ids: list[int] = [row["id"] for row in inserted]
    await tx.run(
        "insert_entries",
        transfer_ids=ids,
        ad_account_ids=[drawn[transfer_id].ad_account_id for transfer_id in ids],
        amounts=[drawn[transfer_id].micros for transfer_id in ids],
        debit=legs[0],
        credit=legs[1],
    )
    return ids


async def list_transfers_by_reference(tx: Tx, kind: TransferKind, moves: Sequence[Move]) -> list[Transfer]:
    return await tx.many(
        Transfer,
        "list_transfers_by_reference",
        kind=kind,
        ad_account_ids=[move.ad_account_id for move in moves],
        references=[move.reference for move in moves],
    )


async def list_statement(
    tx: Tx, *, ad_account_id: int, before: tuple[datetime, int] | None, row_count: int
) -> list[Transfer]:
    before_at, before_id = before or (None, None)
    return await tx.many(
        Transfer,
        "list_statement",
        ad_account_id=ad_account_id,
        before_at=before_at,
        before_id=before_id,
        row_count=row_count,
    )


async def read_balances(tx: Tx, ad_account_id: int) -> Balances:
    """Sums, seen from the payer: what is held for or was taken from them stands on the credit side."""
    sums = {row["kind"]: row["micros"] for row in await tx.rows("list_balances", ad_account_id=ad_account_id)}
    return Balances(
        funded_micros=sums["funding"],
        refunded_micros=-sums["refunds"],
        held_micros=-sums["holds"],
        spent_micros=-sums["revenue"],
        credit_micros=-sums["credit"],
    )


async def is_payer(tx: Tx, *, owner_id: int, person_id: int) -> bool:
    found: bool = await tx.value("is_payer", owner_id=owner_id, person_id=person_id)
    return found
