"""Who gets which advert: best first, never beyond the money, the same each time; and how large the next chunk is."""

from hypothesis import given
from hypothesis import strategies as st

from rejoinder.ads.audiences.model import Audience
from rejoinder.ads.rounds import rules
from rejoinder.ads.rounds.model import PRICE_SCALE, AdSetTerms, AdTerms, Edge, Reachable, Snapshot
from tests.support.rounds import NOON, SECRET


def terms(ad_id: int, *, bid: int = 100, price: int = 0, charge: int | None = None, holdout_ppm: int = 0) -> AdTerms:
    return AdTerms(
        ad_id=ad_id,
        ad_set_id=ad_id,
        campaign_id=ad_id,
        creative_id=ad_id,
        business_id=1,
        owner_id=1,
        ad_account_id=1,
        bid_micros=bid,
        price_micros=price,
        charge_micros=charge or bid,
        holdout_ppm=holdout_ppm,
        seen_within_hours=72,
        audience=Audience(),
        headline="H",
        text="T",
        image_url=None,
        button_title="B",
        button_url=None,
        payer="P",
        beneficiary="B",
        reviewed_hash=b"",
    )


def edge(person_id: int, *ads: AdTerms) -> Edge:
    return Reachable(person_id, 1, 9, NOON, None, None, "en"), list(ads)


def test_value_minus_price_times_charge_decides() -> None:
    dear = terms(1, bid=120, price=PRICE_SCALE // 2)  # 120 - 60
    fair = terms(2, bid=100)
    assert [chosen.terms for chosen in rules.choose([edge(7, dear, fair)], {1: 1000, 2: 1000}, secret=SECRET)] == [fair]


def test_an_ad_that_is_not_worth_its_price_is_not_shown() -> None:
    loss = terms(1, bid=100, price=2 * PRICE_SCALE)
    assert rules.choose([edge(7, loss)], {1: 1000}, secret=SECRET) == []


def test_without_money_the_next_best_is_taken() -> None:
    left = {1: 99, 2: 100}
    chosen = rules.choose([edge(7, terms(1, bid=100), terms(2, bid=50))], left, secret=SECRET)
    assert ([one.terms.ad_id for one in chosen], left) == ([2], {1: 99, 2: 50})


def test_a_ghost_costs_nothing_and_the_next_best_follows() -> None:
    person_id = next(
        person_id
        for person_id in range(1, 1000)
        if rules.is_held_out(SECRET, campaign_id=1, person_id=person_id, holdout_ppm=500_000)
    )
    left = {1: 100, 2: 100}
    ads = terms(1, bid=100, holdout_ppm=500_000), terms(2, bid=50)
    chosen = rules.choose([edge(person_id, *ads)], left, secret=SECRET)
    assert [(one.terms.ad_id, one.is_ghost) for one in chosen] == [(1, True), (2, False)]
    assert left == {1: 100, 2: 50}


@given(
    bids=st.lists(st.integers(1, 1000), min_size=1, max_size=6),
    money=st.integers(0, 2000),
    people=st.integers(1, 20),
)
def test_nobody_gets_two_and_no_lease_is_overdrawn(bids: list[int], money: int, people: int) -> None:
    ads = [terms(number, bid=bid) for number, bid in enumerate(bids, start=1)]
    left = dict.fromkeys(range(1, len(ads) + 1), money)
    spent = dict.fromkeys(left, 0)
    for person_id in range(1, people + 1):
        chosen = rules.choose([edge(person_id, *ads)], left, secret=SECRET)
        assert len(chosen) <= 1
        for one in chosen:
            spent[one.terms.ad_set_id] += one.terms.charge_micros
    assert all(left[key] >= 0 and left[key] + spent[key] == money for key in left)


@given(st.permutations([1, 2, 3, 4]), st.integers(1, 10**6))
def test_the_order_of_ads_changes_nothing(order: list[int], person_id: int) -> None:
    ads = [terms(number) for number in order]
    assert rules.ranked(ads, person_id=person_id, secret=SECRET) == rules.ranked(
        reversed(ads), person_id=person_id, secret=SECRET
    )


def test_equals_share_people_between_them() -> None:
    ads = [terms(1), terms(2)]
    firsts = [rules.ranked(ads, person_id=person_id, secret=SECRET)[0].ad_id for person_id in range(1, 401)]
    assert 120 <= firsts.count(1) <= 280


def test_the_simple_planner_charges_the_bid() -> None:
    snapshot = Snapshot(NOON, (AdSetTerms(1, 2, 3, 4, 250_000),))
    assert [(price.price_micros, price.charge_micros) for price in rules.plan_round(snapshot)] == [(0, 250_000)]


@given(st.integers(rules.PEOPLE_PER_CHUNK_MIN, rules.PEOPLE_PER_CHUNK_MAX), st.floats(0, 10))
def test_chunks_stay_within_bounds(count: int, elapsed_s: float) -> None:
    assert rules.PEOPLE_PER_CHUNK_MIN <= rules.next_people_count(count, elapsed_s) <= rules.PEOPLE_PER_CHUNK_MAX
    assert rules.next_people_count(500, 1.0) == 250
    assert rules.next_people_count(500, 0.001) == 1000
