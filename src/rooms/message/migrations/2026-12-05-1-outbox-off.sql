-- Where mails of this sort are ended, for those that may be.
ALTER TABLE outbox ADD COLUMN off_url TEXT;
