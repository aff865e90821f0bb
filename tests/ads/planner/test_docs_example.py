"""The example of docs/planner.md, built and solved: every number of that section, and the constants that the page names."""

import json
import re
from inspect import signature
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from rejoinder.ads.planner import chunks, kernels, kernels_numpy, plan, problem
from rejoinder.ads.planner.chunks import Chunk, People, build_chunk, steps_of
from rejoinder.ads.planner.desk import Desk, Part, Windows, best_kernels, in_threads, step
from rejoinder.ads.planner.plan import Plan, deliver
from rejoinder.ads.planner.problem import Budgets, Ints, Levels, price_per_delivery
from rejoinder.ads.planner.solver import Solution, solve
from tests.support.planner import chosen

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/planner.md").read_text()
EXAMPLE = PAGE.split("## An example\n")[1].split("\n## ")[0]
A, B = 0, 1
ANNA, BO, CEM = 0, 1, 2


def ints(*values: int) -> Ints:
    return np.array(values, dtype=np.int64)


VALUES = {ANNA: {B: 100_000, A: 300_000}, BO: {B: 180_000, A: 240_000}, CEM: {B: 120_004, A: 200_000}}
VALUE_MAX = ints(300_000, 300_000)
STEP = steps_of(VALUE_MAX)
FOUND = Levels(ints(800_000, 0), ints(0), ints(0))


def budgets(of_a: int = 150_000) -> Budgets:
    return Budgets(ints(100_000, 50_000), ints(of_a, 200_000), ints(0, 0), ints(500_000), ints(0), ints(500_000))


def chunk_of(*who: int) -> Chunk:
    edges = [edge for person in who for edge in VALUES[person].items()]
    people = People(
        key=ints(*(person + 1 for person in who)),
        places=ints(*(1 for _ in who)),
        offset=ints(*range(0, 2 * len(who) + 1, 2)),
        ad_set=ints(*(ad_set for ad_set, _ in edges)),
        value=ints(*(value for _, value in edges)),
    )
    return build_chunk(people, STEP, keeps_people=True)


def solved(of_a: int = 150_000, *, start: Levels | None = None, passes_max: int = 12) -> tuple[Solution, Plan, Chunk]:
    chunk = chunk_of(ANNA, BO, CEM)
    crowd = in_threads([chunk], STEP)
    solution = solve(budgets(of_a), crowd, value_max=VALUE_MAX, start=start, passes_max=passes_max)
    return solution, deliver(budgets(of_a), crowd, solution, salt=ints(0, 1)), chunk


def margins_at(price_of_a: int, who: int) -> int:
    """What one person's best is worth beyond the price, as a pass adds it up."""
    return asked(ints(price_of_a, 0), 0, who).margins


def asked(price: Ints, low: int, who: int) -> Part:
    """One person's part of a pass, with A's histogram from `low` up."""
    nothing = Part(0, np.zeros((2, problem.BINS), np.int64))
    return step(price, Windows(ints(low, 0), ints(14, 14)), Desk(chunk_of(who), STEP, best_kernels()), nothing)


def test_every_number_of_the_example_is_one_that_is_asserted_here() -> None:
    told = {text.rstrip(",") for text in re.findall(r"\d[\d,]*(?:\.\d+)?", EXAMPLE)}
    micros = [0, 4, 10, 40_000, 50_000, 60_000, 80_000, 100_000, 120_000, 120_004, 150_000, 160_000, 180_000, 200_000]
    micros += [220_000, 240_000, 300_000, 500_000, 600_000, 600_004, 640_000, 640_004, 650_000, 740_000, 800_000]
    assert told == {f"{number:,}" for number in micros} | {"6.25"}


def test_the_table_and_the_thresholds() -> None:
    for name, person in (("Anna", ANNA), ("Bo", BO), ("Cem", CEM)):
        row = re.search(rf"^\| {name} \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|$", EXAMPLE, re.M)
        assert row
        of_a, of_b, threshold = (int(cell.replace(",", "")) for cell in row.groups())
        assert (of_a, of_b) == (VALUES[person][A], VALUES[person][B])
        for low, counted in ((threshold - 1, 1), (threshold, 0)):  # a threshold counts above where the histogram begins
            assert asked(ints(0, 0), low, person).histogram[A].sum() == counted
    assert list(STEP) == [10, 10]
    assert chunk_of(ANNA, BO, CEM).rounding_micros == 4
    assert chunk_of(CEM).buckets[0].values[0, 0, 0] * STEP[B] == 120_000


