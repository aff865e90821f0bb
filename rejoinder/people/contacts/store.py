"""One function per query of contacts. Keys go in as two arrays, folds as one array per column."""

from collections.abc import Sequence
from typing import Any

from rejoinder.db.transaction import Tx
from rejoinder.people.contacts.model import Contact, Fold, Key, Opening, Standing
from rejoinder.people.contacts.rules import window_end


def _columns(keys: Sequence[Key]) -> dict[str, list[int]]:
    return {"person_ids": [key[0] for key in keys], "business_ids": [key[1] for key in keys]}


def _hex(value: bytes | None) -> str | None:
    return None if value is None else value.hex()


async def insert_contacts(tx: Tx, openings: Sequence[Opening], ids: Sequence[int]) -> int:
    return await tx.run(
        "insert_contacts",
        person_ids=[o.person_id for o in openings],
        business_ids=[o.business_id for o in openings],
        ids=ids,
        owner_ids=[o.owner_id for o in openings],
        thread_ids=[o.thread_id for o in openings],
        entry_point_ids=[o.entry_point_id for o in openings],
        prefill_hashes=[_hex(o.prefill_hash) for o in openings],
    )


async def set_contact_doors(tx: Tx, openings: Sequence[Opening]) -> None:
    await tx.run(
        "set_contact_doors",
        person_ids=[o.person_id for o in openings],
        business_ids=[o.business_id for o in openings],
        entry_point_ids=[o.entry_point_id for o in openings],
        prefill_hashes=[_hex(o.prefill_hash) for o in openings],
    )


async def list_contacts_of_keys(tx: Tx, keys: Sequence[Key]) -> list[Contact]:
    return await tx.many(Contact, "list_contacts_of_keys", **_columns(keys))


async def lock_contacts(tx: Tx, keys: Sequence[Key]) -> None:
    await tx.run("lock_contacts", **_columns(keys))


async def lock_free_contacts(tx: Tx, keys: Sequence[Key]) -> set[Key]:
    return {(row["person_id"], row["business_id"]) for row in await tx.rows("lock_free_contacts", **_columns(keys))}


async def list_standings(tx: Tx, keys: Sequence[Key]) -> list[Standing]:
    return await tx.many(Standing, "list_standings", **_columns(keys))


async def lower_unread_replies(tx: Tx, key: Key) -> None:
    person_id, business_id = key
    await tx.run("lower_unread_replies", person_id=person_id, business_id=business_id)


async def clear_unread_replies(tx: Tx, keys: Sequence[Key]) -> None:
    await tx.run("clear_unread_replies", **_columns(keys))


async def apply_folds(tx: Tx, folds: Sequence[Fold]) -> int:
    return await tx.run(
        "apply_folds",
        person_ids=[f.person_id for f in folds],
        business_ids=[f.business_id for f in folds],
        service_ats=[f.service_at for f in folds],
        heard_ats=[f.heard_at for f in folds],
        window_ends_ats=[window_end(f.heard_at) for f in folds],
        are_answered=[f.is_answered for f in folds],
        waiting_sinces=[f.waiting_since for f in folds],
        are_heard=[f.is_heard for f in folds],
        unanswered_counts=[f.unanswered_count for f in folds],
        unread_counts=[f.unread_count for f in folds],
        **_wrote_columns(folds, "first"),
        **_wrote_columns(folds, "last"),
    )


def _wrote_columns(folds: Sequence[Fold], which: str) -> dict[str, list[Any]]:
    wrotes = [f.first_wrote if which == "first" else f.last_wrote for f in folds]
    return {
        f"{which}_ats": [w and w.at for w in wrotes],
        f"{which}_kinds": [w and w.kind for w in wrotes],
        f"{which}_positions": [w and w.position for w in wrotes],
        f"{which}_doors": [w and w.entry_point_id for w in wrotes],
    }
