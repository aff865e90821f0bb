-- The one read of audiences: contacts of a business that wrote, along the circle of person ids.

-- name: list_wrote_from :many
-- At most so many contacts from an id on (index contact_of_business); person ids are random, so any stretch is a fair sample.
-- Why a cut before the filter: the work is bounded by contacts looked at, not by how rare the wanted ones are.
SELECT c.person_id, c.last_wrote_at, c.last_wrote_entry_point_id, c.opened_entry_point_id, p.language
  FROM (SELECT person_id, last_wrote_at, last_wrote_entry_point_id, opened_entry_point_id FROM people.contact_card
         WHERE business_id = :business_id AND person_id >= :from_id AND person_id < :until_id AND last_wrote_at IS NOT NULL
         ORDER BY person_id LIMIT :row_count) c
  JOIN people.person_card p ON p.person_id = c.person_id
 ORDER BY c.person_id;
