"""How long things may be, and what no text may hold. Checked before SQL, so that a bad entry never fails a batch."""

from typing import Annotated

import msgspec

MESSAGE_LENGTH_MAX = 4_000
NAME_LENGTH_MAX = 60
BODY_BYTES_MAX = 64 * 1024
FRAME_BYTES_MAX = 32 * 1024
LIST_COUNT_MAX = 100

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_LENGTH_MAX)]
ShortText = Annotated[str, msgspec.Meta(min_length=1, max_length=400)]
Email = Annotated[str, msgspec.Meta(min_length=3, max_length=254, pattern=r"^[^@\s]{1,64}@[^@\s]+\.[^@\s]+$")]
# Python's `$` also stands before a newline at the end, and no column here takes one.
CountryCode = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}$", max_length=2)]

# Embeddings, overrides and isolates: what stands behind one is shown in another order, also beyond the text's end.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"


def is_clean_text(text: str) -> bool:
    """Whether Postgres can store it: no NUL, no lone surrogate, no control sign but newline and tab."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return all(sign >= " " or sign in "\n\t" for sign in text) and "\x7f" not in text


def turns_text(text: str) -> bool:
    """Whether signs in it change the order in which others are shown; a name with one can pass for another."""
    return not _TURNING.isdisjoint(text)


def has_words(text: str) -> bool:
    """Whether anything is left to see once blanks and invisible signs are taken away."""
    return any(not sign.isspace() and sign not in _INVISIBLE for sign in text)
