"""Without mouse or finger: signing in, opening a chat, sending, and the message's menu."""

import re

from playwright.async_api import Page, expect

from rejoinder.people.identity.commands import give_handle
from rejoinder.units.ids import new_code
from tests.browser.acts import bubble
from tests.browser.stage import Stage
from tests.support.people import PASSWORD, make_person

STEPS_MAX = 40


async def tab_to(page: Page, role: str, name: str) -> None:
    """Press Tab until the focus is there; what cannot be reached fails."""
    wanted = page.get_by_role(role, name=re.compile(f"^{re.escape(name)}")).first  # type: ignore[arg-type]  # a role
    await expect(wanted).to_be_visible()
    for _ in range(STEPS_MAX):
        if await wanted.evaluate("(element) => element === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to the {role} {name!r}")


async def test_keys_are_enough_to_sign_in_and_send(stage: Stage) -> None:
    house = stage.house
    email = f"ines.{new_code()}@example.org"
    await make_person(house.database, name="Ines Duarte", email=email)
    page = await stage.open()
    await tab_to(page, "button", "I have an account")
    await page.keyboard.press("Enter")
    await tab_to(page, "textbox", "E-mail address")
    await page.keyboard.type(email)
    await tab_to(page, "textbox", "Password")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("No chats yet")).to_be_visible()

    handle = f"marta-{new_code(6)}"
    marta_id = await make_person(house.database, name="Marta Lind")
    await house.database.run(lambda tx: give_handle(tx, "person", marta_id, handle, house.clock.now()))
    await tab_to(page, "searchbox", "Search chats and handles")
    await page.keyboard.type(handle)
    await tab_to(page, "button", f"Find @{handle}")
    await page.keyboard.press("Enter")
    await tab_to(page, "textbox", "Write a message")
    await page.keyboard.type("No mouse hre")
    await page.keyboard.press("Enter")
    await expect(bubble(page, "No mouse hre")).to_be_visible()
    # Until the server has it, there is nothing to be done with it.
    await expect(page.get_by_role("button", name="Message actions")).to_be_attached()
    await page.keyboard.press("Shift+Tab")
    await expect(page.get_by_role("button", name="Message actions")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menuitem", name="Copy text")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("menuitem", name="Edit")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("textbox", name="Write a message")).to_have_value("No mouse hre")
    await page.keyboard.press("Control+A")
    await page.keyboard.type("No mouse here")
    await page.keyboard.press("Enter")
    await expect(bubble(page, "No mouse here")).to_contain_text("Edited")
