"""The verbs of protections: decide under locks, count deliveries, and change what protects a person.

Lock order is attention < contact. A change locks its row, reads it in a later statement, writes it as the next version
beside a protection event that says old and new, and publishes `ProtectionChanged`. A change that changes nothing does
none of this and returns False. Changes to attention belong before changes to contacts in the same transaction.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from rejoinder.db.transaction import Tx
from rejoinder.people.contacts import commands as contacts
from rejoinder.people.contacts.model import ContactMissing, Key
from rejoinder.people.protections import rules, store
from rejoinder.people.protections.events import ProtectionChanged
from rejoinder.people.protections.model import (
    ADULT_AGE,
    CAP_DAY_MAX,
    CAP_WEEK_MAX,
    Actor,
    AgeClass,
    AttentionMissing,
    AttentionProtections,
    Candidate,
    CapInvalid,
    ChangeKind,
    ContactProtections,
    Decision,
    Facts,
    Permission,
    PersonUnblockable,
    Policies,
    ProtectionEvent,
    QuietHoursInvalid,
)
from rejoinder.units.clock import Clock
from rejoinder.units.ids import new_id

PAUSE = timedelta(days=30)

# --- deciding ---


async def lock_attention(tx: Tx, person_ids: Sequence[int]) -> None:
    """Lock rows in key order. Decides nothing: what is read before or in this statement may be stale after the wait."""
    await store.lock_attention(tx, person_ids)


async def read_facts(tx: Tx, candidates: Sequence[Candidate], at: datetime) -> list[Facts]:
    """Facts in the order of the candidates, without locks: for counts and explanations, never for a delivery."""
    return await store.list_facts(tx, candidates, at=at)


async def lock_and_decide(tx: Tx, candidates: Sequence[Candidate], policies: Policies, clock: Clock) -> list[Decision]:
    """Lock the people and their contacts, read the clock, and only then look at the facts: an answer per candidate, in order.

    The answers hold until the transaction ends. At most one of a person's permitted candidates may be delivered.
    """
    keys = [(candidate.person_id, candidate.business_id) for candidate in candidates]
    await store.lock_attention(tx, [person_id for person_id, _ in keys])
    await contacts.lock_contacts(tx, keys)
    at = clock.now()
    facts = await store.list_facts(tx, candidates, at=at)
    return [_decide(candidate, known, policies, at) for candidate, known in zip(candidates, facts, strict=True)]


def _decide(candidate: Candidate, facts: Facts, policies: Policies, at: datetime) -> Decision:
    policy = policies.for_region(facts.region)
    refusal = rules.refusal_to_deliver(facts, policy, at)
    return Decision(candidate, at, refusal, facts, None if refusal else rules.grounds_of(facts, policy, at))


async def note_deliveries(tx: Tx, decided: Sequence[Decision]) -> None:
    """Count delivered adverts, in the transaction that decided them; one per person. Two levels, two statements."""
    if not decided:
        return
    with_grounds = [(decision, decision.grounds) for decision in decided if decision.grounds is not None]
    people = {decision.candidate.person_id for decision in decided}
    assert len(with_grounds) == len(decided), "a refused candidate was delivered"  # noqa: S101
    assert len(people) == len(decided), "two adverts for one person in one chunk"  # noqa: S101
    await store.count_deliveries_of_people(tx, with_grounds)
    await store.count_deliveries_of_contacts(tx, decided)


# --- one business ---


async def stop_ads(tx: Tx, person_id: int, business_id: int, *, at: datetime, actor: Actor = Actor.PERSON) -> bool:
    """No more adverts of this business; service messages go on."""
    return await _change_contact(
        tx, (person_id, business_id), ChangeKind.STOPPED, {"ads_stopped_at": at}, at=at, actor=actor
    )


async def undo_stop(tx: Tx, person_id: int, business_id: int, *, at: datetime, actor: Actor = Actor.PERSON) -> bool:
    """Adverts may come again: takes back a stop, a pause and a wish for less."""
    change = {"ads_stopped_at": None, "ads_paused_until": None, "less_at": None}
    return await _change_contact(tx, (person_id, business_id), ChangeKind.STOP_UNDONE, change, at=at, actor=actor)


async def pause_ads(tx: Tx, person_id: int, business_id: int, *, at: datetime, actor: Actor = Actor.STOP_WORD) -> bool:
    """A stop phrase inside a sentence: no adverts for 30 days or until the person, who is asked now, says otherwise."""
    change = {"ads_paused_until": at + PAUSE}
    return await _change_contact(tx, (person_id, business_id), ChangeKind.PAUSED, change, at=at, actor=actor)


async def block_business(tx: Tx, person_id: int, business_id: int, *, at: datetime) -> bool:
    """Nothing of this business reaches the person any more."""
    return await _change_contact(tx, (person_id, business_id), ChangeKind.BLOCKED, {"blocked_at": at}, at=at)


async def unblock_business(tx: Tx, person_id: int, business_id: int, *, at: datetime) -> bool:
    """Service messages may come again; a stop that was there before is still there."""
    change = {"blocked_at": None}
    return await _change_contact(tx, (person_id, business_id), ChangeKind.UNBLOCKED, change, at=at)


async def block_by_business(tx: Tx, person_id: int, business_id: int, *, at: datetime) -> bool:
    """The business wants to hear nothing of this person, so it sends nothing either."""
    key, kind = (person_id, business_id), ChangeKind.BLOCKED_BY_BUSINESS
    return await _change_contact(tx, key, kind, {"blocked_by_business_at": at}, at=at, actor=Actor.BUSINESS)


async def unblock_by_business(tx: Tx, person_id: int, business_id: int, *, at: datetime) -> bool:
    """The person may write to the business again."""
    change, kind = {"blocked_by_business_at": None}, ChangeKind.UNBLOCKED_BY_BUSINESS
    return await _change_contact(tx, (person_id, business_id), kind, change, at=at, actor=Actor.BUSINESS)


async def mute(tx: Tx, person_id: int, business_id: int, *, until: datetime, at: datetime) -> bool:
    """No adverts of this business until then."""
    change = {"muted_until": until}
    return await _change_contact(tx, (person_id, business_id), ChangeKind.MUTED, change, at=at)


async def unmute(tx: Tx, person_id: int, business_id: int, *, at: datetime) -> bool:
    """Take a mute back."""
    change = {"muted_until": None}
    return await _change_contact(tx, (person_id, business_id), ChangeKind.UNMUTED, change, at=at)


async def less(tx: Tx, person_id: int, business_id: int, *, at: datetime) -> bool:
    """Fewer adverts of this business: the policy's longer gap counts from now."""
    return await _change_contact(tx, (person_id, business_id), ChangeKind.LESS, {"less_at": at}, at=at)


