"""Whom an ad set asks for, and what an advertiser is told about how many that are."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

import msgspec

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
    """What an audience looks at in one contact. The entry points are the one opened first and the one last written through."""

    person_id: int
    business_id: int
    last_wrote_at: datetime | None
    entry_point_ids: tuple[int | None, ...]
    language: str


class Group(StrEnum):
    """Why people cannot be reached, merged so far that no reason points at somebody."""

    CHOSE_NOT_TO = "chose_not_to"
    NOT_NOW = "not_now"
    RECENTLY = "recently"
    NOT_PERMITTED = "not_permitted"
    TOO_OLD = "too_old"


class Range(msgspec.Struct, frozen=True):
    """A count as an advertiser may know it. `words` is what to show."""

    least: int
    most: int
    words: str


class Reach(msgspec.Struct, frozen=True):
    """How many people an offer could reach now. `refused` is empty when the audience is too small to be taken apart."""

    audience: Range
    reachable: Range
    refused: dict[Group, Range]
    words: str
    is_estimate: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """Contacts of a business and by how much to multiply what is counted among them (1 when they are all there are)."""

    people: list[Wrote]
    factor: float
