"""Steps 1 to 5: accounts, a business and its team, a guest at the counter, the shared inbox, two people."""

import asyncio
from datetime import timedelta

from rejoinder.server.story.device import PASSWORD, Device, Json, Socket, eventually
from rejoinder.server.story.stage import expect
from rejoinder.server.story.town import Customer, Shop, Town

NEW_PASSWORD = "another story of tea"  # noqa: S105


async def sign_up_and_in(town: Town) -> None:
    """Step 1."""
    paula = await town.person("Paula", birth_year=None)
    me = await paula.ask("PATCH", "/api/me", {"region": "AT", "zone": "Europe/Vienna", "birth_year": 1988})
    expect((me["region"], me["zone"], me["birth_year"]) == ("AT", "Europe/Vienna", 1988), "the place can be changed")
    expect(me["email_verified"] and not me["is_guest"], "the address is verified")
    await paula.post("/api/sign-out")
    await paula.refused("GET", "/api/me", status=401)
    phone = town.device("Paula", server=1, email=paula.email)
    await phone.sign_in()
    await paula.sign_in()
    await paula.post("/api/password-reset", {"email": paula.email})
    code = await paula.mailed(r"code=([0-9a-z]+)")
    await paula.post("/api/password-reset/finish", {"code": code, "password": NEW_PASSWORD})
    await phone.refused("GET", "/api/me", status=401)
    await phone.refused("POST", "/api/sign-in", {"email": paula.email, "password": PASSWORD}, status=401)
    await phone.post("/api/sign-in", {"email": paula.email, "password": NEW_PASSWORD})
    town.people["Paula"] = phone


async def open_the_shop(town: Town) -> None:
    """Step 2."""
    opal = await town.person("Opal")
    await town.stage.command("operator", "add", opal.email)
    expect((await opal.get("/api/me"))["is_operator"], "Opal is an operator")
    olga = await town.person("Olga")
    agent, advertiser = await town.person("Andy", server=0), await town.person("Vera")
    shop = await town.open_shop("Tea House", owner=olga, agent=agent)
    for device, role in ((agent, "agent"), (advertiser, "advertiser")):
        await olga.post(f"{shop.path}/invitations", {"email": device.email, "role": role})
        token = {"token": await device.mailed(r"/invitation/(\S+)")}
        expect((await device.post("/api/invitations/look", token))["role"] == role, "the mail says which role")
        await device.post("/api/invitations/accept", token)
    team = {member["name"]: member["roles"] for member in await olga.get(f"{shop.path}/team")}
    expect(team == {"Olga": ["owner"], "Andy": ["agent"], "Vera": ["advertiser"]}, f"the team is {team}")
    await agent.refused("GET", f"{shop.path}/offers", status=403)


async def scan_as_guest(town: Town) -> None:
    """Step 3."""
    shop = town.shops["Tea House"]
    link = {"kind": "link", "label": "Web page", "prefill": "I would like the list of teas."}
    web = await shop.owner.post(f"{shop.path}/entry-points", link)
    gia = town.device("Gia")
    svg = await gia.http.get(f"/e/{shop.door}/qr.svg")
    expect(svg.is_success and "<svg" in svg.text, "the door has a QR code")
    behind = (await gia.get(f"/api/entry-points/{shop.door}"))["business"]
    shown = (behind["greeting"], behind["get_started"]["title"], behind["quick_replies"][0]["title"])
    expect(shown == ("Welcome to Tea House!", "Get started", "Opening hours"), f"the empty thread shows {shown}")
    await gia.be_guest()  # the first tap; the second opens the chat, the third sends
    guest = await town.enter(gia, shop)
    for body in (
        {"type": "get_started", "text": "Get started", "payload": "START"},
        {"type": "quick_reply", "text": "Opening hours", "payload": "HOURS"},
    ):
        await _expect_no_writing(guest, body)
    fred = town.device("Fred")
    await fred.be_guest()
    opened = await fred.post("/api/open", {"code": web["code"]})
    prefilled = Customer(fred, opened["thread_id"], shop.id)
    await _expect_no_writing(prefilled, {"type": "text", "text": opened["prefill"]})
    await fred.say(opened["thread_id"], opened["prefill"] + " The green ones, please.")
    expect((await fred.contact(shop.id) or {})["first_wrote_at"], "changed words are Fred's own")
    await gia.say(guest.thread_id, "Do you have green tea?")
    await gia.say(guest.thread_id, "And black?")
    contact = await gia.contact(shop.id) or {}
    expect(contact["first_wrote_at"] < contact["last_wrote_at"], "the first and the last message are kept")
    expect(contact["reason"] == "guest", "a guest gets no offers")
    await _expect_doors(shop, {guest.thread_id: "Counter", prefilled.thread_id: "Web page"})
    await _claim(gia, guest)
    town.customers["Gia"] = guest


