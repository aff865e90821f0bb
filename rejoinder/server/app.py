"""The web app: every package's routes, put together with one database, one clock and one border.

`python -m rejoinder.server.app` writes the OpenAPI document that the typed client is generated from.
"""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
from litestar import Litestar, Request
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from rejoinder.ads.audiences import routes as audiences
from rejoinder.ads.campaigns import routes as campaigns
from rejoinder.ads.delivery import routes as delivery
from rejoinder.ads.insights import routes as insights
from rejoinder.ads.ledger import routes as ledger
from rejoinder.ads.review import routes as review
from rejoinder.business.entry_points import routes as entry_points
from rejoinder.business.inbox import routes as inbox
from rejoinder.business.profiles import commands as profile_commands
from rejoinder.business.profiles import routes as profiles
from rejoinder.business.team import commands as team_commands
from rejoinder.business.team import routes as team
from rejoinder.chat.messages import routes as messages
from rejoinder.chat.realtime import routes as realtime
from rejoinder.chat.realtime.frames import LiveClientFrame, LiveServerFrame
from rejoinder.chat.realtime.live import Live
from rejoinder.chat.threads import routes as threads
from rejoinder.db.migrate import Installation, read_installation
from rejoinder.db.pool import open_database
from rejoinder.db.transaction import Database
from rejoinder.people.identity import commands as identity_commands
from rejoinder.people.identity import routes as identity
from rejoinder.people.identity.commands import make_authenticate
from rejoinder.people.protections import routes as protections
from rejoinder.safety.reports import routes as reports
from rejoinder.server import health
from rejoinder.server.settings import Settings, SettingsError
from rejoinder.units.bounds import BODY_BYTES_MAX
from rejoinder.units.clock import Clock, FileClock, SystemClock
from rejoinder.wire import static
from rejoinder.wire.auth import Authenticate, Viewer, provide_caller, provide_operator, provide_viewer
from rejoinder.wire.errors import EXCEPTION_HANDLERS
from rejoinder.wire.http import ASGIApp, Border, RateLimit

ROUTES: list[Any] = [
    *health.ROUTES,
    *static.ROUTES,
    *identity.ROUTES,
    *protections.ROUTES,
    *threads.ROUTES,
    *messages.ROUTES,
    *realtime.ROUTES,
    *profiles.ROUTES,
    *team.ROUTES,
    *entry_points.ROUTES,
    *inbox.ROUTES,
    *ledger.ROUTES,
    *audiences.ROUTES,
    *campaigns.ROUTES,
    *review.ROUTES,
    *delivery.ROUTES,
    *insights.ROUTES,
    *reports.ROUTES,
]

