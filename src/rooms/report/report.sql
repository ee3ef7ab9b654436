-- Figures are read from the roll-ups of clicks and from the rows of orders and commissions themselves.
-- Test rows stay out everywhere: is_test = 0. Orders of every currency are counted; money is of one, and `counted` says
-- how many orders that is. Foreign money comes from the same statements, asked once more for each currency that has a rate:
-- by_day = 1 parts the sums by the day of the rate.
-- A partner's orders are those he earns by: a bonus for whom he recruited makes no order his, nor does one that was moved
-- to another (nothing of it is kept for him, though it did not come back). He may have several commissions of one order,
-- in several currencies: the first stands for it.

-- name: report_click_days
SELECT (hour + :offset) / 86400000 AS day, sum(clicks) AS clicks, sum(unique_clicks) AS unique_clicks
FROM click_hour
WHERE program_id = :program_id AND hour >= :from AND hour < :to
    AND (:partner_id IS NULL OR partner_id = :partner_id)
GROUP BY 1;

-- name: report_order_days
SELECT (occurred_at + :offset) / 86400000 AS day,
    CASE WHEN :by_day = 1 THEN occurred_at / 86400000 ELSE 0 END AS utc_day, count(*) AS conversions,
    coalesce(sum(CASE WHEN currency = :currency THEN 1 END), 0) AS counted,
    coalesce(sum(CASE WHEN currency = :currency THEN amount - refunded_amount END), 0) AS revenue,
    coalesce(sum(CASE WHEN currency = :currency THEN refunded_amount END), 0) AS refunded
FROM conversion
WHERE program_id = :program_id AND is_test = 0 AND attributed = 1
    AND status NOT IN ('declined', 'replaced') AND occurred_at >= :from AND occurred_at < :to
GROUP BY 1, 2;

-- name: report_partner_order_days
SELECT (v.occurred_at + :offset) / 86400000 AS day,
    CASE WHEN :by_day = 1 THEN v.occurred_at / 86400000 ELSE 0 END AS utc_day, count(DISTINCT v.id) AS conversions,
    count(DISTINCT CASE WHEN v.currency = :currency THEN v.id END) AS counted,
    coalesce(sum(CASE WHEN v.currency = :currency THEN v.amount - v.refunded_amount END), 0) AS revenue,
    coalesce(sum(CASE WHEN v.currency = :currency THEN v.refunded_amount END), 0) AS refunded
FROM commission c
JOIN conversion v ON v.id = c.conversion_id
WHERE c.program_id = :program_id AND c.partner_id = :partner_id AND c.is_test = 0
    AND c.kind IN ('sale', 'lead') AND (c.is_kept = 1 OR (v.refunded_amount > 0 AND v.refunded_amount >= v.amount))
    AND NOT EXISTS (SELECT 1 FROM commission d WHERE d.conversion_id = c.conversion_id
        AND d.partner_id = c.partner_id AND d.kind = c.kind AND d.id < c.id)
    AND v.status NOT IN ('declined', 'replaced') AND v.occurred_at >= :from AND v.occurred_at < :to
GROUP BY 1, 2;

-- name: report_commission_days
SELECT (occurred_at + :offset) / 86400000 AS day,
    CASE WHEN :by_day = 1 THEN occurred_at / 86400000 ELSE 0 END AS utc_day, coalesce(sum(amount), 0) AS commission
FROM commission
WHERE program_id = :program_id AND is_test = 0 AND currency = :currency
    AND (:partner_id IS NULL OR partner_id = :partner_id) AND occurred_at >= :from AND occurred_at < :to
GROUP BY 1, 2;

-- name: report_partner_clicks
-- Per partner and day, for sums and curves.
SELECT partner_id AS key_id, (hour + :offset) / 86400000 AS day, sum(clicks) AS clicks,
    sum(unique_clicks) AS unique_clicks, max(hour) AS last_at
FROM click_hour
WHERE program_id = :program_id AND hour >= :from AND hour < :to
GROUP BY 1, 2;

