-- ---- rules ----

-- name: rule_insert
INSERT INTO rule (id, program_id, line_id, version, name, scope_partner_id, scope_group, scope_coupon, scope_sku,
       scope_category, scope_event, scope_customer, reward_percent_bp, reward_amount, reward_currency, reward_per,
       starts_at, ends_at, created_at, actor, kind, scope_country, scope_order_from, scope_order_below,
       scope_order_currency, scope_sub, tiered_by_measure, tiered_by_period, tiered_by_mode, tiered_by_currency,
       tiers_json, recurring_orders, recurring_months, recurring_json, cap_amount, cap_currency, target,
       levels_json, months)
VALUES (:id, :program_id, :line_id, :version, :name, :scope_partner_id, :scope_group, :scope_coupon,
        :scope_sku, :scope_category, :scope_event, :scope_customer, :reward_percent_bp, :reward_amount,
        :reward_currency, :reward_per, :starts_at, :ends_at, :created_at, :actor, :kind, :scope_country,
        :scope_order_from, :scope_order_below, :scope_order_currency, :scope_sub, :tiered_by_measure,
        :tiered_by_period, :tiered_by_mode, :tiered_by_currency, :tiers_json, :recurring_orders, :recurring_months,
        :recurring_json, :cap_amount, :cap_currency, :target, :levels_json, :months);

-- name: rule_end
UPDATE rule SET ends_at = :ends_at
WHERE id = :id AND program_id = :program_id AND (ends_at IS NULL OR ends_at > :ends_at);

-- name: rule_one
SELECT id, program_id, line_id, version, name, scope_partner_id, scope_group, scope_coupon, scope_sku,
       scope_category, scope_event, scope_customer, reward_percent_bp, reward_amount, reward_currency, reward_per,
       starts_at, ends_at, created_at, actor, kind, scope_country, scope_order_from, scope_order_below,
       scope_order_currency, scope_sub, tiered_by_measure, tiered_by_period, tiered_by_mode, tiered_by_currency,
       tiers_json, recurring_orders, recurring_months, recurring_json, cap_amount, cap_currency, target,
       levels_json, months
FROM rule WHERE id = :id AND program_id = :program_id;

-- name: rule_last_version
SELECT MAX(version) FROM rule WHERE program_id = :program_id AND line_id = :line_id;

-- name: rule_versions
SELECT id, program_id, line_id, version, name, scope_partner_id, scope_group, scope_coupon, scope_sku,
       scope_category, scope_event, scope_customer, reward_percent_bp, reward_amount, reward_currency, reward_per,
       starts_at, ends_at, created_at, actor, kind, scope_country, scope_order_from, scope_order_below,
       scope_order_currency, scope_sub, tiered_by_measure, tiered_by_period, tiered_by_mode, tiered_by_currency,
       tiers_json, recurring_orders, recurring_months, recurring_json, cap_amount, cap_currency, target,
       levels_json, months
FROM rule WHERE program_id = :program_id AND line_id = :line_id
ORDER BY version;

-- name: rule_in_force
SELECT id, program_id, line_id, version, name, scope_partner_id, scope_group, scope_coupon, scope_sku,
       scope_category, scope_event, scope_customer, reward_percent_bp, reward_amount, reward_currency, reward_per,
       starts_at, ends_at, created_at, actor, kind, scope_country, scope_order_from, scope_order_below,
       scope_order_currency, scope_sub, tiered_by_measure, tiered_by_period, tiered_by_mode, tiered_by_currency,
       tiers_json, recurring_orders, recurring_months, recurring_json, cap_amount, cap_currency, target,
       levels_json, months
FROM rule
WHERE program_id = :program_id
  AND (starts_at IS NULL OR starts_at <= :at) AND (ends_at IS NULL OR ends_at > :at);

-- In force or still to come.
-- name: rule_present
SELECT id, program_id, line_id, version, name, scope_partner_id, scope_group, scope_coupon, scope_sku,
       scope_category, scope_event, scope_customer, reward_percent_bp, reward_amount, reward_currency, reward_per,
       starts_at, ends_at, created_at, actor, kind, scope_country, scope_order_from, scope_order_below,
       scope_order_currency, scope_sub, tiered_by_measure, tiered_by_period, tiered_by_mode, tiered_by_currency,
       tiers_json, recurring_orders, recurring_months, recurring_json, cap_amount, cap_currency, target,
       levels_json, months
FROM rule
WHERE program_id = :program_id AND (ends_at IS NULL OR ends_at > :at);

-- name: rule_list
SELECT id, program_id, line_id, version, name, scope_partner_id, scope_group, scope_coupon, scope_sku,
       scope_category, scope_event, scope_customer, reward_percent_bp, reward_amount, reward_currency, reward_per,
       starts_at, ends_at, created_at, actor, kind, scope_country, scope_order_from, scope_order_below,
       scope_order_currency, scope_sub, tiered_by_measure, tiered_by_period, tiered_by_mode, tiered_by_currency,
       tiers_json, recurring_orders, recurring_months, recurring_json, cap_amount, cap_currency, target,
       levels_json, months