async def _expect_no_writing(customer: Customer, body: Json) -> None:
    await customer.device.send(customer.thread_id, body)
    contact = await customer.device.contact(customer.business_id) or {}
    told = (contact["first_wrote_at"], contact["reason"])
    expect(told == (None, "kind_does_not_count"), f"{body['type']} opens the window and counts for nothing: {told}")
    expect(contact["may_write_until"], "it opens the reply window")


async def _expect_doors(shop: Shop, doors: dict[str, str]) -> None:
    async def are_there() -> bool:
        inbox = (await shop.agent.get(f"{shop.path}/inbox"))["items"]
        found = {item["thread_id"]: item["entry_point"]["label"] for item in inbox if item["entry_point"]}
        return all(found.get(thread_id) == label for thread_id, label in doors.items())

    await eventually(are_there, "the inbox names the entry point of each")


async def _claim(gia: Device, guest: Customer) -> None:
    before = await gia.messages(guest.thread_id)
    gia.email = "gia@story.example"
    await gia.post("/api/claim", {"email": gia.email, "password": PASSWORD})
    await gia.verify_email()
    again = Device(gia.origin, "Gia", email=gia.email)
    await again.sign_in()
    expect(await again.messages(guest.thread_id) == before, "the claimed account keeps the thread")
    expect(not (await again.get("/api/me"))["is_guest"], "Gia is no guest any more")
    await again.close()


async def share_the_inbox(town: Town) -> None:
    """Step 4: the agent at the first server, the person at the second."""
    shop, paula = town.shops["Tea House"], town.people["Paula"]
    customer = await town.enter(paula, shop)
    town.customers["Paula"] = customer
    thread_id, speaking = customer.thread_id, shop.speaking
    place: Json = {"thread_id": thread_id}
    async with shop.agent.live() as desk, paula.live() as phone:
        await desk.tell("watch", business_id=shop.id)
        await desk.tell("ping")
        await desk.hear("pong")  # so the watch before it has been taken
        await phone.tell("typing", **place)
        await desk.hear("typing", lambda frame: frame["by"]["id"] == paula.id or frame["thread_id"] == thread_id)
        await phone.tell("send", client_id="p1", body={"type": "text", "text": "Do you hav oolong?"}, **place)
        await phone.hear("acked", lambda frame: frame["client_id"] == "p1")
        await desk.hear("inbox")
        await _hear_text(desk, "Do you hav oolong?")
        await desk.tell("typing", **place, **speaking)
        await phone.hear("typing")
        for number, body in enumerate(_answers()):
            await desk.tell("send", client_id=f"a{number}", body=body, **place, **speaking)
            await phone.hear("changed", lambda frame, body=body: body in _bodies(frame))  # type: ignore[misc]
        await phone.tell("receipt", delivered=4, read=4, **place)
        await desk.hear("changed", lambda frame: _read_by(frame, "person") == 4)
        tap = {"type": "quick_reply", "text": "Loose", "payload": "LOOSE"}
        await phone.tell("send", client_id="p2", body=tap, **place)
        await desk.hear("changed", lambda frame: tap in _bodies(frame))
        await desk.tell("receipt", delivered=5, read=5, **place, **speaking)
        await phone.hear("changed", lambda frame: _read_by(frame, "business") == 5)
        await phone.tell("edit", client_ref="e1", position=1, text="Do you have oolong?", **place)
        await _hear_text(desk, "Do you have oolong?")
        await phone.tell("unsend", client_ref="u1", position=5, **place)
        await desk.hear("changed", lambda frame: "unsent" in [body["type"] for body in _bodies(frame)])
    await _expect_same(town, customer, shop)
    town.stage.move_to(town.stage.now() + timedelta(hours=25))
    closed = (await shop.agent.get(f"/api/threads/{thread_id}", **speaking))["closed"]
    expect(closed and closed["code"] == "window_closed" and closed["message"], f"the composer says {closed}")
    late = {"client_id": "late", "body": {"type": "text", "text": "Still there?"}}
    error = await shop.agent.refused("POST", f"/api/threads/{thread_id}/messages", late, status=422, **speaking)
    expect(error["code"] == "window_closed", f"outside the window the server says {error}")


