"""One function per named query of threads."""

from collections.abc import Sequence
from datetime import datetime

from rejoinder.chat.model import Folder, Participant, rows_json
from rejoinder.chat.threads.model import FirstContact, MailboxMove, Place, Seat, SeenThread, ThreadKey
from rejoinder.db.transaction import Tx


async def find_places(tx: Tx, seats: Sequence[Seat]) -> dict[Seat, Place]:
    rows = await tx.rows(
        "find_places",
        kinds=[seat.participant.kind for seat in seats],
        ids=[seat.participant.id for seat in seats],
        thread_ids=[seat.thread_id for seat in seats],
    )
    return {
        Seat(Participant(kind, id_), thread_id): Place(home, Participant(other_kind, other_id))
        for kind, id_, thread_id, home, other_kind, other_id in rows
    }


async def lock_threads(tx: Tx, keys: Sequence[ThreadKey], *, is_skipping: bool) -> set[ThreadKey]:
    name = "lock_free_threads" if is_skipping else "lock_threads"
    rows = await tx.rows(name, homes=[key.home for key in keys], thread_ids=[key.thread_id for key in keys])
    return {ThreadKey(home, thread_id) for home, thread_id in rows}


async def move_mailboxes(tx: Tx, moves: Sequence[MailboxMove]) -> dict[tuple[int, int], int]:
    rows = await tx.rows("move_mailboxes", moves=rows_json(moves))
    return {(person_id, thread_id): version for person_id, thread_id, version in rows}


async def insert_threads(tx: Tx, keys: Sequence[ThreadKey], *, kind: str, at: datetime) -> None:
    await tx.run(
        "insert_threads",
        homes=[key.home for key in keys],
        thread_ids=[key.thread_id for key in keys],
        kind=kind,
        at=at,
    )


async def insert_participants(tx: Tx, seats: Sequence[tuple[ThreadKey, Participant]]) -> None:
    await tx.run(
        "insert_participants",
        homes=[key.home for key, _ in seats],
        thread_ids=[key.thread_id for key, _ in seats],
        kinds=[participant.kind for _, participant in seats],
        ids=[participant.id for _, participant in seats],
    )


async def insert_mailboxes(tx: Tx, rows: Sequence[tuple[int, ThreadKey, Folder]]) -> set[tuple[int, int]]:
    """Insert (person, thread, folder) rows and return the (person, thread) pairs that are new."""
    await tx.run("insert_mailbox_counters", person_ids=sorted({person_id for person_id, _, _ in rows}))
    inserted = await tx.rows(
        "insert_mailboxes",
        person_ids=[person_id for person_id, _, _ in rows],
        thread_ids=[key.thread_id for _, key, _ in rows],
        homes=[key.home for _, key, _ in rows],
        folders=[folder for _, _, folder in rows],
    )
    return {(row["person_id"], row["thread_id"]) for row in inserted}


async def insert_direct_thread(tx: Tx, *, pair: tuple[int, int], thread_id: int) -> bool:
    low, high = pair
    return await tx.value("insert_direct_thread", pair_low=low, pair_high=high, thread_id=thread_id) is not None


async def find_direct_thread(tx: Tx, *, pair: tuple[int, int]) -> int | None:
    low, high = pair
    found: int | None = await tx.value("find_direct_thread", pair_low=low, pair_high=high)
    return found


async def read_first_contact(tx: Tx, *, person_id: int, other_id: int) -> FirstContact:
    facts = await tx.maybe(FirstContact, "read_first_contact", person_id=person_id, other_id=other_id)
    assert facts is not None  # noqa: S101  a SELECT without FROM has one row
    return facts


async def find_folder(tx: Tx, *, person_id: int, thread_id: int) -> Folder | None:
    folder: Folder | None = await tx.value("find_folder", person_id=person_id, thread_id=thread_id)
    return folder


async def find_mailbox_version(tx: Tx, *, person_id: int) -> int:
    return await tx.value("find_mailbox_version", person_id=person_id) or 0


async def list_mailbox_versions(tx: Tx, person_ids: Sequence[int]) -> dict[int, int]:
    rows = await tx.rows("list_mailbox_versions", person_ids=person_ids)
    return {person_id: version for person_id, version in rows}  # noqa: C416  as above


async def find_seen_thread(tx: Tx, viewer: Participant, thread_id: int) -> SeenThread | None:
    return await tx.maybe(SeenThread, "find_seen_thread", kind=viewer.kind, id=viewer.id, thread_id=thread_id)


async def list_seen_threads_changed(tx: Tx, *, person_id: int, since: int, row_count: int) -> list[SeenThread]:
    return await tx.many(SeenThread, "list_seen_threads_changed", person_id=person_id, since=since, row_count=row_count)


async def list_seen_threads_ranked(
    tx: Tx, *, person_id: int, folders: Sequence[Folder], before: tuple[datetime, int] | None, row_count: int
) -> list[SeenThread]:
    before_at, before_id = before or (None, None)
    return await tx.many(
        SeenThread,
        "list_seen_threads_ranked",
        person_id=person_id,
        folders=folders,
        before_at=before_at,
        before_id=before_id,
        row_count=row_count,
    )
