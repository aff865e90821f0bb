"""The embedded server for real: who can reach it, as whom it runs, what ends it, and what it survives."""

import logging
import os
import pwd
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from stat import S_IMODE
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from rejoinder.db import confine
from rejoinder.db.embedded import EmbeddedPostgres, derive_password
from rejoinder.db.postmaster import SOCKET_NAME, Status, choose_place, fits_socket, spare_socket_folder
from rejoinder.db.programs import EmbeddedPostgresError, Rights, find_binaries, keep, possible_rights
from tests.support.database import in_thread

QUICK = {"fsync": "off", "shared_buffers": "16MB", "max_connections": "20"}
PATIENCE_SECONDS = 60
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="shows what happens under root")
linux = pytest.mark.skipif(sys.platform != "linux", reason="parent-death signals and namespaces are Linux's")

OWNER_PROGRAM = """
import logging, sys
from pathlib import Path
from rejoinder.db import confine
from rejoinder.db.embedded import EmbeddedPostgres, EmbeddedPostgresError
database = EmbeddedPostgres(Path(sys.argv[1]), settings={"fsync": "off", "shared_buffers": "16MB"})
try:
    database.start()
except EmbeddedPostgresError as error:
    sys.exit(str(error))
print(database.pid, database.dsn(), flush=True)
sys.stdin.read()
database.stop()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Yield a short path below a folder that only this account may enter."""
    place = Path(tempfile.mkdtemp(prefix="rj-"))
    yield place / "data"
    shutil.rmtree(place)


@pytest.fixture(scope="module", params=[18, 16])
def running(request: pytest.FixtureRequest) -> Iterator[EmbeddedPostgres]:
    """Yield one server per version for the tests that only look."""
    with (
        tempfile.TemporaryDirectory() as place,
        EmbeddedPostgres(Path(place, "data"), version=request.param, settings=QUICK) as server,
    ):
        yield server


@contextmanager
def owner_process(folder: Path, *prefix: str) -> Iterator[subprocess.Popen[str]]:
    """Run a process that owns a server until its input ends."""
    command = [*prefix, sys.executable, "-c", OWNER_PROGRAM, str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as owner:
        try:
            yield owner
        finally:
            owner.kill()


def read_address(owner: subprocess.Popen[str]) -> tuple[int, str]:
    assert owner.stdout
    assert owner.stderr
    line = owner.stdout.readline()
    assert line, owner.stderr.read()
    pid, dsn = line.split()
    return int(pid), dsn


@contextmanager
def watched_end(pid: int) -> Iterator[None]:
    """Hold on to a process before the block and see it end after."""
    descriptor = os.pidfd_open(pid)
    try:
        yield
        assert select.select([descriptor], [], [], PATIENCE_SECONDS)[0], f"process {pid} lives on"
    finally:
        os.close(descriptor)


def ask(dsn: str, query: str) -> object:
    """Run one query over a connection of its own."""

    async def connect_and_ask() -> object:
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return in_thread(connect_and_ask)


class Listener(logging.Handler):
    """Collect what the supervisor says and act on a sentence."""

    def __init__(self, words: str, act: Callable[[], object]) -> None:
        super().__init__()
        self.words, self.act = words, act
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())
        if self.words in self.said[-1]:
            self.act()


@contextmanager
def listening(words: str, act: Callable[[], object] = lambda: None) -> Iterator[list[str]]:
    logger, handler = logging.getLogger("rejoinder.db.embedded"), Listener(words, act)
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield handler.said
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)


def test_a_finished_pid_file_is_read_and_an_unfinished_one_is_not() -> None:
    text = "77\n/data/cluster\n1790000000\n5432\n/data\n\n  123 456\nready   \n"
    assert Status.parse(text) == Status(pid=77, port=5432, host="/data", state="ready")
    assert Status.parse(text.replace("/data\n\n", "\n127.0.0.1\n")) == Status(77, 5432, "127.0.0.1", "ready")
    assert [Status.parse(text[:end]) for end in range(len(text))] == [None] * len(text)


