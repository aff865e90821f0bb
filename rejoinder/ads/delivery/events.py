"""What became of deliveries, for consumers that may lag: the inbox says which campaign a reply came from."""

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
