"""Work of identity that no request starts: sending mail, forgetting what has been kept long enough."""

from datetime import datetime, timedelta

import structlog

from rejoinder.db.transaction import Database
from rejoinder.people.identity import rules, store
from rejoinder.people.identity.mail import Mailer, MailRefused
from rejoinder.people.identity.model import Mail

log = structlog.get_logger(__name__)

_LEASE = timedelta(minutes=10)
_MAILS_AT_ONCE = 10


async def send_due(database: Database, mailer: Mailer | None, at: datetime) -> int:
    """Send the mails that are due; return how many were tried. Without a mailer they stay: the in-app mailbox."""
    if mailer is None:
        return 0
    mails = await database.run(lambda tx: store.take_mails(tx, at=at, retry_at=at + _LEASE, row_count=_MAILS_AT_ONCE))
    for mail in mails:
        await _send(database, mailer, mail, at)
    return len(mails)


async def _send(database: Database, mailer: Mailer, mail: Mail, at: datetime) -> None:
    try:
        await mailer.send(mail)
    except Exception as problem:  # noqa: BLE001  whatever the other side does, the next mail has its turn
        wait = None if isinstance(problem, MailRefused) else rules.mail_wait(mail.tries)
        try_at = None if wait is None else at + wait
        log.warning("mail_failed", mail_id=mail.id, tries=mail.tries, problem=type(problem).__name__)
        told = f"{type(problem).__name__}: {problem}"[:500]
        await database.run(lambda tx: store.note_mail_failed(tx, mail.id, told, try_at=try_at))
    else:
        await database.run(lambda tx: store.note_mail_sent(tx, mail.id, at=at))


async def forget_old(database: Database, at: datetime) -> int:
    """Delete what has outlived the retention that the tables' comments declare."""
    async with database.transaction() as tx:
        forgotten = await store.forget_attempts(tx, before=at - timedelta(days=1))
        forgotten += await store.forget_mails(tx, before=at - timedelta(days=7))
        forgotten += await store.forget_sessions(tx, before=at - timedelta(days=30))
        return forgotten + await store.forget_mail_codes(tx, before=at - timedelta(days=1))
