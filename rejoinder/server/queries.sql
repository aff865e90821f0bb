-- What rows can show of the promises. Every query but the first lists violations: which promise, and what is wrong with which row.
-- Written to be read beside docs/verify.md; they read all schemas and write nothing.

-- name: count_verified_rows :many RowCount
-- How many rows each promise rests on.
SELECT 'P1' AS promise, count(*) AS row_count FROM ads.delivery WHERE state <> 'ghost'
UNION ALL SELECT 'P2', (SELECT count(*) FROM ads.delivery WHERE state <> 'ghost') + (SELECT count(*) FROM people.protection_event)
UNION ALL SELECT 'P3', count(*) FROM ads.delivery WHERE state <> 'ghost'
UNION ALL SELECT 'P4', count(*) FROM ads.delivery
UNION ALL SELECT 'P5', (SELECT count(*) FROM ads.entry) + (SELECT count(*) FROM ads.budget) + (SELECT count(*) FROM ads.ad_account)
UNION ALL SELECT 'P6', (SELECT count(*) FROM chat.message)
UNION ALL SELECT 'P7', count(*) FROM chat.message WHERE origin_ref IS NOT NULL
UNION ALL SELECT 'P8', (SELECT count(*) FROM ads.delivery WHERE state <> 'ghost') + (SELECT count(*) FROM people.protection_event)
UNION ALL SELECT 'P9', count(*) FROM chat.message WHERE sender_kind = 'business' AND origin_ref IS NULL;

-- name: find_breaks_of_writing_first :many Violation
-- P1: each delivery names a message of the person that lies in the thread, counts, is older than the advert and young enough.
SELECT 'P1' AS promise, format('delivery %s of person %s: %s', d.id, d.person_id, problem.text) AS detail
  FROM ads.delivery d
 CROSS JOIN LATERAL (VALUES
    (d.last_wrote_at >= d.delivered_at OR d.first_wrote_at > d.last_wrote_at, 'the message it rests on is not older than it'),
    (d.last_wrote_at < d.delivered_at - make_interval(days => :recency_days), 'the message it rests on is too old'),
    (NOT d.last_wrote_kind = ANY(:kinds::text[]), 'the message it rests on is of a kind that does not count'),
    (d.permission_basis NOT IN ('none', 'soft', 'explicit') OR d.age_class <> 'adult', 'no permission, or no adult'),
    (d.last_wrote_kind = 'typed' AND NOT EXISTS (
        SELECT 1 FROM chat.message m
         WHERE m.home = d.person_id AND m.thread_id = d.thread_id AND m.sender_kind = 'person' AND m.sender_id = d.person_id
           AND m.position < d.position AND m.sent_at = d.last_wrote_at), 'the person wrote no such message')
    ) AS problem (is_so, text)
 WHERE d.state <> 'ghost' AND problem.is_so ORDER BY d.person_id, d.id;

-- name: find_breaks_of_objections :many Violation
-- P2: by version, nothing that forbids adverts had been said when a delivery was decided; what was withdrawn is gone from its thread;
-- no hold outlives an objection by more than the time withdrawal may take.
SELECT 'P2' AS promise, format('delivery %s of person %s: delivered after %s', d.id, d.person_id, said.field) AS detail
  FROM ads.delivery d
 CROSS JOIN LATERAL (VALUES ('ads_stopped_at'), ('blocked_at'), ('blocked_by_business_at'), ('reported_at'), ('permission_withdrawn_at')) AS said (field)
 CROSS JOIN LATERAL (SELECT e.new ->> said.field AS value FROM people.protection_event e
                      WHERE e.person_id = d.person_id AND e.business_id = d.business_id AND e.contact_version <= d.contact_version
                        AND e.new ? said.field ORDER BY e.contact_version DESC LIMIT 1) AS newest
 WHERE d.state <> 'ghost' AND newest.value IS NOT NULL
UNION ALL
SELECT 'P2', format('delivery %s of person %s: delivered after ads_off_at', d.id, d.person_id)
  FROM ads.delivery d
 CROSS JOIN LATERAL (SELECT e.new ->> 'ads_off_at' AS value FROM people.protection_event e
                      WHERE e.person_id = d.person_id AND e.attention_version <= d.attention_version AND e.new ? 'ads_off_at'
                      ORDER BY e.attention_version DESC LIMIT 1) AS newest
 WHERE d.state <> 'ghost' AND newest.value IS NOT NULL
