"""A report in one sentence."""

from typing import Any

import pytest

from rejoinder.ads.insights.model import Totals
from rejoinder.ads.insights.rules import sentence_of

NOTHING: dict[str, Any] = {
    "name": "Winter teas",
    "currency": "EUR",
    **dict.fromkeys((name for name in Totals.__dataclass_fields__ if name not in ("name", "currency")), 0),
}


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ({}, "Nothing has been delivered yet, and nothing has been spent."),
        (
            {"delivered_count": 1},
            "It reached 1 person; nobody has seen it yet, and nobody answered so far. It cost €0.00.",
        ),
        (
            {
                "delivered_count": 1200,
                "seen_count": 800,
                "replied_count": 3,
                "stopped_count": 1,
                "spend_micros": 160_000_000,
            },
            (
                "It reached 1,200 people; 800 saw it, and 3 answered. 1 person wanted no more. "
                "It cost €160.00, €53.33 per answer."
            ),
        ),
        (
            {"delivered_count": 2, "seen_count": 2, "replied_count": 1, "spend_micros": 400_000},
            "It reached 2 people; everybody saw it, and 1 answered. It cost €0.40, €0.40 per answer.",
        ),
        (
            {"delivered_count": 1, "seen_count": 1, "spend_micros": 80_000, "currency": "CHF"},
            "It reached 1 person; everybody saw it, and nobody answered so far. It cost 0.08 CHF.",
        ),
    ],
)
def test_it_says_what_happened(counts: dict[str, Any], sentence: str) -> None:
    assert sentence_of(Totals(**{**NOTHING, **counts})) == sentence
