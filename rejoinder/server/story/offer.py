"""Steps 6 and 7: an offer is written, counted, paid for, checked, refused once and approved."""

import asyncio
from datetime import timedelta

from rejoinder.server.story import pairs
from rejoinder.server.story.device import Json
from rejoinder.server.story.stage import expect
from rejoinder.server.story.town import A_YEAR_LATER, Town

EURO = 1_000_000
WINTER = "Winter teas are here"
SHOUTED = "CHEAP TEA!!! BUY NOW!!!"


async def make_an_offer(town: Town) -> None:
    """Step 6: on the Wednesday a year later, with customers who wrote on its Monday and some who only wrote before."""
    await _let_a_year_pass(town)
    shop, vera = town.shops["Tea House"], town.people["Vera"]
    await asyncio.gather(*(town.people[name].sign_in() for name in ("Opal", "Olga", "Andy", "Vera")))
    await pairs.gather_customers(town)
    town.stage.move_to(town.monday + A_YEAR_LATER + timedelta(days=2))
    account = await town.fund(shop, vera, 200 * EURO)
    expect(account["free_micros"] == str(200 * EURO) and account["has_test_money"], f"the account holds {account}")
    suggestion = await vera.get(f"{shop.path}/offers/suggestion")
    expect(
        int(suggestion["bid_micros"]) >= int(suggestion["reserve_micros"]), "the suggestion is not below the reserve"
    )
    named = (suggestion["payer"], suggestion["beneficiary"], suggestion["advert_refusal"])
    expect(named == ("Tea House GmbH", "Tea House", None), f"the form begins with {named}")
    reach = await vera.post(f"{shop.path}/reach", {})
    expect("can be reached now" in reach["sentence"], f"reach says: {reach['sentence']}")
    expect(reach["audience"]["least"] % 10 == 0 and reach["refused"], f"reach is told in ranges: {reach}")
    starts_at = town.monday + A_YEAR_LATER + timedelta(days=3)
    offer = await town.make_offer(shop, vera, WINTER, starts_at=starts_at.isoformat())
    expect((offer["status"], offer["bid_micros"]) == ("draft", suggestion["bid_micros"]), "a draft at the suggestion")
    await _send_to_oneself(town, offer)


async def _let_a_year_pass(town: Town) -> None:
    """What a year later is too old, and who came back, was written before the year."""
    await pairs.gather_early_customers(town)
    town.stage.move_to(town.monday + A_YEAR_LATER)


async def _send_to_oneself(town: Town, offer: Json) -> None:
    shop, vera = town.shops["Tea House"], town.people["Vera"]
    lies = await vera.post(f"{shop.path}/offers/{offer['id']}/test")
    body = (await vera.messages(lies["thread_id"]))[-1]["body"]
    told = (body["type"], body["headline"], body["is_test"], body["payer"])
    expect(told == ("sponsored", WINTER, True, "Tea House GmbH"), f"the test card says {told}")


async def review_offers(town: Town) -> None:
    """Step 7."""
    shop, vera, opal = town.shops["Tea House"], town.people["Vera"], town.people["Opal"]
    offer = f"{shop.path}/offers/{town.offers[WINTER]}"
    review = await town.submit(shop, vera, town.offers[WINTER])
    expect(review["findings"] == [], f"nothing is wrong with it: {review['findings']}")
    changed = _whole(await vera.get(offer)) | {"headline": "Something else"}
    await vera.refused("PUT", offer, changed, status=422)
    wrong = {"decision": "approved", "content_hash": "0" * 64}
    await opal.refused("POST", f"/api/operator/reviews/{review['id']}/decision", wrong, status=409)
    await town.decide(review)
    expect((await vera.get(offer))["status"] == "scheduled", "approved, it starts by itself")
    await _refuse_and_mend(town)


async def _refuse_and_mend(town: Town) -> None:
    shop, vera = town.shops["Tea House"], town.people["Vera"]
    text = "Only today. Buy at www.cheap-tea.example"
    draft = await town.make_offer(shop, vera, SHOUTED, text=text, button_url="http://bit.ly/tea")
    offer = f"{shop.path}/offers/{draft['id']}"
    review = await town.submit(shop, vera, draft["id"])
    fields = {finding["field"] for finding in review["findings"]}
    expect(fields >= {"headline", "text", "button_url"}, f"each finding names its field: {review['findings']}")
    reason = "Please do not shout, and link to your own page."
    await town.decide(review, "refused", reason)
    refused = await vera.get(offer)
    told = (refused["status"], refused["review"]["reason"])
    expect(told == ("refused", reason), f"the advertiser reads {told}")
    mended = {"headline": "Tea for less", "text": "Only today.", "button_url": "https://tea.example/less"}
    await vera.ask("PUT", offer, _whole(refused) | mended)
    again = await town.submit(shop, vera, draft["id"])
    expect(again["findings"] == [], f"mended: {again['findings']}")
    await town.decide(again)
    approved = await vera.get(offer)
    expect(approved["review"]["decision"] == "approved", "the mended offer is approved")
    changed = await vera.ask("PUT", offer, _whole(approved) | {"button_url": "https://elsewhere.example/"})
    expect(changed["status"] == "draft", "approved words and links are frozen: a change has to be reviewed again")
    await vera.post(f"{offer}/state", {"verb": "end"})


def _whole(offer: Json) -> Json:
    """An offer as its form sends it."""
    terms = {name: offer[name] for name in ("version", "name", "starts_at", "ends_at", "total_micros", "bid_micros")}
    content: Json = {**offer["content"], **terms, "audience": offer["audience"]}
    return content
