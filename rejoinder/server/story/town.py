"""Who and what the steps share: the people of the story, the shops, and the errands that several steps run.

Times are those of the story: a Monday in January at 10:00 UTC, next year by the machine's clock; the offers go out a year later.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from rejoinder.server.story.device import Device, Json, eventually
from rejoinder.server.story.stage import Stage, expect
from rejoinder.units.clock import SystemClock, monday_of
from rejoinder.units.ids import new_code

T = TypeVar("T")
X = TypeVar("X")

A_YEAR_LATER = timedelta(weeks=53)
AT_ONCE = 6


def _first_monday() -> datetime:
    today = SystemClock().now()
    fourteenth = datetime(today.year + 1, 1, 14, 10, tzinfo=UTC)
    return fourteenth - (fourteenth.date() - monday_of(fourteenth.date()))


@dataclass
class Shop:
    """A business, who stands behind it, and its door."""

    name: str
    owner: Device
    agent: Device
    owner_id: str = ""
    id: str = ""
    handle: str = ""
    door: str = ""

    @property
    def path(self) -> str:
        """Where the business's own addresses begin."""
        return f"/api/businesses/{self.id}"

    @property
    def speaking(self) -> Json:
        """Speak as the business."""
        return {"as_business_id": self.id}


@dataclass
class Customer:
    """A person and their thread with a shop."""

    device: Device
    thread_id: str
    business_id: str

    async def reason(self) -> str | None:
        """Why the shop's adverts may not reach this person now, as the person is told; None when they may."""
        contact = await self.device.contact(self.business_id)
        expect(contact, f"{self.device.name} sees no contact with the shop")
        reason: str | None = contact["reason"] if contact else None
        return reason

    async def offer(self, headline: str) -> Json | None:
        """The card of this headline in the tray."""
        return next((one for one in await self.device.tray() if one["body"]["headline"] == headline), None)


