"""The planner on a made-up population of a million people and a thousand ad sets, in nested budgets. `python -m bench.planner`.

`passes_*` are those until the bound is within 0.1 % of the least one found; warm from the prices of the day before, when the
logarithms of bids were 0.1 and those of budgets 0.2 different (standard deviations). Kernels are timed on one thread, the best
of several runs.
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.record import record
from rejoinder.ads.planner.desk import best_kernels, in_threads
from rejoinder.ads.planner.made_up import Shape, generate
from rejoinder.ads.planner.plan import deliver
from rejoinder.ads.planner.population import Population, read_population
from rejoinder.ads.planner.problem import BINS, price_per_delivery
from rejoinder.ads.planner.solver import Solution, solve

SHAPE = Shape(people_count=1_000_000, ad_set_count=1_000)
EXCESS = 1e-3
RUNS = 5


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
    return replace(population, budgets=replace(budgets, **changed)), moved


def best_of(work: Callable[[], object]) -> float:
    """Processor seconds of the quickest run."""
    times = []
    for _ in range(RUNS):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)


def kernel_figures(population: Population, found: Solution) -> dict[str, float]:
    """Millions of edges a second and core, at the prices found."""
    kernels, step = best_kernels(), population.step_of
    price = price_per_delivery(population.budgets, found.prices)
    takers = np.zeros(population.budgets.count, np.int64)
    histogram = np.zeros((population.budgets.count, BINS), np.int64)
    shift = np.maximum(0, np.ceil(np.log2(np.maximum(1, price / 8)))).astype(np.int64)
    low = np.maximum(0, price - (8 << shift))
    buckets = [bucket for chunk in population.chunks for bucket in chunk.buckets]

    def plain() -> None:
        for b in buckets:
            kernels.count_takers(b.ids, b.values, b.slots, step, price, takers)

    def thresholds() -> None:
        for b in buckets:
            kernels.count_thresholds(b.ids, b.values, b.slots, step, price, low, shift, histogram)

    return {
        "plain_medges_per_core_s": round(population.edge_count / best_of(plain) / 1e6, 1),
        "histogram_medges_per_core_s": round(population.edge_count / best_of(thresholds) / 1e6, 1),
    }


def main() -> None:
    """Make the population up, plan it cold and warm, time the kernels."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "population"
        generate(folder, SHAPE)
        size = sum(path.stat().st_size for path in folder.glob("*.chunk"))
        population = read_population(folder)
        crowd = in_threads(population.chunks, population.step_of, threads=2)
        cold = solve(population.budgets, crowd, value_max=population.value_max, passes_max=20)
        began = time.perf_counter()
        found = solve(population.budgets, crowd, value_max=population.value_max)
        plan = deliver(population.budgets, crowd, found, salt=population.salt)
        seconds = time.perf_counter() - began
        tomorrow, step = next_day(population)
        their = in_threads(tomorrow.chunks, step, threads=2)
        least = solve(tomorrow.budgets, their, value_max=population.value_max * 2, passes_max=20)
        warm = solve(tomorrow.budgets, their, value_max=population.value_max * 2, start=found.prices, passes_max=20)
        figures = {
            "certified_gap_percent": round(100 * plan.gap, 4),
            "median_deliveries_per_ad_set": float(np.median(plan.deliveries)),
            "passes_cold": passes_to(cold, cold.bound),
            "passes_warm": passes_to(warm, min(warm.bound, least.bound)),
            **kernel_figures(population, found),
            "bytes_per_person": round(size / SHAPE.people_count, 2),
            "people_1e6_s": round(seconds, 2),
        }
    print(record("planner", figures).read_text())


if __name__ == "__main__":
    main()
