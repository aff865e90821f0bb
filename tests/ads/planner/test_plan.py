"""Plans against what is exactly best: by trying everything, by a linear program; and what must hold of every plan."""

import os
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rejoinder.ads.planner import kernels_numpy
from rejoinder.ads.planner.desk import in_threads
from rejoinder.ads.planner.plan import Plan, as_given, deliver
from rejoinder.ads.planner.problem import BUDGET_MAX, Budgets, Levels, ProblemError
from rejoinder.ads.planner.solver import solve, start_from_sample
from tests.support.planner import (
    Instance,
    assert_feasible,
    best_by_trying,
    best_in_parts,
    chosen,
    instance_of,
    ints,
    people_of,
    random_instance,
    unlimited,
)

ROOT = Path(__file__).resolve().parents[3]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 3), st.sampled_from([0, 2]), st.sampled_from([0.2, 0.6, 2.0]))
def test_value_best_and_bound_stand_in_this_order(seed: int, places: int, levels: int, tightness: float) -> None:
    instance = random_instance(
        seed, people_count=5, ad_set_count=4, places_max=places, levels=levels, tightness=tightness
    )
    plan = instance.plan()
    assert_feasible(instance, plan)
    assert plan.value <= best_by_trying(instance) <= plan.bound


@pytest.mark.parametrize(("levels", "near", "least"), [(0, 1.001, 0.98), (4, 1.005, 0.95), (1, 1.02, 0.85)])
@pytest.mark.parametrize("seed", range(4))
def test_the_bound_is_that_of_the_linear_program(seed: int, levels: int, near: float, least: float) -> None:
    """From above, and close; less so where people are worth exactly the same and no price tells them apart."""
    instance = random_instance(seed, people_count=600, ad_set_count=10, levels=levels)
    plan = instance.plan(passes_max=30)
    best = best_in_parts(instance)
    assert_feasible(instance, plan)
    assert plan.value <= best * (1 + 1e-9) <= plan.bound * (1 + 2e-9)
    assert plan.bound <= best * near
    assert plan.value >= best * least


def test_a_large_plan_is_close_to_its_bound() -> None:
    instance = random_instance(5, people_count=20_000, ad_set_count=30)
    plan = instance.plan()
    assert plan.gap < 0.01
    bounds = [one.bound for one in plan.log]
    assert min(bounds[:4]) <= plan.bound * 1.01


def simple(edges: list[dict[int, int]], *, places: int = 1, charge: int = 10, budget: int = 10**9) -> Instance:
    count = 1 + max((ad_set for one in edges for ad_set in one), default=0)
    budgets = unlimited(np.full(count, charge), np.full(count, budget))
    return instance_of(people_of([places] * len(edges), edges), budgets)


def test_with_money_for_all_everybody_gets_the_best() -> None:
    plan = simple([{0: 50, 1: 70}, {0: 90}, {1: 20, 0: 10}]).plan()
    assert (plan.value, plan.bound, plan.gap) == (180, 180, 0)
    assert plan.deliveries.tolist() == [1, 2]
    assert plan.prices.ad_set.tolist() == [0, 0]


def test_without_money_nobody_gets_anything() -> None:
    plan = simple([{0: 50}, {0: 90}], budget=0).plan(passes_max=40)
    assert (plan.value, plan.deliveries.tolist()) == (0, [0])


def test_what_is_worth_nothing_is_not_delivered() -> None:
    plan = simple([{0: -50}, {0: 0}]).plan()
    assert (plan.value, plan.bound) == (0, 0)
    assert plan.gap == 0


def test_nobody_and_nothing_is_a_plan_too() -> None:
    plan = simple([{}, {}]).plan()
    assert (plan.value, plan.bound, plan.deliveries.tolist()) == (0, 0, [0])


def test_room_for_one_is_given_to_one() -> None:
    """Two ad sets want the account's last money: neither gets a share of a delivery, one gets a delivery."""
    people = people_of([1, 1], [{0: 100}, {1: 90}])
    budgets = Budgets(ints(10, 10), ints(100, 100), ints(0, 0), ints(BUDGET_MAX), ints(0), ints(15))
    plan = instance_of(people, budgets).plan(passes_max=30)
    assert plan.deliveries.sum() == 1


def test_who_is_refused_by_one_asks_the_next() -> None:
    """Everybody likes both the same: where the first's money ends the other's is spent, to within what lots can tell apart."""
    people = people_of([1] * 1_000, [{0: 1_000, 1: 1_000}] * 1_000)
    plan = instance_of(people, unlimited(ints(100, 100), ints(10_000, 10_000))).plan()
    assert plan.deliveries.min() >= 95
    assert plan.bound >= 200_000