async def mark_reported(tx: Tx, person_id: int, business_id: int, *, at: datetime) -> bool:
    """The person reported this business: none of its adverts reach them any more."""
    return await _change_contact(tx, (person_id, business_id), ChangeKind.REPORTED, {"reported_at": at}, at=at)


async def give_permission(
    tx: Tx,
    person_id: int,
    business_id: int,
    *,
    evidence: dict[str, Any],
    wording: str,
    channel: str,
    at: datetime,
) -> bool:
    """An explicit yes, with what proves it: the message it was, the version of the words asked, and where."""
    change = {
        "permission_basis": Permission.EXPLICIT.value,
        "permission_evidence": evidence,
        "permission_wording": wording,
        "permission_channel": channel,
        "permission_at": at,
        "permission_withdrawn_at": None,
    }
    kind = ChangeKind.PERMISSION_GIVEN
    return await _change_contact(tx, (person_id, business_id), kind, change, at=at)


async def withdraw_permission(tx: Tx, person_id: int, business_id: int, *, at: datetime) -> bool:
    """Take permission back, soft or explicit; only an explicit yes brings it back, writing again does not."""
    key, kind = (person_id, business_id), ChangeKind.PERMISSION_WITHDRAWN
    return await _change_contact(tx, key, kind, {"permission_withdrawn_at": at}, at=at)


async def _change_contact(
    tx: Tx, key: Key, kind: ChangeKind, change: dict[str, Any], *, at: datetime, actor: Actor = Actor.PERSON
) -> bool:
    await contacts.lock_contacts(tx, [key])
    found = await store.find_contact_protections(tx, key)
    if found is None:
        raise ContactMissing("You have no messages with this business.")
    version, before = found
    after = replace(before, **change)
    if after == before or (kind in _ONCE and _is_set(before, change)):
        return False
    await store.save_contact_protections(tx, key, after, version=version + 1)
    event = _event_of(key[0], kind, actor, at, rules.difference(before, after))
    await _record(tx, replace(event, business_id=key[1], contact_version=version + 1), business_id=key[1])
    return True


