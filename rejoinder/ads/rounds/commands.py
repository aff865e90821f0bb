"""The steps of a round, each one transaction: start, lease a chunk, deliver it, finish. A worker may die between any two.

What a dead worker leased stands beside the round's cursor, so another worker goes on with the same people and the same money.
Two workers at one chunk queue at the round's row, and the second finds the cursor moved.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

import msgspec

from rejoinder.ads.campaigns.rules import content_hash
from rejoinder.ads.delivery import commands as deliveries
from rejoinder.ads.delivery.model import NewDelivery
from rejoinder.ads.ledger import commands as ledger
from rejoinder.ads.ledger.model import Claim, Return
from rejoinder.ads.rounds import rules, store
from rejoinder.ads.rounds.model import (
    AdTerms,
    Allowance,
    Chosen,
    Chunk,
    Edge,
    Outcome,
    PricedAdSet,
    Reachable,
    Refused,
    Round,
    Snapshot,
)
from rejoinder.chat.messages import commands as messages
from rejoinder.chat.messages.model import SponsoredDraft
from rejoinder.chat.model import Sponsored, SponsoredButton
from rejoinder.db.transaction import Tx
from rejoinder.people.protections import commands as protections
from rejoinder.people.protections.model import Candidate, Decision, Grounds, Policies
from rejoinder.units.clock import Clock
from rejoinder.units.ids import new_id, new_token, token_hash

HAD_IT = "had_it"
NOT_ASKED_FOR = "not_asked_for"
GROUNDS = tuple(field.name for field in fields(Grounds) if field.name in NewDelivery.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Means:
    """What a worker brings to a round: the clock, the policy, the installation's secret, the planner."""

    clock: Clock
    policies: Policies
    secret: bytes
    planner: rules.Planner = rules.plan_round


async def start(tx: Tx, means: Means) -> Round | None:
    """Return the running round, or begin one if any ad set could deliver."""
    at = means.clock.now()
    running = await store.find_running_round(tx)
    if running is None:
        ad_sets = await store.list_startable_ad_sets(tx, at=at)
        if ad_sets:
            await store.insert_round(tx, means.planner(Snapshot(at, tuple(ad_sets))), at=at)
            running = await store.find_running_round(tx)
    return running


async def find_newest_round(tx: Tx) -> Round | None:
    """The round that began last, running or finished."""
    return await store.find_newest_round(tx)


async def lease_chunk(tx: Tx, running: Round, *, people_count: int, at: datetime) -> Chunk | None:
    """Lease money for the next people, or find what is leased already; None when nobody or no money is left, which ends the round.

    At most what every contact in the range would cost, and at most what the budgets have: nothing is leased because some
    will stay unseen.
    """
    running = await store.lock_round(tx, round_id=running.id)
    if running.state != "running":
        return None
    if running.until_home is not None:
        allowances = await store.list_allowances(tx, round_id=running.id, from_home=running.cursor_home)
        return Chunk(running.id, running.cursor_home, running.until_home, allowances[0].day)
    ad_sets = await store.list_priced_ad_sets(tx, round_id=running.id, at=at)
    business_ids = sorted({ad_set.business_id for ad_set in ad_sets})
    until_home, contact_counts = await store.find_next_people(
        tx, business_ids, after_home=running.cursor_home, people_count=people_count
    )
    claims = _claims(ad_sets, contact_counts)
    granted = await ledger.lease(tx, claims, at.date()) if claims else []
    leased = [claim for claim in granted if claim.micros > 0]
    if until_home is None or not leased:
        # Another worker's chunk may be decided and not yet settled; its money may be what is missing.
        if until_home is None or await store.find_unsettled_round(tx) is None:
            await store.finish_round(tx, round_id=running.id, at=at)
        return None
    await store.insert_allowances(tx, leased, round_id=running.id, from_home=running.cursor_home, day=at.date())
    await store.set_until(tx, round_id=running.id, until_home=until_home)
    return Chunk(running.id, running.cursor_home, until_home, at.date())


def _claims(ad_sets: Sequence[PricedAdSet], contact_counts: Mapping[int, int]) -> list[Claim]:
    return [
        Claim(
            ad_set.ad_set_id,
            ad_set.campaign_id,
            ad_set.ad_account_id,
            ad_set.charge_micros * contact_counts[ad_set.business_id],
        )
        for ad_set in ad_sets
        if ad_set.business_id in contact_counts
    ]


