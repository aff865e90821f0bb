"""The addresses of doors: managed by the team, read and opened by anybody, printed as links and QR codes."""

import io
from datetime import datetime
from typing import Annotated, Any, Literal, Protocol

import msgspec
import segno
from litestar import Request, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter, SkipValidation
from litestar.response import Redirect

from rejoinder.business.entry_points import commands, rules, store
from rejoinder.business.entry_points.model import (
    DoorChanges,
    DoorUnclear,
    EntryPoint,
    EntryPointMissing,
    Kind,
    Visit,
)
from rejoinder.business.profiles import commands as profiles
from rejoinder.business.profiles import rules as profile_rules
from rejoinder.business.profiles.routes import PublicProfile, public_profile, require_text
from rejoinder.db.transaction import Database, Tx
from rejoinder.people.identity import rules as identity_rules
from rejoinder.units.clock import Clock
from rejoinder.units.ids import WireId, id_from_wire
from rejoinder.wire.auth import Viewer
from rejoinder.wire.cursor import decode_cursor, encode_cursor
from rejoinder.wire.static import answer_page

PAGE_COUNT = 50

Label = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Prefill = Annotated[str, msgspec.Meta(max_length=400)]
Ref = Annotated[str, msgspec.Meta(max_length=2083)]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
GivenClock = NamedDependency[SkipValidation[Clock]]
AnyRequest = Request[Any, Any, Any]


class Public(Protocol):
    """Where people reach this installation; one of the settings."""

    @property
    def public_url(self) -> str: ...


GivenSettings = NamedDependency[SkipValidation[Public]]


class DoorRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A door to be made: `ref` goes to the business's program, `prefill` into the person's composer."""

    kind: Literal["link", "qr", "widget", "unit"]
    label: Label
    ref: Ref | None = None
    prefill: Prefill | None = None


class DoorPatch(msgspec.Struct, forbid_unknown_fields=True):
    """What to change about a door."""

    label: Label | msgspec.UnsetType = msgspec.UNSET
    ref: Ref | msgspec.UnsetType | None = msgspec.UNSET
    prefill: Prefill | msgspec.UnsetType | None = msgspec.UNSET
    is_active: bool | msgspec.UnsetType = msgspec.UNSET


class DoorView(msgspec.Struct):
    """A door as the team sees it, with its link."""

    id: WireId
    code: str
    kind: Kind
    label: str
    ref: str | None
    prefill: str | None
    is_active: bool
    link: str
    created_at: datetime


class DoorPage(msgspec.Struct):
    """A stretch of a business's doors."""

    items: list[DoorView]
    next_cursor: str | None


class PublicDoor(msgspec.Struct):
    """What stands behind a code, before anybody is signed in."""

    code: str
    kind: Kind
    prefill: str | None
    business: PublicProfile


class OpenRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Which door: a printed code, or a business's handle."""

    code: Word | None = None
    handle: Word | None = None


class OpenedThread(msgspec.Struct):
    """The thread behind the door, whether new or not, and what to show while it is empty."""

    thread_id: WireId
    prefill: str | None
    business: PublicProfile


@get("/api/businesses/{business_id:str}/entry-points")
async def list_entry_points(
    business_id: FromPath[str],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    settings: GivenSettings,
    cursor: Annotated[str | None, QueryParameter(max_length=120)] = None,
) -> DoorPage:
    """A business's doors, newest first."""
    asked, before = id_from_wire(business_id), decode_cursor(cursor)
    async with database.transaction() as tx:
        await profiles.require_role(tx, asked, viewer.person_id, profile_rules.TEAM)
        doors = await store.list_entry_points(tx, asked, before=before, row_count=PAGE_COUNT + 1)
    page = doors[:PAGE_COUNT]
    next_cursor = encode_cursor(page[-1].created_at, page[-1].id) if len(doors) > PAGE_COUNT else None
    return DoorPage([_door_view(door, settings.public_url) for door in page], next_cursor)


@post("/api/businesses/{business_id:str}/entry-points")
async def create_entry_point(
    business_id: FromPath[str],
    data: JSONBody[DoorRequest],
    *,
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
    settings: GivenSettings,
) -> DoorView:
    """Make a link or a QR code."""
    asked, label = id_from_wire(business_id), require_text(data.label, "label", must_have_words=True)
    ref, prefill = _text_or_none(data.ref, "ref"), _text_or_none(data.prefill, "prefill")

    async def work(tx: Tx) -> EntryPoint:
        await profiles.require_role(tx, asked, viewer.person_id, profile_rules.ADVERTISERS)
        return await commands.create_entry_point(tx, asked, data.kind, label, ref=ref, prefill=prefill, at=clock.now())

    return _door_view(await database.run(work), settings.public_url)


@patch("/api/businesses/{business_id:str}/entry-points/{entry_point_id:str}")
async def change_entry_point(
    business_id: FromPath[str],
    entry_point_id: FromPath[str],
    data: JSONBody[DoorPatch],
    *,
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    settings: GivenSettings,
) -> DoorView:
    """Change what a door says, or close it."""
    asked = id_from_wire(business_id)

    async def work(tx: Tx) -> EntryPoint:
        await profiles.require_role(tx, asked, viewer.person_id, profile_rules.ADVERTISERS)
        door = await commands.get_own_entry_point(tx, asked, id_from_wire(entry_point_id))
        return await commands.change_entry_point(tx, asked, door.id, _changes(door, data))

    return _door_view(await database.run(work), settings.public_url)


