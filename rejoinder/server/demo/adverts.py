"""Campaigns of the town: written, reviewed, delivered by real rounds; seen, answered and stopped by some.

Each business with an offer has one campaign, and between them every state that the console knows.
"""

import random
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from rejoinder.ads.audiences.model import Audience
from rejoinder.ads.campaigns import commands as campaigns
from rejoinder.ads.campaigns.model import Content, Offer, Terms, Verb
from rejoinder.ads.campaigns.model import Draft as OfferDraft
from rejoinder.ads.delivery import commands as deliveries
from rejoinder.ads.delivery.model import Glimpse
from rejoinder.ads.ledger import commands as ledger
from rejoinder.ads.ledger.model import Market, Move
from rejoinder.ads.review import commands as review
from rejoinder.ads.rounds.commands import Means
from rejoinder.ads.rounds.jobs import RoundWorker
from rejoinder.business.profiles import commands as profiles
from rejoinder.chat.messages import commands as messages
from rejoinder.chat.messages.model import Accepted, Draft
from rejoinder.chat.model import Participant, Text
from rejoinder.chat.receipts import commands as receipts
from rejoinder.chat.receipts.model import Mark
from rejoinder.db.migrate import Installation
from rejoinder.db.transaction import Database, Tx
from rejoinder.people.protections import commands as protections
from rejoinder.people.protections.policy import load_policies
from rejoinder.safety.reports import commands as reports
from rejoinder.safety.reports.model import NewReport
from rejoinder.server.demo import town
from rejoinder.server.demo.sittings import Shop
from rejoinder.server.demo.town import OfferWords
from rejoinder.units.clock import FixedClock
from rejoinder.units.ids import new_code
from rejoinder.units.money import MICROS_PER_UNIT

FUNDING_MICROS, TOTAL_MICROS = 200 * MICROS_PER_UNIT, 40 * MICROS_PER_UNIT
SEEN_SHARE, ANSWER_SHARE, STOP_SHARE = 0.7, 0.2, 0.04
ANSWERS = [
    "Yes, please!",
    "Sounds good, is it still on?",
    "Can I come on Saturday?",
    "How long does it last?",
    "Count me in",
]
# Day of the town's months on which each campaign is written; what it stands at in the end.
STARTS = [18, 22, 26, 30, 36, 42, 48, 53, 59]
ENDINGS = ["ended", "ended", "paused", "running", "running", "running", "refused", "draft", "in_review"]
ANSWERED_UNTIL = 58  # what people answer later waits for an agent
UNDELIVERED = {"in_review", "refused", "draft"}


@dataclass(frozen=True, slots=True)
class UnseenCard:
    """An advert waiting in a thread, with the token that the person's device has."""

    person_id: int
    delivery_id: int
    thread_id: int
    business_id: int
    token: str