UNION ALL
SELECT 'P2', format('delivery %s of person %s: void as %s, yet its card is in the thread', d.id, d.person_id, d.void_reason)
  FROM ads.delivery d JOIN chat.message m ON m.home = d.person_id AND m.thread_id = d.thread_id AND m.position = d.position
 WHERE d.state = 'void' AND d.void_reason <> 'unseen' AND m.unsent_at IS NULL
UNION ALL
SELECT 'P2', format('delivery %s of person %s: still held long after an objection', d.id, d.person_id)
  FROM ads.delivery d
  JOIN people.contact c ON c.person_id = d.person_id AND c.business_id = d.business_id
  JOIN people.attention a ON a.person_id = d.person_id
 WHERE d.state = 'held' AND least(a.ads_off_at, c.ads_stopped_at, c.blocked_at, c.blocked_by_business_at, c.reported_at, c.permission_withdrawn_at) < :settled_before
 ORDER BY 2;

-- name: find_breaks_of_caps :many Violation
-- P3: counters before each delivery are what the deliveries before it say, and below the caps; days and weeks only move forward, a day lasts
-- 20 hours at least; gaps; quiet hours; adverts in a row without an answer.
WITH told AS (
    SELECT d.*, row_number() OVER day - 1 AS day_before, row_number() OVER week - 1 AS week_before,
           lag(d.delivered_at) OVER everything AS previous_at, lag(d.local_day) OVER everything AS previous_day,
           lag(d.iso_week) OVER everything AS previous_week, lag(d.delivered_at) OVER owner AS owner_previous_at,
           first_value(d.delivered_at) OVER day AS day_began_at
      FROM ads.delivery d WHERE d.state <> 'ghost'
    WINDOW everything AS (PARTITION BY d.person_id ORDER BY d.delivered_at, d.id),
           day AS (PARTITION BY d.person_id, d.local_day ORDER BY d.delivered_at, d.id),
           week AS (PARTITION BY d.person_id, d.iso_week ORDER BY d.delivered_at, d.id),
           owner AS (PARTITION BY d.person_id, d.owner_id ORDER BY d.delivered_at, d.id))
SELECT 'P3' AS promise, format('delivery %s of person %s: %s', t.id, t.person_id, problem.text) AS detail
  FROM told t
 CROSS JOIN LATERAL (VALUES
    (t.day_before >= t.cap_day OR t.cap_day > :cap_day, 'more than the cap of the day'),
    (t.week_before >= t.cap_week OR t.cap_week > :cap_week, 'more than the cap of the week'),
    (t.day_before <> t.day_count_before OR t.week_before <> t.week_count_before, 'its counters are not what was delivered before'),
    (t.local_day < t.previous_day OR t.iso_week < t.previous_week, 'its day or week moved back'),
    (t.local_day > t.previous_day AND t.delivered_at < (
        SELECT min(p.delivered_at) FROM told p WHERE p.person_id = t.person_id AND p.local_day = t.previous_day) + interval '20 hours',
     'its day began less than 20 hours after the one before'),
    (t.delivered_at < t.previous_at + make_interval(hours => :gap_hours), 'too soon after the one before'),
    (t.delivered_at < t.owner_previous_at + make_interval(hours => :owner_gap_hours), 'too soon after another of the same owner'),
    ((t.local_minute - :quiet_from + 1440) % 1440 < (:quiet_until - :quiet_from + 1440) % 1440, 'in quiet hours'),
    ((SELECT count(*) FROM told p
       WHERE p.person_id = t.person_id AND p.owner_id = t.owner_id AND p.delivered_at < t.delivered_at
         AND p.delivered_at > coalesce((SELECT max(m.sent_at) FROM people.contact c
                                          JOIN chat.message m ON m.home = c.person_id AND m.thread_id = c.thread_id AND m.sender_kind = 'person'
                                         WHERE c.person_id = t.person_id AND c.owner_id = t.owner_id AND m.sent_at < t.delivered_at), '-infinity')
     ) >= :unanswered_max, 'too many in a row without an answer')
    ) AS problem (is_so, text)
 WHERE problem.is_so ORDER BY 2;