@dataclass
class Town:
    """Everything that one step leaves for the next."""

    stage: Stage
    monday: datetime = field(default_factory=_first_monday)
    devices: list[Device] = field(default_factory=list)
    people: dict[str, Device] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    shops: dict[str, Shop] = field(default_factory=dict)
    offers: dict[str, str] = field(default_factory=dict)

    def device(self, name: str, *, server: int = 0, email: str = "") -> Device:
        """A new device at one of the two servers."""
        made = Device(self.stage.origins[server], name, email=email)
        self.devices.append(made)
        return made

    async def close(self) -> None:
        """Put all devices away."""
        for device in self.devices:
            await device.close()

    async def person(self, name: str, *, server: int = 0, **account: Any) -> Device:
        """Somebody new with a verified account."""
        device = self.device(name, server=server)
        await device.sign_up(**account)
        self.people[name] = device
        return device

    async def open_shop(self, name: str, *, owner: Device, agent: Device, owner_id: str | None = None) -> Shop:
        """Register and verify an owner, unless there is one, and make a business with a door."""
        shop = Shop(name, owner, agent, handle=f"{name.split(maxsplit=1)[0].lower()}-{new_code()}")
        shop.owner_id = owner_id or await self._verified_owner(name, owner)
        business = {"owner_id": shop.owner_id, "name": name, "handle": shop.handle, "greeting": f"Welcome to {name}!"}
        offers: Json = {
            "get_started": {"title": "Get started", "payload": "START"},
            "quick_replies": [{"title": "Opening hours", "payload": "HOURS"}],
        }
        made = await owner.post("/api/businesses", business | offers)
        shop.id = made["profile"]["id"]
        shop.door = (await owner.post(f"{shop.path}/entry-points", {"kind": "qr", "label": "Counter"}))["code"]
        self.shops[name] = shop
        return shop

    async def _verified_owner(self, name: str, owner: Device) -> str:
        details = {"name": f"{name} GmbH", "address": "Hafenstr. 1, 20459 Hamburg", "country": "DE"}
        made = await owner.post("/api/owners", details | {"contact_email": owner.email})
        expect(made["state"] == "waiting", "a new owner waits for the operator")
        operator = self.people["Opal"]
        queue = (await operator.get("/api/operator/owners"))["items"]
        expect(made["id"] in [one["id"] for one in queue], "the operator's queue holds the owner")
        await operator.post(f"/api/operator/owners/{made['id']}/decision", {"decision": "verified"})
        mine = await owner.get("/api/owners")
        expect([one["state"] for one in mine if one["id"] == made["id"]] == ["verified"], "the owner is verified")
        return str(made["id"])

    async def enter(self, device: Device, shop: Shop) -> Customer:
        """Scan the code on the counter."""
        opened = await device.post("/api/open", {"code": shop.door})
        return Customer(device, opened["thread_id"], shop.id)

    async def answer(self, shop: Shop, customer: Customer, text: str = "Yes, nine kinds.") -> None:
        """The agent answers and the person reads it."""
        sent = await shop.agent.say(customer.thread_id, text, **shop.speaking)
        await customer.device.read(customer.thread_id, sent["position"])

    async def inquire(self, device: Device, shop: Shop, text: str = "Do you have green tea?") -> Customer:
        """Scan, ask, be answered and read it."""
        customer = await self.enter(device, shop)
        await device.say(customer.thread_id, text)
        await self.answer(shop, customer)
        return customer

    async def newcomer(self, name: str, shop: Shop, **account: Any) -> Customer:
        """Somebody new who has inquired."""
        return await self.inquire(await self.person(name, **account), shop)

    async def make_offer(self, shop: Shop, by: Device, headline: str, **overrides: Any) -> Json:
        """Draft an offer that runs a week, at the operator's suggestion."""
        suggestion = await by.get(f"{shop.path}/offers/suggestion")
        draft: Json = {
            "client_id": new_code(12),
            "headline": headline,
            "text": "Twelve new blends, ten per cent off until Sunday for everybody who wrote to us.",
            "button_title": "Have a look",
            "button_url": "https://tea.example/winter",
            "ends_at": (self.stage.now() + timedelta(days=7)).isoformat(),
            "total_micros": "50000000",
            "bid_micros": suggestion["bid_micros"],
        }
        offer: Json = await by.post(f"{shop.path}/offers", draft | overrides)
        self.offers[headline] = offer["id"]
        return offer

    async def submit(self, shop: Shop, by: Device, offer_id: str) -> Json:
        """Send an offer to review; return it as it stands in the operator's queue."""
        await by.post(f"{shop.path}/offers/{offer_id}/submit")
        queue = (await self.people["Opal"].get("/api/operator/reviews"))["items"]
        found = [review for review in queue if review["offer_id"] == offer_id]
        expect(len(found) == 1, "the operator's queue holds the offer once")
        review: Json = found[0]
        return review

    async def decide(self, review: Json, decision: str = "approved", reason: str | None = None) -> None:
        """The operator's word about exactly what was seen."""
        word = {"decision": decision, "content_hash": review["content_hash"], "reason": reason}
        await self.people["Opal"].post(f"/api/operator/reviews/{review['id']}/decision", word)

    async def run_offer(self, shop: Shop, by: Device, headline: str, **overrides: Any) -> str:
        """Make an offer and have it approved."""
        offer = await self.make_offer(shop, by, headline, **overrides)
        await self.decide(await self.submit(shop, by, offer["id"]))
        return str(offer["id"])

    async def end_offer(self, shop: Shop, by: Device, headline: str) -> None:
        """End an offer, so that the next round is about another."""
        await by.post(f"{shop.path}/offers/{self.offers[headline]}/state", {"verb": "end"})

    async def fund(self, shop: Shop, by: Device, micros: int) -> Json:
        """Add test money."""
        move = {"amount_micros": str(micros), "reference": new_code(12)}
        account: Json = await by.post(f"/api/owners/{shop.owner_id}/ad-account/funding", move)
        return account

    async def play_round(self, at: datetime) -> None:
        """Move the clock and wait until a delivery round that began after that has ended."""
        self.stage.move_to(at)

        async def has_ended() -> bool:
            began, _, is_running = await self.round_progress()
            return began >= at.timestamp() and not is_running

        await eventually(has_ended, f"a round that begins at {at:%A %H:%M} ends")

    async def round_progress(self) -> tuple[float, int, bool]:
        """When the newest round began, how many chunks it has decided, whether it still runs: from the operator's metrics."""
        answer = await self.people["Opal"].http.get("/metrics")
        numbers = dict(re.findall(r"^rejoinder_round_(\w+) (\S+)$", answer.text, re.M))
        return (
            float(numbers.get("began_seconds", 0)),
            int(float(numbers.get("chunks", 0))),
            numbers.get("runs") == "1.0",
        )


async def together(do: Callable[[X], Awaitable[T]], each: Iterable[X]) -> list[T]:
    """Do the same for many, a few at a time; answers in the order given."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(item: X) -> T:
        async with gate:
            return await do(item)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(item)) for item in each]
    return [task.result() for task in tasks]
