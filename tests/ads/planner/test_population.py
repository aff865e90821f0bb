"""Populations in folders: what is no population, and a chunk that was changed, is refused by name."""

import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rejoinder.ads.planner.chunks import ChunkInvalid
from rejoinder.ads.planner.made_up import Shape, generate
from rejoinder.ads.planner.population import BUDGETS_FILE, read_population, write_budgets

SHAPE = Shape(people_count=20_000, ad_set_count=40)


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


def test_an_array_of_another_kind_or_length_is_refused(tmp_path: Path) -> None:
    generate(tmp_path / "it", SHAPE)
    population = read_population(tmp_path / "it")
    write_budgets(tmp_path / "it", population.budgets, population.value_max, population.salt[1:])
    with pytest.raises(ChunkInvalid, match="not equally long"):
        read_population(tmp_path / "it")
    with zipfile.ZipFile(tmp_path / "it" / BUDGETS_FILE, "w") as forged:
        forged.writestr("value_max.npy", b"no array")
    with pytest.raises(ChunkInvalid, match="cannot be read"):
        read_population(tmp_path / "it")


def test_a_chunk_of_another_town_is_refused(tmp_path: Path) -> None:
    generate(tmp_path / "it", SHAPE)
    generate(tmp_path / "other", replace(SHAPE, seed=2))
    (tmp_path / "other" / "000000.chunk").rename(tmp_path / "it" / "000001.chunk")
    with pytest.raises(ChunkInvalid, match=r"000001\.chunk was built for other ad sets"):
        read_population(tmp_path / "it")


def test_a_changed_chunk_among_others_is_named(tmp_path: Path) -> None:
    generate(tmp_path / "it", SHAPE, people_per_chunk=5_000)
    path = tmp_path / "it" / "000002.chunk"
    content = bytearray(path.read_bytes())
    content[-64] ^= 1
    path.write_bytes(content)
    assert len(read_population(tmp_path / "it").chunks) == 4
    with pytest.raises(ChunkInvalid, match=r"000002\.chunk does not add up"):
        read_population(tmp_path / "it", checks_sum=True, threads=2)
