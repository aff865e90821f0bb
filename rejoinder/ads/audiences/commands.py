"""Count an audience. Reads only, without locks: who is reached in the end is decided under locks, in the round."""

from datetime import datetime

from rejoinder.ads.audiences import rules, store
from rejoinder.ads.audiences.model import Audience, Counts, Reach, Wrote
from rejoinder.db.transaction import Tx
from rejoinder.people.protections import commands as protections
from rejoinder.people.protections import rules as protection_rules
from rejoinder.people.protections.model import Candidate, Policies, RefusalGroup

SAMPLE_MAX = 4_000  # contacts looked at; the estimate is then within about 3 %, one digit better than what is told
BATCH_COUNT = 500


async def read_reach(
    tx: Tx, business_id: int, audience: Audience, *, policies: Policies, secret: bytes, at: datetime
) -> Reach:
    """How many of the people who wrote to the business an offer could reach now, in ranges.

    Contacts too old for the policy count as part of the audience, so that "too old" can be said of them. A large business
    is counted on a keyed sample that is the same all day.
    """
    day = at.date()
    start_id = rules.sample_start(secret, business_id=business_id, day=day)
    wrote = await store.list_wrote(tx, business_id=business_id, start_id=start_id, row_count=SAMPLE_MAX)
    last_id = wrote[-1].person_id if wrote else start_id
    factor = rules.sample_factor(start_id, last_id, count=len(wrote), wanted_count=SAMPLE_MAX)
    wanted = [one for one in wrote if rules.matches(audience, one, at=at)]
    groups = await _refusals(tx, business_id, wanted, policies=policies, at=at)
    counts = Counts(len(wanted), len(wanted) - len(groups), rules.sorted_groups(groups), factor)
    return rules.tell(counts, secret, business_id=business_id, day=day)


async def _refusals(
    tx: Tx, business_id: int, wanted: list[Wrote], *, policies: Policies, at: datetime
) -> list[RefusalGroup]:
    groups = []
    for start in range(0, len(wanted), BATCH_COUNT):
        candidates = [Candidate(one.person_id, business_id) for one in wanted[start : start + BATCH_COUNT]]
        for facts in await protections.read_facts(tx, candidates, at):
            refusal = protection_rules.refusal_to_deliver(facts, policies.for_region(facts.region), at)
            if refusal is not None:
                groups.append(refusal.group)
    return groups
