-- 0001_journal.sql - all messages and their events, in the order in which they were received.

-- One row for each turn of the hub: the messages that were committed together. `body` is a Block of
-- journal.proto in a zstd frame, `check` a hash over the row. Sequence numbers of events run from 1
-- without gap; a block whose messages gave no event has last_seq = first_seq - 1.
CREATE TABLE journal (
    block         INTEGER PRIMARY KEY,
    first_seq     INTEGER NOT NULL,
    last_seq      INTEGER NOT NULL,
    first_message INTEGER NOT NULL,
    messages      INTEGER NOT NULL,
    recorded_us   INTEGER NOT NULL,
    "check"       BLOB    NOT NULL,
    body          BLOB    NOT NULL
);

-- Raw bytes of messages, under the number of their turn, for reading them again with a better adapter. May be deleted by
-- age.
CREATE TABLE raw (
    block INTEGER PRIMARY KEY,
    body  BLOB    NOT NULL
);

-- Which rows of the journal are holes (LOST, SKIPPED).
CREATE TABLE lost (block INTEGER PRIMARY KEY);

-- Messages that could not be read. Their delivery key is known, too: the same bytes again get the same
-- refusal. A row is never deleted; its state moves WAITING -> RELEASED or DROPPED.
CREATE TABLE quarantine (
    id          INTEGER PRIMARY KEY,
    token       BLOB    NOT NULL,  -- a sender that mends a message may keep its id
    source      TEXT    NOT NULL,
    message_id  TEXT    NOT NULL,
    received_us INTEGER NOT NULL,
    format      TEXT    NOT NULL,
    error       TEXT    NOT NULL,
    offset      INTEGER,
    text        TEXT    NOT NULL,
    state       INTEGER NOT NULL,
    raw         BLOB    NOT NULL,
    "check"     BLOB    NOT NULL  -- over the row: check_of of base/store.c
);
CREATE INDEX quarantine_token ON quarantine (token);
CREATE INDEX quarantine_waiting ON quarantine (id) WHERE state = 0;

-- Counters of each feed.
CREATE TABLE feed (
    source         TEXT    PRIMARY KEY,
    messages       INTEGER NOT NULL,
    events         INTEGER NOT NULL,
    duplicates     INTEGER NOT NULL,
    refused        INTEGER NOT NULL,
    doubts         INTEGER NOT NULL,
    first_heard_us INTEGER,
    last_heard_us  INTEGER,
    usual_gap_us   INTEGER,
    formats        TEXT    NOT NULL,
    unresolved     TEXT    NOT NULL, -- places that are in no table: "count text" a line, the most frequent
    "check"        BLOB    NOT NULL
) WITHOUT ROWID;

-- The share of the hub that each party uses. `owner` is a party's name, "local" for connections without a key, or a
-- gate's name. `unheard` are hashes of sources without a kept message, 8 bytes each (keep/feed_share.h).
CREATE TABLE share (
    owner      TEXT    PRIMARY KEY,
    sources    INTEGER NOT NULL,
    refused    INTEGER NOT NULL,
    refused_us INTEGER,
    error      TEXT    NOT NULL,
    unheard    BLOB    NOT NULL,
    "check"    BLOB    NOT NULL
) WITHOUT ROWID;

-- The share that a WAITING row of quarantine counts in; deleted when it no longer waits.
CREATE TABLE quarantine_owner (
    id    INTEGER PRIMARY KEY,
    owner TEXT    NOT NULL,
    bytes INTEGER NOT NULL
);