def test_prices_to_start_from_and_salts_are_checked() -> None:
    instance = simple([{0: 50}])
    below = Levels(ints(-1), ints(0), ints(0))
    with pytest.raises(ProblemError, match="start must lie"):
        instance.plan(start=below)
    with pytest.raises(ProblemError, match="salt must lie"):
        Instance(instance.people, instance.budgets, instance.value_max, ints(256)).plan()
    with pytest.raises(ProblemError, match="2 salts"):
        Instance(instance.people, instance.budgets, instance.value_max, ints(0, 0)).plan()
    with pytest.raises(ProblemError, match="at least one pass"):
        instance.plan(passes_max=0)


def test_people_without_a_place_get_nothing_and_with_eight_at_most_eight() -> None:
    edges: list[dict[int, int]] = [{ad_set: 100 + ad_set for ad_set in range(10)}]
    assert simple(edges, places=0).plan().value == 0
    plan = simple(edges, places=8).plan()
    assert plan.deliveries.tolist() == [0, 0, 1, 1, 1, 1, 1, 1, 1, 1]
    assert plan.value == sum(range(102, 110))


def test_money_for_one_goes_to_whom_it_is_worth_most() -> None:
    plan = simple([{0: 50}, {0: 90}, {0: 70}], budget=19).plan(passes_max=30)
    assert (plan.value, plan.deliveries.tolist(), plan.spend.ad_set.tolist()) == (90, [1], [10])


def test_only_the_parent_binds() -> None:
    """Neither ad set's budget is reached; the account's is: the account alone has a price, and the best are served."""
    people = people_of([1] * 8, [{i % 2: 100 + 10 * i} for i in range(8)])
    zeros = ints(0, 0)
    budgets = Budgets(ints(10, 10), ints(1000, 1000), zeros, ints(BUDGET_MAX), ints(0), ints(40))
    plan = instance_of(people, budgets).plan(passes_max=30)
    assert plan.spend.account.tolist() == [40]
    assert plan.value == 140 + 150 + 160 + 170
    assert plan.prices.ad_set.tolist() == [0, 0]
    assert plan.prices.campaign.tolist() == [0]
    assert plan.prices.account[0] > 0


def test_twins_are_paid_alike() -> None:
    """Two ad sets that are the same but for their number, and people who like both the same: one price, both budgets used."""
    people = people_of([1] * 40, [{0: 100 + i, 1: 100 + i} for i in range(40)])
    plan = instance_of(people, unlimited(ints(10, 10), ints(100, 100))).plan(passes_max=30)
    assert plan.deliveries.tolist() == [10, 10]
    assert abs(int(plan.prices.ad_set[0] - plan.prices.ad_set[1])) <= 1_000_000


@pytest.mark.parametrize("seed", range(3))
def test_many_places_are_filled_well(seed: int) -> None:
    instance = random_instance(seed, people_count=500, ad_set_count=14, degree=12, places_max=8, tightness=0.3)
    plan, best = instance.plan(passes_max=30), best_in_parts(instance)
    assert_feasible(instance, plan)
    assert best * 0.99 <= plan.value <= best * (1 + 1e-9) <= plan.bound * (1 + 2e-9)
    assert plan.bound <= best * 1.001


@pytest.mark.parametrize("seed", range(3))
def test_files_and_threads_change_nothing(seed: int) -> None:
    instance = random_instance(seed, people_count=3_000, places_max=3)
    alone = instance.plan()
    for chunk_count in (2, 7):
        for threads in (1, 2):
            other = instance.plan(chunk_count=chunk_count, threads=threads)
            assert_feasible(instance, other, chunk_count)
            assert [one.bound for one in other.log] == [one.bound for one in alone.log]
            assert (other.value, other.bound) == (alone.value, alone.bound)
            assert np.array_equal(other.deliveries, alone.deliveries)
            assert all(np.array_equal(a, b) for a, b in zip(other.prices, alone.prices, strict=True))
            assert who_got_what(instance, other, chunk_count) == who_got_what(instance, alone, 1)


def who_got_what(instance: Instance, plan: Plan, chunk_count: int) -> dict[int, list[int]]:
    """The ad sets of each person, whichever chunk the person is in."""
    cuts = np.linspace(0, len(instance.people.places), chunk_count + 1).astype(int)
    parts = zip(cuts, instance.chunks(chunk_count), plan.choices, strict=False)
    return {
        int(start) + row: ad_sets for start, chunk, choice in parts for row, ad_sets in chosen(chunk, choice).items()
    }


def test_compiled_and_plain_kernels_make_the_same_plan() -> None:
    instance = random_instance(3, people_count=1_000, places_max=4)
    one, other = instance.plan(), instance.plan(compiled=kernels_numpy)
    assert (one.value, one.bound) == (other.value, other.bound)
    assert all(np.array_equal(a, b) for a, b in zip(one.choices[0], other.choices[0], strict=True))


