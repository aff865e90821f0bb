"""An offer as it is written, kept and read, and what can go wrong with it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

import msgspec

from rejoinder.ads.audiences.model import Audience
from rejoinder.units.errors import Conflict, InputInvalid, Missing, Refused

CampaignState = Literal["draft", "active", "paused", "ended"]
AdState = Literal["draft", "in_review", "approved", "refused", "paused"]


class OfferMissing(Missing):
    code = "offer_missing"


class OfferInvalid(InputInvalid):
    code = "offer_invalid"


class OfferChanged(Conflict):
    code = "offer_changed"


class OfferRefused(Refused):
    code = "offer_refused"


class Content(msgspec.Struct, frozen=True):
    """The bytes that are reviewed and delivered; never changed, only replaced."""

    headline: str
    text: str
    image_url: str | None
    button_title: str
    button_url: str | None
    payer: str
    beneficiary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """To whom, when, for how much. `total_micros` is the lifetime budget, `bid_micros` the most for one seen message."""

    name: str
    audience: Audience
    starts_at: datetime
    ends_at: datetime
    total_micros: int
    bid_micros: int


@dataclass(frozen=True, slots=True)
class Draft:
    """An offer as somebody wants it."""

    content: Content
    terms: Terms


@dataclass(frozen=True, slots=True)
class NewOffer:
    """A draft with the ids and parents it is stored under."""

    id: int
    ad_set_id: int
    ad_id: int
    business_id: int
    owner_id: int
    ad_account_id: int
    client_id: str
    created_by: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """A campaign with its one ad set and ad, and its newest review. `version` counts changes of anything in it."""

    id: int
    business_id: int
    owner_id: int
    ad_account_id: int
    currency: str
    name: str
    campaign_state: CampaignState
    client_id: str
    created_at: datetime
    ended_at: datetime | None
    ad_set_id: int
    bid_micros: int
    audience: Any
    starts_at: datetime
    ends_at: datetime
    total_micros: int
    committed_micros: int
    account_free_micros: int
    ad_id: int
    ad_state: AdState
    version: int
    creative_id: int
    headline: str
    text: str
    image_url: str | None
    button_title: str
    button_url: str | None
    payer: str
    beneficiary: str
    content_hash: bytes
    decision: str | None
    reason: str | None
    findings: list[dict[str, str]]
    submitted_at: datetime | None
    decided_at: datetime | None

    @property
    def content(self) -> Content:
        """What people will read."""
        return Content(
            self.headline,
            self.text,
            self.image_url,
            self.button_title,
            self.button_url,
            self.payer,
            self.beneficiary,
        )

    @property
    def terms(self) -> Terms:
        """To whom, when, for how much."""
        return Terms(
            name=self.name,
            audience=msgspec.convert(self.audience, Audience),
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            total_micros=self.total_micros,
            bid_micros=self.bid_micros,
        )


@dataclass(frozen=True, slots=True)
class OwnCard:
    """Where an advertiser finds the offer that they sent to themself."""

    thread_id: int
    position: int


class Status(StrEnum):
    """Where an offer stands, in one word."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    REFUSED = "refused"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    BUDGET_USED = "budget_used"
    NO_MONEY = "no_money"
    OVER = "over"
    ENDED = "ended"


class Verb(StrEnum):
    """What an advertiser may do with the campaign of an offer."""

    PAUSE = "pause"
    RESUME = "resume"
    END = "end"
