"""The functions of `kernels` with NumPy alone: the reference that the compiled ones are held against, and their stand-in."""

from typing import Any

import numpy as np

from rejoinder.ads.planner.problem import BINS, KINDS, LANES, NONE


def count_takers(ids: Any, values: Any, places: int, offers: Any, takers: Any) -> int:
    """See `kernels.count_takers`."""
    c, margins = _people(ids, values, offers)
    best = np.argsort(-margins, axis=1, kind="stable")[:, :places]
    taken = np.take_along_axis(margins, best, axis=1)
    takers += np.bincount(np.take_along_axis(c, best, axis=1)[taken > 0], minlength=len(takers))
    return int(taken[taken > 0].sum())


def count_thresholds(  # noqa: PLR0917  as in `kernels`
    ids: Any, values: Any, places: int, offers: Any, looks: Any, histogram: Any
) -> int:
    """See `kernels.count_thresholds`."""
    c, margins = _people(ids, values, offers)
    best = np.zeros((len(margins), max(places + 1, margins.shape[1])), np.int64)
    best[:, : margins.shape[1]] = np.maximum(margins, 0)
    best = -np.sort(-best, axis=1)
    last, next_one = best[:, places - 1 : places], best[:, places : places + 1]
    beyond = margins - np.where(margins >= last, next_one, last) - looks[c, 0]
    bins = np.minimum(beyond >> looks[c, 1], BINS - 1)
    inside = beyond >= 0
    flat = np.bincount(c[inside] * BINS + bins[inside], minlength=histogram.size)
    histogram += flat.reshape(histogram.shape)
    return int(best[:, :places].sum())


def wish(ids: Any, values: Any, offers: Any, choice: Any, wished: Any, wishes: Any) -> None:  # noqa: PLR0917
    """See `kernels.wish`."""
    c, margins = _people(ids, values, offers)
    places = choice.transpose(0, 2, 1).reshape(-1, choice.shape[1])
    free = (places == NONE).sum(axis=1)
    for place in range(choice.shape[1]):
        people = np.flatnonzero(places[:, place] != NONE)
        margins[people, places[people, place]] = 0
    rows = np.arange(len(c))
    wished[:] = NONE
    for rank in range(choice.shape[1]):
        edges = margins.argmax(axis=1)
        people = np.flatnonzero((margins[rows, edges] > 0) & (free > rank))
        edges = edges[people]
        line, lane = np.divmod(people, LANES)
        wished[line, rank, lane] = edges
        wanted = c[people, edges]
        np.add.at(wishes, (wanted, _kinds(margins[people, edges], offers[wanted, 1])), 1)
        margins[people, edges] = 0


def count_lots(  # noqa: PLR0917
    ids: Any, values: Any, lots: Any, offers: Any, salt: Any, last: Any, wished: Any, wishes: Any
) -> None:
    """See `kernels.count_lots`."""
    c, _, kind, lot, _ = _wishes(ids, values, lots, offers, salt, wished)
    np.add.at(wishes, (c[kind == last[c]], lot[kind == last[c]]), 1)


def grant(  # noqa: PLR0917
    ids: Any, values: Any, lots: Any, offers: Any, salt: Any, last: Any, cut: Any, wished: Any, choice: Any
) -> int:
    """See `kernels.grant`."""
    c, worth, kind, lot, at = _wishes(ids, values, lots, offers, salt, wished)
    is_granted = (kind < last[c]) | ((kind == last[c]) & (lot < cut[c]))
    for place in range(wished.shape[1]):
        line, _, lane = (one[is_granted & (at[1] == place)] for one in at)
        choice[line, (choice[line, :, lane] == NONE).argmax(axis=1), lane] = wished[line, place, lane]
    return int(worth[is_granted].sum())


def read_curve(curve: Any, below: Any, at: Any) -> Any:
    """See `kernels.read_curve`."""
    inside = np.clip(at, 0, BINS)
    bin_ = np.minimum(inside.astype(np.int64), BINS - 1)
    rows = np.arange(len(at))
    here, then = curve[rows, bin_], curve[rows, bin_ + 1]
    found = here + (then - here) * (inside - bin_) - np.minimum(at, 0) * below
    return np.where(at < -BINS, np.inf, found)


def _people(ids: Any, values: Any, offers: Any) -> tuple[Any, Any]:
    """One row for each person: ad sets and margins."""
    c = ids.transpose(0, 2, 1).reshape(-1, ids.shape[1]).astype(np.int64)
    worth = values.transpose(0, 2, 1).reshape(c.shape).astype(np.int64) * offers[c, 0]
    return c, worth - offers[c, 1]


def _wishes(ids: Any, values: Any, lots: Any, offers: Any, salt: Any, wished: Any) -> tuple[Any, ...]:  # noqa: PLR0917
    """Of each wish the ad set, worth, kind and lot, and where it stands."""
    line, place, lane = at = np.nonzero(wished != NONE)
    edge = wished[line, place, lane]
    c = ids[line, edge, lane].astype(np.int64)
    worth = values[line, edge, lane].astype(np.int64) * offers[c, 0]
    price = offers[c, 1].astype(np.int64)
    return c, worth, _kinds(worth - price, price), lots[line, lane].astype(np.int64) ^ salt[c], at


def _kinds(margin: Any, price: Any) -> Any:
    kind = np.zeros(len(margin), np.int64)
    for doublings in range(KINDS - 1):
        kind += margin << (3 + doublings) < price
    return kind
