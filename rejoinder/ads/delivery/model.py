"""A delivery as it is written, and the views of it that other verbs need. No decisions here."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from rejoinder.units.errors import Missing


class VoidReason(StrEnum):
    """Why a hold was released; the words are those of ads.delivery.void_reason."""

    UNSEEN = "unseen"
    STOPPED = "stopped"
    ADS_OFF = "ads_off"
    BLOCKED = "blocked"
    REPORTED = "reported"
    WITHDRAWN = "withdrawn"
    RECALLED = "recalled"


class DeliveryMissing(Missing):
    """No such delivery for this viewer."""

    code = "delivery_missing"


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """Everything a delivery was decided on; `position` is None for a ghost, who gets no message and costs nothing."""

    person_id: int
    id: int
    ad_id: int
    ad_set_id: int
    campaign_id: int
    creative_id: int
    business_id: int
    owner_id: int
    ad_account_id: int
    round_id: int
    thread_id: int
    position: int | None
    state: str
    charge_micros: int
    budget_day: date
    token_hash: bytes
    delivered_at: datetime
    deadline_at: datetime
    contact_version: int
    attention_version: int
    policy_version: str
    local_day: date
    iso_week: date
    local_minute: int
    day_count_before: int
    week_count_before: int
    cap_day: int
    cap_week: int
    first_wrote_at: datetime
    last_wrote_at: datetime
    last_wrote_kind: str
    permission_basis: str
    age_class: str
    reasons: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """A delivery under lock, as seen, void and withdrawal look at it."""

    person_id: int
    id: int
    campaign_id: int
    business_id: int
    ad_account_id: int
    thread_id: int
    position: int
    state: str
    charge_micros: int
    token_hash: bytes
    deadline_at: datetime
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Voided:
    """A hold that was just released."""

    ad_account_id: int
    charge_micros: int


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A client's report that a card was on screen, with the delivery's own token."""

    delivery_id: int
    token: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A line of the quiet Offers tray."""

    delivery_id: int
    business_id: int
    thread_id: int
    position: int
    body: dict[str, Any]
    delivered_at: datetime
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Why:
    """The stored facts of one delivery, for the person it reached."""

    delivery_id: int
    business_id: int
    business_name: str
    payer: str
    beneficiary: str
    owner_address: str
    owner_country: str
    delivered_at: datetime
    first_wrote_at: datetime
    last_wrote_at: datetime
    last_wrote_kind: str
    permission_basis: str
    day_count_before: int
    week_count_before: int
    cap_day: int
    cap_week: int
    policy_version: str
    reasons: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unreturned:
    """Voided money of one budget day that has not gone back to its budgets yet."""

    person_id: int
    id: int
    ad_set_id: int
    campaign_id: int
    ad_account_id: int
    budget_day: date
    charge_micros: int


@dataclass(frozen=True, slots=True)
class Told:
    """A typed message of a person in a business thread."""

    person_id: int
    thread_id: int
    position: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Reply:
    """The delivery that a message answered."""

    person_id: int
    delivery_id: int
    campaign_id: int
    business_id: int
    thread_id: int
    replied_at: datetime
