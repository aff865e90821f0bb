"""What a glimpse of a card does, and in which words a person is told why they see it. Pure."""

import hmac
from datetime import datetime
from enum import StrEnum

from rejoinder.ads.delivery.model import Held, VoidReason, Why
from rejoinder.people.protections.model import ChangeKind, Facts
from rejoinder.units.ids import token_hash

VOID_OF_KIND = {
    ChangeKind.STOPPED: VoidReason.STOPPED,
    ChangeKind.PAUSED: VoidReason.STOPPED,
    ChangeKind.MUTED: VoidReason.STOPPED,
    ChangeKind.ADS_OFF: VoidReason.ADS_OFF,
    ChangeKind.BLOCKED: VoidReason.BLOCKED,
    ChangeKind.BLOCKED_BY_BUSINESS: VoidReason.BLOCKED,
    ChangeKind.REPORTED: VoidReason.REPORTED,
    ChangeKind.PERMISSION_WITHDRAWN: VoidReason.WITHDRAWN,
    ChangeKind.TEAM_JOINED: VoidReason.WITHDRAWN,
}

_WROTE = {
    "typed": "You wrote to {name} on {day}.",
    "form": "You sent {name} a form on {day}.",
}
_PERMISSION = {
    "soft": "You are their customer and have not objected to offers like this.",
    "explicit": "You said yes to offers from {name}.",
}


class Effect(StrEnum):
    """What a glimpse does to a delivery."""

    POST = "post"
    NOTE = "note"
    NOTHING = "nothing"


def objects_to_ads(facts: Facts, *, at: datetime) -> bool:
    """Whether the person wants no advert of the business any more: then unseen ones are withdrawn and a late seen is free."""
    is_away = any(until is not None and until > at for until in (facts.ads_paused_until, facts.muted_until))
    objections = (
        facts.ads_off_at,
        facts.ads_stopped_at,
        facts.blocked_at,
        facts.blocked_by_business_at,
        facts.reported_at,
        facts.permission_withdrawn_at,
    )
    return is_away or facts.is_on_team or any(objection is not None for objection in objections)


def effect_of_glimpse(held: Held, token: str, *, is_unwanted: bool, at: datetime) -> Effect:
    """Post the hold once, while it is open; afterwards only note that it was seen, at no charge.

    A wrong token does nothing: a page that never got the card cannot report it.
    """
    if held.seen_at is not None or not hmac.compare_digest(held.token_hash, token_hash(token)):
        return Effect.NOTHING
    if held.state != "held" or is_unwanted or at >= held.deadline_at:
        return Effect.NOTE
    return Effect.POST


def words_of(why: Why) -> list[str]:
    """The actual reasons, from the facts the delivery was decided on."""
    day = f"{why.last_wrote_at:%-d %B %Y}"
    sentences = [_WROTE.get(why.last_wrote_kind, "You were in touch with {name} on {day}.")]
    if why.permission_basis in _PERMISSION:
        sentences.append(_PERMISSION[why.permission_basis])
    sentences.append(_counts(why))
    return [sentence.format(name=why.business_name, day=day) for sentence in sentences]


def _counts(why: Why) -> str:
    def times(count: int) -> str:
        return "1 sponsored message" if count == 1 else f"{count} sponsored messages"

    return (
        f"It was number {why.day_count_before + 1} of at most {times(why.cap_day)} that day, "
        f"and number {why.week_count_before + 1} of at most {why.cap_week} that week, from all businesses together."
    )


HIDDEN_FROM_PAYER = (
    "The payer sees only totals. They are not told your name, and not who received, saw, stopped or reported it. "
    "They learn who you are to them only if you answer."
)
