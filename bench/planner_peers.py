"""The planner beside OR-tools' PDLP and HiGHS: the time to a plan that is certified to be within 1 % of the best.

`python -m bench.planner_peers`. Two made-up populations with 1,000 ad sets in nested budgets: 10^5 people, and 10^6 (`_1e6`).
All work on two threads, one after the other, in one run.

- **Ours** is timed from mapped chunks to the finished plan: prices, bound, rounding. Kernels were compiled before, on a small
  population. It makes as few passes as the gap asks for; those are found first, then timed afresh.
- **Peers** solve the linear program in which people may be served in parts. Its rows are people, where they have more edges than
  places, and budgets; amounts are in hundredths of the currency, so that most lie around 1. Only the solver's own time counts
  (`pdlp_s`, `highs_s`): not building the model, not handing it over, not looser tolerances that were tried before and did not
  do. A plan has to be made of what they find, because it is in parts and breaks budgets by a little: their prices go through
  one pass of ours, for the exact bound, and through our rounding. That is `*_rounding_s`, and no part of the speed-up either.
- **PDLP** and the loose ways of HiGHS take the first of `TOLERANCES` that is enough. The two ways of HiGHS that are quickest on 10^4
  people and 100 ad sets are tried at full size, and the quicker one counts (`highs_method`): which that is changes with the
  size. `highs_exact_s` is its simplex, to the end.
- Whoever reaches `LIMIT_S` is asked to stop, and made to where that is not heard, which happens (`*_timed_out`): the time is then
  a lower bound, and the gap that of the prices so far, or of none.

Times are medians of `RUNS`, except those of peers that take longer than `LONG_S`. The two libraries cannot be loaded into one
process, so each has one of its own, `python -m bench.planner_peers LIBRARY FOLDER METHOD TOLERANCE`.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from bench.planner import DEGREE
from bench.record import record
from rejoinder.ads.planner.desk import in_threads
from rejoinder.ads.planner.made_up import Shape, generate
from rejoinder.ads.planner.plan import Plan, deliver
from rejoinder.ads.planner.population import Population, read_population
from rejoinder.ads.planner.problem import PRICE_MAX, PRICE_SCALE, Budgets, Levels
from rejoinder.ads.planner.solver import solve

GAP = 0.01
THREADS, PEOPLE_PER_CHUNK = 2, 250_000  # Fewer than that are one chunk, and that is one thread's.
RUNS, LONG_S, LIMIT_S = 5, 10.0, 180.0
GRACE_S = 60.0  # More than building a model, or repeating a quick run, takes.
UNIT_MICROS = 10_000
SMALL = Shape(people_count=10_000, ad_set_count=100)
SHAPES = {
    "": Shape(people_count=100_000, ad_set_count=1_000, degree=DEGREE),
    "_1e6": Shape(people_count=1_000_000, ad_set_count=1_000, degree=DEGREE),
}
EXACT = 0.0  # As a tolerance: the library's own.
TOLERANCES = (1e-2, 1e-3, 1e-4)
# Its newer interior point method, HiPO, is not in the package of PyPI.
HIGHS_METHODS = {"simplex": (EXACT,), "ipx": TOLERANCES, "pdlp": TOLERANCES, "hipdlp": TOLERANCES}


@dataclass(frozen=True, slots=True)
class Program:
    """Maximise `worth` times x, x from 0 to 1, no row above its `limit`; the matrix by columns, an edge each.

    Rows are people, ad sets, campaigns, accounts, in this order.
    """

    worth: Any
    limit: Any
    start: Any
    index: Any
    coefficient: Any


@dataclass(frozen=True, slots=True)
class Answer:
    """What a peer found, in how many seconds; `dual` has a price for each row."""

    seconds: float
    timed_out: bool
    dual: Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """A peer's answer made a plan."""

    answer: Answer
    tolerance: float
    gap: float
    rounding_s: float

    @property
    def is_enough(self) -> bool:
        """Whether the plan is certified to be as good as is asked for."""
        return self.gap <= GAP

    def figures(self, peer: str) -> dict[str, float | str]:
        """All of it under the peer's name."""
        return {
            f"{peer}_s": round(self.answer.seconds, 2),
            f"{peer}_gap_percent": round(100 * self.gap, 3),
            f"{peer}_tolerance": self.tolerance,
            f"{peer}_timed_out": int(self.answer.timed_out),
            f"{peer}_rounding_s": round(self.rounding_s, 3),
        }


