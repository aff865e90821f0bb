"""The automatic checks: content in, findings out, each with its field; and what stands against an approval. Pure.

They help the operator look; only the operator decides. What cannot be meant at all is refused by `campaigns.rules` before.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import urlsplit

from rejoinder.ads.campaigns.model import Content, Offer
from rejoinder.ads.review.model import Finding, Standing

EMOJI_MAX = {"headline": 2, "text": 5, "button_title": 1}
SHOUTED_LETTERS_MIN = 8
SHOUTED_SHARE = 0.6

# Whole words, compared after look-alikes are folded. Categories that a messenger of strangers' offers does not carry.
BANNED_CATEGORIES = {
    "weapons": "gun guns pistol rifle ammunition firearm firearms waffe waffen munition",
    "tobacco": "tobacco cigarette cigarettes vape vapes tabak zigaretten",
    "drugs": "cannabis cocaine weed ecstasy kokain steroids",
    "gambling": "casino betting jackpot roulette sportwetten glücksspiel",
    "adult": "porn pornography escort xxx erotik",
    "miracle cures": "miracle-cure wunderheilung detoxwunder",
    "fast money": "payday-loan get-rich get-rich-quick schnelles-geld doubler",
}
_BANNED = {word: category for category, words in BANNED_CATEGORIES.items() for word in words.split()}
SHORTENERS = {"bit.ly", "tinyurl.com", "t.co", "goo.gl", "is.gd", "ow.ly", "cutt.ly", "rebrand.ly"}

_WORD = re.compile(r"\w+(?:-\w+)*")
_ADDRESS = re.compile(
    r"(?:https?://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|io|shop|store|info|biz|app|link|de|fr|es|it|uk|example)\b",
    re.I,
)
_DISCOUNT = re.compile(r"\d\s?%|\b(?:free|gratis|kostenlos|discount|rabatt|half price|sale)\b", re.I)
_TERMS = re.compile(
    r"\b(?:until|till|through|by|from|for|with|when|on|only|while|terms|per|bis|ab|für|bei|nur|solange)\b", re.I
)
_OUTCRY = re.compile(r"[!?]{3,}")
# Cyrillic, Greek, then digits and signs that stand for letters.
_LOOKALIKE = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0455\u0501\u051b\u051d"
    "\u03bf\u03b1\u03b5\u03c1\u03c4\u03c5\u03c7"
    "013457@$",
    "aeopcyxisdqwoaeptuxoleastas",
)


def check(content: Content, standing: Standing) -> list[Finding]:
    """Everything the checks notice, errors first, in the order of the fields on screen."""
    findings = [*_check_words(content), *_check_link(content), *_check_names(content, standing)]
    return sorted(findings, key=lambda finding: finding.severity)


def _check_words(content: Content) -> Iterator[Finding]:
    for field, text in (
        ("headline", content.headline),
        ("text", content.text),
        ("button_title", content.button_title),
    ):
        for category in dict.fromkeys(_banned_in(text)):
            yield _error(field, "banned_category", f"This reads like {category}, which may not be advertised here.")
        if _ADDRESS.search(text):
            yield _error(field, "url_in_text", "Put the web address on the button, not into the words.")
        if is_disguised(text):
            yield _error(field, "lookalike", "Some letters come from another alphabet or cannot be seen.")
        if is_shouted(text):
            yield _warning(field, "shouting", "This shouts. Use capitals and exclamation marks sparingly.")
        if count_emoji(text) > EMOJI_MAX[field]:
            yield _warning(field, "emoji_flood", f"Use at most {EMOJI_MAX[field]} emoji here.")
    words = f"{content.headline} {content.text}"
    if _DISCOUNT.search(words) and not _TERMS.search(words):
        yield _warning("text", "price_terms", "Say until when or on what terms the price or discount holds.")


def _check_link(content: Content) -> Iterator[Finding]:
    if content.button_url is None:
        return
    parts = urlsplit(content.button_url)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme != "https":
        yield _error("button_url", "link_not_secure", "The link begins with http://; it has to begin with https://.")
    if parts.username is not None or parts.password is not None:
        yield _error("button_url", "link_with_login", "The link carries a name or password before its host.")
    if _is_number(host) or "." not in host:
        yield _error("button_url", "link_host", f"{host} is no public host name.")
    if not host.isascii() or "xn--" in host:
        yield _warning("button_url", "link_lookalike", "The host has letters that can be mistaken for others.")
    if host.removeprefix("www.") in SHORTENERS:
        yield _error("button_url", "link_shortened", "A shortened link hides where it leads. Use the full address.")


def _check_names(content: Content, standing: Standing) -> Iterator[Finding]:
    if not standing.is_owner_verified:
        yield _error("payer", "owner_not_verified", "The operator has not verified the owner of this business.")
    if content.payer.casefold() != standing.owner_name.casefold():
        yield _error("payer", "payer_mismatch", f"The payer is not the owner of the ad account, {standing.owner_name}.")
    if content.beneficiary.casefold() not in {standing.business_name.casefold(), standing.owner_name.casefold()}:
        yield _warning(
            "beneficiary",
            "beneficiary_mismatch",
            f"The offer is on behalf of somebody else than {standing.business_name}.",
        )


def _banned_in(text: str) -> Iterator[str]:
    plain = unicodedata.normalize("NFKC", text).casefold()
    for version in (plain, plain.translate(_LOOKALIKE)):
        for word in _WORD.findall(version.replace("get rich", "get-rich").replace("payday loan", "payday-loan")):
            if word in _BANNED:
                yield _BANNED[word]


def is_shouted(text: str) -> bool:
    """Whether most letters are capitals, or signs cry out."""
    letters = [sign for sign in text if sign.upper() != sign.lower()]
    capitals = sum(sign.isupper() for sign in letters)
    return bool(_OUTCRY.search(text)) or (
        len(letters) >= SHOUTED_LETTERS_MIN and capitals >= SHOUTED_SHARE * len(letters)
    )


def count_emoji(text: str) -> int:
    """How many pictures stand in a text; skin tones and joiners belong to the one before them."""
    return sum(unicodedata.category(sign) == "So" or 0x1F1E6 <= ord(sign) <= 0x1F1FF for sign in text)


def is_disguised(text: str) -> bool:
    """Whether a word mixes alphabets, wears styled letters, or hides signs that are not seen."""
    if any(unicodedata.category(sign) == "Cf" and sign != "\u200d" for sign in text):
        return True
    if any(sign.isalpha() and "MATHEMATICAL" in unicodedata.name(sign, "") for sign in text):
        return True
    return any(len(_alphabets(word) & {"LATIN", "CYRILLIC", "GREEK"}) > 1 for word in _WORD.findall(text))


def _alphabets(word: str) -> set[str]:
    return {unicodedata.name(sign, "").partition(" ")[0] for sign in word if sign.isalpha()}


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def refusal_to_approve(offer: Offer, standing: Standing) -> str | None:
    """Say why an ad cannot be approved now, whatever the operator thinks of it."""
    if offer.campaign_state == "ended":
        return "This offer has ended meanwhile. There is nothing left to decide."
    if not standing.is_owner_verified:
        return "The owner of this business is not verified. Verify the owner first."
    return None


def _error(field: str, code: str, message: str) -> Finding:
    return Finding(field, code, message, "error")


def _warning(field: str, code: str, message: str) -> Finding:
    return Finding(field, code, message, "warning")
