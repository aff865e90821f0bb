"""The planner on as many people as a very large messenger has: eight hundred million, ten thousand ad sets. `make bench-800m`.

Wall time from opening the files, which were written just before, to the plan, on two threads. It needs 9.4 GB in the folder for
temporary files (TMPDIR) and, to read them from memory, as much of that free. It takes six to ten minutes, most of them to make
the people up, and is no part of the tests.
"""

import tempfile
from dataclasses import replace
from pathlib import Path

from bench.planner import LARGE, from_files
from bench.record import record


def main() -> None:
    """Make them up, plan, tell."""
    with tempfile.TemporaryDirectory() as name:
        figures = from_files(Path(name) / "people", replace(LARGE, people_count=800_000_000), "8e8")
    print(record("planner_800m", figures).read_text())


if __name__ == "__main__":
    main()
