"""Builders of contacts and of facts: an ordinary adult who wrote to a business eleven days ago and may be reached now."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from rejoinder.db.transaction import Tx
from rejoinder.people.contacts import commands as contacts
from rejoinder.people.contacts.model import Key, Note, NoteKind, Opening, Sender
from rejoinder.people.protections.model import Facts
from rejoinder.units.ids import new_id
from tests.support.people import make_person


def eligible_facts(at: datetime, **overrides: Any) -> Facts:
    """Facts that let an advert through at this time, noon in the person's zone being best."""
    wrote_at = at - timedelta(days=11)
    facts = Facts(
        person_id=1,
        business_id=2,
        attention_version=1,
        region="ZZ",
        offset_minutes=0,
        birth_year=1990,
        claimed_at=at - timedelta(days=90),
        verified_at=at - timedelta(days=90),
        ads_off_at=None,
        cap_day=None,
        cap_week=None,
        quiet_from_minute=None,
        quiet_until_minute=None,
        local_day=None,
        local_day_started_at=None,
        day_count=0,
        iso_week=None,
        week_count=0,
        counted_offset=None,
        last_delivered_at=None,
        is_on_team=False,
        contact_version=3,
        owner_id=4,
        thread_id=5,
        first_wrote_at=wrote_at,
        first_wrote_kind="typed",
        first_wrote_position=1,
        last_wrote_at=wrote_at,
        last_wrote_kind="typed",
        last_heard_at=wrote_at,
        last_service_at=wrote_at + timedelta(hours=1),
    )
    return replace(facts, **overrides)


async def make_contact(tx: Tx, **overrides: Any) -> Key:
    """A contact of a person of its own, unless `person_id` is given, with a business that is only an id."""
    person_id = overrides.pop("person_id", None) or await make_person(tx)
    opening = Opening(person_id, new_id(), owner_id=new_id(), thread_id=new_id())
    opening = replace(opening, **overrides)
    await contacts.open_contacts(tx, [opening])
    return opening.person_id, opening.business_id


async def exchange(tx: Tx, key: Key, at: datetime) -> None:
    """The person asked, the business answered within the hour, the person read it."""
    asked = Note(*key, Sender.PERSON, NoteKind.TYPED, 1, None, at)
    answered = Note(*key, Sender.BUSINESS, NoteKind.SERVICE, 2, None, at + timedelta(hours=1))
    await contacts.note_messages(tx, [asked, answered])
    await contacts.note_read(tx, [key])
