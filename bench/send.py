"""Sender to recipient's socket: signed in, durable, 32 pairs with one message under way each; one and two server processes.

With two processes sender and recipient never share one. Bare is the same rows written in batches straight into the same
Postgres. Clients and the bare writer run on uvloop as the server does, or they would be what is measured. Figures end in `_1`
and `_2` for the number of server processes. `python -m bench.send [seconds]`.
"""

import asyncio
import base64
import os
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import asyncpg
import msgspec
import uvloop

from bench.record import record
from rejoinder.chat.messages import store
from rejoinder.chat.messages.events import MessageSent
from rejoinder.chat.messages.model import MessageRow
from rejoinder.chat.model import Message, Participant, Text
from rejoinder.chat.threads import commands as threads
from rejoinder.chat.threads.model import MailboxMove, ThreadKey
from rejoinder.db.embedded import EmbeddedPostgres
from rejoinder.db.migrate import migrate
from rejoinder.db.pool import open_database
from rejoinder.db.transaction import Database
from rejoinder.people.identity import commands as identity
from rejoinder.people.identity.model import PersonDraft
from rejoinder.units.ids import new_id
from rejoinder.wire.auth import COOKIE

PAIRS = 32
TEXT = "Hello, do you still have the green tea from the window? I would take two, thanks!!"


class Device(asyncio.Protocol):
    """A WebSocket client small enough not to be what is measured; loopback only, frames below 64 KiB."""

    def __init__(self, token: str, host: str, on_frame: Callable[[bytes], None]) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        self._head = (
            f"GET /live HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {COOKIE}={token}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
        )
        self._on_frame, self._buffer, self._is_open = on_frame, b"", False
        self.opened = asyncio.Event()
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's own are none by type
        self.transport.write(self._head.encode())

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._is_open:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            assert b" 101 " in head, head
            self._buffer, self._is_open = rest, True
        while len(self._buffer) >= 2:
            size, start = self._buffer[1], 2
            if size == 126 and len(self._buffer) >= 4:
                size, start = struct.unpack("!H", self._buffer[2:4])[0], 4
            if len(self._buffer) < start + size:
                return
            frame, self._buffer = self._buffer[start : start + size], self._buffer[start + size :]
            self.opened.set()
            self._on_frame(frame)

    def send(self, text: bytes) -> None:
        """One masked text frame; the mask is zero, which changes nothing and costs nothing."""
        size = bytes([0x80 | len(text)]) if len(text) < 126 else b"\xfe" + struct.pack("!H", len(text))
        self.transport.write(b"\x81" + size + b"\0\0\0\0" + text)


class Pair:
    """A sender with one message under way; the next goes out when the recipient's socket has it."""

    def __init__(self, thread_id: int) -> None:
        self.thread_id, self.sent_at, self.count = thread_id, 0.0, 0
        self.latencies: list[float] = []
        self.is_running = False
        self.sender: Device

    def send(self) -> None:
        self.count += 1
        self.sent_at = time.perf_counter()
        client_id = f"c{self.thread_id}-{self.count}-{id(self) % 9973}"
        self.sender.send(
            f'{{"type":"send","client_id":"{client_id}","thread_id":"{self.thread_id}","body":{{"type":"text","text":"{TEXT}"}}}}'.encode()
        )

    def on_recipient(self, frame: bytes) -> None:
        if b'"type":"changed"' in frame:
            self.latencies.append(time.perf_counter() - self.sent_at)
            if self.is_running:
                self.send()


def on_sender(frame: bytes) -> None:
    assert b'"type":"refused"' not in frame, frame


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def make_pairs(database: Database) -> list[tuple[int, str, str]]:
    """(thread, sender's token, recipient's token), all accepted."""
    at = datetime.now(UTC)
    async with database.transaction() as tx:
        drafts = [PersonDraft(name="Ada", region="DE", zone="Europe/Berlin", birth_year=1990) for _ in range(2 * PAIRS)]
        people = await identity.create_people(tx, drafts, at)
        made = []
        for one, other in zip(people[::2], people[1::2], strict=True):
            thread_id = await threads.open_direct(tx, one, other, at)
            await threads.accept(tx, other, thread_id)
            sender, recipient = [await identity.open_session(tx, each, "browser", "Bench", at) for each in (one, other)]
            made.append((thread_id, sender, recipient))
    return made


def serve(dsn: str, port: int) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "REJOINDER_DATABASE_URL": dsn, "REJOINDER_RATE_LIMIT_PER_S": "0"}
    command = [sys.executable, "-m", "rejoinder", "serve", "--port", str(port)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)


