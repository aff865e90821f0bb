"""A server that is away blocks nobody: what was written is kept, and arrives once."""

from playwright.async_api import expect

from tests.browser.acts import bubble, mark, say
from tests.browser.stage import Stage
from tests.support.chat import make_direct


async def test_a_message_written_while_the_server_is_away_arrives_once(stage: Stage) -> None:
    house = stage.house
    talk = await make_direct(house.database, at=house.clock.now(), name="Ines Duarte")
    page = await stage.open(talk.one.id, f"/#/chat/{talk.id}")
    await say(page, "Before")
    await expect(mark(page, "Before", "Sent")).to_be_visible()
    house.stop_server()
    try:
        await expect(page.get_by_text("Connecting…").or_(page.get_by_text("You are offline.")).first).to_be_visible()
        await say(page, "While it was away")
        await expect(mark(page, "While it was away", "Sending")).to_be_visible()
        await stage.look(page, "0-server-away")
    finally:
        house.start_server()
    await expect(mark(page, "While it was away", "Sent")).to_be_visible()
    other = await stage.open(talk.other.id, f"/#/chat/{talk.id}")
    await expect(bubble(other, "While it was away")).to_have_count(1)
    await page.reload()
    await expect(bubble(page, "While it was away")).to_have_count(1)
    stored = "SELECT count(*) FROM chat.message WHERE thread_id = $1"
    assert await house.database.pool.fetchval(stored, talk.id) == 2


async def test_a_page_closed_while_the_server_is_away_sends_when_it_is_opened_again(stage: Stage) -> None:
    house = stage.house
    talk = await make_direct(house.database, at=house.clock.now(), name="Ines Duarte")
    page = await stage.open(talk.one.id, f"/#/chat/{talk.id}")
    await expect(page.get_by_role("textbox", name="Write a message")).to_be_visible()
    house.stop_server()
    try:
        await say(page, "Written before the page was closed")
        await expect(mark(page, "Written before", "Sending")).to_be_visible()
        again = await page.context.new_page()
        await page.close()
    finally:
        house.start_server()
    stage.watch(again)
    await again.goto(f"/#/chat/{talk.id}")
    await expect(mark(again, "Written before", "Sent")).to_be_visible()
    await expect(bubble(again, "Written before")).to_have_count(1)
