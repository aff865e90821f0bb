-- Deliveries after they were written: seen, void, withdrawn, returned, answered; and what the person may read of them.

-- name: insert_deliveries :none
-- One row for each decided delivery or ghost of a chunk.
-- Why JSON: 34 columns as arrays would be 34 parameters; 500 rows took 6 ms either way.
INSERT INTO ads.delivery (
    person_id, id, ad_id, ad_set_id, campaign_id, creative_id, business_id, owner_id, ad_account_id, round_id, thread_id, position,
    state, charge_micros, budget_day, token_hash, delivered_at, deadline_at, contact_version, attention_version, policy_version,
    local_day, iso_week, local_minute, day_count_before, week_count_before, cap_day, cap_week, first_wrote_at, last_wrote_at,
    last_wrote_kind, permission_basis, age_class, reasons)
SELECT person_id, id, ad_id, ad_set_id, campaign_id, creative_id, business_id, owner_id, ad_account_id, round_id, thread_id, position,
       state, charge_micros, budget_day, decode(token_hash, 'base64'), delivered_at, deadline_at, contact_version, attention_version,
       policy_version, local_day, iso_week, local_minute, day_count_before, week_count_before, cap_day, cap_week, first_wrote_at,
       last_wrote_at, last_wrote_kind, permission_basis, age_class, reasons
  FROM jsonb_to_recordset(:rows::jsonb) AS fact (
    person_id bigint, id bigint, ad_id bigint, ad_set_id bigint, campaign_id bigint, creative_id bigint, business_id bigint,
    owner_id bigint, ad_account_id bigint, round_id bigint, thread_id bigint, position bigint, state text, charge_micros bigint,
    budget_day date, token_hash text, delivered_at timestamptz, deadline_at timestamptz, contact_version bigint,
    attention_version bigint, policy_version text, local_day date, iso_week date, local_minute smallint, day_count_before smallint,
    week_count_before smallint, cap_day smallint, cap_week smallint, first_wrote_at timestamptz, last_wrote_at timestamptz,
    last_wrote_kind text, permission_basis text, age_class text, reasons jsonb);

-- name: list_delivered_before :many
-- Which of these (person, ad, creative) a person already has: the ad ever, the creative since :creative_since. Ghosts count.
SELECT want.person_id, want.ad_id
  FROM unnest(:person_ids::bigint[], :ad_ids::bigint[], :creative_ids::bigint[]) AS want (person_id, ad_id, creative_id)
 WHERE EXISTS (SELECT 1 FROM ads.delivery d WHERE d.person_id = want.person_id AND d.ad_id = want.ad_id)
    OR EXISTS (SELECT 1 FROM ads.delivery d
                WHERE d.person_id = want.person_id AND d.creative_id = want.creative_id AND d.delivered_at > :creative_since);

-- name: list_delivery_contacts :many
-- The businesses behind a person's deliveries, to lock their contacts first.
SELECT DISTINCT person_id, business_id FROM ads.delivery
 WHERE person_id = :person_id AND id = ANY(:ids::bigint[]) AND position IS NOT NULL ORDER BY business_id;

-- name: lock_deliveries :none
-- Decides nothing; what they are is read in the next statement.
SELECT 1 FROM ads.delivery WHERE person_id = :person_id AND id = ANY(:ids::bigint[]) ORDER BY id FOR UPDATE;

-- name: list_locked_deliveries :many Held
-- A person's deliveries as they stand under lock.
SELECT person_id, id, campaign_id, business_id, ad_account_id, thread_id, position, state, charge_micros, token_hash, deadline_at, seen_at
  FROM ads.delivery WHERE person_id = :person_id AND id = ANY(:ids::bigint[]) AND position IS NOT NULL ORDER BY id;

-- name: post_deliveries :none
-- Held becomes posted, with its charge.
UPDATE ads.delivery SET state = 'posted', posted_micros = charge_micros, seen_at = :at
 WHERE person_id = :person_id AND id = ANY(:ids::bigint[]) AND state = 'held';