def planned(population: Population, *, passes_max: int, start: Levels | None = None) -> Plan:
    """All that is ours: from chunks to a certified plan. With `start` and one pass, the plan and the bound at those prices."""
    budgets = population.budgets
    crowd = in_threads(population.chunks, population.step_of, threads=THREADS)
    found = solve(budgets, crowd, value_max=population.value_max, start=start, passes_max=passes_max)
    if start is not None:
        found = replace(found, prices=start)
    return deliver(budgets, crowd, found, salt=population.salt)


def ours(population: Population) -> dict[str, float | str]:
    """As few passes as certify the gap, and how long a plan with so many takes."""
    passes = next(count for count in range(1, 20) if planned(population, passes_max=count).gap <= GAP)
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        plan = planned(population, passes_max=passes)
        times.append(time.perf_counter() - began)
    return {
        "ours_s": round(median(times), 3),
        "ours_gap_percent": round(100 * plan.gap, 3),
        "ours_passes": passes,
    }


def program_of(population: Population) -> Program:
    """The linear program of a population, with values as the planner sees them: in whole steps."""
    budgets = population.budgets
    owners, ad_sets, worths, limits, first = [], [], [], [], 0
    for bucket in (bucket for chunk in population.chunks for bucket in chunk.buckets):
        lines, edges, lanes = bucket.ids.shape
        is_edge = bucket.values > 0
        owner = first + np.arange(lines * lanes).reshape(lines, 1, lanes)
        owners.append(np.broadcast_to(owner, is_edge.shape)[is_edge])
        ad_sets.append(bucket.ids[is_edge].astype(np.int64))
        worths.append(bucket.values[is_edge] * population.step_of[ad_sets[-1]])
        # Who has a place for every edge needs no row, nor do the empty ends of lines.
        limits.append(np.where(is_edge.any(axis=1).ravel() & (bucket.places < edges), bucket.places, 0))
        first += lines * lanes
    owner, ad_set, worth, places = (np.concatenate(parts) for parts in (owners, ad_sets, worths, limits))
    has_row = places > 0
    campaign = budgets.campaign_of[ad_set]
    nested = (ad_set, campaign, budgets.account_of[campaign])
    at = has_row.sum() + np.cumsum([0, *(len(level) for level in budgets.limits)])
    index = np.stack([has_row.cumsum()[owner] - 1, *(row + one for row, one in zip(nested, at, strict=False))], axis=1)
    charge = np.broadcast_to((budgets.charge[ad_set] / UNIT_MICROS)[:, None], (len(owner), 3))
    coefficient = np.concatenate([np.ones((len(owner), 1)), charge], axis=1)
    is_used = np.ones(index.shape, np.bool_)
    is_used[:, 0] = has_row[owner]
    return Program(
        worth=worth / UNIT_MICROS,
        limit=np.concatenate([places[has_row], *(level / UNIT_MICROS for level in budgets.limits)]),
        start=np.concatenate([[0], is_used.sum(axis=1).cumsum()]),
        index=index[is_used],
        coefficient=coefficient[is_used],
    )


def prices_of(dual: Any, budgets: Budgets) -> Levels:
    """The prices of the budgets, which are the last rows, as the planner writes them."""
    ends = np.cumsum([len(level) for level in budgets.limits])
    prices = np.clip(np.rint(dual[-ends[-1] :] * PRICE_SCALE), 0, PRICE_MAX).astype(np.int64)
    return Levels(*np.split(prices, ends[:-1]))


# --- in processes of their own ---


