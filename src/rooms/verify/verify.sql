-- Written for this room alone: nothing here is shared with the code that it checks.

-- name: verify_conversions
SELECT id, program_id, type, order_id, amount, currency, new_customer, occurred_at, judged_at, created_at, coupon,
       attributed, model, precedence, window_days, customer_days, clawback_days, customer_binding, refunded_amount, content, country,
       told_amount, amended_by, is_test, customer_id
FROM conversion
WHERE id > :after
ORDER BY id
LIMIT :most;

-- name: verify_touches
SELECT t.conversion_id, t.n, t.kind, t.evidence, t.bar, t.click_id, t.coupon_id, t.partner_id, t.from_conversion_id, t.at, t.share_bp, t.bound_bp, t.won, t.partner_group,
       CASE WHEN l.n IS NULL THEN t.subs ELSE l.subs END AS subs, t.waits, CASE WHEN l.n IS NULL THEN 0 ELSE 1 END AS came
FROM conversion_touch t LEFT JOIN conversion_late l ON t.waits = 1 AND l.conversion_id = t.conversion_id AND l.n = t.n
WHERE t.conversion_id >= :first AND t.conversion_id <= :last
ORDER BY t.conversion_id, t.n;

-- The partner's own ids of a click, as its row has them.
-- name: verify_click_subs
SELECT sub1, sub2, sub3, sub4, sub5 FROM click WHERE id = :id;

-- name: verify_items
SELECT conversion_id, n, sku, name, category, quantity, amount FROM conversion_item
WHERE conversion_id >= :first AND conversion_id <= :last
ORDER BY conversion_id, n;

-- name: verify_amendments
SELECT conversion_id, id, amount, items_json FROM amendment
WHERE conversion_id >= :first AND conversion_id <= :last AND status = 'applied'
ORDER BY conversion_id, occurred_at, id;

-- name: verify_moves
SELECT conversion_id, from_partner_id, to_partner_id, to_group FROM conversion_move
WHERE conversion_id >= :first AND conversion_id <= :last
ORDER BY conversion_id, id;

-- Those that a later order of its customer knew of.
-- name: verify_moves_by
SELECT from_partner_id, to_partner_id, to_group FROM conversion_move
WHERE conversion_id = :conversion_id AND created_at <= :until
ORDER BY id;

-- Is it an order that binds such a customer?
-- name: verify_binds
SELECT COUNT(*) FROM conversion
WHERE id = :id AND program_id = :program_id AND is_test = :is_test AND customer_id = :customer_id
  AND occurred_at <= :at AND attributed = 1 AND (:binding = 'coupon' OR type = :binding);

-- name: verify_refunds
SELECT conversion_id, amount, items_json, COALESCE(occurred_at, created_at) AS at FROM refund
WHERE conversion_id >= :first AND conversion_id <= :last AND status = 'applied'
ORDER BY conversion_id, COALESCE(occurred_at, created_at), refund_id;

-- name: verify_commissions_of
SELECT id, program_id, partner_id, order_id, currency, earned_amount, amount, reversed_amount, adjusted_amount, booked,
       share_bp, exact, status, place, rule_id, base_amount, occurred_at, conversion_id, is_test, is_kept, bonus_for
FROM commission
WHERE conversion_id >= :first AND conversion_id <= :last AND kind IN ('sale', 'lead')
ORDER BY conversion_id, id;

-- name: verify_commissions_by_hand
SELECT id, program_id, partner_id, order_id, currency, earned_amount, amount, reversed_amount, adjusted_amount, booked,
       share_bp, exact, status, place, rule_id, base_amount, occurred_at, conversion_id, is_test, is_kept, bonus_for
FROM commission
WHERE kind NOT IN ('sale', 'lead') AND id > :after
ORDER BY id
LIMIT :most;

