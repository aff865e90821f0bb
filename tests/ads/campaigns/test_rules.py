"""What may stand in an offer, what may be done when, and what a bid could be."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejoinder.ads.campaigns import rules
from rejoinder.ads.campaigns.model import CampaignState, Offer, Status, Verb
from rejoinder.units.money import MICROS_MAX
from tests.support.ads import AT, EURO, MARKET, content, draft


def offer(**overrides: Any) -> Offer:
    """A running offer, as it is read."""
    wanted = draft()
    fields: dict[str, Any] = {
        name: None for name in Offer.__dataclass_fields__ if name in {"ended_at", "decision", "reason"}
    }
    fields |= {"submitted_at": AT, "decided_at": AT, "findings": [], "content_hash": b"", "created_at": AT}
    fields |= dict.fromkeys(("id", "business_id", "owner_id", "ad_account_id", "ad_set_id", "ad_id", "creative_id"), 1)
    fields |= {"currency": "EUR", "client_id": "c", "campaign_state": "active", "ad_state": "approved", "version": 1}
    fields |= {name: getattr(wanted.content, name) for name in type(wanted.content).__struct_fields__}
    fields |= {name: getattr(wanted.terms, name) for name in type(wanted.terms).__dataclass_fields__}
    fields |= {"audience": {}, "committed_micros": 0, "account_free_micros": 50 * EURO}
    return Offer(**{**fields, **overrides})


def test_a_decent_draft_has_no_problem() -> None:
    assert rules.problem_in_draft(draft(), MARKET, at=AT) is None


@pytest.mark.parametrize(
    ("field", "overrides"),
    [
        ("headline", {"headline": "a\x00b"}),
        ("headline", {"headline": "\u200b \u200b"}),
        ("headline", {"headline": "two\nlines"}),
        ("text", {"text": "\ud800"}),
        ("text", {"text": "   "}),
        ("payer", {"payer": ""}),
        ("button_url", {"button_url": "javascript:alert(1)"}),
        ("button_url", {"button_url": "https://"}),
        ("button_url", {"button_url": "https://tea.example:port/"}),
        ("button_url", {"button_url": "https://tea.example/a b"}),
        ("button_url", {"button_url": "https://tea.example/\u202egpj"}),
        ("payer", {"payer": "\u2067Tea House"}),
        ("button_url", {"button_url": "https://[broken"}),
        ("image_url", {"image_url": "https://tea.example/a.png"}),
        ("image_url", {"image_url": "data:image/png;base64,AA"}),
        ("name", {"name": " "}),
        ("ends_at", {"ends_at": AT}),
        ("ends_at", {"starts_at": AT - timedelta(days=9), "ends_at": AT - timedelta(days=1)}),
        ("ends_at", {"ends_at": AT + timedelta(days=400)}),
        ("bid_micros", {"bid_micros": MARKET.reserve_micros - 1}),
        ("total_micros", {"total_micros": 199_999}),
        ("total_micros", {"total_micros": MICROS_MAX + 1}),
    ],
)
def test_what_cannot_be_meant_is_named_by_its_field(field: str, overrides: dict[str, Any]) -> None:
    problem = rules.problem_in_draft(draft(**overrides), MARKET, at=AT)
    assert problem is not None
    assert problem.field == field


@pytest.mark.parametrize("field", type(content()).__struct_fields__)
def test_every_byte_of_content_counts_in_its_hash(field: str) -> None:
    other = content(**{field: "https://tea.example/other"})
    assert rules.content_hash(other) != rules.content_hash(content())
    assert rules.content_hash(content()) == rules.content_hash(content())


@pytest.mark.parametrize(
    ("state", "verb", "after"),
    [
        ("active", Verb.PAUSE, "paused"),
        ("paused", Verb.PAUSE, "paused"),
        ("paused", Verb.RESUME, "active"),
        ("active", Verb.RESUME, "active"),
        ("draft", Verb.END, "ended"),
        ("paused", Verb.END, "ended"),
        ("ended", Verb.END, "ended"),
    ],
)
def test_states_follow_each_other(state: CampaignState, verb: Verb, after: CampaignState) -> None:
    assert rules.state_after(state, verb) == after
    assert rules.state_after(after, verb) == after


@pytest.mark.parametrize(
    ("state", "verb"), [("ended", Verb.RESUME), ("ended", Verb.PAUSE), ("draft", Verb.PAUSE), ("draft", Verb.RESUME)]
)
def test_some_verbs_are_refused_in_words(state: CampaignState, verb: Verb) -> None:
    assert rules.state_after(state, verb).endswith((".", "one."))


def test_an_offer_in_review_keeps_its_words_but_not_its_terms() -> None:
    waiting = offer(ad_state="in_review")
    assert rules.refusal_to_edit(waiting, content(headline="Other"))
    assert rules.refusal_to_edit(waiting, waiting.content) is None
    assert rules.refusal_to_edit(offer(campaign_state="ended"), waiting.content)


def test_what_may_be_submitted() -> None:
    assert rules.refusal_to_submit(offer(ad_state="draft", campaign_state="draft"), at=AT) is None
    assert rules.refusal_to_submit(offer(ad_state="refused"), at=AT) is None
    assert rules.refusal_to_submit(offer(ad_state="approved"), at=AT)
    assert rules.refusal_to_submit(offer(ad_state="draft", campaign_state="ended"), at=AT)
    assert rules.refusal_to_submit(offer(ad_state="draft"), at=AT + timedelta(days=8))


@pytest.mark.parametrize(
    ("status", "overrides"),
    [
        (Status.RUNNING, {}),
        (Status.ENDED, {"campaign_state": "ended"}),
        (Status.IN_REVIEW, {"ad_state": "in_review"}),
        (Status.REFUSED, {"ad_state": "refused"}),
        (Status.DRAFT, {"ad_state": "draft"}),
        (Status.OVER, {"ends_at": AT}),
        (Status.PAUSED, {"campaign_state": "paused"}),
        (Status.BUDGET_USED, {"committed_micros": 9_900_000}),
        (Status.NO_MONEY, {"account_free_micros": 0}),
        (Status.SCHEDULED, {"starts_at": AT + timedelta(hours=1)}),
    ],
)
def test_an_offer_stands_somewhere(status: Status, overrides: dict[str, Any]) -> None:
    assert rules.status_of(offer(**overrides), at=AT) is status
    assert rules.STATUS_WORDS[status]


def test_a_budget_that_does_not_pay_for_one_more_is_used() -> None:
    nearly = offer(committed_micros=10 * EURO - EURO // 5)
    assert rules.status_of(nearly, at=AT) is Status.RUNNING
    assert rules.status_of(replace(nearly, bid_micros=EURO // 5 + 1), at=AT) is Status.BUDGET_USED


@given(
    st.integers(min_value=1, max_value=10**7),
    st.lists(st.integers(min_value=1, max_value=10**8), max_size=30),
)
def test_a_suggestion_is_never_below_the_reserve(reserve: int, recent: list[int]) -> None:
    assert rules.suggest_bid(reserve, recent) >= reserve


def test_a_suggestion_follows_recent_prices() -> None:
    assert rules.suggest_bid(20_000, []) == 50_000
    assert rules.suggest_bid(20_000, [100_000, 200_000, 900_000]) == 220_000
    assert rules.suggest_bid(300_000, [100_000]) == 300_000
