"""Rows and values of the ledger, and what can go wrong with money. Every amount is integer micro-units."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple, Protocol

from rejoinder.units.errors import Conflict, InputInvalid, Missing, NotAllowed, Refused

TransferKind = Literal["fund", "refund", "hold", "post", "void"]
FundingWay = Literal["test", "manual"]


class AdAccountMissing(Missing):
    code = "ad_account_missing"


class AmountInvalid(InputInvalid):
    code = "amount_invalid"


class FundingRefused(NotAllowed):
    code = "funding_refused"


class ReferenceReused(Conflict):
    code = "reference_reused"


class RefundRefused(Refused):
    code = "refund_refused"


class Market(Protocol):
    """The operator's terms: the one currency of prices, and the least that a seen message costs."""

    @property
    def currency(self) -> str: ...

    @property
    def reserve_micros(self) -> int: ...


@dataclass(frozen=True, slots=True)
class AdAccount:
    """Who pays, in one currency. `committed_micros` is posted + held + leased and never above the limit."""

    id: int
    owner_id: int
    name: str
    currency: str
    limit_micros: int
    committed_micros: int


@dataclass(frozen=True, slots=True)
class Balances:
    """Sums of entries. `credit` is what is neither held nor spent."""

    funded_micros: int
    refunded_micros: int
    held_micros: int
    spent_micros: int
    credit_micros: int


@dataclass(frozen=True, slots=True)
class Transfer:
    """A balanced movement, as a statement lists it."""

    id: int
    ad_account_id: int
    kind: TransferKind
    reference: str
    amount_micros: int
    at: datetime


class Move(NamedTuple):
    """So much of one ad account's money, under the reference by which a retry finds it."""

    ad_account_id: int
    micros: int
    reference: str


class Claim(NamedTuple):
    """What a chunk would like to lease for one ad set; as an answer, what it got."""

    ad_set_id: int
    campaign_id: int
    ad_account_id: int
    micros: int


class Return(NamedTuple):
    """Committed money that goes back to the budgets it came from, on its own budget day."""

    ad_set_id: int
    campaign_id: int
    ad_account_id: int
    day: date
    micros: int


@dataclass(frozen=True, slots=True)
class Room:
    """What may still be committed, by id: the least over the lifetime and the day's budget of each scope."""

    ad_sets: dict[int, int]
    campaigns: dict[int, int]
    ad_accounts: dict[int, int]