-- name: verify_rules
SELECT id, scope_partner_id, scope_group, scope_coupon, scope_sku, scope_category, scope_event, scope_customer,
       scope_country, scope_order_from, scope_order_below, scope_order_currency, scope_sub,
       reward_percent_bp, reward_amount, reward_currency, reward_per, starts_at, ends_at, created_at,
       line_id, kind, tiered_by_measure, tiered_by_period, tiered_by_mode, tiered_by_currency, cap_currency, tiers_json,
       recurring_json, levels_json, recurring_orders, recurring_months, cap_amount, target, months
FROM rule
WHERE program_id = :program_id;

-- name: verify_events
SELECT CAST(COALESCE(SUM(CASE kind WHEN 'accrued' THEN amount WHEN 'reversed' THEN -amount
                                   WHEN 'declined' THEN -amount WHEN 'adjusted' THEN amount ELSE 0 END), 0) AS {{int}})
FROM commission_event
WHERE commission_id = :commission_id;

-- What one commission has cost, by its postings.
-- name: verify_cost
SELECT CAST(COALESCE(SUM(p.amount), 0) AS {{int}})
FROM ledger_entry e
JOIN ledger_posting p ON p.entry_id = e.id
JOIN ledger_account a ON a.id = p.account_id
WHERE e.commission_id = :commission_id AND a.kind = 'expense';

-- What of it waits in one account: its own entries, less what open payouts took from "payable".
-- name: verify_waits
SELECT CAST(COALESCE(SUM(minor), 0) AS {{int}})
FROM (
    SELECT -p.amount AS minor
    FROM ledger_entry e
    JOIN ledger_posting p ON p.entry_id = e.id
    JOIN ledger_account a ON a.id = p.account_id
    WHERE e.commission_id = :commission_id AND a.kind = :kind
    UNION ALL
    SELECT -i.amount
    FROM commission_line_item i JOIN commission_line l ON l.line_id = i.line_id
    WHERE i.commission_id = :commission_id AND i.carry_id IS NULL AND l.state <> 'failed' AND :kind = 'payable'
    UNION ALL
    SELECT -y.amount -- a cent given back while it was in a payout waits in "payable" by itself
    FROM commission_carry y
    WHERE y.commission_id = :commission_id AND y.amount > 0 AND :kind = 'payable'
) parts;

-- The same three for all orders of a group.
-- name: verify_events_of
SELECT v.commission_id AS id,
       CAST(SUM(CASE v.kind WHEN 'accrued' THEN v.amount WHEN 'reversed' THEN -v.amount
                            WHEN 'declined' THEN -v.amount WHEN 'adjusted' THEN v.amount ELSE 0 END) AS {{int}}) AS sum
FROM commission c CROSS JOIN commission_event v
WHERE c.conversion_id >= :first AND c.conversion_id <= :last AND v.commission_id = c.id
GROUP BY v.commission_id
ORDER BY v.commission_id;

-- name: verify_costs_of
SELECT e.commission_id AS id, CAST(SUM(p.amount) AS {{int}}) AS sum
FROM commission c CROSS JOIN ledger_entry e CROSS JOIN ledger_posting p CROSS JOIN ledger_account a
WHERE c.conversion_id >= :first AND c.conversion_id <= :last AND e.commission_id = c.id AND p.entry_id = e.id
  AND a.id = p.account_id AND a.kind = 'expense'
GROUP BY e.commission_id
ORDER BY e.commission_id;

