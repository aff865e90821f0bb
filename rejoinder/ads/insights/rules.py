"""A report in one sentence of words. Pure."""

from rejoinder.ads.insights.model import Totals
from rejoinder.units.money import amount_text

# As the figures beside the sentence write them; other currencies go by their letters.
SIGNS = {"EUR": "€", "GBP": "£", "USD": "$"}


def sentence_of(totals: Totals) -> str:
    """Say what the campaign did, as one would tell a colleague."""
    if totals.delivered_count == 0:
        return "Nothing has been delivered yet, and nothing has been spent."
    told = f"It reached {_people(totals.delivered_count)}; {_seen(totals)}, and {_answered(totals.replied_count)}."
    return f"{told} {_objected(totals)}{_spent(totals)}"


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"


def _seen(totals: Totals) -> str:
    if totals.seen_count == 0:
        return "nobody has seen it yet"
    if totals.seen_count == totals.delivered_count:
        return "everybody saw it"
    return f"{totals.seen_count:,} saw it"


def _answered(count: int) -> str:
    return f"{count:,} answered" if count else "nobody answered so far"


def _objected(totals: Totals) -> str:
    count = totals.stopped_count + totals.blocked_count + totals.reported_count
    if count == 0:
        return ""
    return f"{_people(count)} wanted no more. "


def _spent(totals: Totals) -> str:
    spend = _money(totals.spend_micros, totals.currency)
    if totals.replied_count and totals.spend_micros:
        each = _money(round_cents(totals.spend_micros // totals.replied_count), totals.currency)
        return f"It cost {spend}, {each} per answer."
    return f"It cost {spend}."


def _money(micros: int, currency: str) -> str:
    sign = SIGNS.get(currency)
    return f"{sign}{amount_text(micros)}" if sign else f"{amount_text(micros)} {currency}"


def round_cents(micros: int) -> int:
    """To the nearest hundredth of a unit, for words; tables show every micro-unit."""
    return (micros + 5_000) // 10_000 * 10_000