FROM rule WHERE program_id = :program_id;

-- ---- commissions ----

-- name: commission_insert
INSERT INTO commission (id, program_id, partner_id, conversion_id, order_id, kind, currency, amount, earned_amount, reversed_amount,
       base_amount, base_currency, share_bp, rule_id, rule_version, status, status_reason, status_note,
       occurred_at, matures_at, payable_at, paid_at, created_at, payout_id, payout_line_id, is_test,
       place, booked, exact, receipt,
       adjusted_amount, full_amount, exact_now, whole, refunded, kept_amount, is_kept, source_id, bonus_for)
VALUES (:id, :program_id, :partner_id, :conversion_id, :order_id, :kind, :currency, :amount, :earned_amount,
        :reversed_amount, :base_amount, :base_currency, :share_bp, :rule_id, :rule_version, :status,
        :status_reason, :status_note, :occurred_at, :matures_at, :payable_at, :paid_at, :created_at,
        :payout_id, :payout_line_id, :is_test, :place, :booked, :exact, :receipt,
        :adjusted_amount, :full_amount, :exact_now, :whole, :refunded, :kept_amount, :is_kept, :source_id, :bonus_for);

-- name: commission_keep
UPDATE commission
SET status = :status, status_reason = :status_reason, status_note = :status_note, place = :place,
    booked = :booked, amount = :amount, reversed_amount = :reversed_amount, payable_at = :payable_at,
    paid_at = :paid_at, payout_id = :payout_id, payout_line_id = :payout_line_id,
    adjusted_amount = :adjusted_amount, full_amount = :full_amount, exact_now = :exact_now, whole = :whole,
    refunded = :refunded, kept_amount = :kept_amount, is_kept = :is_kept, source_id = :source_id,
    matures_at = :matures_at
WHERE id = :id AND program_id = :program_id;

-- A recruiter reads whose sale he has a part of; the order is not his.
-- name: commission_one
SELECT c.id, c.program_id, c.partner_id, CASE WHEN :partner_id IS NOT NULL AND c.bonus_for = 'recruit' THEN NULL ELSE c.conversion_id END AS conversion_id,
       CASE WHEN :partner_id IS NOT NULL AND c.bonus_for = 'recruit' THEN NULL ELSE c.order_id END AS order_id, c.kind, c.currency, c.amount,
       c.earned_amount, c.reversed_amount, c.base_amount, c.base_currency, c.share_bp, c.rule_id,
       c.rule_version, c.status, c.status_reason, c.status_note, c.occurred_at, c.matures_at, c.payable_at,
       c.paid_at, c.created_at, c.payout_id, c.payout_line_id, c.is_test, c.place, c.booked, c.exact, c.receipt,
       c.adjusted_amount, c.full_amount, c.exact_now, c.whole, c.refunded, c.kept_amount, c.is_kept, c.source_id, c.bonus_for,
       (SELECT q.name FROM commission s JOIN partner q ON q.id = s.partner_id
        WHERE s.id = c.source_id AND c.bonus_for = 'recruit') AS recruited_name, p.name AS partner_name
FROM commission c JOIN partner p ON p.id = c.partner_id
WHERE c.id = :id AND c.program_id = :program_id AND (:partner_id IS NULL OR c.partner_id = :partner_id);

-- name: commission_list
SELECT c.id, c.program_id, c.partner_id, CASE WHEN :partner_id IS NOT NULL AND c.bonus_for = 'recruit' THEN NULL ELSE c.conversion_id END AS conversion_id,
       CASE WHEN :partner_id IS NOT NULL AND c.bonus_for = 'recruit' THEN NULL ELSE c.order_id END AS order_id, c.kind, c.currency, c.amount,
       c.earned_amount, c.reversed_amount, c.base_amount, c.base_currency, c.share_bp, c.rule_id,
       c.rule_version, c.status, c.status_reason, c.status_note, c.occurred_at, c.matures_at, c.payable_at,
       c.paid_at, c.created_at, c.payout_id, c.payout_line_id, c.is_test, c.adjusted_amount, c.bonus_for,
       c.full_amount,
       (SELECT q.name FROM commission s JOIN partner q ON q.id = s.partner_id
        WHERE s.id = c.source_id AND c.bonus_for = 'recruit') AS recruited_name, p.name AS partner_name
FROM commission c JOIN partner p ON p.id = c.partner_id
WHERE c.program_id = :program_id AND c.is_test = :is_test AND (:partner_id IS NULL OR c.partner_id = :partner_id);

