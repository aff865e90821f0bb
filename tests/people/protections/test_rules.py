"""Every refusal as a pair alike but for one fact; caps, quiet hours and zones as properties against a naive calendar."""

import itertools
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejoinder.people.protections import rules
from rejoinder.people.protections.model import AgeClass, Facts, Permission, Policy, Refusal
from rejoinder.people.protections.policy import load_policies
from rejoinder.units.clock import monday_of
from tests.support.contacts import eligible_facts

NOON = datetime(2030, 1, 9, 12, 0, tzinfo=UTC)
TODAY = NOON.date()
POLICY = load_policies().default
TWO_A_DAY = replace(POLICY, cap_day=2)
EXPLICIT = replace(POLICY, permission=Permission.EXPLICIT)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

COUNTED_TODAY = {
    "local_day": TODAY,
    "local_day_started_at": NOON - 3 * HOUR,
    "day_count": 1,
    "iso_week": monday_of(TODAY),
    "week_count": 1,
    "counted_offset": 0,
}
COUNTED_MONDAY = COUNTED_TODAY | {"local_day": date(2030, 1, 7), "local_day_started_at": NOON - 50 * HOUR}

# The refusal, the facts that alone differ, and the policy. The person without them is reached: `test_the_other_of_the_pair`.
PAIRS: list[tuple[Refusal, dict[str, Any], dict[str, Any], Policy]] = [
    (Refusal.NEVER_WROTE, {"last_wrote_at": None, "last_heard_at": None}, {}, POLICY),
    (Refusal.KIND_DOES_NOT_COUNT, {"last_wrote_at": None, "last_wrote_kind": None}, {}, POLICY),
    (Refusal.KIND_DOES_NOT_COUNT, {"last_wrote_kind": "tapped"}, {}, POLICY),
    (Refusal.KIND_DOES_NOT_COUNT, {"last_wrote_kind": "imported"}, {}, POLICY),
    (Refusal.KIND_DOES_NOT_COUNT, {"last_wrote_kind": "host_order"}, {}, POLICY),
    (Refusal.STOPPED, {"ads_stopped_at": NOON}, {}, POLICY),
    (Refusal.ADS_OFF, {"ads_off_at": NOON}, {}, POLICY),
    (Refusal.BLOCKED, {"blocked_at": NOON}, {}, POLICY),
    (Refusal.REPORTED, {"reported_at": NOON}, {}, POLICY),
    (Refusal.PERMISSION_WITHDRAWN, {"permission_withdrawn_at": NOON}, {}, POLICY),
    (Refusal.PAUSED, {"ads_paused_until": NOON + HOUR}, {"ads_paused_until": NOON}, POLICY),
    (Refusal.MUTED, {"muted_until": NOON + HOUR}, {"muted_until": NOON}, POLICY),
    (Refusal.LESS, {"less_at": NOON - 14 * DAY + HOUR}, {"less_at": NOON - 14 * DAY}, POLICY),
    (Refusal.BLOCKED_BY_BUSINESS, {"blocked_by_business_at": NOON}, {}, POLICY),
    (Refusal.ON_TEAM, {"is_on_team": True}, {}, POLICY),
    (Refusal.GUEST, {"claimed_at": None}, {}, POLICY),
    (Refusal.UNVERIFIED, {"verified_at": None}, {}, POLICY),
    (Refusal.MINOR, {"birth_year": 2012}, {"birth_year": 2011}, POLICY),
    (Refusal.AGE_UNKNOWN, {"birth_year": None}, {}, POLICY),
    (Refusal.YOUNG_ACCOUNT, {"claimed_at": NOON - 23 * HOUR}, {"claimed_at": NOON - DAY}, POLICY),
    (Refusal.NO_PERMISSION, {}, {"permission_basis": "explicit"}, EXPLICIT),
    (Refusal.NO_PERMISSION, {"permission_basis": "soft"}, {"permission_basis": "explicit"}, EXPLICIT),
    (Refusal.TOO_OLD, {"last_wrote_at": NOON - 365 * DAY}, {"last_wrote_at": NOON - 365 * DAY + HOUR}, POLICY),
    (Refusal.UNANSWERED, {"owner_ads_unanswered_count": 5}, {"owner_ads_unanswered_count": 4}, POLICY),
    (Refusal.WEEK_CAP, COUNTED_MONDAY | {"week_count": 3}, COUNTED_MONDAY | {"week_count": 2}, POLICY),
    (Refusal.WEEK_CAP, {"cap_week": 0}, {"cap_week": 1}, POLICY),
    (Refusal.DAY_CAP, COUNTED_TODAY, COUNTED_TODAY | {"day_count": 0}, POLICY),
    (Refusal.DAY_CAP, {"cap_day": 0}, {"cap_day": 1}, POLICY),
    (Refusal.DAY_CAP, {"cap_day": 0}, {"cap_day": 50}, POLICY),
    (
        Refusal.OWNER_CAP,
        {"owner_last_delivered_at": NOON - 47 * HOUR},
        {"owner_last_delivered_at": NOON - 2 * DAY},
        POLICY,
    ),
    (
        Refusal.GAP,
        COUNTED_TODAY | {"last_delivered_at": NOON - 11 * HOUR},
        COUNTED_TODAY | {"last_delivered_at": NOON - 12 * HOUR},
        TWO_A_DAY,
    ),
    (Refusal.WAITING, {"waiting_since": NOON - 90 * DAY}, {}, POLICY),
    (Refusal.UNREAD_REPLY, {"unread_reply_count": 1}, {}, POLICY),
    (Refusal.COOLING_OFF, {"last_service_at": NOON - 23 * HOUR}, {"last_service_at": NOON - DAY}, POLICY),
    (Refusal.QUIET_HOURS, {"offset_minutes": 9 * 60}, {"offset_minutes": 8 * 60}, POLICY),
    (Refusal.QUIET_HOURS, {"offset_minutes": None}, {}, POLICY),
    (
        Refusal.QUIET_HOURS,
        {"quiet_from_minute": 11 * 60, "quiet_until_minute": 13 * 60},
        {"quiet_from_minute": 13 * 60, "quiet_until_minute": 14 * 60},
        POLICY,
    ),
]