-- name: find_breaks_of_repetition :many Violation
-- P4: an ad once, a creative once in 30 days. Ghosts are decisions, too, but nobody got them.
SELECT 'P4' AS promise, format('delivery %s of person %s: repeats delivery %s', b.id, b.person_id, a.id) AS detail
  FROM ads.delivery a JOIN ads.delivery b ON b.person_id = a.person_id AND (b.delivered_at, b.id) > (a.delivered_at, a.id)
 WHERE a.state <> 'ghost' AND b.state <> 'ghost'
   AND (b.ad_id = a.ad_id OR (b.creative_id = a.creative_id AND b.delivered_at < a.delivered_at + interval '30 days'))
 ORDER BY 2;

-- name: find_breaks_of_money :many Violation
-- P5: transfers balance; ad accounts and budgets have committed exactly what is posted, held, voided and not yet returned, or leased;
-- limits are funding less refunds and are kept; the ledger's holds and revenue are what deliveries say; a charge needs a seen.
WITH held AS (
    SELECT ad_account_id, ad_set_id, campaign_id, budget_day AS day, CASE state WHEN 'posted' THEN posted_micros ELSE charge_micros END AS micros
      FROM ads.delivery WHERE state IN ('posted', 'held') OR (state = 'void' AND returned_at IS NULL)
    UNION ALL
    SELECT ad_account_id, ad_set_id, campaign_id, day, leased_micros - held_micros FROM ads.allowance WHERE settled_at IS NULL),
sums AS (
    SELECT l.ad_account_id, l.kind, coalesce(sum(e.amount_micros), 0) AS micros
      FROM ads.ledger_account l LEFT JOIN ads.entry e ON e.ledger_account_id = l.id GROUP BY l.ad_account_id, l.kind)
SELECT 'P5' AS promise, format('transfer %s does not balance', transfer_id) AS detail FROM ads.entry GROUP BY transfer_id HAVING sum(amount_micros) <> 0
UNION ALL
SELECT 'P5', format('ad account %s: committed %s, but its deliveries and leases say %s', a.id, a.committed_micros, used.micros)
  FROM ads.ad_account a CROSS JOIN LATERAL (SELECT coalesce(sum(h.micros), 0) AS micros FROM held h WHERE h.ad_account_id = a.id) used
 WHERE a.committed_micros <> used.micros
UNION ALL
SELECT 'P5', format('ad account %s: its limit %s is not funding less refunds, or is exceeded', a.id, a.limit_micros)
  FROM ads.ad_account a
 WHERE a.committed_micros > a.limit_micros
    OR a.limit_micros <> coalesce((SELECT sum(s.micros) FROM sums s WHERE s.ad_account_id = a.id AND s.kind IN ('funding', 'refunds')), 0)
UNION ALL
SELECT 'P5', format('budget of %s %s: committed %s, but its deliveries and leases say %s', b.scope, b.scope_id, b.committed_micros, used.micros)
  FROM ads.budget b
 CROSS JOIN LATERAL (SELECT coalesce(sum(h.micros), 0) AS micros FROM held h
                      WHERE b.scope_id = CASE b.scope WHEN 'ad_set' THEN h.ad_set_id ELSE h.campaign_id END AND (b.day IS NULL OR b.day = h.day)) used
 WHERE b.committed_micros <> used.micros
UNION ALL
SELECT 'P5', format('ad account %s: the ledger says %s %s, its deliveries %s', s.ad_account_id, s.kind, -s.micros, rows.micros)
  FROM sums s
 CROSS JOIN LATERAL (SELECT coalesce(sum(CASE s.kind WHEN 'revenue' THEN d.posted_micros WHEN 'holds' THEN d.charge_micros END), 0) AS micros
                       FROM ads.delivery d
                      WHERE d.ad_account_id = s.ad_account_id AND d.state = CASE s.kind WHEN 'revenue' THEN 'posted' ELSE 'held' END) rows
 WHERE s.kind IN ('revenue', 'holds') AND -s.micros <> rows.micros
