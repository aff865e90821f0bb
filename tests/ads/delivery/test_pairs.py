"""Every refusal as a pair: two people alike but for one fact. One receives; the other is refused with exactly that reason.

Through the real round, under the policy that ships. Each case changes the second person only.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from rejoinder.ads.audiences.model import Audience
from rejoinder.chat.model import GetStarted
from rejoinder.db.transaction import Database, Tx
from rejoinder.people.contacts import commands as contacts
from rejoinder.people.contacts.model import Contact
from rejoinder.people.protections import commands as protections
from rejoinder.units.clock import FixedClock
from tests.support.business import make_door, open_thread
from tests.support.people import make_guest, make_person
from tests.support.rounds import (
    NOON,
    Shop,
    answer,
    make_shop,
    make_writer,
    means,
    reasons_of,
    receivers_of,
    run_round,
    say,
)

THREE_DAYS_AGO = NOON - timedelta(days=3)
Make = Callable[[Tx, Shop], Awaitable[Contact]]


async def never_wrote(tx: Tx, shop: Shop) -> Contact:
    return await open_thread(tx, await make_person(tx), shop.door, at=THREE_DAYS_AGO)


async def only_tapped(tx: Tx, shop: Shop) -> Contact:
    return await make_writer(tx, shop, body=GetStarted("Get started", "START"))


async def sent_the_prefilled_text(tx: Tx, shop: Shop) -> Contact:
    door = await make_door(tx, shop.business.id, prefill="I would like to know more.")
    contact = await open_thread(tx, await make_person(tx), door, at=THREE_DAYS_AGO)
    await say(tx, contact, text="I would like to know more.", at=THREE_DAYS_AGO)
    await answer(tx, contact, at=THREE_DAYS_AGO)
    await contacts.note_read(tx, [(contact.person_id, contact.business_id)])
    return contact


async def stopped(tx: Tx, shop: Shop) -> Contact:
    contact = await make_writer(tx, shop)
    await protections.stop_ads(tx, contact.person_id, contact.business_id, at=NOON - timedelta(days=2))
    return contact


async def stopped_by_word(tx: Tx, shop: Shop) -> Contact:
    contact = await make_writer(tx, shop)
    await say(tx, contact, text="STOP", at=NOON - timedelta(days=2))
    await answer(tx, contact, at=NOON - timedelta(days=2))
    await contacts.note_read(tx, [(contact.person_id, contact.business_id)])
    return contact


async def paused_by_phrase(tx: Tx, shop: Shop) -> Contact:
    contact = await make_writer(tx, shop)
    await protections.pause_ads(tx, contact.person_id, contact.business_id, at=NOON - timedelta(days=2))
    return contact


async def muted(tx: Tx, shop: Shop) -> Contact:
    contact = await make_writer(tx, shop)
    until = NOON + timedelta(days=5)
    await protections.mute(tx, contact.person_id, contact.business_id, until=until, at=NOON - timedelta(days=2))
    return contact


async def ads_off(tx: Tx, shop: Shop) -> Contact:
    contact = await make_writer(tx, shop)
    await protections.turn_ads_off(tx, contact.person_id, at=NOON - timedelta(days=2))
    return contact


async def blocked(tx: Tx, shop: Shop) -> Contact:
    contact = await make_writer(tx, shop)
    await protections.block_business(tx, contact.person_id, contact.business_id, at=NOON - timedelta(days=2))
    return contact


async def blocked_by_business(tx: Tx, shop: Shop) -> Contact:
    contact = await make_writer(tx, shop)
    await protections.block_by_business(tx, contact.person_id, contact.business_id, at=NOON - timedelta(days=2))
    return contact


async def reported(tx: Tx, shop: Shop) -> Contact:
    contact = await make_writer(tx, shop)
    await protections.mark_reported(tx, contact.person_id, contact.business_id, at=NOON - timedelta(days=2))
    return contact


async def permission_withdrawn(tx: Tx, shop: Shop) -> Contact:
    contact = await make_writer(tx, shop)
    await protections.withdraw_permission(tx, contact.person_id, contact.business_id, at=NOON - timedelta(days=2))
    return contact


async def minor(tx: Tx, shop: Shop) -> Contact:
    return await make_writer(tx, shop, birth_year=2015)


async def age_unknown(tx: Tx, shop: Shop) -> Contact:
    return await make_writer(tx, shop, birth_year=None)


async def guest(tx: Tx, shop: Shop) -> Contact:
    return await make_writer(tx, shop, person_id=await make_guest(tx, birth_year=1990))


async def unverified(tx: Tx, shop: Shop) -> Contact:
    return await make_writer(tx, shop, is_verified=False)


async def young_account(tx: Tx, shop: Shop) -> Contact:
    person_id = await make_person(tx, at=NOON - timedelta(hours=23))
    return await make_writer(tx, shop, person_id=person_id)


async def no_permission(tx: Tx, shop: Shop) -> Contact:
    return await make_writer(tx, shop, region="KR", zone="Europe/Berlin")


async def on_team(tx: Tx, shop: Shop) -> Contact:
    contact = await make_writer(tx, shop)
    await protections.join_team(tx, contact.person_id, contact.business_id, at=NOON - timedelta(days=2))
    return contact


async def too_old(tx: Tx, shop: Shop) -> Contact:
    return await make_writer(tx, shop, at=NOON - timedelta(days=366))


async def own_cap_zero(tx: Tx, shop: Shop) -> Contact:
    contact = await make_writer(tx, shop)
    await protections.set_caps(tx, contact.person_id, cap_day=0, cap_week=None, at=NOON - timedelta(days=2))
    return contact


async def own_week_cap_zero(tx: Tx, shop: Shop) -> Contact:
    contact = await make_writer(tx, shop)
    await protections.set_caps(tx, contact.person_id, cap_day=None, cap_week=0, at=NOON - timedelta(days=2))
    return contact


async def waiting(tx: Tx, shop: Shop) -> Contact:
    return await make_writer(tx, shop, is_answered=False)


async def unread_reply(tx: Tx, shop: Shop) -> Contact:
    return await make_writer(tx, shop, is_read=False)


async def cooling_off(tx: Tx, shop: Shop) -> Contact:
    return await make_writer(tx, shop, at=NOON - timedelta(hours=23))


async def own_quiet_hours(tx: Tx, shop: Shop) -> Contact:
    contact = await make_writer(tx, shop)
    at = NOON - timedelta(days=2)
    await protections.set_quiet_hours(tx, contact.person_id, from_minute=12 * 60, until_minute=15 * 60, at=at)
    return contact


CASES: list[tuple[Make, str]] = [
    (never_wrote, "never_wrote"),
    (only_tapped, "kind_does_not_count"),
    (sent_the_prefilled_text, "kind_does_not_count"),
    (stopped, "stopped"),
    (stopped_by_word, "stopped"),
    (paused_by_phrase, "paused"),
    (muted, "muted"),
    (ads_off, "ads_off"),
    (blocked, "blocked"),
    (blocked_by_business, "blocked_by_business"),
    (reported, "reported"),
    (permission_withdrawn, "permission_withdrawn"),
    (minor, "minor"),
    (age_unknown, "age_unknown"),
    (guest, "guest"),
    (unverified, "unverified"),
    (young_account, "young_account"),
    (no_permission, "no_permission"),
    (on_team, "on_team"),
    (too_old, "too_old"),
    (own_cap_zero, "day_cap"),
    (own_week_cap_zero, "week_cap"),
    (waiting, "waiting"),
    (unread_reply, "unread_reply"),
    (cooling_off, "cooling_off"),
    (own_quiet_hours, "quiet_hours"),
]


@pytest.mark.parametrize(("make", "reason"), CASES, ids=[make.__name__ for make, _ in CASES])
async def test_one_receives_the_other_is_refused(
    fresh_database: Database, clock: FixedClock, make: Make, reason: str
) -> None:
    shop = await make_shop(fresh_database)
    ada = await make_writer(fresh_database, shop)
    other = await fresh_database.run(lambda tx: make(tx, shop))
    outcome = await run_round(fresh_database, means(clock))
    assert receivers_of(outcome) == {ada.person_id}
    assert reasons_of(outcome) == {other.person_id: reason}


async def deliver_from(database: Database, clock: FixedClock, *, people: list[int], at: datetime) -> Shop:
    """Another shop's offer reaches these people at this time, and ends."""
    other = await make_shop(database, starts_at=NOON - timedelta(days=9))
    for person_id in people:
        await make_writer(database, other, person_id=person_id, at=at - timedelta(days=3))
    clock.at, before = at, clock.at
    outcome = await run_round(database, means(clock))
    clock.at = before
    assert receivers_of(outcome) == set(people)
    await database.pool.execute("UPDATE ads.campaign SET state = 'ended' WHERE id = $1", other.offer.id)
    return other


