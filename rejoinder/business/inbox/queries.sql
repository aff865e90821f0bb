-- name: list_businesses_of_threads :many
-- Which inbox each thread belongs to; direct threads have none.
SELECT b.home, b.thread_id, b.id AS business_id
  FROM unnest(:homes::bigint[], :thread_ids::bigint[]) AS t (home, thread_id)
  JOIN chat.participant_card b ON b.home = t.home AND b.thread_id = t.thread_id AND b.kind = 'business';

-- name: insert_inbox_counters :none
-- Inboxes that are new, in key order.
INSERT INTO business.inbox_counter (business_id)
SELECT business_id FROM unnest(:business_ids::bigint[]) AS asked (business_id) ORDER BY business_id
ON CONFLICT (business_id) DO NOTHING;

-- name: lock_inbox_counters :many
-- Whoever holds an inbox's counter owns its items until commit; locked in key order.
SELECT business_id, number FROM business.inbox_counter WHERE business_id = ANY(:business_ids::bigint[]) ORDER BY business_id FOR UPDATE;

-- name: read_thread_facts :many Facts
-- What each thread says now; asked after the counters are locked. Adverts move nothing here but the campaign: the newest one whose
-- next message that is no advert came from the person. Only the last 200 positions are searched for it, so that a long thread stays cheap.
SELECT b.id AS business_id, b.thread_id, b.home, c.contact_id, n.position AS last_position, n.body AS last_body, n.sender_kind AS last_from,
       n.sent_at AS last_at, coalesce(w.position, 0) AS person_position, u.unread_count::int AS unread_count, c.waiting_since,
       c.opened_entry_point_id AS entry_point_id, r.origin_ref AS answered_ref, r.headline AS answered_headline, r.position AS answer_position,
       o.campaign_id AS answered_campaign_id
  FROM unnest(:homes::bigint[], :thread_ids::bigint[]) AS t (home, thread_id)
  JOIN chat.participant_card b ON b.home = t.home AND b.thread_id = t.thread_id AND b.kind = 'business'
  JOIN people.contact_card c ON c.person_id = b.home AND c.business_id = b.id
 CROSS JOIN LATERAL (SELECT m.position, m.body, m.sender_kind, m.sent_at FROM chat.message_card m
                      WHERE m.home = b.home AND m.thread_id = b.thread_id AND m.origin_ref IS NULL ORDER BY m.position DESC LIMIT 1) n
  LEFT JOIN LATERAL (SELECT m.position FROM chat.message_card m
                      WHERE m.home = b.home AND m.thread_id = b.thread_id AND m.sender_kind = 'person' ORDER BY m.position DESC LIMIT 1) w ON true
 CROSS JOIN LATERAL (SELECT count(*) AS unread_count FROM (
                     SELECT 1 FROM chat.message_card m
                      WHERE m.home = b.home AND m.thread_id = b.thread_id AND m.position > b.read_position
                        AND m.sender_kind = 'person' AND m.unsent_at IS NULL LIMIT :unread_count_max) few) u
  LEFT JOIN LATERAL (SELECT ad.origin_ref, ad.body ->> 'headline' AS headline, reply.position FROM chat.message_card ad
                      CROSS JOIN LATERAL (SELECT m.position, m.sender_kind FROM chat.message_card m
                                           WHERE m.home = b.home AND m.thread_id = b.thread_id AND m.position > ad.position AND m.origin_ref IS NULL
                                           ORDER BY m.position LIMIT 1) reply
                      WHERE ad.home = b.home AND ad.thread_id = b.thread_id AND ad.position > n.position - 200
                        AND ad.origin_ref IS NOT NULL AND ad.unsent_at IS NULL AND ad.body ? 'headline' AND reply.sender_kind = 'person'
                      ORDER BY ad.position DESC LIMIT 1) r ON true
  LEFT JOIN business.answered_offer o ON o.business_id = b.id AND o.origin_ref = r.origin_ref
 ORDER BY b.id, n.sent_at, b.thread_id;

-- name: insert_answered_offers :none
-- What ads told; an offer's campaign never changes.
INSERT INTO business.answered_offer (business_id, origin_ref, campaign_id)
SELECT * FROM unnest(:business_ids::bigint[], :origin_refs::bigint[], :campaign_ids::bigint[]) ON CONFLICT DO NOTHING;

-- name: list_items_of_threads :many Item
-- What the inbox holds of these threads.
SELECT i.business_id, i.thread_id, i.home, i.person_id, i.contact_id, i.state, i.assigned_to, i.done_position, i.case_position, i.last_position,
       i.preview, i.preview_type, i.preview_from, i.last_at, i.unread_count, i.waiting_since, i.entry_point_id,
       i.origin_ref, i.offer_headline, i.campaign_id, i.number
  FROM unnest(:business_ids::bigint[], :thread_ids::bigint[]) AS asked (business_id, thread_id)
  JOIN business.inbox_item i ON i.business_id = asked.business_id AND i.thread_id = asked.thread_id;

-- name: write_items :none
-- Items that changed, each with a number of its own.
INSERT INTO business.inbox_item (business_id, thread_id, home, person_id, contact_id, state, assigned_to, done_position, case_position,
       last_position, preview, preview_type, preview_from, last_at, unread_count, waiting_since, entry_point_id, origin_ref, offer_headline, campaign_id, number)
