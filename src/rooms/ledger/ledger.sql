-- name: ledger_entry_by_key
SELECT id FROM ledger_entry WHERE key = :key;

-- To ask for the key first would put every entry in the way of those made beside it.
-- name: ledger_entry_insert
INSERT INTO ledger_entry (id, program_id, key, kind, at, cause_type, cause_id, commission_id, actor, memo, is_test)
VALUES (:id, :program_id, :key, :kind, :at, :cause_type, :cause_id, :commission_id, :actor, :memo, :is_test)
ON CONFLICT (key) DO NOTHING;

-- Nothing is inserted while the account does not exist.
-- name: ledger_posting_insert
INSERT INTO ledger_posting (entry_id, line, account_id, amount)
SELECT :entry_id, :line, id, :amount
FROM ledger_account
WHERE program_id = :program_id AND partner_id = :partner_id AND is_test = :is_test
  AND currency = :currency AND kind = :kind
ON CONFLICT (entry_id, line) DO NOTHING;

-- The same for both halves of what most entries are.
-- name: ledger_posting_insert_two
INSERT INTO ledger_posting (entry_id, line, account_id, amount)
SELECT CAST(:entry_id AS {{int}}), 1, id, CAST(:amount AS {{int}})
FROM ledger_account
WHERE program_id = :program_id AND partner_id = :partner_id AND is_test = :is_test
  AND currency = :currency AND kind = :kind
UNION ALL
SELECT CAST(:entry_id AS {{int}}), 2, id, CAST(:other_amount AS {{int}})
FROM ledger_account
WHERE program_id = :program_id AND partner_id = :other_partner_id AND is_test = :is_test
  AND currency = :other_currency AND kind = :other_kind;

-- name: ledger_account_insert
INSERT INTO ledger_account (id, program_id, partner_id, kind, currency, is_test)
VALUES (:id, :program_id, :partner_id, :kind, :currency, :is_test)
ON CONFLICT DO NOTHING;

-- name: ledger_lines_of_entry
SELECT p.entry_id, p.line, a.kind AS account, a.partner_id, a.currency, p.amount
FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
WHERE p.entry_id = :entry_id
ORDER BY p.line;

-- name: ledger_lines_of_commission
SELECT p.entry_id, e.program_id, e.key, e.kind, e.at, e.cause_type, e.cause_id, e.commission_id, e.actor, e.memo,
       p.line, a.kind AS account, a.partner_id, a.currency, p.amount
FROM ledger_entry e
JOIN ledger_posting p ON p.entry_id = e.id
JOIN ledger_account a ON a.id = p.account_id
WHERE e.commission_id = :commission_id AND e.program_id = :program_id
ORDER BY e.at, e.id, p.line;

-- name: ledger_lines_of_cause
SELECT p.entry_id, e.program_id, e.key, e.kind, e.at, e.cause_type, e.cause_id, e.commission_id, e.actor, e.memo,
       p.line, a.kind AS account, a.partner_id, a.currency, p.amount
FROM ledger_entry e
JOIN ledger_posting p ON p.entry_id = e.id
JOIN ledger_account a ON a.id = p.account_id
WHERE e.cause_type = :cause_type AND e.cause_id = :cause_id AND e.program_id = :program_id
ORDER BY e.at, e.id, p.line;

-- name: ledger_sums_of_partner
SELECT a.currency, a.kind AS account, CAST(SUM(p.amount) AS {{int}}) AS amount
FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id
WHERE a.program_id = :program_id AND a.partner_id = :partner_id AND a.is_test = :is_test
GROUP BY a.currency, a.kind
ORDER BY a.currency, a.kind;

-- name: ledger_sums_of_program
SELECT a.currency, a.kind AS account, CAST(SUM(p.amount) AS {{int}}) AS amount
FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id
WHERE a.program_id = :program_id AND a.is_test = :is_test
GROUP BY a.currency, a.kind
ORDER BY a.currency, a.kind;

-- As it was known then: entries of that instant and before.
-- name: ledger_sums_until
SELECT a.currency, a.kind AS account, CAST(SUM(p.amount) AS {{int}}) AS amount
FROM ledger_account a
JOIN ledger_posting p ON p.account_id = a.id
JOIN ledger_entry e ON e.id = p.entry_id
WHERE a.program_id = :program_id AND (:partner_id IS NULL OR a.partner_id = :partner_id) AND a.is_test = :is_test
  AND e.at <= :until
GROUP BY a.currency, a.kind
ORDER BY a.currency, a.kind;
