-- Commissions of a foreign currency may be paid in the programme's own: what goes out of one currency and what goes
-- into the other meet in the account "exchange".
-- @sqlite
CREATE TABLE ledger_account_exchange (
    id         {{key}},
    program_id {{int}} NOT NULL,
    partner_id {{int}} NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN
                   ('expense', 'pending', 'held', 'payable', 'in_payout', 'carried', 'paid', 'exchange')),
    currency   TEXT NOT NULL CHECK (length(currency) = 3),
    is_test    {{int}} NOT NULL CHECK (is_test IN (0, 1)),
    UNIQUE (program_id, partner_id, is_test, currency, kind)
) {{strict}};
INSERT INTO ledger_account_exchange (id, program_id, partner_id, kind, currency, is_test)
SELECT id, program_id, partner_id, kind, currency, is_test FROM ledger_account;
DROP TABLE ledger_account;
ALTER TABLE ledger_account_exchange RENAME TO ledger_account;
CREATE TRIGGER ledger_account_kept BEFORE UPDATE ON ledger_account
BEGIN SELECT RAISE(ABORT, 'an account is never changed'); END;
CREATE TRIGGER ledger_account_stays BEFORE DELETE ON ledger_account
BEGIN SELECT RAISE(ABORT, 'an account is never deleted'); END;
-- @postgres
ALTER TABLE ledger_account DROP CONSTRAINT ledger_account_kind_check;
ALTER TABLE ledger_account ADD CONSTRAINT ledger_account_kind_check CHECK (kind IN
    ('expense', 'pending', 'held', 'payable', 'in_payout', 'carried', 'paid', 'exchange'));
-- @both
