-- Who brought a partner in, and when he was approved first.
ALTER TABLE partner ADD COLUMN recruited_by {{int}};
ALTER TABLE partner ADD COLUMN approved_at {{int}};
UPDATE partner SET approved_at = decided_at WHERE status IN ('approved', 'suspended');
