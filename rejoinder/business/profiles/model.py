"""Rows and values of owners, businesses and roles, and what can go wrong with them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypedDict

from rejoinder.units.errors import Conflict, InputInvalid, Missing, NotAllowed, Refused

OwnerState = Literal["waiting", "verified", "refused", "suspended"]
Decision = Literal["verified", "refused", "suspended"]
Role = Literal["owner", "agent", "advertiser"]

OWNERS_PER_PERSON_MAX = 10
BUSINESSES_PER_OWNER_MAX = 50
QUICK_REPLIES_MAX = 8


class ReasonNeeded(InputInvalid):
    code = "reason_needed"


class OwnerMissing(Missing):
    code = "owner_missing"


class BusinessMissing(Missing):
    code = "business_missing"


class RoleLacking(NotAllowed):
    code = "role_lacking"


class DecisionRefused(Conflict):
    code = "decision_refused"


class OwnerSuspended(Refused):
    code = "owner_suspended"


class OwnerUnverified(Refused):
    code = "owner_unverified"


class TooManyHere(Refused):
    code = "too_many_here"


class ProfileChanged(Conflict):
    code = "profile_changed"


class Offer(TypedDict):
    """A button of the empty thread: what the person sees and what the business's program gets."""

    title: str
    payload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerDraft:
    """What an owner says of itself; the operator checks it."""

    name: str
    address: str
    country: str
    contact_email: str
    register_number: str | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """The legal entity behind businesses and ad accounts."""

    id: int
    name: str
    address: str
    country: str
    contact_email: str
    register_number: str | None
    state: OwnerState
    decision_reason: str | None
    decided_at: datetime | None
    tier: int
    quality: str
    registered_by: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessDraft:
    """A business to be made; without a hue it gets one of its own."""

    owner_id: int
    name: str
    handle: str
    about: str = ""
    greeting: str = ""
    get_started: Offer | None = None
    quick_replies: tuple[Offer, ...] = ()
    hue: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChanges:
    """The whole new profile, made by the route from the old one and what the request names."""

    name: str
    about: str
    hue: int
    greeting: str
    get_started: Any
    quick_replies: list[Any]


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything about a business; all of it but ids and version is public."""

    id: int
    owner_id: int
    name: str
    about: str
    hue: int
    greeting: str
    get_started: Any
    quick_replies: list[Any]
    version: int
    handle: str | None
    owner_name: str
    owner_country: str
    owner_state: OwnerState


@dataclass(frozen=True, slots=True)
class Membership:
    """A business and one role that a person holds in it."""

    id: int
    name: str
    hue: int
    handle: str | None
    owner_id: int
    owner_state: OwnerState
    roles: list[Role]


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody on a team."""

    person_id: int
    name: str
    hue: int
    roles: list[Role]
    joined_at: datetime
