-- What an order adds to a target or a first sale stands beside it, and who reached it is kept: only what comes before him
-- can change that.
ALTER TABLE commission_beside ADD COLUMN orders {{int}} NOT NULL DEFAULT 0; -- 1: it counts
ALTER TABLE commission_beside ADD COLUMN revenue {{int}} NOT NULL DEFAULT 0; -- his part of what is left of the order, minor units
UPDATE commission_beside
SET orders = 1, revenue = (SELECT c.kept_amount FROM commission c WHERE c.id = commission_beside.commission_id)
WHERE kind IN ('first_sale', 'target')
  AND EXISTS (SELECT 1 FROM commission c
              WHERE c.id = commission_beside.commission_id AND c.status <> 'declined' AND c.is_kept = 1);

CREATE TABLE commission_goal (
    rule_line_id {{int}} NOT NULL,
    partner_id   {{int}} NOT NULL,
    is_test      {{int}} NOT NULL CHECK (is_test IN (0, 1)),
    period_from  {{int}} NOT NULL,
    -- below: may change
    giver_id     {{int}}, -- the commission that reached it; none: nobody yet
    giver_at     {{int}},
    PRIMARY KEY (rule_line_id, partner_id, is_test, period_from)
) {{strict}};
