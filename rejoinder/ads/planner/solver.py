"""Find the prices: each pass asks every person once, and every budget then takes the price at which it would be just enough.

Synchronous coordinate descent on the dual (Zhang and others, WWW 2020). A pass returns, for the prices it was given, the
exact bound on what any plan could be worth, and per ad set a histogram of the prices at which people would stop taking it.
From those each budget's best answer to the others is read off, all at once; windows close in around it. When the bound rises
twice the answers are taken by halves. Prices of campaigns and accounts come from the same curves: an ad set pays the highest
of what it, its campaign and its account need, each with the prices inside it as they are.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from rejoinder.ads.planner.chunks import STEPS_MAX
from rejoinder.ads.planner.desk import Crowd, Part, Windows, best_kernels, in_threads, sampled, step
from rejoinder.ads.planner.problem import (
    AMOUNT_MAX,
    BINS,
    PRICE_MAX,
    PRICE_SCALE,
    Budgets,
    Ints,
    Levels,
    ProblemError,
    price_per_delivery,
    require_ints,
)

HALVINGS = 36  # Of a range of 2 ** 53, in ratios: then a price is known to a billionth of itself.
NOTHING = 1e-7  # A price below a millionth.
MIDDLE = BINS // 2


@dataclass(frozen=True, slots=True)
class Pass:
    """A line of the log. `bound`: micro-units that no plan exceeds."""

    number: int
    bound: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Solution:
    """Prices in millionths to give deliveries out at, the least bound seen, and what each pass found."""

    prices: Levels
    bound: int
    log: tuple[Pass, ...]


@dataclass(slots=True)
class _Search:
    """What is known between passes: prices per delivery, how far around them to look and at most, and the bounds so far."""

    price: Ints
    reach: Ints
    most: Ints
    rises: int = 0
    log: list[Pass] = field(default_factory=list)


def solve(
    budgets: Budgets,
    crowd: Crowd,
    *,
    value_max: Ints,
    start: Levels | None = None,
    passes_max: int = 50,
    improvement_min: float = 1e-4,
    on_pass: Callable[[Pass], None] = lambda _: None,
) -> Solution:
    """Pass after pass until two in a row lower the bound by less than a share of it, or `passes_max`.

    `value_max`: the most that a delivery of each ad set may be worth. `start`: prices of an earlier round. `on_pass` hears
    of each pass.
    """
    require_ints(value_max, "value_max", least=0, most=AMOUNT_MAX)
    if passes_max < 1:
        raise ProblemError("it takes at least one pass")
    prices = _zero(budgets) if start is None else _checked(start, budgets)
    if len(crowd.step_of) != budgets.count or len(value_max) != budgets.count:
        raise ProblemError(f"there are {budgets.count} ad sets, and steps or values for another number")
    price = price_per_delivery(budgets, prices)
    reach = value_max * MIDDLE // (BINS - 1) + 1 if start is None else price * 3 // 10 + value_max // 100 + 1
    search = _Search(price, reach, crowd.step_of * STEPS_MAX)
    best, idle = Solution(prices, 2**63, ()), 0
    for number in range(1, passes_max + 1):
        began = time.perf_counter()
        windows = _windows_around(search)
        nothing = Part(0, np.zeros((budgets.count, BINS), np.int64))
        part = crowd.total(partial(step, search.price, windows), nothing)
        above = part.histogram[:, ::-1].cumsum(axis=1)[:, ::-1]
        bound = part.margins + -(-prices.dot(budgets.limits) // PRICE_SCALE)
        search.log.append(Pass(number, bound, time.perf_counter() - began))
        on_pass(search.log[-1])
        idle = _idle(idle, best.bound, search.log, improvement_min)
        if bound < best.bound:
            best = Solution(prices, bound, ())
        if idle == 2:
            break
        prices = _answer(budgets, search, windows, above, prices)
    else:  # Still on the way: the answers to the last pass are nearer than what it asked with.
        best = replace(best, prices=prices)
    return replace(best, log=tuple(search.log))


def start_from_sample(budgets: Budgets, crowd: Crowd, *, value_max: Ints, lots: int, seed: int = 0) -> Levels | None:
    """Prices at which so many of 256 people, whom the seed picks, and as large a part of the money are best off.

    Saves one or two passes over everybody. The sample is planned here, in one thread; None where nobody was drawn.
    """
    drawn = crowd.each(partial(sampled, lots, seed))
    people_count = sum(count for count, _ in drawn)
    drawn_count = sum(chunk.people_count for _, chunk in drawn)
    if not drawn_count:
        return None
    share = drawn_count / people_count
    ad_set, campaign, account = (np.floor(limit * share).astype(np.int64) for limit in budgets.limits)
    part = replace(budgets, ad_set=ad_set, campaign=campaign, account=account)
    return solve(part, in_threads([chunk for _, chunk in drawn], crowd.step_of), value_max=value_max).prices


def _idle(before: int, least: int, log: list[Pass], improvement_min: float) -> int:
    """How many passes in a row have come to nothing: no better than the best, and no other than the one before either."""
    bound = log[-1].bound
    if least - bound > improvement_min * bound:
        return 0
    moves = len(log) > 1 and abs(log[-2].bound - bound) > improvement_min * bound
    return before if moves else before + 1


def _zero(budgets: Budgets) -> Levels:
    return Levels(*(np.zeros(len(limit), np.int64) for limit in budgets.limits))


def _checked(start: Levels, budgets: Budgets) -> Levels:
    for given, limit in zip(start, budgets.limits, strict=True):
        require_ints(given, "start", least=0, most=PRICE_MAX)
        if len(given) != len(limit):
            raise ProblemError("the prices to start from must be one for each budget")
    return start


def _windows_around(search: _Search) -> Windows:
    """Bins so wide that half of them cover the reach, laid so that one begins at the price itself."""
    shift = np.ceil(np.log2(np.maximum(1, search.reach / MIDDLE))).astype(np.int64)
    edge = np.minimum(MIDDLE, search.price >> shift)
    return Windows(search.price - (edge << shift), shift)


def _answer(budgets: Budgets, search: _Search, windows: Windows, above: Ints, prices: Levels) -> Levels:
    """Everybody's best answer to everybody's present price, and the next windows."""
    wanted = _best_answers(budgets, windows, above)
    if len(search.log) > 1 and search.log[-1].bound > search.log[-2].bound:
        search.rises += 1
    if search.rises > 1:
        wanted = Levels(*((one + old) // 2 for one, old in zip(wanted, prices, strict=True)))
    lowest, highest = windows.low, windows.low + ((BINS - 1) << windows.shift)
    ideal = price_per_delivery(budgets, wanted)
    is_outside = ((ideal < lowest) & (lowest > 0)) | (ideal > highest)
    moved = np.abs(ideal - search.price)
    search.reach = np.clip(
        np.where(is_outside, 2 * search.reach, np.maximum(2 * moved, 2 << windows.shift)), 1, search.most
    )
    search.price = ideal
    return wanted


def _best_answers(budgets: Budgets, windows: Windows, above: Ints) -> Levels:
    """The least prices at which every budget is enough, from the inside out, if thresholds lie as the histograms say."""
    ceiling = _ceiling(budgets, windows)
    demand = _demand(budgets, windows, above)

    def ad_set_spend(per_micro: Any) -> Any:
        return demand(per_micro) * budgets.charge

    campaign_of, account_of = budgets.campaign_of, budgets.account_of
    own = _least(ad_set_spend, budgets.ad_set, ceiling)

    def campaign_spend(y: Any) -> Any:
        return np.bincount(campaign_of, ad_set_spend(np.maximum(own, y[campaign_of])), len(budgets.campaign))

    most = np.zeros(len(budgets.campaign))
    np.maximum.at(most, campaign_of, ceiling)
    campaign = _least(campaign_spend, budgets.campaign, most)

    def account_spend(z: Any) -> Any:
        return np.bincount(account_of, campaign_spend(np.maximum(campaign, z[account_of])), len(budgets.account))

    most_of_all = np.zeros(len(budgets.account))
    np.maximum.at(most_of_all, account_of, most)
    account = _least(account_spend, budgets.account, most_of_all)
    above_account = np.maximum(0, campaign - account[account_of])
    above_campaign = np.maximum(0, own - np.maximum(campaign, account[account_of])[campaign_of])
    return Levels(*(_in_millionths(one) for one in (above_campaign, above_account, account)))


def _demand(budgets: Budgets, windows: Windows, above: Ints) -> Callable[[Any], Any]:
    """Deliveries of each ad set at prices per micro-unit: straight lines between the bins' beginnings, and on below them."""
    curve = np.column_stack([above, np.zeros(budgets.count)])  # none at the end of the last bin
    below = (curve[:, 0] - curve[:, BINS - 1]) / (BINS - 1)
    wide = np.ldexp(1.0, windows.shift.astype(np.int32))
    per_bin, low = budgets.charge / wide, windows.low / wide
    read = best_kernels().read_curve
    return lambda per_micro: read(curve, below, per_micro * per_bin - low)


def _least(spend: Callable[[Any], Any], budget: Ints, ceiling: Any) -> Any:
    """For each budget the least price at which the spend fits, by halving ratios; spend falls as prices rise."""
    low, high = np.full(len(budget), NOTHING), np.maximum(ceiling, NOTHING)
    for _ in range(HALVINGS):
        middle = np.sqrt(low * high)
        fits = spend(middle) <= budget
        low, high = np.where(fits, low, middle), np.where(fits, middle, high)
    return np.where(spend(np.zeros(len(budget))) <= budget, 0.0, high)


def _ceiling(budgets: Budgets, windows: Windows) -> Any:
    """Beyond the last bin's end nothing is known; the next window lies there if it must."""
    return np.minimum((windows.low + (BINS << windows.shift)) / budgets.charge, PRICE_MAX / PRICE_SCALE)


def _in_millionths(price: Any) -> Ints:
    return np.asarray(np.clip(np.rint(price * PRICE_SCALE), 0, PRICE_MAX), dtype=np.int64)
