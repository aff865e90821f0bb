"""Reads of threads and mailboxes, and whom a request speaks as. What changes anything is in `realtime.routes`."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter, SkipValidation

from rejoinder.chat.model import Folder, Participant, ParticipantKind
from rejoinder.chat.threads import rules, store
from rejoinder.chat.threads.model import SeenThread, ThreadKind, ThreadMissing
from rejoinder.db.migrate import Installation
from rejoinder.db.transaction import Database, Tx
from rejoinder.people.contacts import commands as contacts
from rejoinder.people.contacts import rules as contact_rules
from rejoinder.people.contacts.model import Sender
from rejoinder.units.bounds import LIST_COUNT_MAX
from rejoinder.units.clock import Clock
from rejoinder.units.errors import Missing
from rejoinder.units.ids import WireId, id_from_wire
from rejoinder.wire.auth import Viewer
from rejoinder.wire.cursor import decode_cursor, encode_cursor

# Whether a person may answer for a business; `server.app` hands it in, as chat knows no teams.
SpeaksFor = Callable[[Viewer, int], Awaitable[bool]]

Since = Annotated[int | None, QueryParameter(ge=0, le=2**62)]
Limit = Annotated[int, QueryParameter(ge=1, le=LIST_COUNT_MAX)]


class ParticipantRef(msgspec.Struct, frozen=True):
    """Who: `(kind, id)`."""

    kind: ParticipantKind
    id: WireId


class ParticipantView(msgspec.Struct, frozen=True):
    """How far a participant got."""

    kind: ParticipantKind
    id: WireId
    delivered: int
    read: int


class FaceView(msgspec.Struct, frozen=True):
    """Who is across: what the viewer may see of them. A business sees no handle: with it, its agents could write in private."""

    kind: ParticipantKind
    id: WireId
    name: str
    hue: int
    handle: str | None
    is_verified: bool


class PreviewView(msgspec.Struct, frozen=True):
    """The newest message that is no advert. `text` may be empty; then the client words it by `type`."""

    position: int
    sender: ParticipantRef
    type: str
    text: str
    at: datetime


class ClosedView(msgspec.Struct, frozen=True):
    """Why the viewer cannot write here now, in plain words."""

    code: str
    message: str


class ThreadCard(msgspec.Struct, frozen=True):
    """A thread in a list. For businesses there is no mailbox: folder "chats", nothing unread, version 0; nor are there adverts.

    `is_request`: a stranger's; show no links and no pictures. `is_removed`: a tombstone, take it off the list.
    """

    id: WireId
    kind: ThreadKind
    other: FaceView
    folder: Folder
    is_request: bool
    is_removed: bool
    preview: PreviewView | None
    unread_count: int
    rank_at: datetime | None
    sponsored_at: datetime | None
    last_position: int
    last_change: int
    version: int
    participants: list[ParticipantView]


class ThreadDetail(msgspec.Struct, frozen=True):
    """One thread opened: its card, and whether the viewer may write."""

    thread: ThreadCard
    closed: ClosedView | None
    reply_window_ends_at: datetime | None


class MailboxPage(msgspec.Struct, frozen=True):
    """Threads of a person. Without `since`: newest first, page on with `cursor`; keep the first page's `version`.

    With `since`: what changed after that version, oldest change first; while `has_more`, ask again with `version`.
    """

    epoch: WireId
    version: int
    threads: list[ThreadCard]
    has_more: bool
    cursor: str | None = None


async def speaker(viewer: Viewer, as_business_id: str | None, speaks_for: SpeaksFor) -> Participant:
    """Whom the viewer speaks as here: themselves, a business of theirs, or, for a program, its business alone."""
    if viewer.business_id is not None:
        if as_business_id not in (None, str(viewer.business_id)):
            raise Missing("There is no such business.")
        return Participant("business", viewer.business_id)
    if as_business_id is None:
        return Participant("person", viewer.person_id)
    business_id = id_from_wire(as_business_id)
    if not await speaks_for(viewer, business_id):
        raise Missing("There is no such business.")
    return Participant("business", business_id)


def card_of(seen: SeenThread, viewer: Participant) -> ThreadCard:
    """A thread as it goes over the wire."""
    preview, is_person = None, viewer.kind == "person"
    if seen.preview_position is not None:
        assert seen.preview_sender_kind is not None  # noqa: S101  columns of one row
        assert seen.preview_at is not None  # noqa: S101
        preview = PreviewView(
            position=seen.preview_position,
            sender=ParticipantRef(seen.preview_sender_kind, str(seen.preview_sender_id)),
            type=seen.preview_body["type"],
            text=rules.preview_text(seen.preview_body.get("text") or seen.preview_body.get("title") or ""),
            at=seen.preview_at,
        )
    return ThreadCard(
        id=str(seen.thread_id),
        kind=seen.kind,
        other=FaceView(
            seen.other_kind,
            str(seen.other_id),
            seen.other_name or "",
            seen.other_hue or 0,
            seen.other_handle if is_person else None,
            bool(seen.other_is_verified),
        ),
        folder=seen.folder or "chats",
        is_request=seen.folder == "requests",
        is_removed=seen.removed_at is not None,
        preview=preview,
        unread_count=seen.unread_count or 0,
        rank_at=seen.rank_at if is_person else seen.preview_at,
        sponsored_at=seen.sponsored_at,
        last_position=seen.last_position if is_person else seen.preview_position or 0,
        last_change=seen.last_change,
        version=seen.version or 0,
        participants=[
            ParticipantView(viewer.kind, str(viewer.id), seen.delivered_position, seen.read_position),
            ParticipantView(
                seen.other_kind, str(seen.other_id), seen.other_delivered_position, seen.other_read_position
            ),
        ],
    )


async def get_seen_thread(tx: Tx, viewer: Participant, thread_id: int) -> SeenThread:
    """The thread, for its participants; to all others it is missing."""
    seen = await store.find_seen_thread(tx, viewer, thread_id)
    if seen is None:
        raise ThreadMissing("There is no such chat.")
    return seen


async def detail_of(tx: Tx, seen: SeenThread, viewer: Participant, *, at: datetime) -> ThreadDetail:
    """The card, and what keeps the viewer from writing, if anything does."""
    closed, window_ends_at = None, None
    if seen.kind == "business":
        other = Participant(seen.other_kind, seen.other_id)
        person, business = (viewer, other) if viewer.kind == "person" else (other, viewer)
        key = (person.id, business.id)
        standing = (await contacts.read_standings(tx, [key])).get(key)
        if standing is not None:
            window_ends_at = standing.reply_window_ends_at
            refusal = contact_rules.refusal_to_send(standing, Sender(viewer.kind), at)
            closed = ClosedView(refusal, rules.CLOSED_WORDS[refusal]) if refusal else None
    return ThreadDetail(card_of(seen, viewer), closed, window_ends_at)


@get("/api/mailbox")
async def get_mailbox(  # noqa: PLR0917  Litestar hands arguments over by name
    viewer: NamedDependency[Viewer],
    database: NamedDependency[SkipValidation[Database]],
    installation: NamedDependency[SkipValidation[Installation]],
    since: Since = None,
    folder: FromQuery[Folder | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> MailboxPage:
    """Threads of the signed-in person: the newest ones, or what changed since a version."""
    me = Participant("person", viewer.person_id)
    async with database.transaction() as tx:
        # First, so that what is read later is never older than the version that the client keeps.
        version = await store.find_mailbox_version(tx, person_id=me.id)
        if since is not None:
            rows = await store.list_seen_threads_changed(tx, person_id=me.id, since=since, row_count=limit + 1)
        else:
            folders: list[Folder] = [folder] if folder else ["chats", "requests"]
            rows = await store.list_seen_threads_ranked(
                tx, person_id=me.id, folders=folders, before=decode_cursor(cursor), row_count=limit + 1
            )
    has_more, rows = len(rows) > limit, rows[:limit]
    if since is not None and has_more:
        version = rows[-1].version or version
    last = rows[-1] if rows and has_more and since is None else None
    return MailboxPage(
        epoch=str(installation.epoch),
        version=max(version, since or 0) if since is not None and not has_more else version,
        threads=[card_of(row, me) for row in rows],
        has_more=has_more,
        cursor=encode_cursor(last.rank_at, last.thread_id) if last and last.rank_at else None,
    )


@get("/api/threads/{thread_id:str}")
async def get_thread(  # noqa: PLR0917  as above
    thread_id: FromPath[str],
    caller: NamedDependency[Viewer],
    database: NamedDependency[SkipValidation[Database]],
    clock: NamedDependency[SkipValidation[Clock]],
    speaks_for: NamedDependency[SkipValidation[SpeaksFor]],
    as_business_id: FromQuery[str | None] = None,
) -> ThreadDetail:
    """One thread, for whoever takes part in it."""
    me = await speaker(caller, as_business_id, speaks_for)
    async with database.transaction() as tx:
        seen = await get_seen_thread(tx, me, id_from_wire(thread_id))
        return await detail_of(tx, seen, me, at=clock.now())


ROUTES: list[Any] = [get_mailbox, get_thread]
