"""The verbs of offers: make, change, pause, resume, end; and the steps of review that change an ad.

Every verb locks the campaign, then reads, then decides. Doing the same again changes nothing and returns the same.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from rejoinder.ads.campaigns import rules, store
from rejoinder.ads.campaigns.events import CampaignMoved
from rejoinder.ads.campaigns.model import (
    AdState,
    CampaignState,
    Draft,
    NewOffer,
    Offer,
    OfferChanged,
    OfferInvalid,
    OfferMissing,
    OfferRefused,
    OwnCard,
    Verb,
)
from rejoinder.ads.ledger import commands as ledger
from rejoinder.ads.ledger.model import Market
from rejoinder.business.entry_points import commands as entry_points
from rejoinder.business.entry_points.model import Visit
from rejoinder.business.profiles.model import Profile
from rejoinder.chat.messages import commands as messages
from rejoinder.chat.messages.model import SponsoredDraft
from rejoinder.chat.model import Sponsored, SponsoredButton
from rejoinder.db.transaction import Tx
from rejoinder.people.contacts import commands as contacts
from rejoinder.people.protections import commands as protections
from rejoinder.units.ids import new_id

RECENT = timedelta(days=14)


async def create_offer(
    tx: Tx, draft: Draft, profile: Profile, *, client_id: str, person_id: int, market: Market, at: datetime
) -> Offer:
    """Make a draft that the owner's ad account will pay for. The same client id again returns the first offer."""
    if found := await store.find_offer_of_client(tx, business_id=profile.id, client_id=client_id):
        return found
    _check(draft, market, at=at)
    account = await ledger.open_ad_account(
        tx, owner_id=profile.owner_id, name=profile.owner_name[:80], currency=market.currency, at=at
    )
    creative_id = await _store_content(tx, profile.id, draft, at=at)
    new = NewOffer(new_id(), new_id(), new_id(), profile.id, profile.owner_id, account.id, client_id, person_id, at)
    is_new = await store.insert_offer(tx, new, draft.terms, creative_id=creative_id)
    offer = await store.find_offer_of_client(tx, business_id=profile.id, client_id=client_id)
    assert offer is not None, f"an offer was inserted ({is_new}) or found"  # noqa: S101
    return offer


async def edit_offer(
    tx: Tx, business_id: int, offer_id: int, draft: Draft, *, version: int, market: Market, at: datetime
) -> Offer:
    """Replace an offer as it stood at `version`. New content is a new creative, which has to be reviewed."""
    offer = await lock_offer(tx, business_id, offer_id)
    if (offer.content, offer.terms) == (draft.content, draft.terms):
        return offer
    if offer.version != version:
        raise OfferChanged("Somebody changed this offer meanwhile. Load it again, then make your change.")
    if refusal := rules.refusal_to_edit(offer, draft.content):
        raise OfferRefused(refusal)
    _check(draft, market, at=at)
    creative_id, state = offer.creative_id, offer.ad_state
    if draft.content != offer.content:
        creative_id = await _store_content(tx, business_id, draft, at=at)
        state = "refused" if state == "refused" else "draft"
    await store.set_terms(tx, offer, draft.terms)
    await store.set_ad(tx, ad_id=offer.ad_id, creative_id=creative_id, state=state)
    return await get_offer(tx, business_id, offer_id)


async def move_campaign(tx: Tx, business_id: int, offer_id: int, verb: Verb, *, actor_id: int, at: datetime) -> Offer:
    """Pause, resume or end. Effective from the next chunk of a round on; what is delivered stays."""
    offer = await lock_offer(tx, business_id, offer_id)
    match rules.state_after(offer.campaign_state, verb):
        case "active" | "paused" | "ended" as state:
            await _set_campaign_state(tx, offer, state, actor_id=actor_id, at=at)
        case refusal:
            raise OfferRefused(refusal)
    return await get_offer(tx, business_id, offer_id)


