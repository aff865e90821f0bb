"""One function per named query of messages."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import asyncpg
import msgspec

from rejoinder.chat.messages.model import Facts, MessageRef, MessageRow, StoredMessage
from rejoinder.chat.model import Body, Message, Participant, rows_json
from rejoinder.chat.threads.model import Place, Seat, ThreadKey
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


async def read_append_facts(tx: Tx, seats: Sequence[tuple[Seat, Place, str]]) -> list[Facts]:
    """What is true of each seat's thread now; the text is the client id to look for."""
    wanted = [
        {
            "home": place.home,
            "thread_id": seat.thread_id,
            "kind": seat.participant.kind,
            "id": seat.participant.id,
            "other_kind": place.other.kind,
            "other_id": place.other.id,
            "client_id": client_id,
        }
        for seat, place, client_id in seats
    ]
    return [Facts(*row) for row in await tx.rows("read_append_facts", seats=rows_json(wanted))]


async def append_messages(tx: Tx, rows: Sequence[MessageRow], ends: Mapping[ThreadKey, tuple[int, int]]) -> None:
    """Insert rows and set each thread's (last position, last change)."""
    moved = [
        {"home": key.home, "thread_id": key.thread_id, "last_position": position, "last_change": change}
        for key, (position, change) in ends.items()
    ]
    await tx.run("append_messages", ends=rows_json(moved), messages=rows_json(map(_row, rows)))


def _row(row: MessageRow) -> dict[str, object]:
    message = row.message
    return {
        "home": row.key.home,
        "thread_id": row.key.thread_id,
        "position": message.position,
        "sender_kind": message.sender.kind,
        "sender_id": message.sender.id,
        "agent_id": message.agent_id,
        "client_id": message.client_id,
        "payload_hash": f"\\x{row.payload_hash.hex()}",
        "body": msgspec.Raw(row.body),
        "change": message.change,
        "sent_at": message.sent_at,
        "origin_ref": row.origin_ref,
    }


async def read_thread_ends(tx: Tx, keys: Sequence[ThreadKey]) -> dict[ThreadKey, tuple[int, int]]:
    rows = await tx.rows(
        "read_thread_ends", homes=[key.home for key in keys], thread_ids=[key.thread_id for key in keys]
    )
    return {ThreadKey(home, thread_id): (position, change) for home, thread_id, position, change in rows}


async def find_stored_message(tx: Tx, ref: MessageRef, other: Participant) -> StoredMessage | None:
    rows = await tx.rows("find_stored_message", **ref._asdict(), other_kind=other.kind, other_id=other.id)
    return StoredMessage(_message(rows[0]), rows[0]["other_read_position"]) if rows else None


async def change_messages(tx: Tx, changed: Mapping[MessageRef, Message], *, at: datetime, is_unsent: bool) -> None:
    """Write each message's new body and change; the threads' last change follows."""
    await tx.run(
        "change_messages",
        homes=[ref.home for ref in changed],
        thread_ids=[ref.thread_id for ref in changed],
        positions=[ref.position for ref in changed],
        bodies=[msgspec.json.encode(message.body).decode() for message in changed.values()],
        changes=[message.change for message in changed.values()],
        edited_ats=[message.edited_at for message in changed.values()],
        unsent_ats=[at if is_unsent else None for _ in changed],
    )


async def list_sponsored_messages(tx: Tx, refs: Sequence[MessageRef]) -> list[tuple[ThreadKey, int, Message]]:
    """Each advert that is still there, with its thread's key and last change."""
    rows = await tx.rows(
        "list_sponsored_messages",
        homes=[ref.home for ref in refs],
        thread_ids=[ref.thread_id for ref in refs],
        positions=[ref.position for ref in refs],
    )
    return [(ThreadKey(row["home"], row["thread_id"]), row["last_change"], _message(row)) for row in rows]


async def list_messages_before(
    tx: Tx, home: int, thread_id: int, *, before: int | None, with_adverts: bool, row_count: int
) -> list[Message]:
    rows = await tx.rows(
        "list_messages_before",
        home=home,
        thread_id=thread_id,
        before=before,
        with_adverts=with_adverts,
        row_count=row_count,
    )
    return [_message(row) for row in rows]


async def list_messages_changed(
    tx: Tx, home: int, thread_id: int, *, since: int, with_adverts: bool, row_count: int
) -> list[Message]:
    rows = await tx.rows(
        "list_messages_changed",
        home=home,
        thread_id=thread_id,
        since=since,
        with_adverts=with_adverts,
        row_count=row_count,
    )
    return [_message(row) for row in rows]


async def list_changes_of_threads(tx: Tx, spans: Mapping[ThreadKey, tuple[int, int]]) -> dict[ThreadKey, list[Message]]:
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
