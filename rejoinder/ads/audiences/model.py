"""Whom an ad set asks for, and what an advertiser is told about how many that are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, NamedTuple

import msgspec

from rejoinder.people.protections.model import RefusalGroup
from rejoinder.units.ids import WireId

Language = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}$")]


class Audience(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """People who wrote to the business; every filter narrows. Without filters: all whom the policy lets it reach.

    Days come in fixed steps: two questions that differ by one day would tell who wrote on that day.
    """

    wrote_within_days: Literal[7, 30, 90, 180, 365] | None = None
    entry_point_ids: Annotated[list[WireId], msgspec.Meta(max_length=20)] = []
    languages: Annotated[list[Language], msgspec.Meta(max_length=10)] = []


class Wrote(NamedTuple):
    """What an audience looks at in one contact: when and through which doors the person wrote, and their language."""

    person_id: int
    last_wrote_at: datetime
    entry_point_ids: Sequence[int | None]
    language: str


@dataclass(frozen=True, slots=True)
class Counts:
    """True counts, which never leave this package, of a sample that `factor` scales up (1 when everybody was looked at)."""

    audience: int
    reachable: int
    refused: dict[RefusalGroup, int]
    factor: float


class Range(msgspec.Struct, frozen=True):
    """A count as an advertiser may know it: between `least` and `most`, `words` to show it by."""

    least: int
    most: int
    words: str


class Reach(msgspec.Struct, frozen=True):
    """How many people an offer could reach now, and in merged groups why not the others. `sentence` says it in words.

    `refused` is empty for an audience that is too small to be taken apart; else it names every group, whether or not anybody is in it.
    """

    audience: Range
    reachable: Range
    refused: dict[RefusalGroup, Range]
    sentence: str
    is_estimate: bool
