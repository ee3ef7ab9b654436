-- Foreign commissions paid in the programme's own currency, at the rate of the cut-off.
ALTER TABLE payout ADD COLUMN pay_in TEXT CHECK (pay_in IS NULL OR length(pay_in) = 3);
ALTER TABLE payout_line ADD COLUMN pay_currency TEXT CHECK (pay_currency IS NULL OR length(pay_currency) = 3);
ALTER TABLE payout_line ADD COLUMN pay_amount {{int}} NOT NULL DEFAULT 0;
ALTER TABLE payout_line ADD COLUMN rate TEXT;
ALTER TABLE payout_line ADD COLUMN rate_day {{int}};
