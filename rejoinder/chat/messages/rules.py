"""Who may say what, where and how long it can be changed. Pure: facts in, a refusal or None out."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b

import msgspec

from rejoinder.chat.messages.model import Facts, Rejected
from rejoinder.chat.model import (
    Body,
    Card,
    GetStarted,
    Message,
    Options,
    Participant,
    Postback,
    PostbackButton,
    QuickReply,
    Text,
    UrlButton,
)
from rejoinder.chat.threads.rules import CLOSED_WORDS, is_adult_to_minor
from rejoinder.people.contacts.model import Sender, SendRefusal, Standing
from rejoinder.people.contacts.rules import refusal_to_send, window_end
from rejoinder.units.bounds import has_words

# What the big messengers allow (Messenger and WhatsApp: 15 minutes): long enough to mend, too short to rewrite history.
EDITABLE_FOR = timedelta(minutes=15)

_OF_PEOPLE = (Text, QuickReply, Postback, GetStarted)
_OF_BUSINESSES = (Text, Options, Card)
# NUL and lone surrogates cannot be stored; the other control signs say nothing. One scan in C: it runs for every message.
_UNSTORABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")

MISSING = Rejected("thread_missing", "There is no such chat.")
REPEATED_OTHERWISE = Rejected("conflict", "This was sent before with other words. Send it anew.")
NOT_RECEIVING = Rejected("not_receiving", "This person does not receive messages from you here.")
NOT_FOR_SENDER = Rejected("not_allowed", "This kind of message is not for this sender.")
UNSTORABLE = Rejected(
    "message_invalid", "The text holds characters that cannot be stored. Remove them and send it again."
)
WORDLESS = Rejected("message_invalid", "There is nothing to read in this message.")
OF_CONTACT = {refusal: Rejected(refusal, words) for refusal, words in CLOSED_WORDS.items()}


def packed(body: Body) -> tuple[bytes, bytes]:
    """A body as it is stored, and the hash by which a repeat is told from something else under the same client id."""
    encoded = msgspec.json.encode(body)
    return encoded, blake2b(encoded, digest_size=16).digest()


def texts_of(body: Body) -> list[str]:
    """Every piece of text in a body, shown or not."""
    match body:
        case Text(text):
            return [text]
        case QuickReply(text, payload) | Postback(text, payload) | GetStarted(text, payload):
            return [text, payload]
        case Options(text, replies):
            return [text, *(part for reply in replies for part in (reply.title, reply.payload))]
        case Card():
            buttons = [part for button in body.buttons for part in _texts_of_button(button)]
            return [body.title, body.subtitle or "", body.image_url or "", *buttons]
        case _:
            return []


def _texts_of_button(button: UrlButton | PostbackButton) -> tuple[str, str]:
    return button.title, button.url if isinstance(button, UrlButton) else button.payload


def headline_of(body: Body) -> str:
    """The text that stands for a message where there is room for one line."""
    return getattr(body, "text", "") or getattr(body, "title", "")


def type_of(body: Body) -> str:
    """The body's `type` on the wire."""
    return str(body.__struct_config__.tag)


def refusal_of_body(sender: Participant, body: Body) -> Rejected | None:
    """Say why this sender cannot send this body at all, before anything is looked up."""
    if not isinstance(body, _OF_PEOPLE if sender.kind == "person" else _OF_BUSINESSES):
        return NOT_FOR_SENDER
    texts = texts_of(body)
    if any(_UNSTORABLE.search(text) for text in texts):
        return UNSTORABLE
    return None if has_words(texts[0]) else WORDLESS


def refusal_to_append(facts: Facts, *, at: datetime) -> Rejected | None:
    """Say why the thread does not take the draft now; what a contact refuses is decided by `people`."""
    if facts.has_left:
        return MISSING
    if facts.is_blocked or facts.other_folder == "refused":
        return NOT_RECEIVING
    is_request = facts.other_folder == "requests"
    if is_request and is_adult_to_minor(facts.birth_year, facts.other_birth_year, at=at):
        return NOT_RECEIVING
    return None


def refusal_of_contact(standing: Standing | None, by: Participant, *, at: datetime) -> Rejected | None:
    """Say why a contact does not take a message of this side now; between people there is none."""
    refusal = refusal_to_send(standing, Sender(by.kind), at) if standing else None
    return None if refusal is None else OF_CONTACT[refusal]


def standing_after(standing: Standing, by: Sender, *, at: datetime) -> Standing:
    """The contact as the rest of the batch finds it; the database's own change comes from the notes."""
    if by is Sender.BUSINESS:
        return replace(standing, unanswered_count=standing.unanswered_count + 1)
    return replace(standing, unanswered_count=0, last_heard_at=at, reply_window_ends_at=window_end(at))


def refusal_to_change(message: Message, *, by: Participant) -> str | None:
    """Say why this message is not theirs to change, or None."""
    if message.sender != by:
        return "Only who sent a message can change it."
    if not isinstance(message.body, _OF_PEOPLE + _OF_BUSINESSES):
        return "This message cannot be changed."
    return None


def refusal_to_edit(
    message: Message, facts: Facts, standing: Standing | None, *, by: Participant, at: datetime
) -> str | None:
    """Say why the words cannot be changed any more, or None. New words reach nobody whom a new message would not reach."""
    if problem := refusal_to_change(message, by=by):
        return problem
    if not isinstance(message.body, Text):
        return "Only plain text can be edited."
    if at - message.sent_at > EDITABLE_FOR:
        return "A message can be edited for 15 minutes. Unsend it and write it anew."
    if facts.is_blocked or facts.other_folder == "refused":
        return NOT_RECEIVING.message
    refusal = refusal_to_send(standing, Sender(by.kind), at) if standing else None
    return None if refusal in {None, SendRefusal.UNANSWERED} else CLOSED_WORDS[refusal]
