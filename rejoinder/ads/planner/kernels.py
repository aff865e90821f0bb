"""What is done with every person, compiled: count who takes what at given prices, and where they would stop taking it.

Lines of 16 people: `ids[line, edge, lane]`, `values[line, edge, lane]`. A value is a number of steps of its ad set, a margin
what the value is worth beyond the price of a delivery. `offers[ad set]` is a step and a price, `looks[ad set]` from where on
and how closely to look (`desk` makes both). Inner loops go over the 16 lanes of a line and nothing else, so the compiler
makes vector instructions of them: three times the speed of one person after another. Everything is added up in whole
numbers. `kernels_numpy` has the same functions for where Numba is not to be had, and the same tests.
"""

from typing import Any

import numba
import numpy as np

from rejoinder.ads.planner.problem import BINS, KINDS, LANES, NONE

_jit = numba.njit(nogil=True, cache=True, boundscheck=False, error_model="numpy")
_inner = numba.njit(boundscheck=False, error_model="numpy", inline="always")  # a call would hide the arrays from LLVM


@_inner
def _weigh(ids: Any, values: Any, line: int, edge: int, offers: Any, margins: Any) -> None:  # noqa: PLR0917
    """Write into `margins[lane]` what an edge of each person of a line is worth beyond its price."""
    for lane in range(LANES):
        c = ids[line, edge, lane]
        margins[lane] = values[line, edge, lane] * offers[c, 0] - offers[c, 1]


@_inner
def _rank(margins: Any, edges: Any, best: Any, edge_of: Any) -> None:
    """Put one edge of each lane into its place among the best, `best[place, lane]`; of like ones the first stays before."""
    for place in range(best.shape[0]):
        for lane in range(LANES):
            margin, edge = margins[lane], edges[lane]
            known, known_edge = best[place, lane], edge_of[place, lane]
            is_better = (margin > known) | ((margin == known) & (edge < known_edge))
            best[place, lane] = margin if is_better else known
            edge_of[place, lane] = edge if is_better else known_edge
            margins[lane] = known if is_better else margin
            edges[lane] = known_edge if is_better else edge


@_inner
def _sort_in(margins: Any, best: Any) -> None:
    """As `_rank`, where it does not matter which edges these are."""
    for place in range(best.shape[0]):
        for lane in range(LANES):
            margin, known = margins[lane], best[place, lane]
            best[place, lane] = max(known, margin)
            margins[lane] = min(known, margin)


@_jit
def count_takers(ids: Any, values: Any, places: int, offers: Any, takers: Any) -> int:
    """Add to `takers[ad set]` how many people take it at these prices; return the sum of their margins.

    The search asks for more, `count_thresholds`; this is for whoever only needs the spend, as made-up budgets do.
    """
    lines, degree, _ = ids.shape
    margins, edges = np.zeros(LANES, np.int32), np.zeros(LANES, np.int32)
    best, edge_of = np.zeros((places, LANES), np.int32), np.zeros((places, LANES), np.int32)
    total = 0
    for line in range(lines):
        best[:] = 0
        edge_of[:] = 0
        for edge in range(degree):
            _weigh(ids, values, line, edge, offers, margins)
            edges[:] = edge
            _rank(margins, edges, best, edge_of)
        for place in range(places):
            for lane in range(LANES):
                total += best[place, lane]
                takers[ids[line, edge_of[place, lane], lane]] += best[place, lane] > 0
    return total


@_jit
def count_thresholds(  # noqa: PLR0917  primitives and arrays only, as in all of these
    ids: Any, values: Any, places: int, offers: Any, looks: Any, histogram: Any
) -> int:
    """Add to `histogram[ad set, bin]` at which price of it each person would stop taking it; return the sum of margins.

    A person takes an ad set as long as its price is below value - t, where t is the best margin that would have to go for
    it, or nothing. `looks[ad set]` is low + 1 - price and shift: bin b counts thresholds in (low + (b << shift),
    low + (b + 1 << shift)]; the last one counts all above its beginning, and thresholds up to `low` are not counted.
    """
    lines, degree, _ = ids.shape
    margins, bins = np.zeros((degree, LANES), np.int32), np.zeros(LANES, np.int32)
    moving, best = np.zeros(LANES, np.int32), np.zeros((places + 1, LANES), np.int32)
    counted, cells = np.zeros(LANES, np.uint32), histogram.reshape(-1)
    last, after = best[places - 1], best[places]
    total = 0
    for line in range(lines):
        best[:] = 0
        for edge in range(degree):
            _weigh(ids, values, line, edge, offers, moving)
            margins[edge] = moving
            _sort_in(moving, best)
        for place in range(places):
            for lane in range(LANES):
                total += best[place, lane]
        for edge in range(degree):
            for lane in range(LANES):
                c = ids[line, edge, lane]
                margin, taken, waiting = margins[edge, lane], last[lane], after[lane]
                displaced = waiting if margin >= taken else taken
                bins[lane] = np.int32(margin - displaced - looks[c, 0]) >> looks[c, 1]
            count = 0  # What counts is put together first: of jumps around the rest half would be guessed wrong.
            for lane in range(LANES):
                counted[count] = ids[line, edge, lane] * BINS + min(bins[lane], BINS - 1)
                count += bins[lane] >= 0
            for number in range(count):
                cells[counted[number]] += 1
    return total


