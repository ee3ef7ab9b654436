CREATE TABLE conversion (
    id              {{key}},
    program_id      {{int}} NOT NULL,
    type            TEXT NOT NULL,
    order_id        TEXT NOT NULL,
    amount          {{int}} NOT NULL CHECK (amount >= 0),
    currency        TEXT NOT NULL CHECK (length(currency) = 3),
    customer_id     TEXT,
    new_customer    {{int}} NOT NULL,
    occurred_at     {{int}} NOT NULL,
    metadata        TEXT,
    click           TEXT,
    coupon          TEXT,
    source          TEXT NOT NULL CHECK (source IN ('api', 'browser', 'pixel', 'csv')),
    attributed      {{int}} NOT NULL,
    model           TEXT NOT NULL,
    precedence      TEXT NOT NULL,
    window_days     {{int}} NOT NULL,
    customer_days   {{int}} NOT NULL,
    hold_days       {{int}} NOT NULL,
    judged_at       {{int}} NOT NULL,
    reason          TEXT NOT NULL,
    visitor_id      {{int}},
    content         TEXT NOT NULL,
    is_test         {{int}} NOT NULL CHECK (is_test IN (0, 1)),
    created_at      {{int}} NOT NULL,
    actor           TEXT,
    -- below: may change
    status          TEXT NOT NULL CHECK (status IN ('confirmed', 'unverified', 'partially_refunded', 'refunded',
                        'declined', 'replaced')),
    status_reason   TEXT,
    status_note     TEXT,
    refunded_amount {{int}} NOT NULL CHECK (refunded_amount BETWEEN 0 AND amount),
    replaced_by     {{int}},
    coupon_id       {{int}},
    confirm_content TEXT,
    confirmed_at    {{int}}
) {{strict}};
CREATE UNIQUE INDEX conversion_order ON conversion (program_id, is_test, order_id) WHERE status <> 'replaced';
CREATE INDEX conversion_program ON conversion (program_id, is_test, id);
CREATE INDEX conversion_time ON conversion (program_id, is_test, occurred_at);
CREATE INDEX conversion_customer ON conversion (program_id, customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX conversion_all_orders ON conversion (program_id, order_id);
CREATE TRIGGER conversion_kept BEFORE UPDATE OF id, program_id, type, order_id, amount, currency, customer_id,
    new_customer, occurred_at, metadata, click, coupon, source, attributed, model, precedence, window_days,
    customer_days, hold_days, judged_at, reason, visitor_id, content, is_test, created_at, actor ON conversion
BEGIN SELECT RAISE(ABORT, 'the facts of an order are kept as they were told'); END;
CREATE TRIGGER conversion_stays BEFORE DELETE ON conversion
BEGIN SELECT RAISE(ABORT, 'an order is never deleted'); END;

CREATE TABLE conversion_item (
    conversion_id {{int}} NOT NULL REFERENCES conversion (id),
    n             {{int}} NOT NULL,
    sku           TEXT,
    name          TEXT,
    category      TEXT,
    quantity      {{int}} NOT NULL CHECK (quantity > 0),
    amount        {{int}} NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (conversion_id, n)
) {{strict}};

-- Every touch that was considered, with the verdict.
CREATE TABLE conversion_touch (
    conversion_id      {{int}} NOT NULL REFERENCES conversion (id),
    n                  {{int}} NOT NULL,
    kind               TEXT NOT NULL CHECK (kind IN ('click', 'coupon', 'customer')),
    evidence           TEXT NOT NULL CHECK (evidence IN ('token', 'cookie', 'coupon', 'customer')),
    bar                TEXT NOT NULL,
    click_id           {{int}},
    coupon_id          {{int}},
    link_id            {{int}},
    partner_id         {{int}} NOT NULL,
    from_conversion_id {{int}},
    at                 {{int}} NOT NULL,
    share_bp           {{int}} NOT NULL CHECK (share_bp BETWEEN 0 AND 10000),
    won                {{int}} NOT NULL,
    reason             TEXT NOT NULL,
    partner_group      TEXT, -- of the partner at that time: rules may name it
    PRIMARY KEY (conversion_id, n)
) {{strict}};
CREATE INDEX conversion_touch_partner ON conversion_touch (partner_id, conversion_id);
CREATE INDEX conversion_touch_click ON conversion_touch (click_id) WHERE click_id IS NOT NULL;
CREATE INDEX conversion_touch_coupon ON conversion_touch (coupon_id) WHERE coupon_id IS NOT NULL;

CREATE TRIGGER conversion_item_kept BEFORE UPDATE ON conversion_item
BEGIN SELECT RAISE(ABORT, 'the facts of an order are kept as they were told'); END;
CREATE TRIGGER conversion_item_stays BEFORE DELETE ON conversion_item
BEGIN SELECT RAISE(ABORT, 'the facts of an order are kept as they were told'); END;
CREATE TRIGGER conversion_touch_kept BEFORE UPDATE ON conversion_touch
BEGIN SELECT RAISE(ABORT, 'a verdict is kept as it was given'); END;
CREATE TRIGGER conversion_touch_stays BEFORE DELETE ON conversion_touch
BEGIN SELECT RAISE(ABORT, 'a verdict is kept as it was given'); END;

-- conversion_id null: told before its sale.
CREATE TABLE refund (
    id            {{key}},
    program_id    {{int}} NOT NULL,
    order_id      TEXT NOT NULL,
    refund_id     TEXT NOT NULL,
    amount        {{int}} NOT NULL CHECK (amount > 0),
    currency      TEXT NOT NULL CHECK (length(currency) = 3),
    reason        TEXT,
    items_json    TEXT,
    is_test       {{int}} NOT NULL CHECK (is_test IN (0, 1)),
    created_at    {{int}} NOT NULL,
    actor         TEXT,
    -- below: may change
    conversion_id {{int}} REFERENCES conversion (id),
    status        TEXT NOT NULL CHECK (status IN ('applied', 'waiting', 'refused')),
    UNIQUE (program_id, is_test, order_id, refund_id)
) {{strict}};
CREATE INDEX refund_conversion ON refund (conversion_id) WHERE conversion_id IS NOT NULL;
CREATE INDEX refund_program ON refund (program_id, is_test, id);
CREATE TRIGGER refund_kept BEFORE UPDATE OF id, program_id, order_id, refund_id, amount, currency, reason, items_json,
    is_test, created_at, actor ON refund
BEGIN SELECT RAISE(ABORT, 'the facts of a refund are kept as they were told'); END;
CREATE TRIGGER refund_stays BEFORE DELETE ON refund
BEGIN SELECT RAISE(ABORT, 'a refund is never deleted'); END;
