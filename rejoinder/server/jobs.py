"""Which jobs a worker runs, and how often each looks when it found nothing to do. What each does stands in its package."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from rejoinder.ads.delivery import jobs as delivery
from rejoinder.ads.rounds.commands import Means
from rejoinder.ads.rounds.jobs import RoundWorker, forget_allowances
from rejoinder.business.inbox import jobs as inbox
from rejoinder.chat.realtime.hints import Hints
from rejoinder.db.outbox import trim
from rejoinder.people.identity import jobs as identity
from rejoinder.people.identity.mail import SmtpMailer
from rejoinder.people.protections.policy import load_policies
from rejoinder.safety.reports import jobs as reports
from rejoinder.server.app import Parts
from rejoinder.server.worker import Job

OUTBOX_KEPT = timedelta(days=7)


def build_jobs(parts: Parts, hints: Hints) -> list[Job]:
    """Every job of an installation. Consumers look often, since people wait for what they do; housekeeping rarely."""
    database, clock, settings = parts.database, parts.clock, parts.settings
    mailer = SmtpMailer(settings.smtp_url, mail_from=settings.mail_from) if settings.smtp_url else None
    means = Means(clock, load_policies(settings.policy_dir), parts.installation.secret)
    rounds = RoundWorker(database, means, hints.tell, people_max=settings.delivery_people_max)
    return [
        Job("inbox", lambda: inbox.run(database, clock, hints.tell), 0.05),
        Job("withdrawals", lambda: delivery.follow_protections(database, clock, hints.tell), 0.05),
        Job("replies", lambda: delivery.follow_replies(database, clock), 0.2),
        Job("audit", lambda: reports.follow_operators(database, clock), 1.0),
        Job("rounds", rounds.step, 1.0),
        Job("deadlines", lambda: delivery.void_overdue(database, clock), 5.0),
        Job("returns", lambda: delivery.return_voids(database, clock), 5.0),
        Job("mail", lambda: identity.send_due(database, mailer, clock.now()), 1.0),
        Job("forgetting", _hourly(lambda: identity.forget_old(database, clock.now())), 3600.0),
        Job("allowances", _hourly(lambda: forget_allowances(database, clock)), 3600.0),
        Job("outbox", _hourly(lambda: trim(database, before=clock.now() - OUTBOX_KEPT)), 3600.0),
    ]


def _hourly(work: Callable[[], Awaitable[int]]) -> Callable[[], Awaitable[int]]:
    """Housekeeping that takes all it finds at once rests after it, whatever it found."""

    async def run() -> int:
        await work()
        return 0

    return run
