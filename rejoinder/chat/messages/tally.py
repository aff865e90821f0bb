"""Add up a batch: a verdict for each entry, positions and changes for what is accepted, and what else moves with it.

Pure and in the order of the entries: each sees what earlier ones of its batch did to repeats, positions, the reply window and
the count of unanswered messages. Reading and writing is left to `commands`, refusals to `rules` and to `people`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from rejoinder.chat.messages import rules
from rejoinder.chat.messages.model import Accepted, Draft, Facts, MessageRow, Rejected, Verdict
from rejoinder.chat.model import Message, Participant, StopConfirmed, Text, ThreadChange
from rejoinder.chat.threads.model import MailboxMove, Place, Seat, ThreadKey
from rejoinder.people.contacts import rules as contact_rules
from rejoinder.people.contacts.model import Key as ContactKey
from rejoinder.people.contacts.model import Note, NoteKind, Sender, Standing

# With a sign that no client's own id may hold: a business that had used this one would make the stop itself fail.
STOP_CLIENT_ID = "stop:{position}"


@dataclass(slots=True)
class Entry:
    """A draft on its way through the batch. `stop`: what the stop words made of it."""

    draft: Draft
    body: bytes = b""
    payload_hash: bytes = b""
    stop: str | None = None
    place: Place | None = None
    facts: Facts | None = None
    verdict: Verdict | None = None

    @property
    def seat(self) -> Seat:
        """The sender's place in the thread, before anybody has looked whether there is one."""
        return Seat(self.draft.sender, self.draft.thread_id)

    @property
    def key(self) -> ThreadKey:
        """The thread's key; only of entries that have their place."""
        assert self.place is not None  # noqa: S101  entries without a place have their verdict
        return ThreadKey(self.place.home, self.draft.thread_id)

    @property
    def contact(self) -> ContactKey | None:
        """The contact of a thread with a business."""
        return None if self.place is None else contact_of(self.draft.sender, self.place)


