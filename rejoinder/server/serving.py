"""The HTTP server of one process: uvicorn, told to let the live channel finish before any socket is closed.

By itself uvicorn closes the sockets first and ends the app after; who had just sent something would never hear of it.
"""

import socket
from collections.abc import Generator
from contextlib import contextmanager, nullcontext

import uvicorn

from rejoinder.chat.realtime.live import Live
from rejoinder.server.app import Parts, build_app, build_live

DRAIN_S = 15


class DrainingServer(uvicorn.Server):
    """Stops listening, lets the live channel write and answer what it took, and only then closes what is open."""

    def __init__(self, config: uvicorn.Config, live: Live, *, is_alone: bool) -> None:
        super().__init__(config)
        self.live, self._is_alone = live, is_alone

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Signals are the server's own unless it shares its process."""
        with super().capture_signals() if self._is_alone else nullcontext():
            yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """What a signal to stop leads to."""
        for server in self.servers:
            server.close()
        await self.live.drain()
        await super().shutdown(sockets)


def make_server(parts: Parts, *, host: str, port: int, is_alone: bool = True) -> DrainingServer:
    """The server of an installation, not started yet. Where it is not alone, whoever made it sets `should_exit`."""
    live = build_live(parts)
    config = uvicorn.Config(
        build_app(parts, live),
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_S,
        ws_max_size=64 * 1024,
        # Frames are small: a compressor would cost every socket more memory and time than it saves.
        ws_per_message_deflate=False,
        proxy_headers=True,
    )
    return DrainingServer(config, live, is_alone=is_alone)
