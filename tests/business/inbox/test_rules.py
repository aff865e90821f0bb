"""What an item says: cases, campaigns, previews. The same question has the same answer."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rejoinder.business.inbox import rules
from rejoinder.business.inbox.model import PREVIEW_LENGTH_MAX, Facts

AT = datetime(2030, 1, 9, 12, tzinfo=UTC)


def facts(**overrides: Any) -> Facts:
    """The person wrote the first message and waits."""
    first: dict[str, Any] = {
        "business_id": 1,
        "thread_id": 2,
        "home": 3,
        "contact_id": 4,
        "last_position": 1,
        "last_body": {"type": "text", "text": "Do you have oolong?"},
        "last_from": "person",
        "last_at": AT,
        "person_position": 1,
        "unread_count": 1,
        "waiting_since": AT,
        "entry_point_id": None,
        "answered_ref": None,
        "answered_headline": None,
        "answer_position": None,
        "answered_campaign_id": None,
    }
    return Facts(**{**first, **overrides})


ANSWERED = {"answered_ref": 9, "answered_headline": "Spring teas", "answered_campaign_id": 8}


def test_a_first_message_makes_an_open_item_of_nobody() -> None:
    item = rules.item_of(facts(), None)
    assert (item.state, item.assigned_to, item.preview, item.waiting_since) == ("open", None, "Do you have oolong?", AT)


def test_done_hides_the_waiting_and_the_next_message_of_the_person_opens_it_again() -> None:
    done = rules.item_of(facts(), rules.mark_done(rules.item_of(facts(), None)))
    assert (done.state, done.waiting_since) == ("done", None)
    answered = facts(last_position=2, last_from="business", waiting_since=None)
    assert rules.item_of(answered, done).state == "done"
    assert rules.item_of(facts(last_position=3, person_position=3), done).state == "open"


def test_a_message_that_came_while_the_agent_clicked_done_opens_it_again() -> None:
    seen = rules.item_of(facts(), None)
    assert rules.item_of(facts(last_position=2, person_position=2), rules.mark_done(seen)).state == "open"


def test_an_offer_that_was_answered_stays_with_its_case_and_not_with_the_next() -> None:
    told = facts(last_position=5, person_position=5, answer_position=5, **ANSWERED)
    item = rules.item_of(told, None)
    assert (item.origin_ref, item.offer_headline, item.campaign_id) == (9, "Spring teas", 8)
    done = rules.item_of(told, rules.mark_done(item))
    assert (done.state, done.campaign_id) == ("done", 8)
    later = rules.item_of(replace(told, last_position=7, person_position=7), done)
    assert (later.state, later.origin_ref, later.offer_headline, later.campaign_id) == ("open", None, None, None)


@given(st.integers(1, 50), st.integers(0, 50), st.booleans())
def test_asking_again_changes_nothing_and_open_takes_done_back(last: int, answer: int, is_assigned: bool) -> None:  # noqa: FBT001
    told = facts(last_position=last, person_position=last, answer_position=answer or None, **ANSWERED)
    item = rules.assign_to(rules.item_of(told, None), 7 if is_assigned else None)
    assert rules.item_of(told, item) == item
    done = rules.item_of(told, rules.mark_done(item))
    assert rules.item_of(told, done) == done
    assert rules.item_of(told, rules.mark_done(done)) == done
    assert rules.item_of(told, rules.mark_open(done)) == item
    assert rules.mark_open(item) == item


@given(st.text())
def test_a_preview_is_one_short_line(text: str) -> None:
    preview = rules.preview_of({"type": "text", "text": text})
    assert len(preview) <= PREVIEW_LENGTH_MAX
    assert "\n" not in preview


def test_previews_of_other_bodies() -> None:
    assert rules.preview_of({"type": "card", "title": "Oolong", "buttons": []}) == "Oolong"
    assert rules.preview_of({"type": "unsent"}) == ""
