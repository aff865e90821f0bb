"""Steps 1 and 5: an account on two devices; two people who find each other only by an exact handle; requests without links."""

import re

from playwright.async_api import expect

from rejoinder.people.identity.commands import give_handle
from rejoinder.units.ids import new_code
from tests.browser.acts import bubble, chat, mark, say, sign_in, sign_up
from tests.browser.stage import Stage
from tests.support.people import make_person


async def test_an_account_is_made_verified_and_used_on_a_second_device(stage: Stage) -> None:
    email = f"ines.{new_code()}@example.org"
    page = await stage.open()
    await stage.look(page, "1-sign-up")
    await sign_up(page, name="Ines Duarte", email=email)
    await page.get_by_role("link", name="Confirm your e-mail address").click()
    await expect(page.get_by_text(f"We mailed a code to {email}")).to_be_visible()
    letter = page.get_by_role("link", name="/#/verify?code=")
    await expect(letter).to_be_visible()
    await stage.look(page, "1-verify")
    await letter.click()
    await expect(page.get_by_text("Your e-mail address is confirmed.")).to_be_visible()
    await expect(page.get_by_role("link", name="Confirm your e-mail address")).to_have_count(0)
    await stage.look(page, "1-chats-empty")

    await page.get_by_role("link", name="You", exact=True).click()
    await page.get_by_role("link", name=re.compile("^Profile")).click()
    await expect(page.get_by_label("Country")).to_have_value("GB")
    await expect(page.get_by_label("Time zone")).to_have_value("Europe/Berlin")
    await stage.look(page, "1-profile")
    await page.get_by_role("link", name="You", exact=True).click()
    await stage.look(page, "1-you")
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    await stage.look(page, "1-sign-in")

    second = await stage.open()
    await second.get_by_role("button", name="I have an account").click()
    await sign_in(second, email=email)
    await second.get_by_role("link", name="You", exact=True).click()
    await expect(second.get_by_text("Ines Duarte")).to_be_visible()


async def test_strangers_meet_by_exact_handle_and_without_links(stage: Stage) -> None:
    house = stage.house
    handle = f"marta-{new_code(6)}"
    ines_id = await make_person(house.database, name="Ines Duarte")
    marta_id = await make_person(house.database, name="Marta Lind")
    await house.database.run(lambda tx: give_handle(tx, "person", marta_id, handle, house.clock.now()))
    ines, marta = await stage.open(ines_id), await stage.open(marta_id)

    search = ines.get_by_label("Search chats and handles")
    await search.fill(handle[:-1])
    await ines.get_by_role("button", name=f"Find @{handle[:-1]}").click()
    await expect(ines.get_by_text(f"Nobody has the handle @{handle[:-1]}.")).to_be_visible()
    await search.fill(f"@{handle}")
    await stage.look(ines, "5-search")
    await ines.get_by_role("button", name=f"Find @{handle}").click()
    await expect(ines.get_by_role("heading", name="Marta Lind").first).to_be_visible()
    await say(ines, "Hello! These are the photos: https://photos.example/summer")
    await expect(mark(ines, "Hello!", "Sent")).to_be_visible()
    await stage.look(ines, "5-first-message")

    await marta.get_by_role("link", name=re.compile("^Requests")).click()
    await stage.look(marta, "5-requests")
    await chat(marta, "Ines Duarte").click()
    await expect(bubble(marta, "These are the photos")).to_be_visible()
    await expect(bubble(marta, "photos.example").get_by_role("link")).to_have_count(0)
    await stage.look(marta, "5-request")
    await marta.get_by_role("button", name="Accept").click()
    await expect(bubble(marta, "photos.example").get_by_role("link")).to_be_visible()
    await say(marta, "Lovely, thank you!")
    await expect(bubble(ines, "Lovely, thank you!")).to_be_visible()
    await expect(mark(ines, "Hello!", "Read")).to_be_visible()
    await expect(mark(marta, "Lovely", "Read")).to_be_visible()
    await stage.look(marta, "5-chat")
