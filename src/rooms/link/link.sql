-- name: link_insert_new
INSERT INTO link (id, program_id, partner_id, code, target_url, name, is_default, status, created_at, updated_at)
VALUES (:id, :program_id, :partner_id, :code, :target_url, :name, :is_default, :status, :created_at, :updated_at)
ON CONFLICT (code) DO NOTHING;

-- name: link_update
UPDATE link
SET target_url = :target_url, name = :name, status = :status, updated_at = :updated_at
WHERE program_id = :program_id AND id = :id;

-- name: link_one
SELECT l.id, l.program_id, l.partner_id, l.code, l.target_url, l.name, l.is_default, l.status, l.created_at,
    l.updated_at, p.name AS partner_name, coalesce(t.clicks, 0) AS clicks,
    coalesce(t.unique_clicks, 0) AS unique_clicks, t.last_click_at
FROM link l
JOIN partner p ON p.id = l.partner_id
LEFT JOIN link_total t ON t.link_id = l.id
WHERE l.program_id = :program_id AND l.id = :id AND (:partner_id IS NULL OR l.partner_id = :partner_id);

-- name: link_by_id
SELECT id, program_id, partner_id, code, target_url, name, is_default, status, created_at, updated_at
FROM link
WHERE id = :id;

-- name: link_by_code
SELECT id, program_id, partner_id, code, target_url, name, is_default, status, created_at, updated_at
FROM link
WHERE code = :code;

-- name: link_list
SELECT l.id, l.program_id, l.partner_id, l.code, l.target_url, l.name, l.is_default, l.status, l.created_at,
    l.updated_at, p.name AS partner_name, coalesce(t.clicks, 0) AS clicks,
    coalesce(t.unique_clicks, 0) AS unique_clicks, t.last_click_at
FROM link l
JOIN partner p ON p.id = l.partner_id
LEFT JOIN link_total t ON t.link_id = l.id
WHERE l.program_id = :program_id AND (:partner_id IS NULL OR l.partner_id = :partner_id)
    AND (:search IS NULL OR l.code LIKE :search ESCAPE '\' OR lower(l.name) LIKE :search ESCAPE '\'
        OR lower(l.target_url) LIKE :search ESCAPE '\' OR lower(p.name) LIKE :search ESCAPE '\');

-- name: link_count_add
INSERT INTO link_total (link_id, clicks, unique_clicks, last_click_at)
VALUES (:link_id, :clicks, :unique_clicks, :last_click_at)
ON CONFLICT (link_id) DO UPDATE
SET clicks = link_total.clicks + excluded.clicks,
    unique_clicks = link_total.unique_clicks + excluded.unique_clicks,
    last_click_at = excluded.last_click_at;

-- The facts a redirect needs. Four statements, so that each finds its index.

-- name: link_hot_all
SELECT l.id, l.program_id, l.partner_id, l.code, l.target_url, l.status, p.status AS partner_status
FROM link l
JOIN partner p ON p.id = l.partner_id
ORDER BY l.id;

-- name: link_hot_of_program
SELECT l.id, l.program_id, l.partner_id, l.code, l.target_url, l.status, p.status AS partner_status
FROM link l
JOIN partner p ON p.id = l.partner_id
WHERE l.program_id = :program_id
ORDER BY l.id;

-- name: link_hot_of_partner
SELECT l.id, l.program_id, l.partner_id, l.code, l.target_url, l.status, p.status AS partner_status
FROM partner p
JOIN link l ON l.program_id = p.program_id AND l.partner_id = p.id
WHERE p.id = :partner_id
ORDER BY l.id;

-- name: link_hot_one
SELECT l.id, l.program_id, l.partner_id, l.code, l.target_url, l.status, p.status AS partner_status
FROM link l
JOIN partner p ON p.id = l.partner_id
WHERE l.id = :link_id;

-- name: link_owners
-- Partners who may get a link: for the console's form.
SELECT id AS partner_id, name AS partner_name
FROM partner
WHERE program_id = :program_id AND status = 'approved'
ORDER BY name
LIMIT 1000;

-- name: link_lacking
-- Approved partners without their default link: made when the programme first says where links lead.
SELECT p.id AS partner_id
FROM partner p
LEFT JOIN link l ON l.id = p.id
WHERE p.program_id = :program_id AND p.status = 'approved' AND l.id IS NULL
ORDER BY p.id
LIMIT 5000;
