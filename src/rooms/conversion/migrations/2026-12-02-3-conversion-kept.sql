-- What 2026-12-01-3-amendment did for SQLite: the amount follows amendments, what was told is kept.
-- @postgres
DROP TRIGGER conversion_kept ON conversion;
CREATE TRIGGER conversion_kept BEFORE UPDATE OF id, program_id, type, order_id, told_amount, currency, customer_id,
    new_customer, occurred_at, metadata, click, coupon, source, attributed, model, precedence, window_days,
    customer_days, hold_days, judged_at, reason, visitor_id, content, is_test, created_at, actor ON conversion
BEGIN SELECT RAISE(ABORT, 'the facts of an order are kept as they were told'); END;
-- @both
