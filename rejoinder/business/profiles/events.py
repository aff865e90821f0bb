"""Facts about owners, for the audit log."""

from datetime import datetime
from typing import ClassVar

import msgspec

from rejoinder.business.profiles.model import OwnerState


class OwnerDecided(msgspec.Struct, frozen=True):
    """The operator decided on an owner, or its own changes put it back in the queue; then there is no operator."""

    topic: ClassVar[str] = "business.owner_decided"
    owner_id: int
    state: OwnerState
    at: datetime
    operator_id: int | None = None
    reason: str | None = None
