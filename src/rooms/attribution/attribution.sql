-- name: attribution_terms_in_force
SELECT model, precedence, window_days, customer_days, customer_binding AS binding, clawback_days, hold_days,
    trust_browser
FROM attribution_terms
WHERE program_id = :program_id AND starts_at <= :at
ORDER BY starts_at DESC
LIMIT 1;

-- Two changes of one millisecond: the later stands.
-- name: attribution_terms_put
INSERT INTO attribution_terms (program_id, starts_at, model, precedence, window_days, customer_days, customer_binding,
    clawback_days, hold_days, trust_browser)
VALUES (:program_id, :starts_at, :model, :precedence, :window_days, :customer_days, :binding, :clawback_days, :hold_days,
    :trust_browser)
ON CONFLICT (program_id, starts_at) DO UPDATE
SET model = :model, precedence = :precedence, window_days = :window_days, customer_days = :customer_days,
    customer_binding = :binding, clawback_days = :clawback_days, hold_days = :hold_days, trust_browser = :trust_browser;
