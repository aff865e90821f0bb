"""Hashing leaves the event loop free, and compares as often for nobody as for somebody."""

import asyncio

import pytest

from rejoinder.people.identity import passwords
from rejoinder.people.identity.model import Login
from tests.support.people import PASSWORD, PASSWORD_HASH


async def test_the_loop_goes_on_while_a_password_is_hashed() -> None:
    hashing = asyncio.create_task(passwords.hash_password(PASSWORD))
    turns = 0
    while not hashing.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 10  # hashed in the loop, the task would be done after one
    assert await passwords.find_match(PASSWORD, [Login(1, await hashing)]) == 1


async def test_a_password_finds_whose_it_is() -> None:
    other = await passwords.hash_password("another horse 8")
    logins = [Login(1, other), Login(2, PASSWORD_HASH)]
    assert await passwords.find_match(PASSWORD, logins) == 2
    assert await passwords.find_match("another horse 8", logins) == 1
    assert await passwords.find_match("wrong horse 9", logins) is None
    assert await passwords.find_match(PASSWORD, []) is None
    assert await passwords.find_match(PASSWORD, [Login(1, "no hash")]) is None


async def test_more_logins_than_are_always_compared_would_tell_by_time() -> None:
    with pytest.raises(AssertionError):
        await passwords.find_match(PASSWORD, [Login(1, PASSWORD_HASH)] * 3)


async def test_the_same_password_is_never_kept_alike() -> None:
    assert await passwords.hash_password(PASSWORD) != await passwords.hash_password(PASSWORD)
