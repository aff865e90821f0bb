-- Reports and the operators' log. What the operator reads of a thread stands in handed_over and nowhere else.

-- name: find_reporter_thread :maybe SharedThread
-- A thread that the reporter is in, with who is across.
SELECT p.home, p.thread_id, o.kind AS other_kind, o.id AS other_id
  FROM chat.participant_card p
  JOIN chat.participant_card o ON o.home = p.home AND o.thread_id = p.thread_id AND NOT (o.kind = 'person' AND o.id = :person_id)
 WHERE p.thread_id = :thread_id AND p.kind = 'person' AND p.id = :person_id;

-- name: list_handed_over :many HandedOver
-- Exactly the chosen messages, as they stand now.
SELECT position, sender_kind, sender_id, body, sent_at FROM chat.message_card
 WHERE home = :home AND thread_id = :thread_id AND position = ANY(:positions::bigint[]) AND unsent_at IS NULL ORDER BY position;

-- name: find_reported_ad :maybe ReportedAd
-- One of the reporter's own deliveries.
SELECT business_id, thread_id, position FROM ads.delivery_card
 WHERE person_id = :person_id AND delivery_id = :delivery_id AND position IS NOT NULL;

-- name: insert_report :none
-- With the copies.
INSERT INTO safety.report (id, reporter_id, about_kind, about_id, home, thread_id, positions, handed_over, reason, note, state, created_at)
VALUES (:id, :reporter_id, :about_kind, :about_id, :home, :thread_id, :positions::bigint[], :handed_over::jsonb, :reason, :note, 'open', :at);

-- name: list_reports :many Report
-- The queue (oldest first), or what was decided.
SELECT r.id, r.reporter_id, p.name AS reporter_name, r.about_kind, r.about_id,
       coalesce(op.name, b.name) AS about_name, d.campaign_id, r.handed_over, r.reason, r.note, r.state, r.decided_at, r.created_at
  FROM safety.report r
  JOIN people.person_card p ON p.person_id = r.reporter_id
  LEFT JOIN people.person_card op ON r.about_kind = 'person' AND op.person_id = r.about_id
  LEFT JOIN ads.delivery_card d ON r.about_kind = 'ad' AND d.person_id = r.reporter_id AND d.delivery_id = r.about_id
  LEFT JOIN business.business_card b ON b.business_id = CASE r.about_kind WHEN 'business' THEN r.about_id WHEN 'ad' THEN d.business_id END
 WHERE r.state = :state AND (:after_at::timestamptz IS NULL OR (r.created_at, r.id) > (:after_at, :after_id::bigint))
 ORDER BY r.created_at, r.id LIMIT :row_count;

-- name: lock_report :value
-- Its state, under lock; null where there is none.
SELECT state FROM safety.report WHERE id = :report_id FOR UPDATE;

-- name: decide_report :none
-- Once.
UPDATE safety.report SET state = :state, decided_by = :decided_by, decided_at = :at WHERE id = :report_id AND state = 'open';

-- name: insert_audit_entry :none
-- What an operator did. What was told by an event has the event's id, so that a repeat changes nothing.
INSERT INTO safety.audit_entry (id, actor_id, verb, subject, detail, at) VALUES (:id, :actor_id, :verb, :subject, :detail::jsonb, :at)
ON CONFLICT (id) DO NOTHING;

-- name: list_audit_entries :many AuditEntry
-- The log, newest first.
SELECT e.id, e.actor_id, p.name AS actor_name, e.verb, e.subject, e.detail, e.at
  FROM safety.audit_entry e JOIN people.person_card p ON p.person_id = e.actor_id
 WHERE :before_at::timestamptz IS NULL OR (e.at, e.id) < (:before_at, :before_id::bigint)
 ORDER BY e.at DESC, e.id DESC LIMIT :row_count;
