-- name: list_unseen_cards :many UnseenCard
-- Adverts that wait to be seen, with the token that the person's own device has.
SELECT d.person_id, d.id AS delivery_id, d.thread_id, d.business_id, m.body ->> 'token' AS token
  FROM ads.delivery d JOIN chat.message m ON m.home = d.person_id AND m.thread_id = d.thread_id AND m.position = d.position
 WHERE d.state = 'held' ORDER BY d.id;

-- name: list_demo_tokens :many
-- What the last run of the demo answered with.
SELECT id FROM business.api_token WHERE business_id = :business_id AND label = :label AND revoked_at IS NULL;

-- name: find_demo_door :value
-- The code of the QR sign in a shop.
SELECT code FROM business.entry_point WHERE business_id = :business_id AND kind = 'qr' ORDER BY id LIMIT 1;

-- name: list_quiet_threads :many
-- Open chats of a business that have an answer, the newest first.
SELECT thread_id FROM business.inbox_item
 WHERE business_id = :business_id AND state = 'open' AND waiting_since IS NULL ORDER BY last_at DESC;

-- name: find_waiting_review :value
-- The review of an ad that waits for the operator.
SELECT id FROM ads.review WHERE ad_id = :ad_id AND decision IS NULL;
