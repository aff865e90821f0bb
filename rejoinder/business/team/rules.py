"""When an invitation may be taken and when somebody may leave a team. Pure."""

from datetime import datetime

from rejoinder.business.profiles.model import Role
from rejoinder.business.team.model import Invitation


def refusal_to_accept(invitation: Invitation, person_id: int, *, at: datetime) -> str | None:
    """Say why this person cannot take the invitation now. Whoever took it may open its link again."""
    if invitation.revoked_at is not None:
        return "This invitation was taken back. Ask for a new one."
    if invitation.accepted_by == person_id:
        return None
    if invitation.accepted_by is not None:
        return "Somebody else has used this invitation. Ask for a new one."
    if at >= invitation.expires_at:
        return "This invitation has expired. Ask for a new one."
    return None


def refusal_to_remove(held: list[Role], role: Role | None, *, owner_count: int) -> str | None:
    """Say why these roles cannot be taken: a business never stands without an owner."""
    if "owner" in held and role in (None, "owner") and owner_count <= 1:
        return "A business needs an owner; make somebody else one first."
    return None
