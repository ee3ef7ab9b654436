-- Who does not want mails about changes of his rates.
ALTER TABLE partner ADD COLUMN rates_muted {{int}} NOT NULL DEFAULT 0 CHECK (rates_muted IN (0, 1));
