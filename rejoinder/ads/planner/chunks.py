"""A population in files: people with the same number of edges and places side by side, 16 a line, read from memory maps.

A chunk holds its buckets one after the other: ad sets, values and lots of each. What a value is worth less than it was given
as, by rounding to whole steps, is written down with it. A file says what it is, how long it must be and what it adds up to;
one that is torn, foreign, damaged or of another version is refused by name.
"""

import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np

from rejoinder.ads.planner.problem import (
    AMOUNT_MAX,
    DEGREE_MAX,
    LANES,
    LOTS,
    PLACES_MAX,
    UNPAYABLE,
    Ints,
    ProblemError,
    require_ints,
)

MAGIC = b"RJPLAN\r\n"
VERSION = 3
ALIGN = 64
STEPS_MAX = 32_767
STEP_MAX = UNPAYABLE // (STEPS_MAX + 1)
SUFFIX = ".chunk"


class ChunkInvalid(ProblemError):
    """A file that cannot be planned with; the message names it and says why."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """People with the same number of edges, and of places that they can use: `places`, which are never more than edges.

    `ids` and `values` [line, edge, lane], `lots` [line, lane].
    """

    places: int
    people_count: int
    ids: Any
    values: Any
    lots: Any


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of the population.

    `step_sum` tells the steps that values are counted in from others. `rounding_micros`: by how much rounding values to steps
    can change what a plan is worth.
    """

    ad_set_count: int
    step_sum: int
    people_count: int
    edge_count: int
    rounding_micros: int
    buckets: tuple[Bucket, ...]
    people: Ints | None = None


@dataclass(frozen=True, slots=True)
class People:
    """A piece of a population as plain arrays: edges of person p are `offset[p]` to `offset[p + 1]`.

    `key` (any 64 bits) names a person: lots are drawn from it. `places`: how many deliveries each may get, 0 to 8. `ad_set`
    and `value` (micro-units, in whole numbers or not) have one entry per edge; a person has an ad set at most once.
    """

    key: Any
    places: Ints
    offset: Ints
    ad_set: Ints
    value: Any


