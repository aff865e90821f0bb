"""The processes that the story plays on: an embedded Postgres, two servers, a worker, each a command of its own, and their clock.

Everything lives in one temporary folder and ends with the story. What is stopped here is what was started here.
"""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import httpx

from rejoinder.units.clock import FileClock

START_LASTS_S = 120
DATABASE, WORKER = "database", "worker"
SERVERS = ("server 1", "server 2")


class StoryFailure(Exception):
    """The story went otherwise than it is told."""


def expect(is_so: object, otherwise: str) -> None:
    """Fail the step with a sentence unless it is so."""
    if not is_so:
        raise StoryFailure(otherwise)


class Stage:
    """Four processes and a clock. `origins` are the two servers' addresses, which stay the same when they are started again."""

    def __init__(self, *, people_per_chunk: int = 4) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="rejoinder-story-"))
        self._clock = FileClock(self.folder / "clock")
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        # Whatever this shell is set to is about another installation.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("REJOINDER_")}
        self._environment = inherited | {
            "REJOINDER_TEST_CLOCK": str(self.folder / "clock"),
            "REJOINDER_RATE_LIMIT_PER_S": "1000",  # hundreds of people speak from one machine
            "REJOINDER_DELIVERY_PEOPLE": str(
                people_per_chunk
            ),  # small chunks, so that a kill finds a round in its middle
            "COLUMNS": "200",
        }
        self._ports = [_free_port() for _ in SERVERS]
        self.origins = [f"http://127.0.0.1:{port}" for port in self._ports]

    @property
    def database_url(self) -> str:
        """Where the database is, once it runs."""
        return self._environment["REJOINDER_DATABASE_URL"]

    def now(self) -> datetime:
        """What time it is in the story."""
        return self._clock.now()

    def move_to(self, at: datetime) -> None:
        """Move every process to this time; life goes on from there."""
        expect(at >= self.now(), f"the story's clock would go back to {at}")
        self._clock.set(at)

    def set_clock(self, at: datetime) -> None:
        """Begin the story's time."""
        self._clock.set(at)

    async def open(self) -> None:
        """Start the database, make the installation, start the rest."""
        await self.start_database()
        await self.command("db", "migrate", "--test", "--name", "Story")
        await asyncio.gather(self.start_servers(), self.start_worker())

    async def start_database(self) -> None:
        """Start Postgres and learn its address."""
        child = self._start(DATABASE, "db", "run", "--folder", str(self.folder / "postgres"), output=subprocess.PIPE)
        assert child.stdout is not None  # noqa: S101  asked for just above
        with child.stdout:
            line = (await asyncio.to_thread(child.stdout.readline)).decode().strip()
        expect(line.startswith("postgresql://"), f"the database did not start: {self._last_words(DATABASE)}")
        self._environment["REJOINDER_DATABASE_URL"] = line

    async def start_servers(self) -> None:
        """Start both servers and wait until they are ready."""
        for name, port, origin in zip(SERVERS, self._ports, self.origins, strict=True):
            self._environment["REJOINDER_PUBLIC_URL"] = origin
            self._start(name, "serve", "--port", str(port))
        await self.wait_until_ready()

    async def wait_until_ready(self) -> None:
        """Both servers answer that they are ready."""
        await asyncio.gather(*map(self._wait_until_ready, SERVERS, self.origins))

    async def start_worker(self) -> None:
        """Start the worker; it needs no waiting for."""
        self._start(WORKER, "worker")

    async def command(self, *words: str) -> str:
        """Run a command to its end and return what it printed; it must succeed."""
        child = await asyncio.create_subprocess_exec(
            *_program(words),
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        output, _ = await child.communicate()
        expect(
            child.returncode == 0, f"`rejoinder {' '.join(words)}` ended with {child.returncode}:\n{output.decode()}"
        )
        return output.decode()

    def pause(self, name: str) -> None:
        """Let a process stand still, wherever it is, so that what it does cannot end while somebody looks."""
        self._running[name].send_signal(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let it go on."""
        self._running[name].send_signal(signal.SIGCONT)

    def kill(self, *names: str) -> None:
        """SIGKILL to these processes, or all, Postgres' own children included: as if the machine had lost its power."""
        children = [self._running.pop(name) for name in names or list(self._running)]
        for pid in [pid for child in children for pid in [*_offspring(child.pid), child.pid]]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        for child in children:
            child.wait()

    def close(self) -> None:
        """Stop what runs, the database last, and remove the folder."""
        for name in [WORKER, *SERVERS, DATABASE]:
            if (child := self._running.pop(name, None)) is not None:
                child.terminate()
                try:
                    child.wait(timeout=30)
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self, name: str, *words: str, output: int | None = None) -> "subprocess.Popen[bytes]":
        # A session of its own: Ctrl-C reaches the story alone, which then stops everything in order.
        with (self.folder / f"{name}.log").open("ab") as log:
            child = subprocess.Popen(  # noqa: S603  our own program
                _program(words), env=self._environment, stdout=output or log, stderr=log, start_new_session=True
            )
        self._running[name] = child
        return child

    async def _wait_until_ready(self, name: str, origin: str) -> None:
        try:
            async with asyncio.timeout(START_LASTS_S), httpx.AsyncClient(base_url=origin) as client:
                while not await _is_ready(client):
                    expect(self._running[name].poll() is None, f"{name} ended: {self._last_words(name)}")
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise StoryFailure(f"{name} did not get ready: {self._last_words(name)}") from None

    def _last_words(self, name: str) -> str:
        return "\n".join((self.folder / f"{name}.log").read_text(errors="replace").splitlines()[-12:])


def _program(words: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", "rejoinder", *words]


async def _is_ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz")).is_success
    except httpx.TransportError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _offspring(pid: int) -> list[int]:
    """The processes below a process, where the system tells (Linux): Postgres and its backends."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue  # it has just ended
    found, level = [], [pid]
    while level := [child for child, parent in parents.items() if parent in level]:
        found += level
    return found
