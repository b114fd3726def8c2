-- 0001_view.sql - facts of the events in the journal. Derived: rebuilt from the journal.
--
-- Every table is a set: rows are keyed by their content, added once and never changed, so the order
-- of events has no influence. Objects and places are named by their keys ("container:LBKU2048176",
-- "CNULZ"). Times are microseconds since 1970 UTC; the smallest number means unknown.

CREATE TABLE applied (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL);
INSERT INTO applied VALUES (1, 0);

-- Facts about an object: one row for each event and each object that it is about.
CREATE TABLE fact (
    object      TEXT    NOT NULL,
    occurred_us INTEGER NOT NULL,
    event_id    BLOB    NOT NULL,
    seq         INTEGER NOT NULL,
    body        BLOB    NOT NULL, -- CargoEvent without associations
    PRIMARY KEY (object, occurred_us, event_id)
) WITHOUT ROWID;

-- Third-party reports: events about a thing (an object's key, or "resource:ID") that their sender's
-- cover does not include. They have a table of their own, so that no query for tracks can read them
-- by mistake.
CREATE TABLE report (
    object      TEXT    NOT NULL,
    party       TEXT    NOT NULL, -- the sender's name in the register; '' if the event does not say
    occurred_us INTEGER NOT NULL,
    event_id    BLOB    NOT NULL,
    seq         INTEGER NOT NULL,
    body        BLOB    NOT NULL, -- CargoEvent with its cover
    PRIMARY KEY (object, party, occurred_us, event_id)
) WITHOUT ROWID;

-- Positions of a conveyance or its terminal. Not stored as facts, since there are many of them.
CREATE TABLE position (
    object      TEXT    NOT NULL,
    occurred_us INTEGER NOT NULL,
    event_id    BLOB    NOT NULL,
    lat_e7      INTEGER,
    lon_e7      INTEGER,
    fill        INTEGER,
    flags       INTEGER,
    seq         INTEGER NOT NULL,
    source      TEXT    NOT NULL,
    PRIMARY KEY (object, occurred_us, event_id)
) WITHOUT ROWID;
CREATE TABLE tracker (object TEXT PRIMARY KEY) WITHOUT ROWID; -- all objects that have a position

-- Claims that the child is, is not or was seen in the parent; parent '' with DELETE: it is in
-- nothing.
CREATE TABLE assoc (
    child       TEXT    NOT NULL,
    occurred_us INTEGER NOT NULL,
    event_id    BLOB    NOT NULL,
    parent      TEXT    NOT NULL,
    action      INTEGER NOT NULL,
    fact_key    BLOB    NOT NULL, -- natural key: equal for versions of the same claim
    reported_us INTEGER NOT NULL,
    revision    INTEGER NOT NULL,
    milli_teu   INTEGER,
    ordinal     INTEGER,          -- place in the train
    source      TEXT    NOT NULL,
    sheet       TEXT    NOT NULL, -- see the table sheet
    cover       INTEGER NOT NULL, -- bit 0: the child is covered, bit 1: the parent
    party       TEXT    NOT NULL, -- the sender, if one side is not covered
    PRIMARY KEY (child, occurred_us, event_id, parent)
) WITHOUT ROWID;
-- Claims whose sender covers only the parent.
CREATE INDEX assoc_one_sided ON assoc (child, occurred_us, event_id, parent) WHERE cover = 2;
CREATE TABLE content (            -- the same pairs, to find the children of a parent
    parent      TEXT    NOT NULL,
    child       TEXT    NOT NULL,
    PRIMARY KEY (parent, child)
) WITHOUT ROWID;
CREATE TABLE complete (           -- events that list all children of a parent
    parent      TEXT    NOT NULL,
    occurred_us INTEGER NOT NULL,
    event_id    BLOB    NOT NULL,
    fact_key    BLOB    NOT NULL,
    reported_us INTEGER NOT NULL,
    revision    INTEGER NOT NULL,
    sheet       TEXT    NOT NULL,
    PRIMARY KEY (parent, occurred_us, event_id)
) WITHOUT ROWID;

-- Lists sent in several messages (keep/fact_sheet.h). `list` is "source|list" of an event's sheet;
-- the column `sheet` of a claim is "number|at_us|source|list", empty for a list in one message.
-- at_us: when the sheet was reported, else received.
CREATE TABLE sheet (
    list        TEXT    NOT NULL,
    at_us       INTEGER NOT NULL,
    number      INTEGER NOT NULL,
    is_last     INTEGER NOT NULL,
    PRIMARY KEY (list, at_us, number, is_last)
) WITHOUT ROWID;

-- References and the objects that events name together with them.
CREATE TABLE link (
    reference   TEXT    NOT NULL,
    object      TEXT    NOT NULL,
    PRIMARY KEY (reference, object)
) WITHOUT ROWID;
CREATE INDEX link_of_object ON link (object, reference); -- for rights to see by a reference

-- Retractions: each voids all versions with this fact key that are not newer than itself.
CREATE TABLE retraction (
    fact_key    BLOB    NOT NULL,
    reported_us INTEGER NOT NULL,
    revision    INTEGER NOT NULL,
    PRIMARY KEY (fact_key, reported_us, revision)
) WITHOUT ROWID;

-- Facts about a capacity.
CREATE TABLE resource (
    id          TEXT    NOT NULL,
    occurred_us INTEGER NOT NULL,
    event_id    BLOB    NOT NULL,
    kind        INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    body        BLOB    NOT NULL,
    PRIMARY KEY (id, occurred_us, event_id)
) WITHOUT ROWID;
CREATE INDEX resource_of_kind ON resource (kind, id); -- for lists of all departures

-- Trains and flights that call at a place, by day; and containers that moved at a place.
CREATE TABLE call (
    place       TEXT    NOT NULL,
    day         INTEGER NOT NULL, -- days since 1970, UTC
    object      TEXT    NOT NULL,
    PRIMARY KEY (place, day, object)
) WITHOUT ROWID;
CREATE TABLE yard (
    place       TEXT    NOT NULL,
    object      TEXT    NOT NULL,
    PRIMARY KEY (place, object)
) WITHOUT ROWID;
