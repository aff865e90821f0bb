"""Everybody, asked chunk by chunk: what is done at one desk needs nothing but its chunk and a few numbers of each ad set.

So desks may stand in threads of this process (`in_threads`) or on other machines (`cluster`). What they answer is whole
numbers that add up to the same in any order. The kernels do the counting; what is asked and why is for `solver` and `plan`.
"""

import operator
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from copy import deepcopy
from dataclasses import dataclass, field
from functools import reduce
from importlib import import_module
from types import ModuleType
from typing import Any, Protocol, TypeVar

import numpy as np

from rejoinder.ads.planner.chunks import STEP_MAX, Chunk, sample, sum_of_steps
from rejoinder.ads.planner.problem import LANES, NONE, UNPAYABLE, Ints, ProblemError, require_ints

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Windows:
    """Where each ad set's histogram looks, in micro-units per delivery: from `low` up, bins of 2 ** `shift`."""

    low: Ints
    shift: Ints


@dataclass(frozen=True, slots=True)
class Part:
    """What some chunks add to a pass: the margins of their people and their histograms. Parts add up in any order."""

    margins: int
    histogram: Ints

    def __add__(self, other: "Part") -> "Part":
        return Part(self.margins + other.margins, self.histogram + other.histogram)


@dataclass(slots=True)
class Desk:
    """One chunk, the size of its steps, and what its people have been given and wish for.

    `choice` and `wished` have for each bucket the edges [line, place, lane]: a byte for each place, and they stay in memory.
    """

    chunk: Chunk
    step_of: Ints
    kernels: ModuleType
    choice: list[Any] = field(default_factory=list)
    wished: list[Any] = field(default_factory=list)

    def offers(self, price: Ints) -> Any:
        """Step and price of each ad set, side by side in memory as they are needed together."""
        return np.stack([self.step_of, np.minimum(price, UNPAYABLE)], axis=1).astype(np.int32)


@dataclass(frozen=True, slots=True)
class Grants:
    """Of each ad set the price of a delivery, the salt of its lots, the last kind that is granted, and up to which lot."""

    price: Ints
    salt: Ints
    last: Ints
    cut: Ints


class Crowd(Protocol):
    """All desks, wherever they are; what is asked of them is a function that can be sent there."""

    @property
    def step_of(self) -> Ints:
        """The size of each ad set's steps, in micro-units."""

    def total(self, ask: Callable[[Desk, T], T], nothing: T) -> T:
        """Ask at every desk, which adds its answer to what it is handed, from `nothing` on; the sum."""

    def each(self, ask: Callable[[Desk], T]) -> Sequence[T]:
        """Ask at every desk: the answers in the order of the chunks."""


# --- what is asked ---


def step(price: Ints, windows: Windows, desk: Desk, part: Part) -> Part:
    """Add one chunk's part of a pass."""
    low = np.minimum(windows.low, UNPAYABLE - 1)
    looks = np.stack([low + 1 - np.minimum(price, UNPAYABLE), windows.shift], axis=1).astype(np.int32)
    offers, margins = desk.offers(price), part.margins
    for b in desk.chunk.buckets:
        margins += int(desk.kernels.count_thresholds(b.ids, b.values, b.places, offers, looks, part.histogram))
    return Part(margins, part.histogram)


def sampled(lots: int, seed: int, desk: Desk) -> tuple[int, Chunk]:
    """How many people there are, and some of them."""
    return desk.chunk.people_count, sample(desk.chunk, lots, seed)


def clear(desk: Desk) -> int:
    """Take back whatever was given; returns by how much rounding values to steps can change what a plan is worth."""
    desk.choice = [np.full((len(b.ids), b.places, LANES), NONE, np.uint8) for b in desk.chunk.buckets]
    desk.wished = [np.empty_like(choice) for choice in desk.choice]
    return desk.chunk.rounding_micros


def wish(price: Ints, desk: Desk, wishes: Ints) -> Ints:
    """Let one chunk's people wish; add what they wish for, of each ad set by kind."""
    offers = desk.offers(price)
    for b, choice, wished in zip(desk.chunk.buckets, desk.choice, desk.wished, strict=True):
        desk.kernels.wish(b.ids, b.values, offers, choice, wished, wishes)
    return wishes


def count_lots(grants: Grants, desk: Desk, wishes: Ints) -> Ints:
    """Add one chunk's wishes of each ad set's last kind, by lot."""
    offers = desk.offers(grants.price)
    for b, wished in zip(desk.chunk.buckets, desk.wished, strict=True):
        desk.kernels.count_lots(b.ids, b.values, b.lots, offers, grants.salt, grants.last, wished, wishes)
    return wishes


def grant(grants: Grants, desk: Desk, worth: int) -> int:
    """Grant one chunk's wishes of kinds before the last, and of the last those with lots below the cut; add their worth."""
    offers = desk.offers(grants.price)
    for b, wished, choice in zip(desk.chunk.buckets, desk.wished, desk.choice, strict=True):
        worth += int(
            desk.kernels.grant(b.ids, b.values, b.lots, offers, grants.salt, grants.last, grants.cut, wished, choice)
        )
    return worth


def given(desk: Desk) -> tuple[Any, ...]:
    """Of each bucket the chosen edges."""
    return tuple(desk.choice)


# --- in this process ---


class Threads:
    """Desks of this process, some at a time."""

    def __init__(self, desks: Sequence[Desk], step_of: Ints, threads: int) -> None:
        self.desks, self.step_of = desks, step_of
        self._threads = min(threads, len(desks))
        self._pool = ThreadPoolExecutor(self._threads)

    def total(self, ask: Callable[[Desk, T], T], nothing: T) -> T:
        """See `Crowd`. Each thread, this one too, has a sum of its own and takes the next desk when it is done with one."""
        waiting = iter(self.desks)

        def one_thread() -> T:
            try:
                return reduce(lambda so_far, desk: ask(desk, so_far), waiting, deepcopy(nothing))
            finally:  # Also where something failed or somebody pressed Ctrl-C: nobody goes on with the rest.
                deque(waiting, maxlen=0)

        others = [self._pool.submit(one_thread) for _ in range(self._threads - 1)]
        try:
            mine = one_thread()
        finally:
            wait(others)
        return reduce(operator.add, (other.result() for other in others), mine)

    def each(self, ask: Callable[[Desk], T]) -> Sequence[T]:
        """See `Crowd`."""
        return list(self._pool.map(ask, self.desks))


def in_threads(
    chunks: Iterable[Chunk], step_of: Ints, *, threads: int = 1, compiled: ModuleType | None = None
) -> Threads:
    """Every chunk here; all must speak of as many ad sets as have a step."""
    require_ints(step_of, "step_of", least=1, most=STEP_MAX)
    desks = [Desk(chunk, step_of, compiled or best_kernels()) for chunk in chunks]
    if threads < 1:
        raise ProblemError("it takes at least one thread")
    if not desks:
        raise ProblemError("there is no chunk to plan")
    for desk in desks:
        if desk.chunk.ad_set_count != len(step_of):
            raise ProblemError(f"a chunk speaks of {desk.chunk.ad_set_count} ad sets, the problem of {len(step_of)}")
        if desk.chunk.step_sum != sum_of_steps(step_of):
            raise ProblemError("a chunk was built with other steps: it belongs to another population")
    return Threads(desks, step_of, threads)


def best_kernels() -> ModuleType:
    """Numba's, or NumPy's where there is no Numba."""
    try:
        return import_module("rejoinder.ads.planner.kernels")
    except ImportError:
        return import_module("rejoinder.ads.planner.kernels_numpy")
