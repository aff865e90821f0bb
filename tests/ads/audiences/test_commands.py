"""Reach looks at the same people with the same rule as a delivery, and at no more than a sample of a large business."""

from datetime import timedelta

from rejoinder.ads.audiences import commands, store
from rejoinder.ads.audiences.model import Audience, Reach
from rejoinder.db.transaction import Tx
from rejoinder.people.protections import commands as protections
from rejoinder.people.protections.model import RefusalGroup
from rejoinder.people.protections.policy import load_policies
from tests.support.rounds import NOON, SECRET, Shop, make_shop, make_writer


async def reach(tx: Tx, shop: Shop, audience: Audience | None = None) -> Reach:
    return await commands.read_reach(
        tx, shop.business.id, audience or Audience(), policies=load_policies(), secret=SECRET, at=NOON
    )


async def test_reach_counts_who_wrote_and_why_the_others_cannot_be_reached(tx: Tx) -> None:
    shop = await make_shop(tx)
    writers = [await make_writer(tx, shop) for _ in range(17)]
    for contact in writers[:3]:
        await protections.stop_ads(tx, contact.person_id, shop.business.id, at=NOON)
    await make_writer(tx, shop, birth_year=2015)
    for _ in range(14):
        await make_writer(tx, shop, at=NOON - timedelta(days=400))
    await make_writer(tx, shop, at=NOON - timedelta(hours=1))
    told = await reach(tx, shop)
    assert (told.audience.words, told.reachable.words) == ("30-39", "10-19")
    assert {group: told_range.words for group, told_range in told.refused.items()} == {
        **dict.fromkeys(RefusalGroup, "fewer than 10"),
        RefusalGroup.TOO_OLD: "10-19",
    }


async def test_a_small_audience_is_not_taken_apart(tx: Tx) -> None:
    shop = await make_shop(tx)
    contact = await make_writer(tx, shop)
    before = await reach(tx, shop)
    await protections.stop_ads(tx, contact.person_id, shop.business.id, at=NOON)
    assert await reach(tx, shop) == before
    assert (before.audience.words, before.refused) == ("fewer than 10", {})


async def test_filters_narrow_the_audience(tx: Tx) -> None:
    shop = await make_shop(tx)
    for _ in range(13):
        await make_writer(tx, shop)
    all_of_them = (await reach(tx, shop)).audience
    assert all_of_them.words == "10-19"
    assert (await reach(tx, shop, Audience(entry_point_ids=[str(shop.door.id)]))).audience == all_of_them
    for narrower in (Audience(entry_point_ids=["12345"]), Audience(languages=["ja"])):
        assert (await reach(tx, shop, narrower)).audience.words == "fewer than 10"


async def test_the_circle_is_walked_once_from_anywhere(tx: Tx) -> None:
    shop = await make_shop(tx)
    ids = sorted([(await make_writer(tx, shop)).person_id for _ in range(5)])
    for start_id in (0, ids[2], ids[2] + 1, ids[4] + 1):
        found = await store.list_wrote(tx, business_id=shop.business.id, start_id=start_id, row_count=10)
        expected = [i for i in ids if i >= start_id] + [i for i in ids if i < start_id]
        assert [one.person_id for one in found] == expected
    part = await store.list_wrote(tx, business_id=shop.business.id, start_id=ids[3], row_count=3)
    assert [one.person_id for one in part] == [ids[3], ids[4], ids[0]]
