"""One function per named query of receipts."""

from collections.abc import Mapping, Sequence

from rejoinder.chat.model import Marks, Participant
from rejoinder.chat.receipts.model import Mark, Reach
from rejoinder.chat.threads.model import ThreadKey
from rejoinder.db.transaction import Tx


async def read_reaches(tx: Tx, marks: Sequence[tuple[Mark, ThreadKey]]) -> list[Reach]:
    rows = await tx.rows(
        "read_reaches",
        homes=[key.home for _, key in marks],
        thread_ids=[key.thread_id for _, key in marks],
        kinds=[mark.participant.kind for mark, _ in marks],
        ids=[mark.participant.id for mark, _ in marks],
        delivered=[mark.delivered for mark, _ in marks],
        reads=[mark.read for mark, _ in marks],
    )
    return [Reach(*row) for row in rows]


async def move_marks(tx: Tx, moved: Sequence[tuple[ThreadKey, Marks, int]]) -> None:
    """Write (thread, marks, change) rows."""
    await tx.run(
        "move_marks",
        homes=[key.home for key, _, _ in moved],
        thread_ids=[key.thread_id for key, _, _ in moved],
        kinds=[marks.participant.kind for _, marks, _ in moved],
        ids=[marks.participant.id for _, marks, _ in moved],
        delivered=[marks.delivered_position for _, marks, _ in moved],
        reads=[marks.read_position for _, marks, _ in moved],
        changes=[change for _, _, change in moved],
    )


async def list_marks_of_threads(tx: Tx, spans: Mapping[ThreadKey, tuple[int, int]]) -> dict[ThreadKey, list[Marks]]:
    """Marks of several threads that moved within (from, to] of their changes."""
    rows = await tx.rows(
        "list_marks_of_threads",
        homes=[key.home for key in spans],
        thread_ids=[key.thread_id for key in spans],
        from_changes=[since for since, _ in spans.values()],
        to_changes=[until for _, until in spans.values()],
    )
    found: dict[ThreadKey, list[Marks]] = {key: [] for key in spans}
    for home, thread_id, kind, id_, delivered, read in rows:
        found[ThreadKey(home, thread_id)].append(Marks(Participant(kind, id_), delivered, read))
    return found
