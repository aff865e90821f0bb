"""The functions of `kernels` with NumPy alone: the reference that the compiled ones are held against, and their stand-in."""

from typing import Any

import numpy as np

from rejoinder.ads.planner.problem import BINS, KINDS, LOTS, NONE


def count_takers(  # noqa: PLR0917  as in `kernels`
    ids: Any, values: Any, slots: int, step: Any, price: Any, takers: Any
) -> int:
    """See `kernels.count_takers`."""
    c, margins, _ = _people(ids, values, step, price)
    best = np.argsort(-margins, axis=1, kind="stable")[:, :slots]
    taken = np.take_along_axis(margins, best, axis=1)
    takers += np.bincount(np.take_along_axis(c, best, axis=1)[taken > 0], minlength=len(takers))
    return int(taken[taken > 0].sum())


def count_thresholds(  # noqa: PLR0917
    ids: Any, values: Any, slots: int, step: Any, price: Any, low: Any, shift: Any, histogram: Any
) -> int:
    """See `kernels.count_thresholds`."""
    c, margins, worth = _people(ids, values, step, price)
    best = np.zeros((len(margins), max(slots + 1, margins.shape[1])), np.int64)
    best[:, : margins.shape[1]] = np.maximum(margins, 0)
    best = -np.sort(-best, axis=1)
    last, next_one = best[:, slots - 1 : slots], best[:, slots : slots + 1]
    beyond = worth - np.where(margins >= last, next_one, last) - low[c] - 1
    bins = np.minimum(beyond >> shift[c], BINS - 1)
    inside = beyond >= 0
    flat = np.bincount(c[inside] * BINS + bins[inside], minlength=histogram.size)
    histogram += flat.reshape(histogram.shape)
    return int(best[:, :slots].sum())


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
    """See `kernels.count_wishes`."""
    for c, _, _, kind, lot in _wishes(ids, values, lots, step, price, is_open, salt, choice):
        is_counted = (last[c] < 0) | (kind == last[c])
        bins = c * LOTS + np.where(last[c] < 0, kind, lot)
        wishes += np.bincount(bins[is_counted], minlength=wishes.size).reshape(wishes.shape)


def grant_wishes(  # noqa: PLR0917
    ids: Any, values: Any, lots: Any, step: Any, price: Any, is_open: Any, salt: Any, last: Any, cut: Any, choice: Any
) -> int:
    """See `kernels.grant_wishes`."""
    total, places = 0, choice.reshape(-1, choice.shape[2])
    worth = _people(ids, values, step, price)[2]
    for c, who, which, kind, lot in list(_wishes(ids, values, lots, step, price, is_open, salt, choice)):
        is_granted = (kind < last[c]) | ((kind == last[c]) & (lot < cut[c]))
        people, edges = who[is_granted], which[is_granted]
        places[people, (places[people] == NONE).argmax(axis=1)] = edges
        total += int(worth[people, edges].sum())
    return total


def _people(ids: Any, values: Any, step: Any, price: Any) -> tuple[Any, Any, Any]:
    """One row for each person: ad sets, margins, worths."""
    c = ids.transpose(0, 2, 1).reshape(-1, ids.shape[1]).astype(np.int64)
    worth = values.transpose(0, 2, 1).reshape(c.shape).astype(np.int64) * step[c]
    return c, worth - price[c], worth


def _wishes(  # noqa: PLR0917
    ids: Any, values: Any, lots: Any, step: Any, price: Any, is_open: Any, salt: Any, choice: Any
) -> Any:
    """Rank after rank of free places: ad sets, people, edges, kinds and lots of the wishes."""
    c, margins, _ = _people(ids, values, step, price)
    places = choice.reshape(-1, choice.shape[2])
    free = (places == NONE).sum(axis=1)
    open_margins = np.where(is_open[c], margins, 0)
    for place in range(choice.shape[2]):
        people = np.flatnonzero(places[:, place] != NONE)
        open_margins[people, places[people, place]] = 0
    rows = np.arange(len(c))
    for rank in range(choice.shape[2]):
        edges = open_margins.argmax(axis=1)
        people = np.flatnonzero((open_margins[rows, edges] > 0) & (free > rank))
        edges = edges[people]
        wanted = c[people, edges]
        lot = lots.reshape(-1)[people].astype(np.int64) ^ salt[wanted]
        yield wanted, people, edges, _kinds(open_margins[people, edges], price[wanted]), lot
        open_margins[people, edges] = 0


def _kinds(margin: Any, price: Any) -> Any:
    kind = np.zeros(len(margin), np.int64)
    for doublings in range(KINDS - 1):
        kind += margin << (3 + doublings) < price
    return kind
