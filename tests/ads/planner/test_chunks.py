"""Populations in files: what was written is read, what is torn, foreign or changed is refused by name."""

import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rejoinder.ads.planner.chunks import (
    ALIGN,
    MAGIC,
    Chunk,
    ChunkInvalid,
    People,
    build_chunk,
    list_chunks,
    read_chunk,
    sample,
    steps_of,
    write_chunk,
)
from rejoinder.ads.planner.desk import in_threads
from rejoinder.ads.planner.plan import deliver
from rejoinder.ads.planner.problem import AMOUNT_MAX, ProblemError
from rejoinder.ads.planner.solver import solve
from tests.support.planner import ints, people_of, piece, random_instance, unlimited


def test_a_plan_of_files_is_the_plan_of_memory(tmp_path: Path) -> None:
    instance = random_instance(1, people_count=2_000, places_max=3)
    for number, chunk in enumerate(instance.chunks(3)):
        write_chunk(chunk, tmp_path / f"{number:04}.chunk")
    chunks = [read_chunk(path, checks_sum=True) for path in list_chunks(tmp_path)]
    crowd = in_threads(chunks, instance.step)
    found = solve(instance.budgets, crowd, value_max=instance.value_max)
    plan = deliver(instance.budgets, crowd, found, salt=instance.salt)
    other = instance.plan()
    assert (plan.value, plan.bound, plan.rounding_micros) == (other.value, other.bound, other.rounding_micros)
    assert not list(tmp_path.glob("*.part"))


def test_a_person_with_three_edges_takes_twelve_bytes_and_a_lot(tmp_path: Path) -> None:
    count = 16_000
    edges = np.tile(np.arange(3), count)
    people = People(
        np.arange(count), np.ones(count, np.int64), np.arange(count + 1) * 3, edges, np.full(3 * count, 1_000.0)
    )
    write_chunk(build_chunk(people, ints(1, 1, 1)), tmp_path / "0.chunk")
    assert (tmp_path / "0.chunk").stat().st_size / count < 13.1


def test_more_ad_sets_than_two_bytes_count() -> None:
    count = 70_000
    people = people_of([1, 1, 2], [{65_535: 50, 65_536: 60}, {69_999: 70}, {0: 10, 69_998: 20}])
    budgets = unlimited(np.full(count, 10), np.full(count, 10**6))
    value_max = np.full(count, 100)
    chunk = build_chunk(people, steps_of(value_max))
    assert {bucket.ids.dtype for bucket in chunk.buckets} == {np.dtype(np.uint32)}
    crowd = in_threads([chunk], steps_of(value_max))
    found = solve(budgets, crowd, value_max=value_max)
    plan = deliver(budgets, crowd, found, salt=np.zeros(count, np.int64))
    assert np.flatnonzero(plan.deliveries).tolist() == [0, 65_536, 69_998, 69_999]


def test_rounding_is_told() -> None:
    """Values of up to a million steps of 31: each may be off by half a step, and only what can be chosen counts."""
    value_max = ints(1_000_000)
    step = int(steps_of(value_max)[0])
    people = people_of([1, 0], [{0: 1_000_000 - 1}, {0: 500_000 - 7}])
    chunk = build_chunk(people, steps_of(value_max))
    seen = round((1_000_000 - 1) / step) * step
    assert chunk.rounding_micros == abs(seen - (1_000_000 - 1))


def test_the_largest_error_of_a_person_counts_for_each_place_that_an_edge_could_take() -> None:
    step = ints(10, 10, 10)
    people = people_of([2, 2, 0, 1, 2], [{0: 103, 1: 201, 2: 300}, {1: 104}, {0: 105}, {}, {2: -7}])
    assert build_chunk(people, step).rounding_micros == 2 * 3 + 4


