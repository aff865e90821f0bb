"""Lock, then decide, then write, shown with two real connections; counters; and that replay gives back every row."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rejoinder.db.transaction import Database, Tx
from rejoinder.people.contacts import commands as contacts
from rejoinder.people.contacts.model import ContactMissing, Key
from rejoinder.people.protections import commands, rules, store
from rejoinder.people.protections.model import (
    Actor,
    Candidate,
    CapInvalid,
    ContactProtections,
    Decision,
    PersonUnblockable,
    QuietHoursInvalid,
    Refusal,
)
from rejoinder.people.protections.policy import load_policies
from rejoinder.units.clock import FixedClock
from rejoinder.units.ids import new_id
from tests.support.contacts import exchange, make_contact
from tests.support.database import until_waiting
from tests.support.people import CREATED_AT, make_guest, make_person

POLICIES = load_policies()


async def decide(tx: Tx, keys: list[Key], clock: FixedClock) -> list[Decision]:
    return await commands.lock_and_decide(tx, [Candidate(*key) for key in keys], POLICIES, clock)


async def reached(tx: Tx, clock: FixedClock, **overrides: Any) -> Key:
    """A contact that an advert may reach at the clock's noon."""
    key = await make_contact(tx, **overrides)
    await exchange(tx, key, clock.now() - timedelta(days=11))
    return key


async def test_an_ordinary_person_is_reached_and_counted(tx: Tx, clock: FixedClock) -> None:
    key = await reached(tx, clock)
    (first,) = await decide(tx, [key], clock)
    assert first.refusal is None
    assert first.grounds is not None
    assert (first.grounds.day_count_before, first.grounds.cap_day, first.grounds.permission_basis) == (0, 1, "soft")
    await commands.note_deliveries(tx, [first])
    (second,) = await decide(tx, [key], clock)
    assert second.refusal is Refusal.DAY_CAP
    assert (second.facts.day_count, second.facts.week_count, second.facts.owner_ads_unanswered_count) == (1, 1, 1)
    assert second.facts.last_delivered_at == second.facts.owner_last_delivered_at == clock.now()
    clock.move(days=1)
    assert [d.refusal for d in await decide(tx, [key], clock)] == [Refusal.OWNER_CAP]
    clock.move(days=1)
    assert [d.refusal for d in await decide(tx, [key], clock)] == [None]


async def test_two_businesses_of_one_owner_share_the_owners_cap(tx: Tx, clock: FixedClock) -> None:
    owner_id = new_id()
    first = await reached(tx, clock, owner_id=owner_id)
    other = await reached(tx, clock, owner_id=owner_id, person_id=first[0])
    stranger = await reached(tx, clock, person_id=first[0])
    await commands.note_deliveries(tx, await decide(tx, [first], clock))
    clock.move(days=1)
    told = await decide(tx, [first, other, stranger], clock)
    assert [d.refusal for d in told] == [Refusal.OWNER_CAP, Refusal.OWNER_CAP, None]


async def test_candidates_nobody_knows_are_refused_in_their_place(tx: Tx, clock: FixedClock) -> None:
    key = await reached(tx, clock)
    told = await decide(tx, [(new_id(), key[1]), key, (key[0], new_id())], clock)
    assert [d.refusal for d in told] == [Refusal.NEVER_WROTE, None, Refusal.NEVER_WROTE]


async def test_a_guest_is_reached_once_claimed_verified_and_grown(tx: Tx, clock: FixedClock) -> None:
    guest = await make_guest(tx)
    key = await reached(tx, clock, person_id=guest)
    seen = [(await decide(tx, [key], clock))[0].refusal]
    for change in (
        commands.note_claimed(tx, guest, at=clock.now() - timedelta(days=2)),
        commands.note_verified(tx, guest, at=clock.now()),
        commands.set_birth_year(tx, guest, 1990, at=clock.now()),
    ):
        assert await change
        seen.append((await decide(tx, [key], clock))[0].refusal)
    assert seen == [Refusal.GUEST, Refusal.UNVERIFIED, Refusal.AGE_UNKNOWN, None]


