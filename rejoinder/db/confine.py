"""Become another program with fewer rights, and leave when the process that asked for it leaves.

Run as `python -I -S confine.py OWNER_PID FOLDER own|namespace|UID:GID PROGRAM ARGUMENTS…` by `embedded.py`. A program of its own,
not a `preexec_fn`: Python code between fork and exec can deadlock in a process with threads. Standard library only.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
NOBODY = 65534


def drop_root() -> None:
    """Enter a user namespace in which root is `nobody` without capabilities, yet still owns its own files.

    So Postgres, which refuses to run as root, runs under a folder like /root that no other account may enter.
    """
    maps = {"setgroups": "deny", "uid_map": f"{NOBODY} {os.getuid()} 1", "gid_map": f"{NOBODY} {os.getgid()} 1"}
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "the system allows no user namespace")
    for name, text in maps.items():
        Path("/proc/self", name).write_text(text)


def become_account(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def leave_with_owner(owner_pid: int) -> None:
    """Have the kernel send SIGINT, a clean shutdown to Postgres, when the owner dies, even by SIGKILL."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)
    if os.getppid() != owner_pid:
        sys.exit("the owner of the database left before it started")


def main(owner_pid: str, folder: str, rights: str, *command: str) -> None:
    try:
        if rights == "namespace":
            drop_root()
        elif rights != "own":
            become_account(*map(int, rights.split(":")))
        leave_with_owner(int(owner_pid))  # After the change of rights, which may clear the signal.
        os.chdir(folder)
        os.execv(command[0], command)  # noqa: S606 - the absolute path of a Postgres binary
    except OSError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
