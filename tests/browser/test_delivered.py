"""Steps 8 to 10: an advert arrives without a sound, says why, is stopped in four ways, and is answered."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from rejoinder.people.contacts.model import Contact
from tests.browser.acts import bubble, expect_order, say
from tests.browser.cast import OFFER, have_written, open_tea_house, run_offer, talk_to
from tests.browser.house import House
from tests.browser.stage import Stage

WATCH = """() => {
  window.heard = [];
  new MutationObserver((records) => records.forEach(({target}) => {
    const element = target.nodeType === 1 ? target : target.parentElement;
    const live = element && element.closest('[aria-live], [role=status], [role=alert], [role=log]');
    if (live && live.getAttribute('aria-live') !== 'off') window.heard.push(`said: ${element.textContent}`);
  })).observe(document.body, {childList: true, characterData: true, subtree: true});
  HTMLMediaElement.prototype.play = async () => void window.heard.push('a sound');
  window.AudioContext = class { constructor() { window.heard.push('a sound'); } };
  window.Notification = class { constructor() { window.heard.push('a notification'); } };
  navigator.setAppBadge = async () => void window.heard.push('a badge');
}"""


async def shown(page: Page) -> dict[str, Any]:
    """What could call somebody: the title, the chats in their order, the counts, whatever was said or played."""
    rows = await page.locator("a[href^='/#/chat/']").all_inner_texts()
    places = await page.get_by_role("navigation").all_inner_texts()
    return {
        "title": await page.title(),
        "rows": rows,
        "places": places,
        "heard": await page.evaluate("window.heard"),
    }


async def arrived(house: House, contact: Contact) -> None:
    """The advert lies in the person's thread."""
    found = "SELECT count(*) > 0 FROM chat.message WHERE home = $1 AND thread_id = $2 AND origin_ref IS NOT NULL"
    await house.until("the advert came", found, contact.person_id, contact.thread_id)


async def was_seen(house: House, contact: Contact) -> None:
    """The device reported the card once it had been looked at, and the price was charged."""
    await house.until(
        "seen and charged", "SELECT state = 'posted' FROM ads.delivery WHERE person_id = $1", contact.person_id
    )


def card(page: Page) -> Any:
    return page.get_by_role("article", name="Sponsored message from Tea House")


async def test_an_advert_comes_quietly_and_is_answered(stage: Stage) -> None:
    house = stage.house
    tea = await open_tea_house(house)
    [petra] = await have_written(house, tea)
    await talk_to(house, petra.person_id, "Marta Lind")
    page = await stage.open(petra.person_id)
    await expect_order(page, ["Marta Lind", "Tea House"])
    await expect(page.get_by_text("Connecting…")).to_have_count(0)
    await page.evaluate(WATCH)
    before = await shown(page)
    async with page.expect_response("**/api/mailbox?*"):
        await run_offer(house, tea)
        await arrived(house, petra)
    await page.evaluate("new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))")
    assert await shown(page) == before
    await stage.look(page, "8-chats-after-the-offer")

    await page.get_by_role("link", name="Offers", exact=True).click()
    await expect(card(page).get_by_text(OFFER["headline"])).to_be_visible()
    await stage.look(page, "8-tray")
    await page.goto(f"/#/chat/{petra.thread_id}")
    await expect(card(page).get_by_text("Sponsored", exact=True)).to_be_visible()
    await expect(card(page).get_by_text("Paid for by Tea House GmbH, on behalf of Tea House.").first).to_be_visible()
    await stage.look(page, "8-chat")
    await was_seen(house, petra)
    await page.get_by_role("button", name="Why am I seeing this?").click()
    sheet = page.get_by_role("dialog", name="Why am I seeing this?")
    await expect(sheet.get_by_role("listitem").first).to_be_visible()
    await stage.look(page, "9-why")
    await page.keyboard.press("Escape")
    await expect(sheet).to_be_hidden()

    agent = await stage.open(tea.agent_id, "/console/inbox")
    await card(page).get_by_role("button", name=OFFER["button_title"]).click()
    answer = page.get_by_role("textbox", name="Write a message")
    await expect(answer).to_be_focused()
    await expect(answer).to_have_value(OFFER["button_title"])
    await say(page, "One box for me, please!")
    row = agent.get_by_role("link", name="Petra Novak")
    await expect(row).to_contain_text("One box for me, please!")
    await expect(row).to_contain_text(f"Answered your offer “{OFFER['headline']}”")
    await row.click()
    await expect(bubble(agent, "One box for me, please!")).to_be_visible()
    await expect(card(agent)).to_have_count(0)
    if stage.device == "phone":
        await agent.get_by_role("button", name="About this chat").click()
    await expect(agent.get_by_text("Answered your offer", exact=True)).to_be_visible()
    await expect(agent.get_by_text(OFFER["headline"], exact=True)).to_be_visible()
    await stage.look(agent, "10-answer")


@pytest.mark.parametrize(
    ("switch", "said"),
    [
        ("Stop offers from Tea House", "No more offers from Tea House."),
        ("Turn all adverts off", "All adverts are off."),
        ("Report this advert", "Thank you. The operator looks at it."),
        ("Block Tea House", "Tea House is blocked."),
    ],
)
async def test_what_was_not_seen_is_gone_at_once(stage: Stage, switch: str, said: str) -> None:
    house = stage.house
    tea = await open_tea_house(house)
    [petra] = await have_written(house, tea)
    await run_offer(house, tea)
    await arrived(house, petra)
    page = await stage.open(petra.person_id)
    # The server never hears that the card was looked at, so it counts as unseen.
    await page.route("**/api/seen", lambda route: route.abort())
    await page.get_by_role("link", name="Offers", exact=True).click()
    await page.get_by_role("button", name="Why am I seeing this?").click()
    await page.get_by_role("dialog").get_by_role("button", name=switch).click()
    if switch.startswith("Report"):
        dialog = page.get_by_role("dialog", name="Report this advert")
        await dialog.get_by_label("It is a scam").check()
        await stage.look(page, "9-report")
        await dialog.get_by_role("button", name="Report").click()
    await expect(page.get_by_text(said)).to_be_visible()
    await expect(page.get_by_text("No offers", exact=True)).to_be_visible()
    await page.goto(f"/#/chat/{petra.thread_id}")
    await expect(bubble(page, "Yes, nine kinds.")).to_be_visible()
    await expect(card(page)).to_have_count(0)
    if switch.startswith("Stop"):
        await stage.look(page, "9-stopped")
