"""Steps 9 to 12: why, stop, report and block; an answer; a stop word and the next offer; the report and the proofs."""

import asyncio
import re
from datetime import timedelta

from rejoinder.server.story.device import Device, Json, eventually
from rejoinder.server.story.pairs import WINTER, like
from rejoinder.server.story.stage import expect
from rejoinder.server.story.town import A_YEAR_LATER, Customer, Town

SPRING = "First flush is here"
NEXT_MONDAY = A_YEAR_LATER + timedelta(days=7)
PROMISES = [f"P{number}" for number in range(1, 10)]


async def ask_why_and_object(town: Town) -> None:
    """Step 9: five people object in five ways, and what they have not seen is gone."""
    curious = town.customers[like("never_wrote")]
    delivery_id = (await curious.offer(WINTER) or {})["delivery_id"]
    why = await curious.device.get(f"/api/deliveries/{delivery_id}/why")
    named = (why["payer"], why["beneficiary"], why["business_name"])
    expect(named == ("Tea House GmbH", "Tea House", "Tea House"), f"why names {named}")
    day = town.monday + A_YEAR_LATER
    expect(f"You wrote to Tea House on {day:%-d %B %Y}." in why["reasons"], f"the reasons are {why['reasons']}")
    stranger = town.customers[like("kind_does_not_count")].device
    await stranger.refused("GET", f"/api/deliveries/{delivery_id}/why", status=404)
    objections = {
        "stopped": ("stopped", f"/api/contacts/{curious.business_id}/stop", None),
        "blocked": ("blocked", f"/api/contacts/{curious.business_id}/block", None),
        "age_unknown": ("reported", "/api/reports", {"about_kind": "ad", "reason": "spam"}),
    }
    await asyncio.gather(
        *(_object(town.customers[like(pair)], *objection) for pair, objection in objections.items()),
        _turn_all_off(town.customers[like("ads_off")]),
    )
    reports = (await town.people["Opal"].get("/api/operator/reports"))["reports"]
    handed = [message["body"]["headline"] for report in reports for message in report["handed_over"]]
    expect(handed == [WINTER], f"the operator reads what was handed over and nothing else: {handed}")
    seen = town.customers[like("minor")]
    await seen.device.post(f"/api/contacts/{seen.business_id}/stop")
    expect(await seen.offer(WINTER), "what was seen stays")


async def _object(customer: Customer, reason: str, path: str, body: Json | None) -> None:
    item = await customer.offer(WINTER) or {}
    if body is not None:
        body = body | {"about_id": item["delivery_id"]}
    await customer.device.post(path, body)
    told = await customer.reason()
    expect(told == reason, f"it works at once: {told}, not {reason}")
    await _expect_gone(customer, item["position"])


async def _turn_all_off(customer: Customer) -> None:
    item = await customer.offer(WINTER) or {}
    rest = {"cap_day": None, "cap_week": None, "quiet_from": None, "quiet_until": None}
    await customer.device.ask("PUT", "/api/protections", {"ads_off": True, **rest})
    expect(await customer.reason() == "ads_off", "it works at once")
    await _expect_gone(customer, item["position"])


async def _expect_gone(customer: Customer, position: int) -> None:
    async def is_gone() -> bool:
        return await customer.offer(WINTER) is None

    await eventually(is_gone, f"the unseen card disappears from the tray of {customer.device.name}")
    messages = {message["position"]: message["body"] for message in await customer.device.messages(customer.thread_id)}
    left = messages.get(position, {"type": "unsent"})
    expect(left["type"] == "unsent", f"and from the thread: {left}")


async def answer_the_offer(town: Town) -> None:
    """Step 10."""
    shop, customer = town.shops["Tea House"], town.customers[like("waiting")]
    delivery_id = (await customer.offer(WINTER) or {})["delivery_id"]
    await customer.device.say(customer.thread_id, "Please keep two of the smoky ones for me.")

    async def inbox_item() -> Json | None:
        inbox = (await shop.agent.get(f"{shop.path}/inbox"))["items"]
        found = [item for item in inbox if item["thread_id"] == customer.thread_id]
        return found[0] if found and (found[0]["offer"] or {}).get("campaign_id") else None

    item = await eventually(inbox_item, "the inbox shows the answer with its campaign") or {}
    offer = item["offer"]
    told = (offer["campaign_id"], offer["delivery_id"], offer["headline"])
    expect(told == (town.offers[WINTER], delivery_id, WINTER), f"the inbox says it came from {told}")
    expect(item["preview"] == "Please keep two of the smoky ones for me.", f"the inbox shows {item['preview']}")
    await town.answer(shop, customer, "With pleasure.")


