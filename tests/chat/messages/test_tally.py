"""Properties of a batch, without a database: numbers have no gaps, repeats are answered alike, refusals leave no trace."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from rejoinder.chat.messages import rules
from rejoinder.chat.messages.model import Accepted, Draft, Facts, Rejected
from rejoinder.chat.messages.tally import Entry, Tally
from rejoinder.chat.model import Message, Participant, StopConfirmed, Text, Unsent
from rejoinder.chat.threads.model import Place

AT = datetime(2030, 1, 9, 12, 0, tzinfo=UTC)
SIDES = (Participant("person", 1), Participant("person", 2))
FACTS = Facts(
    last_position=7, last_change=11, has_left=False, language=None, folder="chats", other_folder="chats", is_blocked=False,
    birth_year=None, other_birth_year=None, known_position=None, known_change=None, known_sent_at=None, known_hash=None,
)  # fmt: skip

drafts = st.builds(
    lambda side, client_id, text: (side, Draft(SIDES[side], 5, client_id, Text(text))),
    st.integers(0, 1),
    st.sampled_from("abcdef"),
    st.sampled_from(["hi", "you", " ", "\x00", "stop"]),
)


def entry_of(side: int, draft: Draft) -> Entry:
    body, payload_hash = rules.packed(draft.body)
    place = Place(5, SIDES[1 - side])
    return Entry(
        draft, body, payload_hash, place=place, facts=FACTS, verdict=rules.refusal_of_body(draft.sender, draft.body)
    )


@given(st.lists(drafts, max_size=40))
def test_numbers_are_a_sequence_and_repeats_are_told_by_their_payload(batch: list[tuple[int, Draft]]) -> None:
    tally = Tally(standings={}, business_names={}, at=AT)
    first: dict[tuple[Participant, str], tuple[str, Accepted]] = {}
    for side, draft in batch:
        entry = entry_of(side, draft)
        verdict = entry.verdict or tally.give_verdict(entry)
        assert isinstance(draft.body, Text)
        before = first.get((draft.sender, draft.client_id))
        if draft.body.text in {" ", "\x00"}:
            assert isinstance(verdict, Rejected)
        elif before is None:
            assert isinstance(verdict, Accepted)
            first[draft.sender, draft.client_id] = draft.body.text, verdict
        else:
            assert verdict == (before[1] if before[0] == draft.body.text else rules.REPEATED_OTHERWISE)
    positions = [row.message.position for row in tally.rows]
    assert positions == list(range(8, 8 + len(first)))
    assert [row.message.change for row in tally.rows] == list(range(12, 12 + len(first)))
    for change in tally.changes.values():
        assert (change.from_change, change.to_change) == (11, 11 + len(first))
        sent = [message.sender for message in change.messages]
        for reader in SIDES:
            assert tally.moves[reader.id, 5].unread_added == sum(sender != reader for sender in sent)


@given(st.text(max_size=30))
def test_no_text_passes_that_postgres_or_a_reader_could_not_take(text: str) -> None:
    refusal = rules.refusal_of_body(SIDES[0], Text(text))
    is_storable = all(
        sign in "\n\t" or " " <= sign < "\x7f" or "\x80" <= sign < "\ud800" or sign > "\udfff" for sign in text
    )
    assert (refusal is None) == (
        is_storable and any(not sign.isspace() and sign not in "\u200b\u200c\u200d\u2060\ufeff" for sign in text)
    )


def test_nobody_changes_what_is_not_a_message_of_their_own() -> None:
    def message(body: object) -> Message:
        return Message(1, SIDES[0], "c", body, 1, AT)  # type: ignore[arg-type]

    assert rules.refusal_to_change(message(Text("x")), by=SIDES[0]) is None
    assert rules.refusal_to_change(message(Text("x")), by=SIDES[1]) is not None
    for body in (Unsent(), StopConfirmed("Tea House")):
        assert rules.refusal_to_change(message(body), by=SIDES[0]) is not None
