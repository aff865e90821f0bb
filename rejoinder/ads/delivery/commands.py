"""The verbs of a delivery: record, see, void, return, withdraw, recall, answer.

A state changes only from held, under lock. Seen and withdrawal both take attention and contact first, so whichever
commits first decides: after a stop nothing is charged, and what was seen before it stays charged.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from rejoinder.ads.delivery import rules, store
from rejoinder.ads.delivery.events import CampaignRecalled, DeliveryReplied
from rejoinder.ads.delivery.model import (
    DeliveryMissing,
    Glimpse,
    Held,
    NewDelivery,
    Reply,
    Told,
    Unreturned,
    Voided,
    VoidReason,
)
from rejoinder.ads.delivery.rules import Effect
from rejoinder.ads.ledger import commands as ledger
from rejoinder.ads.ledger.model import Move, Return
from rejoinder.chat.messages import commands as messages
from rejoinder.chat.messages.model import MessageRef
from rejoinder.chat.model import ThreadChange
from rejoinder.db.transaction import Tx
from rejoinder.people.contacts import commands as contacts
from rejoinder.people.protections import commands as protections
from rejoinder.people.protections.model import Candidate
from rejoinder.units.clock import Clock
from rejoinder.units.ids import new_id

CREATIVE_REST = timedelta(days=30)
ANSWER_DAYS = 7
ROWS_PER_STEP = 500

ContactKey = tuple[int, int | None]


async def record_many(tx: Tx, deliveries: Sequence[NewDelivery], *, reference: str, at: datetime) -> None:
    """Write a chunk's deliveries and ghosts, and hold their charges: one transfer per ad account."""
    if not deliveries:
        return
    await store.insert_deliveries(tx, deliveries)
    moves = _moves((d for d in deliveries if d.state == "held"), reference)
    await ledger.hold_many(tx, moves, at=at)


async def list_delivered_before(
    tx: Tx, wanted: Sequence[tuple[int, int, int]], *, at: datetime
) -> set[tuple[int, int]]:
    """Of (person, ad, creative) those that may not be delivered again, as (person, ad): the ad ever, the creative for 30 days."""
    return await store.list_delivered_before(tx, wanted, creative_since=at - CREATIVE_REST)


async def see(tx: Tx, person_id: int, glimpses: Sequence[Glimpse], *, clock: Clock) -> int:
    """Take a batch of glimpses of one person's cards; return how many were charged, in one transfer per ad account."""
    tokens = {glimpse.delivery_id: glimpse.token for glimpse in glimpses}
    keys = await store.list_delivery_contacts(tx, person_id=person_id, ids=list(tokens))
    if not keys:
        return 0
    await protections.lock_attention(tx, [person_id])
    await contacts.lock_contacts(tx, keys)
    held = await store.lock_deliveries(tx, person_id=person_id, ids=sorted(tokens))
    at = clock.now()
    facts = await protections.read_facts(tx, [Candidate(*key) for key in keys], at)
    objects = {fact.business_id for fact in facts if rules.objects_to_ads(fact, at=at)}
    effects = {
        row.id: rules.effect_of_glimpse(row, tokens[row.id], is_unwanted=row.business_id in objects, at=at)
        for row in held
    }
    posted = [row for row in held if effects[row.id] is Effect.POST]
    await store.post_deliveries(tx, person_id=person_id, ids=[row.id for row in posted], at=at)
    noted = [row.id for row in held if effects[row.id] is Effect.NOTE]
    await store.note_seen(tx, person_id=person_id, ids=noted, at=at)
    await ledger.post_many(tx, _moves(posted, f"seen {new_id()}"), at=at)
    return len(posted)


async def void_overdue(tx: Tx, *, at: datetime) -> int:
    """Release holds that nobody saw in time. The cards stay where they are; seeing them later costs nothing."""
    voided = await store.void_overdue_deliveries(tx, at=at, row_count=ROWS_PER_STEP)
    await ledger.void_many(tx, _moves(voided, f"unseen {new_id()}"), at=at)
    return len(voided)


async def return_voids(tx: Tx, *, at: datetime) -> int:
    """Give voided money back to the budgets it came from, on its own day: sum, take the budgets, then mark."""
    unreturned = await store.list_unreturned(tx, row_count=ROWS_PER_STEP)
    if not unreturned:
        return 0
    await ledger.lock_budgets(tx, [_return_of(row) for row in unreturned])
    marked = await store.mark_returned(tx, unreturned, at=at)
    await ledger.return_many(tx, [_return_of(row) for row in marked])
    return len(unreturned)


