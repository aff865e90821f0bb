"""The kinds of thing that can go wrong for a caller. Packages subclass a kind and name a code; `wire.errors` alone knows HTTP.

A message is shown to people: plain, and it says what to do. Nothing has changed when one of these is raised.
"""

from typing import ClassVar


class DomainError(Exception):
    """A refusal with a stable `code`, a helpful message and, where it is about input, the `field`."""

    code: ClassVar[str]

    def __init__(self, message: str, *, field: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.reason = code or self.code


class InputInvalid(DomainError):
    """The input cannot be meant: wrong shape, too long, out of bounds."""

    code = "input_invalid"


class NotSignedIn(DomainError):
    """No session, or one that has ended."""

    code = "not_signed_in"


class NotAllowed(DomainError):
    """Signed in, but this is not theirs to do."""

    code = "not_allowed"


class Missing(DomainError):
    """There is no such thing for this viewer; also said of things that are somebody else's."""

    code = "missing"


class Conflict(DomainError):
    """It clashes with what is there."""

    code = "conflict"


class Refused(DomainError):
    """Understood and permitted in general, but a rule says no now."""

    code = "refused"


class TooMany(DomainError):
    """Asked too often; try again after `retry_after_s` seconds."""

    code = "too_many"

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Unavailable(DomainError):
    """The server cannot answer now; nothing is known to have changed; try again."""

    code = "unavailable"