async def set_ad_state(tx: Tx, offer: Offer, state: AdState, *, actor_id: int, at: datetime) -> None:
    """A step of review, under the campaign's lock. The first approval starts the campaign; a paused one stays paused."""
    await store.set_ad(tx, ad_id=offer.ad_id, creative_id=offer.creative_id, state=state)
    if state == "approved" and offer.campaign_state == "draft":
        await _set_campaign_state(tx, offer, "active", actor_id=actor_id, at=at)


async def get_offer(tx: Tx, business_id: int, offer_id: int) -> Offer:
    """An offer of this business; another business's is missing."""
    offer = await store.find_offer(tx, offer_id)
    if offer is None or offer.business_id != business_id:
        raise OfferMissing("There is no such offer here.")
    return offer


async def lock_offer(tx: Tx, business_id: int, offer_id: int) -> Offer:
    """Lock, then read in a later statement."""
    await store.lock_campaign(tx, offer_id)
    return await get_offer(tx, business_id, offer_id)


async def suggest_bid(tx: Tx, market: Market, *, at: datetime) -> int:
    """What the operator suggests for a seen message now."""
    return rules.suggest_bid(market.reserve_micros, await store.list_recent_charges(tx, since=at - RECENT))


async def send_test(tx: Tx, offer: Offer, *, person_id: int, at: datetime) -> OwnCard:
    """Put the card into the person's own thread with the business, marked as a test: free, not counted, not a delivery.

    The same content twice stays one message.
    """
    await protections.lock_attention(tx, [person_id])
    door = await entry_points.get_handle_door(tx, offer.business_id, at)
    [contact] = await entry_points.open_threads(tx, [Visit(person_id, door)], at)
    await contacts.lock_contacts(tx, [(person_id, offer.business_id)])
    position = await store.find_test(
        tx, person_id=person_id, thread_id=contact.thread_id, creative_id=offer.creative_id
    )
    if position is None:
        draft = SponsoredDraft(
            person_id, contact.thread_id, offer.business_id, card_of_test(offer), origin_ref=offer.creative_id
        )
        [position] = await messages.append_sponsored(tx, [draft], at)
    return OwnCard(contact.thread_id, position)


def card_of_test(offer: Offer) -> Sponsored:
    """The card as people will get it, but for the mark and the delivery that does not stand behind it."""
    return Sponsored(
        headline=offer.headline,
        text=offer.text,
        payer=offer.payer,
        beneficiary=offer.beneficiary,
        delivery_id="0",
        token="",
        image_url=offer.image_url,
        button=SponsoredButton(offer.button_title, offer.button_url),
        is_test=True,
    )


def with_defaults(draft: Draft, profile: Profile) -> Draft:
    """Name the owner as payer and the business as beneficiary where the advertiser named nobody."""
    payer, beneficiary = draft.content.payer or profile.owner_name, draft.content.beneficiary or profile.name
    content = msgspec.structs.replace(draft.content, payer=payer, beneficiary=beneficiary)
    return replace(draft, content=content)


def _check(draft: Draft, market: Market, *, at: datetime) -> None:
    if problem := rules.problem_in_draft(draft, market, at=at):
        raise OfferInvalid(problem.message, field=problem.field)


async def _store_content(tx: Tx, business_id: int, draft: Draft, *, at: datetime) -> int:
    return await store.insert_creative(
        tx,
        business_id=business_id,
        content=draft.content,
        content_hash=rules.content_hash(draft.content),
        at=at,
    )


async def _set_campaign_state(tx: Tx, offer: Offer, state: CampaignState, *, actor_id: int, at: datetime) -> None:
    if state == offer.campaign_state:
        return
    await store.set_campaign_state(tx, campaign_id=offer.id, state=state, at=at)
    await tx.publish([CampaignMoved(offer.id, offer.business_id, state, actor_id, at)], at=at)