def permuted_people(instance: Instance, order: list[int]) -> Instance:
    people = instance.people
    edges = [np.arange(people.offset[person], people.offset[person + 1]) for person in order]
    at = np.concatenate(edges)
    offset = np.concatenate([[0], np.cumsum([len(one) for one in edges])]).astype(np.int64)
    moved = type(people)(people.key[order], people.places[order], offset, people.ad_set[at], people.value[at])
    return Instance(moved, instance.budgets, instance.value_max, instance.salt)


@pytest.mark.parametrize("seed", range(3))
def test_people_in_another_order_get_the_same(seed: int) -> None:
    instance = random_instance(seed, people_count=800)
    order = np.random.default_rng(seed).permutation(800).tolist()
    other = permuted_people(instance, order)
    one_plan, other_plan = instance.plan(), other.plan()
    assert one_plan.bound == other_plan.bound
    one = chosen(instance.chunks()[0], one_plan.choices[0])
    moved = chosen(other.chunks()[0], other_plan.choices[0])
    assert {order[row]: ad_sets for row, ad_sets in moved.items()} == one


@pytest.mark.parametrize("seed", range(3))
def test_ad_sets_in_another_order_deliver_the_same(seed: int) -> None:
    instance = random_instance(seed, people_count=800)
    budgets, order = instance.budgets, np.random.default_rng(seed).permutation(instance.budgets.count)
    place = np.argsort(order)
    people = instance.people
    moved = Instance(
        type(people)(people.key, people.places, people.offset, place[people.ad_set], people.value),
        Budgets(
            budgets.charge[order],
            budgets.ad_set[order],
            budgets.campaign_of[order],
            budgets.campaign,
            budgets.account_of,
            budgets.account,
        ),
        instance.value_max[order],
        instance.salt[order],
    )
    one, other = instance.plan(), moved.plan()
    assert one.bound == other.bound
    assert np.array_equal(one.deliveries[order], other.deliveries)
    assert np.array_equal(one.prices.ad_set[order], other.prices.ad_set)


@pytest.mark.parametrize("seed", range(6))
def test_a_higher_bid_loses_no_more_than_the_certificate_allows(seed: int) -> None:
    instance = random_instance(seed, people_count=1_500)
    people = instance.people
    raised = np.where(people.ad_set == seed % 12, people.value * 1.2, people.value)
    better = instance_of(
        type(people)(people.key, people.places, people.offset, people.ad_set, np.rint(raised)), instance.budgets
    )
    before, after = instance.plan(), better.plan()
    rounding = before.rounding_micros + after.rounding_micros
    assert after.value >= before.value - (after.bound - after.value) - rounding


def test_yesterdays_prices_are_a_good_start() -> None:
    instance = random_instance(8, people_count=20_000, ad_set_count=30)
    before = instance.plan()
    people = instance.people
    rng = np.random.default_rng(0)
    moved = people.value * np.exp(rng.normal(0, 0.1, instance.budgets.count))[people.ad_set]
    today = instance_of(
        type(people)(people.key, people.places, people.offset, people.ad_set, np.rint(moved)), instance.budgets
    )
    cold, warm = today.plan(), today.plan(start=before.prices)
    least = min(cold.bound, warm.bound)
    assert min(one.bound for one in warm.log[:2]) - least < (min(one.bound for one in cold.log[:2]) - least) / 2


@pytest.mark.parametrize("seed", range(3))
def test_what_rounding_to_steps_loses_is_within_what_is_told(seed: int) -> None:
    whole = random_instance(seed, people_count=2_000, places_max=3)
    people = replace(
        whole.people, value=whole.people.value + np.random.default_rng(seed).random(len(whole.people.value))
    )
    instance = instance_of(people, whole.budgets)
    plan = instance.plan()
    value, bound = as_given(instance.budgets, plan, [(people, instance.chunks()[0])])
    assert 0 < abs(value - plan.value) < plan.rounding_micros
    assert 0 < abs(bound - plan.bound) < plan.rounding_micros
    assert value <= bound
    lost = (1 - value / bound) - plan.gap
    assert abs(lost) < 1e-3


def test_a_search_that_is_stopped_gives_out_at_its_last_answers() -> None:
    instance = random_instance(8, people_count=20_000, ad_set_count=30)
    three, two = instance.plan(passes_max=3), instance.plan(passes_max=2)
    crowd = in_threads(instance.chunks(), instance.step)
    asked = solve(instance.budgets, crowd, value_max=instance.value_max, passes_max=3)
    behind = deliver(instance.budgets, crowd, replace(asked, prices=two.prices), salt=instance.salt)
    assert three.bound == behind.bound
    assert three.gap < behind.gap / 2


