"""Ids are random 63-bit integers drawn by the application, and decimal strings on every wire.

No clock and no node number hides in them, so nobody reads off how much happens here.
A collision is a unique violation; the command that drew it fails and may be tried again.
"""

import hashlib
import secrets
from typing import Annotated

import msgspec

ID_MAX = 2**63 - 1

WireId = Annotated[str, msgspec.Meta(pattern=r"^[1-9][0-9]{0,18}$", description="id, decimal")]

# Crockford's alphabet without i, l, o, u: nothing in a printed code is mistaken for something else.
_CODE_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id() -> int:
    """Draw an id."""
    return secrets.randbits(63) or 1


def new_code(length: int = 8) -> str:
    """Draw a short code for links that people may type."""
    return "".join(secrets.choice(_CODE_ALPHABET) for _ in range(length))


def new_token() -> str:
    """Draw a bearer secret: 256 bits, URL-safe. Only `token_hash` of it is ever stored."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """Hash a secret that has enough entropy of its own."""
    return hashlib.sha256(token.encode()).digest()


def id_from_wire(text: str) -> int:
    """Read a decimal id; anything that is no id becomes 0, which no row has."""
    if text.isascii() and text.isdecimal() and len(text) <= 19:
        number = int(text)
        return number if number <= ID_MAX else 0
    return 0