@dataclass(slots=True)
class Tally:
    """What a batch comes to."""

    standings: dict[ContactKey, Standing]
    business_names: Mapping[int, str]
    at: datetime
    rows: list[MessageRow] = field(default_factory=list)
    changes: dict[ThreadKey, ThreadChange] = field(default_factory=dict)
    positions: dict[ThreadKey, int] = field(default_factory=dict)
    moves: dict[tuple[int, int], MailboxMove] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    stops: list[ContactKey] = field(default_factory=list)
    pauses: list[ContactKey] = field(default_factory=list)
    _first: dict[tuple[ThreadKey, Participant, str], tuple[bytes, Accepted]] = field(default_factory=dict)

    def give_verdict(self, entry: Entry) -> Verdict:
        """Decide one entry and take up what follows from it."""
        facts = entry.facts
        if facts is None:
            return rules.MISSING
        same = (entry.key, entry.draft.sender, entry.draft.client_id)
        known_hash, known = self._first.get(same) or (facts.known_hash, None)
        if known_hash is not None:
            return (known or _known(facts)) if known_hash == entry.payload_hash else rules.REPEATED_OTHERWISE
        refusal = rules.refusal_to_append(facts, at=self.at) or self._refusal_of_contact(entry)
        if refusal is not None:
            return refusal
        accepted = self._accept(entry, facts)
        self._first[same] = entry.payload_hash, accepted
        if entry.contact is not None:
            self._note(entry, entry.contact, accepted)
        return accepted

    def _refusal_of_contact(self, entry: Entry) -> Rejected | None:
        if entry.contact is None:
            return None
        standing = self.standings.get(entry.contact)
        if standing is None:
            return rules.MISSING
        return rules.refusal_of_contact(standing, entry.draft.sender, at=self.at)

    def _accept(self, entry: Entry, facts: Facts) -> Accepted:
        draft, key = entry.draft, entry.key
        change = self.changes.get(key)
        if change is None:
            assert entry.place is not None  # noqa: S101  as in `key`
            change = ThreadChange(
                home=key.home,
                thread_id=key.thread_id,
                from_change=facts.last_change,
                to_change=facts.last_change,
                audience={draft.sender: None, entry.place.other: None},
            )
            self.changes[key], self.positions[key] = change, facts.last_position
        message = self._append(
            change,
            Message(
                position=self.positions[key] + 1,
                sender=draft.sender,
                client_id=draft.client_id,
                body=draft.body,
                change=change.to_change + 1,
                sent_at=self.at,
                agent_id=draft.agent_id,
            ),
            entry.body,
            entry.payload_hash,
        )
        self._move_mailboxes(entry, change, facts)
        return Accepted(message.position, message.change, self.at, change)

    def _append(self, change: ThreadChange, message: Message, body: bytes, payload_hash: bytes) -> Message:
        key = ThreadKey(change.home, change.thread_id)
        self.positions[key], change.to_change = message.position, message.change
        change.messages.append(message)
        self.rows.append(MessageRow(key, message, body, payload_hash))
        return message

    def _move_mailboxes(self, entry: Entry, change: ThreadChange, facts: Facts) -> None:
        for participant in change.audience:
            if participant.kind != "person":
                continue
            at = (participant.id, change.thread_id)
            is_sender = participant == entry.draft.sender
            move = self.moves.get(at)
            if move is None:
                move = self.moves[at] = MailboxMove(*at, rank_at=self.at)
            if not is_sender:
                move.unread_added += 1
            elif facts.folder != "chats":
                move.folder = "chats"  # Answering a request accepts it.

    def _note(self, entry: Entry, contact: ContactKey, accepted: Accepted) -> None:
        standing = self.standings[contact]
        by = Sender(entry.draft.sender.kind)
        kind = NoteKind.SERVICE if by is Sender.BUSINESS else kind_of(entry, standing)
        door = standing.opened_entry_point_id if by is Sender.PERSON else None
        self.notes.append(Note(*contact, by, kind, accepted.position, door, self.at))
        self.standings[contact] = rules.standing_after(standing, by, at=self.at)
        if entry.stop == "whole":
            self._stop(contact, standing, accepted)
        elif entry.stop == "phrase":
            self.pauses.append(contact)

    def _stop(self, contact: ContactKey, standing: Standing, accepted: Accepted) -> None:
        """Stop the adverts and confirm it once, in a message that is the installation's and counts for nothing."""
        if standing.ads_stopped_at is not None or contact in self.stops:
            return
        self.stops.append(contact)
        assert accepted.change is not None  # noqa: S101  it was accepted just now
        confirmation = Message(
            position=accepted.position + 1,
            sender=Participant("business", contact[1]),
            client_id=STOP_CLIENT_ID.format(position=accepted.position),
            body=StopConfirmed(self.business_names.get(contact[1], "")),
            change=accepted.at_change + 1,
            sent_at=self.at,
        )
        self._append(accepted.change, confirmation, *rules.packed(confirmation.body))


def contact_of(participant: Participant, place: Place) -> ContactKey | None:
    """The contact of a thread with a business, whichever side looks."""
    if participant.kind == "business":
        return place.other.id, participant.id
    return (participant.id, place.other.id) if place.other.kind == "business" else None


def kind_of(entry: Entry, standing: Standing) -> NoteKind:
    """How a person's message counts: taps and a prefilled text sent unchanged are taps, a stop word is neither."""
    body = entry.draft.body
    if not isinstance(body, Text):
        return NoteKind.TAPPED
    return NoteKind.STOP_WORD if entry.stop == "whole" else contact_rules.kind_of_text(standing, body.text)


def _known(facts: Facts) -> Accepted:
    assert facts.known_position is not None  # noqa: S101  a row with a hash has them all
    assert facts.known_change is not None  # noqa: S101
    assert facts.known_sent_at is not None  # noqa: S101
    return Accepted(facts.known_position, facts.known_change, facts.known_sent_at, None)
