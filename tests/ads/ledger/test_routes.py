"""Ad accounts over HTTP: test money only where it exists, statements, refunds, and who may see whose money."""

import dataclasses
from typing import Any

import pytest

from rejoinder.db.migrate import read_installation
from rejoinder.db.transaction import Database
from rejoinder.people.identity.commands import make_authenticate
from rejoinder.server.app import Parts, build_app
from rejoinder.server.settings import read_settings
from rejoinder.units.clock import FixedClock
from rejoinder.units.money import MICROS_MAX
from tests.support.ads import AT, EURO
from tests.support.business import make_business, make_member
from tests.support.client import Client, app_client, error_of
from tests.support.people import make_person


async def advertiser_of(database: Database) -> tuple[Client, str]:
    """A signed-in advertiser, and the address of their owner's ad account."""
    business = await make_business(database)
    client = await app_client(database, FixedClock(AT))
    await client.be(await make_member(database, business.id, "advertiser"))
    return client, f"/api/owners/{business.owner_id}/ad-account"


async def operator_of(database: Database, client: Client) -> Client:
    operator = client.another()
    await operator.be(await make_person(database, is_operator=True))
    return operator


def funding(micros: int, reference: str = "one") -> dict[str, str]:
    return {"amount_micros": str(micros), "reference": reference}


async def test_test_money_comes_once_per_reference(database: Database) -> None:
    client, account = await advertiser_of(database)
    empty = await client.get(account)
    assert (empty["id"], empty["free_micros"], empty["currency"], empty["has_test_money"]) == (None, "0", "EUR", True)
    first = await client.post(f"{account}/funding", funding(5 * EURO))
    assert first == await client.post(f"{account}/funding", funding(5 * EURO))
    assert (first["funded_micros"], first["free_micros"]) == (str(5 * EURO), str(5 * EURO))
    error_of(await client.call("POST", f"{account}/funding", funding(6 * EURO)), 409)
    statement = await client.get(f"{account}/statement")
    assert [(line["kind"], line["amount_micros"]) for line in statement["items"]] == [("fund", str(5 * EURO))]


async def test_the_operator_records_what_came_and_what_went_back(database: Database) -> None:
    client, account = await advertiser_of(database)
    ad_account_id = (await client.post(f"{account}/funding", funding(EURO)))["id"]
    operator = await operator_of(database, client)
    one = f"/api/operator/ad-accounts/{ad_account_id}"
    await operator.post(f"{one}/funding", funding(2 * EURO, "bank 77"))
    after = await operator.post(f"{one}/refund", funding(EURO, "bank 78"))
    assert (after["funded_micros"], after["refunded_micros"], after["free_micros"]) == (
        str(3 * EURO),
        str(EURO),
        str(2 * EURO),
    )
    error = error_of(await operator.call("POST", f"{one}/refund", funding(2 * EURO + 1, "bank 79")), 422)
    assert error["field"] == "amount_micros"
    kinds = [line["kind"] for line in (await operator.get(f"{one}/statement"))["items"]]
    assert sorted(kinds) == ["fund", "fund", "refund"]
    pages: list[str] = []
    cursor: Any = ""
    while cursor is not None:
        page = await operator.get("/api/operator/ad-accounts", params={"cursor": cursor})
        pages += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert ad_account_id in pages


async def test_there_is_no_test_money_on_a_real_installation(database: Database) -> None:
    client, account = await advertiser_of(database)
    clock = FixedClock(AT)
    installation = dataclasses.replace(await database.run(read_installation), is_test=False)
    settings = read_settings({"REJOINDER_RATE_LIMIT_PER_S": "0"})
    app = build_app(Parts(database, clock, installation, settings, make_authenticate(database, clock)))
    real = Client(app, database=database, clock=clock)
    await real.be(client.person_id)
    error = error_of(await real.call("POST", f"{account}/funding", funding(EURO)), 403)
    assert error["code"] == "funding_refused"
    assert (await real.get(account))["funded_micros"] == "0"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"amount_micros": "5"},
        funding(0),
        funding(MICROS_MAX + 1),
        {"amount_micros": "-1", "reference": "x"},
        {"amount_micros": 7, "reference": "x"},
        {"amount_micros": "٣", "reference": "x"},
        {"amount_micros": "7", "reference": ""},
        {"amount_micros": "7", "reference": "a\x00b"},
        {"amount_micros": "7", "reference": " "},
        {"amount_micros": "7", "reference": "x" * 81},
        {"amount_micros": "7", "reference": "x", "currency": "USD"},
    ],
)
async def test_bad_amounts_are_refused_in_words(database: Database, body: dict[str, Any]) -> None:
    client, account = await advertiser_of(database)
    assert error_of(await client.call("POST", f"{account}/funding", body), 400)["message"]
    assert (await client.get(account))["funded_micros"] == "0"


async def test_a_cursor_must_be_one_of_ours(database: Database) -> None:
    client, account = await advertiser_of(database)
    error_of(await client.call("GET", f"{account}/statement", params={"cursor": "not-ours"}), 400)


async def test_money_is_seen_by_its_owners_and_advertisers_only(database: Database) -> None:
    client, account = await advertiser_of(database)
    business = await make_business(database)
    strangers = [business.owner_person_id, await make_member(database, business.id, "agent")]
    for person_id in strangers:
        stranger = client.another()
        await stranger.be(person_id)
        for method, path, body in (
            ("GET", account, None),
            ("GET", f"{account}/statement", None),
            ("POST", f"{account}/funding", funding(EURO)),
        ):
            error_of(await stranger.call(method, path, body), 404)
    agent = client.another()
    await agent.be(strangers[1])
    error_of(await agent.call("GET", f"/api/owners/{business.owner_id}/ad-account"), 404)
    for path in ("", "/1/statement"):
        error_of(await agent.call("GET", f"/api/operator/ad-accounts{path}"), 403)
    for verb in ("funding", "refund"):
        error_of(await agent.call("POST", f"/api/operator/ad-accounts/1/{verb}", funding(EURO)), 403)
    error_of(await client.another().call("GET", account), 401)
