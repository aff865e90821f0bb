"""May an advert reach this person now? Pure decisions over facts, the calendar they count by, and the replay of events.

The clock and the locks are the caller's: facts come from one snapshot taken after the locks, `at` was read after them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from rejoinder.people.protections.model import (
    AgeClass,
    AttentionProtections,
    ContactProtections,
    Facts,
    Grounds,
    Permission,
    Policy,
    ProtectionEvent,
    Refusal,
)
from rejoinder.units.clock import monday_of

DAY_LENGTH_MIN = timedelta(hours=20)
QUIET_MARGIN_MINUTES = 1
MINUTES_PER_DAY = 24 * 60


def refusal_to_deliver(facts: Facts, policy: Policy, at: datetime) -> Refusal | None:
    """Say why an advert may not reach this person now, or None. The first reason in the order of `Refusal` is the answer."""
    for refusal, holds in _REASONS:
        if holds(facts, policy, at):
            return refusal
    return None


def grounds_of(facts: Facts, policy: Policy, at: datetime) -> Grounds:
    """What a permitted delivery rests on; only for facts that `refusal_to_deliver` has let through."""
    assert facts.contact_version is not None  # noqa: S101
    assert facts.first_wrote_at is not None  # noqa: S101
    assert facts.last_wrote_at is not None  # noqa: S101
    assert facts.last_wrote_kind is not None  # noqa: S101
    local = local_time(facts, at)
    day = _later(local.date(), facts.local_day)
    week = _later(monday_of(day), facts.iso_week)
    cap_day, cap_week = caps_in_force(facts, policy)
    return Grounds(
        contact_version=facts.contact_version,
        attention_version=facts.attention_version,
        policy_version=policy.version,
        local_day=day,
        iso_week=week,
        local_minute=local.hour * 60 + local.minute,
        offset_minutes=facts.offset_minutes or 0,
        day_count_before=facts.day_count if day == facts.local_day else 0,
        week_count_before=facts.week_count if week == facts.iso_week else 0,
        cap_day=cap_day,
        cap_week=cap_week,
        first_wrote_at=facts.first_wrote_at,
        last_wrote_at=facts.last_wrote_at,
        last_wrote_kind=facts.last_wrote_kind,
        permission_basis=facts.permission_basis or Permission.SOFT,
        age_class=age_class(facts.birth_year, policy.adult_age, local),
    )


# --- the calendar that caps count by ---


def local_time(facts: Facts, at: datetime) -> datetime:
    """The person's wall clock, written as if it were UTC."""
    return at + timedelta(minutes=facts.offset_minutes or 0)


def caps_in_force(facts: Facts, policy: Policy) -> tuple[int, int]:
    """Per day and per week: the person's own caps can only lower the policy's."""
    own_day = policy.cap_day if facts.cap_day is None else facts.cap_day
    own_week = policy.cap_week if facts.cap_week is None else facts.cap_week
    return min(own_day, policy.cap_day), min(own_week, policy.cap_week)


def may_begin_day(facts: Facts, at: datetime) -> bool:
    """Whether the calendar has left the counted day behind: here, and where the person was when it was last counted.

    Both, and 20 hours after the day's first delivery: so no change of zone brings a new day, or week, sooner.
    """
    if facts.local_day is None or facts.local_day_started_at is None:
        return True
    return _earlier_today(facts, at) > facts.local_day and at - facts.local_day_started_at >= DAY_LENGTH_MIN


def _is_day_used_up(facts: Facts, policy: Policy, at: datetime) -> bool:
    cap, _ = caps_in_force(facts, policy)
    if facts.local_day is None or may_begin_day(facts, at):
        return cap < 1
    # Already tomorrow here, but tomorrow may not begin: counted as today it would be one too many for tomorrow.
    return local_time(facts, at).date() > facts.local_day or facts.day_count >= cap


def _is_week_used_up(facts: Facts, policy: Policy, at: datetime) -> bool:
    _, cap = caps_in_force(facts, policy)
    if facts.iso_week is None or monday_of(_earlier_today(facts, at)) > facts.iso_week:
        return cap < 1
    return monday_of(local_time(facts, at).date()) > facts.iso_week or facts.week_count >= cap


