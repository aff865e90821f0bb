"""Step 7: the operator reads what waits, what the checks noticed, approves, or refuses with a reason that is then acted on."""

from playwright.async_api import expect

from tests.browser.stage import Stage
from tests.support.ads import MARKET, content, terms
from tests.support.business import make_business


async def test_smoke(stage: Stage) -> None:
    house = stage.house
    business = await make_business(house.database)
    page = await stage.open(business.owner_person_id, "/console/offers")
    await expect(page.get_by_role("heading", name="Offers")).to_be_visible()
    await stage.look(page, "0-offers")
