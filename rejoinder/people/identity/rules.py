"""Pure decisions of identity: what may be said and how long it lasts; `refusal_to_x` gives a sentence for the person, or None.

Names, addresses, passwords, handles, birth years, limits on attempts, waits between mails, names of devices, one-click links.
"""

import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec

from rejoinder.people.identity.model import Limit
from rejoinder.units.bounds import NAME_LENGTH_MAX, has_words, is_clean_text, turns_text
from rejoinder.units.networks import network_of

SESSION_LASTS = timedelta(days=60)
PROGRAM_LASTS = timedelta(days=365)
SESSION_TOUCHED_EVERY = timedelta(hours=1)
CODE_LASTS = {"verify": timedelta(hours=24), "reset": timedelta(hours=1)}
MAIL_TRIES_MAX = 8
HANDLES_MAX = 10
PASSWORD_LENGTH_MIN, PASSWORD_LENGTH_MAX = 8, 200

_QUARTER_H, _HOUR = 900, 3600
_ADDRESS = re.compile(r"[^@\s,;:<>()\[\]\\\"]{1,64}@[^@\s,;:<>()\[\]\\\"]+\.[^@\s,;:<>()\[\]\\\"]+")
_HANDLE = re.compile(r"[a-z0-9][a-z0-9._-]{2,31}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_RESERVED_WORDS = (
    "about account admin administrator ads advertiser agent api app assets billing blog business businesses chat chats console "
    "contact demo docs everyone favicon.ico guest healthz help inbox index info invitation legal link live login logout mail me "
    "messages messenger metrics null official operator password policy postmaster privacy readyz register rejoinder "
    "requests reset robots.txt root security settings sign-in sign-up signin signup sponsored static status stop support system "
    "team terms test transparency undefined unit verify webmaster widget widget.js www"
)
_OBVIOUS_WORDS = (
    "abcdefgh abcd1234 abc12345 asdfghjk asdfghjkl baseball changeme computer dragon football iloveyou letmein letmein1 liverpool "
    "michael monkey1 princess qwerty qwertyui qwertyuiop qwertz qwertzuiop sunshine superman trustno1 welcome welcome1 whatever "
    "1q2w3e4r 1qaz2wsx q1w2e3r4 zaq12wsx passwort motdepasse contrasena secret secret12 rejoinder"
)
_RESERVED, _OBVIOUS = frozenset(_RESERVED_WORDS.split()), frozenset(_OBVIOUS_WORDS.split())


def name_of(text: str) -> str:
    """A name as it is kept: trimmed, each run of blanks one blank."""
    return " ".join(text.split())


def refusal_to_name(name: str) -> str | None:
    """Say why nobody can be called this."""
    if not is_clean_text(name) or turns_text(name):
        return "The name holds characters that cannot be shown."
    if not has_words(name):
        return "Please give a name."
    if len(name) > NAME_LENGTH_MAX:
        return f"The name may have at most {NAME_LENGTH_MAX} characters."
    return None


def address_of(text: str) -> str:
    """An e-mail address as it is kept and compared."""
    return text.strip().lower()


def refusal_to_address(address: str) -> str | None:
    """Say why no mail can be sent there."""
    if not is_clean_text(address) or len(address) > 254 or _ADDRESS.fullmatch(address) is None:
        return "This does not look like an e-mail address."
    return None


def refusal_to_password(password: str, *, address: str, name: str) -> str | None:
    """Say why this password is too easy to guess, or cannot be kept."""
    if len(password) < PASSWORD_LENGTH_MIN:
        return f"A password needs at least {PASSWORD_LENGTH_MIN} characters."
    if len(password) > PASSWORD_LENGTH_MAX or not is_clean_text(password):
        return f"A password may have at most {PASSWORD_LENGTH_MAX} characters, none of them invisible."
    plain = password.casefold().replace(" ", "")
    local = address.partition("@")[0].casefold()
    if plain in {address.casefold(), local, name.casefold().replace(" ", "")}:
        return "The password is your name or address. Choose one that nobody can guess."
    core = plain.strip("0123456789!?.*#_-")
    if core in _OBVIOUS | {"", "password"} or plain in _OBVIOUS or len(set(plain)) < 4 or _is_run(plain):
        return "This password is one of the first that anybody would try. Choose another."
    return None


def _is_run(text: str) -> bool:
    """Whether each sign follows the one before, as in 23456789 or hgfedcba."""
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return steps in ({1}, {-1})


def handle_of(text: str) -> str:
    """A handle as it is kept and compared, with or without its @."""
    return text.strip().removeprefix("@").lower()


