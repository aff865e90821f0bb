"""Each automatic check finds what it is for, in the right field, and leaves decent offers alone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejoinder.ads.review import rules
from rejoinder.ads.review.model import Standing
from tests.support.ads import content

VERIFIED = Standing("Tea House Ltd", "Tea House", is_owner_verified=True)


def found(standing: Standing = VERIFIED, **overrides: Any) -> set[tuple[str, str]]:
    return {(finding.field, finding.code) for finding in rules.check(content(**overrides), standing)}


@pytest.mark.parametrize(
    "overrides",
    [
        {},
        {"button_url": None},
        {
            "headline": "Neue Tees für dich \N{TEACUP WITHOUT HANDLE}",
            "text": "Zehn Sorten, nur bis Sonntag 10 % günstiger.",
        },
        {"headline": "Новые чаи", "text": "Двенадцать новых сортов ждут вас."},
        {"headline": "お茶の新作", "text": "十二種類の新しいお茶をご用意しました。"},
        {"headline": "USA tour", "text": "We carry the weight: 5 kg boxes, v2.0 of our mix. Open 9.30 to 17.00."},
        {"beneficiary": "Tea House Ltd"},
    ],
)
def test_decent_offers_have_no_findings(overrides: dict[str, Any]) -> None:
    assert found(**overrides) == set()


@pytest.mark.parametrize(
    ("field", "code", "overrides"),
    [
        ("button_url", "link_not_secure", {"button_url": "http://tea.example/"}),
        ("button_url", "link_host", {"button_url": "https://127.0.0.1/tea"}),
        ("button_url", "link_host", {"button_url": "https://[::1]/tea"}),
        ("button_url", "link_host", {"button_url": "https://localhost/tea"}),
        ("button_url", "link_with_login", {"button_url": "https://bank.example@tea.example/"}),
        ("button_url", "link_lookalike", {"button_url": "https://xn--te-lia.example/"}),
        ("button_url", "link_lookalike", {"button_url": "https://t\u0435a.example/"}),
        ("button_url", "link_shortened", {"button_url": "https://bit.ly/tea"}),
        ("headline", "shouting", {"headline": "BUY OUR TEAS TODAY"}),
        ("text", "shouting", {"text": "Come in now!!! We are open."}),
        ("text", "banned_category", {"text": "Our casino opens tonight."}),
        ("text", "banned_category", {"text": "Our c4sin0 opens tonight."}),
        ("text", "banned_category", {"text": "Get rich with tea leaves."}),
        ("headline", "banned_category", {"headline": "Vapes and more"}),
        ("text", "price_terms", {"headline": "Tea", "text": "20 % less. All teas."}),
        ("headline", "emoji_flood", {"headline": "Tea \U0001f375\U0001f375\U0001f375"}),
        ("text", "lookalike", {"text": "Log in to your P\u0430yPal to get tea."}),
        ("text", "lookalike", {"text": "Te\u200ba for all of you."}),
        ("text", "lookalike", {"text": "\U0001d413\U0001d41e\U0001d41a for you."}),
        ("text", "lookalike", {"text": "\u202etea for you"}),
        ("text", "url_in_text", {"text": "Order on tea-house.shop today."}),
        ("headline", "url_in_text", {"headline": "www.tea.example"}),
        ("button_title", "url_in_text", {"button_title": "tea.example"}),
        ("payer", "payer_mismatch", {"payer": "Somebody Else"}),
        ("beneficiary", "beneficiary_mismatch", {"beneficiary": "Somebody Else"}),
    ],
)
def test_a_check_names_field_and_code(field: str, code: str, overrides: dict[str, Any]) -> None:
    assert found(**overrides) == {(field, code)}


def test_an_owner_who_is_not_verified_is_found_and_never_approved() -> None:
    unverified = Standing("Tea House Ltd", "Tea House", is_owner_verified=False)
    assert found(unverified) == {("payer", "owner_not_verified")}


def test_errors_come_first_and_every_finding_says_what_to_do() -> None:
    findings = rules.check(content(headline="BUY OUR TEAS NOW", button_url="http://tea.example"), VERIFIED)
    assert [finding.severity for finding in findings] == ["error", "warning"]
    assert all(finding.message.endswith(".") for finding in findings)


@given(st.text(max_size=60), st.text(max_size=300), st.text(max_size=24))
def test_no_text_upsets_the_checks(headline: str, text: str, title: str) -> None:
    for finding in rules.check(content(headline=headline, text=text, button_title=title), VERIFIED):
        assert finding.field in {"headline", "text", "button_title"}
