"""Reports over HTTP: exactly what was chosen is handed over, and the operator reads nothing else."""

from rejoinder.chat.messages import commands as messages
from rejoinder.chat.messages.model import Draft
from rejoinder.chat.model import Participant, Text
from rejoinder.db.transaction import Database, Tx
from rejoinder.units.clock import FixedClock
from tests.support.client import Client, app_client, error_of
from tests.support.people import make_person
from tests.support.rounds import Card, answer, deliver_to, withdraw_now


async def as_operator(client: Client, database: Database) -> None:
    operator_id = await make_person(database, name="Opal")
    await database.pool.execute("UPDATE people.person SET is_operator = true WHERE id = $1", operator_id)
    await client.be(operator_id)


def about_business(card: Card, **overrides: object) -> dict[str, object]:
    body: dict[str, object] = {
        "about_kind": "business",
        "about_id": str(card.contact.business_id),
        "thread_id": str(card.contact.thread_id),
        "positions": [2],
        "reason": "spam",
        "note": "They write too much.",
    }
    return {**body, **overrides}


async def test_exactly_the_chosen_messages_are_handed_over(fresh_database: Database, clock: FixedClock) -> None:
    _, [card] = await deliver_to(fresh_database, clock, 1)
    client = await app_client(fresh_database, clock)
    await client.be(card.contact.person_id)
    assert (await client.post("/api/reports", about_business(card)))["report_id"]
    await as_operator(client, fresh_database)
    [report] = (await client.get("/api/operator/reports"))["reports"]
    assert [message["position"] for message in report["handed_over"]] == [2]
    assert report["handed_over"][0]["body"] == {"type": "text", "text": "Yes, nine kinds."}
    assert (report["reporter_name"], report["about_name"], report["note"]) == (
        "Ada",
        "Tea House",
        "They write too much.",
    )
    error_of(await client.call("GET", f"/api/threads/{card.contact.thread_id}/messages"), 404)


async def test_a_reported_advert_names_its_campaign_and_is_withdrawn(
    fresh_database: Database, clock: FixedClock
) -> None:
    shop, [card] = await deliver_to(fresh_database, clock, 1)
    client = await app_client(fresh_database, clock)
    await client.be(card.contact.person_id)
    body = {"about_kind": "ad", "about_id": str(card.glimpse.delivery_id), "reason": "scam"}
    await client.post("/api/reports", body)
    await withdraw_now(fresh_database, clock)
    assert (await client.get("/api/offers"))["offers"] == []
    row = await fresh_database.pool.fetchrow("SELECT void_reason, reported_at FROM ads.delivery")
    assert row is not None
    assert tuple(row) == ("reported", clock.at)
    await as_operator(client, fresh_database)
    [report] = (await client.get("/api/operator/reports"))["reports"]
    assert report["campaign_id"] == str(shop.offer.id)
    assert report["handed_over"][0]["body"]["headline"] == "Winter teas are here", "the copy outlives the withdrawal"


async def test_what_is_somebody_elses_cannot_be_handed_over(fresh_database: Database, clock: FixedClock) -> None:
    _, [card, other] = await deliver_to(fresh_database, clock, 2)
    client = await app_client(fresh_database, clock)
    await client.be(card.contact.person_id)
    foreign = about_business(card, thread_id=str(other.contact.thread_id))
    error_of(await client.call("POST", "/api/reports", foreign), 404)
    ad = {"about_kind": "ad", "about_id": str(other.glimpse.delivery_id), "reason": "spam"}
    error_of(await client.call("POST", "/api/reports", ad), 404)
    for wrong in (
        about_business(card, positions=[99]),
        about_business(card, about_id="12"),
        about_business(card, thread_id=None),
        about_business(card, reason="because"),
        about_business(card, note="\u0000"),
    ):
        error_of(await client.call("POST", "/api/reports", wrong), 400)
    assert await fresh_database.pool.fetchval("SELECT count(*) FROM safety.report") == 0


async def test_a_report_is_decided_once_and_logged(fresh_database: Database, clock: FixedClock) -> None:
    _, [card] = await deliver_to(fresh_database, clock, 1)
    client = await app_client(fresh_database, clock)
    await client.be(card.contact.person_id)
    report_id = (await client.post("/api/reports", about_business(card)))["report_id"]
    path = f"/api/operator/reports/{report_id}/decision"
    error_of(await client.call("POST", path, {"decision": "upheld"}), 403)
    error_of(await client.call("GET", "/api/operator/reports"), 403)
    error_of(await client.call("GET", "/api/operator/audit"), 403)
    await as_operator(client, fresh_database)
    await client.post(path, {"decision": "upheld", "note": "Clear spam."})
    error_of(await client.call("POST", path, {"decision": "dismissed"}), 409)
    error_of(await client.call("POST", "/api/operator/reports/12/decision", {"decision": "upheld"}), 404)
    assert (await client.get("/api/operator/reports"))["reports"] == []
    [upheld] = (await client.get("/api/operator/reports", params={"state": "upheld"}))["reports"]
    assert upheld["id"] == report_id
    [entry] = (await client.get("/api/operator/audit"))["entries"]
    assert (entry["verb"], entry["subject"], entry["actor_name"]) == ("report.upheld", f"report/{report_id}", "Opal")
    assert entry["detail"] == {"note": "Clear spam."}


async def test_a_later_edit_does_not_reach_the_copy(fresh_database: Database, clock: FixedClock) -> None:
    _, [card] = await deliver_to(fresh_database, clock, 1)

    async def work(tx: Tx) -> int:
        draft = Draft(Participant("person", card.contact.person_id), card.contact.thread_id, "a", Text("More, please."))
        await messages.append_many(tx, [draft], clock)
        return await answer(tx, card.contact, at=clock.now(), text="Buy now!")

    position = await fresh_database.run(work)
    client = await app_client(fresh_database, clock)
    await client.be(card.contact.person_id)
    await client.post("/api/reports", about_business(card, positions=[position]))
    await fresh_database.pool.execute(
        'UPDATE chat.message SET body = \'{"type": "unsent"}\' WHERE position = $1', position
    )
    await as_operator(client, fresh_database)
    [report] = (await client.get("/api/operator/reports"))["reports"]
    assert report["handed_over"][0]["body"]["text"] == "Buy now!"