-- name: note_seen :none
-- Seen too late to cost anything.
UPDATE ads.delivery SET seen_at = :at WHERE person_id = :person_id AND id = ANY(:ids::bigint[]) AND seen_at IS NULL;

-- name: void_overdue_deliveries :many Voided
-- Release holds that nobody saw in time; several workers take different ones.
UPDATE ads.delivery d SET state = 'void', voided_at = :at, void_reason = 'unseen'
  FROM (SELECT person_id, id FROM ads.delivery WHERE state = 'held' AND deadline_at <= :at
         ORDER BY person_id, id LIMIT :row_count FOR UPDATE SKIP LOCKED) due
 WHERE d.person_id = due.person_id AND d.id = due.id AND d.state = 'held'
RETURNING d.ad_account_id, d.charge_micros;

-- name: list_withdrawable_of_contacts :many Held
-- Adverts whose hold is open, or was voided unseen, that still lie in a thread; a null business means every business of the person.
SELECT d.person_id, d.id, d.campaign_id, d.business_id, d.ad_account_id, d.thread_id, d.position, d.state, d.charge_micros, d.token_hash,
       d.deadline_at, d.seen_at
  FROM unnest(:person_ids::bigint[], :business_ids::bigint[]) AS want (person_id, business_id)
  JOIN ads.delivery d ON d.person_id = want.person_id AND (want.business_id IS NULL OR d.business_id = want.business_id)
 WHERE d.state = 'held' OR (d.void_reason = 'unseen' AND d.seen_at IS NULL)
 ORDER BY d.person_id, d.id;

-- name: list_withdrawable_of_campaign :many Held
-- The next unseen adverts of a campaign, to recall.
SELECT person_id, id, campaign_id, business_id, ad_account_id, thread_id, position, state, charge_micros, token_hash, deadline_at, seen_at
  FROM ads.delivery
 WHERE campaign_id = :campaign_id AND (state = 'held' OR (void_reason = 'unseen' AND seen_at IS NULL))
 ORDER BY person_id, id LIMIT :row_count;

-- name: list_withdrawable :many Held
-- The same by key, once attention and contact are locked: what was seen before that falls out.
SELECT d.person_id, d.id, d.campaign_id, d.business_id, d.ad_account_id, d.thread_id, d.position, d.state, d.charge_micros, d.token_hash,
       d.deadline_at, d.seen_at
  FROM unnest(:person_ids::bigint[], :ids::bigint[]) AS want (person_id, id)
  JOIN ads.delivery d ON d.person_id = want.person_id AND d.id = want.id
 WHERE d.state = 'held' OR (d.void_reason = 'unseen' AND d.seen_at IS NULL)
 ORDER BY d.person_id, d.id;

-- name: void_deliveries :many Voided
-- Release holds before their time; those that another transaction released or posted meanwhile are not named again.
UPDATE ads.delivery d SET state = 'void', voided_at = :at, void_reason = want.reason
  FROM unnest(:person_ids::bigint[], :ids::bigint[], :reasons::text[]) AS want (person_id, id, reason)
 WHERE d.person_id = want.person_id AND d.id = want.id AND d.state = 'held'
RETURNING d.ad_account_id, d.charge_micros;

-- name: note_withdrawn :none
-- A card that was void already, because nobody saw it in time, is taken back as well.
UPDATE ads.delivery d SET void_reason = want.reason
  FROM unnest(:person_ids::bigint[], :ids::bigint[], :reasons::text[]) AS want (person_id, id, reason)
 WHERE d.person_id = want.person_id AND d.id = want.id AND d.void_reason = 'unseen';

-- name: list_unreturned :many Unreturned
-- Voided holds whose money has not gone back to its budgets.
SELECT person_id, id, ad_set_id, campaign_id, ad_account_id, budget_day, charge_micros FROM ads.delivery
 WHERE state = 'void' AND returned_at IS NULL ORDER BY ad_set_id, person_id, id LIMIT :row_count;

