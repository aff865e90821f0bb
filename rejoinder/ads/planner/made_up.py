"""A population to try things on, made up from a shape: who could be reached by what, and what that would be worth.

Made-up people look like people: some ad sets are popular and most are not, bids and budgets spread widely, some people mind
adverts more than others. Everybody has random numbers of their own, which follow from the seed and the person alone. So the
same shape makes the same people and budgets, whatever the size of the pieces and the number of threads.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np

from rejoinder.ads.planner.chunks import SUFFIX, Chunk, People, build_chunk, mixed, steps_of, write_chunk
from rejoinder.ads.planner.desk import Desk, best_kernels
from rejoinder.ads.planner.population import BUDGETS_FILE, write_budgets
from rejoinder.ads.planner.problem import LOTS, Budgets, Ints, ProblemError

DEGREE_MOST = 20
PLACES_SHARES = 0.1, 0.7, 0.2  # Of people with no place, one and two.
BID_MICROS = 30_000
WORTH_MOST = 30  # What a delivery may be worth, in bids.
CAMPAIGN_SIZE, ACCOUNT_SIZE = 3, 9

# People drawn at a time: fewer, and threads would often wait for one another between the many short steps; more take more memory.
PIECE = 2**16
ROW_BITS, SPOT_BITS = 12, 40
ROWS = 2**ROW_BITS


@dataclass(frozen=True, slots=True)
class Shape:
    """What a made-up population is like.

    `degree`: edges per person on average. `popularity`: how unevenly ad sets are liked; 0 evenly, 1 as words are used.
    `bid_spread`: of the logarithm of bids. `tightness`: budgets as a share of what would be spent without them.
    """

    people_count: int = 1_000_000
    ad_set_count: int = 1_000
    degree: float = 3.0
    popularity: float = 1.0
    bid_spread: float = 0.7
    tightness: float = 0.5
    seed: int = 1

    def __post_init__(self) -> None:
        for name, least, most in (
            ("people_count", 1, 10**10),
            ("ad_set_count", 1, 10**7),
            ("degree", 1, DEGREE_MOST),
            ("popularity", 0, 5),
            ("bid_spread", 0, 2),
            ("tightness", 0, 100),
            ("seed", 0, 2**63),
        ):
            if not least <= getattr(self, name) <= most:
                told = name.removesuffix("_count").replace("_", " ")
                raise ProblemError(f"{told} must lie between {least:,} and {most:,}, not be {getattr(self, name):,}")


def generate(
    folder: Path,
    shape: Shape,
    *,
    people_per_chunk: int = 1_000_000,
    threads: int | None = None,
    on_people: Callable[[int], None] = lambda _: None,
) -> None:
    """Make a population up in an empty or new folder; `on_people` hears how many more people there are."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        unfinished = "" if (folder / BUDGETS_FILE).exists() else "; one that was not finished may be deleted"
        raise ProblemError(f"{folder} is not empty{unfinished}")
    world = World(shape)

    def make(start: int) -> tuple[int, Ints]:
        count = min(people_per_chunk, shape.people_count - start)
        chunk = build_chunk(world.people(start, count), world.step)
        write_chunk(chunk, folder / f"{start // people_per_chunk:06}{SUFFIX}")
        return count, world.takers(chunk)

    takers = np.zeros(shape.ad_set_count, np.int64)
    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        for count, some in pool.map(make, range(0, shape.people_count, people_per_chunk)):
            takers += some
            on_people(count)
    salt = np.arange(shape.ad_set_count, dtype=np.int64) * 37 % LOTS
    write_budgets(folder, world.budgets(takers), world.value_max, salt)