-- Split parts are worked out again at each refund: always in the order in which they were made.
-- name: commission_by_conversion
SELECT c.id, c.program_id, c.partner_id, c.conversion_id, c.order_id, c.kind, c.currency, c.amount,
       c.earned_amount, c.reversed_amount, c.base_amount, c.base_currency, c.share_bp, c.rule_id,
       c.rule_version, c.status, c.status_reason, c.status_note, c.occurred_at, c.matures_at, c.payable_at,
       c.paid_at, c.created_at, c.payout_id, c.payout_line_id, c.is_test, c.place, c.booked, c.exact, c.receipt,
       c.adjusted_amount, c.full_amount, c.exact_now, c.whole, c.refunded, c.kept_amount, c.is_kept, c.source_id, c.bonus_for,
       p.name AS partner_name
FROM commission c JOIN partner p ON p.id = c.partner_id
WHERE c.conversion_id = :conversion_id AND c.program_id = :program_id
ORDER BY c.id;

-- name: commission_to_mature
SELECT c.id, c.program_id, c.partner_id, c.conversion_id, c.order_id, c.kind, c.currency, c.amount, c.earned_amount, c.reversed_amount, c.base_amount, c.base_currency, c.share_bp, c.rule_id, c.rule_version, c.status, c.status_reason, c.status_note, c.occurred_at, c.matures_at, c.payable_at, c.paid_at, c.created_at, c.payout_id, c.payout_line_id, c.is_test, c.place, c.booked, c.exact, c.receipt,
       c.adjusted_amount, c.full_amount, c.exact_now, c.whole, c.refunded, c.kept_amount, c.is_kept, c.source_id, c.bonus_for
FROM commission c JOIN program p ON p.id = c.program_id
WHERE c.place = 'pending' AND c.matures_at <= :now AND p.approval = 'auto'
  AND NOT EXISTS (SELECT 1 FROM commission s WHERE s.id = c.source_id AND s.place IN ('pending', 'held'))
ORDER BY c.matures_at, c.id
LIMIT :most;

-- Since when it is payable, ms; below 0: it waits still.
-- name: commission_source_since
SELECT CASE WHEN place IN ('pending', 'held') THEN -1 ELSE COALESCE(payable_at, 0) END
FROM commission WHERE id = :source_id;

-- Bonuses that hang on a commission.
-- name: commission_source_of
SELECT c.id, c.program_id, c.partner_id, c.conversion_id, c.order_id, c.kind, c.currency, c.amount, c.earned_amount, c.reversed_amount, c.base_amount, c.base_currency, c.share_bp, c.rule_id, c.rule_version, c.status, c.status_reason, c.status_note, c.occurred_at, c.matures_at, c.payable_at, c.paid_at, c.created_at, c.payout_id, c.payout_line_id, c.is_test, c.place, c.booked, c.exact, c.receipt,
       c.adjusted_amount, c.full_amount, c.exact_now, c.whole, c.refunded, c.kept_amount, c.is_kept, c.source_id, c.bonus_for
FROM commission c
WHERE c.source_id = :source_id AND c.program_id = :program_id
ORDER BY c.id;

-- Waiting for a hand: of programmes that approve each.
-- name: commission_waiting
SELECT COUNT(*)
FROM commission c JOIN program p ON p.id = c.program_id
WHERE c.program_id = :program_id AND c.is_test = 0
  AND (c.status = 'held' OR (c.status = 'pending' AND p.approval = 'manual'));

-- name: commission_totals
SELECT status AS kind, currency, COUNT(*) AS commissions, CAST(SUM(amount) AS {{int}}) AS gross
FROM commission
WHERE program_id = :program_id AND is_test = :is_test AND (:partner_id IS NULL OR partner_id = :partner_id)
GROUP BY status, currency
ORDER BY currency, CASE status WHEN 'pending' THEN 1 WHEN 'held' THEN 2 WHEN 'payable' THEN 3 WHEN 'paid' THEN 4 ELSE 5 END;

-- name: commission_event_insert
INSERT INTO commission_event (id, program_id, commission_id, kind, amount, entry_id, reason, note, cause_type,
    cause_id, actor, at)
VALUES (:id, :program_id, :commission_id, :kind, :amount, :entry_id, :reason, :note, :cause_type, :cause_id,
    :actor, :at);

-- name: commission_event_list
SELECT id, program_id, commission_id, kind, amount, entry_id, reason, note, cause_type, cause_id, actor, at
FROM commission_event
WHERE commission_id = :commission_id AND program_id = :program_id
ORDER BY id;

-- ---- what is carried ----

-- name: commission_carry_insert
INSERT INTO commission_carry (id, program_id, partner_id, commission_id, currency, amount, reason, at, is_test,
    entry_id, payout_line_id)
VALUES (:id, :program_id, :partner_id, :commission_id, :currency, :amount, :reason, :at, :is_test,
    :entry_id, :payout_line_id);

-- name: commission_carry_open
SELECT id, program_id, partner_id, commission_id, currency, amount, reason, at, is_test, entry_id, payout_line_id
FROM commission_carry
WHERE program_id = :program_id AND partner_id = :partner_id AND currency = :currency AND is_test = 0
  AND payout_line_id IS NULL
