"""A population as a folder: budgets in one file, people in chunks beside it."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path

import numpy as np

from rejoinder.ads.planner.chunks import Chunk, ChunkInvalid, list_chunks, read_chunk, steps_of, sum_of_steps
from rejoinder.ads.planner.problem import AMOUNT_MAX, LOTS, Budgets, Ints, require_ints

BUDGETS_FILE = "budgets.npz"


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


def read_population(
    folder: Path,
    *,
    paths: Sequence[Path] | None = None,
    checks_sum: bool = False,
    threads: int | None = None,
    on_chunk: Callable[[Chunk], None] = lambda _: None,
) -> Population:
    """Map a folder, or of its chunks only those at `paths`; with `checks_sum` also read all of it once and compare.

    `threads` read at a time, as many as there are processors if it is not said; `on_chunk` hears of each chunk that was read.
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
    except Exception as problem:  # whatever a damaged archive leads to, in zip or in NumPy
        raise ChunkInvalid(f"{path} cannot be read: {problem}") from problem
    if not len(value_max) == len(salt) == budgets.count:
        raise ChunkInvalid(f"{path}: value_max, salt and charge are not equally long")
    chunks, step_sum = [], sum_of_steps(steps_of(value_max))
    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        files = list_chunks(folder) if paths is None else paths
        for file, chunk in zip(files, pool.map(partial(read_chunk, checks_sum=checks_sum), files), strict=True):
            if (chunk.ad_set_count, chunk.step_sum) != (budgets.count, step_sum):
                raise ChunkInvalid(
                    f"{file} was built for other ad sets than those of {path}: it is of another population"
                )
            chunks.append(chunk)
            on_chunk(chunk)
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
