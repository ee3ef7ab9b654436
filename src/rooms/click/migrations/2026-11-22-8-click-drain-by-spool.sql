-- Positions belong to a journal, by its name; which node reads it does not matter. 0: a journal of before it had one.
ALTER TABLE click_drain RENAME COLUMN node TO spool;
