"""The whole installation for browser tests: a database, `serve` and `worker` as processes of their own, one clock for both.

The clock only moves forward, and each test begins at noon of a day of its own, so that one test's caps and windows are over
before the next one begins.
"""

import asyncio
import os
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from rejoinder.db.migrate import Installation
from rejoinder.db.transaction import Database
from rejoinder.people.identity.rules import sign_link
from rejoinder.units.clock import FileClock
from tests.support.chat import probe_socket, wait_until_served

FIRST_NOON = datetime(2030, 1, 9, 12, 0, tzinfo=UTC)


@dataclass
class House:
    """Where the installation is, and what tests do with it."""

    database: Database
    clock: FileClock
    installation: Installation
    dsn: str
    folder: Path
    days: int = 0
    port: int = 0
    _processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """Where the server answers; the same after a restart."""
        return f"http://127.0.0.1:{self.port}"

    def begin_day(self) -> None:
        """Noon, more than a week after the last test's."""
        self.days += 9
        self.clock.set(FIRST_NOON + timedelta(days=self.days))

    def start_server(self) -> None:
        """Serve, and wait for the first answer."""
        if not self.port:
            with probe_socket() as port:
                self.port = port
        process = self._start("serve", "--port", str(self.port))
        wait_until_served(self.origin, process)

    def stop_server(self) -> None:
        """Stop as an operator would: drained."""
        self._stop("serve")

    def start_worker(self) -> None:
        """Rounds, projections, mail."""
        self._start("worker")

    def stop(self) -> None:
        """Stop what was started."""
        for name in list(self._processes):
            self._stop(name)

    async def until(self, what: str, query: str, *values: object) -> None:
        """Wait for what server and worker do by themselves: until the query finds something true."""
        for _ in range(1_000):
            if await self.database.pool.fetchval(query, *values):
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"it never came to this: {what}")

    def link(self, person_id: int, path: str) -> str:
        """An address that signs the person in and goes on to the path."""
        at = self.clock.now() + timedelta(days=1)
        signed = sign_link(self.installation.secret, person_id=person_id, expires_at=at)
        return f"{self.origin}/link/{signed}?next={quote(path)}"

    def _start(self, name: str, *arguments: str) -> "subprocess.Popen[bytes]":
        environment = {
            "REJOINDER_DATABASE_URL": self.dsn,
            "REJOINDER_TEST_CLOCK": str(self.folder / "clock"),
            "REJOINDER_RATE_LIMIT_PER_S": "0",
            "REJOINDER_PUBLIC_URL": self.origin,
        }
        log = (self.folder / f"{name}.log").open("ab")
        process = subprocess.Popen(
            [sys.executable, "-m", "rejoinder", name, *arguments],
            env={**os.environ, **environment},
            stdout=log,
            stderr=log,
        )
        log.close()
        self._processes[name] = process
        return process

    def _stop(self, name: str) -> None:
        process = self._processes.pop(name)
        process.terminate()
        process.wait()
