"""Facts about money, for the audit log and reports."""

from datetime import datetime
from typing import ClassVar

import msgspec


class MoneyMoved(msgspec.Struct, frozen=True):
    """Money came into an ad account or went back to its owner."""

    topic: ClassVar[str] = "ads.money_moved"
    ad_account_id: int
    transfer_id: int
    kind: str
    amount_micros: int
    actor_id: int | None
    at: datetime
