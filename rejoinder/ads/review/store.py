"""The statements of review as functions: rows in, rows out, no meaning."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from rejoinder.ads.campaigns.model import Offer
from rejoinder.ads.review.model import Decision, Finding, Review
from rejoinder.db.transaction import Tx
from rejoinder.units.ids import new_id


async def insert_review(tx: Tx, offer: Offer, *, findings: Sequence[Finding], submitted_by: int, at: datetime) -> int:
    review_id = new_id()
    await tx.run(
        "insert_review",
        id=review_id,
        ad_id=offer.ad_id,
        creative_id=offer.creative_id,
        content_hash=offer.content_hash,
        findings=msgspec.to_builtins(findings),
        submitted_by=submitted_by,
        at=at,
    )
    return review_id


async def find_open_review(tx: Tx, ad_id: int) -> int | None:
    review_id: int | None = await tx.value("find_open_review", ad_id=ad_id)
    return review_id


async def find_review(tx: Tx, review_id: int) -> Review | None:
    return await tx.maybe(Review, "find_review", review_id=review_id)


async def list_open_reviews(tx: Tx, *, after: tuple[datetime, int] | None, row_count: int) -> list[Review]:
    after_at, after_id = after or (None, None)
    return await tx.many(Review, "list_open_reviews", after_at=after_at, after_id=after_id, row_count=row_count)


async def list_decided_reviews(tx: Tx, *, before: tuple[datetime, int] | None, row_count: int) -> list[Review]:
    before_at, before_id = before or (None, None)
    return await tx.many(Review, "list_decided_reviews", before_at=before_at, before_id=before_id, row_count=row_count)


async def close_review(
    tx: Tx, review_id: int, *, decision: Decision, reason: str | None, actor_id: int, at: datetime
) -> None:
    await tx.run("close_review", review_id=review_id, decision=decision, reason=reason, actor_id=actor_id, at=at)
