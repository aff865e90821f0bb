"""A population as a folder: budgets in one file, people in chunks beside it; and one to try things on, made up from a shape.

Made-up people look like people: some ad sets are popular and most are not, bids and budgets spread widely, some people mind
adverts more than others. The same shape makes the same population, chunk by chunk.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from rejoinder.ads.planner.chunks import (
    SUFFIX,
    Chunk,
    ChunkInvalid,
    People,
    build_chunk,
    list_chunks,
    read_chunk,
    steps_of,
    write_chunk,
)
from rejoinder.ads.planner.desk import best_kernels
from rejoinder.ads.planner.problem import AMOUNT_MAX, LOTS, Budgets, Ints, ProblemError, require_ints

BUDGETS_FILE = "budgets.npz"
DEGREE_MOST = 20
BID_MICROS = 30_000
CAMPAIGN_SIZE, ACCOUNT_SIZE = 3, 9


@dataclass(frozen=True, slots=True)
class Population:
    """Everything that is planned with. `value_max` (micro-units) and `salt` (0 to 255) have one entry per ad set."""

    budgets: Budgets
    value_max: Ints
    salt: Ints
    chunks: tuple[Chunk, ...]

    @property
    def step_of(self) -> Ints:
        """The size of each ad set's steps."""
        return steps_of(self.value_max)

    @property
    def people_count(self) -> int:
        """How many people may get anything."""
        return sum(chunk.people_count for chunk in self.chunks)

    @property
    def edge_count(self) -> int:
        """How many edges there are."""
        return sum(chunk.edge_count for chunk in self.chunks)


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
                raise ProblemError(f"{name} must lie between {least} and {most}, not be {getattr(self, name)}")


def read_population(
    folder: Path,
    *,
    paths: Sequence[Path] | None = None,
    checks_sum: bool = False,
    on_chunk: Callable[[Chunk], None] = lambda _: None,
) -> Population:
    """Map a folder, or of its chunks only those at `paths`; with `checks_sum` also read all of it once and compare.

    `on_chunk` hears of each chunk that was read.
    """
    path = folder / BUDGETS_FILE
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            found = {name: file[name] for name in file.files}
        value_max, salt = found.pop("value_max"), found.pop("salt")
        budgets = Budgets(**found)
        require_ints(value_max, "value_max", least=0, most=AMOUNT_MAX)
        require_ints(salt, "salt", least=0, most=LOTS - 1)
    except FileNotFoundError:
        raise ChunkInvalid(f"{folder} holds no {BUDGETS_FILE}: it is no population") from None
    except (BadZipFile, EOFError, KeyError, TypeError, ValueError, OSError) as problem:
        raise ChunkInvalid(f"{path} cannot be read: {problem}") from problem
    chunks = []
    for chunk in list_chunks(folder) if paths is None else paths:
        chunks.append(read_chunk(chunk, checks_sum=checks_sum))
        on_chunk(chunks[-1])
    return Population(budgets, value_max, salt, tuple(chunks))


def write_budgets(folder: Path, budgets: Budgets, value_max: Ints, salt: Ints) -> None:
    """Write what belongs to the chunks of a folder; without it they are no population, so write it last."""
    beside = folder / "budgets.part"
    with beside.open("wb") as file:
        np.savez(
            file, value_max=value_max, salt=salt, **{one.name: getattr(budgets, one.name) for one in fields(budgets)}
        )
        file.flush()
        os.fsync(file.fileno())
    beside.replace(folder / BUDGETS_FILE)


def generate(
    folder: Path, shape: Shape, *, people_per_chunk: int = 1_000_000, on_people: Callable[[int], None] = lambda _: None
) -> None:
    """Make a population up in an empty or new folder; `on_people` hears how many more people there are."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise ProblemError(f"{folder} is not empty")
    world = _World(shape)
    takers = np.zeros(shape.ad_set_count, np.int64)
    for number, people in enumerate(world.people(people_per_chunk)):
        chunk = build_chunk(people, world.step)
        write_chunk(chunk, folder / f"{number:06}{SUFFIX}")
        for bucket in chunk.buckets:
            best_kernels().count_takers(
                bucket.ids,
                bucket.values,
                bucket.slots,
                np.stack([world.step, 0 * world.step], 1).astype(np.int32),
                takers,
            )
        on_people(len(people.slots))
    budgets = world.budgets(takers)
    write_budgets(folder, budgets, world.value_max, np.arange(shape.ad_set_count, dtype=np.int64) * 37 % LOTS)


class _World:
    """The ad sets of a shape, and the random numbers that people are drawn from."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        rng = np.random.default_rng([shape.seed, 0])
        count = shape.ad_set_count
        weight = np.arange(1, count + 1) ** -shape.popularity
        self._upto = np.cumsum(weight) / weight.sum()
        self._bid = BID_MICROS * np.exp(rng.normal(0, shape.bid_spread, count))
        self._charge = np.maximum(1, np.rint(self._bid * 0.4 * np.exp(rng.normal(0, 0.3, count)))).astype(np.int64)
        self._budget_noise = np.exp(rng.normal(0, 1, count))
        self.value_max = np.rint(self._bid * 30).astype(np.int64)
        self.step = steps_of(self.value_max)

    def people(self, people_per_chunk: int) -> Iterator[People]:
        """Piece after piece, each from numbers of its own."""
        for number, start in enumerate(range(0, self._shape.people_count, people_per_chunk)):
            count = min(people_per_chunk, self._shape.people_count - start)
            yield self._piece(np.random.default_rng([self._shape.seed, 1, number]), start, count)

    def _piece(self, rng: Any, start: int, count: int) -> People:
        shape = self._shape
        wanted = 1 + rng.exponential(shape.degree - 0.5, count).astype(np.int64)
        owner = np.repeat(np.arange(count), np.minimum(wanted, DEGREE_MOST))
        drawn = np.minimum(np.searchsorted(self._upto, rng.random(len(owner))), shape.ad_set_count - 1)
        edges = np.unique(owner * np.int64(shape.ad_set_count) + drawn)
        owner, ad_set = edges // shape.ad_set_count, edges % shape.ad_set_count
        liking = np.exp(rng.normal(-0.125, 0.5, count))[owner] * np.exp(rng.normal(-0.18, 0.6, len(owner)))
        minding = 0.2 * BID_MICROS * np.exp(0.8 * rng.normal(0, 1, count))
        value = np.minimum(np.rint(self._bid[ad_set] * liking - minding[owner]), self.value_max[ad_set])
        slots = rng.choice(3, count, p=[0.1, 0.7, 0.2]).astype(np.int64)
        offset = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=count))]).astype(np.int64)
        return People(np.arange(start, start + count), slots, offset, ad_set, value)

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