def steps_of(value_max: Ints) -> Ints:
    """The size of each ad set's steps, in micro-units, by the most that a delivery of it may be worth."""
    if len(value_max) and (value_max.min() < 0 or value_max.max() > AMOUNT_MAX):
        raise ProblemError(f"a delivery may be worth 0 to {AMOUNT_MAX} micro-units")
    return np.maximum(1, -(-value_max // STEPS_MAX))


def sum_of_steps(step: Ints) -> int:
    """What a chunk remembers of the steps that its values are counted in."""
    return zlib.crc32(step.tobytes())


def mixed(key: Any) -> Any:
    """64 bits of each key that nobody can steer by choosing nearby keys: the finaliser of splitmix64."""
    z = key.astype(np.uint64) + 0x9E3779B97F4A7C15
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB
    return z ^ (z >> 31)


def build_chunk(people: People | Iterable[People], step: Ints, *, keeps_people: bool = False) -> Chunk:
    """Arrange a piece, or several as one. Who has no place, and edges worth nothing, are left out: they are never chosen.

    `keeps_people` remembers which row of the pieces each person was, -1 for none: for tests and small plans.
    """
    require_ints(step, "step", least=1, most=STEP_MAX)
    rounded = [_rounded(piece, step) for piece in ([people] if isinstance(people, People) else people)]
    if not rounded:
        raise ProblemError("a chunk is made of at least one piece")
    places, degree, lots, ids, values = (
        np.concatenate(parts) for parts in zip(*(one.arrays for one in rounded), strict=True)
    )
    first = np.cumsum(degree, dtype=np.int64) - degree
    shape = places * np.uint16(DEGREE_MAX + 1) + degree
    in_order, count = np.argsort(shape, kind="stable"), np.bincount(shape)  # NumPy sorts two bytes by counting.
    end = np.cumsum(count)
    buckets, rows = [], []
    for one in np.flatnonzero(count):
        most, edges = divmod(int(one), DEGREE_MAX + 1)
        chosen = in_order[end[one] - count[one] : end[one]]
        if edges:
            at = first[_in_lines(chosen)][:, None] + np.arange(edges)[:, None]
            buckets.append(_bucket(min(most, edges), len(chosen), ids[at], values[at], lots[_in_lines(chosen)]))
            rows += [chosen, np.full(-len(chosen) % LANES, -1)]
    known = np.concatenate([*rows, np.zeros(0, np.int64)]) if keeps_people else None
    lost = int(np.ceil(sum(one.lost for one in rounded)))
    people_count = int((degree > 0).sum())
    return Chunk(len(step), sum_of_steps(step), people_count, len(ids), lost, tuple(buckets), known)


@dataclass(frozen=True, slots=True)
class _Rounded:
    """Places, edges and lot of each person; ad set and steps of each edge that is left; at most what rounding can change."""

    arrays: tuple[Any, ...]
    lost: float


def _rounded(people: People, step: Ints) -> _Rounded:
    _check(people, len(step))
    size, worth = step[people.ad_set], np.maximum(people.value, 0)
    steps = np.rint(worth / size)
    if steps.max(initial=0) > STEPS_MAX:
        raise ProblemError("a value is above what its ad set's deliveries may be worth")
    kept = (steps > 0) & np.repeat(people.places > 0, np.diff(people.offset))
    degree = np.diff(np.append(0, np.cumsum(kept))[people.offset])
    if degree.max(initial=0) > DEGREE_MAX:
        raise ProblemError(f"a person may have {DEGREE_MAX} edges, not {degree.max()}")
    lots = (mixed(people.key) & (LOTS - 1)).astype(np.uint8)
    ids = people.ad_set[kept].astype(np.uint32 if len(step) > 2**16 else np.uint16)
    arrays = people.places.astype(np.uint8), degree.astype(np.uint8), lots, ids, steps[kept].astype(np.int16)
    return _Rounded(arrays, _most_lost(people, np.abs(worth - steps * size)))


def sample(chunk: Chunk, lots: int, seed: int) -> Chunk:
    """Those who drew one of so many lots of 256, which ones follows from the seed: the same people however they lie in files."""
    buckets = []
    for one in chunk.buckets:
        is_drawn = np.asarray(one.lots - np.uint8(seed % LOTS)) < lots
        line, lane = np.divmod(np.flatnonzero(is_drawn.reshape(-1)[: one.people_count]), LANES)
        if len(line):
            where = _in_lines(line)[:, None], np.arange(one.ids.shape[1])[:, None], _in_lines(lane)[:, None]
            lots_there = one.lots[_in_lines(line), _in_lines(lane)]
            buckets.append(_bucket(one.places, len(line), one.ids[where], one.values[where], lots_there))
    people_count = sum(one.people_count for one in buckets)
    edge_count = sum(one.people_count * one.ids.shape[1] for one in buckets)
    return Chunk(chunk.ad_set_count, chunk.step_sum, people_count, edge_count, 0, tuple(buckets))


def _in_lines(people: Ints) -> Ints:
    """16 in each row; at the end the last one again, as often as it takes."""
    return np.pad(people, (0, -len(people) % LANES), "edge").reshape(-1, LANES)


def _bucket(places: int, people_count: int, ids: Any, values: Any, lots: Any) -> Bucket:
    """Check lines, and empty their ends."""
    for apart in range(1, ids.shape[1]):
        if (ids[:, apart:] == ids[:, :-apart]).any():
            raise ProblemError("a person has an ad set twice")
    taken = people_count - len(lots) * LANES + LANES
    ids[-1, :, taken:], values[-1, :, taken:], lots[-1, taken:] = 0, -1, 0  # -1 is below any price: nobody is there
    return Bucket(places, people_count, ids, values, lots)


def _most_lost(people: People, lost: Any) -> float:
    """At most as many edges of a person count as the person has places, and none is off by more than the worst one."""
    edges = np.diff(people.offset)
    worst = np.zeros(len(edges))
    worst[edges > 0] = np.maximum.reduceat(lost, people.offset[:-1][edges > 0]) if len(lost) else 0
    return float((worst * np.minimum(people.places, edges)).sum())


def _check(people: People, ad_set_count: int) -> None:
    offset = people.offset
    require_ints(people.places, "places", least=0, most=PLACES_MAX)
    require_ints(people.ad_set, "ad_set", least=0, most=ad_set_count - 1)
    require_ints(offset, "offset", least=0, most=len(people.ad_set))
    if not isinstance(people.key, np.ndarray) or people.key.dtype.kind not in "iu":
        raise ProblemError("key must be an array of whole numbers")
    if len(offset) != len(people.places) + 1 or len(people.key) != len(people.places):
        raise ProblemError("key, places and offset do not belong to the same people")
    if offset[0] != 0 or offset[-1] != len(people.ad_set) or (np.diff(offset) < 0).any():
        raise ProblemError("offset must rise from 0 to the number of edges")
    if len(people.value) != len(people.ad_set) or not np.isfinite(people.value).all():
        raise ProblemError("every edge needs a value, and a finite one")


# --- files ---


Count = Annotated[int, msgspec.Meta(ge=0, le=2**40)]


class _Lines(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """What a bucket is like."""

    places: Annotated[int, msgspec.Meta(ge=1, le=PLACES_MAX)]
    people_count: Count
    lines: Count
    edges: Annotated[int, msgspec.Meta(ge=1, le=DEGREE_MAX)]


class _Head(msgspec.Struct, forbid_unknown_fields=True):
    """What a file says of itself, after `MAGIC`, the length of this and its CRC-32. `checksum` is that of all arrays."""

    version: int
    ad_set_count: Count
    step_sum: int
    people_count: Count
    edge_count: Count
    rounding_micros: Annotated[int, msgspec.Meta(ge=0, le=2**62)]
    buckets: list[_Lines]
    is_wide: bool
    checksum: int

    def arrays(self) -> Iterator[tuple[Any, tuple[int, ...]]]:
        """Types and shapes, in the order in which they lie: ad sets, values and lots of each bucket."""
        for one in self.buckets:
            cells = (one.lines, one.edges, LANES)
            yield from ((np.uint32 if self.is_wide else np.uint16, cells), (np.int16, cells), (np.uint8, cells[::2]))


def write_chunk(chunk: Chunk, path: Path) -> None:
    """Write it beside and move it into place, so that a file that is there is whole."""
    parts = [np.ascontiguousarray(a) for bucket in chunk.buckets for a in (bucket.ids, bucket.values, bucket.lots)]
    head = _Head(
        version=VERSION,
        ad_set_count=chunk.ad_set_count,
        step_sum=chunk.step_sum,
        people_count=chunk.people_count,
        edge_count=chunk.edge_count,
        rounding_micros=chunk.rounding_micros,
        buckets=[_Lines(one.places, one.people_count, *one.ids.shape[:2]) for one in chunk.buckets],
        is_wide=bool(parts) and parts[0].dtype == np.uint32,
        checksum=reduce(lambda so_far, part: zlib.crc32(part.data, so_far), parts, 0),
    )
    text = msgspec.json.encode(head)
    start = MAGIC + len(text).to_bytes(4, "little") + zlib.crc32(text).to_bytes(4, "little") + text
    beside = path.with_suffix(".part")
    with beside.open("wb") as file:
        file.write(start + b" " * (-len(start) % ALIGN))
        for part in parts:
            file.write(part.data)
            file.write(b"\0" * (-part.nbytes % ALIGN))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def read_chunk(path: Path, *, checks_sum: bool = False) -> Chunk:
    """Map a file. With `checks_sum` also read it whole: kernels trust what they read, so do it once for files of others."""
    head, at = _read_head(path)
    size = at + sum(-(-_size(*one) // ALIGN) * ALIGN for one in head.arrays())
    if path.stat().st_size != size:
        raise ChunkInvalid(f"{path} is {path.stat().st_size:,} bytes long, not {size:,}: it is torn")
    mapped = np.asarray(np.memmap(path, np.uint8, "r"))  # Numba looks at plain arrays for less time.
    parts = []
    for kind, shape in head.arrays():
        parts.append(mapped[at : at + _size(kind, shape)].view(kind).reshape(shape))
        at += -(-_size(kind, shape) // ALIGN) * ALIGN
    if checks_sum and reduce(lambda so_far, part: zlib.crc32(part, so_far), parts, 0) != head.checksum:
        raise ChunkInvalid(f"{path} does not add up to what it says: it was changed or is damaged")
    if checks_sum and any(ids.max(initial=0) >= head.ad_set_count for ids in parts[::3]):
        raise ChunkInvalid(f"{path} has edges to ad sets that there are not")
    buckets = [
        Bucket(one.places, one.people_count, *parts[3 * number : 3 * number + 3])
        for number, one in enumerate(head.buckets)
    ]
    return Chunk(
        head.ad_set_count, head.step_sum, head.people_count, head.edge_count, head.rounding_micros, tuple(buckets)
    )


def list_chunks(folder: Path) -> list[Path]:
    """The chunks of a folder, by name."""
    found = sorted(path for path in folder.glob(f"*{SUFFIX}") if path.is_file())
    if not found:
        raise ChunkInvalid(f"{folder} holds no {SUFFIX} files")
    return found


def _size(kind: Any, shape: tuple[int, ...]) -> int:
    return int(np.dtype(kind).itemsize * np.prod(shape, dtype=object))


def _read_head(path: Path) -> tuple[_Head, int]:
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise ChunkInvalid(f"{path} is no chunk of a population")
        length, checksum = (int.from_bytes(file.read(4), "little") for _ in range(2))
        text = file.read(min(length, 2**24))
    if len(text) != length or zlib.crc32(text) != checksum:
        raise ChunkInvalid(f"{path} has a head that does not add up: it is torn or damaged")
    try:
        version = msgspec.json.decode(text).get("version")
        if version != VERSION:
            raise ChunkInvalid(f"{path} is of version {version}, this program reads {VERSION}")
        head = msgspec.json.decode(text, type=_Head)
    except (msgspec.MsgspecError, AttributeError, UnicodeDecodeError, RecursionError) as problem:
        raise ChunkInvalid(f"{path} has a head that is not a chunk's: {problem}") from problem
    start = len(MAGIC) + 8 + length
    return head, start + -start % ALIGN
