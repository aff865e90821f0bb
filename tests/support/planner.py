"""Populations for the planner: random ones that look like people, tiny ones that can be enumerated, and what is exactly best."""

from dataclasses import dataclass
from itertools import combinations, pairwise
from types import ModuleType
from typing import Any

import highspy
import numpy as np

from rejoinder.ads.planner.chunks import Chunk, People, build_chunk, steps_of
from rejoinder.ads.planner.desk import in_threads
from rejoinder.ads.planner.plan import Plan, chosen_ad_sets, deliver
from rejoinder.ads.planner.problem import BUDGET_MAX, Budgets, Ints, Levels
from rejoinder.ads.planner.solver import Solution, solve, start_from_sample


@dataclass(frozen=True)
class Instance:
    """People and budgets, with the step and the salt of each ad set."""

    people: People
    budgets: Budgets
    value_max: Ints
    salt: Ints

    @property
    def step(self) -> Ints:
        return steps_of(self.value_max)

    def chunks(self, count: int = 1) -> list[Chunk]:
        """The population in so many pieces."""
        cuts = np.linspace(0, len(self.people.places), count + 1).astype(int)
        return [
            build_chunk(piece(self.people, start, end), self.step, keeps_people=True) for start, end in pairwise(cuts)
        ]

    def plan(
        self,
        *,
        chunk_count: int = 1,
        threads: int = 1,
        compiled: ModuleType | None = None,
        start: Levels | None = None,
        sample_lots: int = 0,
        seed: int = 0,
        passes_max: int = 50,
    ) -> Plan:
        chunks = self.chunks(chunk_count)
        crowd = in_threads(chunks, self.step, threads=threads, compiled=compiled)
        if sample_lots:
            start = start_from_sample(self.budgets, crowd, value_max=self.value_max, lots=sample_lots, seed=seed)
        found: Solution = solve(
            self.budgets,
            crowd,
            value_max=self.value_max,
            start=start,
            passes_max=passes_max,
        )
        return deliver(self.budgets, crowd, found, salt=self.salt)

    def quantised(self) -> Ints:
        """Each edge's value as the planner sees it."""
        steps = np.rint(self.people.value / self.step[self.people.ad_set]).astype(np.int64)
        return np.asarray(steps * self.step[self.people.ad_set], dtype=np.int64)


def piece(people: People, start: int, end: int) -> People:
    low, high = int(people.offset[start]), int(people.offset[end])
    return People(
        people.key[start:end],
        people.places[start:end],
        people.offset[start : end + 1] - low,
        people.ad_set[low:high],
        people.value[low:high],
    )


def ints(*values: int) -> Ints:
    return np.array(values, dtype=np.int64)


def people_of(places: list[int], edges: list[dict[int, int]]) -> People:
    """People by hand: places, and the value of each ad set that may reach them."""
    offset = np.concatenate([[0], np.cumsum([len(one) for one in edges])]).astype(np.int64)
    ad_sets = [ad_set for one in edges for ad_set in one]
    values = [value for one in edges for value in one.values()]
    return People(np.arange(len(places), dtype=np.int64), ints(*places), offset, ints(*ad_sets), ints(*values))


def unlimited(charge: Ints, ad_set: Ints) -> Budgets:
    """Ad sets whose own budgets are the only ones."""
    nothing = np.zeros(len(charge), np.int64)
    return Budgets(charge, ad_set, nothing, ints(BUDGET_MAX), ints(0), ints(BUDGET_MAX))


def instance_of(people: People, budgets: Budgets) -> Instance:
    value_max = np.zeros(budgets.count, np.int64)
    np.maximum.at(value_max, people.ad_set, np.maximum(0, np.ceil(people.value)).astype(np.int64))
    return Instance(people, budgets, value_max, np.arange(budgets.count, dtype=np.int64) * 37 % 256)


