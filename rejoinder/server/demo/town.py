"""Who lives in the demo town and what is said there: words.toml, drawn out by a seeded generator. No database here."""

import random
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from rejoinder.people.identity.model import Credentials, PersonDraft

PEOPLE_PER_PLACE = 25
ADULT_BORN_UNTIL = 2005
THANKS = ["Thank you!", "Perfect, thanks", "Lovely", "Great 👍", "That helps, thanks", "Brilliant", "🙏", "Ok, thanks!"]
AFTER_AN_OFFER = ["Lovely, it is noted.", "Gladly! We will keep it for you.", "Done. See you soon!", "It is yours."]
NEIGHBOUR = "Hello, we are new at number 12. On which day is the paper collected?"
SWINDLE = "Congratulations, you won a phone! Send me your address and 2 euros for the parcel."
WELCOMES = [
    "With pleasure!",
    "Any time.",
    "You are welcome.",
    "Glad to help. Have a good day!",
    "Write whenever you need us.",
    "😊",
    "Our pleasure.",
]


class Place(msgspec.Struct, frozen=True):
    """Where some of the people live."""

    region: str
    zone: str
    language: str
    given: list[str]
    family: list[str]


class OfferWords(msgspec.Struct, frozen=True):
    """What a business advertises."""

    headline: str
    text: str
    button: str


class BusinessWords(msgspec.Struct, frozen=True):
    """A business of the town; `quick_replies` and `exchanges` are questions with their answers."""

    handle: str
    name: str
    owner: str
    country: str
    hue: int
    about: str
    greeting: str
    quick_replies: list[tuple[str, str]]
    exchanges: list[tuple[str, str]]
    offer: OfferWords | None = None


class Talk(msgspec.Struct, frozen=True):
    """What two people say to each other, turn about."""

    lines: list[str]


class Words(msgspec.Struct, frozen=True):
    """All of words.toml."""

    place: list[Place]
    business: list[BusinessWords]
    talk: list[Talk]


@dataclass(frozen=True, slots=True)
class Said:
    """A line of an exchange; `is_business` for an answer."""

    is_business: bool
    text: str


@cache
def read_words() -> Words:
    """The words, checked."""
    raw: dict[str, Any] = tomllib.loads((Path(__file__).parent / "words.toml").read_text())
    return msgspec.convert(raw, Words)


def people(chance: random.Random, password_hash: str) -> list[PersonDraft]:
    """Adults but for a few, verified but for a few; everybody can be signed in as."""
    drafts: list[PersonDraft] = []
    for place in read_words().place:
        names = [f"{given} {family}" for given in place.given for family in place.family]
        for name in chance.sample(names, PEOPLE_PER_PLACE):
            drafts.append(
                PersonDraft(
                    name=name,
                    region=place.region,
                    zone=place.zone,
                    language=place.language,
                    birth_year=_birth_year(chance),
                    credentials=Credentials(f"resident.{len(drafts) + 1}@town.example", password_hash),
                    is_verified=chance.random() > 0.05,
                    hue=chance.randrange(360),
                )
            )
    return drafts


def _birth_year(chance: random.Random) -> int | None:
    dice = chance.random()
    if dice < 0.04:
        return None
    return chance.randint(2011, 2013) if dice < 0.08 else chance.randint(1950, ADULT_BORN_UNTIL)


def is_adult(draft: PersonDraft) -> bool:
    """Whether strangers of age may write to them."""
    return draft.birth_year is not None and draft.birth_year <= ADULT_BORN_UNTIL


def questions(words: BusinessWords) -> list[tuple[str, str]]:
    """What a business is asked, with the answers; its buttons are questions, too."""
    return list(dict([*words.exchanges, *words.quick_replies]).items())


def exchange(chance: random.Random, words: BusinessWords, nth: int) -> list[Said]:
    """The nth question, its answer, and sometimes thanks, which a polite business does not leave unanswered."""
    question, answer = questions(words)[nth]
    script = [Said(False, question), Said(True, answer)]
    if chance.random() < 0.6:
        script += [Said(False, chance.choice(THANKS)), Said(True, chance.choice(WELCOMES))]
    return script
