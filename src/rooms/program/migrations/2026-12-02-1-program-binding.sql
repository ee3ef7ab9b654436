ALTER TABLE program ADD COLUMN customer_binding TEXT NOT NULL DEFAULT 'any'
    CHECK (customer_binding IN ('any', 'sale', 'lead', 'coupon'));
ALTER TABLE program ADD COLUMN clawback_days {{int}} NOT NULL DEFAULT 0 CHECK (clawback_days BETWEEN 0 AND 3650);