-- name: report_partner_orders
SELECT c.partner_id AS key_id, (v.occurred_at + :offset) / 86400000 AS day,
    CASE WHEN :by_day = 1 THEN v.occurred_at / 86400000 ELSE 0 END AS utc_day, count(DISTINCT v.id) AS conversions,
    count(DISTINCT CASE WHEN v.currency = :currency THEN v.id END) AS counted,
    coalesce(sum(CASE WHEN v.currency = :currency THEN v.amount - v.refunded_amount END), 0) AS revenue,
    coalesce(sum(CASE WHEN v.currency = :currency THEN v.refunded_amount END), 0) AS refunded
FROM commission c
JOIN conversion v ON v.id = c.conversion_id
WHERE c.program_id = :program_id AND c.is_test = 0
    AND c.kind IN ('sale', 'lead') AND (c.is_kept = 1 OR (v.refunded_amount > 0 AND v.refunded_amount >= v.amount))
    AND NOT EXISTS (SELECT 1 FROM commission d WHERE d.conversion_id = c.conversion_id
        AND d.partner_id = c.partner_id AND d.kind = c.kind AND d.id < c.id)
    AND v.status NOT IN ('declined', 'replaced') AND v.occurred_at >= :from AND v.occurred_at < :to
GROUP BY 1, 2, 3;

-- name: report_partner_commissions
SELECT partner_id AS key_id, (occurred_at + :offset) / 86400000 AS day,
    CASE WHEN :by_day = 1 THEN occurred_at / 86400000 ELSE 0 END AS utc_day, coalesce(sum(amount), 0) AS commission
FROM commission
WHERE program_id = :program_id AND is_test = 0 AND currency = :currency
    AND occurred_at >= :from AND occurred_at < :to
GROUP BY 1, 2, 3;

-- name: report_applications
SELECT count(*) AS clicks, min(created_at) AS last_at FROM partner
WHERE program_id = :program_id AND status = 'pending';

-- name: report_commissions_waiting
-- What needs a hand: held ones, and with manual approval those whose hold is over.
SELECT count(*) AS clicks, coalesce(sum(CASE WHEN currency = :currency THEN amount END), 0) AS commission
FROM commission
WHERE program_id = :program_id AND is_test = 0
    AND (status = 'held' OR (:manual = 1 AND status = 'pending' AND matures_at <= :now));

-- name: report_payouts_open
SELECT count(DISTINCT payout_id) AS clicks, coalesce(sum(CASE WHEN currency = :currency THEN amount END), 0) AS commission
FROM payout_line
WHERE program_id = :program_id AND status = 'pending';

-- name: report_maturing
SELECT coalesce(sum(amount), 0) FROM commission
WHERE program_id = :program_id AND is_test = 0 AND currency = :currency AND status = 'pending'
    AND matures_at > :after AND matures_at <= :until;

-- For himself: the order of a recruiter's part is not his.
-- name: report_latest_commissions
SELECT c.id, c.program_id, c.partner_id, c.kind, c.currency, c.amount, c.earned_amount, c.reversed_amount,
    CASE WHEN :is_own = 1 AND c.bonus_for = 'recruit' THEN NULL ELSE c.conversion_id END AS conversion_id,
    CASE WHEN :is_own = 1 AND c.bonus_for = 'recruit' THEN NULL ELSE c.order_id END AS order_id,
    c.base_amount, c.base_currency, c.share_bp, c.rule_id, c.rule_version, c.status, c.status_reason, c.status_note,
    c.occurred_at, c.matures_at, c.payable_at, c.paid_at, c.created_at, c.payout_id, c.payout_line_id, c.is_test,
    c.bonus_for, (SELECT q.name FROM commission s JOIN partner q ON q.id = s.partner_id
                  WHERE s.id = c.source_id AND c.bonus_for = 'recruit') AS recruited_name
FROM commission c
WHERE c.program_id = :program_id AND c.is_test = 0 AND c.partner_id = :partner_id
ORDER BY c.id DESC
LIMIT :most;

