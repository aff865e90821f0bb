"""How much of each claim may be leased, which ledger accounts a transfer moves between, who may add money. Pure."""

from collections.abc import Sequence

from rejoinder.ads.ledger.model import AdAccount, Claim, FundingWay, Room, TransferKind
from rejoinder.units.money import MICROS_MAX, amount_text

# (debit, credit): the first grows, the second shrinks, by the same amount.
LEGS: dict[TransferKind, tuple[str, str]] = {
    "fund": ("funding", "credit"),
    "refund": ("credit", "refunds"),
    "hold": ("credit", "holds"),
    "post": ("holds", "revenue"),
    "void": ("holds", "credit"),
}


def grant(claims: Sequence[Claim], room: Room) -> list[int]:
    """Give each claim, in the order given, what its ad set, campaign and ad account all still have room for.

    An unknown scope has no room. Nothing is given beyond a limit in the hope that some will stay unseen.
    """
    ad_sets, campaigns, ad_accounts = dict(room.ad_sets), dict(room.campaigns), dict(room.ad_accounts)
    granted = []
    for claim in claims:
        levels = (
            (ad_sets, claim.ad_set_id),
            (campaigns, claim.campaign_id),
            (ad_accounts, claim.ad_account_id),
        )
        micros = max(0, min(claim.micros, *(level.get(key, 0) for level, key in levels)))
        for level, key in levels:
            level[key] = level.get(key, 0) - micros
        granted.append(micros)
    return granted


def problem_with_amount(micros: int) -> str | None:
    """Say why this cannot be an amount of money to move."""
    if micros <= 0:
        return "Enter an amount above zero."
    if micros > MICROS_MAX:
        return f"Enter at most {amount_text(MICROS_MAX)}; anything larger is surely a slip."
    return None


def refusal_to_fund(way: FundingWay, *, is_test: bool, is_operator: bool) -> str | None:
    """Say why money may not come in this way. A further way of paying is one more case here and a route that uses it."""
    match way:
        case "test":
            return None if is_test else "Test money exists only on a test installation."
        case "manual":
            return None if is_operator else "Only the operator can record a transfer that arrived."


def refusal_to_refund(account: AdAccount, micros: int) -> str | None:
    """Say why so much cannot go back: what is spent, held or leased stays."""
    free = account.limit_micros - account.committed_micros
    if micros > free:
        return f"At most {amount_text(free)} {account.currency} can go back; the rest is spent or reserved."
    return None