SELECT * FROM unnest(:business_ids::bigint[], :thread_ids::bigint[], :homes::bigint[], :person_ids::bigint[], :contact_ids::bigint[],
       :states::text[], :assigned_tos::bigint[], :done_positions::bigint[], :case_positions::bigint[], :last_positions::bigint[],
       :previews::text[], :preview_types::text[], :preview_froms::text[], :last_ats::timestamptz[], :unread_counts::int[],
       :waiting_sinces::timestamptz[],
       :entry_point_ids::bigint[], :origin_refs::bigint[], :offer_headlines::text[], :campaign_ids::bigint[], :numbers::bigint[])
ON CONFLICT (business_id, thread_id) DO UPDATE SET
       state = excluded.state, assigned_to = excluded.assigned_to, done_position = excluded.done_position,
       case_position = excluded.case_position, last_position = excluded.last_position, preview = excluded.preview,
       preview_type = excluded.preview_type, preview_from = excluded.preview_from, last_at = excluded.last_at,
       unread_count = excluded.unread_count, waiting_since = excluded.waiting_since, entry_point_id = excluded.entry_point_id,
       origin_ref = excluded.origin_ref, offer_headline = excluded.offer_headline, campaign_id = excluded.campaign_id, number = excluded.number;

-- name: set_inbox_counters :none
-- How far each inbox got.
UPDATE business.inbox_counter c SET number = reached.number
  FROM unnest(:business_ids::bigint[], :numbers::bigint[]) AS reached (business_id, number) WHERE c.business_id = reached.business_id;

-- name: find_item_key :maybe ThreadKey
-- Where an item's thread lives.
SELECT home, thread_id FROM business.inbox_item WHERE business_id = :business_id AND thread_id = :thread_id;

-- name: list_assigned_threads :many ThreadKey
-- What somebody has in hand.
SELECT home, thread_id FROM business.inbox_item WHERE business_id = :business_id AND assigned_to = :person_id ORDER BY thread_id;

-- name: list_business_threads_after :many ThreadKey
-- Every business thread in key order, for a rebuild.
SELECT home, thread_id FROM chat.thread_card
 WHERE kind = 'business' AND (home, thread_id) > (:after_home::bigint, :after_thread_id::bigint) ORDER BY home, thread_id LIMIT :row_count;

-- name: find_inbox_number :value
-- How far an inbox got; none yet is 0.
SELECT coalesce((SELECT number FROM business.inbox_counter WHERE business_id = :business_id), 0);

-- name: summarise_inbox :one Summary
-- How much there is to do, and who waits longest. Counts stop at 1000: nobody reads further.
SELECT :number::bigint AS number,
       (SELECT count(*) FROM (SELECT 1 FROM business.inbox_item WHERE business_id = :business_id AND state = 'open' LIMIT 1000) o) AS open_count,
       (SELECT count(*) FROM (SELECT 1 FROM business.inbox_item
                               WHERE business_id = :business_id AND state = 'open' AND waiting_since IS NOT NULL LIMIT 1000) w) AS waiting_count,
       l.thread_id AS longest_waiting_thread_id, l.waiting_since AS longest_waiting_since
  FROM (SELECT 1) one LEFT JOIN LATERAL (
       SELECT thread_id, waiting_since FROM business.inbox_item
        WHERE business_id = :business_id AND state = 'open' AND waiting_since IS NOT NULL ORDER BY waiting_since, thread_id LIMIT 1) l ON true;

-- name: list_newest_items :many SeenItem
-- An inbox by its newest messages. `assigned_to` 0 means nobody's, null means whosever.
SELECT * FROM business.seen_item
 WHERE business_id = :business_id AND state = :state AND (:assigned_to::bigint IS NULL OR coalesce(assigned_to, 0) = :assigned_to)
   AND (:before_at::timestamptz IS NULL OR (last_at, thread_id) < (:before_at, :before_id::bigint))
 ORDER BY last_at DESC, thread_id DESC LIMIT :row_count;

-- name: list_waiting_items :many SeenItem
-- Who waits for an answer, longest first.
SELECT * FROM business.seen_item
 WHERE business_id = :business_id AND state = 'open' AND waiting_since IS NOT NULL
   AND (:assigned_to::bigint IS NULL OR coalesce(assigned_to, 0) = :assigned_to)
   AND (:after_at::timestamptz IS NULL OR (waiting_since, thread_id) > (:after_at, :after_id::bigint))
 ORDER BY waiting_since, thread_id LIMIT :row_count;

-- name: list_changed_items :many SeenItem
-- What changed above a number, in that order; `reached` was read before, so what changes meanwhile comes next time.
SELECT * FROM business.seen_item
 WHERE business_id = :business_id AND number > :since AND number <= :reached ORDER BY number LIMIT :row_count;

-- name: find_seen_item :maybe SeenItem
-- One item.
SELECT * FROM business.seen_item WHERE business_id = :business_id AND thread_id = :thread_id;

-- name: list_saved_replies :many SavedReply
-- Bounded by SAVED_REPLIES_MAX.
SELECT id, title, text FROM business.saved_reply WHERE business_id = :business_id ORDER BY title;

-- name: insert_saved_reply :none
-- A title is used once in a business, so the count of rows tells.
INSERT INTO business.saved_reply (id, business_id, title, text, created_by, created_at)
VALUES (:id, :business_id, :title, :text, :person_id, :at) ON CONFLICT (business_id, title) DO NOTHING;

-- name: set_saved_reply :none
-- New words; the title must not be another reply's.
UPDATE business.saved_reply r SET title = :title, text = :text
 WHERE id = :id AND business_id = :business_id
   AND NOT EXISTS (SELECT 1 FROM business.saved_reply o WHERE o.business_id = r.business_id AND o.title = :title AND o.id <> r.id);

-- name: delete_saved_reply :none
-- Gone for everybody.
DELETE FROM business.saved_reply WHERE id = :id AND business_id = :business_id;
