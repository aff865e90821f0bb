"""The desks on other machines, by Ray (`pip install 'rejoinder[ray]'`): each worker maps its own chunks and keeps what it gives.

Nobody's edges travel: a pass sends a few numbers of each ad set to every worker, which sends back one sum of its chunks.
The sums are whole numbers, so the plan is the one that threads make, bit for bit. Files must lie at the same path everywhere.
"""

import logging
import operator
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any, TypeVar

from rejoinder.ads.planner.chunks import read_chunk
from rejoinder.ads.planner.desk import Desk, in_threads
from rejoinder.ads.planner.problem import Ints, ProblemError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cluster:
    """Workers of Ray; worker w of n has every n-th chunk from the w-th on."""

    workers: Sequence[Any]
    step_of: Ints
    chunk_count: int

    def total(self, ask: Callable[[Desk, T], T], nothing: T) -> T:
        """See `desk.Crowd`."""
        sums: list[T] = self._asked("total", ask, nothing)
        return reduce(operator.add, sums)

    def each(self, ask: Callable[[Desk], T]) -> Sequence[T]:
        """See `desk.Crowd`."""
        answers = self._asked("each", ask)
        return [answers[number % len(answers)][number // len(answers)] for number in range(self.chunk_count)]

    def _asked(self, method: str, *handed: Any) -> list[Any]:
        ray = _ray()
        shared = [ray.put(one) for one in handed]
        try:
            found: list[Any] = ray.get([getattr(worker, method).remote(*shared) for worker in self.workers])
        except ray.exceptions.RayError as problem:
            # The traceback of a worker that could not even start ends in what was wrong.
            told = getattr(problem, "cause", None) or str(problem).strip().splitlines()[-1]
            raise ProblemError(f"a worker of Ray failed: {told}") from problem
        return found


def on_ray(paths: Sequence[Path], step_of: Ints, *, workers: int | None = None) -> Cluster:
    """Deal the chunks out to so many workers, as many as there are processors by default.

    They run in the cluster that this process has joined or RAY_ADDRESS names, or else on this machine.
    """
    ray = _ray()
    if not ray.is_initialized():
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nobody is told that somebody plans
        try:
            ray.init(include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
        except (ConnectionError, RuntimeError) as problem:
            raise ProblemError(f"Ray cannot be reached or started: {problem}") from problem
    processors = int(ray.cluster_resources().get("CPU", 0))
    count = min(workers or processors, len(paths))
    if not 0 < count <= processors:
        raise ProblemError(f"{count} workers of Ray need a processor each, and there are {processors}")
    remote = ray.remote(num_cpus=1, scheduling_strategy="SPREAD")(_Worker)
    hands = [remote.remote([str(path.resolve()) for path in paths[hand::count]], step_of) for hand in range(count)]
    return Cluster(hands, step_of, len(paths))


class _Worker:
    """What runs in a worker: desks in a thread of its own."""

    def __init__(self, paths: list[str], step_of: Ints) -> None:
        self._crowd = in_threads([read_chunk(Path(path), checks_sum=True) for path in paths], step_of)

    def total(self, ask: Callable[[Desk, T], T], nothing: T) -> T:
        return self._crowd.total(ask, nothing)

    def each(self, ask: Callable[[Desk], T]) -> Sequence[T]:
        return self._crowd.each(ask)


def _ray() -> Any:
    try:
        import ray  # noqa: PLC0415  an extra, and slow to import
    except ImportError:
        raise ProblemError("spreading a plan over machines needs Ray: pip install 'rejoinder[ray]'") from None
    return ray
