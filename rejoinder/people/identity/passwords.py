"""Hash and compare passwords with argon2, in two threads of their own: never in the event loop, never many at once.

A comparison costs the same whether or not the address is known, so that time tells nothing.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from rejoinder.people.identity.model import Login

T = TypeVar("T")

# OWASP's second choice: 19 MiB, two passes, about 25 ms; each thread holds its 19 MiB only while it works.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")
LOGINS_COMPARED = 2


async def hash_password(password: str) -> str:
    """The argon2 hash to keep."""
    return await _in_thread(lambda: _HASHER.hash(password))


async def find_match(password: str, logins: Sequence[Login]) -> int | None:
    """Whose password this is. Always compares the same number of hashes, whatever is found."""
    return await _in_thread(lambda: _find_match(password, logins))


def _find_match(password: str, logins: Sequence[Login]) -> int | None:
    assert len(logins) <= LOGINS_COMPARED, "time would tell how many there are"  # noqa: S101
    matches = [login.person_id for login in logins if _is_match(login.hash, password)]
    for _ in range(LOGINS_COMPARED - len(logins)):
        _is_match(_hash_of_nobody(), password)
    return matches[0] if matches else None


def _is_match(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hash_of_nobody() -> str:
    return _HASHER.hash(secrets.token_urlsafe())


async def _in_thread(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(_THREADS, work)