async def test_the_day_cap_counts_all_advertisers(fresh_database: Database, clock: FixedClock) -> None:
    bea = await make_person(fresh_database)
    morning = NOON - timedelta(hours=4)  # 9 in Berlin
    await deliver_from(fresh_database, clock, people=[bea], at=morning)
    shop = await make_shop(fresh_database)
    ada = await make_writer(fresh_database, shop)
    await make_writer(fresh_database, shop, person_id=bea)
    clock.at = NOON + timedelta(hours=7, minutes=45)  # 20:45 the same day
    outcome = await run_round(fresh_database, means(clock))
    assert receivers_of(outcome) == {ada.person_id}
    assert reasons_of(outcome) == {bea: "day_cap"}


async def test_a_day_lasts_twenty_hours_at_least_whatever_the_calendar_says(
    fresh_database: Database, clock: FixedClock
) -> None:
    bea = await make_person(fresh_database, zone="Europe/Berlin")
    evening = datetime.fromisoformat("2030-01-08T19:30:00+00:00")  # 20:30 in Berlin
    await deliver_from(fresh_database, clock, people=[bea], at=evening)
    clock.at = datetime.fromisoformat("2030-01-09T07:10:00+00:00")  # 8:10, 11 h 40 min later
    shop = await make_shop(fresh_database, starts_at=NOON - timedelta(days=9))
    ada = await make_writer(fresh_database, shop)
    await make_writer(fresh_database, shop, person_id=bea)
    outcome = await run_round(fresh_database, means(clock))
    assert receivers_of(outcome) == {ada.person_id}
    assert reasons_of(outcome) == {bea: "day_cap"}


