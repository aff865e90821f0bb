"""What is asked of a round: what each ad set charges and which budgets hold it. Arrays, units, limits; no people, no I/O.

Everything is a whole number of micro-units, so sums come out the same in any order, on any number of threads or machines. A
price is a whole number of millionths: how much a plan could be worth more with one more micro-unit in the budget.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

PRICE_SCALE = 1_000_000
# Of a value or a charge, in micro-units: a thousand units. Nobody pays the other: it is above any number of steps of any size.
# With them a value, less a price, less another value, fits into 32 bits.
AMOUNT_MAX, UNPAYABLE = 10**9, 2**30
PRICE_MAX = 2**50  # In millionths: a thousand million times the charge.
BUDGET_MAX = 2**53
PLACES_MAX = 8
DEGREE_MAX = 64  # Edges of one person.

# How people lie in memory and how they are counted; both kinds of kernels go by these.
LANES = 16
BINS = 32
KINDS, LOTS = 16, 256
NONE = 255


class ProblemError(ValueError):
    """What was handed over is no problem that can be solved; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Budgets:
    """Ad sets in campaigns in accounts.

    `charge` (micro-units, above 0) and `ad_set` (budget) have one entry per ad set, `campaign_of` says which campaign it
    belongs to; `campaign` has one budget per campaign, `account_of` its account; `account` one per account.
    """

    charge: Ints
    ad_set: Ints
    campaign_of: Ints
    campaign: Ints
    account_of: Ints
    account: Ints

    def __post_init__(self) -> None:
        require_ints(self.charge, "charge", least=1, most=AMOUNT_MAX)
        for name in ("ad_set", "campaign", "account"):
            require_ints(getattr(self, name), name, least=0, most=BUDGET_MAX)
        require_ints(self.campaign_of, "campaign_of", least=0, most=len(self.campaign) - 1)
        require_ints(self.account_of, "account_of", least=0, most=len(self.account) - 1)
        for name, wanted in (("ad_set", "charge"), ("campaign_of", "charge"), ("account_of", "campaign")):
            if len(getattr(self, name)) != len(getattr(self, wanted)):
                raise ProblemError(f"{name} has {len(getattr(self, name))} entries, {wanted} has another number")

    @property
    def count(self) -> int:
        """How many ad sets there are."""
        return len(self.charge)

    def spend(self, deliveries: Ints) -> "Levels":
        """What so many deliveries of each ad set cost each budget."""
        ad_set = deliveries * self.charge
        campaign = _sum_by(self.campaign_of, ad_set, len(self.campaign))
        return Levels(ad_set, campaign, _sum_by(self.account_of, campaign, len(self.account)))

    @property
    def limits(self) -> "Levels":
        """The budgets themselves."""
        return Levels(self.ad_set, self.campaign, self.account)


@dataclass(frozen=True, slots=True)
class Levels:
    """A number for every budget: amounts in micro-units or prices in millionths."""

    ad_set: Ints
    campaign: Ints
    account: Ints

    def dot(self, other: "Levels") -> int:
        """The sum of products, exactly: it may not fit into 64 bits."""
        return sum(int(one.astype(object) @ another) for one, another in zip(self, other, strict=True))

    def __iter__(self) -> Any:
        return iter((self.ad_set, self.campaign, self.account))

    def minus(self, other: "Levels") -> "Levels":
        """Entry by entry."""
        return Levels(self.ad_set - other.ad_set, self.campaign - other.campaign, self.account - other.account)


def price_per_delivery(budgets: Budgets, prices: Levels) -> Ints:
    """What a delivery of each ad set must be worth, in micro-units: the sum of its budgets' prices times its charge.

    Rounded down, so that the bound that rests on it is never too low.
    """
    per_micro = prices.ad_set + prices.campaign[budgets.campaign_of]
    per_micro = per_micro + prices.account[budgets.account_of][budgets.campaign_of]
    per_micro = np.minimum(per_micro, UNPAYABLE * PRICE_SCALE // budgets.charge + 1)  # so that the product fits
    return np.asarray(per_micro * budgets.charge // PRICE_SCALE, dtype=np.int64)


def _sum_by(groups: Ints, amounts: Ints, count: int) -> Ints:
    sums = np.zeros(count, dtype=np.int64)
    np.add.at(sums, groups, amounts)
    return sums


def require_ints(array: Any, name: str, *, least: int, most: int) -> None:
    """Refuse anything but a flat array of such numbers, by its name."""
    if not isinstance(array, np.ndarray) or array.ndim != 1 or array.dtype != np.int64:
        found = f"{array.ndim}-dimensional {array.dtype}" if isinstance(array, np.ndarray) else type(array).__name__
        raise ProblemError(f"{name} must be a flat array of int64, not {found}")
    if len(array) and (array.min() < least or array.max() > most):
        raise ProblemError(f"{name} must lie between {least} and {most}; it has {array.min()} to {array.max()}")