def refusal_to_handle(handle: str) -> str | None:
    """Say why nobody can have this handle."""
    if _HANDLE.fullmatch(handle) is None:
        return "A handle has 3 to 32 characters: letters a to z, digits, and . _ - after the first."
    if handle in _RESERVED:
        return "This word is kept for the messenger itself. Choose another handle."
    return None


def code_of(text: str) -> str:
    """A mailed code as it was drawn, however it was typed."""
    return "".join(text.split()).lower().translate(str.maketrans("ilo", "110"))


def is_region(text: str) -> bool:
    """Whether it has the form of an ISO 3166 alpha-2 code."""
    return re.fullmatch(r"[A-Z]{2}", text) is not None


def is_zone(text: str) -> bool:
    """Whether it has the form of a time zone's name; which ones exist the database knows."""
    return len(text) <= 64 and re.fullmatch(r"[A-Za-z0-9_+/-]+", text) is not None


def is_language(text: str) -> bool:
    """Whether it is a BCP 47 tag as browsers send it."""
    return len(text) <= 35 and _LANGUAGE.fullmatch(text) is not None


def refusal_to_birth_year(year: int, *, known: int | None) -> str | None:
    """Say why it cannot become the birth year: once given it only moves to younger, to more protection."""
    if known is not None and year < known:
        return "The birth year is settled. If it is wrong, ask whoever runs this messenger to change it."
    return None


def limits_for(act: str, *, client: str, address: str = "") -> list[Limit]:
    """How often `act` may be tried: per address, per address and network, and per network."""
    network = network_of(client)
    match act:
        case "sign_in":
            return [
                Limit(f"sign_in:{address}", 60, _QUARTER_H),
                Limit(f"sign_in:{address}:{network}", 10, _QUARTER_H),
                Limit(f"sign_in:{network}", 200, _QUARTER_H),
            ]
        case "mail":  # what makes us write to an address that somebody typed
            return [Limit(f"mail:{address}", 5, _HOUR), Limit(f"mail:{network}", 60, _HOUR)]
        case "invitation":  # apart from the former: who is pestered can still choose a new password
            return [Limit(f"invitation:{address}", 5, _HOUR), Limit(f"invitation:{network}", 60, _HOUR)]
        case "code":
            return [Limit(f"code:{network}", 60, _QUARTER_H)]
        case "guest":
            return [Limit(f"guest:{network}", 300, _HOUR)]
        case _:
            return [Limit(f"{act}:{address or network}", 200, _QUARTER_H)]


def window_of(at: datetime, window_s: int) -> datetime:
    """When the fixed window that `at` lies in began."""
    return datetime.fromtimestamp(int(at.timestamp()) // window_s * window_s, UTC)


def mail_wait(tries: int) -> timedelta | None:
    """How long to wait after the n-th failure: 1 minute, then twice as long each time; None to give up."""
    return None if tries >= MAIL_TRIES_MAX else timedelta(minutes=2 ** (tries - 1))


_BROWSERS = [
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
]  # fmt: skip
_SYSTEMS = [
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "Mac"),
    ("CrOS", "Chromebook"), ("Linux", "Linux"),
]  # fmt: skip


def device_label(user_agent: str) -> str:
    """A device in plain words, such as "Chrome on Android"."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), None)
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), None)
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or "Another device"


class _Link(msgspec.Struct, array_like=True):
    person_id: int
    expires_at: int


def sign_link(secret: bytes, *, person_id: int, expires_at: datetime) -> str:
    """Write a one-click link's path segment. Only test installations open such links."""
    payload = msgspec.json.encode(_Link(person_id, int(expires_at.timestamp())))
    return _base64(payload) + "." + _base64(_signature(secret, payload))


def read_link(secret: bytes, signed: str, *, at: datetime) -> int | None:
    """Whom a one-click link signs in; None for one that is not ours or too old."""
    payload_text, _, signature_text = signed.partition(".")
    try:
        payload, signature = (base64.urlsafe_b64decode(text + "==") for text in (payload_text, signature_text))
        if not hmac.compare_digest(signature, _signature(secret, payload)):
            return None
        link = msgspec.json.decode(payload, type=_Link)
    except (ValueError, msgspec.DecodeError):
        return None
    return link.person_id if at.timestamp() < link.expires_at else None


def _signature(secret: bytes, payload: bytes) -> bytes:
    return hmac.digest(secret, b"one-click link\0" + payload, hashlib.sha256)


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def is_local_path(path: str) -> bool:
    """Whether a redirect there stays on this site."""
    return path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
