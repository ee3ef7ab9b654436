ALTER TABLE conversion ADD COLUMN clawback_days {{int}} NOT NULL DEFAULT 0;
ALTER TABLE conversion ADD COLUMN customer_binding TEXT NOT NULL DEFAULT 'any'
    CHECK (customer_binding IN ('any', 'sale', 'lead', 'coupon'));
ALTER TABLE refund ADD COLUMN kind TEXT NOT NULL DEFAULT 'refund' CHECK (kind IN ('refund', 'chargeback'));
-- When it came back. Of refunds before this column: when they were told.
ALTER TABLE refund ADD COLUMN occurred_at {{int}};
-- May change, with conversion_id: past the order's clawback days, it takes nothing back.
ALTER TABLE refund ADD COLUMN is_late {{int}} NOT NULL DEFAULT 0 CHECK (is_late IN (0, 1));

-- @sqlite
DROP TRIGGER refund_kept;
UPDATE refund SET kind = 'chargeback' WHERE reason = 'chargeback';
CREATE TRIGGER refund_kept BEFORE UPDATE OF id, program_id, order_id, refund_id, amount, currency, kind, reason,
    items_json, is_test, occurred_at, created_at, actor ON refund
BEGIN SELECT RAISE(ABORT, 'the facts of a refund are kept as they were told'); END;
CREATE TRIGGER conversion_terms_kept BEFORE UPDATE OF clawback_days, customer_binding ON conversion
BEGIN SELECT RAISE(ABORT, 'the facts of an order are kept as they were told'); END;
-- @postgres
CREATE FUNCTION conversion_terms_kept() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the facts of an order are kept as they were told'; END $$;
CREATE TRIGGER conversion_terms_kept BEFORE UPDATE OF clawback_days, customer_binding ON conversion
    FOR EACH ROW EXECUTE FUNCTION conversion_terms_kept();
CREATE TRIGGER refund_terms_kept BEFORE UPDATE OF kind, occurred_at ON refund
    FOR EACH ROW EXECUTE FUNCTION conversion_terms_kept();
-- @both
