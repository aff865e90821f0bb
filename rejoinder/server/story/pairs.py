"""Step 8: who gets a sponsored message, shown by pairs: two people alike but for one fact, and only one is reached.

Everybody wrote on Monday and was answered. On Wednesday and on Thursday morning other offers reach a few of them; on
Thursday at 10:00 the round comes that decides. Berlin is an hour ahead of UTC, Auckland thirteen.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rejoinder.server.story.device import Json, eventually
from rejoinder.server.story.stage import expect
from rejoinder.server.story.town import A_YEAR_LATER, Customer, Town, together

EURO = 1_000_000
WINTER = "Winter teas are here"
ANNEX, BAKERY = "Tea Annex", "Bakery"
THURSDAY = A_YEAR_LATER + timedelta(days=3)

Change = Callable[[Town, Customer], Awaitable[None]]


async def _write_only(town: Town, name: str, **account: Any) -> Customer:
    customer = await town.enter(await town.person(name, **account), town.shops["Tea House"])
    await customer.device.say(customer.thread_id, "Do you have green tea?")
    return customer


async def _enter_only(town: Town, name: str, **account: Any) -> Customer:
    return await town.enter(await town.person(name, **account), town.shops["Tea House"])


async def _tap_only(town: Town, name: str, **account: Any) -> Customer:
    shop = town.shops["Tea House"]
    customer = await _enter_only(town, name, **account)
    await customer.device.send(customer.thread_id, {"type": "get_started", "text": "Get started", "payload": "START"})
    await town.answer(shop, customer)
    return customer


async def _as_guest(town: Town, name: str, **_: Any) -> Customer:
    device = town.device(name)
    await device.be_guest()
    return await town.inquire(device, town.shops["Tea House"])


async def _inquire(town: Town, name: str, **account: Any) -> Customer:
    return await town.newcomer(name, town.shops["Tea House"], **account)


async def _stop(_: Town, customer: Customer) -> None:
    await customer.device.post(f"/api/contacts/{customer.business_id}/stop")


async def _block(_: Town, customer: Customer) -> None:
    await customer.device.post(f"/api/contacts/{customer.business_id}/block")


async def _turn_ads_off(_: Town, customer: Customer) -> None:
    rest = {"cap_day": None, "cap_week": None, "quiet_from": None, "quiet_until": None}
    await customer.device.ask("PUT", "/api/protections", {"ads_off": True, **rest})


async def _write_to_annex(town: Town, customer: Customer) -> None:
    await town.inquire(customer.device, town.shops[ANNEX])


async def _write_to_bakery(town: Town, customer: Customer) -> None:
    await town.inquire(customer.device, town.shops[BAKERY])


async def _nothing(_: Town, __: Customer) -> None:
    """This pair differs by who they are, or later."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What makes the one of the two different; the other is a newcomer who inquired."""

    reason: str
    come: Callable[..., Awaitable[Customer]] = _inquire
    change: Change = _nothing
    account: tuple[tuple[str, Any], ...] = ()


PAIRS = [
    Pair("never_wrote", come=_enter_only),
    Pair("kind_does_not_count", come=_tap_only),
    Pair("stopped", change=_stop),
    Pair("ads_off", change=_turn_ads_off),
    Pair("blocked", change=_block),
    Pair("minor", account=(("birth_year", -16),)),
    Pair("age_unknown", account=(("birth_year", None),)),
    Pair("guest", come=_as_guest),
    Pair("day_cap", change=_write_to_bakery),
    Pair("owner_cap", change=_write_to_annex),
    Pair("cooling_off"),
    Pair("waiting", come=_write_only),
    Pair("quiet_hours", account=(("zone", "Pacific/Auckland"),)),
]
TOO_OLD = "too_old"
REASONS = [*(pair.reason for pair in PAIRS), TOO_OLD]


def other(reason: str) -> str:
    """The name of the one who is refused for this reason."""
    return f"Other {reason}"


def like(reason: str) -> str:
    """The name of the one who is alike but for that."""
    return f"Like {reason}"


async def gather_early_customers(town: Town) -> None:
    """A year before: two who write, and of whom one will come back."""
    for name in (other(TOO_OLD), like(TOO_OLD)):
        town.customers[name] = await _inquire(town, name)


async def gather_customers(town: Town) -> None:
    """Monday: everybody comes, and one of each pair is or does something else."""
    olga, andy = town.people["Olga"], town.people["Andy"]
    await town.open_shop(ANNEX, owner=olga, agent=olga, owner_id=town.shops["Tea House"].owner_id)
    baker = await town.person("Beth")
    await town.open_shop(BAKERY, owner=baker, agent=baker)
    expect(town.shops["Tea House"].agent is andy, "Andy answers for the tea house")
    coming = [(like(pair.reason), Pair("")) for pair in PAIRS] + [(other(pair.reason), pair) for pair in PAIRS]
    come = await together(lambda each: _come(town, *each), coming)
    town.customers |= dict(zip((name for name, _ in coming), come, strict=True))
    back = town.customers[like(TOO_OLD)]
    await back.device.sign_in()
    await back.device.say(back.thread_id, "Hello again! Is there new tea?")
    await town.answer(town.shops["Tea House"], back)


