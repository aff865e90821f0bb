"""How long from `make demo` to the first page: cold on a fresh clone with an empty HOME and empty caches, then warm.

Clones the committed state into a temporary folder. The time ends when the page and readiness both answer.
"""

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from bench.record import record

GIVE_UP_S = 900
KEPT = ("PATH", "LANG", "LC_ALL", "SSL_CERT_FILE", "PIP_CERT", "PIP_DEFAULT_TIMEOUT", "NODE_EXTRA_CA_CERTS")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  our own server
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def time_to_first_page(checkout: Path, home: Path) -> float:
    """Run `make demo` until its first page, then stop it as a person would."""
    port = free_port()
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    environment |= {"HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache"), "REJOINDER_PORT": str(port)}
    started = time.perf_counter()
    demo = subprocess.Popen(["make", "demo"], cwd=checkout, env=environment, start_new_session=True)
    try:
        url = f"http://127.0.0.1:{port}"
        while not (answers(url + "/") and answers(url + "/readyz")):
            if demo.poll() is not None or time.perf_counter() - started > GIVE_UP_S:
                raise SystemExit("make demo did not come up")
            time.sleep(0.05)
        return time.perf_counter() - started
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(demo.pid, signal.SIGINT)
        demo.wait(60)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        checkout, home = Path(folder) / "checkout", Path(folder) / "home"
        home.mkdir()
        subprocess.run(["git", "clone", "--quiet", ".", str(checkout)], check=True)
        cold_s = time_to_first_page(checkout, home)
        warm_s = sorted(time_to_first_page(checkout, home) for _ in range(3))[1]
    path = record("start", {"cold_s": round(cold_s, 1), "warm_s": round(warm_s, 2)})
    print(path.read_text())


if __name__ == "__main__":
    main()
