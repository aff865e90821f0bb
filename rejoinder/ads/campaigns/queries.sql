-- Campaigns, ad sets, creatives and ads, and the offers that are read from them (view ads.offer).
-- Locks: the campaign row first, then budgets of ad set and campaign, as the ledger takes them.

-- name: insert_campaign :value
-- A draft; none when the business's client drew this id before.
INSERT INTO ads.campaign (id, ad_account_id, business_id, owner_id, name, goal, state, client_id, created_by, created_at)
VALUES (:id, :ad_account_id, :business_id, :owner_id, :name, 'seen', 'draft', :client_id, :created_by, :at)
ON CONFLICT (business_id, client_id) DO NOTHING RETURNING id;

-- name: insert_ad_set :none
-- Its one ad set.
INSERT INTO ads.ad_set (id, campaign_id, name, bid_micros, audience, starts_at, ends_at)
VALUES (:id, :campaign_id, :name, :bid_micros, :audience, :starts_at, :ends_at);

-- name: insert_budgets :none
-- The lifetime budgets of ad set and campaign.
INSERT INTO ads.budget (id, scope, scope_id, day, limit_micros)
SELECT n.id, n.scope, n.scope_id, NULL, :limit_micros
  FROM unnest(:ids::bigint[], ARRAY['ad_set', 'campaign'], :scope_ids::bigint[]) AS n (id, scope, scope_id);

-- name: insert_creative :none
-- Immutable; a change is another row.
INSERT INTO ads.creative (id, business_id, headline, text, image_url, button_title, button_url, payer, beneficiary, content_hash, created_at)
VALUES (:id, :business_id, :headline, :text, :image_url, :button_title, :button_url, :payer, :beneficiary, :content_hash, :at);

-- name: insert_ad :none
-- The creative in the ad set.
INSERT INTO ads.ad (id, ad_set_id, creative_id, state) VALUES (:id, :ad_set_id, :creative_id, 'draft');

-- name: lock_campaign :none
-- Decides nothing: one change of an offer at a time.
SELECT 1 FROM ads.campaign WHERE id = :campaign_id FOR UPDATE;

-- name: find_offer :maybe Offer
-- One offer.
SELECT * FROM ads.offer WHERE id = :offer_id;

-- name: find_offer_of_client :maybe Offer
-- The offer that a client's id stands for.
SELECT * FROM ads.offer WHERE business_id = :business_id AND client_id = :client_id;

-- name: list_offers_of_business :many Offer
-- Newest first.
SELECT * FROM ads.offer
 WHERE business_id = :business_id AND (:before_at::timestamptz IS NULL OR (created_at, id) < (:before_at::timestamptz, :before_id::bigint))
 ORDER BY created_at DESC, id DESC LIMIT :row_count;

-- name: set_campaign_state :none
-- The end is remembered with its time.
UPDATE ads.campaign SET state = :state, ended_at = CASE WHEN :state = 'ended' THEN :at::timestamptz END WHERE id = :campaign_id;

-- name: set_campaign_name :none
-- For the lists.
UPDATE ads.campaign SET name = :name WHERE id = :campaign_id;

-- name: set_ad_set_terms :none
-- Effective from the next chunk on.
UPDATE ads.ad_set SET name = :name, bid_micros = :bid_micros, audience = :audience, starts_at = :starts_at, ends_at = :ends_at WHERE id = :ad_set_id;

-- name: set_budget_limit :none
-- Once for the ad set, then once for the campaign. Below what is committed nothing new is leased.
UPDATE ads.budget SET limit_micros = :limit_micros WHERE scope = :scope AND scope_id = :scope_id AND day IS NULL;

-- name: set_ad :none
-- Another creative or state; every change of an offer moves the version.
UPDATE ads.ad SET creative_id = :creative_id, state = :state, version = version + 1 WHERE id = :ad_id;

-- name: list_recent_charges :many
-- What a seen message cost in the newest rounds.
SELECT p.charge_micros FROM (SELECT id FROM ads.round WHERE started_at > :since ORDER BY started_at DESC LIMIT 50) r
  JOIN ads.round_price p ON p.round_id = r.id LIMIT 1000;

-- name: find_test :value
-- Where a person already has a test of this creative. Its reference is the creative; a delivery's is the delivery.
SELECT position FROM chat.message_card
 WHERE home = :person_id AND thread_id = :thread_id AND origin_ref = :creative_id AND unsent_at IS NULL
 ORDER BY position DESC LIMIT 1;
