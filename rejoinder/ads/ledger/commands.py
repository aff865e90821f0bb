"""The verbs of money. Each is safe to repeat: its reference, or the state it starts from, finds the first.

Delivery leases in a short transaction (`lease`), uses what it leased in the chunk's (`take`, `hold_many`, `settle`), and a job
gives back what was not used (`return_leftovers`) or was voided (`lock_budgets`, `return_many`). Seen is `post_many` alone.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from rejoinder.ads.ledger import rules, store
from rejoinder.ads.ledger.events import MoneyMoved
from rejoinder.ads.ledger.model import (
    AdAccount,
    AdAccountMissing,
    Allowance,
    AllowanceGone,
    AmountInvalid,
    Claim,
    FundingWay,
    Move,
    ReferenceReused,
    RefundRefused,
    Return,
    FundingRefused,
    Transfer,
    TransferKind,
)
from rejoinder.db.transaction import Tx
from rejoinder.units.ids import new_id

ALLOWANCE_LASTS = timedelta(minutes=2)  # a chunk takes 20 ms; whoever needs longer is dead
ALLOWANCE_KEPT = timedelta(days=30)


async def open_ad_account(tx: Tx, *, owner_id: int, name: str, currency: str, at: datetime) -> AdAccount:
    """The owner's ad account in this currency, made when there is none."""
    return await store.insert_ad_account(tx, owner_id=owner_id, name=name, currency=currency, at=at)


async def fund(
    tx: Tx, move: Move, *, way: FundingWay, is_test: bool, is_operator: bool, actor_id: int, at: datetime
) -> Transfer:
    """Add money; the limit grows in the same transaction. The same reference again returns the first transfer."""
    if refusal := rules.refusal_to_fund(way, is_test=is_test, is_operator=is_operator):
        raise FundingRefused(refusal)
    account = await _lock_ad_account(tx, move)
    move = move._replace(reference=f"{way}/{move.reference}")
    if found := await _find_transfer(tx, "fund", move):
        return found
    if problem := rules.problem_with_amount(account.limit_micros + move.micros):
        raise AmountInvalid(problem, field="amount_micros")
    return await _move_external(tx, "fund", move, limit_change=move.micros, actor_id=actor_id, at=at)


async def refund(tx: Tx, move: Move, *, actor_id: int, at: datetime) -> Transfer:
    """Send free money back to the owner; the limit shrinks in the same transaction, never below what is committed."""
    account = await _lock_ad_account(tx, move)
    if found := await _find_transfer(tx, "refund", move):
        return found
    if refusal := rules.refusal_to_refund(account, move.micros):
        raise RefundRefused(refusal, field="amount_micros")
    return await _move_external(tx, "refund", move, limit_change=-move.micros, actor_id=actor_id, at=at)


async def hold_many(tx: Tx, moves: Sequence[Move], *, at: datetime) -> list[Transfer]:
    """Reserve leased money: one transfer per ad account and chunk."""
    return await _transfer_many(tx, "hold", moves, at=at)


async def post_many(tx: Tx, moves: Sequence[Move], *, at: datetime) -> list[Transfer]:
    """Make held money final. Budgets do not move: they have counted it since it was leased."""
    return await _transfer_many(tx, "post", moves, at=at)


async def void_many(tx: Tx, moves: Sequence[Move], *, at: datetime) -> list[Transfer]:
    """Release held money to the credit. Budgets get it back by `return_many`, later and in their own lock order."""
    return await _transfer_many(tx, "void", moves, at=at)


async def lease(tx: Tx, claims: Sequence[Claim], day: date, *, at: datetime) -> list[Allowance]:
    """Commit as much of each claim as every limit allows; claims that get nothing are left out.

    A short transaction of its own: it locks budgets and ad accounts, which chunks and seens never do.
    """
    if any(claim.micros <= 0 for claim in claims):
        raise AmountInvalid("A claim is of an amount above zero.")
    await store.lock_budgets(tx, claims, [day])
    granted = rules.grant(claims, await store.read_room(tx, claims, day))
    allowances = [
        Allowance(new_id(), claim.ad_set_id, claim.campaign_id, claim.ad_account_id, day, micros)
        for claim, micros in zip(claims, granted, strict=True)
        if micros > 0
    ]
    await store.commit_budgets(tx, [_return_of(allowance) for allowance in allowances])
    await store.insert_allowances(tx, allowances, day=day, expires_at=at + ALLOWANCE_LASTS)
    return allowances


