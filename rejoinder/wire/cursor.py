"""Opaque list cursors: the sort key of the last row, so that lists page steadily while rows come and go."""

import base64
from datetime import UTC, datetime

from rejoinder.units.errors import InputInvalid
from rejoinder.units.ids import id_from_wire


def encode_cursor(at: datetime, row_id: int) -> str:
    """Write a place in a list ordered by (time, id)."""
    return base64.urlsafe_b64encode(f"{at.timestamp():.6f}/{row_id}".encode()).decode().rstrip("=")


def decode_cursor(text: str | None) -> tuple[datetime, int] | None:
    """Read a place back; None where the list starts."""
    if not text:
        return None
    try:
        seconds, _, row_id = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition("/")
        place = datetime.fromtimestamp(float(seconds), UTC), id_from_wire(row_id)
    except (ValueError, OverflowError, OSError):
        place = None
    if place is None or not place[1]:
        raise InputInvalid("This cursor is not one of ours; ask for the list again without it.", field="cursor")
    return place
