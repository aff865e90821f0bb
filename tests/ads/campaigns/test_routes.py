"""Offers, reach and review over HTTP: the whole way of an advertiser, bad input, and who may do what."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from rejoinder.ads.campaigns import commands as campaigns
from rejoinder.business.team import commands as team
from rejoinder.db.transaction import Database
from rejoinder.people.identity.commands import make_authenticate
from rejoinder.units.clock import FixedClock
from rejoinder.units.ids import new_code, new_id
from rejoinder.wire.auth import Authenticate, Viewer
from tests.support.ads import AT, EURO
from tests.support.business import MadeBusiness, make_business, make_member, make_token
from tests.support.client import Client, error_of, open_app
from tests.support.people import make_guest, make_person


@dataclass
class Place:
    """A business over HTTP, with one client for each kind of viewer."""

    business: MadeBusiness
    database: Database
    clients: dict[str, Client]

    @property
    def offers(self) -> str:
        return f"/api/businesses/{self.business.id}/offers"

    @property
    def advertiser(self) -> Client:
        return self.clients["advertiser"]

    @property
    def operator(self) -> Client:
        return self.clients["operator"]

    async def submitted(self, **overrides: Any) -> dict[str, Any]:
        """A submitted offer of this business, as the advertiser sees it."""
        offer = await self.advertiser.post(self.offers, offer_body(**overrides))
        return dict(await self.advertiser.post(f"{self.offers}/{offer['id']}/submit"))

    async def review_of(self, offer: dict[str, Any]) -> dict[str, Any]:
        """The offer's review as the operator finds it in the queue."""
        page = await self.operator.get("/api/operator/reviews")
        return dict(next(item for item in page["items"] if item["offer_id"] == offer["id"]))


def offer_body(**overrides: Any) -> dict[str, Any]:
    """What "Send an offer" sends."""
    return {
        "client_id": new_code(12),
        "headline": "Winter teas are here",
        "text": "Twelve new blends for cold days.",
        "button_title": "Have a look",
        "button_url": "https://tea.example/winter",
        "ends_at": (AT + timedelta(days=7)).isoformat(),
        "total_micros": str(10 * EURO),
        "bid_micros": "200000",
        **overrides,
    }


def authenticate_all(database: Database, clock: FixedClock) -> Authenticate:
    """People's sessions and programs' tokens."""
    people = make_authenticate(database, clock)

    async def authenticate(token: str) -> Viewer | None:
        viewer = await people(token)
        return viewer or await database.run(lambda tx: team.authenticate_program(tx, token, clock.now()))

    return authenticate


@pytest.fixture
async def place(database: Database) -> Place:
    clock = FixedClock(AT)
    business = await make_business(database)
    members = {role: await make_member(database, business.id, role) for role in ("advertiser", "agent")}
    operator_id = await make_person(database, name="Operator", is_operator=True)
    others = {"owner": business.owner_person_id, "operator": operator_id}
    others |= {"stranger": await make_person(database), "guest": await make_guest(database)}
    app = await open_app(database, clock, authenticate=authenticate_all(database, clock))
    first = Client(app, database=database, clock=clock)
    clients = {"nobody": first}
    for name, person_id in {**members, **others}.items():
        clients[name] = first.another()
        await clients[name].be(person_id)
    clients["program"] = first.another()
    token = await make_token(database, business.id, business.owner_person_id)
    clients["program"].http.headers["authorization"] = f"Bearer {token}"
    return Place(business, database, clients)


async def test_the_way_of_an_offer(place: Place) -> None:
    suggestion = await place.advertiser.get(f"{place.offers}/suggestion")
    assert int(suggestion["bid_micros"]) >= int(suggestion["reserve_micros"]) > 0
    offer = await place.advertiser.post(place.offers, offer_body(bid_micros=suggestion["bid_micros"]))
    assert (offer["status"], offer["content"]["payer"], offer["content"]["beneficiary"]) == (
        "draft",
        suggestion["payer"],
        suggestion["beneficiary"],
    )
    card = await place.advertiser.post(f"{place.offers}/{offer['id']}/test")
    assert card["position"] == 1
    submitted = await place.advertiser.post(f"{place.offers}/{offer['id']}/submit")
    assert (submitted["status"], submitted["review"]["findings"]) == ("in_review", [])
    review = await place.review_of(offer)
    decision = {"decision": "approved", "content_hash": review["content_hash"]}
    await place.operator.post(f"/api/operator/reviews/{review['id']}/decision", decision)
    page = await place.advertiser.get(place.offers)
    assert [(item["id"], item["status"]) for item in page["items"]] == [(offer["id"], "no_money")]
    funding = {"amount_micros": str(50 * EURO), "reference": "first"}
    await place.advertiser.post(f"/api/owners/{place.business.owner_id}/ad-account/funding", funding)
    assert (await place.advertiser.get(f"{place.offers}/{offer['id']}"))["status"] == "running"
    for verb, status in (("pause", "paused"), ("resume", "running"), ("end", "ended")):
        moved = await place.advertiser.post(f"{place.offers}/{offer['id']}/state", {"verb": verb})
        assert moved["status"] == status
        assert moved["status_words"]


