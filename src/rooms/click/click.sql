-- name: click_insert
-- The id is the key of "exactly once": a record that is moved a second time changes nothing.
INSERT INTO click (id, program_id, link_id, partner_id, visitor_id, visitor_hash, creative_id, marks, device, browser,
    country, referrer, sub1, sub2, sub3, sub4, sub5, landing, ip)
VALUES (:id, :program_id, :link_id, :partner_id, :visitor_id, :visitor_hash, :creative_id, :marks, :device, :browser,
    :country, :referrer, :sub1, :sub2, :sub3, :sub4, :sub5, :landing, :ip)
ON CONFLICT (id) DO NOTHING;

-- name: click_insert_plain
-- The same for clicks with nothing but what every click has.
INSERT INTO click (id, program_id, link_id, partner_id, visitor_id, visitor_hash, marks, device, browser, referrer)
VALUES (:id, :program_id, :link_id, :partner_id, :visitor_id, :visitor_hash, :marks, :device, :browser, :referrer)
ON CONFLICT (id) DO NOTHING;

-- name: click_one
SELECT c.id, c.program_id, c.link_id, c.partner_id, coalesce(c.creative_id, 0) AS creative_id,
    coalesce(c.visitor_id, c.id) AS visitor_id, coalesce(c.visitor_hash, 0) AS visitor_hash, c.marks,
    CASE c.device WHEN 1 THEN 'desktop' WHEN 2 THEN 'phone' WHEN 3 THEN 'tablet' WHEN 4 THEN 'other' ELSE 'unknown' END
        AS device,
    CASE c.browser WHEN 1 THEN 'chrome' WHEN 2 THEN 'safari' WHEN 3 THEN 'firefox' WHEN 4 THEN 'edge' WHEN 5 THEN 'opera'
        WHEN 6 THEN 'samsung' WHEN 7 THEN 'in_app' WHEN 8 THEN 'other' ELSE 'unknown' END AS browser,
    c.country, c.referrer, c.sub1, c.sub2, c.sub3, c.sub4, c.sub5, c.landing, c.ip,
    (c.id >> 22) + 1704067200000 AS at,
    CASE WHEN (c.marks & 1) <> 0 THEN 1 ELSE 0 END AS is_robot,
    CASE WHEN (c.marks & 2) <> 0 THEN 1 ELSE 0 END AS is_prefetch,
    CASE WHEN (c.marks & 4) <> 0 THEN 1 ELSE 0 END AS is_repeat,
    CASE WHEN (c.marks & 7) = 0 THEN 1 ELSE 0 END AS is_unique, l.code, p.name AS partner_name
FROM click c
JOIN link l ON l.id = c.link_id
JOIN partner p ON p.id = c.partner_id
WHERE c.program_id = :program_id AND c.id = :id AND (:partner_id IS NULL OR c.partner_id = :partner_id);

-- name: click_visits
-- The first click is found by its own id, the others by the index of returning visitors.
SELECT id, program_id, link_id, partner_id, coalesce(creative_id, 0) AS creative_id,
    coalesce(visitor_id, id) AS visitor_id, coalesce(visitor_hash, 0) AS visitor_hash, marks,
    CASE device WHEN 1 THEN 'desktop' WHEN 2 THEN 'phone' WHEN 3 THEN 'tablet' WHEN 4 THEN 'other' ELSE 'unknown' END
        AS device,
    CASE browser WHEN 1 THEN 'chrome' WHEN 2 THEN 'safari' WHEN 3 THEN 'firefox' WHEN 4 THEN 'edge' WHEN 5 THEN 'opera'
        WHEN 6 THEN 'samsung' WHEN 7 THEN 'in_app' WHEN 8 THEN 'other' ELSE 'unknown' END AS browser,
    country, referrer, sub1, sub2, sub3, sub4, sub5, landing, ip,
    (id >> 22) + 1704067200000 AS at,
    CASE WHEN (marks & 1) <> 0 THEN 1 ELSE 0 END AS is_robot,
    CASE WHEN (marks & 2) <> 0 THEN 1 ELSE 0 END AS is_prefetch,
    CASE WHEN (marks & 4) <> 0 THEN 1 ELSE 0 END AS is_repeat,
    CASE WHEN (marks & 7) = 0 THEN 1 ELSE 0 END AS is_unique
FROM click
WHERE (id = :visitor_id OR visitor_id = :visitor_id) AND id >= :from_id AND id < :to_id AND program_id = :program_id
ORDER BY id
LIMIT 1000;

