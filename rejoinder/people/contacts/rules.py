"""Who may send in a contact, what counts as having written, and how a batch of messages folds into one change per contact.

Whether an advert may be delivered is decided by `people.protections.rules`.
"""

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from rejoinder.people.contacts.model import (
    REPLY_WINDOW,
    UNANSWERED_MAX,
    Fold,
    Key,
    Note,
    NoteKind,
    Sender,
    SendRefusal,
    Standing,
    Wrote,
)

PREFILL_HASH_BYTES = 8  # A contact keeps the last four side by side.
COUNTING_KINDS = frozenset({NoteKind.TYPED, NoteKind.FORM})


def refusal_to_send(standing: Standing, by: Sender, at: datetime) -> SendRefusal | None:
    """Say why this side may not send a service message now, or None. `blocked`: by the other side; `blocked_other`: by oneself."""
    theirs, own = standing.blocked_at, standing.blocked_by_business_at
    if by is Sender.PERSON:
        theirs, own = own, theirs
    if theirs is not None:
        return SendRefusal.BLOCKED
    if own is not None:
        return SendRefusal.BLOCKED_OTHER
    if by is Sender.PERSON:
        return None
    if standing.reply_window_ends_at is None or at >= standing.reply_window_ends_at:
        return SendRefusal.WINDOW_CLOSED
    if standing.unanswered_count >= UNANSWERED_MAX:
        return SendRefusal.UNANSWERED
    return None


def prefill_hash(text: str) -> bytes:
    """Fingerprint of a prefilled text; blanks and invisible signs, which browsers cut off, make no message of one's own."""
    visible = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    return hashlib.sha256(" ".join(visible.split()).encode()).digest()[:PREFILL_HASH_BYTES]


def kind_of_text(standing: Standing, text: str) -> NoteKind:
    """A text is typed, unless it is what one of the last entry points had put into the composer, sent unchanged.

    Not only the newest one: the first one's text may still stand there as a draft.
    """
    offered = standing.opened_prefill_hash
    return NoteKind.TAPPED if offered and prefill_hash(text) in offered else NoteKind.TYPED


def fold(notes: Sequence[Note]) -> list[Fold]:
    """One change per contact, in key order."""
    folds: dict[Key, Fold] = {}
    for note in notes:
        key = (note.person_id, note.business_id)
        before = folds.get(key) or Fold(note.person_id, note.business_id, service_at=note.at)
        step = _hear if note.by is Sender.PERSON else _answer
        folds[key] = replace(step(before, note), service_at=max(before.service_at, note.at))
    return [folds[key] for key in sorted(folds)]


def _hear(before: Fold, note: Note) -> Fold:
    after = replace(before, heard_at=max(before.heard_at or note.at, note.at), is_heard=True, unanswered_count=0)
    if note.kind is NoteKind.TYPED and before.waiting_since is None:
        after = replace(after, waiting_since=note.at)
    if note.kind in COUNTING_KINDS:
        wrote = Wrote(note.at, note.kind, note.position, note.entry_point_id)
        after = replace(after, first_wrote=before.first_wrote or wrote, last_wrote=wrote)
    return after


def _answer(before: Fold, _: Note) -> Fold:
    return replace(
        before,
        is_answered=True,
        waiting_since=None,
        unanswered_count=before.unanswered_count + 1,
        unread_count=before.unread_count + 1,
    )


def window_end(heard_at: datetime | None) -> datetime | None:
    """Until when the business may answer freely."""
    return None if heard_at is None else heard_at + REPLY_WINDOW