ORDER BY id;

-- name: commission_carry_take
UPDATE commission_carry SET payout_line_id = :payout_line_id WHERE id = :id AND payout_line_id IS NULL;

-- name: commission_carry_return
UPDATE commission_carry SET payout_line_id = NULL WHERE payout_line_id = :payout_line_id;

-- ---- payouts ----

-- name: commission_due_list
SELECT partner_id, currency, CAST(SUM(commissions) AS {{int}}) AS commissions, CAST(SUM(gross) AS {{int}}) AS gross,
       CAST(SUM(negatives) AS {{int}}) AS negatives, CAST(SUM(carried) AS {{int}}) AS carried,
       CAST(SUM(gross) + SUM(carried) AS {{int}}) AS net
FROM (
    SELECT partner_id, currency, 1 AS commissions, booked AS gross, 0 AS negatives, 0 AS carried
    FROM commission
    WHERE program_id = :program_id AND place = 'payable' AND booked <> 0 AND is_test = 0
      AND payable_at <= :cutoff
    UNION ALL
    SELECT partner_id, currency, 0, CASE WHEN amount > 0 THEN amount ELSE 0 END,
           CASE WHEN amount < 0 THEN 1 ELSE 0 END, CASE WHEN amount < 0 THEN amount ELSE 0 END
    FROM commission_carry
    WHERE program_id = :program_id AND payout_line_id IS NULL AND is_test = 0
) due
WHERE (:partner_id IS NULL OR partner_id = :partner_id) AND (:currency IS NULL OR currency = :currency)
GROUP BY partner_id, currency
ORDER BY partner_id, currency;

-- name: commission_waits
-- What is payable, whenever, and what is open to be taken up: for comparing with the accounts.
SELECT CAST(coalesce(SUM(payable), 0) AS {{int}}) AS gross, CAST(coalesce(SUM(carried), 0) AS {{int}}) AS carried
FROM (
    SELECT booked AS payable, 0 AS carried
    FROM commission
    WHERE program_id = :program_id AND partner_id = :partner_id AND currency = :currency AND place = 'payable'
      AND is_test = 0
    UNION ALL
    SELECT CASE WHEN amount > 0 THEN amount ELSE 0 END, CASE WHEN amount < 0 THEN amount ELSE 0 END
    FROM commission_carry
    WHERE program_id = :program_id AND partner_id = :partner_id AND currency = :currency
      AND payout_line_id IS NULL AND is_test = 0
) waits;

-- name: commission_due_rows
SELECT id, program_id, partner_id, conversion_id, order_id, kind, currency, amount, earned_amount, reversed_amount,
       base_amount, base_currency, share_bp, rule_id, rule_version, status, status_reason, status_note,
       occurred_at, matures_at, payable_at, paid_at, created_at, payout_id, payout_line_id, is_test,
       place, booked, exact, receipt, adjusted_amount, full_amount, exact_now, whole, refunded, kept_amount, is_kept, source_id, bonus_for
FROM commission
WHERE program_id = :program_id AND partner_id = :partner_id AND currency = :currency AND place = 'payable'
  AND booked <> 0 AND is_test = 0 AND payable_at <= :cutoff
ORDER BY id;

-- name: commission_in_line
SELECT id, program_id, partner_id, conversion_id, order_id, kind, currency, amount, earned_amount, reversed_amount,
       base_amount, base_currency, share_bp, rule_id, rule_version, status, status_reason, status_note,
       occurred_at, matures_at, payable_at, paid_at, created_at, payout_id, payout_line_id, is_test,
       place, booked, exact, receipt, adjusted_amount, full_amount, exact_now, whole, refunded, kept_amount, is_kept, source_id, bonus_for
FROM commission
WHERE payout_line_id = :payout_line_id AND program_id = :program_id
ORDER BY id;

-- name: commission_line_insert
INSERT INTO commission_line (line_id, program_id, partner_id, payout_id, currency, commissions, gross, negatives,
    carried, net, state, taken_at, pay_currency, pay_amount, rate, rate_e12, rate_day)
VALUES (:line_id, :program_id, :partner_id, :payout_id, :currency, :commissions, :gross, :negatives, :carried,
    :net, :state, :taken_at, :pay_currency, :pay_amount, :rate, :rate_e12, :rate_day);

-- name: commission_line_one
SELECT line_id, program_id, partner_id, payout_id, currency, commissions, gross, negatives, carried, net, state,
       taken_at, pay_currency, pay_amount, rate, rate_e12, rate_day
FROM commission_line
WHERE line_id = :line_id AND program_id = :program_id;

-- name: commission_line_state
UPDATE commission_line SET state = :state WHERE line_id = :line_id;

-- name: commission_line_item_insert
INSERT INTO commission_line_item (line_id, n, commission_id, carry_id, amount)
VALUES (:line_id, :n, :commission_id, :carry_id, :amount);

