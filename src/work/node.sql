-- name: node_clock @sqlite
SELECT CAST(round(unixepoch('subsec') * 1000) AS INTEGER);

-- name: node_clock @postgres
SELECT CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS bigint);

-- name: node_all
SELECT number, holder, lease_until, free_at, begun_at, coalesce(spool, 0) AS spool, place, host, version, complete_to
FROM node
ORDER BY number;

-- name: node_put
INSERT INTO node (number, holder, lease_until, free_at, begun_at, place, host, version, complete_to)
VALUES (:number, :holder, :lease_until, :free_at, :begun_at, :place, :host, :version, :complete_to)
ON CONFLICT (number) DO UPDATE
SET holder = excluded.holder, lease_until = excluded.lease_until, free_at = excluded.free_at,
    begun_at = excluded.begun_at, spool = NULL, place = excluded.place, host = excluded.host,
    version = excluded.version, complete_to = excluded.complete_to;

-- name: node_renew
UPDATE node
SET lease_until = :lease_until, free_at = :free_at,
    complete_to = CASE WHEN :complete_to > complete_to THEN :complete_to ELSE complete_to END
WHERE number = :number AND holder = :holder;

-- name: node_take_spool
UPDATE node SET spool = :spool, complete_to = :complete_to WHERE number = :number AND holder = :holder;

-- name: node_end
UPDATE node SET holder = 0, lease_until = 0, free_at = :free_at, spool = NULL
WHERE number = :number AND holder = :holder;

-- name: node_spool_empty
-- Of one that died: nothing of its journal is missing any more.
UPDATE node SET spool = NULL WHERE spool = :spool AND lease_until <= :now;

-- name: node_others_complete
-- Also of those that died and left a journal.
SELECT min(complete_to) FROM node WHERE spool IS NOT NULL AND number <> :number;
