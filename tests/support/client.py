"""The whole app in this process, and clients that call it like browsers and programs do: cookies, codes from the mailbox.

Each client has a network address of its own, so that limits per network tell the clients apart.
"""

import asyncio
import random
import re
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import httpx

from rejoinder.db.migrate import read_installation
from rejoinder.db.transaction import Database
from rejoinder.people.identity.commands import make_authenticate
from rejoinder.server.app import Parts, build_app
from rejoinder.server.settings import read_settings
from rejoinder.units.clock import Clock
from rejoinder.units.ids import new_code
from rejoinder.wire.auth import COOKIE, Authenticate
from rejoinder.wire.http import ASGIApp
from tests.support.people import PASSWORD, sign_in

PLACE = {"region": "DE", "zone": "Europe/Berlin", "language": "en"}


async def open_app(
    database: Database, clock: Clock, *, authenticate: Authenticate | None = None, **settings: str
) -> ASGIApp:
    """The app on this database; `settings` as in the environment (public_url="https://…"), without a rate limit."""
    installation = await database.run(read_installation)
    environment = {"REJOINDER_RATE_LIMIT_PER_S": "0", "REJOINDER_PUBLIC_URL": "http://testserver"}
    environment |= {f"REJOINDER_{name.upper()}": value for name, value in settings.items()}
    return build_app(
        Parts(
            database,
            clock,
            installation,
            read_settings(environment),
            authenticate or make_authenticate(database, clock),
        )
    )


@asynccontextmanager
async def running(app: ASGIApp) -> AsyncIterator[None]:
    """Start what the app starts (the live channel) and stop it again. The app then closes the database's pool: give it its own."""
    asked: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    answered: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    life = asyncio.ensure_future(app(scope, asked.get, answered.put))
    for word in ("startup", "shutdown"):
        await asked.put({"type": f"lifespan.{word}"})
        answer = await answered.get()
        assert answer["type"] == f"lifespan.{word}.complete", answer
        if word == "startup":
            yield
    await life


class Client:
    """One browser (or program). Answers are httpx responses; `json_of` asserts the status and decodes."""

    def __init__(self, app: ASGIApp, *, database: Database, clock: Clock) -> None:
        address = f"10.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(1, 255)}"
        transport = httpx.ASGITransport(app=app, client=(address, 50_000))
        self.http = httpx.AsyncClient(transport=transport, base_url="http://testserver")
        self._app, self._database, self._clock = app, database, clock
        self.person_id = 0
        self.email = ""

    def another(self) -> "Client":
        """A second device: no cookies, another network."""
        return Client(self._app, database=self._database, clock=self._clock)

    async def call(self, method: str, path: str, body: object = None, **more: Any) -> httpx.Response:
        """Send a request; `body` as JSON."""
        if body is not None:
            more["json"] = body
        return await self.http.request(method, path, **more)

    async def get(self, path: str, **more: Any) -> Any:
        return json_of(await self.call("GET", path, **more))

    async def post(self, path: str, body: object = None, **more: Any) -> Any:
        return json_of(await self.call("POST", path, {} if body is None else body, **more))

    async def patch(self, path: str, body: object, **more: Any) -> Any:
        return json_of(await self.call("PATCH", path, body, **more))

    async def delete(self, path: str, **more: Any) -> Any:
        return json_of(await self.call("DELETE", path, **more))

    async def sign_up(self, *, name: str = "Ada", is_verified: bool = True, **overrides: Any) -> dict[str, Any]:
        """Make an account over HTTP, verify its address from the in-app mailbox, and keep the cookie; returns Me."""
        self.email = overrides.pop("email", None) or f"{new_code()}@example.org"
        body = {"name": name, "email": self.email, "password": PASSWORD, "birth_year": 1990, **PLACE, **overrides}
        me = await self.post("/api/sign-up", body)
        self.person_id = int(me["id"])
        if is_verified:
            await self.post("/api/verify-email", {"code": await self.code_from_mail(self.email)})
        return dict(await self.get("/api/me"))

    async def be_guest(self, *, name: str = "Guest") -> dict[str, Any]:
        """Start as a guest."""
        me = await self.post("/api/guest", {"name": name, **PLACE})
        self.person_id = int(me["id"])
        return dict(me)

    async def be(self, person_id: int) -> None:
        """Carry a session of somebody whom a builder made (committed)."""
        token = await sign_in(self._database, person_id, at=self._clock.now())
        self.http.cookies.set(COOKIE, token, domain="testserver.local")
        self.person_id = person_id

    async def mails(self, email: str) -> list[dict[str, Any]]:
        """The in-app mailbox of an address, newest first."""
        return list((await self.get("/api/test/mail", params={"to": email}))["mails"])

    async def code_from_mail(self, email: str) -> str:
        """The code in the newest mail to this address."""
        found = re.search(r"code=([0-9a-z]+)", (await self.mails(email))[0]["body"])
        assert found is not None, "the newest mail holds no code"
        return found[1]


def json_of(response: httpx.Response) -> Any:
    """What an answer that went well says."""
    assert response.is_success, f"{response.status_code}: {response.text}"
    return response.json() if response.content else None


def error_of(response: httpx.Response, status: int) -> dict[str, Any]:
    """The error of an answer that was refused with this status."""
    assert response.status_code == status, f"{response.status_code}: {response.text}"
    return dict(response.json()["error"])


async def app_client(
    database: Database, clock: Clock, *, authenticate: Authenticate | None = None, **settings: str
) -> Client:
    """A client of a new app on this database."""
    app = await open_app(database, clock, authenticate=authenticate, **settings)
    return Client(app, database=database, clock=clock)