-- name: verify_waits_of
SELECT id, kind, CAST(SUM(minor) AS {{int}}) AS sum
FROM (
    SELECT c.id, a.kind, -p.amount AS minor
    FROM commission c CROSS JOIN ledger_entry e CROSS JOIN ledger_posting p CROSS JOIN ledger_account a
    WHERE c.conversion_id >= :first AND c.conversion_id <= :last AND e.commission_id = c.id AND p.entry_id = e.id
      AND a.id = p.account_id AND a.kind IN ('pending', 'held', 'payable')
    UNION ALL
    SELECT c.id, 'payable', -i.amount
    FROM commission c CROSS JOIN commission_line_item i CROSS JOIN commission_line l
    WHERE c.conversion_id >= :first AND c.conversion_id <= :last AND i.commission_id = c.id AND l.line_id = i.line_id
      AND i.carry_id IS NULL AND l.state <> 'failed'
    UNION ALL
    SELECT c.id, 'payable', -y.amount
    FROM commission c CROSS JOIN commission_carry y
    WHERE c.conversion_id >= :first AND c.conversion_id <= :last AND y.commission_id = c.id AND y.amount > 0
) parts
GROUP BY id, kind
ORDER BY id;

-- name: verify_loose_entries
SELECT p.entry_id AS id, e.program_id, e.key AS object, a.currency, CAST(SUM(p.amount) AS {{int}}) AS booked
FROM ledger_posting p
JOIN ledger_account a ON a.id = p.account_id
JOIN ledger_entry e ON e.id = p.entry_id
GROUP BY p.entry_id, e.program_id, e.key, a.currency
HAVING SUM(p.amount) <> 0;

-- Every account against the rows: liabilities positive on both sides.
-- name: verify_accounts
SELECT program_id, partner_id, currency, is_test, kind, CAST(SUM(booked) AS {{int}}) AS booked,
       CAST(SUM(reckoned) AS {{int}}) AS reckoned
FROM (
    SELECT a.program_id, a.partner_id, a.currency, a.is_test, a.kind,
           CASE a.kind WHEN 'expense' THEN p.amount ELSE -p.amount END AS booked, 0 AS reckoned
    FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
    UNION ALL
    SELECT program_id, partner_id, currency, is_test, place, 0, booked
    FROM commission WHERE place IN ('pending', 'held', 'payable')
    UNION ALL
    SELECT program_id, partner_id, currency, is_test, CASE WHEN amount < 0 THEN 'carried' ELSE 'payable' END, 0, amount
    FROM commission_carry WHERE payout_line_id IS NULL
    UNION ALL
    SELECT program_id, partner_id, currency, 0, CASE state WHEN 'paid' THEN 'paid' ELSE 'in_payout' END, 0, net
    FROM commission_line WHERE state = 'taken' OR (state = 'paid' AND pay_currency IS NULL)
    UNION ALL
    SELECT program_id, partner_id, pay_currency, 0, 'paid', 0, pay_amount
    FROM commission_line WHERE state = 'paid' AND pay_currency IS NOT NULL
    UNION ALL
    SELECT program_id, partner_id, currency, 0, 'exchange', 0, net
    FROM commission_line WHERE state = 'paid' AND pay_currency IS NOT NULL
    UNION ALL
    SELECT program_id, partner_id, pay_currency, 0, 'exchange', 0, -pay_amount
    FROM commission_line WHERE state = 'paid' AND pay_currency IS NOT NULL
    UNION ALL
    SELECT program_id, partner_id, currency, is_test, 'expense', 0, amount
    FROM commission
) sides
GROUP BY program_id, partner_id, currency, is_test, kind
HAVING SUM(booked) <> SUM(reckoned);

-- name: verify_lines
SELECT l.line_id AS id, l.program_id, l.currency, l.net AS booked, CAST(COALESCE(SUM(i.amount), 0) AS {{int}}) AS reckoned
FROM commission_line l LEFT JOIN commission_line_item i ON i.line_id = l.line_id
GROUP BY l.line_id, l.program_id, l.currency, l.net
HAVING COALESCE(SUM(i.amount), 0) <> l.net;

-- Lines paid in another currency, and whether somebody ever told that rate.
-- name: verify_exchanged
SELECT l.line_id AS id, l.program_id, l.currency, l.pay_currency, l.net, l.pay_amount, l.rate, l.rate_e12,
       (SELECT COUNT(*) FROM exchange_rate x
        WHERE x.program_id = l.program_id AND x.currency = l.currency AND x.day = l.rate_day
          AND x.rate_e12 = l.rate_e12) AS told