async def release_chunk(tx: Tx, chunk: Chunk) -> None:
    """Give back a lease of an earlier day whole: what is held today belongs to today's budgets."""
    running = await store.lock_round(tx, round_id=chunk.round_id)
    if (running.cursor_home, running.until_home) != (chunk.from_home, chunk.until_home):
        return
    allowances = await store.list_allowances(tx, round_id=chunk.round_id, from_home=chunk.from_home)
    await ledger.lock_budgets(tx, [_rest_of(allowance) for allowance in allowances])
    await store.delete_allowances(tx, round_id=chunk.round_id, from_home=chunk.from_home)
    await ledger.return_many(tx, [_rest_of(allowance) for allowance in allowances])
    await store.set_until(tx, round_id=chunk.round_id, until_home=None)


async def settle(tx: Tx, *, at: datetime) -> int:
    """Give back what decided chunks of a round leased and did not hold; return how many budgets it was taken from."""
    round_id = await store.find_unsettled_round(tx)
    if round_id is None:
        return 0
    await store.lock_round(tx, round_id=round_id)
    allowances = await store.list_unsettled_allowances(tx, round_id=round_id)
    if allowances:
        await ledger.lock_budgets(tx, [_rest_of(allowance) for allowance in allowances])
        await store.settle_allowances(tx, round_id=round_id, at=at)
        await ledger.return_many(tx, [_rest_of(allowance) for allowance in allowances])
    return len(allowances)


def _rest_of(allowance: Allowance) -> Return:
    rest = allowance.leased_micros - allowance.held_micros
    return Return(allowance.ad_set_id, allowance.campaign_id, allowance.ad_account_id, allowance.day, rest)


async def deliver_chunk(tx: Tx, chunk: Chunk, means: Means) -> Outcome | None:
    """Decide afresh for everybody in the chunk and write what follows; None when another worker was faster.

    Locks: round, campaigns, ad sets, ads, attention, contacts. Only then is the clock read, and everything that decides
    is read after that.
    """
    running = await store.lock_round(tx, round_id=chunk.round_id)
    if (running.state, running.cursor_home, running.until_home) != ("running", chunk.from_home, chunk.until_home):
        return None
    await store.lock_terms(tx, round_id=chunk.round_id)
    asked = await _lock_and_decide(tx, chunk, means)
    allowances = await store.list_allowances(tx, round_id=chunk.round_id, from_home=chunk.from_home)
    leased = {allowance.ad_set_id: allowance.leased_micros for allowance in allowances}
    left = dict(leased)
    outcome = Outcome()
    for edges in await _wanted(tx, asked, outcome):
        for chosen in rules.choose(edges, left, secret=means.secret):
            (outcome.ghosts if chosen.is_ghost else outcome.delivered).append(chosen)
    await _write(tx, chunk, outcome, asked)
    held = {ad_set_id: micros - left[ad_set_id] for ad_set_id, micros in leased.items()}
    await store.hold_from_allowances(tx, held, round_id=chunk.round_id, from_home=chunk.from_home)
    await store.move_round(tx, round_id=chunk.round_id)
    return outcome


@dataclass(frozen=True, slots=True)
class Asked:
    """What a chunk knows once its locks are held: the ads that are good at that time, and the answer about each contact."""

    ads_of_business: Mapping[int, list[AdTerms]]
    decisions: list[tuple[Reachable, Decision]]
    at: datetime


async def _lock_and_decide(tx: Tx, chunk: Chunk, means: Means) -> Asked:
    """Ask protections about everybody with a contact in the range, then keep the ads that are still good at that time."""
    before = await store.list_deliverable_ads(tx, round_id=chunk.round_id, at=means.clock.now())
    reachable = await store.list_reachable(
        tx,
        sorted({terms.business_id for terms in before}),
        after_home=chunk.from_home,
        until_home=chunk.until_home,
    )
    candidates = [Candidate(contact.person_id, contact.business_id) for contact in reachable]
    decisions = await protections.lock_and_decide(tx, candidates, means.policies, means.clock)
    at = decisions[0].at if decisions else means.clock.now()
    ads_of_business: dict[int, list[AdTerms]] = defaultdict(list)
    for terms in await store.list_deliverable_ads(tx, round_id=chunk.round_id, at=at):
        if content_hash(terms.content) == terms.reviewed_hash:
            ads_of_business[terms.business_id].append(terms)
    return Asked(ads_of_business, list(zip(reachable, decisions, strict=True)), at)


