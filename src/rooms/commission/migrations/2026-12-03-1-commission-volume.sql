-- What partners had under rules whose reward hangs on what came before: a row for each order, partner and line of rules.
-- Kept true by commission_settle(): it follows from the orders, and the second hand works it out by itself.
CREATE TABLE commission_volume (
    conversion_id {{int}} NOT NULL,
    partner_id    {{int}} NOT NULL,
    rule_line_id  {{int}} NOT NULL,
    program_id    {{int}} NOT NULL,
    is_test       {{int}} NOT NULL CHECK (is_test IN (0, 1)),
    occurred_at   {{int}} NOT NULL,
    customer_id   TEXT,
    currency      TEXT NOT NULL CHECK (length(currency) = 3),
    rule_id       {{int}} NOT NULL,
    -- below: may change
    revenue       {{int}} NOT NULL, -- what was kept, his share of it, minor units
    orders        {{int}} NOT NULL CHECK (orders IN (0, 1)), -- 1: something was kept
    stands        {{int}} NOT NULL CHECK (stands IN (0, 1)), -- 0: declined, or given to another partner
    PRIMARY KEY (conversion_id, partner_id, rule_line_id)
) {{strict}};
CREATE INDEX commission_volume_time ON commission_volume (program_id, rule_line_id, partner_id, is_test, occurred_at,
    conversion_id);
CREATE INDEX commission_volume_customer ON commission_volume (program_id, rule_line_id, partner_id, customer_id,
    occurred_at) WHERE customer_id IS NOT NULL;
