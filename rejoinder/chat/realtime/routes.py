"""Everything that changes a thread, over HTTP, and the live channel itself. Both feed the same batcher and tell the same hub."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, WebSocket, delete, patch, post, websocket
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, PathParameter, SkipValidation

from rejoinder.chat.messages import commands as messages
from rejoinder.chat.messages.model import Accepted, Draft, Rejected, Taken
from rejoinder.chat.messages.routes import MessageView, view_of
from rejoinder.chat.model import ClientId, MessageText, Participant, SendableBody
from rejoinder.chat.realtime.frames import Position
from rejoinder.chat.realtime.hub import RESTARTING, SIGNED_OUT, Connection
from rejoinder.chat.realtime.live import Live
from rejoinder.chat.realtime.session import Session, run
from rejoinder.chat.receipts.model import Mark
from rejoinder.chat.threads import commands as threads
from rejoinder.chat.threads.routes import SpeaksFor, ThreadDetail, detail_of, get_seen_thread, speaker
from rejoinder.people.identity.routes import get_holder
from rejoinder.units import errors
from rejoinder.units.ids import WireId, id_from_wire
from rejoinder.wire.auth import Viewer, find_viewer

_KINDS: dict[str, type[errors.DomainError]] = {
    "thread_missing": errors.Missing,
    "conflict": errors.Conflict,
    "not_allowed": errors.NotAllowed,
    "message_invalid": errors.InputInvalid,
    "unexpected": errors.Unavailable,
}


class OpenThread(msgspec.Struct, forbid_unknown_fields=True):
    """With whom, by the handle that they gave or that their link or QR code holds: who only knows an id cannot write to anybody."""

    handle: Annotated[str, msgspec.Meta(max_length=254)]


class SendMessage(msgspec.Struct, forbid_unknown_fields=True):
    """A message; sent again under the same client id it is answered again and stored once."""

    client_id: ClientId
    body: SendableBody


class MessageSaved(msgspec.Struct):
    """Where the message stands."""

    thread_id: WireId
    client_id: str
    position: int
    change: int
    sent_at: datetime


class EditMessage(msgspec.Struct, forbid_unknown_fields=True):
    """The new words."""

    text: MessageText


class MoveReceipt(msgspec.Struct, forbid_unknown_fields=True):
    """How far the caller got."""

    delivered: Position
    read: Position = 0


PathPosition = Annotated[int, PathParameter(ge=1, le=2**53)]


def refused(rejected: Rejected) -> errors.DomainError:
    """A verdict as an error of HTTP."""
    return _KINDS.get(rejected.code, errors.Refused)(rejected.message, code=rejected.code)


@post("/api/threads", status_code=200)
async def open_thread(
    *,
    request: Request[Any, Any, Any],
    viewer: NamedDependency[Viewer],
    live: NamedDependency[SkipValidation[Live]],
    data: JSONBody[OpenThread],
) -> ThreadDetail:
    """Find or make the thread with another person."""
    other = await get_holder(request, viewer, live.database, live.clock, data.handle)
    at = live.clock.now()
    thread_id = await live.database.run(lambda tx: threads.open_direct(tx, viewer.person_id, other.id, at))
    live.publish_mailboxes([viewer.person_id, other.id])
    return await _detail(live, Participant("person", viewer.person_id), thread_id)


@post("/api/threads/{thread_id:str}/messages", status_code=200)
async def send_message(
    *,
    thread_id: FromPath[str],
    caller: NamedDependency[Viewer],
    live: NamedDependency[SkipValidation[Live]],
    speaks_for: NamedDependency[SkipValidation[SpeaksFor]],
    data: JSONBody[SendMessage],
    as_business_id: FromQuery[str | None] = None,
) -> MessageSaved:
    """Append a message; answered once it is stored for good."""
    sender = await speaker(caller, as_business_id, speaks_for)
    agent_id = caller.person_id if sender.kind == "business" and caller.business_id is None else None
    draft = Draft(sender, id_from_wire(thread_id), data.client_id, data.body, agent_id)
    match await live.batcher.append(draft):
        case Accepted(position, change, sent_at):
            return MessageSaved(thread_id, data.client_id, position, change, sent_at)
        case Rejected() as rejected:
            raise refused(rejected)
        case Taken():
            raise AssertionError("a draft that nobody decided was answered")


@patch("/api/threads/{thread_id:str}/messages/{position:int}")
async def edit_message(
    *,
    thread_id: FromPath[str],
    position: PathPosition,
    caller: NamedDependency[Viewer],
    live: NamedDependency[SkipValidation[Live]],
    speaks_for: NamedDependency[SkipValidation[SpeaksFor]],
    data: JSONBody[EditMessage],
    as_business_id: FromQuery[str | None] = None,
) -> MessageView:
    """Change the words of an own text message."""
    by = await speaker(caller, as_business_id, speaks_for)
    change = await live.database.run(
        lambda tx: messages.edit(tx, by, id_from_wire(thread_id), position, text=data.text, clock=live.clock)
    )
    live.publish([change])
    return view_of(change.messages[0], by.kind)


@delete("/api/threads/{thread_id:str}/messages/{position:int}", status_code=200)
async def unsend_message(
    *,
    thread_id: FromPath[str],
    position: PathPosition,
    caller: NamedDependency[Viewer],
    live: NamedDependency[SkipValidation[Live]],
    speaks_for: NamedDependency[SkipValidation[SpeaksFor]],
    as_business_id: FromQuery[str | None] = None,
) -> MessageView:
    """Take an own message back."""
    by = await speaker(caller, as_business_id, speaks_for)
    change = await live.database.run(
        lambda tx: messages.unsend(tx, by, id_from_wire(thread_id), position, clock=live.clock)
    )
    live.publish([change])
    return view_of(change.messages[0], by.kind)


@post("/api/threads/{thread_id:str}/receipts", status_code=202)
async def move_receipt(
    *,
    thread_id: FromPath[str],
    caller: NamedDependency[Viewer],
    live: NamedDependency[SkipValidation[Live]],
    speaks_for: NamedDependency[SkipValidation[SpeaksFor]],
    data: JSONBody[MoveReceipt],
    as_business_id: FromQuery[str | None] = None,
) -> None:
    """Move the caller's marks of delivered and read; written a moment later."""
    by = await speaker(caller, as_business_id, speaks_for)
    async with live.database.transaction() as tx:
        await threads.get_place(tx, by, id_from_wire(thread_id))
    live.mark(Mark(by, id_from_wire(thread_id), data.delivered, data.read))


