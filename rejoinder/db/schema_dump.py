"""Write each package's `schema.sql` from a migrated database, for reading and review; nothing is ever loaded from them.

`python -m rejoinder.db.schema_dump` (`make schema`) makes a database of its own for that. A guard test compares.
"""

import asyncio
import re
import subprocess
import tempfile
from pathlib import Path

from rejoinder.db.embedded import EmbeddedPostgres
from rejoinder.db.migrate import migrate
from rejoinder.db.programs import find_binaries
from rejoinder.db.queries import PACKAGE_ROOT

PACKAGES = ("db", "people", "chat", "business", "ads", "safety")
_NOISE = re.compile(
    r"^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\(un)?restrict .*|ALTER .* OWNER TO .*)\n", re.MULTILINE
)
_HEAD = "-- Generated from the migrations by `make schema`; for reading only.\n\n"


def dump(dsn: str, package: str) -> str:
    """The schema of one package as Postgres itself tells it, without session settings and owners."""
    command: list[str | Path] = [
        find_binaries(18) / "pg_dump",
        "--schema-only",
        "--no-owner",
        "--no-privileges",
        f"--schema={package}",
        dsn,
    ]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603  our own binary and words
    return _HEAD + re.sub(r"\n{3,}", "\n\n", _NOISE.sub("", told)).strip() + "\n"


def write_all() -> None:
    """Write every package's file."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder) / "postgres") as server:
        asyncio.run(migrate(server.dsn()))
        for package in PACKAGES:
            (PACKAGE_ROOT / package / "schema.sql").write_text(dump(server.dsn(), package))


if __name__ == "__main__":
    write_all()