async def test_the_team_is_left_out_even_before_it_ever_wrote(tx: Tx, clock: FixedClock) -> None:
    person_id, business_id = await make_person(tx), new_id()
    assert await commands.join_team(tx, person_id, business_id, at=clock.now())
    assert not await commands.join_team(tx, person_id, business_id, at=clock.now())
    key = await reached(tx, clock, person_id=person_id, business_id=business_id)
    assert (await decide(tx, [key], clock))[0].refusal is Refusal.ON_TEAM
    assert await commands.leave_team(tx, person_id, business_id, at=clock.now())
    assert (await decide(tx, [key], clock))[0].refusal is None


ENDINGS: list[tuple[Callable[[Tx, Key, FixedClock], Awaitable[bool]], Refusal]] = [
    (lambda tx, key, clock: commands.stop_ads(tx, *key, at=clock.now()), Refusal.STOPPED),
    (lambda tx, key, clock: commands.block_business(tx, *key, at=clock.now()), Refusal.BLOCKED),
    (lambda tx, key, clock: commands.mark_reported(tx, *key, at=clock.now()), Refusal.REPORTED),
    (lambda tx, key, clock: commands.withdraw_permission(tx, *key, at=clock.now()), Refusal.PERMISSION_WITHDRAWN),
    (lambda tx, key, clock: commands.turn_ads_off(tx, key[0], at=clock.now()), Refusal.ADS_OFF),
    (lambda tx, key, clock: commands.join_team(tx, *key, at=clock.now()), Refusal.ON_TEAM),
    (lambda tx, key, clock: commands.set_caps(tx, key[0], cap_day=0, cap_week=None, at=clock.now()), Refusal.DAY_CAP),
]


@pytest.mark.parametrize(("end", "refusal"), ENDINGS, ids=[refusal for _, refusal in ENDINGS])
async def test_what_commits_while_a_delivery_waits_is_respected(
    database: Database, clock: FixedClock, end: Callable[[Tx, Key, FixedClock], Awaitable[bool]], refusal: Refusal
) -> None:
    """Deciding inside the locking statement would miss it: that statement's snapshot is older than the wait."""
    key = await database.run(lambda tx: reached(tx, clock))
    async with database.transaction() as ending:
        assert await end(ending, key, clock)
        delivery = asyncio.create_task(database.run(lambda tx: decide(tx, [key], clock)))
        await until_waiting(database, delivery)
    assert [decided.refusal for decided in await delivery] == [refusal]


async def test_many_workers_never_exceed_a_persons_day(database: Database, clock: FixedClock) -> None:
    first = await database.run(lambda tx: reached(tx, clock))
    keys = [first] + [await database.run(lambda tx: reached(tx, clock, person_id=first[0])) for _ in range(7)]

    async def deliver(key: Key) -> bool:
        async def work(tx: Tx) -> bool:
            decided = [d for d in await decide(tx, [key], clock) if d.refusal is None]
            await commands.note_deliveries(tx, decided)
            return bool(decided)

        return await database.run(work)

    assert sum(await asyncio.gather(*(deliver(key) for key in keys))) == 1


async def test_opposite_orders_of_asking_never_deadlock(database: Database, clock: FixedClock) -> None:
    """Candidates in any order are locked in key order, attention before contact: no transaction is ever run again."""
    keys = [await database.run(lambda tx: reached(tx, clock)) for _ in range(12)]

    async def decide_in(order: list[Key]) -> None:
        async with database.transaction() as tx:  # no retry: a deadlock would be an error here
            await decide(tx, order, clock)

    async def change(key: Key) -> None:
        async with database.transaction() as tx:
            await commands.set_caps(tx, key[0], cap_day=1, cap_week=None, at=clock.now())
            await commands.stop_ads(tx, *key, at=clock.now())

    for _ in range(10):
        await asyncio.gather(decide_in(keys), decide_in(keys[::-1]), *(change(key) for key in keys[:6]))


