"""The audit log follows what operators do in other packages: one consumer, run by the worker.

Decisions on reports are this package's own and are logged where they are made.
"""

import msgspec

from rejoinder.ads.delivery.events import CampaignRecalled
from rejoinder.ads.ledger.events import MoneyMoved
from rejoinder.ads.review.events import OfferDecided
from rejoinder.business.profiles.events import OwnerDecided
from rejoinder.db.outbox import Consumer, OutboxRow, consume
from rejoinder.db.transaction import Database, Tx
from rejoinder.safety.reports import rules, store
from rejoinder.safety.reports.rules import Act
from rejoinder.units.clock import Clock

FOLLOWED: dict[str, type[Act]] = {
    kind.topic: kind for kind in (OwnerDecided, OfferDecided, MoneyMoved, CampaignRecalled)
}


async def follow_operators(database: Database, clock: Clock) -> int:
    """Log what is new; return how many events there were."""
    return await consume(database, Consumer("audit", dict.fromkeys(FOLLOWED, _log)), at=clock.now())


async def _log(tx: Tx, rows: list[OutboxRow]) -> None:
    for row in rows:
        entry = rules.entry_of(msgspec.convert(row.payload, FOLLOWED[row.topic]))
        if entry is not None:
            await store.insert_audit_entry(tx, row.id, entry, at=row.at)
