-- An account is one programme's, one partner's (0: the programme itself), one currency's, live or test.
CREATE TABLE ledger_account (
    id         {{key}},
    program_id {{int}} NOT NULL,
    partner_id {{int}} NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN
                   ('expense', 'pending', 'held', 'payable', 'in_payout', 'carried', 'paid')),
    currency   TEXT NOT NULL CHECK (length(currency) = 3),
    is_test    {{int}} NOT NULL CHECK (is_test IN (0, 1)),
    UNIQUE (program_id, partner_id, is_test, currency, kind)
) {{strict}};

CREATE TABLE ledger_entry (
    id            {{key}},
    program_id    {{int}} NOT NULL,
    key           TEXT NOT NULL UNIQUE,
    kind          TEXT NOT NULL,
    at            {{int}} NOT NULL,
    cause_type    TEXT,
    cause_id      {{int}},
    commission_id {{int}},
    actor         TEXT,
    memo          TEXT,
    is_test       {{int}} NOT NULL CHECK (is_test IN (0, 1))
) {{strict}};
CREATE INDEX ledger_entry_commission ON ledger_entry (commission_id) WHERE commission_id IS NOT NULL;
CREATE INDEX ledger_entry_cause ON ledger_entry (cause_type, cause_id) WHERE cause_id IS NOT NULL;
CREATE INDEX ledger_entry_program ON ledger_entry (program_id, at);

-- Debit is positive, credit negative.
CREATE TABLE ledger_posting (
    entry_id   {{int}} NOT NULL REFERENCES ledger_entry (id),
    line       {{int}} NOT NULL,
    account_id {{int}} NOT NULL REFERENCES ledger_account (id),
    amount     {{int}} NOT NULL CHECK (amount <> 0),
    PRIMARY KEY (entry_id, line)
) {{strict}};
CREATE INDEX ledger_posting_account ON ledger_posting (account_id, amount);

CREATE TRIGGER ledger_account_kept BEFORE UPDATE ON ledger_account
BEGIN SELECT RAISE(ABORT, 'an account is never changed'); END;
CREATE TRIGGER ledger_account_stays BEFORE DELETE ON ledger_account
BEGIN SELECT RAISE(ABORT, 'an account is never deleted'); END;
CREATE TRIGGER ledger_entry_kept BEFORE UPDATE ON ledger_entry
BEGIN SELECT RAISE(ABORT, 'an entry is never changed, only answered by another'); END;
CREATE TRIGGER ledger_entry_stays BEFORE DELETE ON ledger_entry
BEGIN SELECT RAISE(ABORT, 'an entry is never deleted, only answered by another'); END;
CREATE TRIGGER ledger_posting_kept BEFORE UPDATE ON ledger_posting
BEGIN SELECT RAISE(ABORT, 'a posting is never changed, only answered by another'); END;
CREATE TRIGGER ledger_posting_stays BEFORE DELETE ON ledger_posting
BEGIN SELECT RAISE(ABORT, 'a posting is never deleted, only answered by another'); END;
