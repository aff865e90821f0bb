"""Made-up populations: the same shape makes the same one in pieces of any size, and its people are as described."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from rejoinder.ads.planner.chunks import SUFFIX, People, build_chunk
from rejoinder.ads.planner.desk import in_threads
from rejoinder.ads.planner.made_up import DEGREE_MOST, Shape, World, alias_table, generate
from rejoinder.ads.planner.plan import Plan, deliver
from rejoinder.ads.planner.population import Population, read_population
from rejoinder.ads.planner.problem import Ints, ProblemError
from rejoinder.ads.planner.solver import solve

SHAPE = Shape(people_count=20_000, ad_set_count=40)


def plan_of(population: Population) -> Plan:
    crowd = in_threads(population.chunks, population.step_of)
    found = solve(population.budgets, crowd, value_max=population.value_max)
    return deliver(population.budgets, crowd, found, salt=population.salt)


def people_of(shape: Shape, *pieces: tuple[int, int]) -> People:
    """Some people of a shape, drawn in such pieces, as one piece."""
    drawn = [piece for start, count in pieces for piece in World(shape).people(start, count)]
    key, places, ad_set, value = (
        np.concatenate([getattr(piece, name) for piece in drawn]) for name in ("key", "places", "ad_set", "value")
    )
    degree = np.concatenate([np.diff(piece.offset) for piece in drawn])
    return People(key, places, np.append(0, np.cumsum(degree)), ad_set, value)


def test_a_made_up_population_is_as_described_and_planned_well(tmp_path: Path) -> None:
    heard: list[int] = []
    generate(tmp_path / "it", SHAPE, people_per_chunk=8_000, on_people=heard.append)
    population = read_population(tmp_path / "it", checks_sum=True)
    assert (len(population.chunks), heard) == (3, [8_000, 8_000, 4_000])
    assert 0.75 < population.people_count / SHAPE.people_count < 0.9
    assert 2 < population.edge_count / population.people_count < 3.5
    takers = plan_of(population).deliveries
    assert takers[:10].sum() > takers[-10:].sum()
    assert plan_of(population).gap < 0.01


def test_the_same_shape_makes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        generate(tmp_path / name, SHAPE)
    generate(tmp_path / "third", replace(SHAPE, seed=2))
    one, other, third = ((tmp_path / name / f"000000{SUFFIX}").read_bytes() for name in ("one", "other", "third"))
    assert one == other != third


def test_the_size_of_pieces_and_the_number_of_threads_change_nothing(tmp_path: Path) -> None:
    whole, parts = (people_of(SHAPE, *cuts) for cuts in ([(0, 20_000)], [(0, 7_001), (7_001, 12_000), (19_001, 999)]))
    for field in fields(People):
        assert np.array_equal(getattr(whole, field.name), getattr(parts, field.name))
    generate(tmp_path / "one", SHAPE, threads=1)
    generate(tmp_path / "other", SHAPE, people_per_chunk=3_000, threads=4)
    one, other = (read_population(tmp_path / name) for name in ("one", "other"))
    assert (len(one.chunks), len(other.chunks)) == (1, 7)
    for mine, theirs in zip(one.budgets.limits, other.budgets.limits, strict=True):
        assert np.array_equal(mine, theirs)
    assert plan_of(one).value == plan_of(other).value


def test_people_are_as_a_shape_describes_them() -> None:
    shape = Shape(people_count=100_000, ad_set_count=1_000, degree=3.0, popularity=0)
    people = people_of(shape, (0, shape.people_count))
    degree = np.diff(people.offset)
    assert np.bincount(people.places) / len(degree) == pytest.approx([0.1, 0.7, 0.2], abs=0.005)
    assert degree.mean() == pytest.approx(3.0, abs=0.05)
    assert (degree.min(), degree.max()) == (1, DEGREE_MOST)
    reached = np.bincount(people.ad_set, minlength=shape.ad_set_count)
    assert reached.std() / reached.mean() < 0.1
    assert np.mean(people.value < 0) == pytest.approx(0.15, abs=0.05)
    popular = people_of(replace(shape, popularity=1), (0, shape.people_count))
    reached = np.bincount(popular.ad_set, minlength=shape.ad_set_count)
    assert reached[99] / reached[199] == pytest.approx(2, abs=0.3)
    assert reached[199] / reached[799] == pytest.approx(4, abs=1)


def test_people_of_the_largest_world_are_drawn_from_all_of_it() -> None:
    """Random bits are enough for as many ad sets as a shape may have, and a person never has one twice."""
    shape = Shape(people_count=10**10, ad_set_count=10**6, degree=20, popularity=0)
    people = next(World(shape).people(10**10 - 5_000, 5_000))
    assert people.key[-1] == 10**10 - 1
    assert people.ad_set.max() > 999_900
    assert len(np.unique(people.ad_set % 1_000)) == 1_000
    few = replace(shape, ad_set_count=5)
    assert build_chunk(World(few).people(0, 1_000), World(few).step).edge_count <= 5_000


@pytest.mark.parametrize(
    "weight",
    [
        np.ones(1),
        np.full(49, 0.1),
        1 / np.arange(1, 1_001),
        np.arange(1, 101) ** -5.0,
        np.random.default_rng(1).random(999),
        np.array([0.0, 0, 5, 0, 1, 1]),
    ],
    ids=["one", "even", "as words", "one for all", "random", "nothing for some"],
)
def test_an_alias_table_draws_by_weight(weight: Ints) -> None:
    keep, other = alias_table(weight)
    assert 0 <= keep.min() <= keep.max() <= 1
    drawn = keep.copy()
    np.add.at(drawn, other, 1 - keep)
    assert drawn / len(weight) == pytest.approx(weight / weight.sum(), abs=1e-12)


@pytest.mark.parametrize(
    "change", [{"people_count": 0}, {"ad_set_count": 0}, {"degree": 0.5}, {"popularity": -1}, {"tightness": 101}]
)
def test_impossible_shapes_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(ProblemError, match=next(iter(change)).removesuffix("_count").replace("_", " ")):
        replace(SHAPE, **change)  # type: ignore[arg-type]


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "diary").write_text("mine")
    with pytest.raises(ProblemError, match="not empty"):
        generate(tmp_path, SHAPE)
    assert [path.name for path in tmp_path.iterdir()] == ["diary"]
