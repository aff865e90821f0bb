"""Steps 6 and 7: an offer is written on a phone or a desktop, tested, sent, looked at by the operator, refused, fixed, approved."""

import re

from playwright.async_api import Page, expect

from tests.browser.cast import OFFER, have_written, open_tea_house
from tests.browser.stage import Stage
from tests.support.people import make_person


async def write_offer(page: Page, headline: str = OFFER["headline"]) -> None:
    """The first step, filled in."""
    await page.get_by_label("Headline").fill(headline)
    await page.get_by_role("textbox", name="Text").fill(OFFER["text"])
    await page.get_by_label("Words on the button").fill(OFFER["button_title"])


async def next_step(page: Page) -> None:
    await page.get_by_role("button", name="Next").click()


async def send_for_review(page: Page) -> None:
    """Through the other steps as they are."""
    for _ in range(3):
        await next_step(page)
    await page.get_by_role("button", name="Send for review").click()
    await expect(page.get_by_text("In review", exact=True)).to_be_visible()


async def test_an_offer_is_written_with_a_preview_and_sent(stage: Stage) -> None:
    tea = await open_tea_house(stage.house)
    await have_written(stage.house, tea, 14)
    page = await stage.open(tea.advertiser_id, "/console/money")
    await page.get_by_role("button", name="Add test money").first.click()
    await page.get_by_role("dialog").get_by_role("button", name="Add", exact=True).click()
    await expect(page.get_by_text("€50.00").first).to_be_visible()
    await stage.look(page, "6-money")

    await page.goto("/console/offers")
    await page.get_by_role("link", name="Send an offer").first.click()
    await write_offer(page)
    preview = page.get_by_role("article", name="Sponsored message from Tea House")
    await expect(preview.get_by_text(OFFER["headline"])).to_be_visible()
    await expect(preview.get_by_text("Paid for by Tea House GmbH, on behalf of Tea House.").first).to_be_visible()
    await stage.look(page, "6-offer-write")
    await page.get_by_role("button", name="Send a test to myself").click()
    await expect(page.get_by_text("The test is in your messenger")).to_be_visible()

    await next_step(page)
    await expect(page.get_by_text(re.compile(r"Of .* people, .* can be reached now"))).to_be_visible()
    await stage.look(page, "6-offer-who")
    await next_step(page)
    await stage.look(page, "6-offer-when")
    await next_step(page)
    suggested = page.get_by_label("Most for one seen message")
    await expect(suggested).to_have_value(re.compile(r"^0\.\d\d"))
    await expect(page.get_by_text(f"€{await suggested.input_value()} is what we suggest")).to_be_visible()
    await expect(page.get_by_text(re.compile(r"This pays for at least [\d,]+ seen messages"))).to_be_visible()
    await stage.look(page, "6-offer-money")
    await page.get_by_role("button", name="Send for review").click()
    await expect(page.get_by_text("In review", exact=True)).to_be_visible()
    await stage.look(page, "6-offer-sent")


async def test_the_operator_refuses_and_then_approves_what_was_fixed(stage: Stage) -> None:
    house = stage.house
    tea = await open_tea_house(house)
    operator_id = await make_person(house.database, name="Otis Vale", is_operator=True)
    shouted = f"GENUINE DARJEELING!!! No. {house.days}"
    seller = await stage.open(tea.advertiser_id, "/console/offers/new")
    await write_offer(seller, shouted)
    await send_for_review(seller)

    operator = await stage.open(operator_id, "/operator/review")
    await expect(operator.get_by_role("link", name=shouted)).to_be_visible()
    await stage.look(operator, "7-queue")
    await operator.get_by_role("link", name=shouted).click()
    headline = operator.get_by_role("definition").filter(has_text=shouted)
    await expect(headline.get_by_text("This shouts.")).to_be_visible()
    await stage.look(operator, "7-findings")
    await operator.get_by_role("button", name="Refuse").click()
    dialog = operator.get_by_role("dialog", name="Refuse this offer")
    await dialog.get_by_label("Reason").fill("Please write the headline in ordinary letters.")
    await stage.look(operator, "7-refuse")
    await dialog.get_by_role("button", name="Refuse").click()
    await expect(operator.get_by_role("link", name=shouted)).to_have_count(0)

    await seller.reload()
    await expect(seller.get_by_text("Please write the headline in ordinary letters.").first).to_be_visible()
    await stage.look(seller, "7-refused")
    await seller.get_by_role("link", name="Fix and send again").click()
    fixed = f"Genuine Darjeeling, no. {house.days}"
    await seller.get_by_label("Headline").fill(fixed)
    await send_for_review(seller)

    await operator.reload()
    await operator.get_by_role("link", name=fixed).click()
    await operator.get_by_role("button", name="Approve").click()
    await expect(operator.get_by_role("link", name=fixed)).to_have_count(0)
    await seller.reload()
    await expect(seller.get_by_text("In review", exact=True)).to_have_count(0)
    await expect(seller.get_by_text("Report", exact=True)).to_be_visible()
