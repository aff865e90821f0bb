"""Money is an integer of micro-units (a millionth of the currency's unit) beside its ISO 4217 currency."""

from decimal import Decimal
from typing import NewType

Micros = NewType("Micros", int)

MICROS_PER_UNIT = 1_000_000
MICROS_MAX = 10**15  # a thousand million units: any larger amount is a typing mistake


def micros_of(text: str) -> Micros:
    """Read "12.50" exactly; raise ValueError on anything else, on more than 6 places or out of bounds."""
    if not text.replace(".", "", 1).isdecimal() or not text.isascii():
        raise ValueError(f"not an amount: {text!r}")
    micros = Decimal(text) * MICROS_PER_UNIT
    if micros != int(micros) or micros > MICROS_MAX:
        raise ValueError(f"not an amount: {text!r}")
    return Micros(int(micros))


def amount_text(micros: int) -> str:
    """Write micro-units as a plain decimal: two places, more only where they say something."""
    sign, whole = ("-", -micros) if micros < 0 else ("", micros)
    units, rest = divmod(whole, MICROS_PER_UNIT)
    places = f"{rest:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}{units}.{places}"