# --- everybody ---


async def turn_ads_off(tx: Tx, person_id: int, *, at: datetime) -> bool:
    """No adverts from anybody."""
    return await _change_attention(tx, person_id, ChangeKind.ADS_OFF, {"ads_off_at": at}, at=at)


async def turn_ads_on(tx: Tx, person_id: int, *, at: datetime) -> bool:
    """Adverts may come again, from businesses that were not stopped one by one."""
    return await _change_attention(tx, person_id, ChangeKind.ADS_ON, {"ads_off_at": None}, at=at)


async def set_caps(tx: Tx, person_id: int, *, cap_day: int | None, cap_week: int | None, at: datetime) -> bool:
    """The person's own caps; None means the policy's. They can only lower it, so raising one never brings an extra advert."""
    if cap_day is not None and not 0 <= cap_day <= CAP_DAY_MAX:
        raise CapInvalid(f"Choose from 0 to {CAP_DAY_MAX} offers a day.", field="cap_day")
    if cap_week is not None and not 0 <= cap_week <= CAP_WEEK_MAX:
        raise CapInvalid(f"Choose from 0 to {CAP_WEEK_MAX} offers a week.", field="cap_week")
    change = {"cap_day": cap_day, "cap_week": cap_week}
    return await _change_attention(tx, person_id, ChangeKind.CAPS, change, at=at)


async def set_quiet_hours(
    tx: Tx, person_id: int, *, from_minute: int | None, until_minute: int | None, at: datetime
) -> bool:
    """The person's own quiet hours, beside the policy's; both None for none."""
    if (from_minute is None) != (until_minute is None):
        raise QuietHoursInvalid("Quiet hours need a beginning and an end.", field="quiet_from")
    if from_minute is not None and from_minute == until_minute:
        raise QuietHoursInvalid(
            "Begin and end are the same time. To get no offers, turn them off.", field="quiet_until"
        )
    change = {"quiet_from_minute": from_minute, "quiet_until_minute": until_minute}
    return await _change_attention(tx, person_id, ChangeKind.QUIET_HOURS, change, at=at)


async def set_zone(tx: Tx, person_id: int, zone: str, *, at: datetime) -> bool:
    """Where the person's clock is; the caller has checked that there is such a zone. Counters stay as they are."""
    return await _change_attention(tx, person_id, ChangeKind.ZONE, {"zone": zone}, at=at)


async def set_region(tx: Tx, person_id: int, region: str, *, at: datetime) -> bool:
    """Whose rules hold for the person."""
    return await _change_attention(tx, person_id, ChangeKind.REGION, {"region": region}, at=at)


async def set_birth_year(tx: Tx, person_id: int, birth_year: int, *, at: datetime) -> bool:
    """How old the person says they are; whether it may be changed is the caller's rule."""
    return await _change_attention(tx, person_id, ChangeKind.BIRTH_YEAR, {"birth_year": birth_year}, at=at)


async def note_claimed(tx: Tx, person_id: int, *, at: datetime) -> bool:
    """A guest has become a person with a log-in."""
    return await _change_attention(tx, person_id, ChangeKind.CLAIMED, {"claimed_at": at}, at=at)


async def note_verified(tx: Tx, person_id: int, *, at: datetime) -> bool:
    """The person's address is proved."""
    return await _change_attention(tx, person_id, ChangeKind.VERIFIED, {"verified_at": at}, at=at)


async def join_team(tx: Tx, person_id: int, business_id: int, *, at: datetime) -> bool:
    """A person acts for a business: its adverts do not reach them, whether or not they ever wrote to it."""
    _, before = await _lock_and_read_attention(tx, person_id)
    team = tuple(sorted({*before.team_business_ids, business_id}))
    has_joined = await _change_team(tx, person_id, ChangeKind.TEAM_JOINED, team, business_id=business_id, at=at)
    if has_joined:
        await store.insert_team_mark(tx, person_id, business_id)
    return has_joined


