"""Rows of invitations and program tokens, and what can go wrong with them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from rejoinder.units.errors import Conflict, Missing, Refused

InvitedRole = Literal["agent", "advertiser"]

INVITATION_LIFE = timedelta(days=7)
INVITATIONS_OPEN_MAX = 50
TEAM_COUNT_MAX = 100
TOKENS_MAX = 20


class InvitationMissing(Missing):
    code = "invitation_missing"


class InvitationEnded(Refused):
    code = "invitation_ended"


class MemberMissing(Missing):
    code = "member_missing"


class LastOwner(Conflict):
    code = "last_owner"


class TokenMissing(Missing):
    code = "token_missing"


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation as the team's owners see it; the token went by mail and is not kept."""

    id: int
    business_id: int
    email: str
    role: InvitedRole
    invited_by: int
    created_at: datetime
    expires_at: datetime
    accepted_by: int | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A program's token as the owners see it."""

    id: int
    label: str
    created_by: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Program:
    """What a program's token stands for."""

    id: int
    business_id: int
    created_by: int
