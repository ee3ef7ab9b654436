-- Orders as they stand, in the order in which they happened: their terms, what rules may name of them and their customers when they are
-- asked for. What came back too late takes nothing back. On SQLite all of it stands in the index conversion_time, and no row is read.
-- name: replay_orders
SELECT c.id, c.amount, c.currency, c.new_customer, c.occurred_at, c.judged_at, c.created_at,
       CASE WHEN :scopes = 1 THEN c.type END AS type, CASE WHEN :scopes = 1 THEN c.coupon END AS coupon,
       CASE WHEN :scopes = 1 THEN c.country END AS country, CASE WHEN :customers = 1 THEN c.customer_id END AS customer_id,
       CASE WHEN :terms = 1 THEN c.model END AS model, CASE WHEN :terms = 1 THEN c.precedence END AS precedence,
       CASE WHEN :terms = 1 THEN c.window_days END AS window_days,
       CASE WHEN :terms = 1 THEN c.customer_days END AS customer_days,
       CASE WHEN :terms = 1 THEN c.customer_binding END AS customer_binding,
       CASE WHEN c.refunded_amount = 0 OR c.clawback_days = 0 THEN c.refunded_amount ELSE
           (SELECT CAST(COALESCE(SUM(r.amount), 0) AS {{int}}) FROM refund r
            WHERE r.conversion_id = c.id AND r.status = 'applied' AND r.is_late = 0) END AS refunded
FROM conversion c
WHERE c.program_id = :program_id AND c.is_test = 0 AND c.occurred_at >= :after_at AND c.occurred_at < :to
  AND (c.occurred_at > :after_at OR c.id > :after_id) AND c.status NOT IN ('declined', 'replaced')
ORDER BY c.occurred_at, c.id LIMIT :most;

-- name: replay_touches
SELECT t.conversion_id, t.kind, t.evidence, t.bar, t.click_id, t.partner_id, t.at, t.bound_bp, t.share_bp, t.won, t.partner_group,
       CASE WHEN :subs = 0 THEN NULL WHEN t.waits = 0 THEN t.subs ELSE (SELECT l.subs FROM conversion_late l
           WHERE l.conversion_id = t.conversion_id AND l.n = t.n) END AS subs
FROM conversion_touch t
WHERE t.conversion_id >= :first AND t.conversion_id <= :last
ORDER BY t.conversion_id, t.n LIMIT :most;

-- The winners alone, for a draft that leaves the attribution as it was.
-- name: replay_winners
SELECT t.conversion_id, t.partner_id, t.share_bp, t.won, t.partner_group,
       CASE WHEN :subs = 0 THEN NULL WHEN t.waits = 0 THEN t.subs ELSE (SELECT l.subs FROM conversion_late l
           WHERE l.conversion_id = t.conversion_id AND l.n = t.n) END AS subs
FROM conversion_touch t
WHERE t.conversion_id >= :first AND t.conversion_id <= :last AND t.won = 1
ORDER BY t.conversion_id, t.n LIMIT :most;

-- name: replay_items
SELECT conversion_id, sku, category, quantity, amount FROM conversion_item
WHERE conversion_id >= :first AND conversion_id <= :last
ORDER BY conversion_id, n LIMIT :most;

-- name: replay_first_time
SELECT COALESCE(MIN(occurred_at), 0) FROM conversion WHERE program_id = :program_id AND is_test = 0;

-- name: replay_last_time
SELECT COALESCE(MAX(occurred_at), 0) FROM conversion WHERE program_id = :program_id AND is_test = 0;

-- Commissions that were declined one by one, while their order stands: they are worth nothing on either side.
-- name: replay_declined
SELECT c.conversion_id AS id, c.partner_id
FROM commission c JOIN conversion o ON o.id = c.conversion_id
WHERE c.program_id = :program_id AND c.is_test = 0 AND c.status = 'declined' AND c.bonus_for IS NULL
  AND o.status NOT IN ('declined', 'replaced')
ORDER BY c.conversion_id;

-- Orders that are not as they were told: moved, returned by name, amended.
-- name: replay_changed
SELECT conversion_id AS id FROM conversion_move WHERE program_id = :program_id
UNION SELECT conversion_id FROM amendment
WHERE program_id = :program_id AND is_test = 0 AND status = 'applied' AND items_json IS NOT NULL
UNION SELECT conversion_id FROM refund
WHERE program_id = :program_id AND is_test = 0 AND status = 'applied' AND items_json IS NOT NULL
ORDER BY 1;

-- Bonuses that were declined by hand, and who recruited whom.
-- name: replay_declined_bonuses
SELECT g.rule_line_id AS line_id, g.partner_id, g.period_from
FROM commission_bonus g JOIN commission c ON c.id = g.commission_id
WHERE c.program_id = :program_id AND c.is_test = 0 AND c.status = 'declined';

-- name: replay_declined_parts
SELECT conversion_id AS id, partner_id FROM commission
WHERE program_id = :program_id AND is_test = 0 AND status = 'declined' AND bonus_for = 'recruit'
ORDER BY conversion_id;

-- name: replay_people
SELECT id, recruited_by, COALESCE(approved_at, created_at) AS approved_at,
       CASE WHEN status <> 'approved' THEN COALESCE(decided_at, created_at) END AS left_at
FROM partner
WHERE program_id = :program_id
ORDER BY id;

-- name: replay_partners
SELECT id AS partner_id, name AS partner_name FROM partner WHERE program_id = :program_id;

-- ---- what is kept of it ----

-- name: replay_insert
INSERT INTO replay (id, program_id, draft, since, until, created_at, created_by, state, percent, orders, gain, lose,
    ended_at, failure)
VALUES (:id, :program_id, :draft, :since, :until, :created_at, :created_by, :state, :percent, :orders, :gain, :lose,
    :ended_at, :failure);

-- name: replay_keep
UPDATE replay
SET state = :state, percent = :percent, orders = :orders, gain = :gain, lose = :lose, ended_at = :ended_at,
    failure = :failure
WHERE id = :id;

-- name: replay_list
SELECT id, program_id, draft, since, until, created_at, created_by, state, percent, orders, gain, lose, ended_at, failure
FROM replay WHERE program_id = :program_id;

-- name: replay_one
SELECT id, program_id, draft, since, until, created_at, created_by, state, percent, orders, gain, lose, ended_at, failure
FROM replay WHERE id = :id AND (:program_id IS NULL OR program_id = :program_id);

-- name: replay_line_clear
DELETE FROM replay_line WHERE replay_id = :replay_id;

-- name: replay_line_insert
INSERT INTO replay_line (replay_id, n, partner_id, partner_name, currency, orders_before, orders, before, after, difference)
VALUES (:replay_id, :n, :partner_id, :partner_name, :currency, :orders_before, :orders, :before, :after, :difference);

-- name: replay_line_list
SELECT n AS id, partner_id, partner_name, currency, orders_before, orders, before, after, difference
FROM replay_line WHERE replay_id = :replay_id AND partner_id IS NOT NULL
ORDER BY n DESC;

-- name: replay_total_list
SELECT n AS id, partner_id, partner_name, currency, orders_before, orders, before, after, difference
FROM replay_line WHERE replay_id = :replay_id AND partner_id IS NULL
ORDER BY n DESC;
