-- Reviews: submitted, read by the operator, decided.

-- name: insert_review :none
-- One open review for an ad at a time (index review_open). No two of an ad share a time, so that "the newest" is always one.
INSERT INTO ads.review (id, ad_id, creative_id, content_hash, findings, submitted_by, submitted_at)
VALUES (:id, :ad_id, :creative_id, :content_hash, :findings, :submitted_by,
        greatest(:at::timestamptz, (SELECT max(submitted_at) + interval '1 microsecond' FROM ads.review WHERE ad_id = :ad_id)));

-- name: find_open_review :value
-- The ad's open review.
SELECT id FROM ads.review WHERE ad_id = :ad_id AND decision IS NULL;

-- name: find_review :maybe Review
-- One review with its content and who stands behind it.
SELECT * FROM ads.review_item
 WHERE id = :review_id;

-- name: list_open_reviews :many Review
-- The queue, oldest first; offers that ended while they waited need no decision.
SELECT * FROM ads.review_item
 WHERE decision IS NULL AND campaign_state <> 'ended'
   AND (:after_at::timestamptz IS NULL OR (submitted_at, id) > (:after_at::timestamptz, :after_id::bigint))
 ORDER BY submitted_at, id LIMIT :row_count;

-- name: list_decided_reviews :many Review
-- What the operator decided, newest first.
SELECT * FROM ads.review_item
 WHERE decision IN ('approved', 'refused')
   AND (:before_at::timestamptz IS NULL OR (decided_at, id) < (:before_at::timestamptz, :before_id::bigint))
 ORDER BY decided_at DESC, id DESC LIMIT :row_count;

-- name: close_review :none
-- Once.
UPDATE ads.review SET decision = :decision, reason = :reason, decided_by = :actor_id, decided_at = :at
 WHERE id = :review_id AND decision IS NULL;