def _answers() -> list[Json]:
    replies = [{"title": "Loose", "payload": "LOOSE"}, {"title": "In bags", "payload": "BAGS"}]
    buttons = [
        {"type": "url", "title": "See it", "url": "https://tea.example/oolong"},
        {"type": "postback", "title": "Order", "payload": "ORDER"},
    ]
    return [
        {"type": "text", "text": "Yes, two kinds."},
        {"type": "options", "text": "How would you like it?", "quick_replies": replies},
        {"type": "card", "title": "Oolong", "subtitle": "100 g", "image_url": None, "buttons": buttons},
    ]


def _bodies(frame: Json) -> list[Json]:
    return [message["body"] for message in frame["messages"]]


def _read_by(frame: Json, kind: str) -> int:
    return max((mark["read"] for mark in frame["participants"] if mark["kind"] == kind), default=0)


async def _hear_text(socket: Socket, text: str) -> None:
    await socket.hear("changed", lambda frame: text in [body.get("text") for body in _bodies(frame)])


async def _expect_same(town: Town, customer: Customer, shop: Shop) -> None:
    own = await customer.device.messages(customer.thread_id)
    theirs = await shop.agent.messages(customer.thread_id, **shop.speaking)
    expect([{**message, "agent_id": None} for message in theirs] == own, "both sides hold the same thread")
    told = {message["agent_id"] for message in theirs if message["sender"]["kind"] == "business"}
    expect(told == {town.people["Andy"].id}, "the team knows who of them typed")


async def meet(town: Town) -> None:
    """Step 5: Paula at the second server, Bob at the first."""
    paula, bob = town.people["Paula"], await town.person("Bob")
    await bob.ask("PATCH", "/api/me", {"handle": "bob.builder"})
    await paula.refused("GET", "/api/handles/bob.build", status=404)
    found = await paula.get("/api/handles/bob.builder")
    expect((found["kind"], found["id"]) == ("person", bob.id), "the exact handle leads to Bob")
    thread_id = (await paula.post("/api/threads", {"handle": "bob.builder"}))["thread"]["id"]
    await paula.say(thread_id, "Hello! Look: https://tea.example/oolong")
    card = await bob.card(thread_id) or {}
    expect((card["folder"], card["is_request"]) == ("requests", True), "a stranger's message waits in Requests")
    await bob.post(f"/api/threads/{thread_id}/accept")
    card = await bob.card(thread_id) or {}
    expect((card["folder"], card["is_request"]) == ("chats", False), "accepted, it is a chat")
    place: Json = {"thread_id": thread_id}
    async with bob.live() as near, paula.live() as far:
        await near.tell("send", client_id="b1", body={"type": "text", "text": "Hi Paula"}, **place)
        await _hear_text(far, "Hi Paula")
        await far.tell("typing", **place)
        await near.hear("typing")
        await far.tell("receipt", delivered=2, read=2, **place)
        await near.hear(
            "changed", lambda frame: any(m["id"] == paula.id and m["read"] == 2 for m in frame["participants"])
        )
        await far.tell("edit", client_ref="e", position=1, text="Hello!", **place)
        await _hear_text(near, "Hello!")
        await near.tell("unsend", client_ref="u", position=2, **place)
        await far.hear("changed", lambda frame: {"type": "unsent"} in _bodies(frame))
    one, other = await asyncio.gather(bob.messages(thread_id), paula.messages(thread_id))
    expect(one == other, "both devices hold the same thread")
    expect([message["body"].get("text") for message in one] == ["Hello!", None], "edited and unsent on both")
