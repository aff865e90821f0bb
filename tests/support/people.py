"""Builders of people: adults, claimed and verified unless told otherwise."""

from datetime import UTC, datetime
from typing import Any

from rejoinder.db.transaction import Database, Tx
from rejoinder.people.identity import commands
from rejoinder.people.identity.model import Credentials, PersonDraft
from rejoinder.units.ids import new_code

CREATED_AT = datetime(2029, 6, 1, 9, 0, tzinfo=UTC)
# argon2 of "correct horse 7", so that builders need not spend 25 ms on each person.
PASSWORD = "correct horse 7"
PASSWORD_HASH = "$argon2id$v=19$m=19456,t=2,p=1$dkyhe2Y73qdrgMCvoHJNOA$lRN6UWodUi8hM5xJiA08jbWxdHxxqGGwFrmz0Y8b+8Q"


def person_draft(**overrides: Any) -> PersonDraft:
    """Ada in Berlin, born 1990, claimed and verified, with an address of her own and `PASSWORD`.

    `email=` sets the address; `credentials=None` leaves her without.
    """
    email = overrides.pop("email", None) or f"ada.{new_code()}@example.org"
    ada: dict[str, Any] = {
        "name": "Ada",
        "region": "DE",
        "zone": "Europe/Berlin",
        "birth_year": 1990,
        "credentials": Credentials(email, PASSWORD_HASH),
        "is_verified": True,
    }
    return PersonDraft(**{**ada, **overrides})


async def make_people(where: Tx | Database, count: int, *, at: datetime = CREATED_AT, **overrides: Any) -> list[int]:
    """Several alike, in one batch."""
    return await _create(where, [person_draft(**overrides) for _ in range(count)], at)


async def make_person(where: Tx | Database, *, at: datetime = CREATED_AT, **overrides: Any) -> int:
    """One person; return the id. `where` is an open transaction, or a database to commit in."""
    return (await _create(where, [person_draft(**overrides)], at))[0]


async def make_guest(where: Tx | Database, *, at: datetime = CREATED_AT, **overrides: Any) -> int:
    """A person with a name and nothing to sign in with."""
    guest = {"name": "Guest", "birth_year": None, "credentials": None, "is_claimed": False, "is_verified": False}
    return await make_person(where, at=at, **{**guest, **overrides})


async def sign_in(where: Tx | Database, person_id: int, *, at: datetime) -> str:
    """A browser session's token for somebody who exists."""
    if isinstance(where, Database):
        return await where.run(lambda tx: commands.open_session(tx, person_id, "browser", "Test", at))
    return await commands.open_session(where, person_id, "browser", "Test", at)


async def _create(where: Tx | Database, drafts: list[PersonDraft], at: datetime) -> list[int]:
    if isinstance(where, Database):
        return await where.run(lambda tx: commands.create_people(tx, drafts, at))
    return await commands.create_people(where, drafts, at)