-- name: commission_line_items
SELECT i.n AS id, i.line_id, i.commission_id, c.conversion_id, i.carry_id, c.order_id, c.kind, y.reason,
       c.currency, i.amount, c.base_amount, c.base_currency, c.occurred_at, COALESCE(y.at, l.taken_at) AS at
FROM commission_line_item i
JOIN commission_line l ON l.line_id = i.line_id
JOIN commission c ON c.id = i.commission_id
LEFT JOIN commission_carry y ON y.id = i.carry_id
WHERE i.line_id = :line_id AND l.program_id = :program_id
ORDER BY i.n;

-- Lines that ever took this commission up.
-- name: commission_lines_of
SELECT DISTINCT l.line_id, l.program_id, l.partner_id, l.payout_id, l.currency, l.commissions, l.gross, l.negatives,
       l.carried, l.net, l.state, l.taken_at, l.pay_currency
FROM commission_line_item i JOIN commission_line l ON l.line_id = i.line_id
WHERE i.commission_id = :commission_id AND l.program_id = :program_id
ORDER BY l.taken_at;

-- name: commission_partner_choices
SELECT id AS partner_id, name AS partner_name
FROM partner WHERE program_id = :program_id AND status IN ('approved', 'suspended')
ORDER BY name, id;

-- Those a filter names, for many at once.
-- name: commission_choose
SELECT c.id, c.program_id, c.partner_id, c.conversion_id, c.order_id, c.kind, c.currency, c.amount,
       c.earned_amount, c.reversed_amount, c.base_amount, c.base_currency, c.share_bp, c.rule_id,
       c.rule_version, c.status, c.status_reason, c.status_note, c.occurred_at, c.matures_at, c.payable_at,
       c.paid_at, c.created_at, c.payout_id, c.payout_line_id, c.is_test, c.place, c.booked, c.exact, c.receipt,
       c.adjusted_amount, c.full_amount, c.exact_now, c.whole, c.refunded, c.kept_amount, c.is_kept, c.source_id, c.bonus_for,
       p.name AS partner_name
FROM commission c JOIN partner p ON p.id = c.partner_id
WHERE c.program_id = :program_id AND c.is_test = :is_test AND (:partner_id IS NULL OR c.partner_id = :partner_id)
  AND (:status IS NULL OR c.status = :status) AND (:currency IS NULL OR c.currency = :currency)
  AND (:was_reason IS NULL OR c.status_reason = :was_reason)
ORDER BY c.id
LIMIT :most;

-- Has he a commission of it?
-- name: commission_has_order
SELECT COUNT(*) FROM commission
WHERE program_id = :program_id AND partner_id = :partner_id AND order_id = :order_id AND kind IN ('sale', 'lead');

-- ---- what came before ----

-- name: commission_volume_put
INSERT INTO commission_volume (conversion_id, partner_id, rule_line_id, program_id, is_test, occurred_at, customer_id,
    currency, rule_id, revenue, orders, stands)
VALUES (:conversion_id, :partner_id, :rule_line_id, :program_id, :is_test, :occurred_at, :customer_id, :currency,
        :rule_id, :revenue, :orders, :stands)
ON CONFLICT (conversion_id, partner_id, rule_line_id)
DO UPDATE SET rule_id = excluded.rule_id, revenue = excluded.revenue, orders = excluded.orders,
              stands = excluded.stands;

-- name: commission_volume_of_order
SELECT conversion_id, partner_id, rule_line_id, program_id, is_test, occurred_at, customer_id, currency, rule_id, revenue,
       orders, stands
FROM commission_volume
WHERE conversion_id = :conversion_id
ORDER BY partner_id, rule_line_id;

-- All of a period: orders, or revenue in a currency.
-- name: commission_volume_total
SELECT CAST(COALESCE(SUM(CASE WHEN :counts = 'orders' THEN orders WHEN currency = :counts THEN revenue ELSE 0 END), 0)
            AS {{int}})
FROM commission_volume
WHERE program_id = :program_id AND rule_line_id = :rule_line_id AND partner_id = :partner_id AND is_test = :is_test
  AND occurred_at >= :from AND occurred_at < :to;

-- It and what sorts after it.
-- name: commission_volume_rest
SELECT CAST(COALESCE(SUM(CASE WHEN :counts = 'orders' THEN orders WHEN currency = :counts THEN revenue ELSE 0 END), 0)
            AS {{int}})
FROM commission_volume
WHERE program_id = :program_id AND rule_line_id = :rule_line_id AND partner_id = :partner_id AND is_test = :is_test
  AND (occurred_at, conversion_id) >= (:at, :conversion_id) AND occurred_at < :to;

-- What it adds by itself.
-- name: commission_volume_own
SELECT CASE WHEN :counts = 'orders' THEN orders WHEN currency = :counts THEN revenue ELSE 0 END
FROM commission_volume
WHERE conversion_id = :conversion_id AND partner_id = :partner_id AND rule_line_id = :rule_line_id;

