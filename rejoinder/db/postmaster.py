"""Where an embedded server listens and what it says of itself: a socket in a private folder, else loopback.

Decides between the two and reads `postmaster.pid`. Leaves starting and stopping to `embedded.py`.
"""

import hashlib
import os
import socket
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

PORT = 5432  # With a socket it is only part of the file's name.
SOCKET_NAME = f".s.PGSQL.{PORT}"
LONGEST_SOCKET_PATH = 103  # Bytes. This is macOS's limit; Linux allows 107.


@dataclass(frozen=True)
class Status:
    """The content of `postmaster.pid`; a crash leaves it behind, so ask `is_listening` before believing it."""

    pid: int
    port: int
    host: str
    state: str

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return None while the server has not finished writing the file."""
        lines = [line.strip() for line in text.split("\n")]
        if len(lines) < 9:
            return None
        return cls(pid=int(lines[0]), port=int(lines[3]), host=lines[4] or lines[5], state=lines[7])

    def is_listening(self) -> bool:
        """Connect: a dead, zombie or foreign process under the same pid does not answer here."""
        if self.host.startswith("/"):
            with socket.socket(socket.AF_UNIX) as probe:
                return probe.connect_ex(f"{self.host}/{SOCKET_NAME}") == 0
        with socket.socket() as probe:
            return probe.connect_ex((self.host, self.port)) == 0


def fits_socket(folder: Path) -> bool:
    return len(os.fsencode(folder / SOCKET_NAME)) <= LONGEST_SOCKET_PATH


def spare_socket_folder(data_dir: Path) -> Path:
    """Name the short folder for a data folder whose own path is too long for a socket."""
    digest = hashlib.blake2b(os.fsencode(data_dir), digest_size=8).hexdigest()
    return Path(tempfile.gettempdir(), f"rejoinder-{digest}")


def make_private(folder: Path, uid: int, gid: int) -> bool:
    """Make the folder for this account alone; False if somebody else was there first."""
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        if uid != os.geteuid():
            os.chown(folder, uid, gid)
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == uid and not found.st_mode & 0o077


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def choose_place(data_dir: Path, uid: int, gid: int) -> dict[str, str]:
    """Return the settings that say where to listen, with the socket's folder clear of what a crash left there."""
    spare = spare_socket_folder(data_dir)
    if fits_socket(data_dir):
        folder = data_dir
    elif fits_socket(spare) and make_private(spare, uid, gid):
        folder = spare
    else:
        return {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "port": str(find_free_port())}
    for leftover in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
        (folder / leftover).unlink(missing_ok=True)
    quoted = str(folder).replace('"', '""')
    return {"listen_addresses": "", "unix_socket_directories": f'"{quoted}"', "port": str(PORT)}