def two_that_are_rivals() -> Instance:
    """Everybody likes both about the same, and money is for a tenth of them."""
    rng = np.random.default_rng(0)
    value = np.rint(50_000 * np.exp(0.3 * rng.normal(size=(1_500, 2))))
    people = people_of([1] * 1_500, [{0: int(a), 1: int(b)} for a, b in value])
    budgets = Budgets(
        *(ints(100_000, 100_000), ints(BUDGET_MAX, BUDGET_MAX), ints(0, 1)),
        *(ints(15_000_000, 15_000_000), ints(0, 0), ints(BUDGET_MAX)),
    )
    return instance_of(people, budgets)


@pytest.mark.parametrize("times", [0, 1, 2, 3, 1_000])
def test_a_poor_start_costs_passes_and_nothing_else(times: int) -> None:
    instance = two_that_are_rivals()
    good = instance.plan()
    start = Levels(*(one * times for one in good.prices))
    plan, best = instance.plan(start=start), best_in_parts(instance)
    assert plan.bound <= best * 1.001
    assert plan.value >= best * 0.995


def test_a_search_that_swings_comes_to_rest() -> None:
    """From the second rise of the bound on prices go half of the way; without that these swing until the last pass."""
    bounds = [
        one.bound for one in random_instance(9, people_count=40, ad_set_count=3, levels=1, tightness=0.6).plan().log
    ]
    assert sum(later > before for before, later in pairwise(bounds)) >= 2
    assert len(bounds) < 20


def test_the_best_of_a_campaign_are_served_first_whichever_ad_set_they_are_for() -> None:
    """One ad set costs almost nothing and is worth much; the other overdraws the campaign with people who gain little."""
    people = people_of([1] * 1_000, [{0: 1_000_000} if who < 500 else {1: 1_000_000} for who in range(1_000)])
    zeros = ints(0, 0)
    money = Budgets(
        ints(1_000, 1_000_000), ints(BUDGET_MAX, BUDGET_MAX), zeros, ints(250_000_000), ints(0), ints(BUDGET_MAX)
    )
    plan = instance_of(people, money).plan()
    assert plan.deliveries[0] == 500
    assert plan.gap < 0.01


def test_charges_that_are_far_apart_share_a_campaign_well() -> None:
    rng = np.random.default_rng(1)
    value = np.rint(np.where(np.arange(3_000) % 2 == 0, 1e9, 1e8) * (0.5 + 0.5 * rng.random(3_000)))
    people = people_of([1] * 3_000, [{who % 2: int(one)} for who, one in enumerate(value)])
    budgets = Budgets(
        *(ints(1, 10**9), ints(BUDGET_MAX, BUDGET_MAX), ints(0, 0)),
        *(ints(450 * 10**9), ints(0), ints(BUDGET_MAX)),
    )
    assert instance_of(people, budgets).plan().gap < 0.01


def test_what_is_worth_thousands_of_times_its_charge_goes_to_the_best() -> None:
    rng = np.random.default_rng(5)
    people = people_of([1] * 3_000, [{0: int(one)} for one in np.rint(5e6 * rng.random(3_000))])
    assert instance_of(people, unlimited(ints(1), ints(300))).plan().gap < 0.01


def test_some_people_are_a_good_start() -> None:
    instance = random_instance(9, people_count=20_000, ad_set_count=30)
    cold, sampled = instance.plan(), instance.plan(sample_lots=32, seed=3)
    least = min(cold.bound, sampled.bound)
    assert sampled.log[0].bound - least < (cold.log[0].bound - least) / 10
    assert sampled.gap < 0.01
    for seed, is_same in ((3, True), (4, False)):
        other = instance.plan(sample_lots=32, seed=seed, chunk_count=7, threads=2)
        assert (other.log[0].bound == sampled.log[0].bound) is is_same
        assert not is_same or (other.value, other.bound) == (sampled.value, sampled.bound)


def test_a_sample_of_nobody_is_no_start() -> None:
    instance = simple([{0: 50}])
    crowd, lot = in_threads(instance.chunks(), instance.step), int(instance.chunks()[0].buckets[0].lots[0, 0])
    for seed, is_drawn in ((lot, True), (lot + 1, False)):
        start = start_from_sample(instance.budgets, crowd, value_max=instance.value_max, lots=1, seed=seed)
        assert (start is not None) is is_drawn
    plan = instance.plan(sample_lots=1, seed=lot + 1)
    assert (plan.value, plan.bound) == (50, 50)


def test_the_compiled_functions_count_the_same_as_plain_python() -> None:
    """Once, by the tests that compare them with NumPy."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "tests/ads/planner/test_kernels.py",
    ]
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