-- name: commission_volume_after
SELECT conversion_id, partner_id, rule_line_id, program_id, is_test, occurred_at, customer_id, currency, rule_id, revenue,
       orders, stands
FROM commission_volume
WHERE program_id = :program_id AND rule_line_id = :rule_line_id AND partner_id = :partner_id AND is_test = :is_test
  AND (occurred_at, conversion_id) > (:at, :conversion_id) AND occurred_at < :to
ORDER BY occurred_at, conversion_id;

-- name: commission_volume_all
SELECT conversion_id, partner_id, rule_line_id, program_id, is_test, occurred_at, customer_id, currency, rule_id, revenue,
       orders, stands
FROM commission_volume
WHERE program_id = :program_id AND rule_line_id = :rule_line_id AND partner_id = :partner_id AND is_test = :is_test
  AND occurred_at >= :from AND occurred_at < :to AND conversion_id <> :conversion_id
ORDER BY occurred_at, conversion_id;

-- Earlier orders of the same customer: how many, and when the first was.
-- name: commission_volume_nth
SELECT COUNT(*) FROM commission_volume
WHERE program_id = :program_id AND rule_line_id = :rule_line_id AND partner_id = :partner_id AND is_test = :is_test
  AND customer_id = :customer_id AND stands = 1 AND occurred_at <= :at
  AND (occurred_at < :at OR conversion_id < :conversion_id) AND conversion_id <> :conversion_id;

-- name: commission_volume_first
SELECT COALESCE(MIN(occurred_at), :at) FROM commission_volume
WHERE program_id = :program_id AND rule_line_id = :rule_line_id AND partner_id = :partner_id AND is_test = :is_test
  AND customer_id = :customer_id AND stands = 1 AND occurred_at <= :at;

-- name: commission_volume_renewals
SELECT conversion_id, partner_id, rule_line_id, program_id, is_test, occurred_at, customer_id, currency, rule_id, revenue,
       orders, stands
FROM commission_volume
WHERE program_id = :program_id AND rule_line_id = :rule_line_id AND partner_id = :partner_id AND is_test = :is_test
  AND customer_id = :customer_id AND stands = 1 AND occurred_at >= :at
  AND (occurred_at > :at OR conversion_id > :conversion_id)
ORDER BY occurred_at, conversion_id;

-- ---- rules beside the list ----

-- name: commission_beside_insert
INSERT INTO commission_beside (commission_id, rule_line_id, level, rule_id, program_id, is_test, kind, partner_id, currency,
    occurred_at, period_from, granted, bonus_id, orders, revenue)
VALUES (:commission_id, :rule_line_id, :level, :rule_id, :program_id, :is_test, :kind, :partner_id, :currency,
        :occurred_at, :period_from, :granted, :bonus_id, :orders, :revenue);

-- name: commission_beside_of
SELECT b.commission_id, b.rule_line_id, b.level, b.rule_id, b.program_id, b.is_test, b.kind, b.partner_id, b.currency,
       b.occurred_at, b.period_from, b.granted, b.bonus_id, b.orders, b.revenue, c.conversion_id, c.partner_id AS seller_id
FROM commission_beside b JOIN commission c ON c.id = b.commission_id
WHERE b.commission_id = :commission_id
ORDER BY b.rule_line_id, b.level;

-- What caps leave it; without any, all.
-- name: commission_beside_least
SELECT COALESCE(MIN(granted), :most) FROM commission_beside
WHERE commission_id = :commission_id AND kind IN ('partner_cap', 'budget');

-- name: commission_beside_granted
UPDATE commission_beside SET granted = :granted WHERE commission_id = :commission_id AND rule_line_id = :rule_line_id;

-- name: commission_beside_bonus
UPDATE commission_beside SET bonus_id = :bonus_id
WHERE commission_id = :commission_id AND rule_line_id = :rule_line_id AND level = :level;

-- What a cap granted in a period.
-- name: commission_beside_total
SELECT CAST(COALESCE(SUM(granted), 0) AS {{int}}) FROM commission_beside
WHERE program_id = :program_id AND rule_line_id = :rule_line_id AND partner_id = :partner_id AND is_test = :is_test
  AND period_from = :period_from;

-- It and those after it: by time, those of one moment by their orders, then by partners.
-- name: commission_beside_rest
SELECT CAST(COALESCE(SUM(b.granted), 0) AS {{int}})
FROM commission_beside b JOIN commission c ON c.id = b.commission_id
WHERE b.program_id = :program_id AND b.rule_line_id = :rule_line_id AND b.partner_id = :partner_id
  AND b.is_test = :is_test AND b.period_from = :period_from AND b.occurred_at >= :occurred_at
  AND (b.occurred_at > :occurred_at
       OR (c.conversion_id, c.partner_id, b.commission_id) >= (:conversion_id, :seller_id, :commission_id));

