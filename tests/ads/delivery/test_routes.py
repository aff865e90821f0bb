"""Deliveries over HTTP: seen, the tray, why, recall. Somebody else's delivery is missing, never a hint that it exists."""

from typing import Any

from rejoinder.chat.model import Participant
from rejoinder.chat.receipts import commands as receipts
from rejoinder.chat.receipts.model import Mark
from rejoinder.db.transaction import Database
from rejoinder.people.protections import commands as protections
from rejoinder.people.protections.model import Actor
from rejoinder.units.clock import FixedClock
from tests.support.client import Client, app_client, error_of
from tests.support.people import make_person
from tests.support.rounds import Card, deliver_to, withdraw_now


async def be(client: Client, card: Card) -> None:
    await client.be(card.contact.person_id)


async def test_the_tray_and_seen(fresh_database: Database, clock: FixedClock) -> None:
    _, [card, other] = await deliver_to(fresh_database, clock, 2)
    client = await app_client(fresh_database, clock)
    await be(client, card)
    [offer] = (await client.get("/api/offers"))["offers"]
    assert (offer["delivery_id"], offer["is_seen"]) == (str(card.glimpse.delivery_id), False)
    assert (offer["body"]["payer"], offer["body"]["beneficiary"]) == ("Tea House Ltd", "Tea House")
    seen = [{"delivery_id": offer["delivery_id"], "token": offer["body"]["token"]}]
    stolen = [{"delivery_id": str(other.glimpse.delivery_id), "token": other.glimpse.token}]
    assert (await client.call("POST", "/api/seen", {"seen": [*seen, *stolen]})).status_code == 204
    assert (await client.get("/api/offers"))["offers"][0]["is_seen"]
    states = await fresh_database.pool.fetch("SELECT person_id, state FROM ads.delivery")
    assert dict(map(tuple, states)) == {card.contact.person_id: "posted", other.contact.person_id: "held"}
    wrong: list[dict[str, object]] = [
        {},
        {"seen": []},
        {"seen": [{"delivery_id": "x", "token": "y"}]},
        {"seen": seen, "more": 1},
    ]
    for body in wrong:
        error_of(await client.call("POST", "/api/seen", body), 400)


async def test_why_names_payer_beneficiary_and_the_reasons(fresh_database: Database, clock: FixedClock) -> None:
    _, [card, other] = await deliver_to(fresh_database, clock, 2)
    client = await app_client(fresh_database, clock)
    await be(client, card)
    why = await client.get(f"/api/deliveries/{card.glimpse.delivery_id}/why")
    assert (why["payer"], why["beneficiary"], why["business_name"]) == ("Tea House Ltd", "Tea House", "Tea House")
    assert why["reasons"][0] == "You wrote to Tea House on 6 January 2030."
    assert why["reasons"][-1].startswith("It was number 1 of at most 1 sponsored message that day")
    assert "not told your name" in why["hidden_from_payer"]
    for delivery_id in (other.glimpse.delivery_id, 12, "x"):
        error_of(await client.call("GET", f"/api/deliveries/{delivery_id}/why"), 404)


async def test_a_withdrawn_card_leaves_the_tray(fresh_database: Database, clock: FixedClock) -> None:
    _, [card] = await deliver_to(fresh_database, clock, 1)
    client = await app_client(fresh_database, clock)
    await be(client, card)
    await fresh_database.run(lambda tx: protections.turn_ads_off(tx, card.contact.person_id, at=clock.now()))
    await withdraw_now(fresh_database, clock)
    assert (await client.get("/api/offers")) == {"offers": [], "cursor": None}


async def test_the_business_is_told_nothing_of_an_advert_in_a_thread(
    fresh_database: Database, clock: FixedClock
) -> None:
    """Not who got it, not who looked at it, not whose was withdrawn because they want no more."""
    shop, [card] = await deliver_to(fresh_database, clock, 1)
    person_id, thread_id = card.contact.person_id, card.contact.thread_id
    client = await app_client(fresh_database, clock)
    await client.be(shop.business.owner_person_id)

    async def read_up_to(position: int) -> None:
        mark = Mark(Participant("person", person_id), thread_id, position, position)
        await fresh_database.run(lambda tx: receipts.move_many(tx, [mark], clock))

    async def told() -> list[Any]:
        path, asked = f"/api/threads/{thread_id}", {"as_business_id": str(shop.business.id)}
        thread = (await client.get(path, params=asked))["thread"]
        page = await client.get(f"{path}/messages", params=asked)
        changes = await client.get(f"{path}/changes", params=asked | {"since": "0"})
        return [page, changes["messages"], thread["participants"], thread["last_position"]]

    await read_up_to(2)
    before = await told()
    assert [message["body"]["type"] for message in before[0]["messages"]] == ["text", "text"]
    await read_up_to(3)
    assert await told() == before
    await fresh_database.run(
        lambda tx: protections.stop_ads(tx, person_id, shop.business.id, actor=Actor.PERSON, at=clock.now())
    )
    await withdraw_now(fresh_database, clock)
    assert await told() == before
    await be(client, card)
    page = await client.get(f"/api/threads/{thread_id}/messages")
    assert page["messages"][2]["body"] == {"type": "unsent", "is_sponsored": True}


async def test_recall_is_the_business_s_or_the_operator_s(fresh_database: Database, clock: FixedClock) -> None:
    shop, [card] = await deliver_to(fresh_database, clock, 1)
    client = await app_client(fresh_database, clock)
    own = f"/api/businesses/{shop.business.id}/campaigns/{shop.offer.id}/recall"
    await be(client, card)
    error_of(await client.call("POST", own, {}), 404)
    error_of(await client.call("POST", f"/api/operator/campaigns/{shop.offer.id}/recall", {}), 403)
    await client.be(shop.business.owner_person_id)
    error_of(await client.call("POST", f"/api/businesses/{shop.business.id}/campaigns/12/recall", {}), 404)
    assert await client.post(own) == {"recalled_count": 1}
    assert await client.post(own) == {"recalled_count": 0}
    operator_id = await make_person(fresh_database)
    await fresh_database.pool.execute("UPDATE people.person SET is_operator = true WHERE id = $1", operator_id)
    await client.be(operator_id)
    assert await client.post(f"/api/operator/campaigns/{shop.offer.id}/recall") == {"recalled_count": 0}
    error_of(await client.call("POST", "/api/operator/campaigns/12/recall", {}), 404)
