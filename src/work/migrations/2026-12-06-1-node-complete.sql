-- Until when what a node took in is in the store: pages of other nodes call no figure complete that is younger.
ALTER TABLE node ADD COLUMN complete_to {{int}} NOT NULL DEFAULT 0;
