"""What may stand in an offer, which change is allowed when, where an offer stands, what a bid could be. Pure."""

import hashlib
import statistics
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from rejoinder.ads.campaigns.model import CampaignState, Content, Draft, Offer, Status, Terms, Verb
from rejoinder.ads.ledger.model import Market
from rejoinder.units.bounds import has_words, is_clean_text, turns_text
from rejoinder.units.money import MICROS_MAX, amount_text

SCHEDULE_MAX = timedelta(days=366)
CENT_MICROS = 10_000
SUGGESTED_OVER_RECENT = 1.1  # a little above what others paid lately wins ties without a bidding war
SUGGESTED_OVER_RESERVE = 2.5  # without any recent price


class Problem(NamedTuple):
    """What is wrong with one field."""

    field: str
    message: str


def content_hash(content: Content) -> bytes:
    """Hash the very bytes that people will read, in a fixed order; what was reviewed and what is delivered share it."""
    return hashlib.sha256(msgspec.json.encode(content)).digest()


def problem_in_draft(draft: Draft, market: Market, *, at: datetime) -> Problem | None:
    """Say what in a draft cannot be meant. Whether it is a good advert is review's question."""
    return _problem_in_content(draft.content) or _problem_in_terms(draft.terms, market, at=at)


def _problem_in_content(content: Content) -> Problem | None:
    for field, text in msgspec.structs.asdict(content).items():
        if text is None:
            continue
        if not is_clean_text(text) or turns_text(text):
            return Problem(field, "This holds characters that cannot be shown; write it again without them.")
        if not has_words(text):
            return Problem(field, "Write something here.")
        if "\n" in text and field != "text":
            return Problem(field, "This goes on one line.")
    if content.button_url is not None and not is_web_address(content.button_url, schemes=("http", "https")):
        return Problem("button_url", "Enter a web address that begins with https://.")
    if content.image_url is not None:
        # A picture elsewhere can change after its review, and its server would learn who looks.
        return Problem("image_url", "Pictures from other sites are not shown here. Leave this empty.")
    return None


def is_web_address(url: str, *, schemes: Sequence[str]) -> bool:
    """Whether a browser would open it as a page of some host."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in schemes and bool(host) and not any(sign.isspace() for sign in url) and "\\" not in url


def _problem_in_terms(terms: Terms, market: Market, *, at: datetime) -> Problem | None:
    least = f"{amount_text(market.reserve_micros)} {market.currency}"
    found = (
        (not (is_clean_text(terms.name) and has_words(terms.name)), "name", "Give the offer a name."),
        (terms.starts_at >= terms.ends_at, "ends_at", "The end comes after the start."),
        (terms.ends_at <= at, "ends_at", "This end has passed; choose a later one."),
        (terms.ends_at - max(terms.starts_at, at) > SCHEDULE_MAX, "ends_at", "An offer runs for at most a year."),
        (terms.bid_micros < market.reserve_micros, "bid_micros", f"The least for a seen message is {least}."),
        (terms.total_micros < terms.bid_micros, "total_micros", "The total pays for at least one seen message."),
        (terms.total_micros > MICROS_MAX, "total_micros", f"Enter at most {amount_text(MICROS_MAX)}."),
    )
    return next((Problem(field, message) for is_wrong, field, message in found if is_wrong), None)


def refusal_to_edit(offer: Offer, content: Content) -> str | None:
    """Say why an offer cannot take this content now. Terms may change until the end; only content is reviewed."""
    if offer.campaign_state == "ended":
        return "This offer has ended. Make a new one."
    if offer.ad_state == "in_review" and content != offer.content:
        return "The operator is looking at this offer. Take it back first, then change it."
    return None


def state_after(state: CampaignState, verb: Verb) -> CampaignState | str:
    """The state a verb leads to; any other text is why it cannot be done. Doing it again changes nothing."""
    match verb, state:
        case Verb.END, _:
            return "ended"
        case _, "ended":
            return "This offer has ended. Make a new one."
        case _, "draft":
            return "This offer has not started yet."
        case Verb.PAUSE, _:
            return "paused"
        case _:
            return "active"


def refusal_to_submit(offer: Offer, *, at: datetime) -> str | None:
    """Say why an offer cannot go to review now."""
    if offer.campaign_state == "ended":
        return "This offer has ended. Make a new one."
    if offer.ad_state == "approved":
        return "This offer is approved already."
    if offer.ends_at <= at:
        return "The end of this offer has passed; choose a later one first."
    return None


def status_of(offer: Offer, *, at: datetime) -> Status:
    """The one thing that matters most about an offer now."""
    found = (
        (offer.campaign_state == "ended", Status.ENDED),
        (offer.ad_state == "in_review", Status.IN_REVIEW),
        (offer.ad_state == "refused", Status.REFUSED),
        (offer.ad_state == "draft", Status.DRAFT),
        (offer.ends_at <= at, Status.OVER),
        (offer.campaign_state == "paused" or offer.ad_state == "paused", Status.PAUSED),
        (offer.total_micros - offer.committed_micros < offer.bid_micros, Status.BUDGET_USED),
        (offer.account_free_micros < offer.bid_micros, Status.NO_MONEY),
        (offer.starts_at > at, Status.SCHEDULED),
    )
    return next((status for is_so, status in found if is_so), Status.RUNNING)


STATUS_WORDS = {
    Status.DRAFT: "Draft. Only your team sees it.",
    Status.IN_REVIEW: "The operator is looking at it.",
    Status.REFUSED: "Refused. Read why, change it and send it again.",
    Status.SCHEDULED: "Approved. It starts by itself.",
    Status.RUNNING: "Running.",
    Status.PAUSED: "Paused. Nothing is sent until you resume it.",
    Status.BUDGET_USED: "Its budget is used or reserved. Raise it to go on.",
    Status.NO_MONEY: "Your ad account has no free money. Add some to go on.",
    Status.OVER: "Its time is over. Choose a later end to go on.",
    Status.ENDED: "Ended.",
}


def suggest_bid(reserve_micros: int, recent_charges: Sequence[int]) -> int:
    """What the operator suggests for a seen message, in whole cents: a tenth above the middle of recent prices.

    Without recent prices a multiple of the reserve, and never below it.
    """
    wanted = (
        statistics.median_low(recent_charges) * SUGGESTED_OVER_RECENT
        if recent_charges
        else reserve_micros * SUGGESTED_OVER_RESERVE
    )
    cents = -(-int(wanted) // CENT_MICROS)
    return max(reserve_micros, cents * CENT_MICROS)
