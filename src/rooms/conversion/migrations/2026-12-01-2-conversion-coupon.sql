CREATE INDEX conversion_coupon ON conversion (coupon_id) WHERE coupon_id IS NOT NULL;
