"""The audit log follows what operators do elsewhere."""

from typing import Any

from rejoinder.ads.review import commands as review
from rejoinder.db.transaction import Database
from rejoinder.safety.reports.jobs import follow_operators
from rejoinder.units.clock import FixedClock
from tests.support.ads import EURO, make_ad_account, make_offer
from tests.support.business import make_business
from tests.support.client import app_client
from tests.support.database import digest
from tests.support.people import make_person


async def test_what_operators_do_is_logged_once_with_who_and_when(fresh_database: Database, clock: FixedClock) -> None:
    business = await make_business(fresh_database)
    owner_path = f"/api/operator/owners/{business.owner_id}/decision"
    account = await fresh_database.run(lambda tx: make_ad_account(tx, owner_id=business.owner_id))
    offer = await fresh_database.run(lambda tx: make_offer(tx, account=account, business_id=business.id))
    await fresh_database.run(
        lambda tx: review.submit(tx, business.id, offer.id, person_id=business.owner_person_id, at=clock.now())
    )
    operator_id = await make_person(fresh_database, name="Opal", is_operator=True)
    client = await app_client(fresh_database, clock)
    await client.be(operator_id)
    [queued] = (await client.get("/api/operator/reviews"))["items"]
    refusal = {"decision": "refused", "reason": "Say until when.", "content_hash": queued["content_hash"]}
    acts: list[tuple[str, dict[str, Any]]] = [
        (f"/api/operator/reviews/{queued['id']}/decision", refusal),
        (f"/api/operator/ad-accounts/{account.id}/funding", {"amount_micros": str(EURO), "reference": "bank 7"}),
        (f"/api/operator/ad-accounts/{account.id}/refund", {"amount_micros": str(EURO), "reference": "bank 8"}),
        (f"/api/operator/campaigns/{offer.id}/recall", {}),
        (owner_path, {"decision": "suspended", "reason": "Not who they said."}),
    ]
    for path, body in acts:
        clock.move(minutes=1)
        await client.post(path, body)
    await digest(fresh_database, lambda: follow_operators(fresh_database, clock))
    await fresh_database.pool.execute("DELETE FROM db.outbox_cursor WHERE consumer = 'audit'")
    await digest(fresh_database, lambda: follow_operators(fresh_database, clock))
    entries = (await client.get("/api/operator/audit"))["entries"]
    by_operator = [entry for entry in reversed(entries) if entry["actor_id"] == str(operator_id)]
    assert [(entry["verb"], entry["subject"], entry["detail"]) for entry in by_operator] == [
        ("offer.refused", f"campaign/{offer.id}", {"review_id": queued["id"], "reason": "Say until when."}),
        ("money.fund", f"ad_account/{account.id}", {"amount_micros": str(EURO), "reference": "manual/bank 7"}),
        ("money.refund", f"ad_account/{account.id}", {"amount_micros": str(EURO), "reference": "bank 8"}),
        ("campaign.recalled", f"campaign/{offer.id}", {}),
        ("owner.suspended", f"owner/{business.owner_id}", {"reason": "Not who they said."}),
    ]
    assert {entry["actor_name"] for entry in by_operator} == {"Opal"}
    assert len({entry["at"] for entry in by_operator}) == len(acts)