def random_instance(
    seed: int,
    *,
    people_count: int = 400,
    ad_set_count: int = 12,
    degree: float = 3.0,
    places_max: int = 2,
    tightness: float = 0.5,
    levels: int = 0,
) -> Instance:
    """Popular and unpopular ad sets, generous and stingy ones, people who mind adverts more and less; nested budgets.

    `tightness`: budgets as a share of what would be spent without them. `levels`: so many different values, for ties.
    """
    rng = np.random.default_rng(seed)
    wanted = np.clip(1 + rng.exponential(degree - 0.5, people_count).astype(int), 1, ad_set_count)
    popularity = 1 / np.arange(1, ad_set_count + 1)
    drawn = [rng.choice(ad_set_count, d, replace=False, p=popularity / popularity.sum()) for d in wanted]
    ad_set = np.concatenate(drawn).astype(np.int64)
    offset = np.concatenate([[0], np.cumsum(wanted)]).astype(np.int64)
    bid = np.rint(30_000 * np.exp(rng.normal(0, 0.7, ad_set_count))).astype(np.int64)
    liking = np.exp(rng.normal(-0.18, 0.6, len(ad_set)))
    if levels:
        liking = (1 + rng.integers(levels, size=len(ad_set))) / levels
    minding = np.repeat(6_000 * np.exp(0.8 * rng.normal(0, 1, people_count)), wanted) if not levels else 0
    value = np.rint(bid[ad_set] * liking - minding)
    charge = np.maximum(1, np.rint(bid * 0.4 * np.exp(rng.normal(0, 0.3, ad_set_count)))).astype(np.int64)
    places = rng.integers(0, places_max + 1, people_count)
    free = np.bincount(ad_set[value > 0], minlength=ad_set_count) * charge
    campaign_of = rng.integers(0, max(1, ad_set_count // 2), ad_set_count)
    account_of = rng.integers(0, max(1, ad_set_count // 4), max(1, ad_set_count // 2))
    shares = tightness * np.exp(rng.normal(0, 0.6, ad_set_count))
    own = np.floor(free * shares).astype(np.int64)
    campaign = np.floor(0.8 * np.bincount(campaign_of, own, len(account_of))).astype(np.int64)
    account = np.floor(0.9 * np.bincount(account_of, campaign, max(1, ad_set_count // 4))).astype(np.int64)
    budgets = Budgets(charge, own, campaign_of, campaign, account_of, account)
    people = People(rng.integers(2**62, size=people_count), places, offset, ad_set, value)
    return instance_of(people, budgets)


def best_by_trying(instance: Instance) -> int:
    """The best plan's value, by trying every choice of every person."""
    people, budgets, worth = instance.people, instance.budgets, instance.quantised()
    best = 0

    def go(person: int, value: int, deliveries: Ints) -> None:
        nonlocal best
        spend = budgets.spend(deliveries)
        if any((one > limit).any() for one, limit in zip(spend, budgets.limits, strict=True)):
            return
        best = max(best, value)
        if person == len(people.places):
            return
        edges = range(int(people.offset[person]), int(people.offset[person + 1]))
        for count in range(int(people.places[person]) + 1):
            for chosen in combinations(edges, count):
                more = np.bincount(people.ad_set[list(chosen)], minlength=budgets.count) if chosen else 0
                go(person + 1, value + sum(int(worth[edge]) for edge in chosen), deliveries + more)

    go(0, 0, np.zeros(budgets.count, np.int64))
    return best


def best_in_parts(instance: Instance) -> float:
    """The best value when people may be served in parts: the exact linear program, by HiGHS."""
    people, budgets, worth = instance.people, instance.budgets, instance.quantised()
    model: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    model.setOptionValue("output_flag", False)
    edges = len(people.ad_set)
    for edge in range(edges):
        model.addVar(0.0, 1.0)
        model.changeColCost(edge, -float(worth[edge]))
    owner = np.repeat(np.arange(len(people.places)), np.diff(people.offset))
    campaign = budgets.campaign_of[people.ad_set]
    account = budgets.account_of[campaign]
    charge = budgets.charge[people.ad_set].astype(float)
    rows: list[tuple[Any, Any, Any]] = [
        (owner, people.places, np.ones(edges)),
        (people.ad_set, budgets.ad_set, charge),
        (campaign, budgets.campaign, charge),
        (account, budgets.account, charge),
    ]
    for groups, limits, weights in rows:
        for group, limit in enumerate(limits):
            inside = np.flatnonzero(groups == group).astype(np.int32)
            if len(inside):
                model.addRow(-highspy.kHighsInf, float(limit), len(inside), inside, weights[inside])
    model.run()
    return -float(model.getInfo().objective_function_value)


def chosen(chunk: Chunk, choice: Any) -> dict[int, list[int]]:
    """The ad sets of each row of its piece that gets any."""
    found: dict[int, list[int]] = {}
    for row, ad_set in zip(*chosen_ad_sets(chunk, choice), strict=True):
        found.setdefault(int(row), []).append(int(ad_set))
    return found


def assert_feasible(instance: Instance, plan: Plan, chunk_count: int = 1) -> None:
    """Recount the plan from its choices: places, budgets, deliveries and value, to the micro-unit."""
    people, worth = instance.people, instance.quantised()
    deliveries, value = np.zeros(instance.budgets.count, np.int64), 0
    cuts = np.linspace(0, len(people.places), chunk_count + 1).astype(int)
    for start, chunk, choice in zip(cuts[:-1], instance.chunks(chunk_count), plan.choices, strict=True):
        for row, ad_sets in chosen(chunk, choice).items():
            person = start + row
            edges = range(int(people.offset[person]), int(people.offset[person + 1]))
            value_of = {int(people.ad_set[edge]): int(worth[edge]) for edge in edges}
            assert len(set(ad_sets)) == len(ad_sets) <= people.places[person]
            for ad_set in ad_sets:
                assert value_of[ad_set] > 0
                deliveries[ad_set] += 1
                value += value_of[ad_set]
    assert (deliveries == plan.deliveries).all()
    assert value == plan.value
    for spent, counted, limit in zip(
        plan.spend, instance.budgets.spend(deliveries), instance.budgets.limits, strict=True
    ):
        assert (spent == counted).all()
        assert (spent <= limit).all()