async def stop_by_a_word(town: Town) -> None:
    """Step 11: two who had the first offer; one writes STOP, the other thanks; the next offer reaches the other."""
    shop, vera = town.shops["Tea House"], town.people["Vera"]
    stopper, thankful = town.customers[like("day_cap")], town.customers[like("owner_cap")]
    await stopper.device.say(stopper.thread_id, "STOP")
    await _expect_confirmations(stopper, 1)
    await stopper.device.post(f"/api/contacts/{shop.id}/undo-stop")
    expect(not (await stopper.device.contact(shop.id) or {})["is_stopped"], "the stop can be undone")
    await stopper.device.say(stopper.thread_id, "Stop!")
    await stopper.device.say(stopper.thread_id, "stop")
    await _expect_confirmations(stopper, 2)
    expect((await stopper.device.contact(shop.id) or {})["is_stopped"], "and done again")
    await thankful.device.say(thankful.thread_id, "Thank you!")
    for customer in (stopper, thankful):
        await town.answer(shop, customer, "You are welcome. We go on answering you here.")
    town.stage.move_to(town.monday + NEXT_MONDAY)
    await town.end_offer(shop, vera, WINTER)
    await town.run_offer(shop, vera, SPRING)
    await town.play_round(town.monday + NEXT_MONDAY + timedelta(minutes=2))
    expect(await thankful.offer(SPRING), "the next offer reaches the one who said thanks")
    expect(not await stopper.offer(SPRING), "and not the one who said stop")
    expect(await stopper.reason() == "stopped", "because of the stop, not of a cap")
    await stopper.device.say(stopper.thread_id, "Are you open on Sunday?")
    await town.answer(shop, stopper, "From ten to four.")


async def _expect_confirmations(customer: Customer, count: int) -> None:
    bodies = [message["body"]["type"] for message in await customer.device.messages(customer.thread_id)]
    expect(bodies.count("stop_confirmed") == count, f"{count} confirmations, not {bodies}")


async def read_the_report(town: Town) -> None:
    """Step 12."""
    shop, vera = town.shops["Tea House"], town.people["Vera"]
    # The stop word came from somebody who had this offer, too.
    told = {"seen": 4, "charged": 4, "replied": 2, "stopped": 3, "blocked": 1, "reported": 1}

    async def is_told() -> Json | None:
        report = await _report(town, WINTER)
        return report if all(report[f"{name}_count"] == count for name, count in told.items()) else None

    report = await eventually(is_told, f"the report counts {told}")
    expect(report["delivered_count"] == 15, f"it was delivered to 15: {report['delivered_count']}")
    expect("It reached 15 people; 4 saw it, and 2 answered." in report["sentence"], report["sentence"])
    spent_by_hour = sum(hour["spend_micros"] for hour in report["hours"])
    expect(spent_by_hour == report["spend_micros"], f"hours add up to {spent_by_hour}, not {report['spend_micros']}")
    offer = await vera.get(f"{shop.path}/offers/{town.offers[WINTER]}")
    expect(report["spend_micros"] == 4 * int(offer["bid_micros"]), "the charge of a seen is the bid")
    await _expect_ledger(town, [WINTER, SPRING, "Cups for your tea"])
    table = await vera.http.get(f"{shop.path}/campaigns/{town.offers[WINTER]}/report.csv")
    expect(table.is_success and "hour_utc,delivered,seen,replied,spend_EUR" in table.text, "it comes as a file, too")
    await verify(town)


async def _report(town: Town, headline: str) -> Json:
    name = "Tea Annex" if headline == "Cups for your tea" else "Tea House"
    shop = town.shops[name]
    report: Json = await shop.owner.get(f"{shop.path}/campaigns/{town.offers[headline]}/report")
    return report


async def _expect_ledger(town: Town, headlines: list[str]) -> None:
    """Reports and the owner's statement agree to the micro-unit, read while the worker voided nothing."""
    shop, vera = town.shops["Tea House"], town.people["Vera"]
    await shop.owner.sign_in()
    path = f"/api/owners/{shop.owner_id}/ad-account"

    async def read_at_rest() -> tuple[list[Json], dict[str, int], Json] | None:
        before = await vera.get(path)
        reports, sums = [await _report(town, headline) for headline in headlines], await _statement_sums(vera, path)
        return (reports, sums, before) if before == await vera.get(path) else None

    reports, sums, account = await eventually(read_at_rest, "the ad account is at rest")
    spent, held = sum(one["spend_micros"] for one in reports), sum(one["held_micros"] for one in reports)
    expect(spent == int(account["spent_micros"]) == sums["post"], f"spent: {spent}, {account}, {sums}")
    still_held = sums["hold"] - sums["post"] - sums.get("void", 0)
    expect(held == int(account["held_micros"]) == still_held, f"held: {held}, {account}, {sums}")
    expect(sums["fund"] == int(account["funded_micros"]), f"funded: {account}, {sums}")


async def _statement_sums(vera: Device, path: str) -> dict[str, int]:
    """What moved in each way, over all pages of the statement."""
    sums: dict[str, int] = {}
    cursor: dict[str, str] | None = {}
    while cursor is not None:
        page = await vera.get(f"{path}/statement", **cursor)
        for line in page["items"]:
            sums[line["kind"]] = sums.get(line["kind"], 0) + int(line["amount_micros"])
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    return sums


async def verify(town: Town) -> None:
    """Every promise rests on rows, and none is broken; the command's exit code says so as well."""
    printed = await town.stage.command("verify")
    rows = {found[1]: (found[2], found[3]) for found in re.finditer(r"(P\d)\b.*?([\d,]+)\D+?(\d+)\D*$", printed, re.M)}
    expect(sorted(rows) == PROMISES, f"verify printed\n{printed}")
    for promise, (checked, violations) in rows.items():
        expect(
            int(checked.replace(",", "")) > 0 and violations == "0",
            f"{promise}: {checked} rows, {violations} violations",
        )