@get("/api/entry-points/{code:str}")
async def read_entry_point(code: FromPath[str], database: NamedDependency[Database]) -> PublicDoor:
    """What stands behind a code: the business's profile, greeting, quick replies and the prefilled text."""
    async with database.transaction() as tx:
        door = await commands.get_open_door(tx, code)
        profile = await profiles.get_profile(tx, door.business_id)
    return PublicDoor(door.code, door.kind, door.prefill, public_profile(profile))


@post("/api/open", status_code=200)
async def open_thread(
    data: JSONBody[OpenRequest], viewer: NamedDependency[Viewer], database: NamedDependency[Database], clock: GivenClock
) -> OpenedThread:
    """Open the chat behind a door. A guest may; nobody is written to and nothing is sent."""
    if (data.code is None) == (data.handle is None):
        raise DoorUnclear("Name either a code or a handle.", field="code")

    async def work(tx: Tx) -> OpenedThread:
        at = clock.now()
        door = await _door_of(tx, data, at)
        (contact,) = await commands.open_threads(tx, [Visit(viewer.person_id, door)], at)
        profile = await profiles.get_profile(tx, door.business_id)
        return OpenedThread(str(contact.thread_id), door.prefill, public_profile(profile))

    return await database.run(work)


@get("/e/{code:str}", include_in_schema=False)
async def door_page(code: FromPath[str], request: AnyRequest, database: NamedDependency[Database]) -> Response[bytes]:
    """The messenger, which opens the chat behind the code; a dead link gets the same page, which says so."""
    page = answer_page(request, "messenger")
    async with database.transaction() as tx:
        door = await commands.find_door(tx, code)
    if door is None or not door.is_active:
        page.status_code = 404
    return page


@get("/m/{handle:str}", include_in_schema=False)
async def handle_page(handle: FromPath[str], request: AnyRequest, database: NamedDependency[Database]) -> Response[Any]:
    """The messenger, which opens the chat with a business or a person; an old handle leads to the current one."""
    page = answer_page(request, "messenger")
    async with database.transaction() as tx:
        holder = await profiles.find_holder(tx, handle)
    if holder is None:
        page.status_code = 404
    elif holder.handle is not None and holder.handle != identity_rules.handle_of(handle):
        return Redirect(f"/m/{holder.handle}", status_code=302)
    return page


@get("/e/{code:str}/qr.svg", include_in_schema=False)
async def door_qr(code: FromPath[str], database: NamedDependency[Database], settings: GivenSettings) -> Response[bytes]:
    """The QR code of a door; also of one that is closed for now, since it may be printed before it opens."""
    async with database.transaction() as tx:
        door = await commands.find_door(tx, code)
        if door is None:
            raise EntryPointMissing("There is no such entry point.")
        profile = await profiles.get_profile(tx, door.business_id)
    return _qr(rules.door_link(settings.public_url, door.code), profile.name)


@get("/m/{handle:str}/qr.svg", include_in_schema=False)
async def handle_qr(
    handle: FromPath[str], database: NamedDependency[Database], settings: GivenSettings
) -> Response[bytes]:
    """The QR code of a handle, a business's or a person's."""
    async with database.transaction() as tx:
        holder = await profiles.find_holder(tx, handle)
    if holder is None or holder.handle is None:
        raise EntryPointMissing("Nobody has this handle.")
    return _qr(rules.handle_link(settings.public_url, holder.handle), holder.name)


def _qr(link: str, name: str) -> Response[bytes]:
    """Black on white with the quiet zone of four modules that scanners ask for; the name is its accessible title."""
    svg = io.BytesIO()
    code = segno.make_qr(link, error="m")
    code.save(svg, kind="svg", scale=8, border=4, dark="#000", light="#fff", title=name, desc=link, omitsize=True)
    headers = {
        "cache-control": "public, max-age=3600",
        "content-disposition": f'inline; filename="{rules.file_name(name)}.svg"',
    }
    return Response(svg.getvalue(), media_type="image/svg+xml", headers=headers)


async def _door_of(tx: Tx, data: OpenRequest, at: datetime) -> EntryPoint:
    if data.code is not None:
        return await commands.get_open_door(tx, data.code)
    profile = await profiles.get_profile_by_handle(tx, data.handle or "")
    return await commands.get_handle_door(tx, profile.id, at)


def _text_or_none(text: str | None, field: str) -> str | None:
    return None if text is None else require_text(text, field) or None


def _changes(door: EntryPoint, data: DoorPatch) -> DoorChanges:
    given: dict[str, Any] = {
        "label": data.label if data.label is msgspec.UNSET else require_text(data.label, "label", must_have_words=True),
        "ref": data.ref if data.ref is msgspec.UNSET else _text_or_none(data.ref, "ref"),
        "prefill": data.prefill if data.prefill is msgspec.UNSET else _text_or_none(data.prefill, "prefill"),
        "is_active": data.is_active,
    }
    kept = {name: getattr(door, name) if value is msgspec.UNSET else value for name, value in given.items()}
    return DoorChanges(**kept)


def _door_view(door: EntryPoint, public_url: str) -> DoorView:
    return DoorView(
        id=str(door.id),
        code=door.code,
        kind=door.kind,
        label=door.label,
        ref=door.ref,
        prefill=door.prefill,
        is_active=door.is_active,
        link=rules.door_link(public_url, door.code),
        created_at=door.created_at,
    )


ROUTES: list[Any] = [
    list_entry_points,
    create_entry_point,
    change_entry_point,
    read_entry_point,
    open_thread,
    door_page,
    handle_page,
    door_qr,
    handle_qr,
]
