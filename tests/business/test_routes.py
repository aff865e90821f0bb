"""Business over HTTP: the way from an owner to a reply, who may what, and input that cannot be meant."""

import re
from dataclasses import dataclass
from typing import Any

import pytest

from rejoinder.business.inbox import jobs
from rejoinder.chat.messages import commands as messages
from rejoinder.chat.messages.model import Draft
from rejoinder.chat.model import Participant, Text
from rejoinder.db.transaction import Database
from rejoinder.server.app import authenticate_people_and_programs
from rejoinder.units.clock import FixedClock
from rejoinder.units.ids import new_code
from tests.support.business import MadeBusiness, make_business, make_door, make_member, make_token, open_thread
from tests.support.client import Client, app_client, error_of
from tests.support.database import digest
from tests.support.people import make_person

OWNER = {
    "name": "Tea House GmbH",
    "address": "Hafenstr. 1, Hamburg",
    "country": "DE",
    "contact_email": "office@tea.example",
}


@dataclass
class World:
    """The app, a business with its team, and another business with a team of its own."""

    client: Client
    database: Database
    clock: FixedClock
    business: MadeBusiness
    other: MadeBusiness
    agent: int
    advertiser: int

    async def as_(self, person_id: int) -> Client:
        client = self.client.another()
        await client.be(person_id)
        return client

    async def chat(self, words: str = "Do you have oolong?") -> int:
        """A person writes to the business; return the thread."""
        door = await make_door(self.database, self.business.id)
        contact = await open_thread(self.database, await make_person(self.database, name="Ada"), door)
        draft = Draft(Participant("person", contact.person_id), contact.thread_id, new_code(), Text(words))
        await self.database.run(lambda tx: messages.append_many(tx, [draft], self.clock))
        await digest(self.database, lambda: jobs.run(self.database, self.clock, lambda _: None))
        return contact.thread_id

    @property
    def path(self) -> str:
        return f"/api/businesses/{self.business.id}"


@pytest.fixture
async def world(database: Database, clock: FixedClock) -> World:
    authenticate = authenticate_people_and_programs(database, clock)
    client = await app_client(database, clock, authenticate=authenticate)
    business, other = await make_business(database), await make_business(database)
    agent = await make_member(database, business.id, "agent")
    advertiser = await make_member(database, business.id, "advertiser")
    return World(client, database, clock, business, other, agent, advertiser)


async def test_from_an_owner_to_a_team(world: World) -> None:
    owner = world.client
    await owner.sign_up(name="Olga")
    registered = await owner.post("/api/owners", OWNER)
    assert (registered["state"], registered["decision_reason"]) == ("waiting", None)
    operator = await world.as_(await make_person(world.database, is_operator=True))
    queue = await operator.get("/api/operator/owners", params={"state": "waiting"})
    assert registered["id"] in {item["id"] for item in queue["items"]}
    decision = f"/api/operator/owners/{registered['id']}/decision"
    error_of(await operator.call("POST", decision, {"decision": "refused"}), 400)
    await operator.post(decision, {"decision": "refused", "reason": "Which court keeps the register?"})
    assert (await owner.get("/api/owners"))[0]["decision_reason"] == "Which court keeps the register?"
    amended = await owner.patch(f"/api/owners/{registered['id']}", {**OWNER, "register_number": "Hamburg HRB 1"})
    assert amended["state"] == "waiting"
    handle = f"tea-{new_code()}"
    body = {"owner_id": registered["id"], "name": "Tea House", "handle": handle, "greeting": "Welcome!"}
    made = await owner.post("/api/businesses", body)
    assert made["advert_refusal"] is not None
    await operator.post(decision, {"decision": "verified"})
    business_id = made["profile"]["id"]
    assert (await owner.get(f"/api/businesses/{business_id}"))["advert_refusal"] is None
    email = f"{new_code()}@example.org"
    await owner.post(f"/api/businesses/{business_id}/invitations", {"email": email.upper(), "role": "agent"})
    assert len(await owner.get(f"/api/businesses/{business_id}/invitations")) == 1
    found = re.search(r"/invitation/(\S+)", (await owner.mails(email))[0]["body"])
    assert found is not None
    agent = owner.another()
    await agent.sign_up(name="Bea", email=email)
    offer = await agent.post("/api/invitations/look", {"token": found[1]})
    assert (offer["business_name"], offer["role"], offer["is_accepted"]) == ("Tea House", "agent", False)
    await agent.post("/api/invitations/accept", {"token": found[1]})
    assert (await agent.get("/api/businesses"))[0]["roles"] == ["agent"]
    team = await agent.get(f"/api/businesses/{business_id}/team")
    assert {member["name"] for member in team} == {"Olga", "Bea"}
    await owner.delete(f"/api/businesses/{business_id}/team/{agent.person_id}")
    error_of(await agent.call("GET", f"/api/businesses/{business_id}"), 404)


