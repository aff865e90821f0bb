"""Facts about campaigns, for the audit log and for what may lag."""

from datetime import datetime
from typing import ClassVar

import msgspec


class CampaignMoved(msgspec.Struct, frozen=True):
    """A campaign is in another state."""

    topic: ClassVar[str] = "ads.campaign_moved"
    campaign_id: int
    business_id: int
    state: str
    actor_id: int
    at: datetime