@pytest.mark.parametrize(("refusal", "fact", "other", "policy"), PAIRS, ids=lambda value: str(value)[:60])
def test_two_people_alike_but_for_one_fact(
    refusal: Refusal, fact: dict[str, Any], other: dict[str, Any], policy: Policy
) -> None:
    assert rules.refusal_to_deliver(eligible_facts(NOON, **fact), policy, NOON) is refusal
    assert rules.refusal_to_deliver(eligible_facts(NOON, **other), policy, NOON) is None


def test_every_refusal_has_a_pair() -> None:
    assert {pair[0] for pair in PAIRS} == set(Refusal)


@given(st.lists(st.sampled_from([pair for pair in PAIRS if pair[3] is POLICY]), min_size=2, max_size=5))
def test_the_first_reason_in_the_published_order_is_told(pairs: list[tuple[Refusal, dict[str, Any], Any, Any]]) -> None:
    facts: dict[str, Any] = {}
    for pair in reversed(pairs):
        facts |= pair[1]
    told = rules.refusal_to_deliver(eligible_facts(NOON, **facts), POLICY, NOON)
    alone = [p[0] for p in PAIRS if p[3] is POLICY and all(n in facts and facts[n] == v for n, v in p[1].items())]
    assert told is not None
    assert told is min(alone, key=list(Refusal).index)


# --- quiet hours ---

ZONES = sorted(available_timezones())


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2029, 1, 1), datetime(2030, 12, 31)),  # noqa: DTZ001  Hypothesis wants naive bounds
)
def test_quiet_hours_hold_in_every_zone_with_a_minute_to_spare(zone: str, naive: datetime) -> None:
    at = naive.replace(tzinfo=UTC)
    local = at.astimezone(ZoneInfo(zone))
    offset = local.utcoffset() or timedelta()
    facts = eligible_facts(at, offset_minutes=int(offset.total_seconds() // 60))
    is_refused = rules.refusal_to_deliver(facts, POLICY, at) is Refusal.QUIET_HOURS
    minute = local.hour * 60 + local.minute
    assert is_refused == (not 8 * 60 + 1 <= minute < 21 * 60 - 1)


@given(st.integers(0, 1439), st.integers(0, 1439), st.integers(0, 1439))
def test_quiet_minutes_are_those_between_and_one_at_each_end(minute: int, begin: int, until: int) -> None:
    inside, at = {(begin - 1) % 1440, until}, begin
    while at != until:
        inside.add(at)
        at = (at + 1) % 1440
    assert rules.is_quiet(minute, begin, until) == (minute in inside)


@given(st.integers(0, 1439), st.integers(0, 1439), st.integers(0, 47))
def test_own_quiet_hours_only_add_silence(begin: int, until: int, half_hours: int) -> None:
    at = NOON + half_hours * HOUR / 2
    facts = eligible_facts(at)
    quieter = replace(facts, quiet_from_minute=begin, quiet_until_minute=until)
    if rules.refusal_to_deliver(facts, POLICY, at) is not None:
        assert rules.refusal_to_deliver(quieter, POLICY, at) is not None


# --- caps ---


@dataclass
class Life:
    """A person whose zone, region and caps keep changing, offered adverts by many owners; and a naive record of each."""

    policy: Policy
    facts: Facts
    at: datetime = NOON
    got: list[tuple[datetime, int, date, date]] = field(default_factory=list)

    def offer(self) -> None:
        facts = replace(eligible_facts(self.at), **{name: getattr(self.facts, name) for name in _CARRIED})
        if rules.refusal_to_deliver(facts, self.policy, self.at) is not None:
            return
        grounds = rules.grounds_of(facts, self.policy, self.at)
        is_same_day = grounds.local_day == facts.local_day
        self.facts = replace(
            self.facts,
            local_day=grounds.local_day,
            local_day_started_at=facts.local_day_started_at if is_same_day else self.at,
            day_count=grounds.day_count_before + 1,
            iso_week=grounds.iso_week,
            week_count=grounds.week_count_before + 1,
            counted_offset=grounds.offset_minutes,
            last_delivered_at=self.at,
        )
        self.got.append((self.at, grounds.offset_minutes, grounds.local_day, grounds.iso_week))


_CARRIED = [
    "offset_minutes",
    "cap_day",
    "cap_week",
    "local_day",
    "local_day_started_at",
    "day_count",
    "iso_week",
    "week_count",
    "counted_offset",
    "last_delivered_at",
]
OFFSETS = st.integers(-48, 56).map(lambda quarters: quarters * 15)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(1, 40)),
        st.tuples(st.just("zone"), OFFSETS),
        st.tuples(st.just("cap_day"), st.one_of(st.none(), st.integers(0, 5))),
        st.tuples(st.just("cap_week"), st.one_of(st.none(), st.integers(0, 9))),
    ),
    max_size=120,
)


