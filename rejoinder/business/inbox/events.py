"""That an inbox changed by an agent's hand, so that the worker tells everybody who watches it."""

from datetime import datetime
from typing import ClassVar

import msgspec


class InboxTouched(msgspec.Struct, frozen=True):
    """An agent assigned, finished or reopened something; the inbox reached this number."""

    topic: ClassVar[str] = "business.inbox_touched"
    business_id: int
    number: int
    at: datetime