def test_a_socket_fits_up_to_the_limit() -> None:
    longest = 103 - len(SOCKET_NAME) - 1
    assert fits_socket(Path("/" + "x" * (longest - 1)))
    assert not fits_socket(Path("/" + "x" * longest))
    assert not fits_socket(Path("/" + "ж" * (longest // 2 + 1)))


def test_no_password_gives_another_away() -> None:
    assert derive_password("secret", "postgres") == "secret"
    assert derive_password("secret", "rejoinder") not in {"secret", derive_password("other", "rejoinder")}


def test_text_sorts_and_folds_the_same_on_every_system(running: EmbeddedPostgres) -> None:
    assert ask(running.dsn(), "SHOW server_encoding") == "UTF8"
    assert ask(running.dsn(), "SELECT lower('ÉЁЖ') || ('Б' < U&'\\0430')::text") == "éёжtrue"
    assert ask(running.dsn(), "SHOW server_version_num") > str(running.version)  # type: ignore[operator]


def test_defaults_and_settings_reach_the_server(running: EmbeddedPostgres) -> None:
    wanted = {"TimeZone": "UTC", "max_wal_size": "4GB", "fsync": "off", "max_connections": "20"}
    assert {name: ask(running.dsn(), f"SHOW {name}") for name in wanted} == wanted


def test_fsync_stays_on_unless_asked(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        names = ("fsync", "synchronous_commit", "max_connections", "shared_buffers")
        assert [ask(server.dsn(), f"SHOW {name}") for name in names] == ["on", "on", "200", "256MB"]


def test_the_application_is_no_superuser(running: EmbeddedPostgres) -> None:
    assert ask(running.dsn(), "SELECT current_user || current_database()") == "rejoinderrejoinder"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        ask(running.dsn(), "COPY (SELECT 1) TO PROGRAM 'cat'")
    assert ask(running.dsn(role="postgres"), "SELECT rolsuper FROM pg_roles WHERE rolname = current_user")


def test_nobody_else_can_reach_it(running: EmbeddedPostgres) -> None:
    assert ask(running.dsn(), "SHOW listen_addresses") == ""
    open_to_others = [path for path in running.data_dir.rglob("*") if S_IMODE(path.lstat().st_mode) & 0o077]
    assert open_to_others == []
    assert S_IMODE(running.data_dir.stat().st_mode) == 0o700
    stranger = running.dsn().replace(urlsplit(running.dsn()).password or "", "guess")
    with pytest.raises(asyncpg.InvalidPasswordError):
        ask(stranger, "SELECT 1")
    rules = (running.data_dir / "cluster" / "pg_hba.conf").read_text().splitlines()
    assert {line.split()[-1] for line in rules if line and not line.startswith("#")} == {"scram-sha-256"}


def test_a_wide_open_folder_is_closed(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)
    with EmbeddedPostgres(folder, settings=QUICK):
        assert S_IMODE(folder.stat().st_mode) == 0o700


def test_a_long_path_gets_a_short_private_socket_folder(folder: Path) -> None:
    deep = folder / ("long " + 'na"me,' * 20)
    with EmbeddedPostgres(deep, settings=QUICK) as server:
        spare = spare_socket_folder(deep)
        assert parse_qs(urlsplit(server.dsn()).query)["host"] == [str(spare)]
        assert S_IMODE(spare.stat().st_mode) == 0o700
        assert ask(server.dsn(), "SHOW listen_addresses") == ""
    assert not spare.exists()


def test_without_any_room_for_a_socket_it_listens_on_loopback_with_a_password(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = folder / ("x" * 100)
    deep.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with EmbeddedPostgres(deep / "data", settings=QUICK) as server:
        assert ask(server.dsn(), "SELECT host(inet_server_addr())") == "127.0.0.1"
        with pytest.raises(asyncpg.InvalidPasswordError):
            ask(server.dsn().replace(urlsplit(server.dsn()).password or "", "guess"), "SELECT 1")


@pytest.mark.parametrize("squat", [lambda place: place.mkdir(mode=0o755), lambda place: place.symlink_to("/")])
def test_a_socket_folder_that_others_prepared_is_not_used(folder: Path, squat: Callable[[Path], None]) -> None:
    deep = folder / ("x" * 100)
    spare = spare_socket_folder(deep)
    squat(spare)
    try:
        assert choose_place(deep, os.getuid(), os.getgid())["listen_addresses"] == "127.0.0.1"
    finally:
        spare.unlink() if spare.is_symlink() else spare.rmdir()


def test_a_second_start_attaches_and_its_stop_leaves_the_server_alone(folder: Path) -> None:
    with owner_process(folder) as owner:
        pid, _ = read_address(owner)
        guest = EmbeddedPostgres(folder, settings=QUICK)
        with listening("Attached") as said:
            guest.start()
        assert f"process {owner.pid}" in said[-1]
        assert (guest.pid, guest.is_owner) == (pid, False)
        guest.stop()
        assert ask(guest.dsn(), "SELECT 1") == 1
        with watched_end(pid):
            owner.communicate("")
    with pytest.raises(EmbeddedPostgresError, match="No database is running"):
        guest.dsn()


def test_many_may_start_at_once_and_one_owns(folder: Path) -> None:
    servers = [EmbeddedPostgres(folder, settings=QUICK) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(EmbeddedPostgres.start, servers))
    # The threads that called are gone by now; the server must not have died with them.
    assert len({server.pid for server in servers}) == 1
    owners = [server for server in servers if server.is_owner]
    assert len(owners) == 1
    assert ask(servers[0].dsn(), "SELECT 1") == 1
    owners[0].stop()
    owners[0].stop()


def test_a_start_waits_while_the_folder_is_in_use_and_says_by_whom(folder: Path) -> None:
    with EmbeddedPostgres(folder, settings=QUICK) as server:
        pass
    with owner_holding(folder / "lock") as release, listening("in use", release) as said:
        server.start()
    assert f"process {os.getpid()}" in said[0]
    server.stop()


@contextmanager
def owner_holding(lock: Path) -> Iterator[Callable[[], object]]:
    """Have another process hold the lock file until the yielded function is called."""
    program = (
        "import fcntl,sys; f=open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_EX); print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdin
        assert holder.stdout
        holder.stdout.readline()
        yield holder.stdin.close


@linux
@pytest.mark.parametrize("parting", [signal.SIGKILL, signal.SIGTERM])
def test_the_server_goes_with_its_owner_and_loses_nothing(folder: Path, parting: signal.Signals) -> None:
    with owner_process(folder) as owner:
        pid, dsn = read_address(owner)
        ask(dsn, "CREATE TABLE kept (n int)")
        ask(dsn, "INSERT INTO kept VALUES (7)")
        with watched_end(pid):
            owner.send_signal(parting)
    with EmbeddedPostgres(folder, settings=QUICK) as server:
        assert ask(server.dsn(), "SELECT n FROM kept") == 7
    assert "database system was shut down at" in (folder / "server.log").read_text()


@linux
def test_a_child_of_an_owner_that_already_left_does_not_stay(folder: Path) -> None:
    command = [sys.executable, confine.__file__, "1", "/", "own", "/bin/true"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "left before" in done.stderr


def test_a_killed_server_is_recovered_with_every_committed_row(folder: Path) -> None:
    with EmbeddedPostgres(folder, settings={"shared_buffers": "16MB"}) as server:
        ask(server.dsn(), "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
        first = server.pid
        with watched_end(first):
            os.kill(first, signal.SIGKILL)
        server.start()
        assert server.is_owner
        assert server.pid != first
        assert ask(server.dsn(), "SELECT count(*) FROM kept") == 1000


@pytest.mark.parametrize("kind", ["reused", "zombie"])
def test_a_pid_file_of_the_past_stops_nothing(folder: Path, kind: str) -> None:
    with EmbeddedPostgres(folder, settings=QUICK) as server:
        for name in (folder / "cluster" / "postmaster.pid", folder / f"{SOCKET_NAME}.lock"):
            (folder / name.name).with_suffix(".kept").write_text(name.read_text())
    with subprocess.Popen(["sleep", "600"] if kind == "reused" else ["true"]) as other:
        os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT) if kind == "zombie" else None
        for name in (folder / "cluster" / "postmaster.pid", folder / f"{SOCKET_NAME}.lock"):
            _, *rest = (folder / name.name).with_suffix(".kept").read_text().split("\n")
            name.write_text("\n".join([str(other.pid), *rest]))
        with server:
            assert ask(server.dsn(), "SELECT 1") == 1
        other.kill()


@pytest.mark.parametrize("version", [18, 16])
def test_a_long_recovery_is_waited_for_and_reported(folder: Path, version: int) -> None:
    gate = folder / "gate"
    settings = QUICK | {"restore_command": f"cat '{gate}'; false"}
    with EmbeddedPostgres(folder, version=version, settings=QUICK):
        os.mkfifo(gate)
    (folder / "cluster" / "recovery.signal").touch()

    def open_gate() -> None:
        if gate.exists():
            gate.rename(folder / "opened").write_text("")

    with (
        listening("still starting", open_gate),
        EmbeddedPostgres(folder, version=version, settings=settings) as server,
    ):
        assert not gate.exists(), "the server came up before the wait was reported"
        assert ask(server.dsn(), "SELECT pg_is_in_recovery()") is False


def test_a_missing_database_is_made_again(folder: Path) -> None:
    with EmbeddedPostgres(folder, settings=QUICK) as server:
        ask(server.dsn("postgres"), "DROP DATABASE rejoinder")
        server.start()
        assert ask(server.dsn(), "SELECT current_database()") == "rejoinder"


def test_an_interrupted_making_starts_over(folder: Path) -> None:
    (folder / "cluster.new" / "base").mkdir(parents=True)
    (folder / "lock").touch()
    (folder / "password").write_text("from the interrupted start")
    with EmbeddedPostgres(folder, settings=QUICK) as server:
        assert ask(server.dsn(), "SELECT 1") == 1


def test_a_failed_start_shows_what_the_server_said(folder: Path) -> None:
    server = EmbeddedPostgres(folder, settings=QUICK | {"no_such_setting": "1"})
    with pytest.raises(EmbeddedPostgresError, match=r'unrecognized configuration parameter "no_such_setting"'):
        server.start()
    assert "no_such_setting" in (folder / "server.log").read_text()
    with EmbeddedPostgres(folder, settings=QUICK):
        pass


def test_a_folder_of_another_version_or_other_content_is_left_alone(folder: Path) -> None:
    with EmbeddedPostgres(folder, version=16, settings=QUICK):
        pass
    with pytest.raises(EmbeddedPostgresError, match="made by Postgres 16"):
        EmbeddedPostgres(folder, version=18).start()
    photos = folder.parent / "photos"
    photos.mkdir(mode=0o755)
    (photos / "cat.jpg").touch()
    with pytest.raises(EmbeddedPostgresError, match="holds other files"):
        EmbeddedPostgres(photos).start()
    assert S_IMODE(photos.stat().st_mode) == 0o755
    with pytest.raises(EmbeddedPostgresError, match="version 16 or 18"):
        find_binaries(12)


def test_a_program_that_cannot_be_started_is_reported_to_the_caller() -> None:
    with pytest.raises(FileNotFoundError):
        keep(lambda: subprocess.Popen(["/no/such/program"]))
    assert "postgres-keeper" not in {thread.name for thread in threading.enumerate() if not thread.daemon}


# Root that may become any account but not make a user namespace, as in many containers.
JAIL_PROGRAM = """
import ctypes, os, sys
from pathlib import Path
told, tell = os.pipe()
if os.fork() == 0:  # Stays outside, where it may map every account.
    os.read(told, 1)
    for name in ("uid_map", "gid_map"):
        Path("/proc", str(os.getppid()), name).write_text("0 0 65536")
    os._exit(0)
assert ctypes.CDLL(None).unshare(0x10000000) == 0
os.write(tell, b".")
os.wait()
Path("/proc/sys/user/max_user_namespaces").write_text("0")
os.execv(sys.argv[1], sys.argv[1:])
"""
JAIL = (sys.executable, "-c", JAIL_PROGRAM)


@as_root
def test_the_folders_owner_decides_the_rights(folder: Path) -> None:
    folder.mkdir()
    nobody = pwd.getpwnam("nobody")
    new = possible_rights(folder.stat(), is_new=True)
    assert new[0] == Rights(0, 0, is_namespace=True)
    assert Rights(nobody.pw_uid, nobody.pw_gid) in new
    assert possible_rights(folder.stat(), is_new=False) == [Rights(0, 0, is_namespace=True)]
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    assert possible_rights(folder.stat(), is_new=False) == [Rights(nobody.pw_uid, nobody.pw_gid)]


@as_root
@linux
def test_under_root_it_has_no_rights_of_root(folder: Path) -> None:
    with EmbeddedPostgres(folder, settings=QUICK) as server:
        assert S_IMODE(folder.parent.stat().st_mode) == 0o700
        status = Path(f"/proc/{server.pid}/status").read_text()
        assert "CapEff:\t0000000000000000" in status
        assert Path(f"/proc/{server.pid}/uid_map").read_text().split() == ["65534", "0", "1"]
        assert ask(server.dsn(), "SELECT 1") == 1


@as_root
@linux
def test_under_root_without_namespaces_it_runs_as_an_account_that_reaches_its_data() -> None:
    place = Path(tempfile.mkdtemp(prefix="rj-"))
    place.chmod(0o755)
    try:
        with owner_process(place / "data", *JAIL) as owner:
            pid, dsn = read_address(owner)
            assert Path(f"/proc/{pid}").stat().st_uid == (place / "data").stat().st_uid != 0
            assert ask(dsn, "SELECT 1") == 1
            with watched_end(pid):
                owner.kill()
        with EmbeddedPostgres(place / "data", settings=QUICK) as server:  # Its owner still decides.
            assert Path(f"/proc/{server.pid}").stat().st_uid != 0
    finally:
        shutil.rmtree(place)


@as_root
@linux
def test_under_root_with_no_way_left_it_says_what_was_tried(folder: Path) -> None:
    with owner_process(folder, *JAIL) as owner:
        _, said = owner.communicate("")
    assert owner.returncode == 1
    assert "Postgres does not run as root" in said
    assert "in a user namespace: " in said
    assert "as account 65534: " in said
    assert folder.stat().st_uid == 0


@as_root
@linux
def test_a_normal_account_needs_nothing_special(folder: Path) -> None:
    with owner_process(folder, "unshare", "--user", "--map-user=1000", "--map-group=1000") as owner:
        pid, dsn = read_address(owner)
        assert Path(f"/proc/{pid}/uid_map").read_text().split() == ["1000", "0", "1"]
        assert ask(dsn, "SELECT 1") == 1
        with watched_end(pid):
            owner.kill()
