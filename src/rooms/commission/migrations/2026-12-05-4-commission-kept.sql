-- kept_amount is the partner's own part of what is left of the order: a sale may be moved, the share it began with may not
-- change.
UPDATE commission SET kept_amount = kept_amount / 10000 * share_bp + (kept_amount % 10000 * share_bp + 5000) / 10000
WHERE kept_amount <> 0;
