"""A population in files: people with the same number of edges and places side by side, 16 a line, read from memory maps.

A chunk holds its buckets one after the other: ad sets, values and lots of each. What a value is worth less than it was given
as, by rounding to whole steps, is written down with it. A file says what it is, how long it must be and what it adds up to;
one that is torn, foreign or of another version is refused by name.
"""

import json
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rejoinder.ads.planner.problem import AMOUNT_MAX, DEGREE_MAX, LANES, LOTS, PEOPLE_SLOTS_MAX, Ints, ProblemError

MAGIC = b"RJPLAN\r\n"
VERSION = 1
ALIGN = 64
STEPS_MAX = 32_767
SUFFIX = ".chunk"


class ChunkInvalid(ProblemError):
    """A file that cannot be planned with; the message names it and says why."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """People with `slots` places and the same number of edges: `ids` and `values` [line, edge, lane], `lots` [line, lane]."""

    slots: int
    people_count: int
    ids: Any
    values: Any
    lots: Any


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of the population. `rounding_micros`: by how much rounding values to steps can change what a plan is worth."""

    ad_set_count: int
    people_count: int
    edge_count: int
    rounding_micros: int
    buckets: tuple[Bucket, ...]
    people: Ints | None = None


@dataclass(frozen=True, slots=True)
class People:
    """A piece of a population as plain arrays: edges of person p are `offset[p]` to `offset[p + 1]`.

    `key` (any 64 bits) names a person: lots are drawn from it. `slots`: how many deliveries each may get, 0 to 8. `ad_set`
    and `value` (micro-units, in whole numbers or not) have one entry per edge; a person has an ad set at most once.
    """

    key: Ints
    slots: Ints
    offset: Ints
    ad_set: Ints
    value: Any

    @property
    def owner(self) -> Ints:
        """Whose each edge is."""
        return np.repeat(np.arange(len(self.slots)), np.diff(self.offset))


