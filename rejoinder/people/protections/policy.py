"""Read and check the policy files: one default, and files of regions that may only be stricter.

The version is a hash of what the files say. A bad file stops the start with a sentence that names the file and the line's key.
"""

import functools
import hashlib
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any

import msgspec

from rejoinder.people.protections.model import Permission, Policies, Policy
from rejoinder.people.protections.rules import MINUTES_PER_DAY, is_quiet

SHIPPED = Path(__file__).parent / "policy"
_STRICTNESS = list(Permission)

Hours = Annotated[int, msgspec.Meta(ge=0, le=24 * 365)]
TimeOfDay = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class PolicyError(Exception):
    """A policy file cannot be meant; the message names it and says why."""


class _Rules(msgspec.Struct, forbid_unknown_fields=True):
    permission: Permission
    kinds: Annotated[list[str], msgspec.Meta(min_length=1)]
    recency_days: Annotated[int, msgspec.Meta(ge=1, le=3650)]
    cooling_off_hours: Hours
    cap_day: Annotated[int, msgspec.Meta(ge=0, le=50)]
    cap_week: Annotated[int, msgspec.Meta(ge=0, le=350)]
    gap_hours: Hours
    owner_gap_hours: Hours
    less_gap_hours: Hours
    unanswered_max: Annotated[int, msgspec.Meta(ge=1, le=100)]
    quiet_from: TimeOfDay
    quiet_until: TimeOfDay
    adult_age: Annotated[int, msgspec.Meta(ge=18, le=30)]
    account_age_hours: Hours


_KINDS = frozenset({"typed", "form", "tapped", "host_order", "imported"})


@functools.cache
def load_policies(directory: Path | None = None) -> Policies:
    """Read the operator's folder, or the one that ships."""
    folder = directory or SHIPPED
    files = {path.stem: _read(path) for path in sorted(folder.glob("*.toml"))}
    if "default" not in files:
        raise PolicyError(f"{folder} has no default.toml")
    version = hashlib.sha256(msgspec.json.encode(files, order="sorted")).hexdigest()[:16]
    default_rules = files.pop("default")
    default = _policy("default.toml", default_rules, version)
    regions: dict[str, Policy] = {}
    for name, rules in files.items():
        countries = _regions_of(f"{name}.toml", rules)
        policy = _policy(f"{name}.toml", default_rules | rules, version)
        if looser := _looser(policy, default):
            raise PolicyError(f"{name}.toml: {looser} is looser than in default.toml; a region may only be stricter")
        if taken := regions.keys() & set(countries):
            raise PolicyError(f"{name}.toml: {', '.join(sorted(taken))} already has a file")
        regions |= dict.fromkeys(countries, policy)
    return Policies(version, default, regions)


def time_of(minute: int) -> str:
    """Write a minute of the day as on a clock."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def minute_of(time_of_day: str) -> int:
    """Read "21:00" as a minute of the day."""
    hours, _, minutes = time_of_day.partition(":")
    return int(hours) * 60 + int(minutes)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as problem:
        raise PolicyError(f"{path.name} cannot be read: {problem}") from problem


def _regions_of(name: str, rules: dict[str, Any]) -> list[str]:
    regions = rules.pop("regions", None)
    if not isinstance(regions, list) or not regions or not all(_is_region(region) for region in regions):
        raise PolicyError(f'{name}: regions must be a list of countries such as ["DE", "FR"]')
    return regions


def _is_region(region: object) -> bool:
    return isinstance(region, str) and re.fullmatch("[A-Z]{2}", region) is not None


def _policy(name: str, rules: dict[str, Any], version: str) -> Policy:
    try:
        read = msgspec.convert(rules, _Rules)
    except msgspec.ValidationError as problem:
        raise PolicyError(f"{name}: {problem}") from problem
    if strange := set(read.kinds) - _KINDS:
        raise PolicyError(f"{name}: kinds knows {', '.join(sorted(_KINDS))}, not {', '.join(sorted(strange))}")
    if read.cap_week < read.cap_day:
        raise PolicyError(f"{name}: cap_week is below cap_day")
    if read.quiet_from == read.quiet_until:
        raise PolicyError(f"{name}: quiet_from and quiet_until are the same time")
    return Policy(
        version=version,
        permission=read.permission,
        kinds=frozenset(read.kinds),
        quiet_from_minute=minute_of(read.quiet_from),
        quiet_until_minute=minute_of(read.quiet_until),
        **{name: getattr(read, name) for name in (*_LESS_IS_STRICTER, *_MORE_IS_STRICTER)},
    )


_LESS_IS_STRICTER = ("recency_days", "cap_day", "cap_week", "unanswered_max")
_MORE_IS_STRICTER = (
    "cooling_off_hours",
    "gap_hours",
    "owner_gap_hours",
    "less_gap_hours",
    "adult_age",
    "account_age_hours",
)


def _looser(policy: Policy, default: Policy) -> str | None:
    for name in _LESS_IS_STRICTER:
        if getattr(policy, name) > getattr(default, name):
            return name
    for name in _MORE_IS_STRICTER:
        if getattr(policy, name) < getattr(default, name):
            return name
    if _STRICTNESS.index(policy.permission) < _STRICTNESS.index(default.permission):
        return "permission"
    if not policy.kinds <= default.kinds:
        return "kinds"
    return "quiet hours" if _is_louder(policy, default) else None


def _is_louder(policy: Policy, default: Policy) -> bool:
    return any(
        is_quiet(minute, default.quiet_from_minute, default.quiet_until_minute)
        and not is_quiet(minute, policy.quiet_from_minute, policy.quiet_until_minute)
        for minute in range(MINUTES_PER_DAY)
    )