def _earlier_today(facts: Facts, at: datetime) -> date:
    """The date here or at the newest counted delivery's place, whichever is the earlier one."""
    here = facts.offset_minutes or 0
    there = here if facts.counted_offset is None else facts.counted_offset
    return (at + timedelta(minutes=min(here, there))).date()


def _later(today: date, counted: date | None) -> date:
    return today if counted is None else max(today, counted)


def age_class(birth_year: int | None, adult_age: int, at: datetime) -> AgeClass:
    """An adult for sure, whatever the birthday; somebody who turns adult this year may still be a minor."""
    if birth_year is None:
        return AgeClass.UNKNOWN
    return AgeClass.ADULT if at.year - birth_year > adult_age else AgeClass.MINOR


def is_quiet(minute: int, from_minute: int, until_minute: int) -> bool:
    """Whether a minute of the day lies in quiet hours, which may span midnight, or within a minute's margin of them."""
    length = (until_minute - from_minute) % MINUTES_PER_DAY + 2 * QUIET_MARGIN_MINUTES
    return (minute - from_minute + QUIET_MARGIN_MINUTES) % MINUTES_PER_DAY < length


def _is_quiet_now(facts: Facts, policy: Policy, at: datetime) -> bool:
    if facts.offset_minutes is None:  # a zone nobody knows: it might be night there
        return True
    local = local_time(facts, at)
    minute = local.hour * 60 + local.minute
    if is_quiet(minute, policy.quiet_from_minute, policy.quiet_until_minute):
        return True
    if facts.quiet_from_minute is None or facts.quiet_until_minute is None:
        return False
    return is_quiet(minute, facts.quiet_from_minute, facts.quiet_until_minute)


# --- the reasons ---


def _is_within(since: datetime | None, hours: int, at: datetime) -> bool:
    return since is not None and at < since + timedelta(hours=hours)


def _is_until(until: datetime | None, at: datetime) -> bool:
    return until is not None and at < until


def _lacks_permission(facts: Facts, policy: Policy, _: datetime) -> bool:
    """Soft opt-in: the person's own first message, which the reasons before have made sure of, is the evidence."""
    return policy.permission is Permission.EXPLICIT and facts.permission_basis != Permission.EXPLICIT


def _asked_for_less(facts: Facts, policy: Policy, at: datetime) -> bool:
    if facts.less_at is None:
        return False
    newest = max(facts.less_at, facts.owner_last_delivered_at or facts.less_at)
    return _is_within(newest, policy.less_gap_hours, at)


def _age(facts: Facts, policy: Policy, at: datetime) -> AgeClass:
    return age_class(facts.birth_year, policy.adult_age, local_time(facts, at))


Holds = Callable[[Facts, Policy, datetime], bool]

_BY_REFUSAL: dict[Refusal, Holds] = {
    Refusal.NEVER_WROTE: lambda f, *_: f.last_wrote_at is None and f.last_heard_at is None,
    Refusal.KIND_DOES_NOT_COUNT: lambda f, p, _: f.last_wrote_at is None or f.last_wrote_kind not in p.kinds,
    Refusal.STOPPED: lambda f, *_: f.ads_stopped_at is not None,
    Refusal.ADS_OFF: lambda f, *_: f.ads_off_at is not None,
    Refusal.BLOCKED: lambda f, *_: f.blocked_at is not None,
    Refusal.REPORTED: lambda f, *_: f.reported_at is not None,
    Refusal.PERMISSION_WITHDRAWN: lambda f, *_: f.permission_withdrawn_at is not None,
    Refusal.PAUSED: lambda f, _, at: _is_until(f.ads_paused_until, at),
    Refusal.MUTED: lambda f, _, at: _is_until(f.muted_until, at),
    Refusal.LESS: _asked_for_less,
    Refusal.BLOCKED_BY_BUSINESS: lambda f, *_: f.blocked_by_business_at is not None,
    Refusal.ON_TEAM: lambda f, *_: f.is_on_team,
    Refusal.GUEST: lambda f, *_: f.claimed_at is None,
    Refusal.UNVERIFIED: lambda f, *_: f.verified_at is None,
    Refusal.MINOR: lambda f, p, at: _age(f, p, at) is AgeClass.MINOR,
    Refusal.AGE_UNKNOWN: lambda f, *_: f.birth_year is None,
    Refusal.YOUNG_ACCOUNT: lambda f, p, at: _is_within(f.claimed_at, p.account_age_hours, at),
    Refusal.NO_PERMISSION: _lacks_permission,
    Refusal.TOO_OLD: lambda f, p, at: not _is_within(f.last_wrote_at, 24 * p.recency_days, at),
    Refusal.UNANSWERED: lambda f, p, _: f.owner_ads_unanswered_count >= p.unanswered_max,
    Refusal.WEEK_CAP: _is_week_used_up,
    Refusal.DAY_CAP: _is_day_used_up,
    Refusal.OWNER_CAP: lambda f, p, at: _is_within(f.owner_last_delivered_at, p.owner_gap_hours, at),
    Refusal.GAP: lambda f, p, at: _is_within(f.last_delivered_at, p.gap_hours, at),
    Refusal.WAITING: lambda f, *_: f.waiting_since is not None,
    Refusal.UNREAD_REPLY: lambda f, *_: f.unread_reply_count > 0,
    Refusal.COOLING_OFF: lambda f, p, at: _is_within(f.last_service_at, p.cooling_off_hours, at),
    Refusal.QUIET_HOURS: _is_quiet_now,
}
_REASONS = [(refusal, _BY_REFUSAL[refusal]) for refusal in Refusal]