async def test_a_refused_offer_is_fixed_and_sent_again(place: Place) -> None:
    offer = await place.submitted(button_url="http://tea.example/")
    assert [finding["field"] for finding in offer["review"]["findings"]] == ["button_url"]
    review = await place.review_of(offer)
    refusal = {"decision": "refused", "content_hash": review["content_hash"], "reason": "Link to your secure page."}
    await place.operator.post(f"/api/operator/reviews/{review['id']}/decision", refusal)
    seen = await place.advertiser.get(f"{place.offers}/{offer['id']}")
    assert (seen["status"], seen["review"]["reason"]) == ("refused", "Link to your secure page.")
    body = offer_body(version=seen["version"])
    del body["client_id"]
    await place.advertiser.call("PUT", f"{place.offers}/{offer['id']}", body)
    again = await place.advertiser.post(f"{place.offers}/{offer['id']}/submit")
    assert (again["status"], again["review"]["decision"], again["review"]["findings"]) == ("in_review", None, [])
    back = await place.advertiser.post(f"{place.offers}/{offer['id']}/withdraw")
    assert back["status"] == "draft"


async def test_a_retry_makes_one_offer(place: Place) -> None:
    body = offer_body()
    first = await place.advertiser.post(place.offers, body)
    assert await place.advertiser.post(place.offers, body) == first
    assert len((await place.advertiser.get(place.offers))["items"]) == 1


async def test_reach_is_told_in_words(place: Place) -> None:
    told = await place.advertiser.post(f"/api/businesses/{place.business.id}/reach", {"wrote_within_days": 30})
    assert told["sentence"] == "Of fewer than 10 people, fewer than 10 can be reached now."


@pytest.mark.parametrize(
    ("status", "field", "overrides"),
    [
        (400, "headline", {"headline": ""}),
        (400, "headline", {"headline": "x" * 61}),
        (400, "headline", {"headline": "a\x00b"}),
        (400, "headline", {"headline": 5}),
        (400, "text", {"text": "\u200b"}),
        (400, "button_url", {"button_url": "javascript:alert(1)"}),
        (400, "image_url", {"image_url": "https://tea.example/a.png"}),
        (400, "ends_at", {"ends_at": "yesterday"}),
        (400, "ends_at", {"ends_at": "2031-01-01T00:00:00"}),
        (400, "ends_at", {"ends_at": AT.isoformat()}),
        (400, "total_micros", {"total_micros": "-5"}),
        (400, "total_micros", {"total_micros": 5}),
        (400, "total_micros", {"total_micros": "9" * 16}),
        (400, "bid_micros", {"bid_micros": "1"}),
        (400, "bid_micros", {"bid_micros": "1.5"}),
        (400, None, {"audience": {"wrote_within_days": 8}}),
        (400, None, {"audience": {"entry_point_ids": ["x"]}}),
        (400, None, {"client_id": ""}),
        (400, None, {"payed_by": "x"}),
    ],
)
async def test_bad_input_is_named_and_changes_nothing(
    place: Place, status: int, field: str | None, overrides: dict[str, Any]
) -> None:
    error = error_of(await place.advertiser.call("POST", place.offers, offer_body(**overrides)), status)
    assert error["message"]
    if field is not None:
        assert error["field"] == field
    assert (await place.advertiser.get(place.offers))["items"] == []


@pytest.mark.parametrize("content", [b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"x" * 70_000])
async def test_a_body_that_is_no_offer_is_refused(place: Place, content: bytes) -> None:
    headers = {"content-type": "application/json"}
    answer = await place.advertiser.http.post(place.offers, content=content, headers=headers)
    assert answer.status_code in {400, 413}
    assert answer.json()["error"]["message"]


