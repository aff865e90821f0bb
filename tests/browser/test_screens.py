"""Every screen that the apps' routers know, filled, empty, loading, failing and offline: the right thing shown, no violation found."""

import re
from dataclasses import dataclass
from typing import Any, Literal

import pytest
from playwright.async_api import Page, Route, expect

from rejoinder.units.ids import new_code
from tests.browser.cast import have_written, open_tea_house, run_offer, talk_to
from tests.browser.house import House
from tests.browser.stage import ROOT, Device, Stage, violations
from tests.support.ads import make_ad_account, make_offer
from tests.support.business import open_thread
from tests.support.people import make_person

DEVICES: tuple[Device, Device] = ("phone", "desktop")
App = Literal["messenger", "console", "operator"]
State = Literal["filled", "empty", "loading", "failing", "offline"]
APPS = ROOT / "frontend" / "apps"
ROUTERS: dict[App, list[tuple[str, str]]] = {
    "messenger": [
        ("App.svelte", ""),
        ("Messenger.svelte", ""),
        ("you/You.svelte", "/you"),
        ("way_in/WayIn.svelte", ""),
        ("route.svelte.ts", ""),
    ],
    "console": [("App.svelte", ""), ("Console.svelte", "")],
    "operator": [("Operator.svelte", "")],
}
# What says who somebody is, without which there is no screen.
ALWAYS_ANSWERED = re.compile(r"/api/(me|businesses|owners)$")
ASKED = re.compile(r"^[^/]*//[^/]+/(api/|readyz$|metrics$)")
# What real paths open, by their first letter.
DOORS = {"e": "/e/:code", "m": "/m/:handle"}


@dataclass(frozen=True)
class Screen:
    """`loads`: it asks the server for what it shows, so it can wait and fail. `lists`: that may be nothing, which it says.

    `by`: who looks at it. `warns`: something may be wrong even here, as with an unsafe test database or an invitation that
    nobody sent.
    """

    loads: bool = True
    lists: bool = False
    by: Literal["insider", "nobody"] = "insider"
    warns: bool = False


STILL = Screen(loads=False)
LIST = Screen(lists=True)
SCREENS: dict[App, dict[str, Screen]] = {
    "messenger": {
        "/": LIST,
        "/chat/:id": Screen(),
        "/requests": LIST,
        "/offers": LIST,
        "/you": STILL,
        "/you/profile": STILL,
        "/you/link": STILL,
        "/you/contacts": LIST,
        "/you/protections": Screen(),
        "/you/devices": Screen(),
        "/you/claim": STILL,
        "/you/mail": STILL,
        "/verify": STILL,
        "/reset": Screen(loads=False, by="nobody"),
        "/sign-in": Screen(loads=False, by="nobody"),
        **dict.fromkeys(DOORS.values(), Screen(by="nobody")),
    },
    "console": {
        "/inbox": LIST,
        "/inbox/:thread": Screen(),
        "/offers": LIST,
        "/offers/new": Screen(),
        "/offers/:offer": Screen(),
        "/offers/:offer/edit": Screen(),
        "/links": LIST,
        "/links/:link": Screen(),
        "/money": LIST,
        "/team": LIST,
        "/programs": LIST,
        "/profile": Screen(),
        "/more": STILL,
        "/start": STILL,
        "/invitation/:token": Screen(warns=True),
    },
    "operator": {
        "/review": LIST,
        "/review/:review": Screen(),
        "/owners": LIST,
        "/reports": LIST,
        "/health": Screen(warns=True),
    },
}


def routes_in(app: App) -> set[str]:
    """The addresses that the app's routers compare with."""
    found = {"/"} if app == "messenger" else set()
    for name, base in ROUTERS[app]:
        source = (APPS / app / name).read_text()
        found |= set(re.findall(r"(?:matched\(|[pP]ath === )'(/[^']*)'", source))
        found |= {f"{base}/{place}" for place in re.findall(r"\bplace === '(\w+)'", source)}
        found |= {DOORS[kind] for kinds in re.findall(r"/\^\\/\(\[(\w+)\]\)", source) for kind in kinds}
    return found - ({"/"} if app != "messenger" else set())


@pytest.mark.parametrize("app", SCREENS)
def test_every_route_of_the_routers_has_a_row(app: App) -> None:
    assert routes_in(app) == set(SCREENS[app])


@dataclass(frozen=True)
class Insider:
    """Somebody for whom every screen of an app is there; `ids` fill the addresses."""

    person_id: int
    ids: dict[str, str]


