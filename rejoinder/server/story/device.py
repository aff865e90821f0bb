"""One device of one person: a browser's cookies over HTTP, a socket on `/live`, and the mailbox of a test installation."""

import asyncio
import itertools
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
from websockets.asyncio.client import ClientConnection, connect

from rejoinder.server.story.stage import StoryFailure, expect
from rejoinder.units.ids import new_code

T = TypeVar("T")
Json = dict[str, Any]

PASSWORD = "a story of tea and mail"  # noqa: S105  of people who live for a minute
PLACE = {"region": "DE", "zone": "Europe/Berlin", "language": "en"}
WAIT_S = 120

_networks = itertools.count(256)


class Device:
    """A browser. Each has a network of its own, as people behind a proxy have."""

    def __init__(self, origin: str, name: str = "", *, email: str = "") -> None:
        number = next(_networks)
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        self.origin, self.name, self.email = origin, name, email
        self.http = httpx.AsyncClient(base_url=origin, headers={"x-forwarded-for": address}, timeout=WAIT_S)
        self.id = ""

    async def ask(self, method: str, path: str, body: object = None, **params: Any) -> Any:
        """Call and return the decoded answer; a refusal fails the step."""
        answer = await self._call(method, path, body, params)
        expect(answer.is_success, f"{self.name}: {method} {path} was answered {answer.status_code}: {answer.text}")
        return answer.json() if answer.content else None

    async def get(self, path: str, **params: Any) -> Any:
        """Read."""
        return await self.ask("GET", path, **params)

    async def post(self, path: str, body: object = None, **params: Any) -> Any:
        """Do."""
        return await self.ask("POST", path, {} if body is None else body, **params)

    async def refused(self, method: str, path: str, body: object = None, *, status: int, **params: Any) -> Json:
        """Call and return the error; anything but this status fails the step."""
        answer = await self._call(method, path, body, params)
        told = f"{self.name}: {method} {path} was answered {answer.status_code}, not {status}: {answer.text}"
        expect(answer.status_code == status, told)
        error: Json = answer.json()["error"]
        return error

    async def _call(self, method: str, path: str, body: object, params: Json) -> httpx.Response:
        more: Json = {} if body is None else {"json": body}
        return await self.http.request(method, path, params=params or None, **more)

    async def sign_up(self, *, is_verified: bool = True, **overrides: Any) -> Json:
        """Make an account, and verify the address by the mailed code."""
        self.email = self.email or f"{new_code()}@story.example"
        account = {"name": self.name, "email": self.email, "password": PASSWORD, "birth_year": 1990, **PLACE}
        me: Json = await self.post("/api/sign-up", account | overrides)
        self.id = me["id"]
        if is_verified:
            await self.verify_email()
        return me

    async def verify_email(self) -> None:
        """Type the code of the newest mail."""
        await self.post("/api/verify-email", {"code": await self.mailed(r"code=([0-9a-z]+)")})

    async def be_guest(self) -> None:
        """Begin with a name only."""
        self.id = (await self.post("/api/guest", {"name": self.name, **PLACE}))["id"]

    async def sign_in(self) -> None:
        """Sign in with the password; the old session may have ended."""
        self.http.cookies.clear()
        self.id = (await self.post("/api/sign-in", {"email": self.email, "password": PASSWORD}))["id"]

    async def mailed(self, pattern: str) -> str:
        """What stands in the newest mail to this person."""
        mails = (await self.get("/api/test/mail", to=self.email))["mails"]
        found = re.search(pattern, mails[0]["body"]) if mails else None
        if found is None:
            raise StoryFailure(f"no mail to {self.email} holds {pattern}")
        return found[1]

    async def say(self, thread_id: str, text: str, **params: Any) -> Json:
        """Send a text."""
        return await self.send(thread_id, {"type": "text", "text": text}, **params)

    async def send(self, thread_id: str, body: Json, **params: Any) -> Json:
        """Send any body; the answer says where it stands."""
        sent: Json = await self.post(
            f"/api/threads/{thread_id}/messages", {"client_id": new_code(12), "body": body}, **params
        )
        return sent

    async def read(self, thread_id: str, position: int, **params: Any) -> None:
        """Have everything up to a position delivered and read, and wait until that is written."""
        await self.post(f"/api/threads/{thread_id}/receipts", {"delivered": position, "read": position}, **params)

        async def is_written() -> bool:
            thread = (await self.get(f"/api/threads/{thread_id}", **params))["thread"]
            return bool(thread["participants"][0]["read"] >= position)

        await eventually(is_written, f"{self.name} has read thread {thread_id}")

    async def messages(self, thread_id: str, **params: Any) -> list[Json]:
        """The thread, in its order."""
        page = await self.get(f"/api/threads/{thread_id}/messages", limit=100, **params)
        return list(page["messages"])

    async def whole_thread(self, thread_id: str) -> list[Json]:
        """Every message of a long thread, in its order."""
        found: list[Json] = []
        while True:
            before = {"before": found[0]["position"]} if found else {}
            page = await self.get(f"/api/threads/{thread_id}/messages", limit=100, **before)
            found = page["messages"] + found
            if not page["has_more"]:
                return found

    async def card(self, thread_id: str) -> Json | None:
        """The thread in the person's list of chats."""
        threads = (await self.get("/api/mailbox"))["threads"]
        return next((thread for thread in threads if thread["id"] == thread_id), None)

    async def tray(self) -> list[Json]:
        """The quiet Offers tray."""
        return list((await self.get("/api/offers"))["offers"])

    async def contact(self, business_id: str) -> Json | None:
        """What the person is told about one business: may it advertise to them, and why not."""
        contacts = (await self.get("/api/contacts"))["contacts"]
        return next((one for one in contacts if one["business_id"] == business_id), None)

    @asynccontextmanager
    async def live(self) -> AsyncIterator["Socket"]:
        """A socket that has been greeted."""
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.http.cookies.jar)
        async with connect(
            self.origin.replace("http", "ws") + "/live", additional_headers={"cookie": cookies}, proxy=None
        ) as connection:
            socket = Socket(self.name, connection)
            await socket.hear("welcome")
            yield socket

    async def close(self) -> None:
        """Forget the connections."""
        await self.http.aclose()


@dataclass
class Socket:
    """An open socket. Frames that came while another was waited for are kept, since their order is not promised."""

    name: str
    connection: ClientConnection
    unheard: list[Json] = field(default_factory=list)

    async def tell(self, kind: str, **fields: Any) -> None:
        """Send a frame."""
        await self.connection.send(json.dumps({"type": kind, **fields}))

    async def hear(self, kind: str, is_it: Callable[[Json], object] = lambda _: True) -> Json:
        """Wait for a frame of this kind that is the one."""
        for kept in self.unheard:
            if kept["type"] == kind and is_it(kept):
                self.unheard.remove(kept)
                return kept
        try:
            async with asyncio.timeout(WAIT_S):
                while True:
                    frame: Json = json.loads(await self.connection.recv())
                    if frame["type"] == kind and is_it(frame):
                        return frame
                    self.unheard.append(frame)
        except TimeoutError:
            raise StoryFailure(f"{self.name} waited in vain for `{kind}`; heard {self.unheard[-5:]}") from None


async def eventually(find: Callable[[], Awaitable[T | None]], what: str) -> T:
    """Ask again until the answer is truthy; what is done by the worker takes a moment."""
    try:
        async with asyncio.timeout(WAIT_S):
            while not (found := await find()):  # noqa: ASYNC110  it happens in another process
                await asyncio.sleep(0.02)
            return found
    except TimeoutError:
        raise StoryFailure(f"waited in vain: {what}") from None