async def test_a_profile_is_changed_in_part_and_read_by_anybody(world: World) -> None:
    owner = await world.as_(world.business.owner_person_id)
    version = (await owner.get(world.path))["version"]
    changed = await owner.patch(world.path, {"version": version, "about": "Only oolong.", "get_started": None})
    profile = changed["profile"]
    assert (profile["name"], profile["about"], profile["get_started"]) == ("Tea House", "Only oolong.", None)
    assert profile["quick_replies"] == [{"title": "Opening hours", "payload": "HOURS"}]
    error_of(await owner.call("PATCH", world.path, {"version": version, "about": "Mine"}), 409)
    assert await world.client.get(f"/api/profiles/{world.business.handle}") == profile


async def test_names_of_owners_and_businesses_stand_on_one_line(world: World) -> None:
    """They become subjects of mails and stand beside adverts."""
    owner = await world.as_(await make_person(world.database))
    registered = await owner.post("/api/owners", {**OWNER, "name": " Tea\r\nHouse\u2028GmbH "})
    body = {"owner_id": registered["id"], "name": "Tea\nHouse", "handle": f"tea-{new_code()}"}
    profile = (await owner.post("/api/businesses", body))["profile"]
    path = f"/api/businesses/{profile['id']}"
    renamed = (await owner.patch(path, {"version": 1, "name": "Tea\tAnnex"}))["profile"]
    assert (registered["name"], profile["name"], renamed["name"]) == ("Tea House GmbH", "Tea House", "Tea Annex")


async def test_nobody_is_mailed_invitations_without_end(world: World) -> None:
    """A newer invitation ends the older one, so the count of open ones alone would never refuse."""
    owner, email = await world.as_(world.business.owner_person_id), f"{new_code()}@example.org"
    path, body = f"{world.path}/invitations", {"email": email, "role": "agent"}
    for _ in range(5):
        await owner.post(path, body)
    assert error_of(await owner.call("POST", path, body), 429)["code"] == "too_many"
    assert len(await owner.mails(email)) == 5
    await owner.post("/api/password-reset", {"email": email})
    await owner.post(path, {**body, "email": f"{new_code()}@example.org"})


async def test_a_guest_opens_a_door_and_keeps_its_thread(world: World) -> None:
    door = await make_door(world.database, world.business.id, prefill="I saw your window")
    shown = await world.client.get(f"/api/entry-points/{door.code.upper()}")
    assert (shown["prefill"], shown["business"]["greeting"]) == (
        "I saw your window",
        "Welcome! Ask us anything about tea.",
    )
    error_of(await world.client.call("POST", "/api/open", {"code": door.code}), 401)
    await world.client.be_guest()
    opened = await world.client.post("/api/open", {"code": door.code})
    again = await world.client.post("/api/open", {"handle": f"@{world.business.handle}"})
    assert opened["thread_id"] == again["thread_id"]
    assert (opened["prefill"], again["prefill"]) == ("I saw your window", None)


async def test_links_serve_the_messenger_and_old_handles_lead_on(world: World) -> None:
    door = await make_door(world.database, world.business.id)
    page = await world.client.call("GET", f"/e/{door.code}")
    assert (page.status_code, page.headers["content-type"].partition(";")[0]) == (200, "text/html")
    assert (await world.client.call("GET", "/e/zzzzzzzz")).status_code == 404
    owner, handle = await world.as_(world.business.owner_person_id), f"palace-{new_code()}"
    await owner.patch(world.path, {"version": 1, "handle": handle})
    moved = await world.client.call("GET", f"/m/{world.business.handle}")
    assert (moved.status_code, moved.headers["location"]) == (302, f"/m/{handle}")
    assert (await world.client.call("GET", f"/m/{handle}")).status_code == 200
    assert (await world.client.call("GET", "/m/nobody-at-all")).status_code == 404


