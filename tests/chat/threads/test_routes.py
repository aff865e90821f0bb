"""Who can be written to first, over HTTP."""

from rejoinder.db.transaction import Database
from rejoinder.people.identity import commands as identity
from rejoinder.units.clock import FixedClock
from rejoinder.units.ids import new_code
from tests.support.business import make_business, make_member
from tests.support.chat import make_business_thread
from tests.support.client import app_client, error_of


async def test_a_person_is_written_to_first_by_their_handle_alone(database: Database, clock: FixedClock) -> None:
    """An agent knows the ids of customers, not their handles: so they cannot be written to behind the business's back."""
    business, handle = await make_business(database), f"ada.{new_code()}"
    thread = await make_business_thread(database, at=clock.now(), business_id=business.id)
    await database.run(lambda tx: identity.give_handle(tx, "person", thread.one.id, handle, clock.now()))
    agent = await app_client(database, clock)
    await agent.be(await make_member(database, business.id, "agent"))
    seen = await agent.get(f"/api/threads/{thread.id}", params={"as_business_id": str(business.id)})
    assert (seen["thread"]["other"]["id"], seen["thread"]["other"]["handle"]) == (str(thread.one.id), None)
    error_of(await agent.call("POST", "/api/threads", {"person_id": str(thread.one.id)}), 400)
    for nobody in (str(thread.one.id), f"{handle}x", "\0"):
        assert error_of(await agent.call("POST", "/api/threads", {"handle": nobody}), 404)["code"] == "handle_missing"
    refused = error_of(await agent.call("POST", "/api/threads", {"handle": business.handle}), 422)
    assert refused["code"] == "not_reachable"
    opened = await agent.post("/api/threads", {"handle": handle})
    assert opened["thread"]["other"] == {**seen["thread"]["other"], "handle": handle}
    assert (await agent.post("/api/threads", {"handle": f"@{handle}"}))["thread"]["id"] == opened["thread"]["id"]