async def _wanted(tx: Tx, asked: Asked, outcome: Outcome) -> list[list[Edge]]:
    """For each person the ads that may reach them and that they have not had; refusals go to the outcome."""
    permitted: list[Edge] = []
    for contact, decision in asked.decisions:
        if decision.refusal is not None:
            outcome.refused.append(Refused(contact.person_id, contact.business_id, str(decision.refusal)))
            continue
        ads = asked.ads_of_business.get(contact.business_id, [])
        permitted.append((contact, [terms for terms in ads if rules.is_asked_for(terms, contact, at=asked.at)]))
    wanted = [(contact.person_id, terms.ad_id, terms.creative_id) for contact, ads in permitted for terms in ads]
    had = await deliveries.list_delivered_before(tx, wanted, at=asked.at)
    edges: dict[int, list[Edge]] = defaultdict(list)
    for contact, ads in permitted:
        fresh = [terms for terms in ads if (contact.person_id, terms.ad_id) not in had]
        if fresh:
            edges[contact.person_id].append((contact, fresh))
        else:
            reason = HAD_IT if ads else NOT_ASKED_FOR
            outcome.refused.append(Refused(contact.person_id, contact.business_id, reason))
    return list(edges.values())


async def _write(tx: Tx, chunk: Chunk, outcome: Outcome, asked: Asked) -> None:
    """Messages, then the counters that the next decision reads, then deliveries with their holds."""
    decisions = {(contact.person_id, contact.business_id): decision for contact, decision in asked.decisions}
    at = asked.at
    ids = [new_id() for _ in outcome.delivered]
    tokens = [new_token() for _ in outcome.delivered]
    drafts = [_draft(*each) for each in zip(outcome.delivered, ids, tokens, strict=True)]
    positions = await messages.append_sponsored(tx, drafts, at)
    decided = [decisions[chosen.person_id, chosen.terms.business_id] for chosen in outcome.delivered]
    await protections.note_deliveries(tx, decided)
    rows = [
        _delivery(chosen, decision, chunk, at=at, id=id_, token=token, position=position)
        for chosen, decision, id_, token, position in zip(
            outcome.delivered, decided, ids, tokens, positions, strict=True
        )
    ]
    rows += [
        _delivery(
            chosen, decisions[chosen.person_id, chosen.terms.business_id], chunk, at=at, id=new_id(), token=new_token()
        )
        for chosen in outcome.ghosts
    ]
    await deliveries.record_many(tx, rows, reference=f"round {chunk.round_id} from {chunk.from_home}", at=at)


def _draft(chosen: Chosen, delivery_id: int, token: str) -> SponsoredDraft:
    terms = chosen.terms
    body = Sponsored(
        headline=terms.headline,
        text=terms.text,
        payer=terms.payer,
        beneficiary=terms.beneficiary,
        delivery_id=str(delivery_id),
        token=token,
        image_url=terms.image_url,
        button=SponsoredButton(terms.button_title, terms.button_url),
    )
    return SponsoredDraft(chosen.person_id, chosen.thread_id, terms.business_id, body, delivery_id)


def _delivery(
    chosen: Chosen,
    decision: Decision,
    chunk: Chunk,
    *,
    at: datetime,
    id: int,  # noqa: A002
    token: str,
    position: int | None = None,
) -> NewDelivery:
    terms, grounds = chosen.terms, decision.grounds
    assert grounds is not None, "only who was let through is chosen"  # noqa: S101
    known = {name: getattr(grounds, name) for name in GROUNDS}
    return NewDelivery(
        person_id=chosen.person_id,
        id=id,
        ad_id=terms.ad_id,
        ad_set_id=terms.ad_set_id,
        campaign_id=terms.campaign_id,
        creative_id=terms.creative_id,
        business_id=terms.business_id,
        owner_id=terms.owner_id,
        ad_account_id=terms.ad_account_id,
        round_id=chunk.round_id,
        thread_id=chosen.thread_id,
        position=position,
        state="ghost" if chosen.is_ghost else "held",
        charge_micros=0 if chosen.is_ghost else terms.charge_micros,
        budget_day=chunk.day,
        token_hash=token_hash(token),
        delivered_at=at,
        deadline_at=at + timedelta(hours=terms.seen_within_hours),
        reasons={
            "audience": msgspec.to_builtins(terms.audience),
            "bid_micros": terms.bid_micros,
            "price_micros": terms.price_micros,
        },
        **known,
    )