def live(steps: list[tuple[str, Any]], policy: Policy, offset: int = 0) -> Life:
    person = Life(policy, eligible_facts(NOON, offset_minutes=offset))
    for step, value in steps:
        if step == "wait":
            for _ in range(value):
                person.at += HOUR / 2
                person.offer()
        else:
            name = {"zone": "offset_minutes"}.get(step, step)
            person.facts = replace(person.facts, **{name: value})
            person.offer()
    return person


@given(STEPS, st.integers(1, 3), st.integers(1, 6))
def test_no_change_of_zone_or_cap_brings_an_extra_advert(steps: list[tuple[str, Any]], day: int, week: int) -> None:
    policy = replace(POLICY, cap_day=day, cap_week=max(day, week), gap_hours=2)
    got = live(steps, policy).got
    assert all(count <= policy.cap_day for count in Counter(local_day for _, _, local_day, _ in got).values())
    assert all(count <= policy.cap_week for count in Counter(iso_week for _, _, _, iso_week in got).values())
    firsts: dict[date, datetime] = {}
    for at, offset, local_day, _ in got:
        firsts.setdefault(local_day, at)
        today = (at + timedelta(minutes=offset)).date()
        assert local_day >= today, "counted for a day that is over"
    starts = list(firsts.items())
    for (before, before_at), (after, after_at) in itertools.pairwise(starts):
        assert before < after, "the counted day went back"
        assert after_at - before_at >= 20 * HOUR
    assert all(late[0] - early[0] >= 2 * HOUR for early, late in itertools.pairwise(got))


@given(STEPS, OFFSETS)
def test_who_stays_in_one_zone_is_counted_by_the_plain_calendar(steps: list[tuple[str, Any]], offset: int) -> None:
    policy = replace(POLICY, cap_day=2, cap_week=4, gap_hours=1)
    got = live([step for step in steps if step[0] != "zone"], policy, offset).got
    days = [(at + timedelta(minutes=offset)).date() for at, *_ in got]
    assert all(count <= 2 for count in Counter(days).values())
    assert all(count <= 4 for count in Counter(map(monday_of, days)).values())


@given(STEPS, OFFSETS, OFFSETS)
def test_moving_never_opens_what_staying_keeps_closed(steps: list[tuple[str, Any]], stay: int, move: int) -> None:
    person = live(steps, POLICY, stay)
    capped = {Refusal.DAY_CAP, Refusal.WEEK_CAP}
    if person.facts.counted_offset is None:
        return
    staying = replace(person.facts, offset_minutes=person.facts.counted_offset)
    moving = replace(person.facts, offset_minutes=move)
    if rules.refusal_to_deliver(staying, POLICY, person.at) in capped:
        assert rules.refusal_to_deliver(moving, POLICY, person.at) in capped


@given(STEPS, st.integers(0, 5), st.integers(0, 9))
def test_an_own_cap_acts_at_once_and_only_lowers(steps: list[tuple[str, Any]], cap_day: int, cap_week: int) -> None:
    person = live([step for step in steps if "cap" not in step[0]], POLICY)
    own = replace(person.facts, cap_day=cap_day, cap_week=cap_week)
    before = rules.refusal_to_deliver(person.facts, POLICY, person.at)
    after = rules.refusal_to_deliver(own, POLICY, person.at)
    assert after is not None or before is None
    if cap_day == 0 or cap_week == 0:
        assert after is not None


# --- age ---


@given(st.integers(1900, 2030), st.dates(date(2030, 1, 1), date(2030, 12, 31)))
def test_an_adult_is_one_whatever_the_birthday(birth_year: int, today: date) -> None:
    at = datetime(today.year, today.month, today.day, tzinfo=UTC)
    is_adult = rules.age_class(birth_year, 18, at) is AgeClass.ADULT
    assert not is_adult or (birth_year + 18, 12, 31) < (today.year, today.month, today.day)


def test_a_birth_year_that_is_not_known_is_no_age() -> None:
    assert rules.age_class(None, 18, NOON) is AgeClass.UNKNOWN
