"""Rows and values of identity, and what can go wrong.

A person without credentials is a guest; an address is theirs only once a code sent to it came back.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from rejoinder.units.errors import Conflict, InputInvalid, Missing, NotAllowed, NotSignedIn, Refused

HolderKind = Literal["person", "business"]
SessionKind = Literal["browser", "program"]
Purpose = Literal["verify", "reset"]


class TextInvalid(InputInvalid):
    code = "text_invalid"


class AddressInvalid(InputInvalid):
    code = "address_invalid"


class PasswordInvalid(InputInvalid):
    code = "password_invalid"


class ZoneUnknown(InputInvalid):
    code = "zone_unknown"


class BirthYearInvalid(InputInvalid):
    code = "birth_year_invalid"


class HandleInvalid(InputInvalid):
    code = "handle_invalid"


class HandleTaken(Conflict):
    code = "handle_taken"


class AddressTaken(Conflict):
    code = "address_taken"


class AlreadyClaimed(Conflict):
    code = "already_claimed"


class AlreadyVerified(Conflict):
    code = "already_verified"


class SignInWrong(NotSignedIn):
    code = "sign_in_wrong"


class CodeWrong(Refused):
    code = "code_wrong"


class ClaimFirst(NotAllowed):
    code = "claim_first"


class BirthYearSettled(Refused):
    code = "birth_year_settled"


class HandlesUsedUp(Refused):
    code = "handles_used_up"


class PersonMissing(Missing):
    code = "person_missing"


class HandleMissing(Missing):
    code = "handle_missing"


class SessionMissing(Missing):
    code = "session_missing"


class LinkMissing(Missing):
    code = "link_missing"


@dataclass(frozen=True, slots=True)
class Credentials:
    """An address as `rules.address_of` wrote it, and the argon2 hash of a password."""

    address: str
    password_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDraft:
    """A person to be made. Without credentials and not claimed: a guest. `is_verified` makes the address theirs at once."""

    name: str
    region: str
    zone: str
    language: str = "en"
    birth_year: int | None = None
    credentials: Credentials | None = None
    is_claimed: bool = True
    is_verified: bool = False
    is_operator: bool = False
    handle: str | None = None
    hue: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChange:
    """What a person changes about themself; None leaves it. Name and handle as `rules.name_of` and `handle_of` wrote them."""

    name: str | None = None
    handle: str | None = None
    region: str | None = None
    zone: str | None = None
    language: str | None = None
    birth_year: int | None = None


@dataclass(frozen=True, slots=True)
class Me:
    """What a person may know about themself."""

    id: int
    name: str
    handle: str | None
    hue: int
    email: str | None
    email_verified: bool
    is_guest: bool
    is_operator: bool
    region: str
    zone: str
    language: str
    birth_year: int | None


@dataclass(frozen=True, slots=True)
class Login:
    """Whose password an address may be signed in with."""

    person_id: int
    hash: str


@dataclass(frozen=True, slots=True)
class Code:
    """A mailed code that is still good, with what its person's password may not be."""

    person_id: int
    subject: str
    name: str


@dataclass(frozen=True, slots=True)
class Session:
    """A log-in, as its person sees it."""

    id: int
    kind: SessionKind
    label: str
    created_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class SessionCheck:
    """What a token stands for."""

    session_id: int
    kind: SessionKind
    person_id: int
    last_seen_at: datetime
    is_guest: bool
    is_operator: bool


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a handle, now or once; `handle` is their current one."""

    kind: HolderKind
    id: int
    name: str
    handle: str | None


@dataclass(frozen=True, slots=True)
class BusinessFace:
    """How a business looks in chats. The handle is not part of it: `give_handle` keeps that."""

    business_id: int
    name: str
    hue: int
    is_verified: bool


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to be written."""

    to_address: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it lies in the database."""

    id: int
    to_address: str
    subject: str
    body: str
    created_at: datetime
    tries: int


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count_max` attempts under one key in each window of `window_s` seconds."""

    key: str
    count_max: int
    window_s: int
