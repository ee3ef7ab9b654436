-- What a commission is worth may change by more than refunds of its own order: by an amended order, a sale that was
-- moved, a tier that was reached or lost, a cap. amount = earned_amount - reversed_amount + adjusted_amount.
--   full_amount  what it is worth before the caps of its partner and of the budget
--   exact_now    the exact sum out of which that is worked out, when it is not `exact`
--   whole, refunded  by which that sum is scaled: (whole - refunded) / whole
--   kept_amount  what is left of the order, and is_kept whether anything is
--   bonus_for    which rule gave it: first_sale, target, recruit
-- @sqlite
CREATE TABLE commission_adjusted (
    id              {{key}},
    program_id      {{int}} NOT NULL,
    partner_id      {{int}} NOT NULL,
    conversion_id   {{int}},
    order_id        TEXT,
    kind            TEXT NOT NULL CHECK (kind IN ('sale', 'lead', 'bonus', 'adjustment', 'click')),
    currency        TEXT NOT NULL CHECK (length(currency) = 3),
    earned_amount   {{int}} NOT NULL,
    base_amount     {{int}} NOT NULL,
    base_currency   TEXT,
    share_bp        {{int}} NOT NULL CHECK (share_bp BETWEEN 0 AND 10000),
    rule_id         {{int}},
    rule_version    {{int}} NOT NULL,
    exact           TEXT NOT NULL,
    receipt         TEXT NOT NULL,
    occurred_at     {{int}} NOT NULL,
    matures_at      {{int}} NOT NULL,
    is_test         {{int}} NOT NULL CHECK (is_test IN (0, 1)),
    created_at      {{int}} NOT NULL,
    -- below: kept true by the events
    status          TEXT NOT NULL CHECK (status IN
                        ('pending', 'payable', 'paid', 'reversed', 'declined', 'held')),
    status_reason   TEXT,
    status_note     TEXT,
    place           TEXT NOT NULL CHECK (place IN
                        ('none', 'pending', 'held', 'payable', 'in_payout', 'paid', 'carried')),
    booked          {{int}} NOT NULL,
    amount          {{int}} NOT NULL,
    reversed_amount {{int}} NOT NULL,
    payable_at      {{int}},
    paid_at         {{int}},
    payout_id       {{int}},
    payout_line_id  {{int}},
    adjusted_amount {{int}} NOT NULL DEFAULT 0,
    full_amount     {{int}} NOT NULL DEFAULT 0,
    exact_now       TEXT,
    whole           {{int}} NOT NULL DEFAULT 0,
    refunded        {{int}} NOT NULL DEFAULT 0,
    kept_amount     {{int}} NOT NULL DEFAULT 0,
    is_kept         {{int}} NOT NULL DEFAULT 1 CHECK (is_kept IN (0, 1)),
    bonus_for       TEXT
) {{strict}};

INSERT INTO commission_adjusted (id, program_id, partner_id, conversion_id, order_id, kind, currency, earned_amount, base_amount, base_currency, share_bp, rule_id, rule_version, exact, receipt, occurred_at, matures_at, is_test, created_at, status, status_reason, status_note, place, booked, amount, reversed_amount, payable_at, paid_at, payout_id, payout_line_id, full_amount, kept_amount)
SELECT id, program_id, partner_id, conversion_id, order_id, kind, currency, earned_amount, base_amount, base_currency, share_bp, rule_id, rule_version, exact, receipt, occurred_at, matures_at, is_test, created_at, status, status_reason, status_note, place, booked, amount, reversed_amount, payable_at, paid_at, payout_id, payout_line_id,
    CASE WHEN status = 'declined' THEN earned_amount - reversed_amount ELSE amount END, base_amount
