-- 0002_journal.sql - the places of a feed that are in no table: "count text" a line, the most frequent of them.
ALTER TABLE feed ADD COLUMN unresolved TEXT NOT NULL DEFAULT '';
