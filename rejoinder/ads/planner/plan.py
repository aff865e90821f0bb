"""From prices to deliveries that every budget can pay, and how far from the best they can be at most.

At the prices found people wish. Where more wish than money allows, those go first to whom it is worth most beyond its price,
and lots decide among like ones; what is left goes round again at lower prices. Lots are drawn from people's keys, so the plan
does not depend on how people lie in files. The difference between the plan's worth and the bound, which no plan can exceed,
is the certified gap.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from rejoinder.ads.planner.chunks import Chunk, People
from rejoinder.ads.planner.desk import Crowd, Grants, clear, count_lots, given, grant, wish
from rejoinder.ads.planner.problem import (
    KINDS,
    LANES,
    LOTS,
    NONE,
    PRICE_SCALE,
    UNPAYABLE,
    Budgets,
    Ints,
    Levels,
    ProblemError,
    price_per_delivery,
    require_ints,
)
from rejoinder.ads.planner.solver import Pass, Solution

# Shares of the prices at which people wish, one round after the other: what the first left because many wished for the same
# goes to the next best, at last to anybody to whom it is worth anything. (More shares between them closed the gap of a
# million people by 0.0003 % of the bound and took twice as long.)
ROUNDS = (1.0, 0.9, 0.0)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a round should do and how good that is.

    `prices` are those that deliveries were given out at. `deliveries` of each ad set, `spend` of each budget and `value`, the
    sum of what they are worth, in micro-units; no plan is worth more than `bound`, the least that any pass found.
    `rounding_micros`: by how much rounding values to steps can have changed what one plan is worth. `choices`: of each chunk,
    for each bucket, the chosen edges [line, place, lane].
    """

    prices: Levels
    deliveries: Ints
    spend: Levels
    value: int
    bound: int
    rounding_micros: int
    log: tuple[Pass, ...]
    choices: tuple[tuple[Any, ...], ...]

    @property
    def gap(self) -> float:
        """The share of the bound that the plan may be short of the best one."""
        return 0.0 if self.bound == 0 else 1 - self.value / self.bound


def deliver(
    budgets: Budgets,
    crowd: Crowd,
    solution: Solution,
    *,
    salt: Ints,
    on_round: Callable[[int], None] = lambda _: None,
) -> Plan:
    """Make a plan of prices.

    `salt` (0 to 255) of each ad set: people draw another lot for each that has another salt. An ad set that had to refuse
    somebody is closed from then on, or the refused would go on wishing for it and ask for nothing else. `on_round` hears
    the number of each round that is done.
    """
    require_ints(salt, "salt", least=0, most=LOTS - 1)
    if len(salt) != budgets.count:
        raise ProblemError(f"there are {budgets.count} ad sets, and {len(salt)} salts")
    rounding = sum(crowd.each(clear))
    left, value, deliveries = budgets.limits, 0, np.zeros(budgets.count, np.int64)
    is_open = np.ones(budgets.count, np.bool_)
    for number, share in enumerate(ROUNDS, start=1):
        price = np.rint(price_per_delivery(budgets, solution.prices) * share).astype(np.int64)
        is_open &= _affordable(budgets, left) > 0
        price = np.where(is_open, price, UNPAYABLE)
        by_kind = crowd.total(partial(wish, price), np.zeros((budgets.count, KINDS), np.int64)).cumsum(axis=1)
        allowed = _granted(budgets, left, by_kind, salt)
        # The kind that is granted in part; one that nobody has where all are granted.
        last = (by_kind <= allowed[:, None]).sum(axis=1)
        granted, cut = _before(by_kind, last), np.zeros_like(last)
        short = np.flatnonzero(last < KINDS)
        if len(short):
            lots = crowd.total(
                partial(count_lots, Grants(price, salt, last, cut)), np.zeros((budgets.count, LOTS), np.int64)
            )
            by_lot = granted[short, None] + lots[short].cumsum(axis=1)
            cut[short] = (by_lot <= allowed[short, None]).sum(axis=1)
            granted[short] = np.maximum(granted[short], _before(by_lot, cut[short]))
        if granted.any():
            value += crowd.total(partial(grant, Grants(price, salt, last, cut)), 0)
        is_open &= granted == by_kind[:, -1]
        deliveries += granted
        left = left.minus(budgets.spend(granted))
        assert all((one >= 0).all() for one in left), "a budget was overspent"  # noqa: S101  the promise of this module
        on_round(number)
    spent = budgets.spend(deliveries)
    made = tuple(crowd.each(given))
    return Plan(solution.prices, deliveries, spent, value, solution.bound, rounding, solution.log, made)


