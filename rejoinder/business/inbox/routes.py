"""The addresses of the shared inbox: lists, catch-up by number, what agents do with an item, saved replies.

Everybody who speaks for the business may use them, its programs too.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter, SkipValidation

from rejoinder.business.inbox import commands, store
from rejoinder.business.inbox.model import SavedReply, SeenItem, Side, State
from rejoinder.business.profiles import commands as profiles
from rejoinder.business.profiles.routes import require_text
from rejoinder.db.transaction import Database, Tx
from rejoinder.units.bounds import MESSAGE_LENGTH_MAX
from rejoinder.units.clock import Clock
from rejoinder.units.ids import WireId, id_from_wire
from rejoinder.wire.auth import Viewer
from rejoinder.wire.cursor import decode_cursor, encode_cursor

PAGE_COUNT = 50

Title = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
ReplyText = Annotated[str, msgspec.Meta(min_length=1, max_length=MESSAGE_LENGTH_MAX)]
Number = Annotated[int | None, QueryParameter(ge=0, le=2**53)]
Cursor = Annotated[str | None, QueryParameter(max_length=120)]
GivenClock = NamedDependency[SkipValidation[Clock]]


class PersonOfItem(msgspec.Struct):
    """Who is across; the contact's id is what the business knows them by."""

    contact_id: WireId
    name: str
    hue: int
    is_guest: bool


class Assignee(msgspec.Struct):
    """Who has it in hand."""

    person_id: WireId
    name: str


class DoorOfItem(msgspec.Struct):
    """Which entry point the person came through."""

    code: str
    label: str


class OfferOfItem(msgspec.Struct):
    """The offer that the person answered; the campaign is known a moment later than the answer."""

    delivery_id: WireId
    headline: str
    campaign_id: WireId | None


class ItemView(msgspec.Struct):
    """One thread in the inbox."""

    thread_id: WireId
    person: PersonOfItem
    state: State
    assigned_to: Assignee | None
    preview: str
    preview_type: str
    preview_from: Side
    last_at: datetime
    unread_count: int
    waiting_since: datetime | None
    is_waiting_longest: bool
    entry_point: DoorOfItem | None
    offer: OfferOfItem | None
    number: int


class InboxPage(msgspec.Struct):
    """A stretch of the inbox. Ask with `since=number` for what changed after it, again while `has_more`."""

    items: list[ItemView]
    number: int
    has_more: bool
    next_cursor: str | None
    open_count: int
    waiting_count: int
    longest_waiting_thread_id: WireId | None
    longest_waiting_since: datetime | None


class AssignRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Who takes it; null for nobody."""

    person_id: WireId | None


class SavedReplyRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Words that are used often, and what they are called."""

    title: Title
    text: ReplyText


class SavedReplyView(msgspec.Struct):
    """A saved reply."""

    id: WireId
    title: str
    text: str


@get("/api/businesses/{business_id:str}/inbox")
async def list_inbox(
    business_id: FromPath[str],
    *,
    caller: NamedDependency[Viewer],
    database: NamedDependency[Database],
    wanted: Annotated[State, QueryParameter(name="state")] = "open",
    order: FromQuery[Literal["newest", "waiting"]] = "newest",
    assigned: FromQuery[Literal["anybody", "me", "nobody"]] = "anybody",
    cursor: Cursor = None,
    since: Number = None,
) -> InboxPage:
    """The inbox by newest message, or open chats by who waits longest; or, with `since`, whatever changed."""
    asked, place = id_from_wire(business_id), decode_cursor(cursor)
    whose = {"anybody": None, "me": caller.person_id, "nobody": 0}[assigned]
    async with database.transaction() as tx:
        await profiles.require_speaker(tx, caller, asked)
        number = await store.find_inbox_number(tx, asked)
        if since is not None:
            items = await store.list_changed_items(tx, asked, since=since, reached=number, row_count=PAGE_COUNT + 1)
        elif order == "waiting":
            items = await store.list_waiting_items(tx, asked, assigned_to=whose, after=place, row_count=PAGE_COUNT + 1)
        else:
            items = await store.list_newest_items(
                tx, asked, wanted, assigned_to=whose, before=place, row_count=PAGE_COUNT + 1
            )
        return await _page(tx, asked, items, number=number, is_catching_up=since is not None, order=order)


@post("/api/businesses/{business_id:str}/inbox/{thread_id:str}/assign", status_code=200)
async def assign(
    business_id: FromPath[str],
    thread_id: FromPath[str],
    data: JSONBody[AssignRequest],
    *,
    caller: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
) -> ItemView:
    """Give a chat to somebody on the team, or to nobody."""
    asked, whom = id_from_wire(business_id), None if data.person_id is None else id_from_wire(data.person_id)

    async def work(tx: Tx) -> ItemView:
        await profiles.require_speaker(tx, caller, asked)
        return await _touched(
            tx, asked, await commands.assign(tx, asked, id_from_wire(thread_id), whom, at=clock.now())
        )

    return await database.run(work)


@post("/api/businesses/{business_id:str}/inbox/{thread_id:str}/done", status_code=200)
async def finish(
    business_id: FromPath[str],
    thread_id: FromPath[str],
    *,
    caller: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
) -> ItemView:
    """This is dealt with; the person's next message opens it again."""
    asked = id_from_wire(business_id)

    async def work(tx: Tx) -> ItemView:
        await profiles.require_speaker(tx, caller, asked)
        return await _touched(tx, asked, await commands.finish(tx, asked, id_from_wire(thread_id), at=clock.now()))

    return await database.run(work)