def test_at_no_price_and_at_a_price_of_100_000() -> None:
    free, _, _ = solved(start=Levels(ints(0, 0), ints(0), ints(0)), passes_max=1)
    assert free.bound == 740_000
    assert budgets().spend(ints(3, 0)).ad_set[A] == 300_000
    prices = Levels(ints(1_000_000, 0), ints(0), ints(0))
    dear, _, _ = solved(start=prices, passes_max=1)
    assert list(price_per_delivery(budgets(), prices)) == [100_000, 0]
    assert [margins_at(100_000, person) for person in (ANNA, BO, CEM)] == [200_000, 180_000, 120_000]
    assert prices.dot(budgets().limits) == 150_000 * problem.PRICE_SCALE
    assert dear.bound == 650_000 == 200_000 + 180_000 + 120_000 + 150_000


def test_what_the_solver_finds() -> None:
    solution, _, _ = solved()
    assert [list(one) for one in solution.prices] == [[800_000, 0], [0], [0]]
    assert list(price_per_delivery(budgets(), solution.prices)) == [80_000, 0]
    assert [margins_at(80_000, person) for person in (ANNA, BO, CEM)] == [220_000, 180_000, 120_000]
    assert solution.prices.dot(budgets().limits) == 120_000 * problem.PRICE_SCALE
    assert solution.bound == 640_000
    assert solution.log[0].bound == 740_000
    warm, _, _ = solved(start=FOUND)
    assert warm.log[0].bound == warm.bound == 640_000


def test_the_plan() -> None:
    _, made, chunk = solved()
    assert [VALUES[ANNA][A] - 80_000, VALUES[BO][A] - 80_000, VALUES[BO][B]] == [220_000, 160_000, 180_000]
    assert VALUES[CEM][A] - 80_000 == 120_000
    assert chosen(chunk, made.choices[0]) == {ANNA: [A], BO: [B], CEM: [B]}
    assert list(made.deliveries) == [1, 2]
    assert [list(one) for one in made.spend] == [[100_000, 100_000], [200_000], [200_000]]
    assert (made.value, made.bound, made.rounding_micros) == (600_000, 640_000, 4)
    assert made.gap == pytest.approx(0.0625)
    assert VALUES[ANNA][A] + VALUES[BO][B] + VALUES[CEM][B] == 600_004
    assert made.bound + made.rounding_micros == 640_004


