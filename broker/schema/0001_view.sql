-- 0001_view.sql - facts of the events in the journal. Derived: rebuilt from it.
--
-- Every table is a set: rows are keyed by their content, added once and never changed, so the order of events has no
-- influence. Objects are named by their keys ("container:LBKU2048176"), places by theirs ("CNULZ"); times are
-- microseconds UTC, with the smallest number for "unknown".

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

-- Reports: statements about a thing (an object's key, or "resource:ID") that did not cover it. A table of its own, so
-- that tracks cannot be changed by them by mistake.
CREATE TABLE report (
    object      TEXT    NOT NULL,
    party       TEXT    NOT NULL, -- the sender, by the hub's list; '' from a hub that did not note it
    occurred_us INTEGER NOT NULL,
    event_id    BLOB    NOT NULL,
    seq         INTEGER NOT NULL,
    body        BLOB    NOT NULL, -- CargoEvent with its cover
    PRIMARY KEY (object, party, occurred_us, event_id)
) WITHOUT ROWID;

-- Positions of a conveyance or its terminal. Many small rows.
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
CREATE TABLE tracker (object TEXT PRIMARY KEY) WITHOUT ROWID; -- everything that has a position

-- child is, is not, or was seen in parent; parent '' with DELETE: in nothing.
CREATE TABLE assoc (
    child       TEXT    NOT NULL,
    occurred_us INTEGER NOT NULL,
    event_id    BLOB    NOT NULL,
    parent      TEXT    NOT NULL,
    action      INTEGER NOT NULL,
    fact_key    BLOB    NOT NULL, -- natural key: which claims are versions of each other
    reported_us INTEGER NOT NULL,
    revision    INTEGER NOT NULL,
    milli_teu   INTEGER,
    ordinal     INTEGER,          -- place in the train
    source      TEXT    NOT NULL,
    sheet       TEXT    NOT NULL, -- see the table sheet
    cover       INTEGER NOT NULL, -- bit 0: the child is covered, bit 1: the parent
    party       TEXT    NOT NULL, -- the sender, where something is not covered
    PRIMARY KEY (child, occurred_us, event_id, parent)
) WITHOUT ROWID;
CREATE INDEX assoc_one_sided ON assoc (child, occurred_us, event_id, parent) WHERE cover = 2; -- only the parent's side
CREATE TABLE content (            -- the same from the parent's side
    parent      TEXT    NOT NULL,
    child       TEXT    NOT NULL,
    PRIMARY KEY (parent, child)
) WITHOUT ROWID;
CREATE TABLE complete (           -- an event that lists all children of a parent of some kind
    parent      TEXT    NOT NULL,
    occurred_us INTEGER NOT NULL,
    event_id    BLOB    NOT NULL,
    fact_key    BLOB    NOT NULL,
    reported_us INTEGER NOT NULL,
    revision    INTEGER NOT NULL,
    sheet       TEXT    NOT NULL,
    PRIMARY KEY (parent, occurred_us, event_id)
) WITHOUT ROWID;

-- Lists that come in several messages. `list` is "source|list" of an event's sheet; the column `sheet` of a claim is
-- "number|at_us|source|list", empty for a list in one message. at_us is when the sheet was reported, else received.
CREATE TABLE sheet (
    list        TEXT    NOT NULL,
    at_us       INTEGER NOT NULL,
    number      INTEGER NOT NULL,
    is_last     INTEGER NOT NULL,
    PRIMARY KEY (list, at_us, number, is_last)
) WITHOUT ROWID;

-- References, with the objects that they were named with.
CREATE TABLE link (
    reference   TEXT    NOT NULL,
    object      TEXT    NOT NULL,
    PRIMARY KEY (reference, object)
) WITHOUT ROWID;
CREATE INDEX link_of_object ON link (object, reference); -- may this party see the object, by a reference on it?

-- Retractions: of everything with that fact key that is not newer.
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
CREATE INDEX resource_of_kind ON resource (kind, id); -- the departures that there are

-- Trains and flights that call at a place, and containers that moved at it, by day.
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
