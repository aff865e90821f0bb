-- Money. Locks in this order: budgets of ad sets, budgets of campaigns, ad accounts. By primary key inside a level.

-- name: insert_ad_account :none
-- One for an owner and currency; a second asking changes nothing.
INSERT INTO ads.ad_account (id, owner_id, name, currency, created_at) VALUES (:id, :owner_id, :name, :currency, :at)
ON CONFLICT (owner_id, currency) DO NOTHING;

-- name: insert_ledger_accounts :none
-- The five of an ad account.
INSERT INTO ads.ledger_account (id, ad_account_id, kind, currency)
SELECT n.id, :ad_account_id, n.kind, :currency FROM unnest(:ids::bigint[], :kinds::text[]) AS n (id, kind)
ON CONFLICT (ad_account_id, kind, currency) DO NOTHING;

-- name: find_ad_account_of_owner :maybe AdAccount
-- The owner's ad account in a currency.
SELECT id, owner_id, name, currency, limit_micros, committed_micros FROM ads.ad_account WHERE owner_id = :owner_id AND currency = :currency;

-- name: find_ad_account :maybe AdAccount
-- By id.
SELECT id, owner_id, name, currency, limit_micros, committed_micros FROM ads.ad_account WHERE id = :ad_account_id;

-- name: list_ad_accounts :many AdAccount
-- For the operator, page by page.
SELECT id, owner_id, name, currency, limit_micros, committed_micros FROM ads.ad_account WHERE id > :after_id ORDER BY id LIMIT :row_count;

-- name: lock_ad_accounts :none
-- Decides nothing. Not FOR UPDATE: holding and posting write transfers, whose foreign key would wait for it.
SELECT 1 FROM ads.ad_account WHERE id = ANY(:ids::bigint[]) ORDER BY id FOR NO KEY UPDATE;

-- name: lock_budgets :none
-- Decides nothing. Once for the ad sets, then once for the campaigns.
SELECT 1 FROM ads.budget
 WHERE scope = :scope AND scope_id = ANY(:scope_ids::bigint[]) AND (day IS NULL OR day = ANY(:days::date[])) ORDER BY id FOR UPDATE;

-- name: list_budget_room :many
-- What each scope may still commit: the least over its lifetime and its day. A limit lowered below committed leaves no room.
SELECT scope, scope_id, greatest(0, min(limit_micros - committed_micros)) AS micros FROM ads.budget
 WHERE ((scope = 'ad_set' AND scope_id = ANY(:ad_set_ids::bigint[])) OR (scope = 'campaign' AND scope_id = ANY(:campaign_ids::bigint[])))
   AND (day IS NULL OR day = :day)
 GROUP BY scope, scope_id;

-- name: list_account_room :many
-- What each ad account may still commit.
SELECT id, limit_micros - committed_micros AS micros FROM ads.ad_account WHERE id = ANY(:ids::bigint[]);

-- name: commit_budgets :none
-- Add to (or, negative, give back to) lifetime and day of each scope. Summed per row first: an UPDATE FROM takes one source row a target.
UPDATE ads.budget b SET committed_micros = b.committed_micros + change.micros
  FROM (SELECT own.id, sum(c.micros) AS micros
          FROM unnest(:scopes::text[], :scope_ids::bigint[], :days::date[], :amounts::bigint[]) AS c (scope, scope_id, day, micros)
          JOIN ads.budget own ON own.scope = c.scope AND own.scope_id = c.scope_id AND (own.day IS NULL OR own.day = c.day)
         GROUP BY own.id) AS change
 WHERE b.id = change.id;

-- name: commit_ad_accounts :none
-- The same for the ad accounts.
UPDATE ads.ad_account a SET committed_micros = a.committed_micros + change.micros
  FROM (SELECT c.id, sum(c.micros) AS micros FROM unnest(:ids::bigint[], :amounts::bigint[]) AS c (id, micros) GROUP BY c.id) AS change
 WHERE a.id = change.id;

-- name: move_limit :none
-- In the transaction of the transfer that brings or takes the money.
UPDATE ads.ad_account SET limit_micros = limit_micros + :micros WHERE id = :ad_account_id;

-- name: insert_transfers :many
-- New ones only; the others are found by their reference.
INSERT INTO ads.transfer (id, ad_account_id, kind, reference, actor_id, at)
SELECT n.id, n.ad_account_id, :kind, n.reference, :actor_id, :at
  FROM unnest(:ids::bigint[], :ad_account_ids::bigint[], :references::text[]) AS n (id, ad_account_id, reference)
 ORDER BY n.ad_account_id, n.reference
ON CONFLICT (ad_account_id, kind, reference) DO NOTHING
RETURNING id, ad_account_id;

-- name: insert_entries :none
-- Two legs for each transfer.
INSERT INTO ads.entry (transfer_id, ledger_account_id, amount_micros)
SELECT n.transfer_id, l.id, CASE l.kind WHEN :debit THEN n.micros ELSE -n.micros END
  FROM unnest(:transfer_ids::bigint[], :ad_account_ids::bigint[], :amounts::bigint[]) AS n (transfer_id, ad_account_id, micros)
  JOIN ads.ledger_account l ON l.ad_account_id = n.ad_account_id AND l.kind IN (:debit, :credit);

-- name: list_transfers_by_reference :many Transfer
-- With their amounts: what a retry finds.
SELECT t.id, t.ad_account_id, t.kind, t.reference, t.at,
       (SELECT sum(e.amount_micros) FROM ads.entry e WHERE e.transfer_id = t.id AND e.amount_micros > 0)::bigint AS amount_micros
  FROM unnest(:ad_account_ids::bigint[], :references::text[]) AS n (ad_account_id, reference)
  JOIN ads.transfer t ON t.ad_account_id = n.ad_account_id AND t.kind = :kind AND t.reference = n.reference
 ORDER BY t.ad_account_id, t.reference;

-- name: list_statement :many Transfer
-- An ad account's transfers, newest first.
SELECT t.id, t.ad_account_id, t.kind, t.reference, t.at,
       (SELECT sum(e.amount_micros) FROM ads.entry e WHERE e.transfer_id = t.id AND e.amount_micros > 0)::bigint AS amount_micros
  FROM ads.transfer t
 WHERE t.ad_account_id = :ad_account_id AND (:before_at::timestamptz IS NULL OR (t.at, t.id) < (:before_at::timestamptz, :before_id::bigint))
 ORDER BY t.at DESC, t.id DESC LIMIT :row_count;

-- name: list_balances :many
-- The sum of each ledger account of an ad account; debit positive.
SELECT l.kind, coalesce(sum(e.amount_micros), 0)::bigint AS micros
  FROM ads.ledger_account l LEFT JOIN ads.entry e ON e.ledger_account_id = l.id
 WHERE l.ad_account_id = :ad_account_id GROUP BY l.kind;

-- name: is_payer :value
-- Whether a person may see and use an owner's ad accounts: owner or advertiser of one of its businesses.
SELECT EXISTS (SELECT 1 FROM business.business_card b JOIN business.team_card t ON t.business_id = b.business_id
                WHERE b.owner_id = :owner_id AND t.person_id = :person_id AND t.role IN ('owner', 'advertiser'));