-- name: mark_returned :many Unreturned
-- Under the budgets' locks: those that another worker did not return meanwhile.
UPDATE ads.delivery d SET returned_at = :at
  FROM unnest(:person_ids::bigint[], :ids::bigint[]) AS want (person_id, id)
 WHERE d.person_id = want.person_id AND d.id = want.id AND d.state = 'void' AND d.returned_at IS NULL
RETURNING d.person_id, d.id, d.ad_set_id, d.campaign_id, d.ad_account_id, d.budget_day, d.charge_micros;

-- name: list_offers :many Offer
-- The quiet tray: a person's adverts that still lie in their threads, newest first.
SELECT d.id AS delivery_id, d.business_id, d.thread_id, d.position, m.body, d.delivered_at, d.seen_at
  FROM ads.delivery d
  JOIN chat.message_card m ON m.home = d.person_id AND m.thread_id = d.thread_id AND m.position = d.position AND m.unsent_at IS NULL
 WHERE d.person_id = :person_id AND (:before_at::timestamptz IS NULL OR (d.delivered_at, d.id) < (:before_at, :before_id::bigint))
 ORDER BY d.delivered_at DESC, d.id DESC LIMIT :row_count;

-- name: find_why :maybe Why
-- The facts of one of the person's own deliveries.
SELECT d.id AS delivery_id, d.business_id, b.name AS business_name, c.payer, c.beneficiary, b.owner_address, b.country AS owner_country,
       d.delivered_at, d.first_wrote_at, d.last_wrote_at, d.last_wrote_kind, d.permission_basis, d.day_count_before,
       d.week_count_before, d.cap_day, d.cap_week, d.policy_version, d.reasons
  FROM ads.delivery d
  JOIN ads.creative c ON c.id = d.creative_id
  JOIN business.business_card b ON b.business_id = d.business_id
 WHERE d.person_id = :person_id AND d.id = :delivery_id AND d.position IS NOT NULL;

-- name: find_campaign_business :value
-- Whose campaign it is.
SELECT business_id FROM ads.campaign WHERE id = :campaign_id;

-- name: note_replies :many Reply
-- The first typed message after the newest advert of its thread, within :since_days days, is its reply.
UPDATE ads.delivery d SET replied_at = told.at
  FROM unnest(:person_ids::bigint[], :thread_ids::bigint[], :positions::bigint[], :ats::timestamptz[])
       AS told (person_id, thread_id, position, at)
 WHERE d.person_id = told.person_id AND d.thread_id = told.thread_id AND d.replied_at IS NULL
   AND d.position = (SELECT max(n.position) FROM ads.delivery n
                      WHERE n.thread_id = told.thread_id AND n.person_id = told.person_id AND n.position < told.position
                        AND coalesce(n.void_reason, 'unseen') = 'unseen')
   AND told.at <= d.delivered_at + make_interval(days => :since_days)
RETURNING d.person_id, d.id AS delivery_id, d.campaign_id, d.business_id, d.thread_id, d.replied_at;

-- name: note_objections :none
-- A stop, block or report counts for the newest advert of that business, if it is younger than :since_days days.
UPDATE ads.delivery d
   SET stopped_at = CASE WHEN told.kind = 'stopped' THEN coalesce(d.stopped_at, told.at) ELSE d.stopped_at END,
       blocked_at = CASE WHEN told.kind = 'blocked' THEN coalesce(d.blocked_at, told.at) ELSE d.blocked_at END,
       reported_at = CASE WHEN told.kind = 'reported' THEN coalesce(d.reported_at, told.at) ELSE d.reported_at END
  FROM unnest(:person_ids::bigint[], :business_ids::bigint[], :kinds::text[], :ats::timestamptz[]) AS told (person_id, business_id, kind, at)
 WHERE d.person_id = told.person_id
   AND d.id = (SELECT n.id FROM ads.delivery n
                WHERE n.person_id = told.person_id AND n.business_id = told.business_id AND n.position IS NOT NULL
                  AND n.delivered_at BETWEEN told.at - make_interval(days => :since_days) AND told.at
                ORDER BY n.delivered_at DESC, n.id DESC LIMIT 1);
