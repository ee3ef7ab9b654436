-- name: payout_insert
INSERT INTO payout (id, program_id, currency, pay_in, cutoff, minimum, created_at, created_by)
VALUES (:id, :program_id, :currency, :pay_in, :cutoff, :minimum, :created_at, :created_by)
ON CONFLICT (id) DO NOTHING;

-- name: payout_list
-- Partners see the batches in which they have a line, with the sums of their own line alone.
SELECT p.id, p.program_id, p.currency, p.pay_in, p.cutoff, p.minimum, p.created_at, p.created_by,
    coalesce(sum(l.pay_amount), 0) AS pay_amount, count(l.id) AS line_count, coalesce(sum(l.amount), 0) AS amount,
    coalesce(sum(CASE WHEN l.status = 'paid' THEN l.amount END), 0) AS paid_amount,
    coalesce(sum(CASE WHEN l.status = 'failed' THEN l.amount END), 0) AS failed_amount,
    count(CASE WHEN l.status = 'pending' THEN 1 END) AS pending_count,
    CASE WHEN count(l.id) = 0 THEN 'empty'
        WHEN count(CASE WHEN l.status = 'pending' THEN 1 END) > 0 THEN 'open'
        WHEN count(CASE WHEN l.status = 'paid' THEN 1 END) > 0 THEN 'paid'
        ELSE 'failed' END AS status
FROM payout p
LEFT JOIN payout_line l ON l.payout_id = p.id AND (:partner_id IS NULL OR l.partner_id = :partner_id)
WHERE p.program_id = :program_id AND (:id IS NULL OR p.id = :id)
GROUP BY p.id, p.program_id, p.currency, p.pay_in, p.cutoff, p.minimum, p.created_at, p.created_by
HAVING :partner_id IS NULL OR count(l.id) > 0;

-- name: payout_line_insert
INSERT INTO payout_line (id, program_id, payout_id, partner_id, currency, commissions, gross, carried, amount,
    status, reason, payout_method, payout_account, payout_name, tax_id, partner_name, settled_at, settled_by,
    program_name, contact_email, website, terms_version, pay_currency, pay_amount, rate, rate_day, created_at)
VALUES (:id, :program_id, :payout_id, :partner_id, :currency, :commissions, :gross, :carried, :amount,
    :status, :reason, :payout_method, :payout_account, :payout_name, :tax_id, :partner_name, :settled_at,
    :settled_by, :program_name, :contact_email, :website, :terms_version, :pay_currency, :pay_amount, :rate,
    :rate_day, :created_at);

-- name: payout_line_list
SELECT l.id, l.program_id, l.payout_id, l.partner_id, l.currency, l.commissions, l.gross, l.carried, l.amount,
    l.status, l.reason, l.payout_method, l.payout_account, l.payout_name, l.tax_id, l.partner_name,
    l.settled_at, l.settled_by, l.program_name, l.contact_email, l.website, l.terms_version, l.pay_currency,
    l.pay_amount, l.rate, l.rate_day, l.created_at, p.cutoff
FROM payout_line l
JOIN payout p ON p.id = l.payout_id
WHERE l.program_id = :program_id AND (:payout_id IS NULL OR l.payout_id = :payout_id)
    AND (:partner_id IS NULL OR l.partner_id = :partner_id)
    AND (:id IS NULL OR l.id = :id)
ORDER BY l.amount DESC, l.id;

-- name: payout_line_settle
UPDATE payout_line
SET status = :status, reason = :reason, settled_at = :at, settled_by = :by
WHERE program_id = :program_id AND id = :id;

-- name: payout_last_account
-- Where the partner's last paid line went.
SELECT payout_account AS payout_account, payout_method
FROM payout_line
WHERE program_id = :program_id AND partner_id = :partner_id AND status = 'paid'
ORDER BY id DESC
LIMIT 1;

-- name: payout_open_count
SELECT count(DISTINCT payout_id) FROM payout_line WHERE program_id = :program_id AND status = 'pending';


-- name: payout_line_event_insert
INSERT INTO payout_line_event (id, program_id, line_id, status, reason, settled_at, settled_by)
VALUES (:id, :program_id, :line_id, :status, :reason, :settled_at, :settled_by);

-- What was known of a line then.
-- name: payout_line_event_at
SELECT status, reason, settled_at, settled_by
FROM payout_line_event
WHERE program_id = :program_id AND line_id = :line_id AND settled_at <= :until
ORDER BY settled_at DESC, id DESC
LIMIT 1;

-- What partners owe: carried, less all that still waits for them. A row for each partner and currency, under the id of
-- the account that carries it.
-- name: payout_receivables
SELECT a.id, a.program_id, a.partner_id, p.name AS partner_name, p.email, p.status AS partner_status,
    CASE WHEN p.status = 'approved' THEN 0 ELSE 1 END AS has_left, a.currency,
    CAST(-SUM(CASE k.kind WHEN 'carried' THEN g.amount ELSE 0 END) AS {{int}}) AS carried,
    CAST(-SUM(CASE k.kind WHEN 'carried' THEN 0 ELSE g.amount END) AS {{int}}) AS waiting,
    CAST(SUM(g.amount) AS {{int}}) AS owed
FROM ledger_account a
JOIN partner p ON p.id = a.partner_id
JOIN ledger_account k ON k.program_id = a.program_id AND k.partner_id = a.partner_id AND k.is_test = a.is_test
    AND k.currency = a.currency AND k.kind IN ('carried', 'pending', 'held', 'payable')
JOIN ledger_posting g ON g.account_id = k.id
WHERE a.program_id = :program_id AND a.kind = 'carried' AND a.is_test = 0
    AND (:partner_id IS NULL OR a.partner_id = :partner_id)
GROUP BY a.id, a.program_id, a.partner_id, p.name, p.email, p.status, a.currency
HAVING SUM(g.amount) > 0;
