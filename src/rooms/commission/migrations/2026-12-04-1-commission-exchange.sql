-- A line that is paid in another currency: by which rate, of which day, and how much.
ALTER TABLE commission_line ADD COLUMN pay_currency TEXT CHECK (pay_currency IS NULL OR length(pay_currency) = 3);
ALTER TABLE commission_line ADD COLUMN pay_amount {{int}} NOT NULL DEFAULT 0;
ALTER TABLE commission_line ADD COLUMN rate TEXT;
ALTER TABLE commission_line ADD COLUMN rate_e12 {{int}} NOT NULL DEFAULT 0;
ALTER TABLE commission_line ADD COLUMN rate_day {{int}};