# What these did ends somebody's session or place in a team: their sockets learn of it at once.
ENDING = {
    handler.fn
    for handler in (
        identity.claim,
        identity.sign_out,
        identity.revoke_session,
        identity.finish_reset,
        identity.change_password,
        team.remove_member,
        team.revoke_token,
    )
}


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes are given: made once at start by `server.cli` and by tests."""

    database: Database
    clock: Clock
    installation: Installation
    settings: Settings
    authenticate: Authenticate


def build_app(parts: Parts, live: Live | None = None) -> ASGIApp:
    """The whole app behind its border; who wants to drain its live channel before the server stops hands one in."""
    return Border(build_router(parts, live or build_live(parts)), limit=_rate_limit(parts))


def _rate_limit(parts: Parts) -> RateLimit | None:
    limit = parts.settings.rate_limit_per_s
    return RateLimit(per_s=limit, burst=int(limit * 4) or 1) if limit else None


def build_live(parts: Parts) -> Live:
    """The live channel of one process."""
    return Live(
        parts.database,
        parts.clock,
        epoch=parts.installation.epoch,
        list_ended=partial(_list_ended, parts),
        speaks_for=partial(_speaks_for, parts),
        frame_limit=_rate_limit(parts),
    )


def authenticate_people_and_programs(database: Database, clock: Clock) -> Authenticate:
    """A token is a person's session or else a business's program."""
    find_person = make_authenticate(database, clock)

    async def authenticate(token: str) -> Viewer | None:
        if (person := await find_person(token)) is not None:
            return person
        async with database.transaction() as tx:
            return await team_commands.authenticate_program(tx, token, clock.now())

    return authenticate


async def _speaks_for(parts: Parts, viewer: Viewer, business_id: int) -> bool:
    async with parts.database.transaction() as tx:
        return await profile_commands.speaks_for(tx, viewer, business_id)


async def _list_ended(parts: Parts, viewers: Sequence[Viewer]) -> set[int]:
    people = [viewer.session_id for viewer in viewers if viewer.business_id is None]
    programs = [viewer.session_id for viewer in viewers if viewer.business_id is not None]
    async with parts.database.transaction() as tx:
        ended = await identity_commands.list_ended_sessions(tx, people, parts.clock.now()) if people else set()
        return ended | (await team_commands.list_ended_programs(tx, programs) if programs else set())


def _after_response(live: Live) -> Callable[[Request[Any, Any, Any]], Awaitable[None]]:
    async def look_again(request: Request[Any, Any, Any]) -> None:
        if request.scope["route_handler"].fn in ENDING:
            live.look_again()

    return look_again


def build_router(parts: Parts | None, live: Live | None = None) -> Litestar:
    """The routes; without parts only good for reading (OpenAPI, the authorisation matrix)."""
    state = State({"authenticate": parts.authenticate} if parts else {})
    return Litestar(
        route_handlers=ROUTES,
        dependencies={
            "caller": Provide(provide_caller),
            "viewer": Provide(provide_viewer),
            "operator": Provide(provide_operator),
            "database": Provide(lambda: parts and parts.database, sync_to_thread=False),
            "clock": Provide(lambda: parts and parts.clock, sync_to_thread=False),
            "installation": Provide(lambda: parts and parts.installation, sync_to_thread=False),
            "settings": Provide(lambda: parts and parts.settings, sync_to_thread=False),
            "live": Provide(lambda: live, sync_to_thread=False),
            "speaks_for": Provide(lambda: parts and partial(_speaks_for, parts), sync_to_thread=False),
        },
        exception_handlers=EXCEPTION_HANDLERS,
        after_response=_after_response(live) if live else None,
        request_max_body_size=BODY_BYTES_MAX,
        state=state,
        openapi_config=OpenAPIConfig(
            title="Rejoinder", version="1", path="/api/schema", render_plugins=[JsonRenderPlugin()]
        ),
        logging_config=None,
        lifespan=[_lifespan(parts, live)] if parts and live else [],
    )


def openapi_document() -> dict[str, Any]:
    """The OpenAPI document, with the live channel's frames among its schemas."""
    document: dict[str, Any] = build_router(None).openapi_schema.to_schema()
    template = "#/components/schemas/{name}"
    for name, frames in (("LiveClientFrame", LiveClientFrame), ("LiveServerFrame", LiveServerFrame)):
        (union,), components = msgspec.json.schema_components([frames], ref_template=template)
        document["components"]["schemas"] |= {**components, name: union}
    return document


async def open_parts(settings: Settings) -> Parts:
    """Connect, and refuse what must not go together: no database, an old schema, a moved clock outside a test installation."""
    if settings.database_url is None:
        raise SettingsError(
            "REJOINDER_DATABASE_URL says which Postgres to use; `rejoinder db run` starts one and prints it"
        )
    database = await open_database(settings.database_url, connections_max=settings.database_connections_max)
    installation = await database.run(read_installation)
    if settings.test_clock and not installation.is_test:
        raise SettingsError(
            "REJOINDER_TEST_CLOCK moves the clock of test installations only; this one is for real people"
        )
    clock: Clock = FileClock(settings.test_clock) if settings.test_clock else SystemClock()
    return Parts(database, clock, installation, settings, authenticate_people_and_programs(database, clock))


def _lifespan(parts: Parts, live: Live) -> AbstractAsyncContextManager[None]:
    @asynccontextmanager
    async def run() -> AsyncIterator[None]:
        live.start()
        yield
        await live.drain()
        await parts.database.pool.close()

    return run()


if __name__ == "__main__":
    sys.stdout.buffer.write(
        msgspec.json.format(msgspec.json.encode(openapi_document(), order="sorted"), indent=2) + b"\n"
    )
