"""Facts about money, for the audit log and reports."""

from datetime import datetime
from typing import ClassVar

import msgspec

from rejoinder.ads.ledger.model import FundingWay


class MoneyMoved(msgspec.Struct, frozen=True):
    """Money came into an ad account or went back to its owner; the operator recorded it, unless it is test money."""

    topic: ClassVar[str] = "ads.money_moved"
    ad_account_id: int
    transfer_id: int
    kind: str
    amount_micros: int
    reference: str
    way: FundingWay
    actor_id: int
    at: datetime
