"""Identity's verbs on a real Postgres: what they change, what they refuse, what two at once may not do."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest

from rejoinder.db.transaction import Database, Tx
from rejoinder.people.identity import commands, store
from rejoinder.people.identity.model import (
    AddressTaken,
    AlreadyClaimed,
    AlreadyVerified,
    BirthYearSettled,
    BusinessFace,
    ClaimFirst,
    CodeWrong,
    Credentials,
    HandleInvalid,
    HandlesUsedUp,
    HandleTaken,
    Limit,
    PersonMissing,
    ProfileChange,
    SessionMissing,
    TextInvalid,
    ZoneUnknown,
)
from rejoinder.people.identity.rules import HANDLES_MAX
from rejoinder.units.clock import FixedClock
from rejoinder.units.ids import new_code, new_id
from rejoinder.wire.auth import Viewer
from tests.support.people import PASSWORD_HASH, make_guest, make_people, make_person, person_draft

URL = "https://chat.example.org"


def an_address() -> str:
    return f"{new_code()}@example.org"


async def sign_up(tx: Tx, clock: FixedClock, address: str) -> int:
    draft = person_draft(email=address, is_verified=False)
    return await commands.sign_up(tx, draft, clock.now(), public_url=URL)


async def code_to(tx: Tx, address: str) -> str:
    mails = await store.list_mail_to(tx, address, row_count=20)
    codes = [mail.body.partition("code=")[2][:8] for mail in mails if "code=" in mail.body]
    return codes[0]


async def test_people_are_made_in_one_batch(tx: Tx) -> None:
    people = await make_people(tx, 50)
    assert len(set(people)) == 50
    me = await commands.get_me(tx, people[7])
    assert (me.name, me.region, me.zone, me.birth_year) == ("Ada", "DE", "Europe/Berlin", 1990)
    assert me.email_verified
    assert not me.is_guest


async def test_a_batch_without_anybody_is_nothing(tx: Tx, clock: FixedClock) -> None:
    assert await commands.create_people(tx, [], clock.now()) == []


async def test_a_batch_cannot_take_a_proved_address(tx: Tx) -> None:
    address = an_address()
    await make_person(tx, email=address)
    with pytest.raises(AddressTaken):
        await make_person(tx, email=address)


async def test_a_mailed_code_makes_an_address_theirs_once(tx: Tx, clock: FixedClock) -> None:
    address = an_address()
    person_id = await sign_up(tx, clock, address)
    assert not (await commands.get_me(tx, person_id)).email_verified
    code = await code_to(tx, address)
    assert await commands.verify_email(tx, f" {code.upper()} ", clock.now()) == person_id
    assert (await commands.get_me(tx, person_id)).email_verified
    with pytest.raises(CodeWrong):
        await commands.verify_email(tx, code, clock.now())
    with pytest.raises(AlreadyVerified):
        await commands.send_code_again(tx, person_id, clock.now(), address=None, public_url=URL)


async def test_a_code_is_too_old_after_a_day(tx: Tx, clock: FixedClock) -> None:
    address = an_address()
    await sign_up(tx, clock, address)
    code = await code_to(tx, address)
    with pytest.raises(CodeWrong):
        await commands.verify_email(tx, code, clock.now() + timedelta(hours=24))


async def test_a_newer_code_makes_the_older_useless(tx: Tx, clock: FixedClock) -> None:
    address = an_address()
    person_id = await sign_up(tx, clock, address)
    old = await code_to(tx, address)
    clock.move(minutes=1)
    await commands.send_code_again(tx, person_id, clock.now(), address=None, public_url=URL)
    with pytest.raises(CodeWrong):
        await commands.verify_email(tx, old, clock.now())
    assert await commands.verify_email(tx, await code_to(tx, address), clock.now()) == person_id


async def test_a_mistyped_address_can_be_corrected_until_it_is_proved(tx: Tx, clock: FixedClock) -> None:
    wrong, right = an_address(), an_address()
    person_id = await sign_up(tx, clock, wrong)
    old = await code_to(tx, wrong)
    await commands.send_code_again(tx, person_id, clock.now(), address=right, public_url=URL)
    with pytest.raises(CodeWrong):
        await commands.verify_email(tx, old, clock.now())
    await commands.verify_email(tx, await code_to(tx, right), clock.now())
    me = await commands.get_me(tx, person_id)
    assert (me.email, me.email_verified) == (right, True)


async def test_a_reset_code_mailed_to_a_mistyped_address_ends_with_it(tx: Tx, clock: FixedClock) -> None:
    wrong = an_address()
    person_id = await sign_up(tx, clock, wrong)
    await commands.request_reset(tx, wrong, clock.now(), public_url=URL)
    bodies = [mail.body for mail in await store.list_mail_to(tx, wrong, row_count=20)]
    code = next(body.partition("reset?code=")[2][:8] for body in bodies if "reset?code=" in body)
    assert (await commands.read_reset(tx, code, clock.now())).person_id == person_id
    await commands.send_code_again(tx, person_id, clock.now(), address=an_address(), public_url=URL)
    with pytest.raises(CodeWrong):
        await commands.finish_reset(tx, code, PASSWORD_HASH, clock.now(), public_url=URL)


async def test_signing_up_with_a_proved_address_takes_nothing_and_tells_its_holder(tx: Tx, clock: FixedClock) -> None:
    address = an_address()
    holder = await make_person(tx, email=address)
    stranger = await sign_up(tx, clock, address)
    (mail,) = await store.list_mail_to(tx, address, row_count=20)
    assert "already" in mail.subject
    assert "code=" not in mail.body
    assert not (await commands.get_me(tx, stranger)).email_verified
    assert await store.find_address_holder(tx, address) == holder


async def test_of_two_who_typed_an_address_the_first_code_back_wins(tx: Tx, clock: FixedClock) -> None:
    address = an_address()
    first = await sign_up(tx, clock, address)
    first_code = await code_to(tx, address)
    clock.move(minutes=1)
    await sign_up(tx, clock, address)
    second_code = await code_to(tx, address)
    assert await commands.verify_email(tx, first_code, clock.now()) == first
    with pytest.raises(AddressTaken):
        await commands.verify_email(tx, second_code, clock.now())


async def test_two_devices_cannot_use_one_code(database: Database, clock: FixedClock) -> None:
    address = an_address()
    person_id = await database.run(lambda tx: sign_up(tx, clock, address))
    code = await database.run(lambda tx: code_to(tx, address))
    found = await asyncio.gather(
        *(database.run(lambda tx: commands.verify_email(tx, code, clock.now())) for _ in range(5)),
        return_exceptions=True,
    )
    assert found.count(person_id) == 1
    assert sum(isinstance(one, CodeWrong) for one in found) == 4


async def test_an_address_is_not_corrected_while_it_is_being_proved(database: Database, clock: FixedClock) -> None:
    for _ in range(10):
        old, new = an_address(), an_address()
        person_id = await database.run(lambda tx, old=old: sign_up(tx, clock, old))  # type: ignore[misc]
        code = await database.run(lambda tx, old=old: code_to(tx, old))  # type: ignore[misc]
        await asyncio.gather(verify(database, clock, code), correct(database, clock, person_id, new))
        me = await database.run(lambda tx, who=person_id: commands.get_me(tx, who))  # type: ignore[misc]
        verified_at = await database.pool.fetchval(
            "SELECT verified_at FROM people.attention WHERE person_id = $1", person_id
        )
        assert (me.email, me.email_verified) in ((old, True), (new, False))
        assert me.email_verified == (verified_at is not None)


async def verify(database: Database, clock: FixedClock, code: str) -> None:
    with suppress(CodeWrong):
        await database.run(lambda tx: commands.verify_email(tx, code, clock.now()))


async def correct(database: Database, clock: FixedClock, person_id: int, address: str) -> None:
    with suppress(AlreadyVerified):
        await database.run(
            lambda tx: commands.send_code_again(tx, person_id, clock.now(), address=address, public_url=URL)
        )


async def test_a_guest_claims_and_stays_the_same_person(tx: Tx, clock: FixedClock) -> None:
    guest = await make_guest(tx)
    credentials = Credentials(an_address(), PASSWORD_HASH)
    await commands.claim(tx, guest, credentials, clock.now(), name="Grace", public_url=URL)
    me = await commands.get_me(tx, guest)
    assert (me.name, me.email, me.is_guest, me.email_verified) == ("Grace", credentials.address, False, False)
    await commands.verify_email(tx, await code_to(tx, credentials.address), clock.now())
    assert (await commands.get_me(tx, guest)).email_verified
    with pytest.raises(AlreadyClaimed):
        await commands.claim(tx, guest, credentials, clock.now(), name=None, public_url=URL)


async def test_a_guest_has_no_code_and_no_handle(tx: Tx, clock: FixedClock) -> None:
    guest = await make_guest(tx)
    with pytest.raises(ClaimFirst):
        await commands.send_code_again(tx, guest, clock.now(), address=None, public_url=URL)
    with pytest.raises(ClaimFirst):
        await commands.update_me(tx, guest, ProfileChange(handle=new_code()), clock)


async def test_a_reset_proves_the_address_and_ends_every_session(tx: Tx, clock: FixedClock) -> None:
    address = an_address()
    person_id = await sign_up(tx, clock, address)
    await commands.open_session(tx, person_id, "browser", "Phone", clock.now())
    await commands.request_reset(tx, address, clock.now(), public_url=URL)
    (mail, *_) = await store.list_mail_to(tx, address, row_count=20)
    code = next(
        one.body.partition("reset?code=")[2][:8]
        for one in await store.list_mail_to(tx, address, row_count=20)
        if "reset?code=" in one.body
    )
    assert mail.to_address == address
    assert (await commands.read_reset(tx, code, clock.now())).person_id == person_id
    assert await commands.finish_reset(tx, code, "new hash", clock.now(), public_url=URL) == person_id
    assert (await commands.get_me(tx, person_id)).email_verified
    assert await store.list_sessions(tx, person_id, at=clock.now(), row_count=10) == []
    assert [login.hash for login in await store.list_logins(tx, address)] == ["new hash"]
    with pytest.raises(CodeWrong):
        await commands.finish_reset(tx, code, "another", clock.now(), public_url=URL)


async def test_a_reset_code_works_for_an_hour(tx: Tx, clock: FixedClock) -> None:
    address = an_address()
    await make_person(tx, email=address)
    await commands.request_reset(tx, address, clock.now(), public_url=URL)
    code = await code_to(tx, address)
    assert (await commands.read_reset(tx, code, clock.now() + timedelta(minutes=59))).subject == address
    with pytest.raises(CodeWrong):
        await commands.read_reset(tx, code, clock.now() + timedelta(hours=1))
    with pytest.raises(CodeWrong):  # and it is no code to verify with
        await commands.verify_email(tx, code, clock.now())


async def test_nobody_is_mailed_where_nobody_is(tx: Tx, clock: FixedClock) -> None:
    address = an_address()
    await commands.request_reset(tx, address, clock.now(), public_url=URL)
    assert await store.list_mail_to(tx, address, row_count=20) == []


async def test_an_address_signs_in_its_holder_and_the_newest_who_typed_it(tx: Tx, clock: FixedClock) -> None:
    address = an_address()
    holder = await make_person(tx, email=address)
    for _ in range(3):
        clock.move(minutes=1)
        newest = await sign_up(tx, clock, address)
    assert [login.person_id for login in await store.list_logins(tx, address)] == [holder, newest]


async def test_a_changed_password_ends_the_other_sessions_only(tx: Tx, clock: FixedClock) -> None:
    person_id = await make_person(tx)
    for label in ("This", "Phone", "Tablet"):
        await commands.open_session(tx, person_id, "browser", label, clock.now())
    sessions = await store.list_sessions(tx, person_id, at=clock.now(), row_count=10)
    mine = next(session.id for session in sessions if session.label == "This")
    await commands.change_password(tx, Viewer(person_id, mine), "new hash", clock.now(), public_url=URL)
    left = await store.list_sessions(tx, person_id, at=clock.now(), row_count=10)
    assert [session.id for session in left] == [mine]
    others = [session.id for session in sessions if session.id != mine]
    assert await commands.list_ended_sessions(tx, [mine, *others, 5], clock.now()) == {*others, 5}


async def test_nobody_ends_somebody_elses_session(tx: Tx, clock: FixedClock) -> None:
    ada, eve = await make_people(tx, 2)
    await commands.open_session(tx, ada, "browser", "Phone", clock.now())
    (session,) = await store.list_sessions(tx, ada, at=clock.now(), row_count=10)
    with pytest.raises(SessionMissing):
        await commands.sign_out(tx, Viewer(eve, 1), session.id, clock.now())
    assert await commands.list_ended_sessions(tx, [session.id], clock.now()) == set()


async def test_a_session_slides_while_it_is_used_and_ends_when_it_is_not(database: Database, clock: FixedClock) -> None:
    person_id = await make_person(database)
    authenticate = commands.make_authenticate(database, clock)
    token = await database.run(lambda tx: commands.open_session(tx, person_id, "browser", "Phone", clock.now()))
    for _ in range(3):
        clock.move(days=59)
        viewer = await authenticate(token)
        assert viewer is not None
        assert viewer.person_id == person_id
    clock.move(days=60)
    assert await authenticate(token) is None
    assert await authenticate("no token") is None


async def test_a_used_session_is_noted_at_most_hourly(database: Database, clock: FixedClock) -> None:
    person_id = await make_person(database)
    authenticate = commands.make_authenticate(database, clock)
    token = await database.run(lambda tx: commands.open_session(tx, person_id, "browser", "Phone", clock.now()))
    opened = clock.now()

    async def last_seen() -> object:
        sessions = await database.run(lambda tx: store.list_sessions(tx, person_id, at=clock.now(), row_count=10))
        return sessions[0].last_seen_at

    clock.move(minutes=59)
    await authenticate(token)
    assert await last_seen() == opened
    clock.move(minutes=2)
    await authenticate(token)
    assert await last_seen() == clock.now()


async def test_attempts_are_counted_by_key_and_window(tx: Tx, clock: FixedClock) -> None:
    limit = Limit(f"test:{new_code()}", 3, 900)
    clock.move(minutes=5)
    assert [await commands.note_attempts(tx, [limit], clock.now()) for _ in range(4)] == [0, 0, 0, 600]
    other = Limit(f"test:{new_code()}", 3, 900)
    assert await commands.note_attempts(tx, [other], clock.now()) == 0
    clock.move(minutes=10)
    assert await commands.note_attempts(tx, [limit], clock.now()) == 0


async def test_attempts_at_once_are_all_counted(database: Database, clock: FixedClock) -> None:
    limits = [Limit(f"test:{new_code()}", 4, 900), Limit(f"test:{new_code()}", 100, 900)]

    async def attempt(order: int) -> int:
        return await database.run(lambda tx: commands.note_attempts(tx, limits[::order], clock.now()))

    waits = await asyncio.gather(*(attempt(order) for order in (1, -1) * 6))
    assert sum(wait == 0 for wait in waits) == 4


async def test_handles_redirect_for_ever_and_are_never_given_away(tx: Tx, clock: FixedClock) -> None:
    ada, eve = await make_people(tx, 2)
    old, new = f"ada.{new_code()}", f"ada.{new_code()}"
    await commands.give_handle(tx, "person", ada, old, clock.now())
    await commands.give_handle(tx, "person", ada, new, clock.now())
    for handle in (old, new):
        found = await commands.find_handle(tx, handle)
        assert found is not None
        assert (found.kind, found.id, found.name, found.handle) == ("person", ada, "Ada", new)
        with pytest.raises(HandleTaken):
            async with tx.connection.transaction():
                await commands.give_handle(tx, "person", eve, handle, clock.now())
    await commands.give_handle(tx, "person", ada, old, clock.now())
    found = await commands.find_handle(tx, new)
    assert found is not None
    assert found.handle == old
    assert await commands.find_handle(tx, new_code()) is None


async def test_people_and_businesses_share_one_namespace(tx: Tx, clock: FixedClock) -> None:
    ada, business_id, handle = await make_person(tx), new_id(), new_code()
    await commands.publish_faces(tx, [BusinessFace(business_id, "Tea House", 30, is_verified=False)])
    await commands.publish_faces(tx, [BusinessFace(business_id, "Tea House & Co", 31, is_verified=True)])
    await commands.give_handle(tx, "business", business_id, handle, clock.now())
    found = await commands.find_handle(tx, handle)
    assert found is not None
    assert (found.kind, found.id, found.name) == ("business", business_id, "Tea House & Co")
    with pytest.raises(HandleTaken):
        await commands.give_handle(tx, "person", ada, handle, clock.now())


async def test_one_holder_cannot_use_up_the_namespace(tx: Tx, clock: FixedClock) -> None:
    ada, handles = await make_person(tx), [new_code() for _ in range(HANDLES_MAX)]
    for handle in handles:
        await commands.give_handle(tx, "person", ada, handle, clock.now())
    with pytest.raises(HandlesUsedUp):
        await commands.give_handle(tx, "person", ada, new_code(), clock.now())
    await commands.give_handle(tx, "person", ada, handles[0], clock.now())
    with pytest.raises(HandleInvalid):
        await commands.give_handle(tx, "person", ada, "admin", clock.now())


async def test_handles_given_at_once_leave_one_current(database: Database, clock: FixedClock) -> None:
    ada, handles = await make_person(database), [new_code() for _ in range(5)]

    async def give(handle: str) -> None:
        await database.run(lambda tx: commands.give_handle(tx, "person", ada, handle, clock.now()))

    await asyncio.gather(*(give(handle) for handle in handles))
    me = await database.run(lambda tx: commands.get_me(tx, ada))
    assert me.handle in handles


async def test_a_profile_changes_what_is_given(tx: Tx, clock: FixedClock) -> None:
    ada = await make_person(tx, birth_year=None)
    before = await commands.get_me(tx, ada)
    change = ProfileChange(
        name="Ada L", zone="Asia/Tokyo", region="JP", language="ja", birth_year=1990, handle=new_code()
    )
    after = await commands.update_me(tx, ada, change, clock)
    assert (after.name, after.zone, after.region, after.language, after.birth_year, after.handle) == (
        "Ada L",
        "Asia/Tokyo",
        "JP",
        "ja",
        1990,
        change.handle,
    )
    assert (after.hue, after.email) == (before.hue, before.email)
    assert await commands.update_me(tx, ada, ProfileChange(), clock) == after


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (ProfileChange(name="\u200b"), TextInvalid),
        (ProfileChange(region="de"), TextInvalid),
        (ProfileChange(language="english please"), TextInvalid),
        (ProfileChange(zone="Mars/Olympus"), ZoneUnknown),
        (ProfileChange(zone="a\0b"), ZoneUnknown),
        (ProfileChange(birth_year=1989), BirthYearSettled),
        (ProfileChange(handle="no such handle!"), HandleInvalid),
    ],
)
async def test_a_profile_refuses_what_cannot_be_meant(
    tx: Tx, clock: FixedClock, change: ProfileChange, error: type[Exception]
) -> None:
    ada = await make_person(tx)
    before = await commands.get_me(tx, ada)
    with pytest.raises(error):
        await commands.update_me(tx, ada, change, clock)
    assert await commands.get_me(tx, ada) == before


async def test_an_operator_is_made_of_whoever_proved_the_address(tx: Tx, clock: FixedClock) -> None:
    address = an_address()
    typed = await sign_up(tx, clock, address)
    with pytest.raises(PersonMissing):
        await commands.make_operator(tx, address)
    ada = await make_person(tx, email=address)
    assert await commands.make_operator(tx, f" {address.upper()}") == "Ada"
    assert (await commands.get_me(tx, ada)).is_operator
    assert not (await commands.get_me(tx, typed)).is_operator
