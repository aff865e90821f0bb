-- Rounds: start, lease a chunk, read what may be delivered, move the cursor, settle and finish.

-- name: find_running_round :maybe Round
-- The one round that runs, if any.
SELECT id, state, cursor_home, until_home, chunk_count, started_at FROM ads.round WHERE state = 'running';

-- name: find_newest_round :maybe Round
-- The round that began last: how far it is, for whoever watches.
SELECT id, state, cursor_home, until_home, chunk_count, started_at FROM ads.round ORDER BY started_at DESC LIMIT 1;

-- name: last_round_started_at :value
-- When the newest round began.
SELECT max(started_at) FROM ads.round;

-- name: list_startable_ad_sets :many AdSetTerms
-- Ad sets of active campaigns, inside their schedule, with at least one approved ad.
SELECT s.id AS ad_set_id, s.campaign_id, c.ad_account_id, c.business_id, s.bid_micros
  FROM ads.ad_set s JOIN ads.campaign c ON c.id = s.campaign_id
 WHERE c.state = 'active' AND s.starts_at <= :at AND s.ends_at > :at
   AND EXISTS (SELECT 1 FROM ads.ad WHERE ad_set_id = s.id AND state = 'approved')
 ORDER BY s.id;

-- name: insert_round :value
-- Begin a round unless one runs.
INSERT INTO ads.round (id, state, started_at) VALUES (:id, 'running', :at) ON CONFLICT DO NOTHING RETURNING id;

-- name: insert_round_prices :none
-- One price and one charge per ad set.
INSERT INTO ads.round_price (round_id, ad_set_id, price_micros, charge_micros)
SELECT :round_id, * FROM unnest(:ad_set_ids::bigint[], :prices_micros::bigint[], :charges_micros::bigint[]);

-- name: lock_round :none
-- One worker at a time decides on a chunk of the round; decides nothing itself.
SELECT 1 FROM ads.round WHERE id = :round_id FOR UPDATE;

-- name: get_round :one Round
-- The round as it stands under lock.
SELECT id, state, cursor_home, until_home, chunk_count, started_at FROM ads.round WHERE id = :round_id;

-- name: list_priced_ad_sets :many PricedAdSet
-- The round's ad sets that are still running, the most valuable first, so that shared budgets go to them.
SELECT p.ad_set_id, s.campaign_id, c.ad_account_id, c.business_id, p.charge_micros, p.price_micros, s.bid_micros
  FROM ads.round_price p JOIN ads.ad_set s ON s.id = p.ad_set_id JOIN ads.campaign c ON c.id = s.campaign_id
 WHERE p.round_id = :round_id AND c.state = 'active' AND s.starts_at <= :at AND s.ends_at > :at
 ORDER BY s.bid_micros::numeric * 1000000 - p.price_micros::numeric * p.charge_micros DESC, p.ad_set_id;

-- name: list_next_people :many
-- The next people who have a contact with one of these businesses, and how many have one with each.
-- Why all contacts and not those who wrote: which kind counts is the policy's to say, and the round tells the reason.
WITH people AS (
    SELECT DISTINCT person_id FROM people.contact_card
     WHERE business_id = ANY(:business_ids::bigint[]) AND person_id > :after_home
     ORDER BY person_id LIMIT :people_count)
SELECT c.business_id, count(*) AS contact_count, (SELECT max(person_id) FROM people) AS until_home
  FROM people JOIN people.contact_card c USING (person_id)
 WHERE c.business_id = ANY(:business_ids::bigint[])
 GROUP BY c.business_id ORDER BY c.business_id;

-- name: set_round_until :none
-- A chunk is leased up to here, or no more.
UPDATE ads.round SET until_home = :until_home WHERE id = :round_id;

-- name: insert_allowances :none
-- What was leased for a chunk.
INSERT INTO ads.allowance (round_id, from_home, ad_set_id, campaign_id, ad_account_id, day, leased_micros)
SELECT :round_id, :from_home, ad_set_id, campaign_id, ad_account_id, :day, leased_micros
  FROM unnest(:ad_set_ids::bigint[], :campaign_ids::bigint[], :ad_account_ids::bigint[], :leased_micros::bigint[])
       AS lease (ad_set_id, campaign_id, ad_account_id, leased_micros);

-- name: list_allowances :many Allowance
-- What the leased chunk may hold.
SELECT ad_set_id, campaign_id, ad_account_id, day, leased_micros, held_micros FROM ads.allowance
 WHERE round_id = :round_id AND from_home = :from_home ORDER BY ad_set_id;

-- name: hold_from_allowances :none
-- Take a chunk's holds out of its own allowances.
UPDATE ads.allowance a SET held_micros = held.micros
  FROM unnest(:ad_set_ids::bigint[], :micros::bigint[]) AS held (ad_set_id, micros)
 WHERE a.round_id = :round_id AND a.from_home = :from_home AND a.ad_set_id = held.ad_set_id;