def sentences_of(policy: Policy) -> list[str]:
    """The policy in words, for people."""
    asked = {
        Permission.NONE: "Only businesses that you wrote to yourself may send you offers.",
        Permission.SOFT: "Only businesses that you wrote to yourself may send you offers. You can stop each with one tap.",
        Permission.EXPLICIT: "Only businesses that you wrote to yourself and that asked you first may send you offers.",
    }
    begin, end = (f"{m // 60:02d}:{m % 60:02d}" for m in (policy.quiet_from_minute, policy.quiet_until_minute))
    return [
        asked[policy.permission],
        f"At most {policy.cap_day} a day and {policy.cap_week} a week, from all businesses together.",
        f"At most one in {policy.owner_gap_hours} hours from the same company.",
        f"None between {begin} and {end} where you are.",
        f"None while you wait for an answer, and none for {policy.cooling_off_hours} hours after you talked.",
        f"None after {policy.unanswered_max} in a row that you did not answer.",
        f"None later than {policy.recency_days} days after you last wrote.",
    ]


# --- history ---


def plain(protections: ContactProtections | AttentionProtections) -> dict[str, Any]:
    """Protections as events hold them: plain JSON, ids as decimal strings."""
    values = {field.name: getattr(protections, field.name) for field in fields(protections)}
    if "team_business_ids" in values:
        values["team_business_ids"] = [str(business_id) for business_id in values["team_business_ids"]]
    built: dict[str, Any] = msgspec.to_builtins(values)
    return built


def difference(
    before: ContactProtections | AttentionProtections, after: ContactProtections | AttentionProtections
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The changed fields, before and after."""
    old, new = plain(before), plain(after)
    changed = [name for name in new if old[name] != new[name]]
    return {name: old[name] for name in changed}, {name: new[name] for name in changed}


def replay(events: Iterable[ProtectionEvent], *, until_version: int | None = None) -> dict[str, Any]:
    """What events of one contact, or of one attention, leave behind, up to and with a version; fields never changed are absent."""
    state: dict[str, Any] = {}
    for event in _in_order(events):
        if until_version is None or _version(event) <= until_version:
            state |= event.new
    return state


def breaks_in(events: Iterable[ProtectionEvent]) -> list[ProtectionEvent]:
    """Events whose `old` is not what the events before them left: one between was lost, or one was changed."""
    state: dict[str, Any] = {}
    broken = []
    for event in _in_order(events):
        if any(state.get(name, value) != value for name, value in event.old.items()):
            broken.append(event)
        state |= event.new
    return broken


def _in_order(events: Iterable[ProtectionEvent]) -> Sequence[ProtectionEvent]:
    return sorted(events, key=_version)


def _version(event: ProtectionEvent) -> int:
    return event.contact_version or event.attention_version or 0
