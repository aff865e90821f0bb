"""Populations in folders: the same shape makes the same one, and what is no population is refused by name."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rejoinder.ads.planner.chunks import ChunkInvalid
from rejoinder.ads.planner.desk import in_threads
from rejoinder.ads.planner.plan import Plan, deliver
from rejoinder.ads.planner.population import BUDGETS_FILE, Population, Shape, generate, read_population, write_budgets
from rejoinder.ads.planner.problem import ProblemError
from rejoinder.ads.planner.solver import solve

SHAPE = Shape(people_count=20_000, ad_set_count=40)


def plan_of(population: Population) -> Plan:
    crowd = in_threads(population.chunks, population.step_of)
    found = solve(population.budgets, crowd, value_max=population.value_max)
    return deliver(population.budgets, crowd, found, salt=population.salt)


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
    one, other, third = ((tmp_path / name / "000000.chunk").read_bytes() for name in ("one", "other", "third"))
    assert one == other != third
    mine, theirs = (read_population(tmp_path / name).budgets.ad_set for name in ("one", "other"))
    assert np.array_equal(mine, theirs)


@pytest.mark.parametrize(
    "change", [{"people_count": 0}, {"ad_set_count": 0}, {"degree": 0.5}, {"popularity": -1}, {"tightness": 101}]
)
def test_impossible_shapes_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(ProblemError, match=next(iter(change))):
        replace(SHAPE, **change)  # type: ignore[arg-type]


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "diary").write_text("mine")
    with pytest.raises(ProblemError, match="not empty"):
        generate(tmp_path, SHAPE)
    assert [path.name for path in tmp_path.iterdir()] == ["diary"]


@pytest.mark.parametrize("content", [None, b"", b"PK\3\4 no archive", b"nothing of the kind"])
def test_what_is_no_population_is_refused(tmp_path: Path, content: bytes | None) -> None:
    generate(tmp_path / "it", SHAPE)
    path = tmp_path / "it" / BUDGETS_FILE
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(ChunkInvalid, match=r"no population|cannot be read"):
        read_population(tmp_path / "it")


@pytest.mark.parametrize("change", [{"salt": 256}, {"value_max": -1}])
def test_budgets_that_cannot_be_are_refused(tmp_path: Path, change: dict[str, int]) -> None:
    generate(tmp_path / "it", SHAPE)
    population = read_population(tmp_path / "it")
    spoilt = {name: np.full(SHAPE.ad_set_count, number) for name, number in change.items()}
    arrays = {"value_max": population.value_max, "salt": population.salt} | spoilt
    write_budgets(tmp_path / "it", population.budgets, **arrays)
    with pytest.raises(ChunkInvalid, match=f"{next(iter(change))} must lie"):
        read_population(tmp_path / "it")
