"""A server in this process, so that a test can look at its sockets and stop it, and devices that talk to it over real sockets."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from rejoinder.chat.model import Participant
from rejoinder.chat.realtime.hub import Connection
from rejoinder.server.app import open_parts
from rejoinder.server.serving import DrainingServer, make_server
from rejoinder.server.settings import read_settings


@dataclass(frozen=True, slots=True)
class Served:
    """A running server and where it is."""

    server: DrainingServer
    origin: str
    port: int

    def connections_of(self, participant: Participant) -> list[Connection]:
        """Sockets that hear what a participant hears."""
        return [each for each in self.server.live.hub.connections if participant in each.participants]


@asynccontextmanager
async def serve_here(dsn: str) -> AsyncIterator[Served]:
    """Serve from this loop until the block ends, or until it is stopped before."""
    settings = read_settings({"REJOINDER_DATABASE_URL": dsn, "REJOINDER_RATE_LIMIT_PER_S": "0"})
    server = make_server(await open_parts(settings), host="127.0.0.1", port=0)
    running = asyncio.create_task(server.serve())
    try:
        await until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Served(server, f"http://127.0.0.1:{port}", port)
    finally:
        server.should_exit = True
        await running


async def until(is_so: Callable[[], object]) -> None:
    """Wait for something that other tasks of this loop bring about."""
    async with asyncio.timeout(20):
        while not is_so():  # noqa: ASYNC110  what is waited for has no event
            await asyncio.sleep(0)