def test_it_is_the_best_plan_and_the_gap_is_half_a_delivery() -> None:
    _, made, _ = solved()
    worths = {
        sum(VALUES[person][ad_set] // 10 * 10 for person, ad_set in enumerate(choice) if ad_set is not None)
        for choice in product((A, B, None), repeat=3)
        if all(
            (one <= limit).all()
            for one, limit in zip(
                budgets().spend(ints(choice.count(A), choice.count(B))), budgets().limits, strict=True
            )
        )
    }
    assert max(worths) == made.value == 600_000
    left = budgets().limits.minus(made.spend)
    assert left.ad_set[A] == 50_000
    assert made.prices.dot(left) == 40_000 * problem.PRICE_SCALE
    assert made.bound - made.value == 40_000


def test_nothing_is_left_over_with_a_budget_of_100_000() -> None:
    _, made, _ = solved(100_000)
    assert (made.value, made.bound, made.gap) == (600_000, 600_000, 0.0)


@pytest.mark.parametrize("compiled", [kernels, kernels_numpy])
@pytest.mark.parametrize("pieces", [[(ANNA, BO, CEM)], [(CEM,), (ANNA,), (BO,)]])
@pytest.mark.parametrize("threads", [1, 2])
def test_chunks_threads_and_numpy_change_nothing(
    compiled: ModuleType, pieces: list[tuple[int, ...]], threads: int
) -> None:
    population = [chunk_of(*who) for who in pieces]
    crowd = in_threads(population, STEP, threads=threads, compiled=compiled)
    solution = solve(budgets(), crowd, value_max=VALUE_MAX)
    made = deliver(budgets(), crowd, solution, salt=ints(0, 1))
    got = {
        pieces[number][row]: ad_sets
        for number, chunk in enumerate(population)
        for row, ad_sets in chosen(chunk, made.choices[number]).items()
    }
    assert got == {ANNA: [A], BO: [B], CEM: [B]}
    assert [list(one) for one in made.prices] == [[800_000, 0], [0], [0]]
    assert (made.value, made.bound, made.rounding_micros) == (600_000, 640_000, 4)


def test_arrays_of_your_own_become_a_plan_as_the_page_says(tmp_path: Path) -> None:
    """The code block of the page, with the example's people in two pieces."""
    [code] = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    edges = [VALUES[who] for who in (ANNA, BO, CEM)]
    known = {
        **{name: getattr(budgets(), name) for name in ("charge", "campaign_of", "account_of")},
        **dict(zip(("key", "places", "offset", "ad_set", "value"), arrays_of(edges), strict=True)),
        "folder": tmp_path / "town",
        "value_max": VALUE_MAX,
        "salt": ints(0, 1),
    }
    renamed = {"ad_set": "ad_set_budget", "campaign": "campaign_budget", "account": "account_budget"}
    for name, other in renamed.items():
        known[other] = getattr(budgets(), name)
    exec(code, known)  # noqa: S102  our own page
    assert (known["plan"].value, known["plan"].bound) == (600_000, 640_000)
    assert known["got"] == {ANNA: [A], BO: [B], CEM: [B]}


def arrays_of(edges: list[dict[int, int]]) -> tuple[Any, ...]:
    """Keys, places, offsets, ad sets and values of people with a place each."""
    offset = np.append(0, np.cumsum([len(one) for one in edges]))
    flat = [pair for one in edges for pair in one.items()]
    return (
        ints(*range(len(edges))),
        ints(*[1] * len(edges)),
        offset,
        ints(*(c for c, _ in flat)),
        ints(*(v for _, v in flat)),
    )


def test_the_table_of_other_solvers_is_what_was_measured() -> None:
    result = json.loads((ROOT / "bench/results/planner_peers.json").read_text())["figures"]
    for row, peer in (
        ("ours", "ours"),
        ("PDLP", "pdlp"),
        ("HiGHS, the quickest", "highs"),
        ("HiGHS, to the", "highs_exact"),
    ):
        told = re.search(rf"^\| {row}[^|]* \| (\S+) s \| (?:more than )?(\S+) s \|$", PAGE, re.M)
        assert told is not None, row
        assert told.groups() == (f"{result[f'{peer}_s']:.3g}", f"{result[f'{peer}_s_1e6']:.3g}")
    assert result["highs_exact_timed_out_1e6"]


def test_constants_are_what_the_page_says() -> None:
    text = " ".join(PAGE.split())
    assert f"A histogram has {problem.BINS} bins" in text
    assert f"made of *lines* of {problem.LANES} people" in text
    assert f"There are {problem.KINDS} kinds" in text
    assert f"one of {problem.LOTS} lots decides" in text
    assert f"`ROUNDS`: {', '.join(map(str, plan.ROUNDS))}." in text
    assert f"at most {chunks.STEPS_MAX:,} steps" in text
    assert f"| 0 to {problem.PLACES_MAX} |" in text
    assert f"up to {problem.DEGREE_MAX} |" in text
    assert (problem.AMOUNT_MAX, problem.PRICE_MAX, problem.BUDGET_MAX) == (10**9, 2**50, 2**53)
    assert "value up to 10^9, charge 1 to 10^9" in text
    assert "| 0 to 2^53 |" in text
    asked = signature(solve).parameters
    assert (asked["passes_max"].default, asked["improvement_min"].default) == (50, 1e-4)
    bucket = chunk_of(ANNA).buckets[0]
    assert (bucket.ids.itemsize, bucket.values.itemsize, bucket.lots.itemsize) == (2, 2, 1)