async def test_doors_are_made_changed_and_closed(world: World) -> None:
    advertiser = await world.as_(world.advertiser)
    door = await advertiser.post(f"{world.path}/entry-points", {"kind": "qr", "label": "Counter"})
    assert door["link"] == f"http://testserver/e/{door['code']}"
    path = f"{world.path}/entry-points/{door['id']}"
    changed = await advertiser.patch(path, {"prefill": "Hello", "is_active": False})
    assert (changed["label"], changed["prefill"], changed["code"]) == ("Counter", "Hello", door["code"])
    error_of(await world.client.call("GET", f"/api/entry-points/{door['code']}"), 404)
    listed = await advertiser.get(f"{world.path}/entry-points")
    assert [item["id"] for item in listed["items"]] == [door["id"]]


async def test_the_inbox_is_listed_caught_up_and_worked(world: World) -> None:
    agent = await world.as_(world.agent)
    thread_id = str(await world.chat())
    page = await agent.get(f"{world.path}/inbox")
    (item,) = page["items"]
    assert (item["thread_id"], item["person"]["name"], item["person"]["is_guest"]) == (thread_id, "Ada", False)
    assert (item["is_waiting_longest"], page["longest_waiting_thread_id"], page["waiting_count"]) == (
        True,
        thread_id,
        1,
    )
    assert item["entry_point"]["label"] == "Counter"
    at_item = f"{world.path}/inbox/{thread_id}"
    assigned = await agent.post(f"{at_item}/assign", {"person_id": str(world.agent)})
    assert assigned["assigned_to"] == {"person_id": str(world.agent), "name": "Andy Agent"}
    error_of(await agent.call("POST", f"{at_item}/assign", {"person_id": str(world.advertiser)}), 400)
    assert len((await agent.get(f"{world.path}/inbox", params={"assigned": "me"}))["items"]) == 1
    assert (await agent.get(f"{world.path}/inbox", params={"assigned": "nobody"}))["items"] == []
    changed = await agent.get(f"{world.path}/inbox", params={"since": page["number"]})
    assert [one["number"] for one in changed["items"]] == [changed["number"]] == [page["number"] + 1]
    assert (await agent.post(f"{at_item}/done"))["state"] == "done"
    assert (await agent.get(f"{world.path}/inbox"))["items"] == []
    assert len((await agent.get(f"{world.path}/inbox", params={"state": "done"}))["items"]) == 1
    assert (await agent.post(f"{at_item}/open"))["state"] == "open"


async def test_who_waits_longest_stands_first(world: World) -> None:
    agent, threads = await world.as_(world.agent), []
    for _ in range(3):
        world.clock.move(seconds=60)
        threads.append(str(await world.chat()))
    waiting = await agent.get(f"{world.path}/inbox", params={"order": "waiting"})
    assert [item["thread_id"] for item in waiting["items"]] == threads
    newest = await agent.get(f"{world.path}/inbox")
    assert [item["thread_id"] for item in newest["items"]] == threads[::-1]