-- name: click_list
SELECT c.id, c.program_id, c.link_id, c.partner_id, coalesce(c.creative_id, 0) AS creative_id,
    coalesce(c.visitor_id, c.id) AS visitor_id, coalesce(c.visitor_hash, 0) AS visitor_hash, c.marks,
    CASE c.device WHEN 1 THEN 'desktop' WHEN 2 THEN 'phone' WHEN 3 THEN 'tablet' WHEN 4 THEN 'other' ELSE 'unknown' END
        AS device,
    CASE c.browser WHEN 1 THEN 'chrome' WHEN 2 THEN 'safari' WHEN 3 THEN 'firefox' WHEN 4 THEN 'edge' WHEN 5 THEN 'opera'
        WHEN 6 THEN 'samsung' WHEN 7 THEN 'in_app' WHEN 8 THEN 'other' ELSE 'unknown' END AS browser,
    c.country, c.referrer, c.sub1, c.sub2, c.sub3, c.sub4, c.sub5, c.landing, c.ip,
    (c.id >> 22) + 1704067200000 AS at,
    CASE WHEN (c.marks & 1) <> 0 THEN 1 ELSE 0 END AS is_robot,
    CASE WHEN (c.marks & 2) <> 0 THEN 1 ELSE 0 END AS is_prefetch,
    CASE WHEN (c.marks & 4) <> 0 THEN 1 ELSE 0 END AS is_repeat,
    CASE WHEN (c.marks & 7) = 0 THEN 1 ELSE 0 END AS is_unique, l.code, p.name AS partner_name
FROM click c
JOIN link l ON l.id = c.link_id
JOIN partner p ON p.id = c.partner_id
WHERE c.program_id = :program_id AND (:partner_id IS NULL OR c.partner_id = :partner_id)
    AND c.id >= :from_id AND c.id < :to_id;

-- name: click_delete_to
-- Retention: a piece at a time, by the range of ids.
DELETE FROM click WHERE id <= :last_id;

-- name: click_piece
-- The last id of the oldest piece.
SELECT coalesce(max(id), 0) FROM (SELECT id FROM click WHERE id < :to_id ORDER BY id LIMIT :most) AS piece;

-- name: click_newest
SELECT coalesce(max(id), 0) FROM click;

-- name: click_drain_one
SELECT spool, drained_segment, drained_offset, rolled_segment, rolled_offset FROM click_drain WHERE spool = :spool;

-- name: click_drain_begin
INSERT INTO click_drain (spool, drained_segment, drained_offset, rolled_segment, rolled_offset)
VALUES (:spool, 0, 0, 0, 0)
ON CONFLICT (spool) DO NOTHING;

-- name: click_drain_adopt
-- The one journal of an installation that was begun before journals had names.
UPDATE click_drain SET spool = :spool WHERE spool = 0;

-- name: click_drain_move
-- From where we stood: who finds the position moved by another has counted what is counted already, and changes nothing.
UPDATE click_drain
SET drained_segment = :drained_segment, drained_offset = :drained_offset, rolled_segment = :rolled_segment,
    rolled_offset = :rolled_offset
WHERE spool = :spool AND drained_segment = :was_drained_segment AND drained_offset = :was_drained_offset
    AND rolled_segment = :was_rolled_segment AND rolled_offset = :was_rolled_offset;

-- name: click_salt_forget
DELETE FROM click_salt_passing WHERE day <> :day;

-- name: click_salt_put
INSERT INTO click_salt_passing (day, key_1, key_2) VALUES (:day, :key_1, :key_2) ON CONFLICT (day) DO NOTHING;

-- name: click_salt_of
SELECT day, key_1, key_2 FROM click_salt_passing WHERE day = :day;

-- name: click_hour_add
INSERT INTO click_hour (program_id, hour, link_id, creative_id, country, device, partner_id, clicks, unique_clicks, robots,
    prefetches, repeats)
VALUES (:program_id, :hour, :link_id, :creative_id, :country, :device, :partner_id, :clicks, :unique_clicks, :robots,
    :prefetches, :repeats)
ON CONFLICT (program_id, hour, link_id, creative_id, country, device) DO UPDATE
SET clicks = click_hour.clicks + excluded.clicks, unique_clicks = click_hour.unique_clicks + excluded.unique_clicks,
    robots = click_hour.robots + excluded.robots, prefetches = click_hour.prefetches + excluded.prefetches,
    repeats = click_hour.repeats + excluded.repeats;

-- name: click_sub_add
INSERT INTO click_sub (program_id, hour, partner_id, sub1, clicks, unique_clicks)
VALUES (:program_id, :hour, :partner_id, :sub1, :clicks, :unique_clicks)
ON CONFLICT (program_id, hour, partner_id, sub1) DO UPDATE
SET clicks = click_sub.clicks + excluded.clicks, unique_clicks = click_sub.unique_clicks + excluded.unique_clicks;

-- name: click_hour_clear
DELETE FROM click_hour WHERE hour >= :from_hour AND hour < :to_hour;

-- name: click_sub_clear
DELETE FROM click_sub WHERE hour >= :from_hour AND hour < :to_hour;

-- name: click_each
SELECT id, program_id, link_id, partner_id, coalesce(creative_id, 0) AS creative_id, marks,
    CASE device WHEN 1 THEN 'desktop' WHEN 2 THEN 'phone' WHEN 3 THEN 'tablet' WHEN 4 THEN 'other' ELSE 'unknown' END AS device,
    country, sub1
FROM click
WHERE id >= :from_id AND id < :to_id
ORDER BY id;
