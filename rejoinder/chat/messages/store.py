"""One function per named query of messages."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import asyncpg
import msgspec

from rejoinder.chat.messages.model import Draft, Facts, MessageRef, MessageRow, StoredMessage
from rejoinder.chat.model import Body, Message, Participant
from rejoinder.chat.threads.model import Place, ThreadKey
from rejoinder.db.transaction import Tx


def _message(row: asyncpg.Record) -> Message:
    return Message(
        position=row["position"],
        sender=Participant(row["sender_kind"], row["sender_id"]),
        client_id=row["client_id"],
        body=msgspec.convert(row["body"], Body),
        change=row["change"],
        sent_at=row["sent_at"],
        agent_id=row["agent_id"],
        edited_at=row["edited_at"],
    )


async def read_append_facts(tx: Tx, seats: Sequence[tuple[Draft, Place]]) -> list[Facts]:
    rows = await tx.rows(
        "read_append_facts",
        homes=[place.home for _, place in seats],
        thread_ids=[draft.thread_id for draft, _ in seats],
        kinds=[draft.sender.kind for draft, _ in seats],
        ids=[draft.sender.id for draft, _ in seats],
        other_kinds=[place.other.kind for _, place in seats],
        other_ids=[place.other.id for _, place in seats],
        client_ids=[draft.client_id for draft, _ in seats],
    )
    return [Facts(*row) for row in rows]


async def append_messages(tx: Tx, rows: Sequence[MessageRow], ends: Mapping[ThreadKey, tuple[int, int]]) -> None:
    """Insert rows and set each thread's (last position, last change)."""
    messages = [row.message for row in rows]
    await tx.run(
        "append_messages",
        thread_homes=[key.home for key in ends],
        moved_ids=[key.thread_id for key in ends],
        last_positions=[position for position, _ in ends.values()],
        last_changes=[change for _, change in ends.values()],
        homes=[row.key.home for row in rows],
        thread_ids=[row.key.thread_id for row in rows],
        positions=[message.position for message in messages],
        sender_kinds=[message.sender.kind for message in messages],
        sender_ids=[message.sender.id for message in messages],
        agent_ids=[message.agent_id for message in messages],
        client_ids=[message.client_id for message in messages],
        payload_hashes=[row.payload_hash for row in rows],
        bodies=[row.body for row in rows],
        changes=[message.change for message in messages],
        sent_ats=[message.sent_at for message in messages],
        origin_refs=[row.origin_ref for row in rows],
    )


async def read_thread_ends(tx: Tx, keys: Sequence[ThreadKey]) -> dict[ThreadKey, tuple[int, int]]:
    rows = await tx.rows(
        "read_thread_ends", homes=[key.home for key in keys], thread_ids=[key.thread_id for key in keys]
    )
    return {ThreadKey(home, thread_id): (position, change) for home, thread_id, position, change in rows}


async def find_stored_message(tx: Tx, ref: MessageRef, viewer: Participant) -> StoredMessage | None:
    row = await tx.maybe(
        dict,
        "find_stored_message",
        home=ref.home,
        thread_id=ref.thread_id,
        position=ref.position,
        kind=viewer.kind,
        id=viewer.id,
    )
    return None if row is None else StoredMessage(**{**row, "body": msgspec.convert(row["body"], Body)})


async def change_messages(
    tx: Tx,
    changed: Mapping[MessageRef, tuple[str, int]],
    *,
    edited_at: datetime | None = None,
    unsent_at: datetime | None = None,
) -> None:
    """Replace each message's body and change; the threads' last change follows."""
    await tx.run(
        "change_messages",
        homes=[ref.home for ref in changed],
        thread_ids=[ref.thread_id for ref in changed],
        positions=[ref.position for ref in changed],
        bodies=[body for body, _ in changed.values()],
        changes=[change for _, change in changed.values()],
        edited_at=edited_at,
        unsent_at=unsent_at,
    )


async def list_sponsored_messages(tx: Tx, refs: Sequence[MessageRef]) -> list[asyncpg.Record]:
    return await tx.rows(
        "list_sponsored_messages",
        homes=[ref.home for ref in refs],
        thread_ids=[ref.thread_id for ref in refs],
        positions=[ref.position for ref in refs],
    )


async def list_messages_before(
    tx: Tx, *, home: int, thread_id: int, before: int | None, row_count: int
) -> list[Message]:
    rows = await tx.rows("list_messages_before", home=home, thread_id=thread_id, before=before, row_count=row_count)
    return [_message(row) for row in rows]


async def list_messages_changed(tx: Tx, *, home: int, thread_id: int, since: int, row_count: int) -> list[Message]:
    rows = await tx.rows("list_messages_changed", home=home, thread_id=thread_id, since=since, row_count=row_count)
    return [_message(row) for row in rows]


async def list_changes_of_threads(
    tx: Tx, spans: Mapping[ThreadKey, tuple[int, int]]
) -> dict[ThreadKey, list[Message]]:
    """Messages of several threads, each within (from, to] of its changes."""
    rows = await tx.rows(
        "list_changes_of_threads",
        homes=[key.home for key in spans],
        thread_ids=[key.thread_id for key in spans],
        from_changes=[since for since, _ in spans.values()],
        to_changes=[until for _, until in spans.values()],
    )
    found: dict[ThreadKey, list[Message]] = {key: [] for key in spans}
    for row in rows:
        found[ThreadKey(row["home"], row["thread_id"])].append(_message(row))
    return found


async def find_business_name(tx: Tx, *, business_id: int) -> str:
    return await tx.value("find_business_name", business_id=business_id) or ""
