"""What people do on screens, by the names that screens give things."""

import re

from playwright.async_api import Locator, Page, expect

from tests.support.people import PASSWORD


async def sign_up(page: Page, *, name: str, email: str) -> None:
    """From the first page to the chats."""
    await page.get_by_label("Your name").fill(name)
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Make an account").click()


async def sign_in(page: Page, *, email: str) -> None:
    """With the password that all have."""
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()


async def say(page: Page, text: str) -> None:
    """Write into the open chat and send."""
    await page.get_by_role("textbox", name="Write a message").fill(text)
    await page.get_by_role("button", name="Send", exact=True).click()


def log(page: Page) -> Locator:
    """The open chat's messages."""
    return page.get_by_role("log")


def bubble(page: Page, text: str) -> Locator:
    """The message with these words, in the open chat."""
    return log(page).locator(".bubble", has_text=text)


def mark(page: Page, text: str, status: str) -> Locator:
    """The tick of one's own message."""
    return bubble(page, text).get_by_role("img", name=status, exact=True)


def chat(page: Page, name: str) -> Locator:
    """The row of a chat in the list."""
    return page.get_by_role("listitem").get_by_role("link", name=re.compile(re.escape(name))).first


async def choose(page: Page, text: str, action: str, *, by_touch: bool) -> None:
    """An action of a message's menu: by a long press, or the button beside it."""
    row = log(page).locator(".shape", has_text=text)
    more = row.get_by_role("button", name="Message actions")
    await expect(more).to_be_attached()  # a message that is not stored yet has no menu
    if by_touch:
        await bubble(page, text).dispatch_event("pointerdown", {"pointerType": "touch", "clientX": 1, "clientY": 1})
    else:
        await bubble(page, text).hover()
        await more.click()
    await page.get_by_role("menuitem", name=action).click()


async def expect_order(page: Page, names: list[str]) -> None:
    """The chats stand in this order."""
    for place, name in enumerate(names):
        await expect(page.locator("a[href^='/#/chat/']").nth(place)).to_contain_text(name)
