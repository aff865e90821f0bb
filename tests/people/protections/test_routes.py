"""The person's own protections over HTTP: what each route answers, whose things it touches, and bad input that changes nothing."""

from datetime import timedelta
from typing import Any

import pytest

from rejoinder.db.transaction import Database
from rejoinder.people.contacts.model import Key
from rejoinder.units.clock import FixedClock
from rejoinder.units.ids import new_id
from tests.support.client import Client, app_client, error_of, json_of
from tests.support.contacts import exchange, make_contact
from tests.support.people import make_person

OWN = {"ads_off": False, "cap_day": None, "cap_week": None, "quiet_from": None, "quiet_until": None}


@pytest.fixture
async def client(database: Database, clock: FixedClock) -> Client:
    client = await app_client(database, clock)
    await client.be(await make_person(database))
    return client


async def my_contact(client: Client, database: Database, clock: FixedClock) -> Key:
    me = int((await client.get("/api/me"))["id"])

    async def make(tx: Any) -> Key:
        key = await make_contact(tx, person_id=me)
        await exchange(tx, key, clock.now() - timedelta(days=11))
        return key

    return await database.run(make)


async def put(client: Client, body: object, status: int = 200) -> Any:
    response = await client.call("PUT", "/api/protections", body)
    return json_of(response) if status == 200 else error_of(response, status)


async def test_own_settings_stand_beside_the_policy(client: Client) -> None:
    before = await client.get("/api/protections")
    assert (before["ads_off"], before["cap_day"], before["policy"]["cap_day"]) == (False, None, 1)
    assert any("21:00" in sentence for sentence in before["policy"]["sentences"])
    mine = {"ads_off": True, "cap_day": 0, "cap_week": 2, "quiet_from": "18:30", "quiet_until": "09:15"}
    after = await put(client, mine)
    assert {name: after[name] for name in mine} == mine
    assert await client.get("/api/protections") == after
    assert await put(client, OWN) == before


@pytest.mark.parametrize(
    "change",
    [
        {"cap_day": -1},
        {"cap_day": 51},
        {"cap_week": 351},
        {"cap_day": "one"},
        {"cap_day": 1.5},
        {"ads_off": "no"},
        {"ads_off": None},
        {"quiet_from": "24:00", "quiet_until": "08:00"},
        {"quiet_from": "8", "quiet_until": "08:00"},
        {"quiet_from": "20:00"},
        {"quiet_from": "20:00", "quiet_until": "20:00"},
        {"quiet_from": "\u0000", "quiet_until": "08:00"},
        {"strange": 1},
    ],
    ids=str,
)
async def test_bad_settings_are_refused_and_change_nothing(client: Client, change: dict[str, Any]) -> None:
    before = await client.get("/api/protections")
    assert (await put(client, OWN | {"ads_off": True} | change, 400))["message"]
    assert await client.get("/api/protections") == before


async def test_who_may_message_me_and_why(client: Client, database: Database, clock: FixedClock) -> None:
    key = await my_contact(client, database, clock)
    (contact,) = (await client.get("/api/contacts"))["contacts"]
    assert (contact["business_id"], contact["may_advertise"], contact["reason"]) == (str(key[1]), True, None)
    assert contact["may_write_until"] is None
    at = f"/api/contacts/{key[1]}"
    told = {
        verb: (await client.post(f"{at}/{verb}"))["reason"]
        for verb in ("stop", "undo-stop", "block", "unblock", "less")
    }
    assert told == {"stop": "stopped", "undo-stop": None, "block": "blocked", "unblock": None, "less": "less"}
    await client.post(f"{at}/undo-stop")
    assert (await client.post(f"{at}/mute", {"days": 3}))["reason"] == "muted"
    assert (await client.post(f"{at}/unmute"))["reason"] is None
    for days in (0, 366, "three", None):
        error_of(await client.call("POST", f"{at}/mute", {"days": days}), 400)


async def test_the_list_pages(client: Client, database: Database, clock: FixedClock) -> None:
    keys = {str((await my_contact(client, database, clock))[1]) for _ in range(53)}
    first = await client.get("/api/contacts")
    second = await client.get("/api/contacts", params={"cursor": first["cursor"]})
    assert (len(first["contacts"]), len(second["contacts"]), second["cursor"]) == (50, 3, None)
    assert {one["business_id"] for one in first["contacts"] + second["contacts"]} == keys
    error_of(await client.call("GET", "/api/contacts?cursor=nonsense"), 400)


async def test_what_is_somebody_elses_is_missing(client: Client, database: Database, clock: FixedClock) -> None:
    other = client.another()
    await other.be(await make_person(database))
    _, theirs = await my_contact(other, database, clock)
    for business in (theirs, new_id(), 0, "abc", 10**30):
        for verb in ("stop", "block", "unmute", "strange"):
            error_of(await client.call("POST", f"/api/contacts/{business}/{verb}", {}), 404)
        error_of(await client.call("POST", f"/api/contacts/{business}/mute", {"days": 1}), 404)
    (contact,) = (await other.get("/api/contacts"))["contacts"]
    assert contact["reason"] is None
    assert (await client.get("/api/contacts"))["contacts"] == []


async def test_people_are_blocked_and_unblocked(client: Client, database: Database) -> None:
    stranger = await make_person(database)
    assert await client.post(f"/api/people/{stranger}/block") == {"is_blocked": True}
    assert await client.post(f"/api/people/{stranger}/unblock") == {"is_blocked": False}
    me = (await client.get("/api/me"))["id"]
    error_of(await client.call("POST", f"/api/people/{me}/block"), 400)
    error_of(await client.call("POST", f"/api/people/{new_id()}/block"), 404)


@pytest.mark.parametrize("path", ["/api/protections", "/api/contacts"])
async def test_nobody_reads_without_signing_in(client: Client, path: str) -> None:
    error_of(await client.another().call("GET", path), 401)