class Adverts:
    """The campaigns and the people who see them."""

    advertiser_id: int
    operator_id: int

    def __init__(
        self,
        database: Database,
        clock: FixedClock,
        chance: random.Random,
        *,
        installation: Installation,
        market: Market,
        shops: list[Shop],
    ) -> None:
        self._database, self._clock, self._chance, self._market = database, clock, chance, market
        self._waiting = [shop for shop in shops if shop.words.offer is not None]
        self._agent_ids = {shop.id: shop.agent_id for shop in shops}
        self._running: list[tuple[str, Shop, Offer]] = []
        means = Means(clock, load_policies(), installation.secret)
        self._rounds = RoundWorker(database, means, lambda _hints: None)

    async def pass_day(self, day: int) -> None:
        """Write the campaign that is due today, run today's rounds, let people look."""
        while self._waiting and day >= STARTS[len(self._running)]:
            await self._write(self._waiting.pop(0))
        if any(ending not in UNDELIVERED for ending, _, _ in self._running):
            await self._deliver()
            await self._look(is_answered=day < ANSWERED_UNTIL)
        for ending, shop, offer in self._running:
            if (
                ending == "ended"
                and self._clock.at >= offer.ends_at - timedelta(days=1)
                and offer.campaign_state != "ended"
            ):
                await self._move(shop, offer, Verb.END)

    async def _write(self, shop: Shop) -> None:
        assert shop.words.offer is not None, "only businesses with an offer advertise"  # noqa: S101
        ending = ENDINGS[len(self._running)]
        draft = self._draft(shop, shop.words.offer, shouts=ending == "refused")

        async def work(tx: Tx) -> Offer:
            at, profile = self._clock.now(), await profiles.get_profile(tx, shop.id)
            offer = await campaigns.create_offer(
                tx, draft, profile, client_id=new_code(16), person_id=self.advertiser_id, market=self._market, at=at
            )
            await ledger.fund(
                tx,
                Move(offer.ad_account_id, FUNDING_MICROS, new_code(12)),
                way="test",
                is_test=True,
                is_operator=False,
                actor_id=self.advertiser_id,
                at=at,
            )
            if ending == "draft":
                return offer
            return await review.submit(tx, shop.id, offer.id, person_id=self.advertiser_id, at=at)

        offer = await self._database.run(work)
        self._running.append((ending, shop, offer))
        if ending not in ("in_review", "draft"):
            self._clock.move(minutes=20)
            await self._decide(offer, is_approved=ending != "refused")

    def _draft(self, shop: Shop, words: OfferWords, *, shouts: bool) -> OfferDraft:
        content = Content(
            headline=words.headline.upper() if shouts else words.headline,
            text=words.text,
            image_url=None,
            button_title=words.button,
            button_url=None,
            payer=shop.words.owner,
            beneficiary=shop.words.name,
        )
        terms = Terms(
            name=words.headline,
            audience=Audience(),
            starts_at=self._clock.at,
            ends_at=self._clock.at + timedelta(days=30),
            total_micros=TOTAL_MICROS,
            bid_micros=self._chance.randrange(5, 12) * 10_000,
        )
        return OfferDraft(content, terms)

    async def _decide(self, offer: Offer, *, is_approved: bool) -> None:
        async def work(tx: Tx) -> None:
            await review.decide(
                tx,
                await tx.value("find_waiting_review", ad_id=offer.ad_id),
                "approved" if is_approved else "refused",
                reason=None if is_approved else "Please write the headline in ordinary letters, then send it again.",
                content_hash=offer.content_hash,
                operator_id=self.operator_id,
                at=self._clock.now(),
            )

        await self._database.run(work)

    async def _move(self, shop: Shop, offer: Offer, verb: Verb) -> None:
        await self._database.run(
            lambda tx: campaigns.move_campaign(
                tx, shop.id, offer.id, verb, actor_id=self.advertiser_id, at=self._clock.now()
            )
        )

    async def _deliver(self) -> None:
        """One round, all its chunks."""
        while await self._rounds.step():
            pass

    async def _look(self, *, is_answered: bool) -> None:
        """Some open their tray within hours; a few answer or stop."""
        self._clock.move(minutes=45)
        async with self._database.transaction() as tx:
            cards = await tx.many(UnseenCard, "list_unseen_cards")
        for card in cards:
            if self._chance.random() < SEEN_SHARE:
                await self._see(card, is_answered=is_answered)

    async def _see(self, card: UnseenCard, *, is_answered: bool) -> None:
        glimpse = Glimpse(card.delivery_id, card.token)
        await self._database.run(lambda tx: deliveries.see(tx, card.person_id, [glimpse], clock=self._clock))
        dice = self._chance.random()
        if dice < ANSWER_SHARE:
            person, business = Participant("person", card.person_id), Participant("business", card.business_id)
            wish = Draft(person, card.thread_id, new_code(16), Text(self._chance.choice(ANSWERS)))
            await self._say(wish, business, is_read=is_answered)
            if is_answered:
                self._clock.move(minutes=1)
                words, agent_id = Text(self._chance.choice(town.AFTER_AN_OFFER)), self._agent_ids[card.business_id]
                answer = Draft(business, card.thread_id, new_code(16), words, agent_id)
                await self._say(answer, person, is_read=True)
        elif dice < ANSWER_SHARE + STOP_SHARE:
            await self._database.run(
                lambda tx: protections.stop_ads(tx, card.person_id, card.business_id, at=self._clock.now())
            )

    async def _say(self, draft: Draft, reader: Participant, *, is_read: bool) -> None:
        [verdict] = await self._database.run(lambda tx: messages.append_many(tx, [draft], self._clock))
        if is_read and isinstance(verdict, Accepted):
            mark = Mark(reader, draft.thread_id, verdict.position, verdict.position)
            await self._database.run(lambda tx: receipts.move_many(tx, [mark], self._clock))

    async def leave_open(self) -> None:
        """What the first pages show: a campaign paused, an advert reported, the newest round's cards not looked at."""
        for ending, shop, offer in self._running:
            if ending == "paused":
                await self._move(shop, offer, Verb.PAUSE)
        await self._deliver()
        async with self._database.transaction() as tx:
            cards = await tx.many(UnseenCard, "list_unseen_cards")
        for card in cards[:1]:
            told = NewReport("ad", card.delivery_id, None, [], "not_allowed", "The price in the shop is another one.")
            await self._database.run(
                partial(reports.report, told=told, reporter_id=card.person_id, at=self._clock.now())
            )
