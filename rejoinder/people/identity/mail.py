"""The mail port and the words of identity's mails. A mail is a row; `jobs.send_due` hands due rows to a mailer.

Where there is no mailer (a demo, a test) the rows stay where they are and are the in-app mailbox.
"""

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Protocol
from urllib.parse import unquote, urlsplit

from rejoinder.people.identity.model import Letter, Mail

_TIMEOUT_S = 20.0
_NEAR = {"localhost", "127.0.0.1", "::1"}


class MailRefused(Exception):
    """The other side will never take this mail."""


class Mailer(Protocol):
    """Hand one mail to whoever carries it; raise MailRefused for good, anything else to be tried again."""

    async def send(self, mail: Mail) -> None: ...


class SmtpMailer:
    """`smtp://name:password@host:587` (TLS where offered, and always before a password) or `smtps://…:465`."""

    def __init__(self, url: str, *, mail_from: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("the address of a mail server begins with smtp:// or smtps:// and names a host")
        self._is_tls = parts.scheme == "smtps"
        self._host, self._port = parts.hostname, parts.port or (465 if self._is_tls else 587)
        self._name, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._from = mail_from

    async def send(self, mail: Mail) -> None:
        """Send in a thread: the standard library's client blocks."""
        await asyncio.to_thread(self._send, mail)

    def _send(self, mail: Mail) -> None:
        try:
            with self._connect() as smtp:
                smtp.send_message(self._message(mail), to_addrs=[mail.to_address])
        except smtplib.SMTPRecipientsRefused as refused:
            code, _ = next(iter(refused.recipients.values()))
            if code >= 500:
                raise MailRefused(f"refused with {code}") from None
            raise
        except smtplib.SMTPNotSupportedError as problem:
            raise MailRefused("the mail server does not take this address") from problem

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._is_tls:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=_TIMEOUT_S, context=context)
        else:
            smtp = smtplib.SMTP(self._host, self._port, timeout=_TIMEOUT_S)
            smtp.ehlo()
            if smtp.has_extn("starttls"):
                smtp.starttls(context=context)
            elif self._name and self._host not in _NEAR:
                smtp.close()
                raise ConnectionError("the mail server offers no TLS, so it is not told the password")
        if self._name:
            smtp.login(self._name, self._password)
        return smtp

    def _message(self, mail: Mail) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._from, mail.to_address, mail.subject
        message["Date"] = format_datetime(mail.created_at)
        # The same id at every try, so that a mail sent twice is shown once.
        message["Message-ID"] = f"<{mail.id}@{parseaddr(self._from)[1].partition('@')[2] or 'localhost'}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.body)
        return message


def verify_letter(address: str, code: str, *, public_url: str) -> Letter:
    """The code that proves an address."""
    return Letter(
        address,
        f"{_spaced(code)} is your code",
        f"Hello,\n\nyour code is {_spaced(code)}. Type it where you signed up, or open\n"
        f"{public_url}/#/verify?code={code}\n\nIt works once, for a day. "
        "If you did not sign up, do nothing: without the code nobody can use your address.\n",
    )


def taken_letter(address: str, *, public_url: str) -> Letter:
    """What the holder of an address reads when somebody signs up with it."""
    return Letter(
        address,
        "You already have an account",
        f"Hello,\n\nsomebody, perhaps you, signed up with this address. It already belongs to your account, so nothing "
        f"has changed.\n\nSign in: {public_url}/#/sign-in\nForgot your password: {public_url}/#/reset\n\n"
        "If it was not you, do nothing.\n",
    )


def reset_letter(address: str, code: str, *, public_url: str) -> Letter:
    """The code that lets a new password be chosen."""
    return Letter(
        address,
        f"{_spaced(code)} lets you choose a new password",
        f"Hello,\n\nsomebody, perhaps you, asked for a new password. Your code is {_spaced(code)}. Type it where you "
        f"asked, or open\n{public_url}/#/reset?code={code}\n\nIt works once, for an hour, and signs out all your "
        "devices. If it was not you, do nothing: your password stays as it is.\n",
    )


def password_changed_letter(address: str, *, public_url: str) -> Letter:
    """Told after each change, so that a thief cannot change it unseen."""
    return Letter(
        address,
        "Your password was changed",
        "Hello,\n\nyour password was changed, and all other devices were signed out.\n\n"
        f"If it was not you, choose a new one now: {public_url}/#/reset\n",
    )


def _spaced(code: str) -> str:
    """Two halves are easier to type than eight signs; blanks are ignored where it is read."""
    return f"{code[:4]} {code[4:]}"
