"""A review with what the checks noticed, as the advertiser and the operator read it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec

from rejoinder.ads.campaigns.model import Content
from rejoinder.units.errors import Conflict, InputInvalid, Missing, Refused

Severity = Literal["error", "warning"]
Decision = Literal["approved", "refused", "withdrawn"]


class ReviewMissing(Missing):
    code = "review_missing"


class ReviewDecided(Conflict):
    code = "review_decided"


class ReviewChanged(Conflict):
    code = "review_changed"


class ReasonMissing(InputInvalid):
    code = "review_reason_missing"


class ApprovalRefused(Refused):
    code = "approval_refused"


class Finding(msgspec.Struct, frozen=True):
    """What an automatic check noticed in one field. An error breaks a rule; a warning is for the operator's eye."""

    field: str
    code: str
    message: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class Standing:
    """What the checks compare content with."""

    owner_name: str
    business_name: str
    is_owner_verified: bool


@dataclass(frozen=True, slots=True)
class Review:
    """A submitted ad in the operator's queue, with who stands behind it."""

    id: int
    campaign_id: int
    campaign_state: str
    business_id: int
    business_name: str
    handle: str | None
    owner_id: int
    owner_name: str
    owner_country: str
    owner_state: str
    ad_id: int
    creative_id: int
    headline: str
    text: str
    image_url: str | None
    button_title: str
    button_url: str | None
    payer: str
    beneficiary: str
    content_hash: bytes
    findings: list[dict[str, Any]]
    submitted_at: datetime
    decision: Decision | None
    reason: str | None
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
