"""Compiled and plain kernels count the same, and what they count is what the words say."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from rejoinder.ads.planner import kernels, kernels_numpy
from rejoinder.ads.planner.chunks import Bucket
from rejoinder.ads.planner.problem import BINS, KINDS, LOTS, NONE
from tests.support.planner import Instance, random_instance

BOTH = [kernels, kernels_numpy]
SHAPES = [(1, 1), (1, 4), (2, 3), (3, 9), (8, 12), (8, 3)]


def population(slots: int, degree: int, *, levels: int = 0) -> tuple[Instance, Bucket]:
    """The bucket that most people of a random population are in."""
    instance = random_instance(slots * 100 + degree, ad_set_count=20, degree=degree, slots_max=slots, levels=levels)
    [chunk] = instance.chunks()
    return instance, max(chunk.buckets, key=lambda bucket: bucket.slots * 1_000 + bucket.people_count)


def prices(instance: Instance, seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    return np.rint(instance.value_max * rng.uniform(0, 0.8, instance.budgets.count)).astype(np.int64)


@pytest.mark.parametrize("levels", [0, 3])
@pytest.mark.parametrize(("slots", "degree"), SHAPES)
def test_both_count_the_same(slots: int, degree: int, levels: int) -> None:
    instance, bucket = population(slots, degree, levels=levels)
    count, price, step = instance.budgets.count, prices(instance), instance.step
    low, shift = price // 2, np.full(count, 9)
    found = []
    for module in BOTH:
        takers, histogram = np.zeros(count, np.int64), np.zeros((count, BINS), np.int64)
        margins = module.count_takers(bucket.ids, bucket.values, bucket.slots, step, price, takers)
        again = module.count_thresholds(bucket.ids, bucket.values, bucket.slots, step, price, low, shift, histogram)
        assert margins == again
        choice = np.full((*bucket.lots.shape, bucket.slots), NONE, np.uint8)
        asked = (bucket.ids, bucket.values, bucket.lots, step, price, np.ones(count, np.bool_), instance.salt)
        wishes = np.zeros((count, LOTS), np.int64)
        last = np.arange(count) % KINDS
        module.count_wishes(*asked, np.full(count, -1), choice, wishes)
        worth = module.grant_wishes(*asked, last, np.full(count, LOTS // 3), choice)
        module.count_wishes(*asked, last, choice, wishes)
        found.append((int(margins), takers, histogram, wishes, int(worth), choice))
    for one, other in zip(*found, strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("module", BOTH, ids=["compiled", "numpy"])
def test_a_threshold_is_where_a_person_stops_taking(module: ModuleType) -> None:
    """Raising one price to the threshold loses the taker, anything below does not: looked at with everybody, price by price."""
    instance, bucket = population(2, 3)
    count, price, step = instance.budgets.count, prices(instance), instance.step
    histogram, low, shift = np.zeros((count, BINS), np.int64), np.zeros(count, np.int64), np.full(count, 11)
    module.count_thresholds(bucket.ids, bucket.values, bucket.slots, step, price, low, shift, histogram)
    above = histogram[:, ::-1].cumsum(axis=1)[:, ::-1]
    for ad_set in range(5):
        for bin_ in (0, 3, 9):
            moved = price.copy()
            moved[ad_set] = bin_ << 11
            takers = np.zeros(count, np.int64)
            module.count_takers(bucket.ids, bucket.values, bucket.slots, step, moved, takers)
            assert takers[ad_set] == above[ad_set, bin_]


@pytest.mark.parametrize("module", BOTH, ids=["compiled", "numpy"])
def test_a_closed_ad_set_is_wished_for_by_nobody(module: ModuleType) -> None:
    instance, bucket = population(2, 4)
    is_open = np.ones(instance.budgets.count, np.bool_)
    is_open[0] = False
    wishes, any_kind = np.zeros((instance.budgets.count, LOTS), np.int64), np.full(instance.budgets.count, -1)
    choice = np.full((*bucket.lots.shape, bucket.slots), NONE, np.uint8)
    price = np.zeros(instance.budgets.count, np.int64)
    module.count_wishes(
        bucket.ids, bucket.values, bucket.lots, instance.step, price, is_open, instance.salt, any_kind, choice, wishes
    )
    assert wishes[0].sum() == 0
    assert wishes[1:].sum() > 0


@pytest.mark.parametrize("module", BOTH, ids=["compiled", "numpy"])
def test_a_better_one_is_taken_before_equals(module: ModuleType) -> None:
    ids = np.zeros((1, 3, 16), np.uint16) + np.arange(3, dtype=np.uint16)[:, None]
    values = np.full((1, 3, 16), -1, np.int16)
    values[0, :, 0] = 3, 3, 5
    takers = np.zeros(3, np.int64)
    ones, zeros = np.ones(3, np.int64), np.zeros(3, np.int64)
    assert module.count_takers(ids, values, 2, ones, zeros, takers) == 8
    assert takers.tolist() == [1, 0, 1]
