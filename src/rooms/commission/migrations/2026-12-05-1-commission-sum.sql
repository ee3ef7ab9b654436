-- Sums of commission_volume and commission_beside, so that a period is not read again for each new order. A sum is kept
-- from when it is first asked for; each change of a row adds to it, and the second hand adds up the facts by itself.
CREATE TABLE commission_sum (
    program_id    {{int}} NOT NULL,
    rule_line_id  {{int}} NOT NULL,
    partner_id    {{int}} NOT NULL, -- 0: the programme
    is_test       {{int}} NOT NULL CHECK (is_test IN (0, 1)),
    period_from   {{int}} NOT NULL, -- 0: ever
    period        TEXT NOT NULL CHECK (period IN ('month', 'year', 'ever', 'own')), -- own: as the rows of a cap have it
    counts        TEXT NOT NULL, -- orders; granted, by a cap; or a currency: revenue in it
    -- below: may change
    total         {{int}} NOT NULL,
    PRIMARY KEY (rule_line_id, partner_id, is_test, period_from, period, counts)
) {{strict}};
