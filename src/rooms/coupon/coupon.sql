-- name: coupon_insert
INSERT INTO coupon (id, program_id, partner_id, code, code_key, starts_at, ends_at, max_uses, uses, status, note,
    created_at)
VALUES (:id, :program_id, :partner_id, :code, :code_key, :starts_at, :ends_at, :max_uses, :uses, :status, :note,
    :created_at)
ON CONFLICT DO NOTHING;

-- name: coupon_update
UPDATE coupon
SET code = :code, code_key = :code_key, starts_at = :starts_at, ends_at = :ends_at, max_uses = :max_uses,
    status = :status, note = :note
WHERE id = :id AND program_id = :program_id;

-- name: coupon_id_of_code
SELECT id FROM coupon WHERE program_id = :program_id AND code_key = :code_key;

-- name: coupon_by_code
SELECT c.id, c.program_id, c.partner_id, p.name AS partner_name, c.code, c.starts_at, c.ends_at, c.max_uses, c.uses,
       c.status, c.note, c.created_at
FROM coupon c JOIN partner p ON p.id = c.partner_id
WHERE c.program_id = :program_id AND c.code_key = :code_key;

-- name: coupon_one
SELECT c.id, c.program_id, c.partner_id, p.name AS partner_name, c.code, c.starts_at, c.ends_at, c.max_uses, c.uses,
       c.status, c.note, c.created_at
FROM coupon c JOIN partner p ON p.id = c.partner_id
WHERE c.id = :id AND c.program_id = :program_id AND (:partner_id IS NULL OR c.partner_id = :partner_id);

-- name: coupon_list
SELECT c.id, c.program_id, c.partner_id, p.name AS partner_name, c.code, c.starts_at, c.ends_at, c.max_uses, c.uses,
       c.status, c.note, c.created_at
FROM coupon c JOIN partner p ON p.id = c.partner_id
WHERE c.program_id = :program_id AND (:partner_id IS NULL OR c.partner_id = :partner_id);

-- name: coupon_count_use
UPDATE coupon SET uses = uses + 1 WHERE id = :id AND program_id = :program_id;

-- name: coupon_uncount_use
UPDATE coupon SET uses = uses - 1 WHERE id = :id AND program_id = :program_id AND uses > 0;

-- name: coupon_partner_choices
SELECT id AS partner_id, name AS partner_name
FROM partner
WHERE program_id = :program_id AND status = 'approved'
ORDER BY name, id;