async def test_a_refused_candidate_cannot_be_counted(tx: Tx, clock: FixedClock) -> None:
    key = await make_contact(tx)
    with pytest.raises(AssertionError, match="refused"):
        await commands.note_deliveries(tx, await decide(tx, [key], clock))
    good = (await decide(tx, [await reached(tx, clock)], clock))[0]
    with pytest.raises(AssertionError, match="two adverts"):
        await commands.note_deliveries(tx, [good, replace(good)])


async def test_an_undone_stop_lets_adverts_come_again(tx: Tx, clock: FixedClock) -> None:
    key = await reached(tx, clock)
    assert await commands.stop_ads(tx, *key, at=clock.now(), actor=Actor.STOP_WORD)
    assert not await commands.stop_ads(tx, *key, at=clock.now())
    assert (await decide(tx, [key], clock))[0].refusal is Refusal.STOPPED
    assert await commands.undo_stop(tx, *key, at=clock.now())
    assert (await decide(tx, [key], clock))[0].refusal is None
    events = await store.list_protection_events(tx, *key)
    assert [(e.kind, e.actor) for e in events] == [("stopped", "stop_word"), ("stop_undone", "person")]


async def test_bad_settings_change_nothing(tx: Tx, clock: FixedClock) -> None:
    person_id, at = await make_person(tx), clock.now()
    before = await store.find_attention_protections(tx, person_id)
    for cap_day, cap_week in ((-1, None), (51, None), (None, 351)):
        with pytest.raises(CapInvalid):
            await commands.set_caps(tx, person_id, cap_day=cap_day, cap_week=cap_week, at=at)
    for begin, until in ((60, None), (None, 60), (60, 60)):
        with pytest.raises(QuietHoursInvalid):
            await commands.set_quiet_hours(tx, person_id, from_minute=begin, until_minute=until, at=at)
    with pytest.raises(PersonUnblockable):
        await commands.block_person(tx, person_id, person_id, at=at)
    with pytest.raises(ContactMissing):
        await commands.stop_ads(tx, person_id, new_id(), at=at)
    assert await store.find_attention_protections(tx, person_id) == before


async def test_people_block_each_other_one_way(tx: Tx, clock: FixedClock) -> None:
    one, two = await make_person(tx), await make_person(tx)
    assert await commands.block_person(tx, one, two, at=clock.now())
    assert await commands.read_person_blocks(tx, [(one, two), (two, one)]) == {(one, two)}
    assert await commands.unblock_person(tx, one, two)
    assert await commands.read_person_blocks(tx, [(one, two), (two, one)]) == set()


async def exchanged(tx: Tx, key: Key, at: Any) -> bool:
    """Messages move the contact's version too, and leave no event."""
    await exchange(tx, key, at)
    return True


