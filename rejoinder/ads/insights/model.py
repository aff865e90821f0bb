"""What a report holds: totals of a campaign and the same by hour. No decisions here."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts of deliveries and the money behind them; ghosts are counted apart and cost nothing."""

    name: str
    currency: str
    delivered_count: int
    seen_count: int
    charged_count: int
    replied_count: int
    stopped_count: int
    blocked_count: int
    reported_count: int
    held_count: int
    void_count: int
    ghost_count: int
    spend_micros: int
    held_micros: int


@dataclass(frozen=True, slots=True)
class Hour:
    """What happened in one hour (UTC): each fact in the hour of its own."""

    at: datetime
    delivered_count: int
    seen_count: int
    replied_count: int
    spend_micros: int
