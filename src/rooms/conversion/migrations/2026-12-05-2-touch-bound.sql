-- A customer who is bound by an earlier order: the part of it that its verdict, or whoever it was moved to by then, had.
-- Later orders are shared in that proportion. 0: told before it was kept, or no such touch; those share equally.
ALTER TABLE conversion_touch ADD COLUMN bound_bp {{int}} NOT NULL DEFAULT 0 CHECK (bound_bp BETWEEN 0 AND 10000);
