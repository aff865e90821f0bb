"""The verbs of contacts, all in batches. Callers lock first (`lock_contacts`), read in a later statement, then write.

`note_messages` is called in the transaction of the messages it is about, so that eligibility, cooling-off and the reply
window are never older than the thread.
"""

from collections.abc import Sequence

from rejoinder.db.transaction import Tx
from rejoinder.people.contacts import rules, store
from rejoinder.people.contacts.model import Contact, Key, Note, Opening, Standing
from rejoinder.units.ids import new_id


async def open_contacts(tx: Tx, openings: Sequence[Opening]) -> list[Contact]:
    """Make the contacts that are missing and return all, in the order of the openings; an existing one keeps its thread.

    An opening through an entry point is remembered: the next message that counts is attributed to it.
    """
    if not openings:
        return []
    keys = [(opening.person_id, opening.business_id) for opening in openings]
    await store.insert_contacts(tx, openings, [new_id() for _ in openings])
    doors = {key: o for key, o in zip(keys, openings, strict=True) if o.entry_point_id is not None}
    if doors:
        await store.lock_contacts(tx, list(doors))
        await store.set_contact_doors(tx, list(doors.values()))
    contacts = {(c.person_id, c.business_id): c for c in await store.list_contacts_of_keys(tx, sorted(set(keys)))}
    return [contacts[key] for key in keys]


async def lock_contacts(tx: Tx, keys: Sequence[Key]) -> None:
    """Lock rows in key order. Decides nothing: what is read before or in this statement may be stale after the wait."""
    await store.lock_contacts(tx, keys)


async def lock_free_contacts(tx: Tx, keys: Sequence[Key]) -> set[Key]:
    """Lock those that nobody holds, in key order, and return them; for callers that rather come back than wait."""
    return await store.lock_free_contacts(tx, keys)


async def read_standings(tx: Tx, keys: Sequence[Key]) -> dict[Key, Standing]:
    """What decides whether either side may send, in a fresh snapshot; keys without a contact are left out."""
    return {(s.person_id, s.business_id): s for s in await store.list_standings(tx, keys)}


async def note_messages(tx: Tx, notes: Sequence[Note]) -> None:
    """Tell contacts of the messages stored in this transaction; each contact moves one version.

    A guest's message is noted like any other; whether it makes eligible waits for the claim (protections).
    """
    if not notes:
        return
    folds = rules.fold(notes)
    touched = await store.apply_folds(tx, folds)
    assert touched == len(folds), "a message was noted in a contact that is not open"  # noqa: S101


async def note_unsent(tx: Tx, key: Key) -> None:
    """The business took back an answer that was not read yet; the caller holds the contact."""
    await store.lower_unread_replies(tx, key)


async def note_read(tx: Tx, keys: Sequence[Key]) -> None:
    """The person has read the newest message of these businesses."""
    await store.clear_unread_replies(tx, keys)