class World:
    """The ad sets of a shape, and the tables that its people are looked up in.

    Random numbers are mixed from counters. Each person's counter starts at a number of its own, mixed from the seed and the
    person's number. Some bits of a random number pick a row of a table; all rows are equally likely.
    """

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        rng = np.random.default_rng([shape.seed, 0])
        count = shape.ad_set_count
        self._bid = BID_MICROS * np.exp(rng.normal(0, shape.bid_spread, count))
        self._charge = np.maximum(1, np.rint(self._bid * 0.4 * np.exp(rng.normal(0, 0.3, count)))).astype(np.int64)
        self._budget_noise = np.exp(rng.normal(0, 1, count))
        self.value_max = np.rint(self._bid * WORTH_MOST).astype(np.int64)
        self.step = steps_of(self.value_max)
        keep, self._other = alias_table(np.arange(1, count + 1) ** -float(shape.popularity))
        self._keep = (keep * 2**SPOT_BITS).astype(np.uint64)
        row = (np.arange(ROWS) + 0.5) / ROWS
        normal = np.array([NormalDist().inv_cdf(share) for share in row])
        self._places = np.searchsorted(np.cumsum(PLACES_SHARES), row)
        self._degree = np.minimum(1 + (-np.log(row) * (shape.degree - 0.5)).astype(np.int64), DEGREE_MOST)
        self._liking_adverts = np.exp(0.5 * normal - 0.125)
        self._liking_this = np.exp(0.6 * normal - 0.18)
        self._minding = 0.2 * BID_MICROS * np.exp(0.8 * normal)

    def people(self, start: int, count: int, *, piece: int = PIECE) -> Iterator[People]:
        """So many people from number `start` on, in pieces."""
        for at in range(start, start + count, piece):
            yield self._piece(np.arange(at, min(at + piece, start + count)))

    def _piece(self, person: Ints) -> People:
        counter = mixed(person.astype(np.uint64) + mixed(np.array([self._shape.seed])))
        number = mixed(counter)
        places = self._places[_row(number)]
        degree = self._degree[_row(number >> ROW_BITS)]
        liking_adverts = self._liking_adverts[_row(number >> 2 * ROW_BITS)]
        minding = self._minding[_row(number >> 3 * ROW_BITS)]
        owner = np.repeat(np.arange(len(person)), degree)
        draw = 1 + np.arange(len(owner)) - np.repeat(np.cumsum(degree) - degree, degree)
        number = mixed(counter[owner] + draw.astype(np.uint64))
        ad_set = self._ad_set(number >> 64 - SPOT_BITS)
        new = _is_new(owner * self._shape.ad_set_count + ad_set)
        owner, ad_set, number = owner[new], ad_set[new], number[new]
        liking = np.minimum(liking_adverts[owner] * self._liking_this[_row(number)], WORTH_MOST)
        offset = np.append(0, np.cumsum(np.bincount(owner, minlength=len(person))))
        return People(person, places, offset, ad_set, self._bid[ad_set] * liking - minding[owner])

    def _ad_set(self, number: Any) -> Any:
        """The ad sets that numbers of so many bits fall on: cells lie side by side, 2 ** 40 spots wide, and some are shared."""
        spot = number * self._shape.ad_set_count
        cell = (spot >> SPOT_BITS).astype(np.int64)
        return np.where(spot & 2**SPOT_BITS - 1 < self._keep[cell], cell, self._other[cell])

    def takers(self, chunk: Chunk) -> Ints:
        """How many people of a chunk would take each ad set if nothing had a price."""
        desk, takers = Desk(chunk, self.step, best_kernels()), np.zeros_like(self.step)
        offers = desk.offers(np.zeros_like(self.step))
        for bucket in chunk.buckets:
            desk.kernels.count_takers(bucket.ids, bucket.values, bucket.places, offers, takers)
        return takers

    def budgets(self, takers: Ints) -> Budgets:
        """Budgets by what would be spent without them: the popular ones have more, but not as much more."""
        spend = takers * self._charge
        wanted = np.maximum(spend, spend.mean() * 1e-3 + 1) ** 0.85 * self._budget_noise
        own = np.floor(wanted / wanted.sum() * spend.sum() * self._shape.tightness).astype(np.int64)
        ad_set = np.arange(len(own))
        campaign_of = ad_set // CAMPAIGN_SIZE
        campaign = np.floor(0.9 * np.bincount(campaign_of, own)).astype(np.int64)
        account_of = np.arange(len(campaign)) * CAMPAIGN_SIZE // ACCOUNT_SIZE
        account = np.floor(0.95 * np.bincount(account_of, campaign)).astype(np.int64)
        return Budgets(self._charge, own, campaign_of, campaign, account_of, account)


def alias_table(weight: Any) -> tuple[Any, Ints]:
    """For drawing by weight with one look: as many cells as weights, all of one width (Walker, 1977).

    Of cell i the share `keep[i]` is its own, and the rest is `other[i]`'s. Who weighs less than the average leaves room in the
    own cell. Those who weigh more fill the rooms in turn. Who has not enough to spare for the last one fills it nevertheless,
    and so leaves room in the own cell, which the next in turn fills first.
    """
    share = weight * len(weight) / weight.sum()
    is_large = share >= min(1, share.max())  # Where all weigh the same, rounding may leave them all below.
    small, large = np.flatnonzero(~is_large), np.flatnonzero(is_large)
    keep, other = np.minimum(share, 1), np.arange(len(share))
    room, spare = np.cumsum(1 - share[small]), np.cumsum(share[large] - 1)
    filled_by = np.searchsorted(spare, room - (1 - share[small]), side="right")
    other[small] = large[np.minimum(filled_by, len(large) - 1)]  # Rounding may leave a grain for nobody.
    last = np.searchsorted(room, spare, side="right")
    leaves = last < len(small)
    keep[large[leaves]] -= room[last[leaves]] - spare[leaves]
    other[large[:-1]] = large[1:]
    return np.maximum(keep, 0), other


def _row(number: Any) -> Any:
    """The row of a table that the last bits of a number pick."""
    return (number & ROWS - 1).astype(np.int64)


def _is_new(edge: Ints) -> Any:
    """Whether an edge was not drawn before: the draws of a person lie together, and are not more than 20."""
    new = np.ones(len(edge), np.bool_)
    for apart in range(1, DEGREE_MOST):
        new[apart:] &= edge[apart:] != edge[:-apart]
    return new