-- It and those after it, with what they are worth before this cap: after partners' caps, for a budget.
-- name: commission_beside_from
SELECT b.commission_id, b.rule_line_id, b.rule_id, b.kind, b.partner_id, b.occurred_at, b.period_from, b.granted,
       CASE WHEN c.status = 'declined' THEN 0 ELSE c.full_amount END AS worth,
       (SELECT MIN(o.granted) FROM commission_beside o
        WHERE o.commission_id = b.commission_id AND o.kind = 'partner_cap' AND b.kind = 'budget') AS capped,
       CASE WHEN (SELECT MIN(o.granted) FROM commission_beside o
                  WHERE o.commission_id = b.commission_id AND o.kind = 'partner_cap' AND b.kind = 'budget') IS NULL
            THEN 0 ELSE 1 END AS is_capped
FROM commission_beside b JOIN commission c ON c.id = b.commission_id
WHERE b.program_id = :program_id AND b.rule_line_id = :rule_line_id AND b.partner_id = :partner_id
  AND b.is_test = :is_test AND b.period_from = :period_from AND b.occurred_at >= :occurred_at
  AND (b.occurred_at > :occurred_at
       OR (c.conversion_id, c.partner_id, b.commission_id) >= (:conversion_id, :seller_id, :commission_id))
ORDER BY b.occurred_at, c.conversion_id, c.partner_id, b.commission_id;

-- Commissions that a bonus looks at, from one on. An order in two currencies is one: the second counts it again.
-- name: commission_goal_members
SELECT b.commission_id, b.rule_id, b.occurred_at, b.orders, b.revenue, c.base_currency, c.matures_at,
       (SELECT COUNT(*) FROM commission o
        JOIN commission_beside k ON k.commission_id = o.id AND k.rule_line_id = b.rule_line_id AND k.level = 0
        WHERE o.conversion_id = c.conversion_id AND o.partner_id = c.partner_id AND o.id < c.id AND k.orders = 1) AS others
FROM commission_beside b JOIN commission c ON c.id = b.commission_id
WHERE b.program_id = :program_id AND b.rule_line_id = :rule_line_id AND b.partner_id = :partner_id
  AND b.is_test = :is_test AND b.period_from = :period_from AND b.occurred_at >= :at
  AND (b.occurred_at > :at OR (c.conversion_id, b.commission_id) >= (:conversion_id, :commission_id))
ORDER BY b.occurred_at, c.conversion_id, b.commission_id;

-- All parts that the partner has of one order.
-- name: commission_goal_parts
SELECT k.commission_id, k.orders, k.revenue FROM commission o
JOIN commission_beside k ON k.commission_id = o.id AND k.rule_line_id = :rule_line_id AND k.level = 0
WHERE o.conversion_id = :conversion_id AND o.partner_id = :partner_id
ORDER BY o.id;

-- name: commission_goal_note
UPDATE commission_beside SET orders = :orders, revenue = :revenue
WHERE commission_id = :commission_id AND rule_line_id = :rule_line_id AND level = 0;

-- name: commission_goal_total
SELECT CAST(COALESCE(SUM(CASE WHEN :counts = 'orders' THEN b.orders WHEN c.base_currency = :counts THEN b.revenue ELSE 0 END), 0)
            AS {{int}})
FROM commission_beside b JOIN commission c ON c.id = b.commission_id
WHERE b.program_id = :program_id AND b.rule_line_id = :rule_line_id AND b.partner_id = :partner_id
  AND b.is_test = :is_test AND b.period_from = :period_from
  AND NOT EXISTS (SELECT 1 FROM commission o
                  JOIN commission_beside k ON k.commission_id = o.id AND k.rule_line_id = b.rule_line_id AND k.level = 0
                  WHERE o.conversion_id = c.conversion_id AND o.partner_id = c.partner_id AND o.id < c.id AND k.orders = 1);

-- name: commission_goal_one
SELECT g.giver_id, g.giver_at, COALESCE(c.conversion_id, 0) AS giver_order
FROM commission_goal g LEFT JOIN commission c ON c.id = g.giver_id
WHERE g.rule_line_id = :rule_line_id AND g.partner_id = :partner_id AND g.is_test = :is_test
  AND g.period_from = :period_from;

-- name: commission_goal_keep
INSERT INTO commission_goal (rule_line_id, partner_id, is_test, period_from, giver_id, giver_at)
VALUES (:rule_line_id, :partner_id, :is_test, :period_from, :giver_id, :giver_at)
ON CONFLICT (rule_line_id, partner_id, is_test, period_from)
DO UPDATE SET giver_id = excluded.giver_id, giver_at = excluded.giver_at;

-- name: commission_bonus_insert
INSERT INTO commission_bonus (rule_line_id, partner_id, is_test, period_from, commission_id)
VALUES (:rule_line_id, :partner_id, :is_test, :period_from, :commission_id);

