"""What a door's links and files are called. Pure."""

import re
import unicodedata

_CODE = re.compile(r"[0-9a-hjkmnp-tv-z]{8}")


def code_of(text: str) -> str | None:
    """A code as it was printed, however it was typed; None for what is none."""
    code = text.strip().lower()
    return code if _CODE.fullmatch(code) else None


def door_link(public_url: str, code: str) -> str:
    """The permanent link, which the QR code says."""
    return f"{public_url}/e/{code}"


def handle_link(public_url: str, handle: str) -> str:
    """The link that people type."""
    return f"{public_url}/m/{handle}"


def file_name(name: str) -> str:
    """A name that every file system takes: "Café Noir" becomes "cafe-noir"."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "qr"