-- name: delete_allowances :none
-- A lease that was never used, after its money went back.
DELETE FROM ads.allowance WHERE round_id = :round_id AND from_home = :from_home;

-- name: find_unsettled_round :value
-- A round with leases of decided chunks that were not settled.
SELECT a.round_id FROM ads.allowance a JOIN ads.round r ON r.id = a.round_id
 WHERE a.settled_at IS NULL AND a.from_home < r.cursor_home LIMIT 1;

-- name: list_unsettled_allowances :many Allowance
-- Leases of decided chunks, summed.
SELECT a.ad_set_id, a.campaign_id, a.ad_account_id, a.day, sum(a.leased_micros)::bigint AS leased_micros,
       sum(a.held_micros)::bigint AS held_micros
  FROM ads.allowance a JOIN ads.round r ON r.id = a.round_id
 WHERE a.round_id = :round_id AND a.settled_at IS NULL AND a.from_home < r.cursor_home
 GROUP BY a.ad_set_id, a.campaign_id, a.ad_account_id, a.day ORDER BY a.ad_set_id;

-- name: settle_allowances :none
-- Their rest went back.
UPDATE ads.allowance a SET settled_at = :at FROM ads.round r
 WHERE a.round_id = :round_id AND r.id = a.round_id AND a.settled_at IS NULL AND a.from_home < r.cursor_home;

-- name: forget_allowances :none
-- Retention.
DELETE FROM ads.allowance WHERE settled_at < :before;

-- name: lock_round_campaigns :none
-- Nobody pauses or ends a campaign of the round while a chunk is decided; decides nothing itself.
SELECT 1 FROM ads.campaign WHERE id IN (
    SELECT s.campaign_id FROM ads.round_price p JOIN ads.ad_set s ON s.id = p.ad_set_id WHERE p.round_id = :round_id)
 ORDER BY id FOR SHARE;

-- name: lock_round_ad_sets :none
-- Nor changes an ad set of the round.
SELECT 1 FROM ads.ad_set WHERE id IN (SELECT ad_set_id FROM ads.round_price WHERE round_id = :round_id) ORDER BY id FOR SHARE;

-- name: lock_round_ads :none
-- Nor an ad.
SELECT 1 FROM ads.ad WHERE ad_set_id IN (SELECT ad_set_id FROM ads.round_price WHERE round_id = :round_id) ORDER BY id FOR SHARE;

-- name: list_deliverable_ads :many AdTerms
-- Ads that may be delivered now: campaign active, inside its schedule, owner verified, approved by the newest review, whose hash the
-- caller compares with the bytes. A raised charge cannot happen: a bid lowered since the round began takes the ad set out of it.
SELECT a.id AS ad_id, s.id AS ad_set_id, c.id AS campaign_id, cr.id AS creative_id, c.business_id, c.owner_id, c.ad_account_id,
       s.bid_micros, p.price_micros, p.charge_micros, c.holdout_ppm, s.seen_within_hours, s.audience,
       cr.headline, cr.text, cr.image_url, cr.button_title, cr.button_url, cr.payer, cr.beneficiary, r.content_hash AS reviewed_hash
  FROM ads.round_price p
  JOIN ads.ad_set s ON s.id = p.ad_set_id
  JOIN ads.campaign c ON c.id = s.campaign_id
  JOIN ads.ad a ON a.ad_set_id = s.id
  JOIN ads.creative cr ON cr.id = a.creative_id
  JOIN LATERAL (SELECT decision, content_hash, creative_id FROM ads.review WHERE ad_id = a.id ORDER BY submitted_at DESC, id DESC LIMIT 1) r ON true
  JOIN business.business_card b ON b.business_id = c.business_id
 WHERE p.round_id = :round_id AND c.state = 'active' AND s.starts_at <= :at AND s.ends_at > :at AND p.charge_micros <= s.bid_micros
   AND a.state = 'approved' AND r.decision = 'approved' AND r.creative_id = cr.id
   AND b.owner_state = 'verified'
 ORDER BY a.id;

-- name: list_reachable :many Reachable
-- Contacts of these businesses in the chunk's range, in lock order, with what audiences look at.
SELECT c.person_id, c.business_id, c.thread_id, c.last_wrote_at, c.last_wrote_entry_point_id, c.opened_entry_point_id, p.language
  FROM people.contact_card c JOIN people.person_card p ON p.person_id = c.person_id
 WHERE c.business_id = ANY(:business_ids::bigint[]) AND c.person_id > :after_home AND c.person_id <= :until_home
 ORDER BY c.person_id, c.business_id;

-- name: move_round :none
-- The chunk is decided.
UPDATE ads.round SET cursor_home = until_home, until_home = NULL, chunk_count = chunk_count + 1 WHERE id = :round_id;

-- name: finish_round :none
-- Everybody was decided on, or no money is left.
UPDATE ads.round SET state = 'finished', finished_at = :at WHERE id = :round_id AND state = 'running';