async def withdraw(tx: Tx, objections: Mapping[ContactKey, VoidReason], *, clock: Clock) -> list[ThreadChange]:
    """Take the unseen adverts of these contacts (a business of None: all of the person's) from every device; void their holds.

    Returns what changed in the threads, for the hints.
    """
    found = await store.list_withdrawable_of_contacts(tx, list(objections))
    return await _withdraw(tx, [(held, _reason_of(objections, held)) for held in found], clock=clock)


async def note_recall(tx: Tx, campaign_id: int, *, operator_id: int, at: datetime) -> None:
    """Say that the operator recalls a campaign, before it begins."""
    if await store.find_campaign_business(tx, campaign_id=campaign_id) is None:
        raise DeliveryMissing("There is no such campaign.")
    await tx.publish([CampaignRecalled(campaign_id, operator_id, at)], at=at)


async def recall(tx: Tx, campaign_id: int, *, clock: Clock) -> list[ThreadChange]:
    """Take the next unseen adverts of a campaign back; call again until nothing changes."""
    found = await store.list_withdrawable_of_campaign(tx, campaign_id=campaign_id, row_count=ROWS_PER_STEP)
    return await _withdraw(tx, [(held, VoidReason.RECALLED) for held in found], clock=clock)


async def _withdraw(tx: Tx, found: Sequence[tuple[Held, VoidReason]], *, clock: Clock) -> list[ThreadChange]:
    if not found:
        return []
    reasons = {held.id: reason for held, reason in found}
    await protections.lock_attention(tx, sorted({held.person_id for held, _ in found}))
    await contacts.lock_contacts(tx, sorted({(held.person_id, held.business_id) for held, _ in found}))
    at = clock.now()
    unseen = await store.list_withdrawable(tx, [held for held, _ in found])
    refs = [MessageRef(held.person_id, held.thread_id, held.position) for held in unseen]
    changes = await messages.withdraw(tx, refs, at)
    voided = await store.void_deliveries(tx, [(held, reasons[held.id]) for held in unseen], at=at)
    await ledger.void_many(tx, _moves(voided, f"withdrawn {new_id()}"), at=at)
    return changes


def _reason_of(objections: Mapping[ContactKey, VoidReason], held: Held) -> VoidReason:
    return objections.get((held.person_id, held.business_id)) or objections[held.person_id, None]


async def note_replies(tx: Tx, told: Sequence[Told], *, at: datetime) -> None:
    """Attribute typed messages to the newest advert above them, the first one only, within a week."""
    rest = sorted(told, key=lambda message: message.position)
    while rest:
        firsts = {message.thread_id: message for message in reversed(rest)}
        replies = await store.note_replies(tx, list(firsts.values()), since_days=ANSWER_DAYS)
        await tx.publish([_replied(reply) for reply in replies], at=at)
        rest = [message for message in rest if firsts[message.thread_id] is not message]


async def note_objections(tx: Tx, objections: Iterable[tuple[int, int, str, datetime]]) -> None:
    """Count a stop, block or report (person, business, kind, at) for the newest advert of that business within a week."""
    by_kind: dict[str, list[tuple[int, int, str, datetime]]] = defaultdict(list)
    for objection in objections:
        by_kind[objection[2]].append(objection)
    for of_kind in by_kind.values():
        await store.note_objections(tx, of_kind, since_days=ANSWER_DAYS)


def _moves(rows: Iterable[Held | NewDelivery | Voided], reference: str) -> list[Move]:
    """One transfer per ad account."""
    sums: dict[int, int] = defaultdict(int)
    for row in rows:
        sums[row.ad_account_id] += row.charge_micros
    return [Move(ad_account_id, micros, reference) for ad_account_id, micros in sorted(sums.items())]


def _return_of(row: Unreturned) -> Return:
    return Return(row.ad_set_id, row.campaign_id, row.ad_account_id, row.budget_day, row.charge_micros)


def _replied(reply: Reply) -> DeliveryReplied:
    return DeliveryReplied(
        person_id=reply.person_id,
        delivery_id=reply.delivery_id,
        campaign_id=reply.campaign_id,
        business_id=reply.business_id,
        thread_id=reply.thread_id,
        at=reply.replied_at,
    )