async def measure(dsn: str, seconds: float, process_count: int, made: list[tuple[int, str, str]]) -> dict[str, float]:
    """Serve, warm up for a second, then count."""
    ports = [free_port() for _ in range(process_count)]
    servers = [serve(dsn, port) for port in ports]
    try:
        pairs = [await connect_pair(ports, *each) for each in made]
        for pair in pairs:
            pair.is_running = True
            pair.send()
        await asyncio.sleep(1)
        for pair in pairs:
            pair.latencies.clear()
        cpu, started = sum(cpu_s(server.pid) for server in servers), time.perf_counter()
        await asyncio.sleep(seconds)
        taken, cpu = time.perf_counter() - started, sum(cpu_s(server.pid) for server in servers) - cpu
        latencies = sorted(latency for pair in pairs for latency in pair.latencies)
        for pair in pairs:
            pair.is_running = False
        return {
            "messages_per_s": round(len(latencies) / taken, 1),
            "p50_ms": round(1000 * statistics.median(latencies), 2),
            "p99_ms": round(1000 * latencies[int(len(latencies) * 0.99)], 2),
            "server_cpu_us_per_message": round(1e6 * cpu / len(latencies), 1),
        }
    finally:
        for server in servers:
            server.terminate()
        for server in servers:
            server.wait()


async def connect_pair(ports: list[int], thread_id: int, sender_token: str, recipient_token: str) -> Pair:
    pair = Pair(thread_id)
    pair.sender = await connect(ports[0], sender_token, on_sender)
    await connect(ports[-1], recipient_token, pair.on_recipient)
    return pair


async def connect(port: int, token: str, on_frame: Callable[[bytes], None]) -> Device:
    loop = asyncio.get_running_loop()
    for _ in range(500):
        try:
            _, device = await loop.create_connection(
                lambda: Device(token, f"127.0.0.1:{port}", on_frame), "127.0.0.1", port
            )
        except ConnectionRefusedError:
            await asyncio.sleep(0.05)
        else:
            await device.opened.wait()
            return device
    raise TimeoutError("the server did not start")


async def measure_bare(database: Database, seconds: float, made: list[tuple[int, str, str]]) -> float:
    """Messages per second of the same rows, a batch of one per thread at a time, two connections."""
    rows = await database.pool.fetch(
        "SELECT t.id, t.last_position, t.last_change, array_agg(p.id ORDER BY p.id) AS people FROM chat.thread t"
        " JOIN chat.participant p ON p.home = t.home AND p.thread_id = t.id"
        " WHERE t.id = ANY($1::bigint[]) GROUP BY t.home, t.id ORDER BY t.id",
        [thread_id for thread_id, _, _ in made],
    )
    until, halves = time.perf_counter() + seconds, (rows[: PAIRS // 2], rows[PAIRS // 2 :])
    counts = await asyncio.gather(*(write_bare(database, half, until) for half in halves))
    return sum(counts) / seconds


async def write_bare(database: Database, rows: list[asyncpg.Record], until: float) -> int:
    ends = {ThreadKey(row["id"], row["id"]): (row["last_position"], row["last_change"]) for row in rows}
    people = {row["id"]: row["people"] for row in rows}
    body, count = msgspec.json.encode(Text(TEXT)), 0
    while time.perf_counter() < until:
        at = datetime.now(UTC)
        ends = {key: (position + 1, change + 1) for key, (position, change) in ends.items()}
        messages, moves, events = [], [], []
        for key, (position, change) in ends.items():
            one, other = people[key.thread_id]
            message = Message(position, Participant("person", one), f"b{new_id()}", Text(TEXT), change, at)
            messages.append(MessageRow(key, message, body, b"0" * 16))
            moves += [MailboxMove(person, key.thread_id, int(person == other), rank_at=at) for person in (one, other)]
            events.append(
                MessageSent(*key, position, change, "person", one, "person", other, None, "text", TEXT, None, at)
            )
        async with database.transaction() as tx:
            await store.append_messages(tx, messages, ends)
            await threads.move_mailboxes(tx, moves)
            await tx.publish(events, at=at)
        count += len(messages)
    return count


async def main(seconds: float) -> None:
    figures: dict[str, float] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedPostgres(Path(folder), settings={"shared_buffers": "1GB"}) as postgres,
    ):
        await migrate(postgres.dsn())
        database = await open_database(postgres.dsn())
        made = await make_pairs(database)
        for count in (1, 2):
            found = await measure(postgres.dsn(), seconds, count, made)
            bare = await measure_bare(database, seconds / 2, made)
            figures |= {f"{name}_{count}": value for name, value in found.items()}
            figures |= {
                f"bare_per_s_{count}": round(bare, 1),
                f"ratio_to_bare_{count}": round(found["messages_per_s"] / bare, 3),
            }
        await database.pool.close()
    print(record("send", figures).read_text())


if __name__ == "__main__":
    uvloop.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 10.0))