async def test_the_owners_cap_counts_all_its_businesses(fresh_database: Database, clock: FixedClock) -> None:
    bea = await make_person(fresh_database)
    at = NOON - timedelta(hours=47)
    first = await deliver_from(fresh_database, clock, people=[bea], at=at)
    shop = await make_shop(fresh_database, business=first.business)
    ada = await make_writer(fresh_database, shop)
    await make_writer(fresh_database, shop, person_id=bea)
    outcome = await run_round(fresh_database, means(clock))
    assert receivers_of(outcome) == {ada.person_id}
    assert reasons_of(outcome) == {bea: "owner_cap"}


async def test_quiet_hours_only_postpone(fresh_database: Database, clock: FixedClock) -> None:
    shop = await make_shop(fresh_database)
    ada = await make_writer(fresh_database, shop)
    bea = await make_writer(fresh_database, shop, zone="Asia/Tokyo")  # 21:00 there
    outcome = await run_round(fresh_database, means(clock))
    assert (receivers_of(outcome), reasons_of(outcome)) == ({ada.person_id}, {bea.person_id: "quiet_hours"})
    clock.at = NOON + timedelta(hours=11, minutes=5)  # 8:05 in Tokyo
    outcome = await run_round(fresh_database, means(clock))
    assert receivers_of(outcome) == {bea.person_id}


async def test_an_audience_narrows(fresh_database: Database, clock: FixedClock) -> None:
    shop = await make_shop(fresh_database, audience=Audience(wrote_within_days=7))
    ada = await make_writer(fresh_database, shop)
    bea = await make_writer(fresh_database, shop, at=NOON - timedelta(days=8))
    outcome = await run_round(fresh_database, means(clock))
    assert (receivers_of(outcome), reasons_of(outcome)) == ({ada.person_id}, {bea.person_id: "not_asked_for"})
