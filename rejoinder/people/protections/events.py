"""The one fact this package publishes: what protects a person has changed."""

from typing import ClassVar

import msgspec

from rejoinder.people.protections.model import ChangeKind

# After these, adverts that lie unseen are taken back from the person's devices: of the business, or of all when it is None.
WITHDRAWING = frozenset(
    {
        ChangeKind.STOPPED,
        ChangeKind.PAUSED,
        ChangeKind.MUTED,
        ChangeKind.ADS_OFF,
        ChangeKind.BLOCKED,
        ChangeKind.BLOCKED_BY_BUSINESS,
        ChangeKind.REPORTED,
        ChangeKind.PERMISSION_WITHDRAWN,
        ChangeKind.TEAM_JOINED,
    }
)


class ProtectionChanged(msgspec.Struct, frozen=True):
    """`business_id` is None where all businesses are meant. The decision itself never waits for this."""

    topic: ClassVar[str] = "people.protection_changed"

    person_id: int
    business_id: int | None
    kind: ChangeKind
