"""One function per query of protections. Rows that are changed as a whole come out with the version they had."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from rejoinder.db.transaction import Tx
from rejoinder.people.contacts.model import Key
from rejoinder.people.protections.model import (
    AttentionProtections,
    Candidate,
    ContactCard,
    ContactProtections,
    Decision,
    Facts,
    Grounds,
    ProtectionEvent,
)


async def lock_attention(tx: Tx, person_ids: Sequence[int]) -> None:
    await tx.run("lock_attention", person_ids=person_ids)


async def list_facts(tx: Tx, candidates: Sequence[Candidate], *, at: datetime) -> list[Facts]:
    return await tx.many(
        Facts,
        "list_facts",
        person_ids=[c.person_id for c in candidates],
        business_ids=[c.business_id for c in candidates],
        at=at,
    )


async def count_deliveries_of_people(tx: Tx, decided: Sequence[tuple[Decision, Grounds]]) -> int:
    return await tx.run(
        "count_deliveries_of_people",
        person_ids=[decision.candidate.person_id for decision, _ in decided],
        local_days=[grounds.local_day for _, grounds in decided],
        iso_weeks=[grounds.iso_week for _, grounds in decided],
        offsets_minutes=[grounds.offset_minutes for _, grounds in decided],
        ats=[decision.at for decision, _ in decided],
    )


async def count_deliveries_of_contacts(tx: Tx, decided: Sequence[Decision]) -> int:
    return await tx.run(
        "count_deliveries_of_contacts",
        person_ids=[decision.candidate.person_id for decision in decided],
        business_ids=[decision.candidate.business_id for decision in decided],
        ats=[decision.at for decision in decided],
    )


def _contact(version: int, **row: Any) -> tuple[int, ContactProtections]:
    return version, ContactProtections(**row)


def _attention(version: int, team_business_ids: list[int], **row: Any) -> tuple[int, AttentionProtections]:
    return version, AttentionProtections(**row, team_business_ids=tuple(team_business_ids))


async def find_contact_protections(tx: Tx, key: Key) -> tuple[int, ContactProtections] | None:
    return await tx.maybe(_contact, "find_contact_protections", person_id=key[0], business_id=key[1])


async def save_contact_protections(tx: Tx, key: Key, protections: ContactProtections, *, version: int) -> None:
    await tx.run(
        "save_contact_protections", person_id=key[0], business_id=key[1], version=version, **asdict(protections)
    )


async def find_attention_protections(tx: Tx, person_id: int) -> tuple[int, AttentionProtections] | None:
    return await tx.maybe(_attention, "find_attention_protections", person_id=person_id)


async def save_attention_protections(
    tx: Tx, person_id: int, protections: AttentionProtections, *, version: int
) -> None:
    await tx.run("save_attention_protections", person_id=person_id, version=version, **asdict(protections))


async def insert_team_mark(tx: Tx, person_id: int, business_id: int) -> None:
    await tx.run("insert_team_mark", person_id=person_id, business_id=business_id)


async def delete_team_mark(tx: Tx, person_id: int, business_id: int) -> None:
    await tx.run("delete_team_mark", person_id=person_id, business_id=business_id)


async def insert_protection_event(tx: Tx, event: ProtectionEvent) -> None:
    await tx.run("insert_protection_event", **asdict(event))


async def list_protection_events(tx: Tx, person_id: int, business_id: int | None) -> list[ProtectionEvent]:
    return await tx.many(ProtectionEvent, "list_protection_events", person_id=person_id, business_id=business_id)


async def insert_person_block(tx: Tx, person_id: int, blocked_id: int, *, at: datetime) -> bool:
    return await tx.run("insert_person_block", person_id=person_id, blocked_id=blocked_id, at=at) > 0


async def delete_person_block(tx: Tx, person_id: int, blocked_id: int) -> bool:
    return await tx.run("delete_person_block", person_id=person_id, blocked_id=blocked_id) > 0


async def is_person(tx: Tx, person_id: int) -> bool:
    return bool(await tx.value("is_person", person_id=person_id))


async def list_person_blocks(tx: Tx, pairs: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    rows = await tx.rows(
        "list_person_blocks", person_ids=[pair[0] for pair in pairs], blocked_ids=[pair[1] for pair in pairs]
    )
    return {(row["person_id"], row["blocked_id"]) for row in rows}


async def list_birth_years(tx: Tx, person_ids: Sequence[int]) -> dict[int, int]:
    rows = await tx.rows("list_birth_years", person_ids=person_ids)
    return {row["person_id"]: row["birth_year"] for row in rows}


async def list_contact_cards(
    tx: Tx, person_id: int, *, business_id: int | None, before: tuple[datetime, int] | None, row_count: int
) -> list[ContactCard]:
    return await tx.many(
        ContactCard,
        "list_contact_cards",
        person_id=person_id,
        business_id=business_id,
        before_at=before and before[0],
        before_id=before and before[1],
        row_count=row_count,
    )