def test_pieces_make_the_chunk_that_the_whole_makes() -> None:
    instance = random_instance(3, people_count=1_000, places_max=3)
    cuts = [0, 1, 400, 400, 1_000]
    pieces = (piece(instance.people, start, end) for start, end in pairwise(cuts))
    one = build_chunk(instance.people, instance.step, keeps_people=True)
    other = build_chunk(pieces, instance.step, keeps_people=True)
    for name in ("ad_set_count", "people_count", "edge_count", "rounding_micros"):
        assert getattr(one, name) == getattr(other, name)
    assert np.array_equal(one.people, other.people)  # type: ignore[arg-type]
    for mine, theirs in zip(one.buckets, other.buckets, strict=True):
        assert (mine.places, mine.people_count) == (theirs.places, theirs.people_count)
        assert all(np.array_equal(getattr(mine, name), getattr(theirs, name)) for name in ("ids", "values", "lots"))


def test_a_chunk_of_nobody_is_one_and_a_chunk_of_nothing_is_not() -> None:
    assert build_chunk(people_of([], []), ints(1)).buckets == ()
    with pytest.raises(ProblemError, match="at least one piece"):
        build_chunk([], ints(1))


def test_the_most_edges_a_person_may_have() -> None:
    step = np.ones(66, np.int64)
    most = people_of([1, 1, 0], [dict.fromkeys(range(64), 5) | {65: -5}, {}, dict.fromkeys(range(66), 5)])
    assert build_chunk(most, step).edge_count == 64
    with pytest.raises(ProblemError, match="64 edges, not 65"):
        build_chunk(people_of([1], [dict.fromkeys(range(65), 5)]), step)


def test_an_ad_set_twice_is_found_wherever_it_stands_and_does_no_harm_where_it_is_worth_nothing() -> None:
    count = 40
    for first, second in ((0, 1), (0, 9), (3, 8)):
        ad_set = np.tile(np.arange(10), count)
        ad_set[25 * 10 + second] = first
        people = People(
            np.arange(count), np.ones(count, np.int64), np.arange(count + 1) * 10, ad_set, np.full(len(ad_set), 5)
        )
        with pytest.raises(ProblemError, match="twice"):
            build_chunk(people, np.ones(10, np.int64))
        people.value[25 * 10 + second] = -5
        assert build_chunk(people, np.ones(10, np.int64)).edge_count == 10 * count - 1


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "0.chunk"
    write_chunk(random_instance(2).chunks()[0], path)
    return path