-- name: report_timeline
SELECT id, program_id, partner_id, kind, text, by, at FROM partner_event
WHERE program_id = :program_id AND partner_id = :partner_id
ORDER BY id DESC
LIMIT 50;

-- name: report_partner_subs
SELECT sub1 AS key, sum(clicks) AS clicks, sum(unique_clicks) AS unique_clicks
FROM click_sub
WHERE program_id = :program_id AND partner_id = :partner_id AND hour >= :from AND hour < :to
GROUP BY 1
ORDER BY 2 DESC
LIMIT 8;

-- name: report_partners
SELECT id, program_id, email, name, website, country, kind, "group", tags, status, reason, flags, terms_version,
    terms_accepted_at, created_at, decided_at, updated_at
FROM partner
WHERE program_id = :program_id
ORDER BY id;

-- name: report_first_click
SELECT coalesce(min(hour), 0) FROM click_hour WHERE program_id = :program_id AND partner_id = :partner_id;

-- name: report_first_commission
SELECT coalesce(min(occurred_at), 0) FROM commission
WHERE program_id = :program_id AND is_test = 0 AND partner_id = :partner_id AND conversion_id IS NOT NULL;

-- name: report_link_clicks
SELECT link_id AS key_id, (hour + :offset) / 86400000 AS day, sum(clicks) AS clicks,
    sum(unique_clicks) AS unique_clicks, max(hour) AS last_at
FROM click_hour
WHERE program_id = :program_id AND hour >= :from AND hour < :to
    AND (:partner_id IS NULL OR partner_id = :partner_id)
GROUP BY 1, 2;

-- name: report_site_kinds
-- The last quarter by kind of partner, for the public page: buyers and clicks.
SELECT p.kind AS key, sum(h.clicks) AS clicks, 0 AS conversions
FROM click_hour h
JOIN partner p ON p.id = h.partner_id
WHERE h.program_id = :program_id AND h.hour >= :from AND h.hour < :to
GROUP BY p.kind;

-- name: report_site_partners
-- What each approved partner earned in the quarter: for the middle and the best quarter of each kind.
SELECT p.id AS key_id, p.kind AS key, count(DISTINCT CASE WHEN c.kind IN ('sale', 'lead') THEN c.conversion_id END) AS conversions,
    coalesce(sum(c.amount), 0) AS commission
FROM partner p
LEFT JOIN commission c ON c.partner_id = p.id AND c.program_id = p.program_id AND c.is_test = 0
    AND c.currency = :currency AND c.occurred_at >= :from AND c.occurred_at < :to
WHERE p.program_id = :program_id AND p.status = 'approved'
GROUP BY p.id, p.kind
ORDER BY commission DESC;

-- name: report_site_paid
-- By the currency that left: what was earned in another may be paid in the programme's.
SELECT coalesce(pay_currency, currency) AS key, count(DISTINCT partner_id) AS clicks,
    sum(CASE WHEN pay_currency IS NULL THEN amount ELSE pay_amount END) AS commission
FROM payout_line
WHERE program_id = :program_id AND status = 'paid'
GROUP BY coalesce(pay_currency, currency)
ORDER BY 1;

-- name: report_site_streams
-- One stream per partner that was ever paid, for the picture of the public page.
SELECT partner_id AS key_id, sum(CASE WHEN pay_currency IS NULL THEN amount ELSE pay_amount END) AS commission
FROM payout_line
WHERE program_id = :program_id AND coalesce(pay_currency, currency) = :currency AND status = 'paid'
GROUP BY partner_id
ORDER BY commission DESC
LIMIT 60;

