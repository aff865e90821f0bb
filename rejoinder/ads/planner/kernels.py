"""What is done with every person, compiled: count who takes what at given prices, and where they would stop taking it.

Lines of 16 people: `ids[line, edge, lane]`, `values[line, edge, lane]`. A value is a number of steps of its ad set, a margin
what the value is worth beyond the price of a delivery. Everything is added up in whole numbers. `kernels_numpy` has the same
functions for where Numba is not to be had, and the same tests.
"""

from typing import Any

import numba
import numpy as np

from rejoinder.ads.planner.problem import BINS, KINDS, NONE

_jit = numba.njit(nogil=True, cache=True, boundscheck=False, error_model="numpy")


@_jit
def _insert(best: Any, count: int, margin: int) -> None:
    """Put a margin into its place among the `count` best, which are in falling order and none below zero."""
    at = count - 1
    if margin <= best[at]:
        return
    while at > 0 and best[at - 1] < margin:
        best[at] = best[at - 1]
        at -= 1
    best[at] = margin


@_jit
def count_takers(  # noqa: PLR0917  primitives and arrays only, as in all of these
    ids: Any, values: Any, slots: int, step: Any, price: Any, takers: Any
) -> int:
    """Add to `takers[ad set]` how many people take it at these prices; return the sum of their margins."""
    lines, degree, lanes = ids.shape
    best = np.zeros(slots + 1, np.int64)
    total = 0
    for line in range(lines):
        for lane in range(lanes):
            best[:] = 0
            for edge in range(degree):
                c = ids[line, edge, lane]
                _insert(best, slots, values[line, edge, lane] * step[c] - price[c])
            last, places = best[slots - 1], 0  # how many of the places go to edges that are just as good as the last
            for place in range(slots):
                total += best[place]
                places += best[place] == last
            for edge in range(degree):
                c = ids[line, edge, lane]
                margin = values[line, edge, lane] * step[c] - price[c]
                if margin > last:
                    takers[c] += 1
                elif margin == last > 0 and places > 0:
                    takers[c] += 1
                    places -= 1
    return total


@_jit
def count_thresholds(  # noqa: PLR0917
    ids: Any, values: Any, slots: int, step: Any, price: Any, low: Any, shift: Any, histogram: Any
) -> int:
    """Add to `histogram[ad set, bin]` at which price of it each person would stop taking it; return the sum of margins.

    A person takes an ad set as long as its price is below value - t, where t is the best margin that would have to go for
    it, or nothing. Bin b of ad set c counts thresholds in (low + (b << shift), low + (b + 1 << shift)]; the last one
    counts all above its beginning, and thresholds up to `low` are not counted.
    """
    lines, degree, lanes = ids.shape
    best = np.zeros(slots + 1, np.int64)
    total = 0
    for line in range(lines):
        for lane in range(lanes):
            best[:] = 0
            for edge in range(degree):
                c = ids[line, edge, lane]
                _insert(best, slots + 1, values[line, edge, lane] * step[c] - price[c])
            for place in range(slots):
                total += best[place]
            for edge in range(degree):
                c = ids[line, edge, lane]
                value = values[line, edge, lane] * step[c]
                displaced = best[slots] if value - price[c] >= best[slots - 1] else best[slots - 1]
                beyond = value - displaced - low[c] - 1
                if beyond >= 0:
                    histogram[c, min(beyond >> shift[c], BINS - 1)] += 1
    return total


@_jit
def _propose(  # noqa: PLR0917
    ids: Any, values: Any, line: int, lane: int, step: Any, price: Any, is_open: Any, chosen: Any, wish: Any
) -> int:
    """Write the best open edges of one person, best first, into `wish`; as many as the person has free places."""
    degree = ids.shape[1]
    slots = chosen.shape[0]
    free = 0
    for place in range(slots):
        free += chosen[place] == NONE
    found = 0
    while found < free:
        best, best_edge = 0, -1
        for edge in range(degree):
            c = ids[line, edge, lane]
            margin = values[line, edge, lane] * step[c] - price[c]
            if margin <= best or not is_open[c]:
                continue
            is_new = True
            for place in range(slots):
                is_new &= chosen[place] != edge
            for earlier in range(found):
                is_new &= wish[earlier] != edge
            if is_new:
                best, best_edge = margin, edge
        if best_edge < 0:
            break
        wish[found] = best_edge
        found += 1
    return found


@_jit
def _kind_of(margin: int, price: int) -> int:
    """How soon a wish is granted: the more it is worth beyond its price the sooner, in halvings of an eighth of the price."""
    kind = 0
    margin <<= 3
    while kind < KINDS - 1 and margin < price:
        margin <<= 1
        kind += 1
    return kind


@_jit
def count_wishes(  # noqa: PLR0917
    ids: Any,
    values: Any,
    lots: Any,
    step: Any,
    price: Any,
    is_open: Any,
    salt: Any,
    last: Any,
    choice: Any,
    wishes: Any,
) -> None:
    """Count what people with free places would take at these prices from open ad sets.

    Adds to `wishes[ad set, kind]`, or, where `last[ad set]` is a kind, to `wishes[ad set, lot]` those of that kind alone. A
    person's lot is another one for each ad set, by its salt, so that nobody draws the last one everywhere.
    """
    lines, _, lanes = ids.shape
    wish = np.zeros(choice.shape[2], np.int64)
    for line in range(lines):
        for lane in range(lanes):
            found = _propose(ids, values, line, lane, step, price, is_open, choice[line, lane], wish)
            for place in range(found):
                c = ids[line, wish[place], lane]
                kind = _kind_of(values[line, wish[place], lane] * step[c] - price[c], price[c])
                if last[c] < 0:
                    wishes[c, kind] += 1
                elif kind == last[c]:
                    wishes[c, lots[line, lane] ^ salt[c]] += 1


@_jit
def grant_wishes(  # noqa: PLR0917
    ids: Any, values: Any, lots: Any, step: Any, price: Any, is_open: Any, salt: Any, last: Any, cut: Any, choice: Any
) -> int:
    """Write into `choice` the wishes of kinds before the ad set's last, and of the last those with a lot below its cut.

    Returns what they are worth.
    """
    lines, _, lanes = ids.shape
    wish = np.zeros(choice.shape[2], np.int64)
    total = 0
    for line in range(lines):
        for lane in range(lanes):
            found = _propose(ids, values, line, lane, step, price, is_open, choice[line, lane], wish)
            for place in range(found):
                c = ids[line, wish[place], lane]
                worth = values[line, wish[place], lane] * step[c]
                kind = _kind_of(worth - price[c], price[c])
                if kind < last[c] or (kind == last[c] and (lots[line, lane] ^ salt[c]) < cut[c]):
                    for free in range(choice.shape[2]):
                        if choice[line, lane, free] == NONE:
                            choice[line, lane, free] = wish[place]
                            break
                    total += worth
    return total
