"""What an advertiser is told never singles anybody out, and is honest within its ranges."""

import random
from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejoinder.ads.audiences import rules
from rejoinder.ads.audiences.model import Audience, Counts, Wrote
from rejoinder.people.protections.model import RefusalGroup
from rejoinder.units.ids import ID_MAX
from tests.support.ads import AT

SECRET = bytes(32)
DAY = date(2030, 1, 9)
WROTE = Wrote(1, AT - timedelta(days=20), (5, None), "de-AT")

groups = st.dictionaries(st.sampled_from(RefusalGroup), st.integers(min_value=0, max_value=3000))


def counts_of(reachable: int, refused: dict[RefusalGroup, int], factor: float = 1.0) -> Counts:
    return Counts(reachable + sum(refused.values()), reachable, refused, factor)


@pytest.mark.parametrize(
    ("audience", "is_in"),
    [
        (Audience(), True),
        (Audience(wrote_within_days=30), True),
        (Audience(wrote_within_days=7), False),
        (Audience(entry_point_ids=["5", "9"]), True),
        (Audience(entry_point_ids=["9"]), False),
        (Audience(languages=["en", "de"]), True),
        (Audience(languages=["en"]), False),
        (Audience(wrote_within_days=30, entry_point_ids=["5"], languages=["fr"]), False),
    ],
)
def test_every_filter_narrows(audience: Audience, is_in: bool) -> None:  # noqa: FBT001  a table's column
    assert rules.matches(audience, WROTE, at=AT) is is_in


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "fewer than 10"),
        (9, "fewer than 10"),
        (10, "10-19"),
        (39, "30-39"),
        (40, "40-49"),
        (99, "90-99"),
        (100, "about 100"),
        (1234, "about 1,200"),
        (98765, "about 98,000"),
    ],
)
def test_a_count_is_told_in_a_fixed_range(count: int, words: str) -> None:
    assert rules.told_range(count).words == words


@given(st.integers(min_value=0, max_value=10**9))
def test_a_range_holds_its_count_and_at_least_ten_possibilities(count: int) -> None:
    told = rules.told_range(count)
    assert told.least <= count <= told.most
    assert told.most - told.least >= 9


@given(st.integers(min_value=0, max_value=3000), groups)
def test_nothing_exact_is_told(reachable: int, refused: dict[RefusalGroup, int]) -> None:
    counts = counts_of(reachable, refused)
    told = rules.tell(counts, SECRET, business_id=7, day=DAY)
    assert told.reachable.least <= told.audience.least
    for group, told_range in told.refused.items():
        assert told_range.most - told_range.least >= 9
        assert told_range.least <= refused[group] + rules.SHIFT_MAX
        assert refused[group] <= told_range.most + rules.SHIFT_MAX or told_range.most < 9
    if counts.audience < 10:
        assert (told.audience.words, told.refused) == ("fewer than 10", {})


@given(st.sampled_from(RefusalGroup))
def test_one_persons_reason_is_not_told_beside_known_others(group: RefusalGroup) -> None:
    """An advertiser who asks for twelve accounts of their own and one person learns nothing from which groups there are."""
    told = [
        rules.tell(
            Counts(13, 12, {one: int(one is wanted) for one in RefusalGroup}, 1.0), SECRET, business_id=7, day=DAY
        )
        for wanted in (group, None)
    ]
    assert told[0] == told[1]


@given(st.integers(min_value=0, max_value=300), groups)
def test_asking_again_the_same_day_tells_the_same(reachable: int, refused: dict[RefusalGroup, int]) -> None:
    counts = counts_of(reachable, refused)
    once = rules.tell(counts, SECRET, business_id=7, day=DAY)
    assert rules.tell(counts, SECRET, business_id=7, day=DAY) == once


def test_the_step_to_the_next_range_is_not_where_the_true_count_takes_it() -> None:
    """Who adds people one by one and looks for the step finds it at another count each day and for each business."""

    def step(business_id: int, day: date) -> int:
        def words(n: int) -> str:
            return rules.tell(counts_of(n, {}), SECRET, business_id=business_id, day=day).audience.words

        return next(n for n in range(30, 50) if words(n) == "40-49")

    steps = {step(business_id, DAY + timedelta(days=n)) for business_id in range(1, 6) for n in range(6)}
    assert len(steps) >= 3
    assert all(38 <= found <= 42 for found in steps)


def test_the_sentence_is_plain() -> None:
    counts = counts_of(35, {RefusalGroup.CHOSE_NOT: 15, RefusalGroup.TOO_OLD: 7, RefusalGroup.NOT_PERMITTED: 0})
    told = rules.tell(counts, SECRET, business_id=7, day=DAY)
    assert told.sentence == (
        "Of 50-59 people, 30-39 can be reached now, 10-19 chose not to receive offers, "
        "fewer than 10 for each other reason why not."
    )
    assert not told.is_estimate


@pytest.mark.parametrize("people_count", [5_000, 60_000])
def test_a_large_business_is_estimated_from_a_stretch_of_the_circle(people_count: int) -> None:
    draw = random.Random(people_count)
    ids = sorted(draw.randrange(1, ID_MAX) for _ in range(people_count))
    start = draw.randrange(ID_MAX)
    circle = [i for i in ids if i >= start] + [i for i in ids if i < start]
    sample = circle[:4000]
    factor = rules.sample_factor(start, sample[-1], count=4000, wanted_count=4000)
    assert 0.92 * people_count < 4000 * factor < 1.08 * people_count


def test_whoever_was_looked_at_whole_is_not_scaled() -> None:
    assert rules.sample_factor(5, 9, count=3, wanted_count=4000) == 1.0


@pytest.mark.parametrize(
    "wrong", [{"wrote_within_days": 8}, {"languages": ["German"]}, {"entry_point_ids": ["-1"]}, {"x": 1}]
)
def test_an_audience_takes_only_its_own_fields_and_steps(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, Audience)