def _before(sums: Ints, column: Ints) -> Ints:
    """Of sums along rows the one that ends before a column; nothing before the first."""
    return np.where(column > 0, sums[np.arange(len(sums)), np.maximum(column, 1) - 1], 0)


def _affordable(budgets: Budgets, left: Levels) -> Ints:
    """How many deliveries each ad set could pay if it were alone."""
    account = left.account[budgets.account_of]
    campaign = np.minimum(left.campaign, account)[budgets.campaign_of]
    return np.asarray(np.minimum(left.ad_set, campaign) // budgets.charge)


def _granted(budgets: Budgets, left: Levels, by_kind: Ints, salt: Ints) -> Ints:
    """How many wishes of each ad set its budgets allow, the best kinds first, also among the ad sets of a campaign or account.

    `by_kind`: wishes up to each kind. The kind for which a campaign or an account is short is shared out among its ad sets.
    """
    allowed = np.minimum(by_kind, (left.ad_set // budgets.charge)[:, None])
    for groups, limit in (
        (budgets.campaign_of, left.campaign),
        (budgets.account_of[budgets.campaign_of], left.account),
    ):
        spend = np.zeros((len(limit), KINDS), np.int64)
        np.add.at(spend, groups, allowed * budgets.charge[:, None])
        whole = (spend <= limit[:, None]).sum(axis=1)
        granted = _before(allowed, whole[groups])
        wished = _before(allowed, np.minimum(whole[groups] + 1, KINDS)) - granted
        rest = limit - _before(spend, whole)
        granted += _shared(wished, rest, groups, budgets.charge, salt)
        allowed = np.minimum(allowed, granted[:, None])
    return np.asarray(allowed[:, -1], dtype=np.int64)


def _shared(wished: Ints, rest: Ints, groups: Ints, charge: Ints, salt: Ints) -> Ints:
    """Where a group has too little for its wishes, all are cut by the same share.

    What that leaves for want of whole deliveries goes one by one to those that lost the largest part of one.
    """
    spend = np.zeros(len(rest), np.int64)
    np.add.at(spend, groups, wished * charge)
    is_short = (spend > rest)[groups]
    share = np.where(is_short, wished * (rest / np.maximum(1, spend))[groups] * (1 - 1e-12), wished)
    granted = np.floor(share).astype(np.int64)
    rest = rest.copy()
    np.subtract.at(rest, groups, granted * charge)
    for ad_set in np.lexsort((salt, granted - share))[: int(is_short.sum())]:
        group = groups[ad_set]
        if is_short[ad_set] and granted[ad_set] < wished[ad_set] and charge[ad_set] <= rest[group]:
            granted[ad_set] += 1
            rest[group] -= charge[ad_set]
    return granted


def chosen_ad_sets(chunk: Chunk, choice: Sequence[Any]) -> tuple[Ints, Ints]:
    """For a chunk that kept its people: the row and the ad set of every delivery, by row and ad set."""
    if chunk.people is None:
        raise ProblemError("the chunk did not keep its people: build it with keeps_people=True")
    rows, ad_sets, start = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], 0
    for bucket, chosen in zip(chunk.buckets, choice, strict=True):
        line, place, lane = np.nonzero(chosen != NONE)
        rows.append(chunk.people[start + line * LANES + lane])
        ad_sets.append(bucket.ids[line, chosen[line, place, lane], lane].astype(np.int64))
        start += len(chosen) * LANES
    row, ad_set = np.concatenate(rows), np.concatenate(ad_sets)
    order = np.lexsort((ad_set, row))
    return row[order], ad_set[order]


def as_given(budgets: Budgets, plan: Plan, parts: Sequence[tuple[People, Chunk]]) -> tuple[float, float]:
    """What the plan is worth, and what no plan exceeds by the plan's prices, in the values as given, before they became steps.

    `parts`: all people, and the chunks that were made of them and planned, which kept them. Rounding has no part in the
    difference. Where the search came to rest it is the plan's gap but for rounding; else the plan's bound is of other prices.
    """
    price, worth, margins = price_per_delivery(budgets, plan.prices), 0.0, 0.0
    for (people, chunk), choice in zip(parts, plan.choices, strict=True):
        owner = np.repeat(np.arange(len(people.places)), np.diff(people.offset))
        row, ad_set = chosen_ad_sets(chunk, choice)
        is_chosen = np.isin(owner * budgets.count + people.ad_set, row * budgets.count + ad_set)
        margin = people.value - price[people.ad_set]
        order = np.lexsort((-margin, owner))
        rank = np.arange(len(owner)) - people.offset[owner]
        worth += people.value[is_chosen].sum()
        margins += np.maximum(margin[order], 0)[rank < people.places[owner]].sum()
    return worth, margins + plan.prices.dot(budgets.limits) / PRICE_SCALE