UNION ALL
SELECT 'P5', format('delivery %s of person %s: charged without a seen, or not its charge', id, person_id)
  FROM ads.delivery WHERE state = 'posted' AND (seen_at IS NULL OR posted_micros <> charge_micros)
UNION ALL
SELECT 'P5', format('delivery %s of person %s: charged while it is not posted', id, person_id) FROM ads.delivery WHERE state <> 'posted' AND posted_micros <> 0
 ORDER BY 2;

-- name: find_breaks_of_threads :many Violation
-- P6: positions of a thread are 1, 2, 3 ... without a gap; nothing changed beyond the thread's knowledge; nobody read beyond its end.
SELECT 'P6' AS promise, format('thread %s: its messages end at %s and are %s, it says %s', t.id, m.newest, m.row_count, t.last_position) AS detail
  FROM chat.thread t
 CROSS JOIN LATERAL (SELECT coalesce(max(position), 0) AS newest, count(*) AS row_count, coalesce(max(change), 0) AS newest_change
                       FROM chat.message WHERE home = t.home AND thread_id = t.id) m
 WHERE m.newest <> t.last_position OR m.row_count <> t.last_position OR m.newest_change > t.last_change
UNION ALL
SELECT 'P6', format('thread %s: %s %s has read up to %s, beyond its end', p.thread_id, p.kind, p.id, p.read_position)
  FROM chat.participant p JOIN chat.thread t ON t.home = p.home AND t.id = p.thread_id
 WHERE greatest(p.read_position, p.delivered_position) > t.last_position OR p.change > t.last_change
UNION ALL
SELECT 'P6', format('thread %s, position %s: sent before the message above it', t.thread_id, t.position)
  FROM (SELECT thread_id, position, sent_at, lag(sent_at) OVER (PARTITION BY home, thread_id ORDER BY position) AS above_at FROM chat.message) t
 WHERE t.sent_at < t.above_at
 ORDER BY 2;

-- name: find_breaks_of_labels :many Violation
-- P7: every advert in a thread is a delivery's, says what was reviewed, names payer and beneficiary, and moved no thread up.
SELECT 'P7' AS promise, format('thread %s, position %s: an advert that no delivery stands behind', m.thread_id, m.position) AS detail
  FROM chat.message m
 WHERE m.origin_ref IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM ads.delivery d WHERE d.person_id = m.home AND d.id = m.origin_ref AND d.thread_id = m.thread_id AND d.position = m.position)
   -- A test that somebody of the team sent to themself refers to its creative and says what it is.
   AND NOT (m.body ->> 'is_test' = 'true'
            AND EXISTS (SELECT 1 FROM ads.creative c WHERE c.id = m.origin_ref AND c.business_id = m.sender_id)
            AND EXISTS (SELECT 1 FROM people.protection_event e
                         WHERE e.person_id = m.home AND e.kind = 'team_joined' AND e.new -> 'team_business_ids' ? m.sender_id::text))
UNION ALL
SELECT 'P7', format('delivery %s of person %s: no card in its thread', d.id, d.person_id)
  FROM ads.delivery d
 WHERE d.position IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM chat.message m WHERE m.home = d.person_id AND m.thread_id = d.thread_id AND m.position = d.position AND m.origin_ref = d.id)
UNION ALL
SELECT 'P7', format('delivery %s of person %s: its card is not labelled as what was reviewed', d.id, d.person_id)
  FROM ads.delivery d
  JOIN chat.message m ON m.home = d.person_id AND m.thread_id = d.thread_id AND m.position = d.position AND m.origin_ref = d.id
  JOIN ads.creative c ON c.id = d.creative_id
 WHERE m.unsent_at IS NULL AND (m.body ->> 'type', m.body ->> 'payer', m.body ->> 'beneficiary', m.body ->> 'headline', m.body ->> 'text')
       IS DISTINCT FROM ('sponsored', c.payer, c.beneficiary, c.headline, c.text)
UNION ALL
SELECT 'P7', format('mailbox of person %s: thread %s was moved up by an advert', b.person_id, b.thread_id)
  FROM chat.mailbox b JOIN chat.message m ON m.home = b.home AND m.thread_id = b.thread_id AND m.origin_ref IS NOT NULL AND m.sent_at = b.rank_at
 WHERE NOT EXISTS (SELECT 1 FROM chat.message s WHERE s.home = b.home AND s.thread_id = b.thread_id AND s.origin_ref IS NULL AND s.sent_at = b.rank_at)
 ORDER BY 2;