async def _come(town: Town, name: str, pair: Pair) -> Customer:
    account = dict(pair.account)
    if account.get("birth_year") is not None:
        account["birth_year"] += town.stage.now().year
    customer = await pair.come(town, name, **account)
    await pair.change(town, customer)
    return customer


async def reach_who_may_be_reached(town: Town) -> None:
    """Step 8."""
    await _reach_two_elsewhere(town)
    cooling = town.customers[other("cooling_off")]
    await cooling.device.say(cooling.thread_id, "And black tea?")
    await town.answer(town.shops["Tea House"], cooling)
    await town.customers[other(TOO_OLD)].device.sign_in()
    quiet = town.customers[like("stopped")]
    before = await quiet.device.card(quiet.thread_id) or {}
    async with quiet.device.live() as phone:
        await town.play_round(town.monday + THURSDAY)
        await eventually(lambda: quiet.offer(WINTER), "the offer reaches the other one of `stopped`")
        await phone.tell("ping")
        await phone.hear("pong")
        heard = [frame["type"] for frame in phone.unheard]
    expect(set(heard) <= {"changed", "mailbox"}, f"the card makes no noise: {heard}")
    await _expect_quiet_card(town, quiet, before)
    await asyncio.gather(*(_expect_pair(town, reason) for reason in REASONS))
    await _expect_morning_in_auckland(town)
    await _see_some(town)


async def _reach_two_elsewhere(town: Town) -> None:
    """Wednesday noon the annex reaches one, Thursday morning the bakery another."""
    annex, bakery = town.shops[ANNEX], town.shops[BAKERY]
    await town.run_offer(annex, annex.owner, "Cups for your tea")
    await town.play_round(town.monday + THURSDAY - timedelta(hours=22))
    expect(await town.customers[other("owner_cap")].offer("Cups for your tea"), "the annex's offer reaches one")
    town.stage.move_to(town.monday + THURSDAY - timedelta(hours=2))
    await town.fund(bakery, bakery.owner, 20 * EURO)
    await town.run_offer(bakery, bakery.owner, "Fresh bread")
    await town.play_round(town.monday + THURSDAY - timedelta(hours=1))
    expect(await town.customers[other("day_cap")].offer("Fresh bread"), "the bakery's offer reaches another")


async def _expect_pair(town: Town, reason: str) -> None:
    one, refused = town.customers[like(reason)], town.customers[other(reason)]
    expect(await one.offer(WINTER), f"{reason}: the one without that gets the offer")
    expect(not await refused.offer(WINTER), f"{reason}: the other does not")
    sponsored = [m for m in await refused.device.messages(refused.thread_id) if m["body"]["type"] == "sponsored"]
    expect(not sponsored, f"{reason}: nor does it lie in the thread")
    told = await refused.reason()
    expect(told == reason, f"{reason}: the person is told {told}")


async def _expect_quiet_card(town: Town, customer: Customer, before: Json) -> None:
    """Labelled, payer and beneficiary named, at its place in the thread, and nothing moved or counted."""
    after = await customer.device.card(customer.thread_id) or {}
    for name in ("rank_at", "unread_count", "preview", "folder"):
        expect(after[name] == before[name], f"the advert changed {name} from {before[name]} to {after[name]}")
    expect(after["sponsored_at"] and after["last_position"] == before["last_position"] + 1, "it lies in the thread")
    body = (await customer.device.messages(customer.thread_id))[-1]["body"]
    told = (body["type"], body["payer"], body["beneficiary"])
    expect(told == ("sponsored", "Tea House GmbH", "Tea House"), f"the card says {told}")
    item = await customer.offer(WINTER) or {}
    expect(item["body"] == body and not item["is_seen"], "the tray holds the same card")
    inbox = (await town.shops["Tea House"].agent.get(f"{town.shops['Tea House'].path}/inbox"))["items"]
    expect(inbox[0]["preview_type"] != "sponsored", "it moves no thread up for the business")


async def _expect_morning_in_auckland(town: Town) -> None:
    sleeper = town.customers[other("quiet_hours")]
    await town.play_round(town.monday + THURSDAY + timedelta(hours=9, minutes=5))
    expect(await sleeper.offer(WINTER), "the offer comes when the quiet hours end")


async def _see_some(town: Town) -> None:
    """Four look at their card; each is charged once, however often it is reported."""
    shop, vera = town.shops["Tea House"], town.people["Vera"]
    account = f"/api/owners/{shop.owner_id}/ad-account"
    before = int((await vera.get(account))["spent_micros"])
    for reason in ("never_wrote", "minor", "guest", "waiting"):
        customer = town.customers[like(reason)]
        body = (await customer.offer(WINTER) or {})["body"]
        glimpse = {"delivery_id": body["delivery_id"], "token": body["token"]}
        await customer.device.post("/api/seen", {"seen": [{**glimpse, "token": "guessed"}]})
        for _ in range(2):
            await customer.device.post("/api/seen", {"seen": [glimpse]})
    offer = await vera.get(f"{shop.path}/offers/{town.offers[WINTER]}")
    spent = int((await vera.get(account))["spent_micros"]) - before
    expect(spent == 4 * int(offer["bid_micros"]), f"four seen cost {spent} micro-units at {offer['bid_micros']} each")
