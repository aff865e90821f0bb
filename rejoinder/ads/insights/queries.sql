-- Reports: folds over delivery rows. A person counts for stopped, blocked and reported once, by the newest advert they had.

-- name: find_report_totals :maybe Totals
-- Everything a campaign did; null where it is not this business's.
SELECT c.name, ac.currency,
       count(d.id) FILTER (WHERE d.state <> 'ghost') AS delivered_count,
       count(d.id) FILTER (WHERE d.seen_at IS NOT NULL) AS seen_count,
       count(d.id) FILTER (WHERE d.state = 'posted') AS charged_count,
       count(d.id) FILTER (WHERE d.replied_at IS NOT NULL) AS replied_count,
       count(d.id) FILTER (WHERE d.stopped_at IS NOT NULL) AS stopped_count,
       count(d.id) FILTER (WHERE d.blocked_at IS NOT NULL) AS blocked_count,
       count(d.id) FILTER (WHERE d.reported_at IS NOT NULL) AS reported_count,
       count(d.id) FILTER (WHERE d.state = 'held') AS held_count,
       count(d.id) FILTER (WHERE d.state = 'void') AS void_count,
       count(d.id) FILTER (WHERE d.state = 'ghost') AS ghost_count,
       coalesce(sum(d.posted_micros), 0)::bigint AS spend_micros,
       coalesce(sum(d.charge_micros) FILTER (WHERE d.state = 'held'), 0)::bigint AS held_micros
  FROM ads.campaign c
  JOIN ads.ad_account ac ON ac.id = c.ad_account_id
  LEFT JOIN ads.delivery d ON d.campaign_id = c.id
 WHERE c.id = :campaign_id AND c.business_id = :business_id
 GROUP BY c.id, ac.id;

-- name: list_report_hours :many Hour
-- The same by hour, the newest :row_count hours in which anything happened, oldest first.
SELECT * FROM (
    SELECT date_trunc('hour', fact.at, 'UTC') AS at,
           count(*) FILTER (WHERE fact.kind = 'delivered') AS delivered_count,
           count(*) FILTER (WHERE fact.kind = 'seen') AS seen_count,
           count(*) FILTER (WHERE fact.kind = 'replied') AS replied_count,
           coalesce(sum(fact.micros), 0)::bigint AS spend_micros
      FROM ads.delivery d
     CROSS JOIN LATERAL (VALUES ('delivered', d.delivered_at, 0::bigint), ('seen', d.seen_at, d.posted_micros), ('replied', d.replied_at, 0::bigint))
           AS fact (kind, at, micros)
     WHERE d.campaign_id = :campaign_id AND d.state <> 'ghost' AND fact.at IS NOT NULL
     GROUP BY 1 ORDER BY 1 DESC LIMIT :row_count) newest
 ORDER BY at;
