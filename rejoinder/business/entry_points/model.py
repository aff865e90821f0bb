"""Rows of entry points, and what can go wrong at a door."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from rejoinder.units.errors import InputInvalid, Missing

Kind = Literal["handle", "link", "qr", "widget", "unit"]

ENTRY_POINTS_MAX = 500


class EntryPointMissing(Missing):
    code = "entry_point_missing"


class DoorUnclear(InputInvalid):
    code = "door_unclear"


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """A door to a business. The code is printed and never changes; the rest may."""

    id: int
    code: str
    business_id: int
    kind: Kind
    label: str
    ref: str | None
    prefill: str | None
    is_active: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Visit:
    """A person at a door."""

    person_id: int
    door: EntryPoint


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorChanges:
    """The whole new entry point, made by the route from the old one and what the request names."""

    label: str
    ref: str | None
    prefill: str | None
    is_active: bool
