-- A replay reads millions of orders: all that it asks of one stands in the index of their times, a fifth of the row. Of these only the
-- status, the amount and what was refunded change.
-- @sqlite
DROP INDEX conversion_time;
CREATE INDEX conversion_time ON conversion (program_id, is_test, occurred_at, id, status, amount, currency, new_customer, judged_at,
    created_at, refunded_amount, clawback_days, type, coupon, country, customer_id, model, precedence, window_days, customer_days,
    customer_binding);
