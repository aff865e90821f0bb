"""Which decisions follow which, and what a text may hold."""

from itertools import product
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from rejoinder.business.profiles import rules
from rejoinder.business.profiles.model import Decision, OwnerState, Role

ALLOWED = {
    ("waiting", "verified"),
    ("waiting", "refused"),
    ("verified", "suspended"),
    ("refused", "verified"),
    ("suspended", "verified"),
    ("suspended", "refused"),
}


def test_exactly_these_decisions_follow_these_states() -> None:
    pairs = set(product(get_args(OwnerState), get_args(Decision)))
    assert {pair for pair in pairs if rules.refusal_to_decide(*pair) is None} == ALLOWED


def test_only_a_verified_owner_advertises() -> None:
    assert [state for state in get_args(OwnerState) if rules.refusal_to_advertise(state) is None] == ["verified"]


def test_every_no_has_a_reason() -> None:
    assert {decision for decision in get_args(Decision) if rules.needs_reason(decision)} == {"refused", "suspended"}


@given(st.sets(st.sampled_from(get_args(Role))))
def test_owners_may_whatever_others_may(held: set[Role]) -> None:
    for wanted in (rules.SPEAKERS, rules.ADVERTISERS, rules.MANAGERS, rules.TEAM):
        assert rules.may_act(held, wanted) == bool(held & wanted)
        assert rules.may_act(held | {"owner"}, wanted)


@given(st.text())
def test_a_text_with_a_nul_is_never_taken(text: str) -> None:
    assert rules.problem_in_text(text + "\0", must_have_words=False)


def test_blanks_are_words_only_where_none_are_needed() -> None:
    assert rules.problem_in_text(" \u200b", must_have_words=True)
    assert rules.problem_in_text("\u202elave", must_have_words=True), "it would be shown as another name"
    assert rules.problem_in_text("", must_have_words=False) is None
