"""Browsers of people: phones and desktops, signed in, watched. Whatever a page complains of fails the test.

`Stage.open` gives a page; `Stage.look` holds it against axe in both themes and, where REJOINDER_SCREENS says so, keeps a
picture of each.
"""

import json
import os
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Response, expect

from tests.browser.house import House

Device = Literal["phone", "desktop"]

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
SHAPES: dict[Device, dict[str, Any]] = {
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "device_scale_factor": 2,
        "has_touch": True,
        "is_mobile": True,
    },
    "desktop": {"viewport": {"width": 1440, "height": 900}},
}
WAIT_MS = 10_000
# Told by the browser about requests, whose answers the tests themselves look at.
ABOUT_REQUESTS = ("Failed to load resource", "WebSocket connection to")
WATCH_CSP = """
addEventListener('securitypolicyviolation', (event) =>
  console.error(`CSP: ${event.violatedDirective} refused ${event.blockedURI} ${event.sample}`))
"""
# Fonts are there, and colours have arrived where they were going.
SETTLED = """async () => {
  await document.fonts.ready;
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const moving = () => document.getAnimations().filter((each) => each instanceof CSSTransition && each.playState !== 'finished');
  do { await frame(); await frame(); } while (moving().length);
}"""
# A device's clock agrees with the installation's.
MOVE_CLOCK = """
(() => {
  const TrueDate = Date;
  const shift = %d - TrueDate.now();
  window.Date = class extends TrueDate {
    constructor(...parts) { parts.length ? super(...parts) : super(TrueDate.now() + shift); }
    static now() { return TrueDate.now() + shift; }
  };
})()
"""

expect.set_options(timeout=WAIT_MS)


@dataclass
class Stage:
    """All the browsers of one test."""

    house: House
    browser: Browser
    device: Device
    complaints: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)

    async def open(
        self, person_id: int | None = None, path: str = "/", *, device: Device | None = None, **context: Any
    ) -> Page:
        """A new browser of somebody, or of nobody yet, at a path."""
        address = f"10.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(1, 255)}"
        made = await self.browser.new_context(
            base_url=self.house.origin,
            locale="en-GB",
            timezone_id="Europe/Berlin",
            reduced_motion="reduce",
            color_scheme="light",
            extra_http_headers={"X-Forwarded-For": address},
            **SHAPES[device or self.device],
            **context,
        )
        self._contexts.append(made)
        made.set_default_timeout(WAIT_MS)
        await made.add_init_script(WATCH_CSP)
        await made.add_init_script(MOVE_CLOCK % (self.house.clock.now().timestamp() * 1000))
        page = await made.new_page()
        self.watch(page)
        await page.goto(self.house.link(person_id, path) if person_id else path)
        return page

    def watch(self, page: Page) -> None:
        """Note what the page complains of."""
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        page.on("response", self._hear_answer)

    def _hear_answer(self, answer: Response) -> None:
        # Test databases keep nothing on a crash, and the server is right to say so.
        if answer.status >= 500 and not answer.url.endswith("/readyz"):
            self.complaints.append(f"{answer.status} from {answer.url}")

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(ABOUT_REQUESTS):
            self.complaints.append(f"console: {message.text}")

    async def look(self, page: Page, name: str | None = None) -> None:
        """No violation of accessibility in either theme; with a name, also a picture of each."""
        for theme in ("light", "dark"):
            await page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
            await page.evaluate(SETTLED)
            # Colours are all that a theme changes.
            found = await violations(page, only=["color-contrast"] if theme == "dark" else None)
            assert not found, f"{page.url} in {theme}:\n" + "\n".join(found)
            if name and (folder := os.environ.get("REJOINDER_SCREENS")):
                shape = "phone" if (page.viewport_size or {"width": 0})["width"] < 900 else "desktop"
                await page.screenshot(
                    path=Path(folder) / f"{name}-{shape}-{theme}.png", animations="disabled", caret="hide"
                )
        await page.emulate_media(color_scheme="light")

    async def close(self) -> None:
        """Close every browser, then say what was heard."""
        for context in self._contexts:
            await context.close()
        assert not self.complaints, "\n".join(self.complaints)


async def violations(page: Page, *, only: Iterable[str] | None = None) -> list[str]:
    """What axe finds on the page as it is."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(f"() => {{ {AXE.read_text()}\n }}")
    rules = {"type": "rule", "values": list(only)} if only else {"type": "tag", "values": AXE_TAGS}
    found = await page.evaluate(
        "(runOnly) => axe.run(document, {runOnly, resultTypes: ['violations']}).then(({violations}) => violations)",
        rules,
    )
    return [
        f"{each['id']} ({each['help']}): " + json.dumps([node["html"][:160] for node in each["nodes"][:4]])
        for each in found
    ]