@pytest.mark.parametrize("wrong", ["0", "abc", "-1", "9" * 30, "1%00"])
async def test_an_id_that_is_none_is_missing(place: Place, wrong: str) -> None:
    error_of(await place.advertiser.call("GET", f"{place.offers}/{wrong}"), 404)
    error_of(await place.advertiser.call("GET", f"/api/businesses/{wrong}/offers"), 404)
    error_of(await place.advertiser.call("GET", f"/api/owners/{wrong}/ad-account"), 404)
    error_of(await place.operator.call("GET", f"/api/operator/reviews/{wrong}"), 404)


async def test_somebody_elses_offer_is_missing(place: Place, database: Database) -> None:
    offer = await place.submitted()
    other = await make_business(database)
    rival = place.advertiser.another()
    await rival.be(other.owner_person_id)
    for base in (place.offers, f"/api/businesses/{other.id}/offers"):
        error_of(await rival.call("GET", f"{base}/{offer['id']}"), 404)
        error_of(await rival.call("POST", f"{base}/{offer['id']}/state", {"verb": "end"}), 404)
        error_of(await rival.call("POST", f"{base}/{offer['id']}/withdraw", {}), 404)
        error_of(await rival.call("POST", f"{base}/{offer['id']}/test", {}), 404)
    kept = await database.run(lambda tx: campaigns.get_offer(tx, place.business.id, int(offer["id"])))
    assert (kept.campaign_state, kept.ad_state) == ("draft", "in_review")


@pytest.mark.parametrize(
    ("viewer", "status"),
    [
        ("owner", 200),
        ("advertiser", 200),
        ("agent", 403),
        ("stranger", 404),
        ("operator", 404),
        ("guest", 404),
        ("program", 403),
        ("nobody", 401),
    ],
)
async def test_offers_are_for_owners_and_advertisers(place: Place, viewer: str, status: int) -> None:
    offer = await place.advertiser.post(place.offers, offer_body())
    client, one = place.clients[viewer], f"{place.offers}/{offer['id']}"
    change = {**offer_body(version=offer["version"])}
    del change["client_id"]
    asked: list[tuple[str, str, object]] = [
        ("GET", place.offers, None),
        ("GET", f"{place.offers}/suggestion", None),
        ("POST", place.offers, offer_body()),
        ("GET", one, None),
        ("PUT", one, change),
        ("POST", f"{one}/test", {}),
        ("POST", f"{one}/submit", {}),
        ("POST", f"{one}/withdraw", {}),
        ("POST", f"{one}/state", {"verb": "end"}),
        ("POST", f"/api/businesses/{place.business.id}/reach", {}),
    ]
    for method, path, body in asked:
        answer = await client.call(method, path, body)
        assert answer.status_code in ({200, 201} if status == 200 else {status}), f"{method} {path}: {answer.text}"


@pytest.mark.parametrize(
    ("viewer", "status"),
    [("owner", 403), ("advertiser", 403), ("stranger", 403), ("guest", 403), ("program", 403), ("nobody", 401)],
)
async def test_only_the_operator_reviews(place: Place, viewer: str, status: int) -> None:
    review = await place.review_of(await place.submitted())
    decision = {"decision": "approved", "content_hash": review["content_hash"]}
    client, one = place.clients[viewer], f"/api/operator/reviews/{review['id']}"
    error_of(await client.call("GET", "/api/operator/reviews"), status)
    error_of(await client.call("GET", one), status)
    error_of(await client.call("POST", f"{one}/decision", decision), status)
    assert (await place.operator.get(one))["decision"] is None


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"decision": "refused", "content_hash": "0" * 64, "reason": ""}),
        (400, {"decision": "maybe", "content_hash": "0" * 64}),
        (400, {"decision": "approved", "content_hash": "xyz"}),
        (400, {"decision": "approved"}),
        (409, {"decision": "approved", "content_hash": "0" * 64}),
    ],
)
async def test_a_decision_must_be_meant(place: Place, status: int, body: dict[str, Any]) -> None:
    review = await place.review_of(await place.submitted())
    error_of(await place.operator.call("POST", f"/api/operator/reviews/{review['id']}/decision", body), status)
    no_reason = {"decision": "refused", "content_hash": review["content_hash"]}
    error = error_of(
        await place.operator.call("POST", f"/api/operator/reviews/{review['id']}/decision", no_reason), 400
    )
    assert error["field"] == "reason"


async def test_an_unknown_review_is_missing_for_the_operator(place: Place) -> None:
    error_of(await place.operator.call("GET", f"/api/operator/reviews/{new_id()}"), 404)
