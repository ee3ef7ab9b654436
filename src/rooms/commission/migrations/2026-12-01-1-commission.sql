-- A change of a rule ends one version and begins the next of its line.
CREATE TABLE rule (
    id                {{key}},
    program_id        {{int}} NOT NULL,
    line_id           {{int}} NOT NULL,
    version           {{int}} NOT NULL CHECK (version > 0),
    name              TEXT,
    scope_partner_id  {{int}},
    scope_group       TEXT,
    scope_coupon      TEXT,
    scope_sku         TEXT,
    scope_category    TEXT,
    scope_event       TEXT,
    scope_customer    TEXT NOT NULL CHECK (scope_customer IN ('any', 'new', 'returning')),
    reward_percent_bp {{int}} NOT NULL CHECK (reward_percent_bp BETWEEN 0 AND 10000),
    reward_amount     {{int}} NOT NULL CHECK (reward_amount >= 0),
    reward_currency   TEXT CHECK (reward_currency IS NULL OR length(reward_currency) = 3),
    reward_per        TEXT NOT NULL CHECK (reward_per IN ('order', 'item')),
    starts_at         {{int}},
    ends_at           {{int}},
    created_at        {{int}} NOT NULL,
    actor             TEXT,
    UNIQUE (program_id, line_id, version),
    CHECK (ends_at IS NULL OR starts_at IS NULL OR ends_at >= starts_at)
) {{strict}};

CREATE TRIGGER rule_kept BEFORE UPDATE OF id, program_id, line_id, version, name, scope_partner_id, scope_group,
    scope_coupon, scope_sku, scope_category, scope_event, scope_customer, reward_percent_bp, reward_amount,
    reward_currency, reward_per, starts_at, created_at, actor ON rule
BEGIN SELECT RAISE(ABORT, 'a rule is never edited: it ends and another begins'); END;
CREATE TRIGGER rule_stays BEFORE DELETE ON rule
BEGIN SELECT RAISE(ABORT, 'a rule is never deleted: commissions name it'); END;

CREATE TABLE commission (
    id              {{key}},
    program_id      {{int}} NOT NULL,
    partner_id      {{int}} NOT NULL,
    conversion_id   {{int}},
    order_id        TEXT,
    kind            TEXT NOT NULL CHECK (kind IN ('sale', 'lead', 'bonus', 'adjustment')),
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
    payout_line_id  {{int}}
) {{strict}};
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

CREATE TABLE commission_event (
    id            {{key}},
    program_id    {{int}} NOT NULL,
    commission_id {{int}} NOT NULL REFERENCES commission (id),
    kind          TEXT NOT NULL CHECK (kind IN ('accrued', 'matured', 'approved', 'held', 'released', 'declined',
                      'reversed', 'put_in_payout', 'paid', 'payout_failed')),
    amount        {{int}} NOT NULL,
    entry_id      {{int}},
    reason        TEXT,
    note          TEXT,
    cause_type    TEXT,
    cause_id      {{int}},
    actor         TEXT,
    at            {{int}} NOT NULL
) {{strict}};
CREATE INDEX commission_event_commission ON commission_event (commission_id, id);
CREATE TRIGGER commission_event_kept BEFORE UPDATE ON commission_event
BEGIN SELECT RAISE(ABORT, 'what happened is never changed'); END;
CREATE TRIGGER commission_event_stays BEFORE DELETE ON commission_event
BEGIN SELECT RAISE(ABORT, 'what happened is never deleted'); END;

-- What stands between a partner and his next payout besides commissions: refunds of what was already in a payout
-- and negative adjustments (below zero, in the account "carried"). A cent that a refund moved from one partner of a
-- split to another is above zero, in "payable".
CREATE TABLE commission_carry (
    id             {{key}},
    program_id     {{int}} NOT NULL,
    partner_id     {{int}} NOT NULL,
    commission_id  {{int}} NOT NULL REFERENCES commission (id),
    currency       TEXT NOT NULL CHECK (length(currency) = 3),
    amount         {{int}} NOT NULL CHECK (amount <> 0),
    reason         TEXT,
    at             {{int}} NOT NULL,
    is_test        {{int}} NOT NULL CHECK (is_test IN (0, 1)),
    entry_id       {{int}},
    payout_line_id {{int}}
) {{strict}};
CREATE INDEX commission_carry_open ON commission_carry (program_id, partner_id, currency) WHERE payout_line_id IS NULL;
CREATE INDEX commission_carry_line ON commission_carry (payout_line_id) WHERE payout_line_id IS NOT NULL;
CREATE INDEX commission_carry_commission ON commission_carry (commission_id);
CREATE TRIGGER commission_carry_kept BEFORE UPDATE OF id, program_id, partner_id, commission_id, currency, amount,
    reason, at, is_test, entry_id ON commission_carry
BEGIN SELECT RAISE(ABORT, 'what is carried is never changed, only taken up'); END;
CREATE TRIGGER commission_carry_stays BEFORE DELETE ON commission_carry
BEGIN SELECT RAISE(ABORT, 'what is carried is never deleted, only taken up'); END;

-- What a payout line took up; the line itself belongs to the payout room.
CREATE TABLE commission_line (
    line_id    {{key}},
    program_id {{int}} NOT NULL,
    partner_id {{int}} NOT NULL,
    payout_id  {{int}} NOT NULL,
    currency   TEXT NOT NULL CHECK (length(currency) = 3),
    commissions {{int}} NOT NULL,
    gross      {{int}} NOT NULL,
    negatives  {{int}} NOT NULL,
    carried    {{int}} NOT NULL CHECK (carried <= 0),
    net        {{int}} NOT NULL CHECK (net > 0 AND net = gross + carried),
    state      TEXT NOT NULL CHECK (state IN ('taken', 'paid', 'failed')),
    taken_at   {{int}} NOT NULL
) {{strict}};

CREATE TABLE commission_line_item (
    line_id       {{int}} NOT NULL REFERENCES commission_line (line_id),
    n             {{int}} NOT NULL,
    commission_id {{int}} NOT NULL REFERENCES commission (id),
    carry_id   {{int}} REFERENCES commission_carry (id),
    amount        {{int}} NOT NULL CHECK (amount <> 0),
    PRIMARY KEY (line_id, n)
) {{strict}};
CREATE INDEX commission_line_item_commission ON commission_line_item (commission_id);
CREATE TRIGGER commission_line_item_kept BEFORE UPDATE ON commission_line_item
BEGIN SELECT RAISE(ABORT, 'what a payout took up is never changed'); END;
CREATE TRIGGER commission_line_item_stays BEFORE DELETE ON commission_line_item
BEGIN SELECT RAISE(ABORT, 'what a payout took up is never deleted'); END;