def steps_of(value_max: Ints) -> Ints:
    """The size of each ad set's steps, in micro-units, by the most that a delivery of it may be worth."""
    if len(value_max) and (value_max.min() < 0 or value_max.max() > AMOUNT_MAX):
        raise ProblemError(f"a delivery may be worth 0 to {AMOUNT_MAX} micro-units")
    return np.maximum(1, -(-value_max // STEPS_MAX))


def build_chunk(people: People, step: Ints, *, keeps_people: bool = False) -> Chunk:
    """Arrange a piece. Who has no place, and edges worth nothing, are left out: they are never chosen.

    `keeps_people` remembers which row of the piece each person was, -1 for none: for tests and small plans.
    """
    _check(people, len(step))
    owner = people.owner
    if (people.value > step[people.ad_set] * (STEPS_MAX + 0.5)).any():
        raise ProblemError("a value is above what its ad set's deliveries may be worth")
    steps = np.rint(np.maximum(people.value, 0) / step[people.ad_set]).astype(np.int64)
    kept = (steps > 0) & (people.slots[owner] > 0)
    lost = np.abs(np.maximum(people.value, 0) - steps * step[people.ad_set])
    owner, ad_set, steps = owner[kept], people.ad_set[kept], steps[kept]
    degree = np.bincount(owner, minlength=len(people.slots))
    if len(degree) and degree.max() > DEGREE_MAX:
        raise ProblemError(f"a person may have {DEGREE_MAX} edges, not {degree.max()}")
    first = np.concatenate([[0], np.cumsum(degree)])
    lots = _mixed(people.key)
    buckets, rows = [], []
    for shape in np.unique((people.slots * (DEGREE_MAX + 1) + degree)[degree > 0]):
        slots, edges = divmod(int(shape), DEGREE_MAX + 1)
        chosen = np.flatnonzero((people.slots == slots) & (degree == edges))
        at = first[chosen][:, None] + np.arange(edges)
        buckets.append(_bucket(slots, ad_set[at], steps[at], lots[chosen], wide=len(step) > 2**16))
        rows.append(np.concatenate([chosen, np.full(-len(chosen) % LANES, -1)]))
    rounding = int(np.ceil(_most_lost(people, lost)))
    known = np.concatenate([*rows, np.zeros(0, np.int64)]) if keeps_people else None
    return Chunk(len(step), int((degree > 0).sum()), len(steps), rounding, tuple(buckets), known)


def _bucket(slots: int, ad_set: Any, steps: Any, lots: Any, *, wide: bool) -> Bucket:
    count, edges = ad_set.shape
    lines = -(-count // LANES)
    ids = np.zeros((lines * LANES, edges), np.uint32 if wide else np.uint16)
    values = np.full((lines * LANES, edges), -1, np.int16)  # below any price: nobody is there
    lot = np.zeros(lines * LANES, np.uint8)
    ids[:count], values[:count], lot[:count] = ad_set, steps, lots

    def in_lines(array: Any) -> Any:
        return np.ascontiguousarray(array.reshape(lines, LANES, -1).transpose(0, 2, 1))

    return Bucket(min(slots, edges), count, in_lines(ids), in_lines(values), lot.reshape(lines, LANES))


def _most_lost(people: People, lost: Any) -> float:
    """At most as many edges of a person count as the person has places: the largest errors of each, together."""
    order = np.lexsort((-lost, people.owner))
    rank = np.arange(len(lost)) - people.offset[people.owner]
    counted = rank < people.slots[people.owner]
    return float(lost[order][counted].sum())


def _mixed(key: Ints) -> Any:
    """A byte of each key that nobody can steer by choosing nearby keys (the finaliser of splitmix64)."""
    z = key.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) % np.uint64(LOTS)).astype(np.uint8)


def _check(people: People, ad_set_count: int) -> None:
    offset = people.offset
    if len(offset) != len(people.slots) + 1 or len(people.key) != len(people.slots):
        raise ProblemError("key, slots and offset do not belong to the same people")
    if offset[0] != 0 or offset[-1] != len(people.ad_set) or (np.diff(offset) < 0).any():
        raise ProblemError("offset must rise from 0 to the number of edges")
    if len(people.value) != len(people.ad_set) or not np.isfinite(people.value).all():
        raise ProblemError("every edge needs a value, and a finite one")
    if len(people.slots) and (people.slots.min() < 0 or people.slots.max() > PEOPLE_SLOTS_MAX):
        raise ProblemError(f"a person has 0 to {PEOPLE_SLOTS_MAX} places")
    if len(people.ad_set) and (people.ad_set.min() < 0 or people.ad_set.max() >= ad_set_count):
        raise ProblemError("an edge leads to an ad set that there is not")
    if len(np.unique(people.owner * np.int64(ad_set_count) + people.ad_set)) != len(people.ad_set):
        raise ProblemError("a person has an ad set twice")


# --- files ---


def write_chunk(chunk: Chunk, path: Path) -> None:
    """Write it beside and move it into place, so that a file that is there is whole."""
    shapes = [[bucket.slots, bucket.people_count, *bucket.ids.shape[:2]] for bucket in chunk.buckets]
    parts = [np.ascontiguousarray(a) for bucket in chunk.buckets for a in (bucket.ids, bucket.values, bucket.lots)]
    checksum = 0
    for part in parts:
        checksum = zlib.crc32(part.data, checksum)
    facts = {
        "version": VERSION,
        "ad_set_count": chunk.ad_set_count,
        "people_count": chunk.people_count,
        "edge_count": chunk.edge_count,
        "rounding_micros": chunk.rounding_micros,
        "buckets": shapes,
        "id_bytes": parts[0].itemsize if parts else 2,
        "checksum": checksum,
    }
    text = json.dumps(facts).encode()
    head = MAGIC + len(text).to_bytes(8, "little") + text
    beside = path.with_suffix(".part")
    with beside.open("wb") as file:
        file.write(head + b" " * (-len(head) % ALIGN))
        for part in parts:
            file.write(part.tobytes() + b"\0" * (-part.nbytes % ALIGN))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def read_chunk(path: Path, *, checks_sum: bool = False) -> Chunk:
    """Map a file. With `checks_sum` also read it whole: kernels trust what they read, so do it once for files of others."""
    facts, start = _read_facts(path)
    if path.stat().st_size != start + _size_of(facts):
        raise ChunkInvalid(f"{path} is {path.stat().st_size:,} bytes long, not {start + _size_of(facts):,}: it is torn")
    mapped: Any = np.memmap(path, np.uint8, "r")
    at, checksum = start, 0
    id_type = {2: np.uint16, 4: np.uint32}[facts["id_bytes"]]
    buckets = []
    for slots, people_count, lines, edges in facts["buckets"]:
        arrays: list[Any] = []
        for kind, shape in (
            (id_type, (lines, edges, LANES)),
            (np.int16, (lines, edges, LANES)),
            (np.uint8, (lines, LANES)),
        ):
            size = int(np.prod(shape)) * np.dtype(kind).itemsize
            part = mapped[at : at + size]
            checksum = zlib.crc32(part, checksum) if checks_sum else 0
            arrays.append(part.view(kind).reshape(shape))
            at += size + -size % ALIGN
        buckets.append(Bucket(slots, people_count, *arrays))
    if checks_sum and checksum != facts["checksum"]:
        raise ChunkInvalid(f"{path} does not add up to what it says: it was changed or is damaged")
    if checks_sum and any(bucket.ids.max() >= facts["ad_set_count"] for bucket in buckets):
        raise ChunkInvalid(f"{path} has edges to ad sets that there are not")
    return Chunk(
        ad_set_count=facts["ad_set_count"],
        people_count=facts["people_count"],
        edge_count=facts["edge_count"],
        rounding_micros=facts["rounding_micros"],
        buckets=tuple(buckets),
    )


def list_chunks(folder: Path) -> list[Path]:
    """The chunks of a folder, by name."""
    found = sorted(folder.glob(f"*{SUFFIX}"))
    if not found:
        raise ChunkInvalid(f"{folder} holds no {SUFFIX} files")
    return found


def _read_facts(path: Path) -> tuple[dict[str, Any], int]:
    with path.open("rb") as file:
        magic, length = file.read(len(MAGIC)), int.from_bytes(file.read(8), "little")
        if magic != MAGIC:
            raise ChunkInvalid(f"{path} is no chunk of a population")
        text = file.read(min(length, 2**24))
    try:
        facts: dict[str, Any] = json.loads(text)
    except ValueError as problem:
        raise ChunkInvalid(f"{path} has a head that cannot be read: it is torn") from problem
    if facts.get("version") != VERSION:
        raise ChunkInvalid(f"{path} is of version {facts.get('version')}, this program reads {VERSION}")
    head = len(MAGIC) + 8 + length
    return facts, head + -head % ALIGN


def _size_of(facts: dict[str, Any]) -> int:
    total = 0
    for _, _, lines, edges in facts["buckets"]:
        cells = lines * edges * LANES
        for size in (cells * facts["id_bytes"], cells * 2, lines * LANES):
            total += size + -size % ALIGN
    return total
