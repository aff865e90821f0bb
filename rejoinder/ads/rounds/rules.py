"""Which advert a person gets: value minus price times charge, the best first; and the prices of the simple planner. Pure.

The planner that prices a round is a function `plan_round(snapshot) -> list[Price]`; this one prices nothing and lets the
highest bid win, because a person's attention is then the only thing that is scarce.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from rejoinder.ads.audiences import rules as audiences
from rejoinder.ads.audiences.model import Wrote
from rejoinder.ads.rounds.model import PRICE_SCALE, AdTerms, Chosen, Edge, Price, Reachable, Snapshot

PPM = 1_000_000
PEOPLE_PER_CHUNK = 500
PEOPLE_PER_CHUNK_MIN = 50
PEOPLE_PER_CHUNK_MAX = 2_000
CHUNK_TARGET_S = 0.1  # a message to somebody in the chunk waits that long at worst; 500 deliveries took 0.09 s

Planner = Callable[[Snapshot], list[Price]]


def plan_round(snapshot: Snapshot) -> list[Price]:
    """Charge the bid, price nothing: the highest bid first."""
    return [Price(terms.ad_set_id, 0, terms.bid_micros) for terms in snapshot.ad_sets]


def net_value(terms: AdTerms) -> int:
    """What a delivery is worth beyond what it costs its budgets, in micro-units scaled by PRICE_SCALE."""
    return terms.bid_micros * PRICE_SCALE - terms.price_micros * terms.charge_micros


def share_of(secret: bytes, *parts: int) -> int:
    """A number below a million that depends on nothing but the parts and the installation's secret."""
    text = ":".join(str(part) for part in parts).encode()
    digest = hashlib.blake2b(text, key=secret, digest_size=8).digest()
    return int.from_bytes(digest) % PPM


def is_held_out(secret: bytes, *, campaign_id: int, person_id: int, holdout_ppm: int) -> bool:
    """Whether the person stands in the share of the campaign that gets nothing, so that its lift can be told."""
    return holdout_ppm > 0 and share_of(secret, campaign_id, person_id) < holdout_ppm


def ranked(ads: Iterable[AdTerms], *, person_id: int, secret: bytes) -> list[AdTerms]:
    """Best first; equals in an order that differs from person to person and is the same each time."""
    return sorted(
        (terms for terms in ads if net_value(terms) >= 0),
        key=lambda terms: (-net_value(terms), share_of(secret, person_id, terms.ad_id), terms.ad_id),
    )


def choose(
    edges: Sequence[Edge],
    left_micros: dict[int, int],
    *,
    secret: bytes,
) -> list[Chosen]:
    """Choose for one person among the still eligible ads of their contacts, and take the charge from `left_micros`.

    Held-out ads that would have won are chosen as ghosts, and the next best is tried; at most one real advert comes last.
    """
    contact_of = {terms.ad_id: reachable for reachable, ads in edges for terms in ads}
    if not contact_of:
        return []
    person_id = edges[0][0].person_id
    chosen: list[Chosen] = []
    ghosted: set[int] = set()
    for terms in ranked((terms for _, ads in edges for terms in ads), person_id=person_id, secret=secret):
        thread_id = contact_of[terms.ad_id].thread_id
        if left_micros.get(terms.ad_set_id, 0) < terms.charge_micros or terms.campaign_id in ghosted:
            continue
        if is_held_out(secret, campaign_id=terms.campaign_id, person_id=person_id, holdout_ppm=terms.holdout_ppm):
            ghosted.add(terms.campaign_id)
            chosen.append(Chosen(person_id, thread_id, terms, is_ghost=True))
            continue
        left_micros[terms.ad_set_id] -= terms.charge_micros
        chosen.append(Chosen(person_id, thread_id, terms, is_ghost=False))
        break
    return chosen


def is_asked_for(terms: AdTerms, contact: Reachable, *, at: datetime) -> bool:
    """Whether the ad set's audience holds the person. Who never wrote is in none."""
    if contact.last_wrote_at is None:
        return False
    doors = (contact.last_wrote_entry_point_id, contact.opened_entry_point_id)
    wrote = Wrote(contact.person_id, contact.last_wrote_at, doors, contact.language)
    return audiences.matches(terms.audience, wrote, at=at)


def next_people_count(count: int, elapsed_s: float) -> int:
    """Size of the next chunk: half when one took too long, for its locks make others wait; double when it was quick."""
    if elapsed_s > CHUNK_TARGET_S:
        return max(count // 2, PEOPLE_PER_CHUNK_MIN)
    if elapsed_s < CHUNK_TARGET_S / 4:
        return min(count * 2, PEOPLE_PER_CHUNK_MAX)
    return count