def by_highs(program: Program, method: str, tolerance: float) -> Answer:
    """One run of HiGHS; loosely there is no crossover, which would only make it exact again."""
    highspy = import_module("highspy")
    model, lp = highspy.Highs(), highspy.HighsLp()
    columns, rows = len(program.worth), len(program.limit)
    lp.num_col_, lp.num_row_ = columns, rows
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = -program.worth, np.zeros(columns), np.ones(columns)
    lp.row_lower_, lp.row_upper_ = np.full(rows, -highspy.kHighsInf), program.limit
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = program.start, program.index, program.coefficient
    options: dict[str, Any] = {
        "output_flag": False,
        "threads": THREADS,
        "time_limit": LIMIT_S,
        "solver": method,
        **({"kkt_tolerance": tolerance, "run_crossover": "off"} if tolerance != EXACT else {}),
    }
    for option, value in options.items():
        assert model.setOptionValue(option, value) == highspy.HighsStatus.kOk, f"HiGHS refuses {option}={value}"
    model.passModel(lp)
    began = time.perf_counter()
    model.run()
    seconds = time.perf_counter() - began
    dual = -np.array(model.getSolution().row_dual)
    is_over = model.getModelStatus() == highspy.HighsModelStatus.kTimeLimit
    return Answer(seconds, is_over, dual if len(dual) == rows else np.zeros(rows))


def by_pdlp(program: Program, _: str, tolerance: float) -> Answer:
    """One run of OR-tools' PDLP, which takes its matrix row by row here: by columns it would want SciPy."""
    pdlp, parameters = import_module("ortools.pdlp.python.pdlp"), import_module("ortools.pdlp.solvers_pb2")
    model = import_module("ortools.linear_solver.linear_solver_pb2").MPModelProto()
    for worth in program.worth.tolist():
        model.variable.add(lower_bound=0.0, upper_bound=1.0, objective_coefficient=-worth)
    order = np.argsort(program.index, kind="stable")
    column = np.repeat(np.arange(len(program.worth)), np.diff(program.start))[order].tolist()
    coefficient = program.coefficient[order].tolist()
    begin = 0
    for limit, length in zip(program.limit.tolist(), np.bincount(program.index).tolist(), strict=True):
        row = slice(begin, begin + length)
        model.constraint.add(
            lower_bound=-np.inf, upper_bound=limit, var_index=column[row], coefficient=coefficient[row]
        )
        begin += length
    asked = parameters.PrimalDualHybridGradientParams(num_threads=THREADS)
    asked.termination_criteria.time_sec_limit = LIMIT_S
    asked.termination_criteria.simple_optimality_criteria.eps_optimal_absolute = tolerance
    asked.termination_criteria.simple_optimality_criteria.eps_optimal_relative = tolerance
    quadratic = pdlp.qp_from_mpmodel_proto(model, relax_integer_variables=True)
    began = time.perf_counter()
    result = pdlp.primal_dual_hybrid_gradient(quadratic, asked)
    seconds = time.perf_counter() - began
    over = import_module("ortools.pdlp.solve_log_pb2").TERMINATION_REASON_TIME_LIMIT
    return Answer(seconds, result.solve_log.termination_reason == over, -np.array(result.dual_solution))


PEERS: Mapping[str, Callable[[Program, str, float], Answer]] = {"highs": by_highs, "pdlp": by_pdlp}


def answer_in(folder: Path, peer: str, method: str, tolerance: float) -> None:
    """Solve the program of a folder, and again if it was quick, and leave the answer beside it."""
    with np.load(folder / "program.npz") as file:
        program = Program(**file)
    answer = PEERS[peer](program, method, tolerance)
    times = [answer.seconds]
    if answer.seconds < LONG_S:
        times += [PEERS[peer](program, method, tolerance).seconds for _ in range(RUNS - 1)]
    np.savez(folder / "answer.npz", seconds=median(times), timed_out=answer.timed_out, dual=answer.dual)


# --- and here ---


