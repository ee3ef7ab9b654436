ALTER TABLE attribution_terms ADD COLUMN customer_binding TEXT NOT NULL DEFAULT 'any'
    CHECK (customer_binding IN ('any', 'sale', 'lead', 'coupon'));
ALTER TABLE attribution_terms ADD COLUMN clawback_days {{int}} NOT NULL DEFAULT 0;
