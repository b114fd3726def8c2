-- 0004_view.sql - each effect of an event by itself: covered by its sender's grants, or a third party's report.
--
-- Everything is made again from the journal. A view of before kept what a party said of others' things as a
-- whole, and nothing of whom its associations were covered by.
DROP TABLE hearsay;

-- What was said of a thing (an object's key, or "resource:ID") without cover of it. Its own table, so that nothing
-- that moves a track can read it by mistake.
CREATE TABLE report (
    object      TEXT    NOT NULL,
    party       TEXT    NOT NULL, -- the sender, by the hub's list; '' from a hub that did not note it
    occurred_us INTEGER NOT NULL,
    event_id    BLOB    NOT NULL,
    seq         INTEGER NOT NULL,
    body        BLOB    NOT NULL, -- CargoEvent with its cover
    PRIMARY KEY (object, party, occurred_us, event_id)
) WITHOUT ROWID;

ALTER TABLE assoc ADD COLUMN cover INTEGER NOT NULL DEFAULT 3;  -- bit 0: the child is covered, bit 1: the parent
ALTER TABLE assoc ADD COLUMN party TEXT    NOT NULL DEFAULT ''; -- the sender, where something is not covered

DELETE FROM fact;
DELETE FROM position;
DELETE FROM tracker;
DELETE FROM assoc;
DELETE FROM content;
DELETE FROM complete;
DELETE FROM link;
DELETE FROM retraction;
DELETE FROM resource;
DELETE FROM call;
DELETE FROM yard;
DELETE FROM sheet;
UPDATE applied SET seq = 0;