@dataclass(frozen=True, slots=True)
class Contest:
    """A population, and the folder where peers find it as a program of so many rows."""

    population: Population
    folder: Path
    rows: int

    def attempt(self, peer: str, method: str, tolerance: float) -> Outcome:
        """Have a peer solve it, make a plan of the prices and see how good it is."""
        command = [sys.executable, "-m", "bench.planner_peers", peer, str(self.folder), method, str(tolerance)]
        try:
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=LIMIT_S + GRACE_S)
            with np.load(self.folder / "answer.npz") as file:
                answer = Answer(float(file["seconds"]), bool(file["timed_out"]), file["dual"])
        except subprocess.TimeoutExpired:
            answer = Answer(LIMIT_S, timed_out=True, dual=np.zeros(self.rows))
        began = time.perf_counter()
        prices = prices_of(answer.dual, self.population.budgets)
        gap = planned(self.population, passes_max=1, start=prices).gap
        outcome = Outcome(answer, tolerance, gap, time.perf_counter() - began)
        print(f"{self.population.edge_count} edges, {method} at {tolerance:g}:", outcome.figures(peer), flush=True)
        return outcome

    def first_enough(self, peer: str, method: str, tolerances: tuple[float, ...]) -> Outcome:
        """The loosest tolerance that certifies the gap; or the last, or where time was up: a tighter one takes longer."""
        for tolerance in tolerances:
            outcome = self.attempt(peer, method, tolerance)
            if outcome.is_enough or outcome.answer.timed_out:
                break
        return outcome


def contest_of(folder: Path, shape: Shape) -> Contest:
    """Make a population up and write its program beside it."""
    generate(folder, shape, people_per_chunk=PEOPLE_PER_CHUNK)
    population = read_population(folder)
    program = program_of(population)
    np.savez(folder / "program.npz", **asdict(program))
    return Contest(population, folder, len(program.limit))


def highs_by_time(contest: Contest, methods: Iterable[str]) -> dict[str, Outcome]:
    """What these ways of HiGHS come to, those that are enough first, the quickest first among them."""
    found = {method: contest.first_enough("highs", method, HIGHS_METHODS[method]) for method in methods}
    return dict(sorted(found.items(), key=lambda item: (not item[1].is_enough, item[1].answer.seconds)))


def figures_of(contest: Contest, methods: Iterable[str]) -> dict[str, float | str]:
    """Ours and theirs, on one population."""
    mine = ours(contest.population)
    pdlp = contest.first_enough("pdlp", "pdlp", TOLERANCES)
    method, highs = next(iter(highs_by_time(contest, methods).items()))
    exact = contest.attempt("highs", "simplex", EXACT)
    seconds = float(mine["ours_s"])
    return {
        "edges": contest.population.edge_count,
        **mine,
        **pdlp.figures("pdlp"),
        **highs.figures("highs"),
        "highs_method": method,
        **exact.figures("highs_exact"),
        "speedup_pdlp": round(pdlp.answer.seconds / seconds, 1),
        "speedup_highs": round(highs.answer.seconds / seconds, 1),
        "speedup_highs_exact": round(exact.answer.seconds / seconds, 1),
    }


def main() -> None:
    """Find out how HiGHS is quickest, then measure at every size."""
    figures: dict[str, float | str] = {}
    with tempfile.TemporaryDirectory() as name:
        small = contest_of(Path(name) / "small", SMALL)
        planned(small.population, passes_max=1)  # compiles
        methods = list(highs_by_time(small, HIGHS_METHODS))[:2]
        for suffix, shape in SHAPES.items():
            found = figures_of(contest_of(Path(name) / f"population{suffix}", shape), methods)
            figures |= {f"{figure}{suffix}": value for figure, value in found.items()}
    print(record("planner_peers", figures).read_text())


if __name__ == "__main__":
    if len(sys.argv) > 1:
        library, place, way, looseness = sys.argv[1:]
        answer_in(Path(place), library, way, float(looseness))
    else:
        main()
