"""Settings from the environment, read once at start and passed down. docs/self-hosting.md has a line for each.

Units stand in the names. A value that cannot be meant stops the start with a sentence that names the variable.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rejoinder.units.money import MICROS_PER_UNIT


class SettingsError(Exception):
    """A setting that cannot be meant."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator may set. See docs/self-hosting.md."""

    database_url: str | None
    test_clock: Path | None
    host: str
    port: int
    public_url: str
    smtp_url: str | None
    mail_from: str
    policy_dir: Path | None
    database_connections_max: int
    delivery_people_max: int
    rate_limit_per_s: float
    log_format: str
    currency: str
    reserve_micros: int


def read_settings(
    environment: Mapping[str, str] = os.environ, *, host: str | None = None, port: int | None = None
) -> Settings:
    """Read `REJOINDER_*`; what the command line says goes before."""

    def text(name: str, default: str = "") -> str:
        return environment.get(f"REJOINDER_{name}", "").strip() or default

    def path(name: str) -> Path | None:
        return Path(text(name)) if text(name) else None

    def number(name: str, default: float, least: float, most: float) -> float:
        try:
            value = float(text(name, str(default)))
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise SettingsError(f"REJOINDER_{name} must be a number from {least:g} to {most:g}, not {text(name)!r}")
        return value

    host = host or text("HOST", "127.0.0.1")
    port = int(number("PORT", 8000, 0, 65535)) if port is None else port
    log_format = text("LOG_FORMAT", "text")
    if log_format not in ("text", "json"):
        raise SettingsError(f"REJOINDER_LOG_FORMAT must be text or json, not {log_format!r}")
    currency = text("CURRENCY", "EUR")
    if not (len(currency) == 3 and currency.isascii() and currency.isupper()):
        raise SettingsError(f"REJOINDER_CURRENCY must be three capital letters like EUR, not {currency!r}")
    return Settings(
        database_url=text("DATABASE_URL") or None,
        test_clock=path("TEST_CLOCK"),
        host=host,
        port=port,
        public_url=text("PUBLIC_URL", f"http://{host}:{port}").rstrip("/"),
        smtp_url=text("SMTP_URL") or None,
        mail_from=text("MAIL_FROM", "Rejoinder <no-reply@localhost>"),
        policy_dir=path("POLICY_DIR"),
        database_connections_max=int(number("DATABASE_CONNECTIONS", 10, 2, 200)),
        delivery_people_max=int(number("DELIVERY_PEOPLE", 2_000, 1, 2_000)),
        rate_limit_per_s=number("RATE_LIMIT_PER_S", 50, 0, 1_000_000),
        log_format=log_format,
        currency=currency,
        reserve_micros=round(number("RESERVE_PRICE", 0.02, 0.000001, 1_000) * MICROS_PER_UNIT),
    )