async def leave_team(tx: Tx, person_id: int, business_id: int, *, at: datetime) -> bool:
    """A person acts for a business no longer."""
    _, before = await _lock_and_read_attention(tx, person_id)
    team = tuple(one for one in before.team_business_ids if one != business_id)
    has_left = await _change_team(tx, person_id, ChangeKind.TEAM_LEFT, team, business_id=business_id, at=at)
    if has_left:
        await store.delete_team_mark(tx, person_id, business_id)
    return has_left


async def _change_team(
    tx: Tx, person_id: int, kind: ChangeKind, team: tuple[int, ...], *, business_id: int, at: datetime
) -> bool:
    change = {"team_business_ids": team}
    return await _change_attention(tx, person_id, kind, change, at=at, actor=Actor.BUSINESS, business_id=business_id)


async def _lock_and_read_attention(tx: Tx, person_id: int) -> tuple[int, AttentionProtections]:
    await store.lock_attention(tx, [person_id])
    found = await store.find_attention_protections(tx, person_id)
    if found is None:
        raise AttentionMissing("There is no such person.")
    return found


async def _change_attention(
    tx: Tx,
    person_id: int,
    kind: ChangeKind,
    change: dict[str, Any],
    *,
    at: datetime,
    actor: Actor = Actor.PERSON,
    business_id: int | None = None,
) -> bool:
    """`business_id` only tells consumers whom it is about; the event belongs to the person."""
    version, before = await _lock_and_read_attention(tx, person_id)
    after = replace(before, **change)
    if after == before or (kind in _ONCE and _is_set(before, change)):
        return False
    await store.save_attention_protections(tx, person_id, after, version=version + 1)
    event = _event_of(person_id, kind, actor, at, rules.difference(before, after))
    await _record(tx, replace(event, attention_version=version + 1), business_id=business_id)
    return True


# --- both ---

# What happens once until it is undone: the first time stays.
_ONCE = {
    ChangeKind.STOPPED,
    ChangeKind.BLOCKED,
    ChangeKind.BLOCKED_BY_BUSINESS,
    ChangeKind.REPORTED,
    ChangeKind.PERMISSION_WITHDRAWN,
    ChangeKind.ADS_OFF,
    ChangeKind.CLAIMED,
    ChangeKind.VERIFIED,
}


def _is_set(before: ContactProtections | AttentionProtections, change: dict[str, Any]) -> bool:
    return all(getattr(before, name) is not None for name in change)


def _event_of(
    person_id: int, kind: ChangeKind, actor: Actor, at: datetime, difference: tuple[dict[str, Any], dict[str, Any]]
) -> ProtectionEvent:
    old, new = difference
    return ProtectionEvent(person_id, new_id(), None, kind, old, new, None, None, actor, at)


async def _record(tx: Tx, event: ProtectionEvent, *, business_id: int | None) -> None:
    await store.insert_protection_event(tx, event)
    await tx.publish([ProtectionChanged(event.person_id, business_id, ChangeKind(event.kind))], at=event.at)


# --- people among themselves ---


async def block_person(tx: Tx, person_id: int, blocked_id: int, *, at: datetime) -> bool:
    """Neither can write to the other; chat asks `read_person_blocks` in the message's transaction."""
    if person_id == blocked_id:
        raise PersonUnblockable("You cannot block yourself.")
    if not await store.is_person(tx, blocked_id):
        raise AttentionMissing("There is no such person.")
    return await store.insert_person_block(tx, person_id, blocked_id, at=at)


async def unblock_person(tx: Tx, person_id: int, blocked_id: int) -> bool:
    """Let them write again."""
    return await store.delete_person_block(tx, person_id, blocked_id)


async def read_person_blocks(tx: Tx, pairs: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """Which of these pairs are a block of the second by the first; ask both orders for both directions."""
    return await store.list_person_blocks(tx, pairs)


async def read_age_classes(tx: Tx, person_ids: Sequence[int], at: datetime) -> dict[int, AgeClass]:
    """How old people are among people, for each id: adult strangers may not write to minors."""
    years = await store.list_birth_years(tx, person_ids)
    return {person_id: rules.age_class(years.get(person_id), ADULT_AGE, at) for person_id in person_ids}
