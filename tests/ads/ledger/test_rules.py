"""Granting never exceeds a limit at any level, whatever is claimed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejoinder.ads.ledger import rules
from rejoinder.ads.ledger.model import AdAccount, Claim, Room
from rejoinder.units.money import MICROS_MAX

amounts = st.integers(min_value=0, max_value=50)
keys = st.integers(min_value=1, max_value=3)
claims = st.lists(st.builds(Claim, keys, keys, keys, st.integers(min_value=1, max_value=40)), max_size=12)
rooms = st.builds(
    Room,
    ad_sets=st.dictionaries(keys, amounts),
    campaigns=st.dictionaries(keys, amounts),
    ad_accounts=st.dictionaries(keys, amounts),
)


@given(claims, rooms)
def test_nothing_is_granted_beyond_any_limit(wanted: list[Claim], room: Room) -> None:
    granted = rules.grant(wanted, room)
    assert all(0 <= micros <= claim.micros for claim, micros in zip(wanted, granted, strict=True))
    for level, key_of in ((room.ad_sets, 0), (room.campaigns, 1), (room.ad_accounts, 2)):
        for key in {claim[key_of] for claim in wanted}:
            given_here = sum(micros for claim, micros in zip(wanted, granted, strict=True) if claim[key_of] == key)
            assert given_here <= level.get(key, 0)


@given(claims, rooms)
def test_whoever_got_less_met_a_limit_that_is_now_used_up(wanted: list[Claim], room: Room) -> None:
    granted = rules.grant(wanted, room)
    for position, claim in enumerate(wanted):
        if granted[position] < claim.micros:
            before = list(zip(wanted, granted, strict=True))[: position + 1]
            levels = ((room.ad_sets, 0), (room.campaigns, 1), (room.ad_accounts, 2))
            left = [
                level.get(claim[n], 0) - sum(micros for other, micros in before if other[n] == claim[n])
                for level, n in levels
            ]
            assert min(left) == 0


def test_the_tightest_level_decides() -> None:
    claim = Claim(1, 2, 3, 100)
    assert rules.grant([claim], Room({1: 70}, {2: 60}, {3: 80})) == [60]
    assert rules.grant([claim], Room({1: 70}, {2: 60}, {})) == [0]


def test_every_kind_of_transfer_has_two_different_legs() -> None:
    assert all(debit != credit for debit, credit in rules.LEGS.values())


@pytest.mark.parametrize("micros", [0, -1, MICROS_MAX + 1])
def test_an_amount_is_above_zero_and_no_slip(micros: int) -> None:
    assert rules.problem_with_amount(micros)
    assert rules.problem_with_amount(1) is None


def test_test_money_exists_only_where_the_installation_is_a_test() -> None:
    assert rules.refusal_to_fund("test", is_test=False, is_operator=True)
    assert rules.refusal_to_fund("test", is_test=True, is_operator=False) is None
    assert rules.refusal_to_fund("manual", is_test=True, is_operator=False)
    assert rules.refusal_to_fund("manual", is_test=False, is_operator=True) is None


def test_only_free_money_goes_back() -> None:
    account = AdAccount(1, 2, "Tea", "EUR", limit_micros=100, committed_micros=40)
    assert rules.refusal_to_refund(account, 60) is None
    assert rules.refusal_to_refund(account, 61)
