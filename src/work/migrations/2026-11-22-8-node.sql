-- Processes on one database. Times are of the database's clock, milliseconds; holder 0: nobody.
CREATE TABLE node (
    number      {{key}}, -- goes into ids: 0 to 1023; 0 is who needs no lease
    holder      {{int}} NOT NULL,
    lease_until {{int}} NOT NULL, -- until then it lives, as far as others know
    free_at     {{int}} NOT NULL, -- from then on another may have the number: it makes no ids any more
    begun_at    {{int}} NOT NULL,
    spool       {{int}},          -- the journal that it writes
    place       TEXT NOT NULL,    -- of its folder: who finds it there and unlocked knows that it is dead
    host        TEXT NOT NULL,
    version     TEXT NOT NULL
) {{strict}};