async def take(tx: Tx, allowance_ids: Sequence[int]) -> list[Allowance]:
    """Lock the chunk's allowances as the first thing in its transaction; those that expired meanwhile end the chunk."""
    allowances = await store.lock_open_allowances(tx, allowance_ids)
    if len(allowances) != len(set(allowance_ids)):
        raise AllowanceGone("The leased money was given back because the chunk took too long; lease again.")
    return allowances


async def settle(tx: Tx, held: dict[int, int]) -> None:
    """In the chunk's transaction: say how much of each allowance became holds (0 for none)."""
    if await store.settle_allowances(tx, held) != len(held):
        raise AllowanceGone("An allowance is settled once, by the chunk that took it.")


async def return_leftovers(tx: Tx, *, at: datetime, row_count: int = 500) -> int:
    """Give back what chunks leased and did not hold, and what dead workers leased. Return how many were handled."""
    ids, keys = await store.list_unreturned_allowances(tx, at=at, row_count=row_count)
    if ids:
        await lock_budgets(tx, keys)
        await store.commit_budgets(tx, [_negative(row) for row in await store.mark_allowances_returned(tx, ids, at=at)])
    return len(ids)


async def lock_budgets(tx: Tx, keys: Sequence[Return]) -> None:
    """Take the budgets in their order, before any delivery is marked as returned. Amounts of the keys do not matter."""
    await store.lock_budgets(tx, keys, sorted({key.day for key in keys}))


async def return_many(tx: Tx, returns: Sequence[Return]) -> None:
    """Give voided money back to its lifetime budgets and to the day it was held on, never to another day.

    The caller took `lock_budgets` before it marked what it returns.
    """
    await store.commit_budgets(tx, [_negative(row) for row in returns])


async def forget_allowances(tx: Tx, *, at: datetime) -> int:
    """Retention of what was returned long ago."""
    return await store.delete_old_allowances(tx, before=at - ALLOWANCE_KEPT)


async def _lock_ad_account(tx: Tx, move: Move) -> AdAccount:
    if problem := rules.problem_with_amount(move.micros):
        raise AmountInvalid(problem, field="amount_micros")
    await store.lock_ad_accounts(tx, [move.ad_account_id])
    account = await store.find_ad_account(tx, move.ad_account_id)
    if account is None:
        raise AdAccountMissing("There is no such ad account.")
    return account


async def _find_transfer(tx: Tx, kind: TransferKind, move: Move) -> Transfer | None:
    found = await store.list_transfers_by_reference(tx, kind, [move])
    return _same(found, [move])[0] if found else None


async def _move_external(
    tx: Tx, kind: TransferKind, move: Move, *, limit_change: int, actor_id: int, at: datetime
) -> Transfer:
    await store.insert_transfers(tx, kind, [move], legs=rules.LEGS[kind], actor_id=actor_id, at=at)
    await store.move_limit(tx, ad_account_id=move.ad_account_id, micros=limit_change)
    [transfer] = await store.list_transfers_by_reference(tx, kind, [move])
    moved = MoneyMoved(move.ad_account_id, transfer.id, kind, move.micros, actor_id, at)
    await tx.publish([moved], at=at)
    return transfer


async def _transfer_many(tx: Tx, kind: TransferKind, moves: Sequence[Move], *, at: datetime) -> list[Transfer]:
    assert all(move.micros > 0 for move in moves), "a transfer moves an amount above zero"  # noqa: S101
    if not moves:
        return []
    await store.insert_transfers(tx, kind, moves, legs=rules.LEGS[kind], actor_id=None, at=at)
    return _same(await store.list_transfers_by_reference(tx, kind, moves), moves)


def _same(found: list[Transfer], moves: Sequence[Move]) -> list[Transfer]:
    """What stands under a reference must be what was asked for."""
    amounts = {(transfer.ad_account_id, transfer.reference): transfer.amount_micros for transfer in found}
    if any(amounts.get((move.ad_account_id, move.reference)) != move.micros for move in moves):
        raise ReferenceReused("This reference was used for another amount.", field="reference")
    return found


def _return_of(allowance: Allowance) -> Return:
    return Return(
        allowance.ad_set_id,
        allowance.campaign_id,
        allowance.ad_account_id,
        allowance.day,
        allowance.granted_micros,
    )


def _negative(row: Return) -> Return:
    return row._replace(micros=-row.micros)
