"""A round as it runs: its prices, the adverts that take part, a leased chunk, what was decided. No decisions here."""

from dataclasses import dataclass, field
from datetime import date, datetime

from rejoinder.ads.audiences.model import Audience
from rejoinder.ads.campaigns.model import Content

PRICE_SCALE = 1_000_000


@dataclass(frozen=True, slots=True)
class Round:
    """Where a round stands; everybody up to `cursor_home` was decided on, up to `until_home` money is leased (or None)."""

    id: int
    state: str
    cursor_home: int
    until_home: int | None
    chunk_count: int
    started_at: datetime


@dataclass(frozen=True, slots=True)
class AdSetTerms:
    """What an ad set offers in this round."""

    ad_set_id: int
    campaign_id: int
    ad_account_id: int
    business_id: int
    bid_micros: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a planner prices: the ad sets that could deliver when the round starts."""

    at: datetime
    ad_sets: tuple[AdSetTerms, ...]


@dataclass(frozen=True, slots=True)
class Price:
    """One price and one charge for an ad set and round; the price per micro-unit charged is scaled by PRICE_SCALE."""

    ad_set_id: int
    price_micros: int
    charge_micros: int


@dataclass(frozen=True, slots=True)
class AdTerms:
    """An approved ad of a running ad set, with the very creative that was reviewed and its price in this round."""

    ad_id: int
    ad_set_id: int
    campaign_id: int
    creative_id: int
    business_id: int
    owner_id: int
    ad_account_id: int
    bid_micros: int
    price_micros: int
    charge_micros: int
    holdout_ppm: int
    seen_within_hours: int
    audience: Audience
    headline: str
    text: str
    image_url: str | None
    button_title: str
    button_url: str | None
    payer: str
    beneficiary: str
    reviewed_hash: bytes

    @property
    def content(self) -> Content:
        """What the person will read."""
        return Content(
            self.headline,
            self.text,
            self.image_url,
            self.button_title,
            self.button_url,
            self.payer,
            self.beneficiary,
        )


@dataclass(frozen=True, slots=True)
class PricedAdSet:
    """An ad set of the round with its charge, as leasing looks at it."""

    ad_set_id: int
    campaign_id: int
    ad_account_id: int
    business_id: int
    charge_micros: int
    price_micros: int
    bid_micros: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """Money that one chunk may hold for one ad set, on one budget day."""

    ad_set_id: int
    campaign_id: int
    ad_account_id: int
    day: date
    leased_micros: int
    held_micros: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """A range of people and the money leased for it; it stands in the database and outlives its worker."""

    round_id: int
    from_home: int
    until_home: int
    day: date


@dataclass(frozen=True, slots=True)
class Reachable:
    """A contact in the chunk's range, with what audiences look at."""

    person_id: int
    business_id: int
    thread_id: int
    last_wrote_at: datetime | None
    last_wrote_entry_point_id: int | None
    opened_entry_point_id: int | None
    language: str


Edge = tuple[Reachable, list[AdTerms]]
"""A contact, and the ads of its business that it may get."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """One advert for one person; a ghost is held out of a campaign and gets nothing."""

    person_id: int
    thread_id: int
    terms: AdTerms
    is_ghost: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """Why one business's adverts did not reach one person in this chunk."""

    person_id: int
    business_id: int
    reason: str


@dataclass(slots=True)
class Outcome:
    """What a chunk did."""

    delivered: list[Chosen] = field(default_factory=list)
    ghosts: list[Chosen] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