-- name: report_search_partners
SELECT id AS key_id, name AS key FROM partner
WHERE program_id = :program_id AND (lower(name) LIKE :like ESCAPE '\' OR lower(email) LIKE :like ESCAPE '\'
    OR lower(coalesce(website, '')) LIKE :like ESCAPE '\')
ORDER BY name
LIMIT 10;

-- name: report_search_orders
SELECT id AS key_id, order_id AS key, occurred_at AS last_at, amount AS revenue FROM conversion
WHERE program_id = :program_id AND is_test = 0 AND lower(order_id) LIKE :like ESCAPE '\'
ORDER BY id DESC
LIMIT 10;

-- name: report_search_links
SELECT partner_id AS key_id, code AS key FROM link
WHERE program_id = :program_id AND code LIKE :like ESCAPE '\'
ORDER BY code
LIMIT 10;

-- name: report_search_coupons
SELECT partner_id AS key_id, code AS key FROM coupon
WHERE program_id = :program_id AND lower(code) LIKE :like ESCAPE '\'
ORDER BY code
LIMIT 10;

-- name: report_by_partner_clicks
SELECT h.partner_id AS key_id, p.name AS key, sum(h.clicks) AS clicks, sum(h.unique_clicks) AS unique_clicks
FROM click_hour h
JOIN partner p ON p.id = h.partner_id
WHERE h.program_id = :program_id AND h.hour >= :from AND h.hour < :to
    AND (:partner_id IS NULL OR h.partner_id = :partner_id)
GROUP BY 1, 2;

-- name: report_by_link_clicks
SELECT h.link_id AS key_id, l.code AS key, sum(h.clicks) AS clicks, sum(h.unique_clicks) AS unique_clicks
FROM click_hour h
JOIN link l ON l.id = h.link_id
WHERE h.program_id = :program_id AND h.hour >= :from AND h.hour < :to
    AND (:partner_id IS NULL OR h.partner_id = :partner_id)
GROUP BY 1, 2;

-- name: report_by_creative_clicks
SELECT h.creative_id AS key_id, x.name AS key, sum(h.clicks) AS clicks, sum(h.unique_clicks) AS unique_clicks
FROM click_hour h
JOIN creative x ON x.id = h.creative_id
WHERE h.program_id = :program_id AND h.hour >= :from AND h.hour < :to
    AND (:partner_id IS NULL OR h.partner_id = :partner_id)
GROUP BY 1, 2;

-- name: report_by_sub1_clicks
SELECT 0 AS key_id, h.sub1 AS key, sum(h.clicks) AS clicks, sum(h.unique_clicks) AS unique_clicks
FROM click_sub h
WHERE h.program_id = :program_id AND h.hour >= :from AND h.hour < :to
    AND (:partner_id IS NULL OR h.partner_id = :partner_id)
GROUP BY 1, 2;

-- name: report_by_country_clicks
SELECT 0 AS key_id, h.country AS key, sum(h.clicks) AS clicks, sum(h.unique_clicks) AS unique_clicks
FROM click_hour h
WHERE h.program_id = :program_id AND h.hour >= :from AND h.hour < :to
    AND (:partner_id IS NULL OR h.partner_id = :partner_id)
GROUP BY 1, 2;

-- name: report_by_device_clicks
SELECT 0 AS key_id, h.device AS key, sum(h.clicks) AS clicks, sum(h.unique_clicks) AS unique_clicks
FROM click_hour h
WHERE h.program_id = :program_id AND h.hour >= :from AND h.hour < :to
    AND (:partner_id IS NULL OR h.partner_id = :partner_id)
GROUP BY 1, 2;

-- name: report_by_partner_orders
SELECT c.partner_id AS key_id, p.name AS key, CASE WHEN :by_day = 1 THEN v.occurred_at / 86400000 ELSE 0 END AS utc_day,
    count(DISTINCT v.id) AS conversions,
    count(DISTINCT CASE WHEN v.currency = :currency THEN v.id END) AS counted,
    coalesce(sum(CASE WHEN v.currency = :currency AND NOT EXISTS (SELECT 1 FROM commission d
        WHERE d.conversion_id = c.conversion_id AND d.partner_id = c.partner_id AND d.kind = c.kind AND d.id < c.id)
        THEN v.amount - v.refunded_amount END), 0) AS revenue,
    coalesce(sum(CASE WHEN c.currency = :currency THEN c.amount END), 0) AS commission
FROM commission c
JOIN conversion v ON v.id = c.conversion_id
JOIN partner p ON p.id = c.partner_id
WHERE c.program_id = :program_id AND c.is_test = 0
    AND c.kind IN ('sale', 'lead') AND (c.is_kept = 1 OR (v.refunded_amount > 0 AND v.refunded_amount >= v.amount))
    AND v.status NOT IN ('declined', 'replaced') AND v.occurred_at >= :from AND v.occurred_at < :to
    AND (:partner_id IS NULL OR c.partner_id = :partner_id)
GROUP BY 1, 2, 3
UNION ALL
-- What he has beside orders: bonuses, adjustments, clicks.
SELECT c.partner_id AS key_id, p.name AS key, CASE WHEN :by_day = 1 THEN c.occurred_at / 86400000 ELSE 0 END AS utc_day,
    0, 0, 0, coalesce(sum(CASE WHEN c.currency = :currency THEN c.amount END), 0) AS commission
FROM commission c
JOIN partner p ON p.id = c.partner_id
WHERE c.program_id = :program_id AND c.is_test = 0 AND c.kind NOT IN ('sale', 'lead')
    AND c.occurred_at >= :from AND c.occurred_at < :to
    AND (:partner_id IS NULL OR c.partner_id = :partner_id)
GROUP BY 1, 2, 3;

-- name: report_by_link_orders
SELECT t.link_id AS key_id, l.code AS key, CASE WHEN :by_day = 1 THEN v.occurred_at / 86400000 ELSE 0 END AS utc_day,
    count(DISTINCT v.id) AS conversions,
    count(DISTINCT CASE WHEN v.currency = :currency THEN v.id END) AS counted,
    coalesce(sum(CASE WHEN v.currency = :currency AND NOT EXISTS (SELECT 1 FROM commission d
        WHERE d.conversion_id = c.conversion_id AND d.partner_id = c.partner_id AND d.kind = c.kind AND d.id < c.id)
        THEN v.amount - v.refunded_amount END), 0) AS revenue,
    coalesce(sum(CASE WHEN c.currency = :currency THEN c.amount END), 0) AS commission
FROM commission c
JOIN conversion v ON v.id = c.conversion_id
JOIN conversion_touch t ON t.conversion_id = v.id AND t.partner_id = c.partner_id AND t.won = 1
    AND NOT EXISTS (SELECT 1 FROM conversion_touch u WHERE u.conversion_id = t.conversion_id
        AND u.partner_id = t.partner_id AND u.won = 1 AND u.n > t.n)
JOIN link l ON l.id = t.link_id
WHERE c.program_id = :program_id AND c.is_test = 0
    AND c.kind IN ('sale', 'lead') AND (c.is_kept = 1 OR (v.refunded_amount > 0 AND v.refunded_amount >= v.amount))
    AND v.status NOT IN ('declined', 'replaced') AND v.occurred_at >= :from AND v.occurred_at < :to
    AND (:partner_id IS NULL OR c.partner_id = :partner_id)
GROUP BY 1, 2, 3;

-- name: report_by_coupon_orders
SELECT t.coupon_id AS key_id, q.code AS key, CASE WHEN :by_day = 1 THEN v.occurred_at / 86400000 ELSE 0 END AS utc_day,
    count(DISTINCT v.id) AS conversions,
    count(DISTINCT CASE WHEN v.currency = :currency THEN v.id END) AS counted,
    coalesce(sum(CASE WHEN v.currency = :currency AND NOT EXISTS (SELECT 1 FROM commission d
        WHERE d.conversion_id = c.conversion_id AND d.partner_id = c.partner_id AND d.kind = c.kind AND d.id < c.id)
        THEN v.amount - v.refunded_amount END), 0) AS revenue,
    coalesce(sum(CASE WHEN c.currency = :currency THEN c.amount END), 0) AS commission
FROM commission c
JOIN conversion v ON v.id = c.conversion_id
JOIN conversion_touch t ON t.conversion_id = v.id AND t.partner_id = c.partner_id AND t.won = 1
    AND NOT EXISTS (SELECT 1 FROM conversion_touch u WHERE u.conversion_id = t.conversion_id
        AND u.partner_id = t.partner_id AND u.won = 1 AND u.n > t.n)
JOIN coupon q ON q.id = t.coupon_id
WHERE c.program_id = :program_id AND c.is_test = 0
    AND c.kind IN ('sale', 'lead') AND (c.is_kept = 1 OR (v.refunded_amount > 0 AND v.refunded_amount >= v.amount))
    AND v.status NOT IN ('declined', 'replaced') AND v.occurred_at >= :from AND v.occurred_at < :to
    AND (:partner_id IS NULL OR c.partner_id = :partner_id)
GROUP BY 1, 2, 3;

-- name: report_by_creative_orders
SELECT k.creative_id AS key_id, x.name AS key, CASE WHEN :by_day = 1 THEN v.occurred_at / 86400000 ELSE 0 END AS utc_day,
    count(DISTINCT v.id) AS conversions,
    count(DISTINCT CASE WHEN v.currency = :currency THEN v.id END) AS counted,
    coalesce(sum(CASE WHEN v.currency = :currency AND NOT EXISTS (SELECT 1 FROM commission d
        WHERE d.conversion_id = c.conversion_id AND d.partner_id = c.partner_id AND d.kind = c.kind AND d.id < c.id)
        THEN v.amount - v.refunded_amount END), 0) AS revenue,
    coalesce(sum(CASE WHEN c.currency = :currency THEN c.amount END), 0) AS commission
FROM commission c
JOIN conversion v ON v.id = c.conversion_id
JOIN conversion_touch t ON t.conversion_id = v.id AND t.partner_id = c.partner_id AND t.won = 1
    AND NOT EXISTS (SELECT 1 FROM conversion_touch u WHERE u.conversion_id = t.conversion_id
        AND u.partner_id = t.partner_id AND u.won = 1 AND u.n > t.n)
JOIN click k ON k.id = t.click_id
JOIN creative x ON x.id = k.creative_id
WHERE c.program_id = :program_id AND c.is_test = 0
    AND c.kind IN ('sale', 'lead') AND (c.is_kept = 1 OR (v.refunded_amount > 0 AND v.refunded_amount >= v.amount))
    AND v.status NOT IN ('declined', 'replaced') AND v.occurred_at >= :from AND v.occurred_at < :to
    AND (:partner_id IS NULL OR c.partner_id = :partner_id)
GROUP BY 1, 2, 3;

-- name: report_by_sub1_orders
SELECT 0 AS key_id, coalesce(k.sub1, '') AS key, CASE WHEN :by_day = 1 THEN v.occurred_at / 86400000 ELSE 0 END AS utc_day,
    count(DISTINCT v.id) AS conversions,
    count(DISTINCT CASE WHEN v.currency = :currency THEN v.id END) AS counted,
    coalesce(sum(CASE WHEN v.currency = :currency AND NOT EXISTS (SELECT 1 FROM commission d
        WHERE d.conversion_id = c.conversion_id AND d.partner_id = c.partner_id AND d.kind = c.kind AND d.id < c.id)
        THEN v.amount - v.refunded_amount END), 0) AS revenue,
    coalesce(sum(CASE WHEN c.currency = :currency THEN c.amount END), 0) AS commission
FROM commission c
JOIN conversion v ON v.id = c.conversion_id
JOIN conversion_touch t ON t.conversion_id = v.id AND t.partner_id = c.partner_id AND t.won = 1
    AND NOT EXISTS (SELECT 1 FROM conversion_touch u WHERE u.conversion_id = t.conversion_id
        AND u.partner_id = t.partner_id AND u.won = 1 AND u.n > t.n)
JOIN click k ON k.id = t.click_id
WHERE c.program_id = :program_id AND c.is_test = 0
    AND c.kind IN ('sale', 'lead') AND (c.is_kept = 1 OR (v.refunded_amount > 0 AND v.refunded_amount >= v.amount))
    AND v.status NOT IN ('declined', 'replaced') AND v.occurred_at >= :from AND v.occurred_at < :to
    AND (:partner_id IS NULL OR c.partner_id = :partner_id)
GROUP BY 1, 2, 3;

-- name: report_by_country_orders
SELECT 0 AS key_id, coalesce(k.country, '') AS key, CASE WHEN :by_day = 1 THEN v.occurred_at / 86400000 ELSE 0 END AS utc_day,
    count(DISTINCT v.id) AS conversions,
    count(DISTINCT CASE WHEN v.currency = :currency THEN v.id END) AS counted,
    coalesce(sum(CASE WHEN v.currency = :currency AND NOT EXISTS (SELECT 1 FROM commission d
        WHERE d.conversion_id = c.conversion_id AND d.partner_id = c.partner_id AND d.kind = c.kind AND d.id < c.id)
        THEN v.amount - v.refunded_amount END), 0) AS revenue,
    coalesce(sum(CASE WHEN c.currency = :currency THEN c.amount END), 0) AS commission
FROM commission c
JOIN conversion v ON v.id = c.conversion_id
JOIN conversion_touch t ON t.conversion_id = v.id AND t.partner_id = c.partner_id AND t.won = 1
    AND NOT EXISTS (SELECT 1 FROM conversion_touch u WHERE u.conversion_id = t.conversion_id
        AND u.partner_id = t.partner_id AND u.won = 1 AND u.n > t.n)
JOIN click k ON k.id = t.click_id
WHERE c.program_id = :program_id AND c.is_test = 0
    AND c.kind IN ('sale', 'lead') AND (c.is_kept = 1 OR (v.refunded_amount > 0 AND v.refunded_amount >= v.amount))
    AND v.status NOT IN ('declined', 'replaced') AND v.occurred_at >= :from AND v.occurred_at < :to
    AND (:partner_id IS NULL OR c.partner_id = :partner_id)
GROUP BY 1, 2, 3;

-- name: report_by_device_orders
SELECT 0 AS key_id, CASE k.device WHEN 1 THEN 'desktop' WHEN 2 THEN 'phone' WHEN 3 THEN 'tablet' WHEN 4 THEN 'other'
        ELSE 'unknown' END AS key, CASE WHEN :by_day = 1 THEN v.occurred_at / 86400000 ELSE 0 END AS utc_day,
    count(DISTINCT v.id) AS conversions,
    count(DISTINCT CASE WHEN v.currency = :currency THEN v.id END) AS counted,
    coalesce(sum(CASE WHEN v.currency = :currency AND NOT EXISTS (SELECT 1 FROM commission d
        WHERE d.conversion_id = c.conversion_id AND d.partner_id = c.partner_id AND d.kind = c.kind AND d.id < c.id)
        THEN v.amount - v.refunded_amount END), 0) AS revenue,
    coalesce(sum(CASE WHEN c.currency = :currency THEN c.amount END), 0) AS commission
FROM commission c
JOIN conversion v ON v.id = c.conversion_id
JOIN conversion_touch t ON t.conversion_id = v.id AND t.partner_id = c.partner_id AND t.won = 1
    AND NOT EXISTS (SELECT 1 FROM conversion_touch u WHERE u.conversion_id = t.conversion_id
        AND u.partner_id = t.partner_id AND u.won = 1 AND u.n > t.n)
JOIN click k ON k.id = t.click_id
WHERE c.program_id = :program_id AND c.is_test = 0
    AND c.kind IN ('sale', 'lead') AND (c.is_kept = 1 OR (v.refunded_amount > 0 AND v.refunded_amount >= v.amount))
    AND v.status NOT IN ('declined', 'replaced') AND v.occurred_at >= :from AND v.occurred_at < :to
    AND (:partner_id IS NULL OR c.partner_id = :partner_id)
GROUP BY 1, 2, 3;

-- name: report_link_names
SELECT id AS key_id, code AS key FROM link
WHERE program_id = :program_id AND partner_id = :partner_id
ORDER BY id;
