"""When an invitation may be taken, and who may go."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from rejoinder.business.team import rules
from rejoinder.business.team.model import INVITATION_LIFE, Invitation

AT = datetime(2030, 1, 9, 12, tzinfo=UTC)
OPEN = Invitation(1, 2, "bea@example.org", "agent", 3, AT, AT + INVITATION_LIFE, None, None)


def test_an_open_invitation_is_for_whoever_has_the_token() -> None:
    assert rules.refusal_to_accept(OPEN, 7, at=AT) is None


def test_it_ends_by_time_by_use_and_by_being_taken_back() -> None:
    assert rules.refusal_to_accept(OPEN, 7, at=AT + INVITATION_LIFE - timedelta(seconds=1)) is None
    assert rules.refusal_to_accept(OPEN, 7, at=AT + INVITATION_LIFE)
    assert rules.refusal_to_accept(replace(OPEN, revoked_at=AT), 7, at=AT)
    assert rules.refusal_to_accept(replace(OPEN, accepted_by=8), 7, at=AT)


def test_whoever_used_it_may_open_the_link_again_even_late() -> None:
    assert rules.refusal_to_accept(replace(OPEN, accepted_by=7), 7, at=AT + 2 * INVITATION_LIFE) is None


def test_the_last_owner_stays() -> None:
    assert rules.refusal_to_remove(["owner"], None, owner_count=1)
    assert rules.refusal_to_remove(["agent", "owner"], "owner", owner_count=1)
    assert rules.refusal_to_remove(["agent", "owner"], "agent", owner_count=1) is None
    assert rules.refusal_to_remove(["owner"], None, owner_count=2) is None
    assert rules.refusal_to_remove(["agent"], None, owner_count=1) is None
