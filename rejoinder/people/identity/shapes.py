"""What identity's routes take and give: strict in, ids as decimal strings out. What texts may say `rules` decides."""

from datetime import datetime
from typing import Annotated

import msgspec

Text = Annotated[str, msgspec.Meta(max_length=400)]


class SignUpBody(msgspec.Struct, forbid_unknown_fields=True):
    name: Text
    email: Text
    password: Text
    region: Text
    zone: Text
    language: Text
    birth_year: int | None = None


class GuestBody(msgspec.Struct, forbid_unknown_fields=True):
    name: Text
    region: Text
    zone: Text
    language: Text


class ClaimBody(msgspec.Struct, forbid_unknown_fields=True):
    email: Text
    password: Text
    name: Text | None = None


class SignInBody(msgspec.Struct, forbid_unknown_fields=True):
    email: Text
    password: Text


class CodeBody(msgspec.Struct, forbid_unknown_fields=True):
    code: Text


class AgainBody(msgspec.Struct, forbid_unknown_fields=True):
    email: Text | None = None


class ResetBody(msgspec.Struct, forbid_unknown_fields=True):
    email: Text


class FinishResetBody(msgspec.Struct, forbid_unknown_fields=True):
    code: Text
    password: Text


class PasswordBody(msgspec.Struct, forbid_unknown_fields=True):
    old: Text
    new: Text


class MeBody(msgspec.Struct, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    name: Text | None = None
    handle: Text | None = None
    region: Text | None = None
    zone: Text | None = None
    language: Text | None = None
    birth_year: int | None = None


class TokenBody(msgspec.Struct, forbid_unknown_fields=True):
    label: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


class InstallationOut(msgspec.Struct):
    name: str
    epoch: str
    is_test: bool


class MeOut(msgspec.Struct):
    id: str
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
    installation: InstallationOut


class SessionOut(msgspec.Struct):
    id: str
    label: str
    kind: str
    created_at: datetime
    last_seen_at: datetime
    is_current: bool


class SessionsOut(msgspec.Struct):
    sessions: list[SessionOut]


class TokenOut(msgspec.Struct):
    """The token is told this once."""

    token: str


class SentOut(msgspec.Struct):
    """Where a mail goes if there is somebody to get it."""

    sent_to: str


class HolderOut(msgspec.Struct):
    """`handle` is the current one; the one asked for may be older."""

    kind: str
    id: str
    name: str
    handle: str | None


class MailOut(msgspec.Struct):
    id: str
    subject: str
    body: str
    created_at: datetime


class MailboxOut(msgspec.Struct):
    mails: list[MailOut]
