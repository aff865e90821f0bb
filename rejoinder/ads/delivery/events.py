"""What became of deliveries, for consumers that may lag: which campaign a reply came from, and who recalled one."""

from datetime import datetime
from typing import ClassVar

import msgspec


class DeliveryReplied(msgspec.Struct, frozen=True):
    """A person's first typed message after an advert."""

    topic: ClassVar[str] = "ads.delivery_replied"
    person_id: int
    delivery_id: int
    campaign_id: int
    business_id: int
    thread_id: int
    at: datetime


class CampaignRecalled(msgspec.Struct, frozen=True):
    """The operator takes back what nobody has seen yet of a campaign."""

    topic: ClassVar[str] = "ads.campaign_recalled"
    campaign_id: int
    operator_id: int
    at: datetime