@_inner
def _count_free(choice: Any, line: int, free: Any) -> int:
    """Write into `free[lane]` how many places of a line's people are free; returns how many there are together."""
    free[:] = 0
    for place in range(choice.shape[1]):
        for lane in range(LANES):
            free[lane] += choice[line, place, lane] == NONE
    return free.sum()  # type: ignore[no-any-return]


@_inner
def _leave_out(choice: Any, line: int, edge: int, margins: Any) -> None:
    """An edge that a person has been given already is worth nothing more to that person."""
    for place in range(choice.shape[1]):
        for lane in range(LANES):
            margins[lane] = 0 if choice[line, place, lane] == edge else margins[lane]


@_jit
def _kind_of(margin: Any, price: Any) -> int:
    """How soon a wish is granted: the more it is worth beyond its price the sooner, in halvings of an eighth of the price."""
    kind = 0
    margin = np.int64(margin) << 3
    while kind < KINDS - 1 and margin < price:
        margin <<= 1
        kind += 1
    return kind


@_jit
def wish(ids: Any, values: Any, offers: Any, choice: Any, wished: Any, wishes: Any) -> None:  # noqa: PLR0917
    """Write what people with free places would take at these prices into `wished`, and count it in `wishes[ad set, kind]`.

    `choice[line, place, lane]` is the edge that a place was given to, `wished` likewise; NONE where there is none.
    """
    lines, degree, _ = ids.shape
    places = choice.shape[1]
    margins, edges, free = np.zeros(LANES, np.int32), np.zeros(LANES, np.int32), np.zeros(LANES, np.int32)
    best, edge_of = np.zeros((places, LANES), np.int32), np.zeros((places, LANES), np.int32)
    for line in range(lines):
        wished[line] = NONE
        free_count = _count_free(choice, line, free)
        if free_count == 0:
            continue
        best[:] = 0
        edge_of[:] = 0
        for edge in range(degree):
            _weigh(ids, values, line, edge, offers, margins)
            edges[:] = edge
            if free_count < places * LANES:
                _leave_out(choice, line, edge, margins)
            _rank(margins, edges, best, edge_of)
        for place in range(places):
            for lane in range(LANES):
                if best[place, lane] > 0 and place < free[lane]:
                    wished[line, place, lane] = edge_of[place, lane]
                    c = ids[line, edge_of[place, lane], lane]
                    wishes[c, _kind_of(best[place, lane], offers[c, 1])] += 1


@_jit
def count_lots(  # noqa: PLR0917
    ids: Any, values: Any, lots: Any, offers: Any, salt: Any, last: Any, wished: Any, wishes: Any
) -> None:
    """Count in `wishes[ad set, lot]` what was wished for and is of the ad set's last kind.

    A person's lot is another one for each ad set, by its salt, so that nobody draws the last one everywhere.
    """
    lines, places, _ = wished.shape
    for line in range(lines):
        for place in range(places):
            for lane in range(LANES):
                edge = wished[line, place, lane]
                if edge == NONE:
                    continue
                c = ids[line, edge, lane]
                if last[c] < KINDS and last[c] == _kind_of(
                    values[line, edge, lane] * offers[c, 0] - offers[c, 1], offers[c, 1]
                ):
                    wishes[c, lots[line, lane] ^ salt[c]] += 1


@_jit
def grant(  # noqa: PLR0917
    ids: Any, values: Any, lots: Any, offers: Any, salt: Any, last: Any, cut: Any, wished: Any, choice: Any
) -> int:
    """Write into `choice` the wishes of kinds before the ad set's last, and of the last those with a lot below its cut.

    Returns what they are worth.
    """
    lines, places, _ = wished.shape
    total = 0
    for line in range(lines):
        for place in range(places):
            for lane in range(LANES):
                edge = wished[line, place, lane]
                if edge == NONE:
                    continue
                c = ids[line, edge, lane]
                worth = values[line, edge, lane] * offers[c, 0]
                kind = _kind_of(worth - offers[c, 1], offers[c, 1])
                if kind < last[c] or (kind == last[c] and (lots[line, lane] ^ salt[c]) < cut[c]):
                    free = 0
                    while choice[line, free, lane] != NONE:
                        free += 1
                    choice[line, free, lane] = edge
                    total += worth
    return total


@_jit
def read_curve(curve: Any, below: Any, at: Any) -> Any:
    """For each ad set what its curve says `at` so many bins from its beginning; on below it, it rises by so much a bin.

    More than one window below, anything may be: it says infinity, so that no price falls further at a time.
    """
    found = np.empty(len(at))
    for c in range(len(at)):
        inside = min(max(at[c], 0.0), float(BINS))
        bin_ = min(int(inside), BINS - 1)
        here, then = curve[c, bin_], curve[c, bin_ + 1]
        found[c] = here + (then - here) * (inside - bin_) - min(at[c], 0.0) * below[c]
        if at[c] < -BINS:
            found[c] = np.inf
    return found
