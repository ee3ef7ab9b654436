-- name: program_insert
INSERT INTO program (id, name, slug, currency, window_days, hold_days, minimum_payout, attribution,
    coupon_precedence, approval, status, auto_approve_partners, trust_browser, customer_days, customer_binding,
    clawback_days, repeat_minutes,
    keep_ip, allowed_domains, landing_url, fallback_url, click_parameter, payout_day, description, brand_rules,
    faq, questions, contact_email, hue, commission_percent_bp, commission_amount, created_at,
    updated_at)
VALUES (:id, :name, :slug, :currency, :window_days, :hold_days, :minimum_payout, :attribution,
    :coupon_precedence, :approval, :status, :auto_approve_partners, :trust_browser, :customer_days,
    :customer_binding, :clawback_days, :repeat_minutes, :keep_ip, :allowed_domains, :landing_url, :fallback_url, :click_parameter,
    :payout_day,
    :description, :brand_rules, :faq, :questions, :contact_email, :hue,
    :commission_percent_bp, :commission_amount, :created_at, :updated_at)
ON CONFLICT (slug) DO NOTHING;

-- name: program_update
-- The currency stays: books are kept in it.
UPDATE program
SET name = :name, slug = :slug, window_days = :window_days, hold_days = :hold_days,
    minimum_payout = :minimum_payout, attribution = :attribution, coupon_precedence = :coupon_precedence,
    approval = :approval, status = :status, auto_approve_partners = :auto_approve_partners,
    trust_browser = :trust_browser, customer_days = :customer_days,
    customer_binding = :customer_binding, clawback_days = :clawback_days, repeat_minutes = :repeat_minutes,
    keep_ip = :keep_ip, allowed_domains = :allowed_domains, landing_url = :landing_url,
    fallback_url = :fallback_url, click_parameter = :click_parameter, payout_day = :payout_day,
    description = :description, brand_rules = :brand_rules, faq = :faq, questions = :questions,
    contact_email = :contact_email, hue = :hue, commission_percent_bp = :commission_percent_bp,
    commission_amount = :commission_amount, updated_at = :updated_at
WHERE id = :id;

-- name: program_one
SELECT id, name, slug, currency, window_days, hold_days, minimum_payout, attribution, coupon_precedence,
    approval, status, auto_approve_partners, trust_browser, customer_days, customer_binding,
    clawback_days, repeat_minutes, keep_ip,
    allowed_domains, landing_url, fallback_url, click_parameter, payout_day, description, brand_rules, faq,
    questions, contact_email, hue, commission_percent_bp, commission_amount, created_at,
    updated_at,
    (SELECT t.version FROM program_terms t WHERE t.program_id = program.id AND t.starts_at <= :at
     ORDER BY t.version DESC LIMIT 1) AS terms_version
FROM program
WHERE id = :id;

-- name: program_there
SELECT id FROM program WHERE id = :id;

-- name: program_by_slug
SELECT id, name, slug, currency, window_days, hold_days, minimum_payout, attribution, coupon_precedence,
    approval, status, auto_approve_partners, trust_browser, customer_days, customer_binding,
    clawback_days, repeat_minutes, keep_ip,
    allowed_domains, landing_url, fallback_url, click_parameter, payout_day, description, brand_rules, faq,
    questions, contact_email, hue, commission_percent_bp, commission_amount, created_at,
    updated_at,
    (SELECT t.version FROM program_terms t WHERE t.program_id = program.id AND t.starts_at <= :at
     ORDER BY t.version DESC LIMIT 1) AS terms_version
FROM program
WHERE slug = :slug;

-- name: program_list
SELECT id, name, slug, currency, window_days, hold_days, minimum_payout, attribution, coupon_precedence,
    approval, status, auto_approve_partners, trust_browser, customer_days, customer_binding,
    clawback_days, repeat_minutes, keep_ip,
    allowed_domains, landing_url, fallback_url, click_parameter, payout_day, description, brand_rules, faq,
    questions, contact_email, hue, commission_percent_bp, commission_amount, created_at,
    updated_at
FROM program
WHERE :program_id IS NULL OR id = :program_id;

-- name: program_ids
SELECT id FROM program ORDER BY id LIMIT 2;

-- name: program_slug_taken
SELECT count(*) FROM program WHERE slug = :slug AND id <> :id;

-- name: program_terms_insert
INSERT INTO program_terms (id, program_id, version, body, summary, starts_at, created_at, created_by)
VALUES (:id, :program_id, :version, :body, :summary, :starts_at, :created_at, :created_by);

-- name: program_terms_in_force
SELECT id, program_id, version, body, summary, starts_at, created_at, created_by
FROM program_terms
WHERE program_id = :program_id AND starts_at <= :at
ORDER BY version DESC
LIMIT 1;

-- name: program_terms_one
SELECT id, program_id, version, body, summary, starts_at, created_at, created_by
FROM program_terms
WHERE program_id = :program_id AND version = :version;

-- name: program_terms_all
SELECT id, program_id, version, body, summary, starts_at, created_at, created_by
FROM program_terms
WHERE program_id = :program_id
ORDER BY version DESC;

-- name: program_terms_newest
SELECT coalesce(max(version), 0) FROM program_terms WHERE program_id = :program_id;

-- name: program_reward_shown
UPDATE program SET commission_percent_bp = :percent_bp, commission_amount = :amount
WHERE id = :id AND (commission_percent_bp <> :percent_bp OR commission_amount <> :amount);
