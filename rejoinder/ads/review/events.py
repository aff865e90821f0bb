"""Facts about reviews, for the audit log and for who waits for them."""

from datetime import datetime
from typing import ClassVar

import msgspec


class OfferSubmitted(msgspec.Struct, frozen=True):
    """An ad stands in the operator's queue."""

    topic: ClassVar[str] = "ads.offer_submitted"
    review_id: int
    campaign_id: int
    business_id: int
    actor_id: int
    at: datetime


class OfferDecided(msgspec.Struct, frozen=True):
    """The operator approved or refused an ad, or the advertiser took it back."""

    topic: ClassVar[str] = "ads.offer_decided"
    review_id: int
    campaign_id: int
    business_id: int
    decision: str
    reason: str | None
    actor_id: int
    at: datetime
