"""One clock for everything that is business time; read after the locks, never in SQL.

A test installation may move it through a file shared by all its processes. The file holds an ISO time; the clock
reads as that time plus what has passed since the file was written, so that life goes on after each jump.
"""

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Tell the time, always in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The time of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FileClock:
    """The time written in a file; every process that reads the file agrees."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> datetime:
        try:
            modified = os.stat(self._path).st_mtime  # noqa: PTH116  twice as fast as Path.stat, and read per message
            set_to = datetime.fromisoformat(self._path.read_text().strip())
        except (OSError, ValueError):
            return datetime.now(UTC)
        return set_to + (datetime.now(UTC) - datetime.fromtimestamp(modified, UTC))

    def set(self, at: datetime) -> None:
        """Move every process to this time."""
        beside = self._path.with_suffix(".new")
        beside.write_text(at.astimezone(UTC).isoformat())
        beside.replace(self._path)


class FixedClock:
    """A clock that stands still until it is moved: for tests and for making demo data."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def move(self, **delta: float) -> datetime:
        """Move by `timedelta(**delta)` and return the new time."""
        self.at += timedelta(**delta)
        return self.at


def monday_of(day: date) -> date:
    """The Monday of the ISO week that the day lies in."""
    return day - timedelta(days=day.weekday())
