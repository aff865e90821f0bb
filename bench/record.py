"""Write a benchmark's result the one way all of them do: bench/results/<name>.json, with machine and commit."""

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def record(name: str, figures: Mapping[str, float | str]) -> Path:
    """Write `{name, command, commit, machine, date, figures}` and return the file; a dirty tree is named in the commit."""
    result = {
        "name": name,
        "command": f"make bench NAME={name}",
        "commit": _commit(),
        "machine": _machine(),
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "figures": figures,
    }
    path = RESULTS / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(result, indent=2) + "\n")
    return path


def _commit() -> str:
    head = _git("rev-parse", "--short=12", "HEAD")
    changed = [line for line in _git("status", "--porcelain").splitlines() if "bench/results/" not in line]
    return f"{head} with changes" if changed else head


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout.strip()


def _machine() -> str:
    model = next(
        (line.split(":", 1)[1].strip() for line in _cpuinfo() if line.startswith("model name")), platform.processor()
    )
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    python = platform.python_version()
    return f"{os.cpu_count()} x {model}, {memory_gib:.0f} GiB, {platform.system()}, Python {python}, load {load:.1f}"


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.is_file() else []