async def become(house: House, app: App, *, is_filled: bool) -> Insider:
    """Make what the app's screens show; unfilled, only the somebody."""
    tea = await open_tea_house(house)
    if app == "messenger":
        person_id = await make_person(house.database, name="Petra Novak")
        if is_filled:
            [contact] = await have_written(house, tea, person_id=person_id)
            await talk_to(house, person_id, "Marta Lind")
            await run_offer(house, tea)
            found = "SELECT count(*) > 0 FROM chat.message WHERE home = $1 AND origin_ref IS NOT NULL"
            await house.until("the advert came", found, person_id)
        else:
            contact = await open_thread(house.database, person_id, tea.door, at=house.clock.now())
        ids = {"id": str(contact.thread_id), "code": tea.door.code, "handle": tea.business.handle}
        return Insider(person_id, ids)
    if app == "operator":
        return Insider(await make_person(house.database, name="Otis Vale", is_operator=True), await _reviewed(house))
    ids = {"token": new_code(24), "link": str(tea.door.id)}
    if is_filled:
        [contact, *_] = await have_written(house, tea, 3)
        ids["thread"] = str(contact.thread_id)
        async with house.database.transaction() as tx:
            account = await make_ad_account(tx, owner_id=tea.business.owner_id, at=house.clock.now())
            offer = await make_offer(tx, account=account, business_id=tea.id, at=house.clock.now())
        ids["offer"] = str(offer.id)
    return Insider(tea.business.owner_person_id, ids)


async def _reviewed(house: House) -> dict[str, str]:
    """A review that was decided, of an offer of some tea house."""
    tea = await open_tea_house(house)
    await run_offer(house, tea)
    review_id = await house.database.pool.fetchval("SELECT max(id) FROM ads.review")
    return {"review": str(review_id)}


def address(app: App, route: str, ids: dict[str, str]) -> str | None:
    """Where a route's screen is; None where what it is about is not there."""
    parts = [ids.get(part[1:], "") if part.startswith(":") else part for part in route.split("/")[1:]]
    if not all(parts) and route != "/":
        return None
    base = "/" if route in DOORS.values() else "/#/" if app == "messenger" else f"/{app}/"
    return base + "/".join(parts)


async def hold_back(page: Page, state: State, screen: Screen) -> None:
    """Leave requests unanswered, let them fail, or take everything out of the lists that they are answered with."""

    async def answer(route: Route) -> None:
        if ALWAYS_ANSWERED.search(route.request.url):
            await route.continue_()
        elif state == "failing":
            await route.abort()
        elif state == "empty":
            response = await route.fetch()
            await route.fulfill(response=response, json=without_items(await response.json()))

    if (state in ("loading", "failing")) or (state == "empty" and screen.lists):
        await page.route(ASKED, answer)


def without_items(answer: Any) -> Any:
    """The same shape with nothing in it."""
    if not isinstance(answer, dict):
        return [] if isinstance(answer, list) else answer
    return {
        name: [] if isinstance(value, list) else None if name.endswith("cursor") else value
        for name, value in answer.items()
    }


async def show(page: Page, state: State, screen: Screen) -> None:
    """Wait until the screen is in its state."""
    if state == "loading" and screen.loads:
        await expect(page.get_by_role("status", name="Loading").first).to_be_visible()
    elif state == "failing" and screen.loads:
        await expect(page.get_by_role("alert").first).to_be_visible()
        await expect(page.get_by_role("button", name="Try again").first).to_be_visible()
    else:
        await expect(page.get_by_role("heading", level=1).first).to_be_attached()
        if state in ("filled", "empty", "offline"):
            await expect(page.get_by_role("status", name="Loading")).to_have_count(0)
            if not screen.warns:
                await expect(page.get_by_role("alert")).to_have_count(0)
    if state == "empty" and screen.lists:
        await expect(page.locator(".empty").first).to_be_visible()
    if state == "offline":
        await page.context.set_offline(True)
        await expect(page.get_by_text("You are offline.").first).to_be_visible()


# The layout of a screen that waits or fails is one column on both, so a phone is enough there.
FULL: tuple[State, State] = ("filled", "empty")
HALF: tuple[State, State, State] = ("loading", "failing", "offline")
STATES: list[tuple[Device, State]] = [
    *((device, state) for device in DEVICES for state in FULL),
    *(("phone", state) for state in HALF),
]


@pytest.mark.parametrize(("device", "state"), STATES, indirect=["device"])
@pytest.mark.parametrize("app", SCREENS)
async def test_every_screen_in_every_state(stage: Stage, app: App, state: State) -> None:
    insider = await become(stage.house, app, is_filled=state != "empty")
    inside = await stage.open(insider.person_id, "/" if app == "messenger" else f"/{app}")
    outside = await stage.open()
    found: list[str] = []
    for route, screen in SCREENS[app].items():
        where = address(app, route, insider.ids)
        if where is None or (state in ("loading", "failing") and not screen.loads):
            continue
        page = inside if screen.by == "insider" else outside
        await page.goto("about:blank")
        await page.unroute_all(behavior="ignoreErrors")
        await page.context.set_offline(False)
        await hold_back(page, state, screen)
        await page.goto(where)
        try:
            await show(page, state, screen)
        except AssertionError as problem:
            found.append(f"{app} {route} {state}: {str(problem)[:300]}")
            continue
        found += [f"{app} {route} {state}: {each}" for each in await violations(page)]
    await inside.unroute_all(behavior="ignoreErrors")
    assert not found, "\n".join(found)
