"""Reads of messages: pages of a thread, and what changed since. What changes anything is in `realtime.routes`.

A business reads its threads without adverts: it is not told who got one, nor whose was withdrawn.
"""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter, SkipValidation

from rejoinder.chat.messages import store
from rejoinder.chat.model import Body, Message, Participant
from rejoinder.chat.threads.routes import (
    Limit,
    ParticipantRef,
    ParticipantView,
    Since,
    SpeaksFor,
    card_of,
    get_seen_thread,
    speaker,
)
from rejoinder.db.transaction import Database
from rejoinder.units.ids import WireId, id_from_wire
from rejoinder.wire.auth import Viewer


class MessageView(msgspec.Struct, frozen=True):
    """A message as devices keep it. `agent_id` (who typed for the business) only for the business's own team."""

    position: int
    sender: ParticipantRef
    client_id: str
    body: Body
    change: int
    sent_at: datetime
    edited_at: datetime | None = None
    agent_id: WireId | None = None


class MessagePage(msgspec.Struct, frozen=True):
    """A stretch of a thread in its order; ask on with `before` = the first position while `has_more`."""

    messages: list[MessageView]
    has_more: bool


class ChangePage(msgspec.Struct, frozen=True):
    """What became of a thread after `from_change`; while `has_more`, ask again with `to_change`."""

    from_change: int
    to_change: int
    messages: list[MessageView]
    participants: list[ParticipantView]
    has_more: bool


def view_of(message: Message, viewer_kind: str) -> MessageView:
    """A message as it goes over the wire to a viewer of this kind."""
    agent_id = message.agent_id if viewer_kind == "business" else None
    return MessageView(
        message.position,
        ParticipantRef(message.sender.kind, str(message.sender.id)),
        message.client_id,
        message.body,
        message.change,
        message.sent_at,
        message.edited_at,
        None if agent_id is None else str(agent_id),
    )


@get("/api/threads/{thread_id:str}/messages")
async def list_messages(  # noqa: PLR0917  Litestar hands arguments over by name
    thread_id: FromPath[str],
    caller: NamedDependency[Viewer],
    database: NamedDependency[SkipValidation[Database]],
    speaks_for: NamedDependency[SkipValidation[SpeaksFor]],
    before: Since = None,
    limit: Limit = 50,
    as_business_id: FromQuery[str | None] = None,
) -> MessagePage:
    """The newest messages, or those before a position."""
    me = await speaker(caller, as_business_id, speaks_for)
    async with database.transaction() as tx:
        seen = await get_seen_thread(tx, me, id_from_wire(thread_id))
        rows = await store.list_messages_before(
            tx, seen.home, seen.thread_id, before=before, with_adverts=me.kind == "person", row_count=limit + 1
        )
    page = [view_of(message, me.kind) for message in reversed(rows[:limit])]
    return MessagePage(page, has_more=len(rows) > limit)


@get("/api/threads/{thread_id:str}/changes")
async def list_changes(  # noqa: PLR0917  as above
    thread_id: FromPath[str],
    caller: NamedDependency[Viewer],
    database: NamedDependency[SkipValidation[Database]],
    speaks_for: NamedDependency[SkipValidation[SpeaksFor]],
    since: Annotated[int, QueryParameter(ge=0, le=2**62)],
    limit: Limit = 100,
    as_business_id: FromQuery[str | None] = None,
) -> ChangePage:
    """What a device that knows the thread up to a change has missed."""
    me = await speaker(caller, as_business_id, speaks_for)
    async with database.transaction() as tx:
        # The thread first: what is read later is never older than the change that the client keeps.
        seen = await get_seen_thread(tx, me, id_from_wire(thread_id))
        rows = await store.list_messages_changed(
            tx, seen.home, seen.thread_id, since=since, with_adverts=me.kind == "person", row_count=limit + 1
        )
    has_more, rows = len(rows) > limit, rows[:limit]
    return ChangePage(
        from_change=since,
        to_change=rows[-1].change if has_more else max(since, seen.last_change),
        messages=[view_of(message, me.kind) for message in rows],
        participants=card_of(seen, Participant(me.kind, me.id)).participants,
        has_more=has_more,
    )


ROUTES: list[Any] = [list_messages, list_changes]
