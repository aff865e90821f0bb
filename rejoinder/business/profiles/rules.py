"""Who may do what for a business, which decisions on an owner follow which, and what a text may hold. Pure."""

from collections.abc import Collection

from rejoinder.business.profiles.model import Decision, OwnerState, Role
from rejoinder.units.bounds import has_words, is_clean_text, turns_text

SPEAKERS: frozenset[Role] = frozenset({"owner", "agent"})
ADVERTISERS: frozenset[Role] = frozenset({"owner", "advertiser"})
MANAGERS: frozenset[Role] = frozenset({"owner"})
TEAM: frozenset[Role] = frozenset({"owner", "agent", "advertiser"})

_DECISIONS: dict[OwnerState, tuple[Decision, ...]] = {
    "waiting": ("verified", "refused"),
    "verified": ("suspended",),
    "refused": ("verified",),
    "suspended": ("verified", "refused"),
}


def refusal_to_decide(state: OwnerState, decision: Decision) -> str | None:
    """Say why the operator cannot decide this now."""
    if decision in _DECISIONS[state]:
        return None
    return f"This owner is {state}; that cannot become {decision}."


def needs_reason(decision: Decision) -> bool:
    """Whoever is told no is told why."""
    return decision != "verified"


def refusal_to_advertise(state: OwnerState) -> str | None:
    """Say why this owner's businesses may chat but not advertise."""
    match state:
        case "verified":
            return None
        case "waiting":
            return "The operator has not verified the owner of this business yet."
        case "refused":
            return "The operator refused the owner of this business. Correct its details and it is looked at again."
        case "suspended":
            return "The operator suspended the owner of this business."


def may_act(held: Collection[Role], wanted: Collection[Role]) -> bool:
    """Whether one of the roles held is one of those wanted."""
    return any(role in wanted for role in held)


def problem_in_text(text: str, *, must_have_words: bool) -> str | None:
    """Say what is wrong with a text that people will read. What must have words is a name or as short as one."""
    if not is_clean_text(text) or (must_have_words and turns_text(text)):
        return "This holds characters that cannot be shown; write it again without them."
    if must_have_words and not has_words(text):
        return "Write something here."
    return None
