-- What a rule may say besides: more conditions, steps by volume, renewals, caps, bonuses.
-- Steps are JSON: [{"from": 100000, "percent_bp": 700}, ...], ascending.
ALTER TABLE rule ADD COLUMN kind TEXT NOT NULL DEFAULT 'commission'
    CHECK (kind IN ('commission', 'first_sale', 'target', 'recruit', 'partner_cap', 'budget'));
ALTER TABLE rule ADD COLUMN scope_country TEXT CHECK (scope_country IS NULL OR length(scope_country) = 2);
ALTER TABLE rule ADD COLUMN scope_order_from {{int}} NOT NULL DEFAULT 0 CHECK (scope_order_from >= 0);
ALTER TABLE rule ADD COLUMN scope_order_below {{int}} NOT NULL DEFAULT 0 CHECK (scope_order_below >= 0);
ALTER TABLE rule ADD COLUMN scope_order_currency TEXT
    CHECK (scope_order_currency IS NULL OR length(scope_order_currency) = 3);
ALTER TABLE rule ADD COLUMN scope_sub TEXT;
ALTER TABLE rule ADD COLUMN tiered_by_measure TEXT NOT NULL DEFAULT 'revenue'
    CHECK (tiered_by_measure IN ('revenue', 'orders'));
ALTER TABLE rule ADD COLUMN tiered_by_period TEXT NOT NULL DEFAULT 'month'
    CHECK (tiered_by_period IN ('month', 'year', 'ever'));
ALTER TABLE rule ADD COLUMN tiered_by_mode TEXT NOT NULL DEFAULT 'marginal'
    CHECK (tiered_by_mode IN ('marginal', 'retroactive'));
ALTER TABLE rule ADD COLUMN tiered_by_currency TEXT
    CHECK (tiered_by_currency IS NULL OR length(tiered_by_currency) = 3);
ALTER TABLE rule ADD COLUMN tiers_json TEXT;
ALTER TABLE rule ADD COLUMN recurring_orders {{int}} NOT NULL DEFAULT 0 CHECK (recurring_orders >= 0);
ALTER TABLE rule ADD COLUMN recurring_months {{int}} NOT NULL DEFAULT 0 CHECK (recurring_months >= 0);
ALTER TABLE rule ADD COLUMN recurring_json TEXT;
ALTER TABLE rule ADD COLUMN cap_amount {{int}} NOT NULL DEFAULT 0 CHECK (cap_amount >= 0);
ALTER TABLE rule ADD COLUMN cap_currency TEXT CHECK (cap_currency IS NULL OR length(cap_currency) = 3);
ALTER TABLE rule ADD COLUMN target {{int}} NOT NULL DEFAULT 0 CHECK (target >= 0);
ALTER TABLE rule ADD COLUMN levels_json TEXT;
ALTER TABLE rule ADD COLUMN months {{int}} NOT NULL DEFAULT 0 CHECK (months >= 0);

CREATE TRIGGER rule_terms_kept BEFORE UPDATE OF kind, scope_country, scope_order_from, scope_order_below,
    scope_order_currency, scope_sub, tiered_by_measure, tiered_by_period, tiered_by_mode, tiered_by_currency,
    tiers_json, recurring_orders, recurring_months, recurring_json, cap_amount, cap_currency, target, levels_json,
    months ON rule
BEGIN SELECT RAISE(ABORT, 'a rule is never edited: it ends and another begins'); END;
