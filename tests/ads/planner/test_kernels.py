"""Compiled and plain kernels count the same, and what they count is what the words say."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rejoinder.ads.planner import kernels, kernels_numpy
from rejoinder.ads.planner.chunks import Bucket
from rejoinder.ads.planner.problem import BINS, KINDS, LANES, LOTS, NONE, UNPAYABLE
from tests.support.planner import Instance, random_instance

BOTH = [kernels, kernels_numpy]
SHAPES = [(1, 1), (1, 4), (2, 3), (3, 9), (8, 12), (8, 3)]


def population(places: int, degree: int, *, levels: int = 0) -> tuple[Instance, Bucket]:
    """The bucket that most people of a random population are in."""
    instance = random_instance(places * 100 + degree, ad_set_count=20, degree=degree, places_max=places, levels=levels)
    [chunk] = instance.chunks()
    return instance, max(chunk.buckets, key=lambda bucket: bucket.places * 1_000 + bucket.people_count)


def prices(instance: Instance, seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    return np.rint(instance.value_max * rng.uniform(0, 0.8, instance.budgets.count)).astype(np.int64)


def offers(step: Any, price: Any) -> Any:
    return np.stack([step, price], axis=1).astype(np.int32)


def windows(price: Any, low: Any, shift: int) -> Any:
    return np.stack([low + 1 - price, np.full(len(price), shift)], axis=1).astype(np.int32)


def nothing_chosen(bucket: Bucket) -> Any:
    return np.full((len(bucket.ids), bucket.places, LANES), NONE, np.uint8)


@pytest.mark.parametrize("levels", [0, 3])
@pytest.mark.parametrize(("places", "degree"), SHAPES)
def test_both_count_the_same(places: int, degree: int, levels: int) -> None:
    instance, bucket = population(places, degree, levels=levels)
    count, price = instance.budgets.count, prices(instance)
    offered, looks = offers(instance.step, price), windows(price, price // 2, 9)
    found = []
    for module in BOTH:
        takers, histogram = np.zeros(count, np.int64), np.zeros((count, BINS), np.int64)
        margins = module.count_takers(bucket.ids, bucket.values, bucket.places, offered, takers)
        again = module.count_thresholds(bucket.ids, bucket.values, bucket.places, offered, looks, histogram)
        assert margins == again
        choice, wished = nothing_chosen(bucket), nothing_chosen(bucket)
        kinds, lots = np.zeros((count, KINDS), np.int64), np.zeros((count, LOTS), np.int64)
        last, cut = np.arange(count) % (KINDS + 1), np.full(count, LOTS // 3)
        worth = 0
        for _ in range(2):  # with all places free, and with some
            module.wish(bucket.ids, bucket.values, offered, choice, wished, kinds)
            asked = (bucket.ids, bucket.values, bucket.lots, offered, instance.salt, last)
            module.count_lots(*asked, wished, lots)
            worth += int(module.grant(*asked, cut, wished, choice))
        found.append((int(margins), takers, histogram, kinds, lots, worth, wished, choice))
    for one, other in zip(*found, strict=True):
        assert np.array_equal(one, other)


@settings(deadline=None)
@given(st.integers(0, 10**6))
def test_both_read_the_same_off_curves(seed: int) -> None:
    rng = np.random.default_rng(seed)
    curve = -np.sort(-rng.integers(0, 10**6, (30, BINS + 1)).astype(float), axis=1)
    at = np.concatenate([rng.uniform(-50, 2 * BINS, 24), [0, 1, BINS - 1, BINS, -1, 1e12]])
    one, other = (module.read_curve(curve, curve[:, 0] / BINS, at) for module in BOTH)
    assert np.array_equal(one, other)


@pytest.mark.parametrize("module", BOTH, ids=["compiled", "numpy"])
def test_a_threshold_is_where_a_person_stops_taking(module: ModuleType) -> None:
    """Raising one price to the threshold loses the taker, anything below does not: looked at with everybody, price by price."""
    instance, bucket = population(2, 3)
    count, price, step = instance.budgets.count, prices(instance), instance.step
    histogram, looks = np.zeros((count, BINS), np.int64), windows(price, np.zeros(count, np.int64), 11)
    module.count_thresholds(bucket.ids, bucket.values, bucket.places, offers(step, price), looks, histogram)
    above = histogram[:, ::-1].cumsum(axis=1)[:, ::-1]
    for ad_set in range(5):
        for bin_ in (0, 3, 9):
            moved = price.copy()
            moved[ad_set] = bin_ << 11
            takers = np.zeros(count, np.int64)
            module.count_takers(bucket.ids, bucket.values, bucket.places, offers(step, moved), takers)
            assert takers[ad_set] == above[ad_set, bin_]


@pytest.mark.parametrize("module", BOTH, ids=["compiled", "numpy"])
def test_a_closed_ad_set_is_wished_for_by_nobody(module: ModuleType) -> None:
    instance, bucket = population(2, 4)
    count = instance.budgets.count
    price = np.where(np.arange(count) == 0, UNPAYABLE, 0)
    wishes = np.zeros((count, KINDS), np.int64)
    nothing, wished = nothing_chosen(bucket), nothing_chosen(bucket)
    module.wish(bucket.ids, bucket.values, offers(instance.step, price), nothing, wished, wishes)
    assert wishes[0].sum() == 0
    assert wishes[1:].sum() > 0


@pytest.mark.parametrize("module", BOTH, ids=["compiled", "numpy"])
def test_a_better_one_is_taken_before_equals(module: ModuleType) -> None:
    ids = np.zeros((1, 3, 16), np.uint16) + np.arange(3, dtype=np.uint16)[:, None]
    values = np.full((1, 3, 16), -1, np.int16)
    values[0, :, 0] = 3, 3, 5
    takers = np.zeros(3, np.int64)
    assert module.count_takers(ids, values, 2, offers(np.ones(3), np.zeros(3)), takers) == 8
    assert takers.tolist() == [1, 0, 1]
