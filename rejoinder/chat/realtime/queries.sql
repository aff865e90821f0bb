-- name: notify :none
-- Tell the other processes; a transaction of its own, never part of a message's.
SELECT pg_notify(:channel, :payload);