@post("/api/businesses/{business_id:str}/inbox/{thread_id:str}/open", status_code=200)
async def reopen(
    business_id: FromPath[str],
    thread_id: FromPath[str],
    *,
    caller: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
) -> ItemView:
    """This is not dealt with after all."""
    asked = id_from_wire(business_id)

    async def work(tx: Tx) -> ItemView:
        await profiles.require_speaker(tx, caller, asked)
        return await _touched(tx, asked, await commands.reopen(tx, asked, id_from_wire(thread_id), at=clock.now()))

    return await database.run(work)


@get("/api/businesses/{business_id:str}/saved-replies")
async def list_saved_replies(
    business_id: FromPath[str], caller: NamedDependency[Viewer], database: NamedDependency[Database]
) -> list[SavedReplyView]:
    """The business's saved replies, by title."""
    asked = id_from_wire(business_id)
    async with database.transaction() as tx:
        await profiles.require_speaker(tx, caller, asked)
        return [_reply_view(reply) for reply in await store.list_saved_replies(tx, asked)]


@post("/api/businesses/{business_id:str}/saved-replies")
async def save_reply(
    business_id: FromPath[str],
    data: JSONBody[SavedReplyRequest],
    *,
    caller: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
) -> SavedReplyView:
    """Keep words that are used often."""
    asked, (title, text) = id_from_wire(business_id), _words(data)

    async def work(tx: Tx) -> SavedReply:
        await profiles.require_speaker(tx, caller, asked)
        return await commands.save_reply(tx, asked, title, text, person_id=caller.person_id, at=clock.now())

    return _reply_view(await database.run(work))


@patch("/api/businesses/{business_id:str}/saved-replies/{reply_id:str}")
async def change_reply(
    business_id: FromPath[str],
    reply_id: FromPath[str],
    data: JSONBody[SavedReplyRequest],
    *,
    caller: NamedDependency[Viewer],
    database: NamedDependency[Database],
) -> SavedReplyView:
    """New title and words."""
    asked, reply = id_from_wire(business_id), SavedReply(id_from_wire(reply_id), *_words(data))

    async def work(tx: Tx) -> SavedReply:
        await profiles.require_speaker(tx, caller, asked)
        return await commands.change_reply(tx, asked, reply)

    return _reply_view(await database.run(work))


@delete("/api/businesses/{business_id:str}/saved-replies/{reply_id:str}")
async def delete_reply(
    business_id: FromPath[str],
    reply_id: FromPath[str],
    caller: NamedDependency[Viewer],
    database: NamedDependency[Database],
) -> None:
    """Delete a saved reply for everybody."""
    asked = id_from_wire(business_id)

    async def work(tx: Tx) -> None:
        await profiles.require_speaker(tx, caller, asked)
        await commands.delete_reply(tx, asked, id_from_wire(reply_id))

    await database.run(work)


async def _page(
    tx: Tx, business_id: int, items: list[SeenItem], *, number: int, is_catching_up: bool, order: str
) -> InboxPage:
    page, has_more = items[:PAGE_COUNT], len(items) > PAGE_COUNT
    summary = await store.summarise_inbox(tx, business_id, number=number)
    last = page[-1] if page and has_more else None
    return InboxPage(
        items=[_item_view(item, summary.longest_waiting_thread_id) for item in page],
        number=last.number if last and is_catching_up else number,
        has_more=has_more,
        next_cursor=None if last is None or is_catching_up else _cursor(last, order),
        open_count=summary.open_count,
        waiting_count=summary.waiting_count,
        longest_waiting_thread_id=_wire(summary.longest_waiting_thread_id),
        longest_waiting_since=summary.longest_waiting_since,
    )


def _cursor(last: SeenItem, order: str) -> str:
    key = last.waiting_since if order == "waiting" and last.waiting_since is not None else last.last_at
    return encode_cursor(key, last.thread_id)


async def _touched(tx: Tx, business_id: int, item: SeenItem) -> ItemView:
    summary = await store.summarise_inbox(tx, business_id, number=item.number)
    return _item_view(item, summary.longest_waiting_thread_id)


def _item_view(item: SeenItem, longest_waiting: int | None) -> ItemView:
    has_door = item.entry_point_code is not None and item.entry_point_label is not None
    return ItemView(
        thread_id=str(item.thread_id),
        person=PersonOfItem(str(item.contact_id), item.person_name, item.person_hue, item.person_is_guest),
        state=item.state,
        assigned_to=None if item.assigned_to is None else Assignee(str(item.assigned_to), item.assigned_name or ""),
        preview=item.preview,
        preview_type=item.preview_type,
        preview_from=item.preview_from,
        last_at=item.last_at,
        unread_count=item.unread_count,
        waiting_since=item.waiting_since,
        is_waiting_longest=item.thread_id == longest_waiting,
        entry_point=DoorOfItem(str(item.entry_point_code), str(item.entry_point_label)) if has_door else None,
        offer=_offer(item),
        number=item.number,
    )


def _offer(item: SeenItem) -> OfferOfItem | None:
    if item.origin_ref is None:
        return None
    return OfferOfItem(str(item.origin_ref), item.offer_headline or "", _wire(item.campaign_id))


def _wire(some_id: int | None) -> str | None:
    return None if some_id is None else str(some_id)


def _words(data: SavedReplyRequest) -> tuple[str, str]:
    return (
        require_text(data.title, "title", must_have_words=True),
        require_text(data.text, "text", must_have_words=True),
    )


def _reply_view(reply: SavedReply) -> SavedReplyView:
    return SavedReplyView(str(reply.id), reply.title, reply.text)


ROUTES: list[Any] = [
    list_inbox,
    assign,
    finish,
    reopen,
    list_saved_replies,
    save_reply,
    change_reply,
    delete_reply,
]
