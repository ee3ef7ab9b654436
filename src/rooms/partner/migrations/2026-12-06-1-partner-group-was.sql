-- Rules by group look at the group that a partner was in when an order happened, also when it is told after he has gone to
-- another. Here is what he has left; where he is now stands with him.
CREATE TABLE partner_group_was (
    partner_id {{int}} NOT NULL REFERENCES partner (id),
    ended_at   {{int}} NOT NULL, -- the first moment at which he was not in it
    name       TEXT NOT NULL, -- '': in none
    PRIMARY KEY (partner_id, ended_at)
) {{strict}};