FROM commission;
DROP TABLE commission;
ALTER TABLE commission_adjusted RENAME TO commission;
CREATE INDEX commission_program ON commission (program_id, is_test, id);
CREATE INDEX commission_partner ON commission (program_id, partner_id, is_test, id);
CREATE INDEX commission_conversion ON commission (conversion_id) WHERE conversion_id IS NOT NULL;
CREATE INDEX commission_order ON commission (program_id, order_id) WHERE order_id IS NOT NULL;
CREATE INDEX commission_maturing ON commission (matures_at) WHERE place = 'pending';
CREATE INDEX commission_payable ON commission (program_id, partner_id, currency) WHERE place = 'payable';
CREATE INDEX commission_in_line ON commission (payout_line_id) WHERE payout_line_id IS NOT NULL;
CREATE INDEX commission_status ON commission (program_id, is_test, status, id);

CREATE TRIGGER commission_kept BEFORE UPDATE OF id, program_id, partner_id, conversion_id, order_id, kind, currency,
    earned_amount, base_amount, base_currency, share_bp, rule_id, rule_version, exact, receipt, occurred_at,
    matures_at, is_test, created_at ON commission
BEGIN SELECT RAISE(ABORT, 'the facts of a commission are frozen'); END;
CREATE TRIGGER commission_stays BEFORE DELETE ON commission
BEGIN SELECT RAISE(ABORT, 'a commission is never deleted'); END;


CREATE TABLE commission_event_adjusted (
    id            {{key}},
    program_id    {{int}} NOT NULL,
    commission_id {{int}} NOT NULL REFERENCES commission (id),
    kind          TEXT NOT NULL CHECK (kind IN ('accrued', 'matured', 'approved', 'held', 'released', 'declined',
                      'reversed', 'put_in_payout', 'paid', 'payout_failed', 'adjusted')),
    amount        {{int}} NOT NULL,
    entry_id      {{int}},
    reason        TEXT,
    note          TEXT,
    cause_type    TEXT,
    cause_id      {{int}},
    actor         TEXT,
    at            {{int}} NOT NULL
) {{strict}};

INSERT INTO commission_event_adjusted (id, program_id, commission_id, kind, amount, entry_id, reason, note, cause_type, cause_id, actor, at)
SELECT id, program_id, commission_id, kind, amount, entry_id, reason, note, cause_type, cause_id, actor, at FROM commission_event;
DROP TABLE commission_event;
ALTER TABLE commission_event_adjusted RENAME TO commission_event;
CREATE INDEX commission_event_commission ON commission_event (commission_id, id);
CREATE TRIGGER commission_event_kept BEFORE UPDATE ON commission_event
BEGIN SELECT RAISE(ABORT, 'what happened is never changed'); END;
CREATE TRIGGER commission_event_stays BEFORE DELETE ON commission_event
BEGIN SELECT RAISE(ABORT, 'what happened is never deleted'); END;


-- @postgres
ALTER TABLE commission DROP CONSTRAINT commission_kind_check;
ALTER TABLE commission ADD CONSTRAINT commission_kind_check
    CHECK (kind IN ('sale', 'lead', 'bonus', 'adjustment', 'click'));
ALTER TABLE commission ADD COLUMN adjusted_amount {{int}} NOT NULL DEFAULT 0;
ALTER TABLE commission ADD COLUMN full_amount {{int}} NOT NULL DEFAULT 0;
ALTER TABLE commission ADD COLUMN exact_now TEXT;
ALTER TABLE commission ADD COLUMN whole {{int}} NOT NULL DEFAULT 0;
ALTER TABLE commission ADD COLUMN refunded {{int}} NOT NULL DEFAULT 0;
ALTER TABLE commission ADD COLUMN kept_amount {{int}} NOT NULL DEFAULT 0;
ALTER TABLE commission ADD COLUMN is_kept {{int}} NOT NULL DEFAULT 1 CHECK (is_kept IN (0, 1));
ALTER TABLE commission ADD COLUMN bonus_for TEXT;
UPDATE commission SET full_amount = CASE WHEN status = 'declined' THEN earned_amount - reversed_amount ELSE amount END,
    kept_amount = base_amount;
ALTER TABLE commission_event DROP CONSTRAINT commission_event_kind_check;
ALTER TABLE commission_event ADD CONSTRAINT commission_event_kind_check CHECK (kind IN ('accrued', 'matured', 'approved',
    'held', 'released', 'declined', 'reversed', 'put_in_payout', 'paid', 'payout_failed', 'adjusted'));
-- @both