-- name: commission_bonus_one
SELECT COALESCE(MAX(commission_id), 0) FROM commission_bonus
WHERE rule_line_id = :rule_line_id AND partner_id = :partner_id AND is_test = :is_test AND period_from = :period_from;

-- ---- sums that are kept ----

-- name: commission_sum_one
SELECT total FROM commission_sum
WHERE rule_line_id = :rule_line_id AND partner_id = :partner_id AND is_test = :is_test AND period_from = :period_from
  AND period = :period AND counts = :counts;

-- name: commission_sum_insert
INSERT INTO commission_sum (program_id, rule_line_id, partner_id, is_test, period_from, period, counts, total)
VALUES (:program_id, :rule_line_id, :partner_id, :is_test, :period_from, :period, :counts, :total);

-- name: commission_sum_add
UPDATE commission_sum SET total = total + :total
WHERE rule_line_id = :rule_line_id AND partner_id = :partner_id AND is_test = :is_test AND period_from = :period_from
  AND period = :period AND counts = :counts;

-- An order counts in its month, in its year and ever.
-- name: commission_sum_volume
UPDATE commission_sum SET total = total + CASE WHEN counts = 'orders' THEN CAST(:orders AS {{int}}) ELSE CAST(:revenue AS {{int}}) END
WHERE rule_line_id = :rule_line_id AND partner_id = :partner_id AND is_test = :is_test
  AND period_from IN (:month, :year, 0) AND counts IN ('orders', :currency)
  AND period_from = CASE period WHEN 'month' THEN :month WHEN 'year' THEN :year WHEN 'ever' THEN 0 END;

-- name: commission_recruiter
SELECT r.id AS partner_id, r.status FROM partner p JOIN partner r ON r.id = p.recruited_by
WHERE p.id = :id AND p.program_id = :program_id;

-- name: commission_approved_at
SELECT COALESCE(approved_at, created_at) FROM partner WHERE id = :id AND program_id = :program_id;

-- name: commission_hangs
SELECT (SELECT COUNT(*) FROM commission_volume WHERE conversion_id = :conversion_id)
     + (SELECT COUNT(*) FROM commission c JOIN commission_beside b ON b.commission_id = c.id
        WHERE c.conversion_id = :conversion_id);

-- ---- rewards for clicks ----

-- name: commission_click_programs
SELECT DISTINCT program_id AS id FROM rule WHERE scope_event = 'click' AND kind = 'commission';

-- name: commission_click_sums
SELECT partner_id, hour / 86400000 AS day, CAST(SUM(unique_clicks) AS {{int}}) AS clicks
FROM click_hour
WHERE program_id = :program_id AND hour >= :from AND hour < :to
GROUP BY partner_id, hour / 86400000
HAVING SUM(unique_clicks) > 0
ORDER BY day, partner_id;

-- name: commission_click_day_one
SELECT program_id, partner_id, day, commission_id, rule_id, clicks FROM commission_click_day
WHERE program_id = :program_id AND partner_id = :partner_id AND day = :day;

-- name: commission_click_day_put
INSERT INTO commission_click_day (program_id, partner_id, day, commission_id, rule_id, clicks)
VALUES (:program_id, :partner_id, :day, :commission_id, :rule_id, :clicks)
ON CONFLICT (program_id, partner_id, day) DO UPDATE SET clicks = excluded.clicks;

-- The first day that was not looked at; at first, when clicks were paid for at all.
-- name: commission_click_look
SELECT COALESCE((SELECT day FROM commission_click_look WHERE program_id = :program_id),
                (SELECT MIN(starts_at) / 86400000 FROM rule
                 WHERE program_id = :program_id AND scope_event = 'click' AND kind = 'commission'));

-- name: commission_click_look_put
INSERT INTO commission_click_look (program_id, day) VALUES (:program_id, :day)
ON CONFLICT (program_id) DO UPDATE SET day = excluded.day;

-- ---- partners are told of changes ----

-- name: rule_notice_put
INSERT INTO rule_notice (program_id, partner_id, rule_id, begins, at, mailed_at)
VALUES (:program_id, :partner_id, :rule_id, :begins, :at, :mailed_at);

-- name: rule_notice_withdraw
UPDATE rule_notice SET withdrawn_at = :now
WHERE partner_id = :partner_id AND rule_id = :rule_id AND begins = :begins AND at = :at;

-- name: rule_notice_of
SELECT program_id, partner_id, rule_id, begins, at, mailed_at, withdrawn_at
FROM rule_notice WHERE partner_id = :partner_id
ORDER BY at, rule_id;

-- name: rule_notice_coming
SELECT COUNT(*) FROM rule_notice
WHERE program_id = :program_id AND at > :now AND withdrawn_at IS NULL;

-- Who may be told, a few at a time.
-- name: rule_notice_readers
SELECT id AS partner_id FROM partner
WHERE program_id = :program_id AND status = 'approved' AND rates_muted = 0 AND id > :after
ORDER BY id LIMIT 200;
