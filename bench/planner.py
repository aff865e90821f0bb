"""The planner on made-up people: a million with a thousand ad sets, and a hundred million with ten thousand, in nested budgets.

`python -m bench.planner`. Of the million: the certified gap, and by how much the gap is wider in the values as
they were given, in float64, before they were rounded to steps (`quantisation_lost_percent`). `passes_*` are those until
the bound is within 0.1 % of the least one found; warm from the prices of the day before, when the logarithms of bids were 0.1
and those of budgets 0.2 different (standard deviations). Kernels are timed on one thread, the best of several runs.
`bytes_per_person` is all files by all people, those without a place or an edge worth anything too; `edges_per_person` likewise.

Of the hundred million: the wall time from opening the files, which were written just before and may still be in memory, to the
plan (`people_1e8_s`). It needs 1.2 GB in the folder for temporary files, and two minutes.
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.record import record
from rejoinder.ads.planner.chunks import build_chunk, sum_of_steps
from rejoinder.ads.planner.desk import Part, Windows, in_threads, step
from rejoinder.ads.planner.made_up import Shape, World, generate
from rejoinder.ads.planner.plan import Plan, as_given, deliver
from rejoinder.ads.planner.population import Population, read_population
from rejoinder.ads.planner.problem import BINS, price_per_delivery
from rejoinder.ads.planner.solver import Solution, solve

DEGREE = 3.65  # As drawn; 2.7 a person are worth anything to somebody who has a place.
SHAPE = Shape(people_count=1_000_000, ad_set_count=1_000, degree=DEGREE)
WIDE = Shape(people_count=200_000, ad_set_count=70_000, degree=DEGREE)
LARGE = Shape(people_count=100_000_000, ad_set_count=10_000, degree=DEGREE)
THREADS = 2
EXCESS = 1e-3
RUNS, PAUSE_S = 100, 0.1  # The machine may be slow for many seconds.


def passes_to(found: Solution, least: int) -> int:
    """The first pass whose bound is near enough."""
    return next(one.number for one in found.log if one.bound <= least * (1 + EXCESS))


def next_day(population: Population) -> tuple[Population, np.ndarray]:
    """Other bids and budgets for the same people; and the steps, which carry the bids."""
    rng = np.random.default_rng(9)
    count = population.budgets.count
    moved = np.maximum(1, np.rint(population.step_of * np.exp(rng.normal(0, 0.1, count)))).astype(np.int64)
    budgets = population.budgets
    changed = {
        name: np.floor(getattr(budgets, name) * np.exp(rng.normal(0, 0.2, len(getattr(budgets, name))))).astype(
            np.int64
        )
        for name in ("ad_set", "campaign", "account")
    }
    chunks = tuple(replace(chunk, step_sum=sum_of_steps(moved)) for chunk in population.chunks)
    return replace(population, budgets=replace(budgets, **changed), chunks=chunks), moved


def best_of(work: Callable[[], object]) -> float:
    """Processor seconds of the quickest run."""
    times = []
    for _ in range(RUNS):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
        time.sleep(PAUSE_S)
    return min(times)


def kernel_figures(population: Population, found: Solution) -> dict[str, float | str]:
    """Millions of edges a second and core, at the prices found."""
    price = price_per_delivery(population.budgets, found.prices)
    shift = np.maximum(0, np.ceil(np.log2(np.maximum(1, price / 8)))).astype(np.int64)
    windows = Windows(np.maximum(0, price - (8 << shift)), shift)
    [desk] = in_threads(population.chunks, population.step_of).desks
    takers, part = np.zeros_like(price), Part(0, np.zeros((len(price), BINS), np.int64))

    def plain() -> None:
        offers = desk.offers(price)
        for b in desk.chunk.buckets:
            desk.kernels.count_takers(b.ids, b.values, b.places, offers, takers)

    def thresholds() -> None:
        step(price, windows, desk, part)

    return {
        "plain_medges_per_core_s": round(population.edge_count / best_of(plain) / 1e6, 1),
        "histogram_medges_per_core_s": round(population.edge_count / best_of(thresholds) / 1e6, 1),
    }


def lost_by_steps(population: Population, plan: Plan) -> float:
    """By how many percent of its bound the plan is further from it in the values as they were given."""
    world = World(SHAPE)
    [people] = world.people(0, SHAPE.people_count, piece=SHAPE.people_count)
    whole = build_chunk(people, world.step, keeps_people=True)
    value, bound = as_given(population.budgets, plan, [(people, whole)])
    return 100 * ((1 - value / bound) - plan.gap)


def size_of(folder: Path) -> int:
    """Bytes of its chunks."""
    return sum(path.stat().st_size for path in folder.glob("*.chunk"))


def small(folder: Path) -> dict[str, float | str]:
    """A million people: gap, passes, kernels, bytes."""
    generate(folder / "small", SHAPE)
    generate(folder / "wide", WIDE)
    population = read_population(folder / "small")
    crowd = in_threads(population.chunks, population.step_of, threads=THREADS)
    cold = solve(population.budgets, crowd, value_max=population.value_max, passes_max=20)
    deliver(population.budgets, crowd, cold, salt=population.salt)  # compiles, as the line before did
    began = time.perf_counter()
    found = solve(population.budgets, crowd, value_max=population.value_max)
    plan = deliver(population.budgets, crowd, found, salt=population.salt)
    seconds = time.perf_counter() - began
    tomorrow, moved = next_day(population)
    their = in_threads(tomorrow.chunks, moved, threads=THREADS)
    least = solve(tomorrow.budgets, their, value_max=population.value_max * 2, passes_max=20)
    warm = solve(tomorrow.budgets, their, value_max=population.value_max * 2, start=found.prices, passes_max=20)
    return {
        "certified_gap_percent": round(100 * plan.gap, 4),
        "median_deliveries_per_ad_set": float(np.median(plan.deliveries)),
        "quantisation_lost_percent": round(lost_by_steps(population, plan), 5),
        "passes_cold": passes_to(cold, cold.bound),
        "passes_warm": passes_to(warm, min(warm.bound, least.bound)),
        **kernel_figures(population, found),
        "edges_per_person": round(population.edge_count / SHAPE.people_count, 3),
        "bytes_per_person": round(size_of(folder / "small") / SHAPE.people_count, 2),
        "bytes_per_person_wide": round(size_of(folder / "wide") / WIDE.people_count, 2),
        "people_1e6_s": round(seconds, 2),
    }


def from_files(folder: Path, shape: Shape, name: str) -> dict[str, float | str]:
    """Make many people up and plan them from their files."""
    began = time.perf_counter()
    generate(folder, shape)
    made = time.perf_counter()
    population = read_population(folder)
    crowd = in_threads(population.chunks, population.step_of, threads=THREADS)
    found = solve(population.budgets, crowd, value_max=population.value_max)
    solved = time.perf_counter()
    plan = deliver(population.budgets, crowd, found, salt=population.salt)
    done = time.perf_counter()
    return {
        f"people_{name}_s": round(done - made, 1),
        f"giving_{name}_s": round(done - solved, 1),
        f"passes_{name}": len(found.log),
        f"gap_{name}_percent": round(100 * plan.gap, 4),
        f"edges_{name}": population.edge_count,
        f"gigabytes_{name}": round(size_of(folder) / 1e9, 2),
        f"making_{name}_s": round(made - began, 1),
    }


def main() -> None:
    """Kernels first, while the machine is cool."""
    with tempfile.TemporaryDirectory() as name:
        figures = small(Path(name))
        figures |= from_files(Path(name) / "large", LARGE, "1e8")
    print(record("planner", figures).read_text())


if __name__ == "__main__":
    main()
