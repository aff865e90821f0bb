"""Step 3: a guest scans a code, is in the chat after at most three taps, and later keeps the account with its thread."""

import re

from playwright.async_api import Page, expect

from rejoinder.units.ids import new_code
from tests.browser.acts import bubble, chat, mark, say, sign_in
from tests.browser.cast import open_tea_house
from tests.browser.stage import Stage
from tests.support.people import PASSWORD

COUNT_TAPS = """
addEventListener('pointerdown', () => sessionStorage.setItem('taps', Number(sessionStorage.getItem('taps') ?? 0) + 1), true)
"""


async def taps(page: Page) -> int:
    return int(await page.evaluate("Number(sessionStorage.getItem('taps') ?? 0)"))


async def test_a_guest_is_in_the_chat_at_once_and_keeps_it(stage: Stage) -> None:
    tea = await open_tea_house(stage.house)
    page = await stage.open(path=f"/e/{tea.door.code}")
    await page.add_init_script(COUNT_TAPS)
    await page.reload()
    await expect(page.get_by_text("Welcome! Ask us anything about tea.")).to_be_visible()
    await stage.look(page, "3-door")
    await page.get_by_label("Your name").click()
    await page.keyboard.type("Jo")
    await page.get_by_role("button", name="Start chat").click()
    await expect(page.get_by_role("button", name="Get started")).to_be_visible()
    await expect(page.get_by_role("group", name="Suggested replies").get_by_role("button")).to_have_text(
        "Opening hours"
    )
    await stage.look(page, "3-greeting")
    await page.get_by_role("button", name="Opening hours").click()
    assert await taps(page) <= 3
    await expect(mark(page, "Opening hours", "Sent")).to_be_visible()
    await say(page, "Are you open on Sunday?")
    await stage.look(page, "3-first-message")

    email, other_tab = f"jo.{new_code()}@example.org", await page.context.new_page()
    stage.watch(other_tab)
    await other_tab.goto(page.url)
    await expect(bubble(other_tab, "Opening hours")).to_be_visible()
    if stage.device == "phone":
        await page.get_by_role("link", name="Back").click()
    await page.get_by_role("link", name=re.compile("^Keep your chats")).click()
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await stage.look(page, "3-claim")
    async with other_tab.expect_websocket():
        await page.get_by_role("button", name="Keep my account").click()
    await say(other_tab, "I would like to come with a friend.")
    await expect(mark(other_tab, "I would like to come with a friend.", "Sent")).to_be_visible()
    await expect(other_tab.get_by_text("You were signed out")).to_have_count(0)
    await page.get_by_role("link", name="/#/verify?code=").click()
    await expect(page.get_by_text("Your e-mail address is confirmed.")).to_be_visible()

    second = await stage.open()
    await second.get_by_role("button", name="I have an account").click()
    await sign_in(second, email=email)
    await chat(second, "Tea House").click()
    await expect(bubble(second, "Are you open on Sunday?")).to_be_visible()
    await expect(bubble(second, "Opening hours")).to_be_visible()