CHANGES: list[Callable[[Tx, Key, Any], Awaitable[bool]]] = [
    lambda tx, key, at: commands.stop_ads(tx, *key, at=at),
    lambda tx, key, at: commands.undo_stop(tx, *key, at=at),
    lambda tx, key, at: commands.pause_ads(tx, *key, at=at),
    lambda tx, key, at: commands.block_business(tx, *key, at=at),
    lambda tx, key, at: commands.unblock_business(tx, *key, at=at),
    lambda tx, key, at: commands.block_by_business(tx, *key, at=at),
    lambda tx, key, at: commands.unblock_by_business(tx, *key, at=at),
    lambda tx, key, at: commands.mute(tx, *key, until=at + timedelta(days=3), at=at),
    lambda tx, key, at: commands.unmute(tx, *key, at=at),
    lambda tx, key, at: commands.less(tx, *key, at=at),
    lambda tx, key, at: commands.mark_reported(tx, *key, at=at),
    lambda tx, key, at: commands.give_permission(
        tx, *key, evidence={"position": "7"}, wording="2030-01", channel="thread", at=at
    ),
    lambda tx, key, at: commands.withdraw_permission(tx, *key, at=at),
    lambda tx, key, at: commands.turn_ads_off(tx, key[0], at=at),
    lambda tx, key, at: commands.turn_ads_on(tx, key[0], at=at),
    lambda tx, key, at: commands.set_caps(tx, key[0], cap_day=at.minute % 3, cap_week=None, at=at),
    lambda tx, key, at: commands.set_quiet_hours(tx, key[0], from_minute=at.minute, until_minute=700, at=at),
    lambda tx, key, at: commands.set_zone(tx, key[0], ("Asia/Tokyo", "Europe/Berlin")[at.minute % 2], at=at),
    lambda tx, key, at: commands.set_region(tx, key[0], ("JP", "DE")[at.minute % 2], at=at),
    lambda tx, key, at: commands.set_birth_year(tx, key[0], 1990 + at.minute % 5, at=at),
    lambda tx, key, at: commands.note_claimed(tx, key[0], at=at),
    lambda tx, key, at: commands.note_verified(tx, key[0], at=at),
    lambda tx, key, at: commands.join_team(tx, *key, at=at),
    lambda tx, key, at: commands.leave_team(tx, *key, at=at),
    exchanged,
]


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(st.integers(0, len(CHANGES) - 1), min_size=1, max_size=25))
async def test_replay_of_the_events_gives_back_the_rows(database: Database, steps: list[int]) -> None:
    async with database.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        tx = Tx(connection)
        key = await make_contact(tx, person_id=await make_guest(tx))
        start = await store.find_attention_protections(tx, key[0])
        assert start is not None
        for minute, step in enumerate(steps):
            await CHANGES[step](tx, key, CREATED_AT + timedelta(minutes=minute))
        of_contact = await store.list_protection_events(tx, *key)
        of_attention = await store.list_protection_events(tx, key[0], None)
        found_contact = await store.find_contact_protections(tx, key)
        found_attention = await store.find_attention_protections(tx, key[0])
        assert found_contact is not None
        assert found_attention is not None
        assert rules.plain(ContactProtections()) | rules.replay(of_contact) == rules.plain(found_contact[1])
        assert rules.plain(start[1]) | rules.replay(of_attention) == rules.plain(found_attention[1])
        assert found_attention[0] == start[0] + len(of_attention)
        assert not rules.breaks_in([*of_contact])
        assert not rules.breaks_in([*of_attention])
        await transaction.rollback()


async def test_a_lost_event_breaks_the_chain(tx: Tx, clock: FixedClock) -> None:
    key = await make_contact(tx)
    await commands.stop_ads(tx, *key, at=clock.now())
    await commands.undo_stop(tx, *key, at=clock.now())
    await commands.stop_ads(tx, *key, at=clock.now())
    first, undone, again = await store.list_protection_events(tx, *key)
    assert not rules.breaks_in([again, undone, first])
    assert rules.breaks_in([first, again]) == [again]
    assert undone.contact_version is not None
    assert rules.replay([first, undone, again], until_version=undone.contact_version) == {"ads_stopped_at": None}


async def test_a_chunk_takes_few_statements_whatever_its_size(tx: Tx, clock: FixedClock) -> None:
    """Locks of two levels, facts; counters of two levels: five statements."""
    keys = [await reached(tx, clock) for _ in range(5)]
    asked: list[str] = []
    tx.connection.add_query_logger(lambda record: asked.append(record.query))
    await commands.note_deliveries(tx, await decide(tx, keys, clock))
    await asyncio.sleep(0)  # the logger is told in the loop's next turn
    assert len([query for query in asked if "people." in query]) == 5
    assert await contacts.read_standings(tx, keys)