@post("/api/threads/{thread_id:str}/accept", status_code=200)
async def accept_request(
    thread_id: FromPath[str], viewer: NamedDependency[Viewer], live: NamedDependency[SkipValidation[Live]]
) -> ThreadDetail:
    """Take a stranger's request into the chats."""
    await live.database.run(lambda tx: threads.accept(tx, viewer.person_id, id_from_wire(thread_id)))
    live.publish_mailboxes([viewer.person_id])
    return await _detail(live, Participant("person", viewer.person_id), id_from_wire(thread_id))


@post("/api/threads/{thread_id:str}/refuse", status_code=204)
async def refuse_request(
    thread_id: FromPath[str], viewer: NamedDependency[Viewer], live: NamedDependency[SkipValidation[Live]]
) -> None:
    """Hide a stranger's request; nothing more comes through it."""
    at = live.clock.now()
    await live.database.run(lambda tx: threads.refuse(tx, viewer.person_id, id_from_wire(thread_id), at))
    live.publish_mailboxes([viewer.person_id])


async def _detail(live: Live, me: Participant, thread_id: int) -> ThreadDetail:
    async with live.database.transaction() as tx:
        return await detail_of(tx, await get_seen_thread(tx, me, thread_id), me, at=live.clock.now())


@websocket("/live")
async def connect_live(socket: WebSocket[Any, Any, Any], live: NamedDependency[SkipValidation[Live]]) -> None:
    """The live channel: frames as in LiveClientFrame and LiveServerFrame. Closed with 4401 when the session ends."""
    viewer = await find_viewer(socket)
    await socket.accept()
    if viewer is None or live.is_draining:
        await (socket.close(SIGNED_OUT, "signed out") if viewer is None else socket.close(RESTARTING, "restarting"))
        return
    connection = Connection(viewer)
    me = Participant("person", viewer.person_id)
    live.hub.add(connection, me if viewer.business_id is None else Participant("business", viewer.business_id))
    try:
        await live.welcome([connection])
        await run(Session(live, connection), connection, socket.receive, socket.send)
    finally:
        live.hub.remove(connection)


ROUTES: list[Any] = [
    open_thread,
    send_message,
    edit_message,
    unsend_message,
    move_receipt,
    accept_request,
    refuse_request,
    connect_live,
]