-- name: find_breaks_of_versions :many Violation
-- P8: no delivery rests on older versions than one before it, none on a version that is still to come, and what protects a person now is
-- what the events, replayed by version, leave behind.
SELECT 'P8' AS promise, format('delivery %s of person %s: rests on older facts than delivery %s before it', b.id, b.person_id, a.id) AS detail
  FROM ads.delivery a JOIN ads.delivery b ON b.person_id = a.person_id AND b.delivered_at > a.delivered_at
 WHERE b.attention_version < a.attention_version OR (b.business_id = a.business_id AND b.contact_version < a.contact_version)
UNION ALL
SELECT 'P8', format('delivery %s of person %s: rests on a version that is not there yet', d.id, d.person_id)
  FROM ads.delivery d
  JOIN people.attention a ON a.person_id = d.person_id
  LEFT JOIN people.contact c ON c.person_id = d.person_id AND c.business_id = d.business_id
 WHERE d.attention_version > a.version OR d.contact_version > coalesce(c.version, 0)
UNION ALL
SELECT 'P8', format('contact of person %s with business %s: %s is not what its events leave behind', c.person_id, c.business_id, now_is.field)
  FROM people.contact c
 CROSS JOIN LATERAL (VALUES ('ads_stopped_at', c.ads_stopped_at), ('blocked_at', c.blocked_at), ('blocked_by_business_at', c.blocked_by_business_at),
                            ('reported_at', c.reported_at), ('permission_withdrawn_at', c.permission_withdrawn_at)) AS now_is (field, value)
  LEFT JOIN LATERAL (SELECT e.new ->> now_is.field AS value FROM people.protection_event e
                      WHERE e.person_id = c.person_id AND e.business_id = c.business_id AND e.contact_version <= c.version AND e.new ? now_is.field
                      ORDER BY e.contact_version DESC LIMIT 1) AS replayed ON true
 WHERE now_is.value IS DISTINCT FROM replayed.value::timestamptz
UNION ALL
SELECT 'P8', format('attention of person %s: ads_off_at is not what its events leave behind', a.person_id)
  FROM people.attention a
  LEFT JOIN LATERAL (SELECT e.new ->> 'ads_off_at' AS value FROM people.protection_event e
                      WHERE e.person_id = a.person_id AND e.attention_version <= a.version AND e.new ? 'ads_off_at'
                      ORDER BY e.attention_version DESC LIMIT 1) AS replayed ON true
 WHERE a.ads_off_at IS DISTINCT FROM replayed.value::timestamptz
 ORDER BY 2;

-- name: find_breaks_of_reply_windows :many Violation
-- P9: every service message of a business came within the window that the person's own message opened, and at most so many in a row.
WITH told AS (
    SELECT m.home, m.thread_id, m.position, m.sender_kind, m.sent_at, m.origin_ref, m.body ->> 'type' AS type,
           max(m.sent_at) FILTER (WHERE m.sender_kind = 'person') OVER above AS heard_at,
           count(*) FILTER (WHERE m.sender_kind = 'person') OVER above AS heard_count
      FROM chat.message m JOIN chat.thread t ON t.home = m.home AND t.id = m.thread_id AND t.kind = 'business'
    WINDOW above AS (PARTITION BY m.home, m.thread_id ORDER BY m.position)),
service AS (
    SELECT *, row_number() OVER (PARTITION BY home, thread_id, heard_count ORDER BY position) AS in_a_row
      FROM told WHERE sender_kind = 'business' AND origin_ref IS NULL AND type <> 'stop_confirmed')
SELECT 'P9' AS promise, format('thread %s, position %s: %s', s.thread_id, s.position, problem.text) AS detail
  FROM service s
 CROSS JOIN LATERAL (VALUES
    (s.heard_at IS NULL OR s.sent_at > s.heard_at + make_interval(hours => :window_hours), 'outside the reply window'),
    (s.in_a_row > :unanswered_max, 'too many in a row')) AS problem (is_so, text)
 WHERE problem.is_so ORDER BY 2;