FROM commission_line l
WHERE l.pay_currency IS NOT NULL AND l.line_id > :after
ORDER BY l.line_id
LIMIT :most;

-- An order may be credited to two codes, a browser's and the shop's.
-- name: verify_coupons
SELECT u.id, u.program_id, u.code AS object, u.uses AS booked, COALESCE(k.uses, 0) AS reckoned
FROM coupon u LEFT JOIN (
    SELECT MAX(t.coupon_id) AS coupon_id, COUNT(*) AS uses
    FROM conversion_touch t JOIN conversion c ON c.id = t.conversion_id
    WHERE t.kind = 'coupon' AND t.won = 1 AND c.is_test = 0 AND c.status NOT IN ('declined', 'replaced')
    GROUP BY +t.coupon_id) k ON k.coupon_id = u.id
WHERE COALESCE(k.uses, 0) <> u.uses;

-- name: verify_entry_count
SELECT COUNT(*) FROM ledger_entry;

-- name: verify_posting_count
SELECT COUNT(*) FROM ledger_posting;

-- ---- what is kept of it ----

-- name: verify_insert
INSERT INTO verify (id, began_at, ended_at, conversions, commissions, entries, postings, differences, report)
VALUES (:id, :began_at, :ended_at, :conversions, :commissions, :entries, :postings, :differences, :report);

-- name: verify_newest
SELECT id, began_at, ended_at, conversions, commissions, entries, postings, differences, report
FROM verify
ORDER BY id DESC
LIMIT :most;

-- ---- rules beside the list ----

-- name: verify_bonuses
SELECT g.rule_line_id AS line_id, g.partner_id, g.is_test, g.period_from, c.id, c.program_id, c.amount, c.currency,
       c.status, c.place, c.booked, c.is_kept,
       CASE WHEN c.status = 'declined' THEN 1 ELSE 0 END AS is_declined
FROM commission_bonus g JOIN commission c ON c.id = g.commission_id;

-- What recruiters have of each commission; who recruited whom was kept when it was made.
-- name: verify_recruits
SELECT b.commission_id AS id, b.program_id, b.level, s.order_id, s.amount AS source, s.currency, r.levels_json,
       COALESCE(c.amount, 0) AS amount, CASE WHEN c.status = 'declined' THEN 1 ELSE 0 END AS is_declined,
       c.id AS row_id, c.status, c.place, COALESCE(c.booked, 0) AS booked, COALESCE(c.is_kept, 0) AS is_kept,
       CASE WHEN s.is_kept = 1 AND s.status <> 'declined' THEN 1 ELSE 0 END AS gives, s.place AS source_place
FROM commission_beside b
JOIN commission s ON s.id = b.commission_id
JOIN rule r ON r.id = b.rule_id
LEFT JOIN commission c ON c.id = b.bonus_id
WHERE b.kind = 'recruit';

-- name: verify_bonuses_of_nothing
SELECT c.id, c.program_id, c.amount, c.currency
FROM commission c
WHERE c.bonus_for IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM commission_bonus g WHERE g.commission_id = c.id)
  AND NOT EXISTS (SELECT 1 FROM commission_beside b WHERE b.bonus_id = c.id);

-- name: verify_kept_sums
SELECT program_id, rule_line_id AS line_id, partner_id, is_test, period_from, period, counts, total FROM commission_sum;

-- What clicks of a day brought, against the rule that stood: clicks × its amount.
-- name: verify_clicks
SELECT c.id, c.program_id, c.currency, c.amount AS booked, d.clicks * r.reward_amount AS reckoned
FROM commission_click_day d
JOIN commission c ON c.id = d.commission_id
JOIN rule r ON r.id = d.rule_id
WHERE c.status <> 'declined' AND c.amount <> d.clicks * r.reward_amount;
