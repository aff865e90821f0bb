"""The functions of `kernels` with NumPy alone: the reference that the compiled ones are held against, and their stand-in."""

from typing import Any

import numpy as np

from rejoinder.ads.planner.problem import BINS, KINDS, NONE


def count_takers(ids: Any, values: Any, slots: int, offers: Any, takers: Any) -> int:
    """See `kernels.count_takers`."""
    c, margins = _people(ids, values, offers)
    best = np.argsort(-margins, axis=1, kind="stable")[:, :slots]
    taken = np.take_along_axis(margins, best, axis=1)
    takers += np.bincount(np.take_along_axis(c, best, axis=1)[taken > 0], minlength=len(takers))
    return int(taken[taken > 0].sum())


def count_thresholds(  # noqa: PLR0917  as in `kernels`
    ids: Any, values: Any, slots: int, offers: Any, windows: Any, histogram: Any
) -> int:
    """See `kernels.count_thresholds`."""
    c, margins = _people(ids, values, offers)
    best = np.zeros((len(margins), max(slots + 1, margins.shape[1])), np.int64)
    best[:, : margins.shape[1]] = np.maximum(margins, 0)
    best = -np.sort(-best, axis=1)
    last, next_one = best[:, slots - 1 : slots], best[:, slots : slots + 1]
    beyond = margins - np.where(margins >= last, next_one, last) - windows[c, 0]
    bins = np.minimum(beyond >> windows[c, 1], BINS - 1)
    inside = beyond >= 0
    flat = np.bincount(c[inside] * BINS + bins[inside], minlength=histogram.size)
    histogram += flat.reshape(histogram.shape)
    return int(best[:, :slots].sum())


def count_wishes(  # noqa: PLR0917
    ids: Any, values: Any, lots: Any, offers: Any, salt: Any, last: Any, choice: Any, wishes: Any
) -> None:
    """See `kernels.count_wishes`."""
    for c, _, _, _, kind, lot in _wishes(ids, values, lots, offers, salt, choice):
        is_counted = (last[c] < 0) | (kind == last[c])
        bins = c * wishes.shape[1] + np.where(last[c] < 0, kind, lot)
        wishes += np.bincount(bins[is_counted], minlength=wishes.size).reshape(wishes.shape)


def grant_wishes(  # noqa: PLR0917
    ids: Any, values: Any, lots: Any, offers: Any, salt: Any, last: Any, cut: Any, choice: Any
) -> int:
    """See `kernels.grant_wishes`."""
    total = 0
    lanes = choice.shape[2]
    for c, who, which, worth, kind, lot in list(_wishes(ids, values, lots, offers, salt, choice)):
        is_granted = (kind < last[c]) | ((kind == last[c]) & (lot < cut[c]))
        line, lane = np.divmod(who[is_granted], lanes)
        choice[line, (choice[line, :, lane] == NONE).argmax(axis=1), lane] = which[is_granted]
        total += int(worth[is_granted].sum())
    return total


def _people(ids: Any, values: Any, offers: Any) -> tuple[Any, Any]:
    """One row for each person: ad sets and margins."""
    c = ids.transpose(0, 2, 1).reshape(-1, ids.shape[1]).astype(np.int64)
    worth = values.transpose(0, 2, 1).reshape(c.shape).astype(np.int64) * offers[c, 0]
    return c, worth - offers[c, 1]


def _wishes(ids: Any, values: Any, lots: Any, offers: Any, salt: Any, choice: Any) -> Any:  # noqa: PLR0917
    """Rank after rank of free places: ad sets, people, edges, worths, kinds and lots of the wishes."""
    c, margins = _people(ids, values, offers)
    places = choice.transpose(0, 2, 1).reshape(-1, choice.shape[1])
    free = (places == NONE).sum(axis=1)
    for place in range(choice.shape[1]):
        people = np.flatnonzero(places[:, place] != NONE)
        margins[people, places[people, place]] = 0
    rows = np.arange(len(c))
    for rank in range(choice.shape[1]):
        edges = margins.argmax(axis=1)
        people = np.flatnonzero((margins[rows, edges] > 0) & (free > rank))
        edges = edges[people]
        wanted, margin = c[people, edges], margins[people, edges]
        price = offers[wanted, 1].astype(np.int64)
        lot = lots.reshape(-1)[people].astype(np.int64) ^ salt[wanted]
        yield wanted, people, edges, margin + price, _kinds(margin, price), lot
        margins[people, edges] = 0


def _kinds(margin: Any, price: Any) -> Any:
    kind = np.zeros(len(margin), np.int64)
    for doublings in range(KINDS - 1):
        kind += margin << (3 + doublings) < price
    return kind
