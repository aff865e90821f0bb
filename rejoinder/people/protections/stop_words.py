"""Recognise that somebody wants no more adverts, in their own words.

A whole message that is a stop word acts at once. An explicit phrase inside a sentence only pauses adverts, and the person
is asked. The words are data (`stop_words.toml`); this module only makes spellings comparable.
"""

import functools
import re
import tomllib
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

# Marks that writers leave out: Latin, Greek and Cyrillic accents, Hebrew points, Arabic vowels and hamza seats. Vowel
# signs of other scripts carry meaning and stay.
# What tells an emoji from a sign (a variation selector, a keycap) means nothing either.
_OPTIONAL_MARKS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0640\ufe00-\ufe0f\u20e3]")
_APOSTROPHES = re.compile("(?<=n)['\u2019\u02bc\u0060\u00b4](?=t\\b)")
_LETTERS_APART = str.maketrans({"\u0131": "i", "ł": "l", "ø": "o", "đ": "d", "æ": "ae"})
_MESSAGE_LENGTH_MAX = 400
_WITHOUT_SPACES = ("ja", "ko", "zh")


@dataclass(frozen=True, slots=True)
class _Words:
    """All languages' words, normalised; those of languages written without blanks also stand without any."""

    whole: frozenset[str]
    own: dict[str, frozenset[str]]
    phrases: tuple[str, ...]
    closed_phrases: tuple[str, ...]
    polite: re.Pattern[str]


def match(text: str, language: str) -> Literal["whole", "phrase"] | None:
    """Whether the message is a stop word, or holds a stop phrase. Long messages are read for phrases at their beginning only."""
    said = normalise(text[:_MESSAGE_LENGTH_MAX])
    if not said:
        return None
    own = language.lower().replace("_", "-").partition("-")[0]
    if len(text) <= _MESSAGE_LENGTH_MAX and any(_is_stop_word(form, own) for form in _forms(said)):
        return "whole"
    return "phrase" if _holds_phrase(said) else None


def normalise(text: str) -> str:
    """Case, accents, width, punctuation, emoji and invisible signs taken away; words with one blank between."""
    text = _APOSTROPHES.sub("", unicodedata.normalize("NFKC", text).casefold())
    text = _OPTIONAL_MARKS.sub("", unicodedata.normalize("NFKD", text))
    text = unicodedata.normalize("NFKC", text).translate(_LETTERS_APART)
    kept = "".join(_kept(sign) for sign in text)
    return " ".join(kept.split())


def _kept(sign: str) -> str:
    category = unicodedata.category(sign)
    if category == "Cf":
        return ""
    return sign if category[0] in "LMN" else " "


def _forms(said: str) -> set[str]:
    """The message as it is, without polite words around it, said once where it was repeated, and put together."""
    forms = {said, _words().polite.sub("", said)}
    forms |= {" ".join(dict.fromkeys(form.split())) for form in set(forms)}
    if not said.isascii() or all(len(word) == 1 for word in said.split()):
        forms.add(said.replace(" ", ""))
    return forms - {""}


def _is_stop_word(said: str, language: str) -> bool:
    words = _words()
    return said in words.whole or said in words.own["en"] or said in words.own.get(language, ())


def _holds_phrase(said: str) -> bool:
    words, apart, closed = _words(), f" {said} ", said.replace(" ", "")
    if any(f" {phrase} " in apart for phrase in words.phrases):
        return True
    return not said.isascii() and any(phrase in closed for phrase in words.closed_phrases)


@functools.cache
def _words() -> _Words:
    data = tomllib.loads(Path(__file__).with_name("stop_words.toml").read_text())
    read = {name: {part: [normalise(one) for one in words] for part, words in data[name].items()} for name in data}
    spaced = [words for name, words in read.items() if name not in _WITHOUT_SPACES]
    closed = [words for name, words in read.items() if name in _WITHOUT_SPACES]
    polite = "|".join(re.escape(one) for words in read.values() for one in words["polite"])
    return _Words(
        whole=frozenset(
            [one for words in spaced for one in words["whole"]]
            + [one.replace(" ", "") for words in closed for one in words["whole"]]
        ),
        own={name: frozenset(words.get("own", [])) for name, words in read.items()},
        phrases=tuple(one for words in spaced for one in words["phrases"]),
        closed_phrases=tuple(one.replace(" ", "") for words in closed for one in words["phrases"]),
        polite=re.compile(f"^(?:(?:{polite}) )+|(?: (?:{polite}))+$"),
    )
