"""The verbs of money. Each is safe to repeat: its reference, or the state it starts from, finds the first.

Delivery leases in a short transaction (`lease`), holds at most that in the chunk's (`hold_many`), and afterwards gives back what
was not held or was voided (`lock_budgets`, then `return_many`). Seen is `post_many` alone: the budgets have counted it already.
"""

from collections.abc import Sequence
from datetime import date, datetime

from rejoinder.ads.ledger import rules, store
from rejoinder.ads.ledger.events import MoneyMoved
from rejoinder.ads.ledger.model import (
    AdAccount,
    AdAccountMissing,
    AmountInvalid,
    Claim,
    FundingRefused,
    FundingWay,
    Move,
    ReferenceReused,
    RefundRefused,
    Return,
    Transfer,
    TransferKind,
)
from rejoinder.db.transaction import Tx


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
    return await _move_external(tx, "fund", move, limit_change=move.micros, way=way, actor_id=actor_id, at=at)


async def refund(tx: Tx, move: Move, *, actor_id: int, at: datetime) -> Transfer:
    """Send free money back to the owner; the limit shrinks in the same transaction, never below what is committed."""
    account = await _lock_ad_account(tx, move)
    if found := await _find_transfer(tx, "refund", move):
        return found
    if refusal := rules.refusal_to_refund(account, move.micros):
        raise RefundRefused(refusal, field="amount_micros")
    return await _move_external(tx, "refund", move, limit_change=-move.micros, way="manual", actor_id=actor_id, at=at)


async def hold_many(tx: Tx, moves: Sequence[Move], *, at: datetime) -> list[Transfer]:
    """Reserve leased money: one transfer per ad account and chunk."""
    return await _transfer_many(tx, "hold", moves, at=at)


async def post_many(tx: Tx, moves: Sequence[Move], *, at: datetime) -> list[Transfer]:
    """Make held money final. Budgets do not move."""
    return await _transfer_many(tx, "post", moves, at=at)


async def void_many(tx: Tx, moves: Sequence[Move], *, at: datetime) -> list[Transfer]:
    """Release held money to the credit. Budgets get it back by `return_many`, later and in their own lock order."""
    return await _transfer_many(tx, "void", moves, at=at)


async def lease(tx: Tx, claims: Sequence[Claim], day: date) -> list[Claim]:
    """Commit as much of each claim as every limit allows. Return the claims with what they got, in the same order.

    A short transaction of its own: it locks budgets and ad accounts, which chunks and seens never do. The caller writes
    down what it leased in this same transaction, so that a dead worker's lease is found and given back.
    """
    assert all(claim.micros > 0 for claim in claims), "a claim is of an amount above zero"  # noqa: S101
    await store.lock_budgets(tx, claims, [day])
    granted = rules.grant(claims, await store.read_room(tx, claims, day))
    leased = [claim._replace(micros=micros) for claim, micros in zip(claims, granted, strict=True)]
    await store.commit_budgets(tx, [Return(*claim[:3], day, claim.micros) for claim in leased if claim.micros])
    return leased


async def lock_budgets(tx: Tx, keys: Sequence[Return]) -> None:
    """Take the budgets in their order, before anything is marked as returned. Amounts of the keys do not matter."""
    await store.lock_budgets(tx, keys, sorted({key.day for key in keys}))


async def return_many(tx: Tx, returns: Sequence[Return]) -> None:
    """Give back what was leased and not held, or held and voided: to the lifetime budgets and to the day it was held on.

    Never to another day. The caller took `lock_budgets` before it marked what it returns, and returns only what it marked.
    """
    assert all(back.micros >= 0 for back in returns), "a return is of no less than nothing"  # noqa: S101
    await store.commit_budgets(tx, [back._replace(micros=-back.micros) for back in returns])


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
    tx: Tx, kind: TransferKind, move: Move, *, limit_change: int, way: FundingWay, actor_id: int, at: datetime
) -> Transfer:
    await store.insert_transfers(tx, kind, [move], legs=rules.LEGS[kind], actor_id=actor_id, at=at)
    await store.move_limit(tx, ad_account_id=move.ad_account_id, micros=limit_change)
    [transfer] = await store.list_transfers_by_reference(tx, kind, [move])
    moved = MoneyMoved(move.ad_account_id, transfer.id, kind, move.micros, move.reference, way, actor_id, at)
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
