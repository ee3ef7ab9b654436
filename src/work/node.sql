-- name: node_clock @sqlite
SELECT CAST(round(unixepoch('subsec') * 1000) AS INTEGER);

-- name: node_clock @postgres
SELECT CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS bigint);

-- name: node_all
SELECT number, holder, lease_until, free_at, begun_at, coalesce(spool, 0) AS spool, place, host, version
FROM node
ORDER BY number;

-- name: node_put
INSERT INTO node (number, holder, lease_until, free_at, begun_at, place, host, version)
VALUES (:number, :holder, :lease_until, :free_at, :begun_at, :place, :host, :version)
ON CONFLICT (number) DO UPDATE
SET holder = excluded.holder, lease_until = excluded.lease_until, free_at = excluded.free_at,
    begun_at = excluded.begun_at, spool = NULL, place = excluded.place, host = excluded.host,
    version = excluded.version;

-- name: node_renew
UPDATE node SET lease_until = :lease_until, free_at = :free_at WHERE number = :number AND holder = :holder;

-- name: node_take_spool
UPDATE node SET spool = :spool WHERE number = :number AND holder = :holder;

-- name: node_end
UPDATE node SET holder = 0, lease_until = 0, free_at = :free_at, spool = NULL
WHERE number = :number AND holder = :holder;