async def test_lists_page_without_gap_or_repeat(world: World) -> None:
    agent = await world.as_(world.agent)
    threads = [str(await world.chat()) for _ in range(52)]
    for order in ("newest", "waiting"):
        seen, cursor = [], None
        while True:
            params = {"order": order} | ({"cursor": cursor} if cursor else {})
            page = await agent.get(f"{world.path}/inbox", params=params)
            seen += [item["thread_id"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert sorted(seen) == sorted(threads)
    first = await agent.get(f"{world.path}/inbox", params={"since": 0})
    rest = await agent.get(f"{world.path}/inbox", params={"since": first["number"]})
    assert (first["has_more"], rest["has_more"], len(first["items"]) + len(rest["items"])) == (True, False, 52)


async def test_saved_replies(world: World) -> None:
    agent = await world.as_(world.agent)
    path = f"{world.path}/saved-replies"
    saved = await agent.post(path, {"title": "Hours", "text": "We open at nine."})
    error_of(await agent.call("POST", path, {"title": "Hours", "text": "Again"}), 409)
    await agent.patch(f"{path}/{saved['id']}", {"title": "Hours", "text": "We open at ten."})
    assert await agent.get(path) == [{"id": saved["id"], "title": "Hours", "text": "We open at ten."}]
    await agent.delete(f"{path}/{saved['id']}")
    error_of(await agent.call("DELETE", f"{path}/{saved['id']}"), 404)


async def test_a_program_works_the_inbox_of_its_business_and_nothing_else(world: World) -> None:
    token = await make_token(world.database, world.business.id, world.business.owner_person_id)
    bearer = {"headers": {"authorization": f"Bearer {token}"}}
    thread_id = await world.chat()
    assert len((await world.client.get(f"{world.path}/inbox", **bearer))["items"]) == 1
    await world.client.post(f"{world.path}/inbox/{thread_id}/done", **bearer)
    error_of(await world.client.call("GET", f"/api/businesses/{world.other.id}/inbox", **bearer), 404)
    error_of(await world.client.call("GET", f"{world.path}/team", **bearer), 403)
    error_of(await world.client.call("POST", "/api/open", {"handle": world.business.handle}, **bearer), 403)
    owner = await world.as_(world.business.owner_person_id)
    (listed,) = await owner.get(f"{world.path}/tokens")
    assert listed["token"] is None
    await owner.delete(f"{world.path}/tokens/{listed['id']}")
    error_of(await world.client.call("GET", f"{world.path}/inbox", **bearer), 401)


PLACES: list[tuple[str, str, Any, set[str]]] = [
    ("GET", "", None, {"owner", "agent", "advertiser"}),
    ("PATCH", "", {"version": 1, "about": "x"}, {"owner"}),
    ("GET", "/team", None, {"owner", "agent", "advertiser"}),
    ("DELETE", "/team/1", None, {"owner"}),
    ("GET", "/invitations", None, {"owner"}),
    ("POST", "/invitations", {"email": "x@example.org", "role": "agent"}, {"owner"}),
    ("DELETE", "/invitations/1", None, {"owner"}),
    ("GET", "/tokens", None, {"owner"}),
    ("POST", "/tokens", {"label": "Bot"}, {"owner"}),
    ("DELETE", "/tokens/1", None, {"owner"}),
    ("GET", "/entry-points", None, {"owner", "agent", "advertiser"}),
    ("POST", "/entry-points", {"kind": "qr", "label": "x"}, {"owner", "advertiser"}),
    ("PATCH", "/entry-points/1", {"label": "x"}, {"owner", "advertiser"}),
    ("GET", "/inbox", None, {"owner", "agent"}),
    ("POST", "/inbox/1/assign", {"person_id": None}, {"owner", "agent"}),
    ("POST", "/inbox/1/done", None, {"owner", "agent"}),
    ("POST", "/inbox/1/open", None, {"owner", "agent"}),
    ("GET", "/saved-replies", None, {"owner", "agent"}),
    ("POST", "/saved-replies", {"title": "x", "text": "x"}, {"owner", "agent"}),
    ("PATCH", "/saved-replies/1", {"title": "x", "text": "x"}, {"owner", "agent"}),
    ("DELETE", "/saved-replies/1", None, {"owner", "agent"}),
]


@pytest.mark.parametrize(("method", "path", "body", "allowed"), PLACES, ids=[f"{p[0]} {p[1] or '/'}" for p in PLACES])
async def test_who_may_do_what(world: World, method: str, path: str, body: Any, allowed: set[str]) -> None:
    roles = {"owner": world.business.owner_person_id, "agent": world.agent, "advertiser": world.advertiser}
    for role, person_id in roles.items():
        answer = await (await world.as_(person_id)).call(method, world.path + path, body)
        if role in allowed:
            assert answer.status_code < 300 or answer.json()["error"]["code"] != "business_missing", answer.text
            assert answer.status_code not in {401, 403, 500}, answer.text
        else:
            assert error_of(answer, 403)["code"] == "role_lacking"
    for stranger in (world.other.owner_person_id, await make_person(world.database, is_operator=True)):
        answer = await (await world.as_(stranger)).call(method, world.path + path, body)
        assert error_of(answer, 404)["code"] == "business_missing"
    error_of(await world.client.another().call(method, world.path + path, body), 401)


LONG = "x" * 5000
BAD: list[tuple[str, str, Any]] = [
    ("PATCH", "/api/threads/1/messages/9223372036854775808", {"text": "x"}),
    ("DELETE", "/api/threads/1/messages/9223372036854775808", None),
    ("GET", "{business}/offers?cursor=MTAvOTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", None),
    ("POST", "/api/owners", {**OWNER, "country": "de"}),
    ("POST", "/api/owners", {**OWNER, "country": "DE\n"}),
    ("POST", "/api/owners", {**OWNER, "name": "\0"}),
    ("POST", "/api/owners", {**OWNER, "name": "   "}),
    ("POST", "/api/owners", {**OWNER, "address": LONG}),
    ("POST", "/api/owners", {**OWNER, "state": "verified"}),
    ("POST", "/api/owners", {**OWNER, "contact_email": "nowhere"}),
    ("POST", "/api/owners", [1]),
    ("POST", "/api/businesses", {"owner_id": "x", "name": "Tea", "handle": "tea-house"}),
    ("POST", "/api/businesses", {"owner_id": "1", "name": "Tea", "handle": "t"}),
    ("PATCH", "{business}", {"version": "one"}),
    ("PATCH", "{business}", {"version": 1, "greeting": "a\0b"}),
    ("PATCH", "{business}", {"version": 1, "quick_replies": [{"title": "x", "payload": "y"}] * 9}),
    ("PATCH", "{business}", {"version": 1, "handle": "no spaces"}),
    ("PATCH", "{business}", {"version": 1, "hue": 360}),
    ("POST", "{business}/invitations", {"email": "x@example.org", "role": "owner"}),
    ("POST", "{business}/invitations", {"email": "x", "role": "agent"}),
    ("POST", "{business}/tokens", {"label": ""}),
    ("POST", "{business}/entry-points", {"kind": "handle", "label": "x"}),
    ("POST", "{business}/entry-points", {"kind": "qr", "label": "x", "prefill": "a\0"}),
    ("POST", "{business}/saved-replies", {"title": "x", "text": LONG}),
    ("POST", "{business}/inbox/1/assign", {}),
    ("GET", "{business}/inbox?state=lost", None),
    ("GET", "{business}/inbox?cursor=%00", None),
    ("GET", "{business}/inbox?since=-1", None),
    ("POST", "/api/open", {}),
    ("POST", "/api/open", {"code": "a", "handle": "b"}),
    ("POST", "/api/invitations/accept", {"token": "x" * 201}),
]


@pytest.mark.parametrize(("method", "path", "body"), BAD)
async def test_input_that_cannot_be_meant(world: World, method: str, path: str, body: Any) -> None:
    owner = await world.as_(world.business.owner_person_id)
    before = await owner.get(world.path)
    error = error_of(await owner.call(method, path.format(business=world.path), body), 400)
    assert error["message"]
    assert await owner.get(world.path) == before


UNKNOWN: list[tuple[str, str, Any]] = [
    ("GET", "/api/businesses/9", None),
    ("GET", "/api/businesses/99999999999999999999999", None),
    ("GET", "/api/businesses/zero", None),
    ("GET", "/api/profiles/nobody-at-all", None),
    ("GET", "/api/profiles/%00", None),
    ("GET", "/api/entry-points/%00", None),
    ("GET", "/e/%00/qr.svg", None),
    ("GET", "/m/nobody-at-all/qr.svg", None),
    ("POST", "/api/open", {"code": "zzzzzzzz"}),
    ("POST", "/api/open", {"code": "\0"}),
    ("POST", "/api/open", {"handle": "nobody-at-all"}),
    ("POST", "/api/invitations/accept", {"token": "guess"}),
    ("POST", "/api/businesses", {"owner_id": "9", "name": "Tea", "handle": "tea-house"}),
]


@pytest.mark.parametrize(("method", "path", "body"), UNKNOWN)
async def test_what_is_not_there_is_missing(world: World, method: str, path: str, body: Any) -> None:
    owner = await world.as_(world.business.owner_person_id)
    error_of(await owner.call(method, path, body), 404)


async def test_a_guest_stands_for_no_business(world: World) -> None:
    await world.client.be_guest()
    assert error_of(await world.client.call("POST", "/api/owners", OWNER), 403)["code"] == "claim_first"
    error_of(await world.client.call("POST", "/api/invitations/accept", {"token": "guess"}), 403)


async def test_only_the_operator_decides_owners(world: World) -> None:
    owner = await world.as_(world.business.owner_person_id)
    error_of(await owner.call("GET", "/api/operator/owners"), 403)
    path = f"/api/operator/owners/{world.business.owner_id}/decision"
    error_of(await owner.call("POST", path, {"decision": "verified"}), 403)
