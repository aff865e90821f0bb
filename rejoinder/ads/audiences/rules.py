"""Who belongs to an audience, and how a count is told so that nobody can be made out by asking again. Pure.

Three measures, together: counts are told in fixed ranges; what is counted is first moved by up to two, by a keyed hash of
business, day, group and the count itself, so that the step to the next range does not happen where the true count takes it,
and asking again the same day gives the same answer; filters come in few fixed steps, so that there are no two questions whose
difference is one chosen person. Fewer than ten stay fewer than ten, without parts; nobody is among them as well, or a group
that appears would tell of the one person beside nine others whom the asker knows.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from rejoinder.ads.audiences.model import Audience, Counts, Range, Reach, Wrote
from rejoinder.people.protections.model import RefusalGroup
from rejoinder.units.ids import ID_MAX

FEW = 10
RANGES_BELOW = 100
SHIFT_MAX = 2

GROUP_WORDS = {
    RefusalGroup.CHOSE_NOT: "chose not to receive offers",
    RefusalGroup.NOT_REACHABLE: "are not reachable now",
    RefusalGroup.RECENTLY_CONTACTED: "were recently contacted",
    RefusalGroup.NOT_PERMITTED: "may not be sent offers",
    RefusalGroup.TOO_OLD: "wrote too long ago",
}


def matches(audience: Audience, wrote: Wrote, *, at: datetime) -> bool:
    """Whether a person who wrote is one of those asked for. The round and the count both ask here."""
    days = audience.wrote_within_days
    if days is not None and wrote.last_wrote_at < at - timedelta(days=days):
        return False
    wanted = {int(text) for text in audience.entry_point_ids}
    if wanted and wanted.isdisjoint(wrote.entry_point_ids):
        return False
    return not audience.languages or wrote.language.partition("-")[0].lower() in audience.languages


def sample_start(secret: bytes, *, business_id: int, day: date) -> int:
    """Where in the circle of person ids, which are random, a large business's sample begins on this day."""
    return _keyed(secret, business_id, day, "sample") % ID_MAX


def sample_factor(first_id: int, last_id: int, *, count: int, wanted_count: int) -> float:
    """By how much to scale a sample up: the share of the circle of ids that it took to find so many."""
    if count < wanted_count:
        return 1.0
    return ID_MAX / max(1, (last_id - first_id) % ID_MAX)


def tell(counts: Counts, secret: bytes, *, business_id: int, day: date) -> Reach:
    """Turn true counts into what an advertiser may know."""

    def range_of(count: int, name: str) -> Range:
        scaled = round(count * counts.factor)
        return told_range(scaled + _shift(secret, business_id, day, f"{name}:{scaled}", scaled))

    audience = range_of(counts.audience, "audience")
    reachable = range_of(counts.reachable, "reachable")
    if reachable.least > audience.least:
        reachable = audience
    refused = {}
    if counts.audience * counts.factor >= FEW and audience.least:
        refused = {group: range_of(count, group) for group, count in counts.refused.items()}
    return Reach(audience, reachable, refused, _sentence(audience, reachable, refused), counts.factor != 1.0)


def told_range(count: int) -> Range:
    """Fewer than 10, then tens, then two digits of precision."""
    if count < FEW:
        return Range(0, FEW - 1, f"fewer than {FEW}")
    if count < RANGES_BELOW:
        least = count // FEW * FEW
        return Range(least, least + FEW - 1, f"{least}-{least + FEW - 1}")
    step = 10 ** (len(str(count)) - 2)
    least = count // step * step
    return Range(least, least + step - 1, f"about {least:,}")


def _sentence(audience: Range, reachable: Range, refused: dict[RefusalGroup, Range]) -> str:
    parts = [f"Of {audience.words} people, {reachable.words} can be reached now"]
    parts += [f"{count.words} {GROUP_WORDS[group]}" for group, count in refused.items() if count.least]
    if not all(count.least for count in refused.values()):
        parts.append(f"fewer than {FEW} for each {'other ' if len(parts) > 1 else ''}reason why not")
    return ", ".join(parts) + "."


def _shift(secret: bytes, business_id: int, day: date, name: str, count: int) -> int:
    """Up to two, either way; a count below ten is not moved, so that it never seems larger than it is."""
    if count < FEW:
        return 0
    return _keyed(secret, business_id, day, name) % (2 * SHIFT_MAX + 1) - SHIFT_MAX


def _keyed(secret: bytes, business_id: int, day: date, name: str) -> int:
    text = f"{business_id}:{day.isoformat()}:{name}".encode()
    return int.from_bytes(hashlib.blake2b(text, key=secret, digest_size=8).digest())


def sorted_groups(counted: Sequence[RefusalGroup]) -> dict[RefusalGroup, int]:
    """Counts of each group, in the order in which they are told."""
    return {group: counted.count(group) for group in GROUP_WORDS}
