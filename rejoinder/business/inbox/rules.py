"""What an item says, given the thread's facts and what agents did with it. Pure, and the same however often it is asked.

A *case* begins where the one before it was done. A person's message after that opens the item again.
"""

from dataclasses import replace
from typing import Any

from rejoinder.business.inbox.model import PREVIEW_LENGTH_MAX, Facts, Item

UNNUMBERED = 0


def item_of(facts: Facts, kept: Item | None) -> Item:
    """The item as it must be now; `kept` brings the assignment and how far agents were done."""
    done = kept.done_position if kept else 0
    is_open = facts.person_position > done
    case = done if is_open or kept is None else kept.case_position
    is_answer = facts.answer_position is not None and facts.answer_position > case
    return Item(
        business_id=facts.business_id,
        thread_id=facts.thread_id,
        home=facts.home,
        person_id=facts.home,
        contact_id=facts.contact_id,
        state="open" if is_open else "done",
        assigned_to=kept.assigned_to if kept else None,
        done_position=done,
        case_position=case,
        last_position=facts.last_position,
        preview=preview_of(facts.last_body),
        preview_type=str(facts.last_body["type"]),
        preview_from=facts.last_from,
        last_at=facts.last_at,
        unread_count=facts.unread_count,
        waiting_since=facts.waiting_since if is_open else None,
        entry_point_id=facts.entry_point_id,
        origin_ref=facts.answered_ref if is_answer else None,
        offer_headline=facts.answered_headline if is_answer else None,
        campaign_id=facts.answered_campaign_id if is_answer else None,
        number=kept.number if kept else UNNUMBERED,
    )


def preview_of(body: Any) -> str:
    """One line of a body; empty where there are no words, and the screen says what it was by the type."""
    words = body.get("text") or body.get("title") or ""
    line = " ".join(str(words).split())
    return line if len(line) <= PREVIEW_LENGTH_MAX else line[: PREVIEW_LENGTH_MAX - 1].rstrip() + "…"


def mark_done(item: Item) -> Item:
    """Everything up to the newest message is dealt with. Doing it twice changes nothing."""
    if item.state == "done":
        return item
    return replace(item, case_position=item.done_position, done_position=item.last_position)


def mark_open(item: Item) -> Item:
    """Take a done back: the case goes on where it began."""
    if item.state == "open":
        return item
    return replace(item, done_position=item.case_position)


def assign_to(item: Item, person_id: int | None) -> Item:
    """Give the item to somebody, or to nobody."""
    return replace(item, assigned_to=person_id)
