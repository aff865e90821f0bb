"""Who may open a thread with whom, and what a list shows of a thread."""

from datetime import datetime

from rejoinder.chat.threads.model import FirstContact
from rejoinder.people.contacts.model import SendRefusal

ADULT_YEARS = 18
PREVIEW_LENGTH_MAX = 200

# Why a thread with a business is closed to the one who looks at it, in words for the composer.
CLOSED_WORDS = {
    SendRefusal.BLOCKED: "This chat does not receive messages from you.",
    SendRefusal.BLOCKED_OTHER: "You have blocked this chat. Unblock it to write.",
    SendRefusal.WINDOW_CLOSED: "The reply window is closed: it opens for 24 hours whenever the person writes.",
    SendRefusal.UNANSWERED: "There are 5 messages in a row without an answer. Wait until the person writes.",
}


def refusal_to_open(facts: FirstContact, *, at: datetime) -> str | None:
    """Say why the one may not write to the other first, or None. Always in the same words, so that nothing is given away."""
    if not facts.other_exists or facts.is_blocked or is_adult_to_minor(facts.birth_year, facts.other_birth_year, at=at):
        return "This person cannot be written to."
    return None


def is_adult_to_minor(birth_year: int | None, other_birth_year: int | None, *, at: datetime) -> bool:
    """Whether an adult stranger would write to a minor. In doubt the younger one is protected.

    Only the year is known: who turns 18 this year still counts as a minor when written to, and as an adult when writing.
    """
    if other_birth_year is None or at.year - other_birth_year > ADULT_YEARS:
        return False
    return birth_year is None or at.year - birth_year >= ADULT_YEARS


def preview_text(text: str) -> str:
    """The one line that stands for a message in a list; empty where the client words it by its type."""
    return " ".join(text[: 2 * PREVIEW_LENGTH_MAX].split())[:PREVIEW_LENGTH_MAX]