def test_a_torn_file_is_refused(file: Path) -> None:
    whole = file.read_bytes()
    for length in (len(whole) - 1, len(whole) // 2, 40, len(MAGIC) + 3):
        file.write_bytes(whole[:length])
        with pytest.raises(ChunkInvalid, match=r"0\.chunk.*torn"):
            read_chunk(file)


def test_a_foreign_file_is_refused(file: Path) -> None:
    file.write_bytes(b"PK\3\4" + bytes(200))
    with pytest.raises(ChunkInvalid, match="no chunk"):
        read_chunk(file)


def with_head(file: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """The file with another head, of which the sum is right."""
    content = file.read_bytes()
    at = len(MAGIC) + 8
    length = int.from_bytes(content[len(MAGIC) : len(MAGIC) + 4], "little")
    head = json.loads(content[at : at + length])
    change(head)
    text = json.dumps(head).encode()
    start = MAGIC + len(text).to_bytes(4, "little") + zlib.crc32(text).to_bytes(4, "little") + text
    arrays = content[at + length + -(at + length) % ALIGN :]
    file.write_bytes(start + b" " * (-len(start) % ALIGN) + arrays)
    return file


def test_another_version_is_refused(file: Path) -> None:
    with pytest.raises(ChunkInvalid, match="version 9"):
        read_chunk(with_head(file, lambda head: head.update(version=9, more="later")))


@pytest.mark.parametrize(
    "change",
    [
        lambda head: head.pop("rounding_micros"),
        lambda head: head.update(ad_set_count=-1),
        lambda head: head["buckets"][0].__setitem__(0, 9),
        lambda head: head["buckets"].append([1, 1]),
    ],
)
def test_a_head_that_cannot_be_is_refused(file: Path, change: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(ChunkInvalid, match="not a chunk's"):
        read_chunk(with_head(file, change))


def test_a_changed_head_is_found(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(MAGIC) + 20] ^= 1
    file.write_bytes(content)
    with pytest.raises(ChunkInvalid, match="head that does not add up"):
        read_chunk(file)


def test_a_changed_byte_is_found(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-64] ^= 1
    file.write_bytes(content)
    read_chunk(file)
    with pytest.raises(ChunkInvalid, match="add up"):
        read_chunk(file, checks_sum=True)


def test_an_empty_folder_and_a_mixed_population_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ChunkInvalid, match="holds no"):
        list_chunks(tmp_path)
    one = random_instance(1).chunks()[0]
    with pytest.raises(ProblemError, match="speaks of 3 ad sets"):
        in_threads([one, replace(one, ad_set_count=3)], random_instance(1).step)
    with pytest.raises(ProblemError, match="other steps"):
        in_threads([one], random_instance(1).step + 1)
    with pytest.raises(ProblemError, match="no chunk"):
        in_threads([], random_instance(1).step)


GOOD = people_of([1, 1], [{0: 10, 1: 20}, {1: 30}])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"places": ints(1, 9)}, "places must lie between 0 and 8"),
        ({"places": ints(1)}, "same people"),
        ({"offset": ints(0, 2, 2)}, "rise from 0"),
        ({"offset": ints(0, 4, 3)}, "offset must lie"),
        ({"offset": ints(0, 3, 2)}, "rise from 0"),
        ({"places": np.array([1.5, 1.0])}, "flat array of int64"),
        ({"key": np.array([1.5, 1.0])}, "whole numbers"),
        ({"ad_set": ints(0, 1, 2)}, "ad_set must lie"),
        ({"ad_set": ints(0, 0, 1)}, "twice"),
        ({"value": np.array([1.0, np.nan, 2.0])}, "finite"),
        ({"value": np.array([1.0, -np.inf, 2.0])}, "finite"),
        ({"value": np.array([1.0, 32_767.5, 2.0])}, "above what"),
        ({"value": np.array([1.0, 1e9, 2.0])}, "above what"),
        ({"value": np.array([1.0, 1e300, 2.0])}, "above what"),
    ],
)
def test_impossible_people_are_refused(change: dict[str, object], told: str) -> None:
    with pytest.raises(ProblemError, match=told):
        build_chunk(replace(GOOD, **change), ints(1, 1))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("charge", "own", "told"),
    [
        (ints(0, 1), ints(1, 1), "charge must lie"),
        (ints(1, 1), ints(-1, 1), "ad_set must lie"),
        (ints(1, 1), ints(1), "another number"),
        (np.array([1.5, 2.0]), ints(1, 1), "int64"),
        (ints(1, AMOUNT_MAX + 1), ints(1, 1), "charge must lie"),
    ],
)
def test_impossible_budgets_are_refused(charge: object, own: object, told: str) -> None:
    with pytest.raises(ProblemError, match=told):
        unlimited(charge, own)  # type: ignore[arg-type]


def test_a_sample_is_the_same_people_however_they_lie_in_files() -> None:
    instance = random_instance(6, people_count=3_000, places_max=3)
    [alone] = instance.chunks()
    few, other = sample(alone, 40, 7), sample(alone, 40, 8)
    assert 3_000 * 40 / 256 * 0.6 < few.people_count < 3_000 * 40 / 256 * 1.1
    pieces = [sample(chunk, 40, 7) for chunk in instance.chunks(7)]
    assert sum(one.people_count for one in pieces) == few.people_count
    for count in ("edge_count", "people_count"):
        assert sum(getattr(one, count) for one in pieces) == getattr(few, count)
    assert contents([few]) == contents(pieces) != contents([other])
    assert contents([sample(alone, 256, 0)]) == contents([alone])


def contents(chunks: list[Chunk]) -> list[tuple[object, ...]]:
    """Everybody's places, lot and edges, in no order that depends on files."""
    found: list[tuple[object, ...]] = []
    for bucket in (one for chunk in chunks for one in chunk.buckets):
        for number in range(bucket.people_count):
            line, lane = divmod(number, 16)
            edges = zip(bucket.ids[line, :, lane].tolist(), bucket.values[line, :, lane].tolist(), strict=True)
            found.append((bucket.places, int(bucket.lots[line, lane]), *edges))
    return sorted(found, key=repr)
