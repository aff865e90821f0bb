"""Step 4: person and agent, live: words, quick replies, a card, typing, ticks, edits; and a composer that closes with a reason."""

from datetime import timedelta

from playwright.async_api import Page, expect

from tests.browser.acts import bubble, chat, choose, log, mark, say
from tests.browser.cast import open_tea_house
from tests.browser.stage import Stage
from tests.support.business import open_thread
from tests.support.people import make_person


async def test_a_person_and_an_agent_talk_live(stage: Stage) -> None:
    house = stage.house
    tea = await open_tea_house(house)
    petra_id = await make_person(house.database, name="Petra Novak")
    thread = await open_thread(house.database, petra_id, tea.door, at=house.clock.now())
    agent = await stage.open(tea.agent_id, "/console/inbox")
    await expect(agent.get_by_text("No open chats")).to_be_visible()
    petra = await stage.open(petra_id, f"/#/chat/{thread.thread_id}")
    await say(petra, "Do you have green tea?")
    row = agent.get_by_role("link", name="Petra Novak")
    await expect(row).to_contain_text("Do you have green tea?")
    await stage.look(agent, "4-inbox")
    await row.click()
    await expect(bubble(agent, "Do you have green tea?")).to_be_visible()
    await expect(mark(petra, "Do you have green tea?", "Read")).to_be_visible()

    await agent.get_by_role("textbox", name="Write a message").press_sequentially("Yes")
    await expect(
        petra.get_by_text("Tea House is typing").or_(petra.get_by_label("Tea House is typing")).first
    ).to_be_visible()
    await say(agent, "Yes, nine kinds of it.")
    await expect(bubble(petra, "Yes, nine kinds of it.")).to_be_visible()
    await expect(mark(agent, "Yes, nine kinds", "Read")).to_be_visible()
    await petra.get_by_role("textbox", name="Write a message").press_sequentially("Hm")
    await expect(agent.get_by_label("Petra Novak is typing")).to_be_visible()

    await offer_choices(stage, agent, petra)
    await send_a_card(stage, agent, petra)
    await change_what_was_said(stage, agent, petra)

    house.clock.set(house.clock.now() + timedelta(hours=25))
    await agent.reload()
    await expect(agent.get_by_text("reply window", exact=False).first).to_be_visible()
    await expect(agent.get_by_role("textbox", name="Write a message")).to_have_count(0)
    await stage.look(agent, "4-window-closed")
    await expect(chat(petra, "Tea House")).to_have_count(1 if stage.device == "desktop" else 0)
    await expect(petra.get_by_role("textbox", name="Write a message")).to_be_visible()


async def offer_choices(stage: Stage, agent: Page, petra: Page) -> None:
    """Quick replies, of which the person taps one."""
    await agent.get_by_role("button", name="Quick replies", exact=True).click()
    dialog = agent.get_by_role("dialog", name="Quick replies")
    await dialog.get_by_label("Your question").fill("Which one would you like to try?")
    await dialog.get_by_label("Quick reply 1", exact=True).fill("Sencha")
    await dialog.get_by_label("Quick reply 2", exact=True).fill("Dragon Well")
    await stage.look(agent, "4-quick-replies")
    await dialog.get_by_role("button", name="Send").click()
    replies = petra.get_by_role("group", name="Suggested replies")
    await expect(replies.get_by_role("button")).to_have_text(["Sencha", "Dragon Well"])
    await stage.look(petra, "4-suggested-replies")
    await replies.get_by_role("button", name="Sencha").click()
    await expect(replies).to_have_count(0)
    await expect(bubble(agent, "Sencha")).to_be_visible()


async def send_a_card(stage: Stage, agent: Page, petra: Page) -> None:
    """A card with a button that answers."""
    await agent.get_by_role("button", name="Card", exact=True).click()
    dialog = agent.get_by_role("dialog", name="Card")
    await dialog.get_by_label("Title").fill("Sencha Kagoshima, 100 g")
    await dialog.get_by_label("A line below").fill("Steamed, fresh, from this spring. €14.50")
    await dialog.get_by_label("Words on button 1").fill("Keep one for me")
    await stage.look(agent, "4-card")
    await dialog.get_by_role("button", name="Send").click()
    await petra.get_by_role("button", name="Keep one for me").click()
    await expect(log(agent).locator(".bubble", has_text="Keep one for me")).to_be_visible()
    await stage.look(petra, "4-chat-of-the-person")
    await stage.look(agent, "4-chat-of-the-agent")


async def change_what_was_said(stage: Stage, agent: Page, petra: Page) -> None:
    """An edit and an unsend, which both sides come to agree on."""
    by_touch = stage.device == "phone"
    await petra.get_by_role("textbox", name="Write a message").fill("")
    await say(petra, "I come on Tusday")
    await choose(petra, "I come on Tusday", "Edit", by_touch=by_touch)
    await petra.get_by_role("textbox", name="Write a message").fill("I come on Tuesday")
    await petra.get_by_role("button", name="Save").click()
    for page in (petra, agent):
        await expect(bubble(page, "I come on Tuesday")).to_contain_text("Edited")
    await say(petra, "Wrong chat, sorry")
    await expect(bubble(agent, "Wrong chat, sorry")).to_be_visible()
    await choose(petra, "Wrong chat, sorry", "Unsend", by_touch=by_touch)
    await expect(bubble(petra, "You unsent a message")).to_be_visible()
    await expect(bubble(agent, "Petra Novak unsent a message")).to_be_visible()
    await expect(log(agent)).not_to_contain_text("Wrong chat")
