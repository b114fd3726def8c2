-- 0001_journal.sql - all messages and their events, in the order in which they were received;
-- quarantine; counters of feeds.

-- One row for each turn of the hub: the messages that were committed together. `body` is a Block of
-- journal.proto in a zstd frame, `check` a hash of the row (keep/journal_row.h). Numbers of events
-- run from 1 without gap; a block whose messages have no events has last_seq = first_seq - 1.
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

-- Raw bytes of the messages of a block, for reading them again with a newer adapter. May be deleted
-- by age.
CREATE TABLE raw (
    block INTEGER PRIMARY KEY,
    body  BLOB    NOT NULL
);

-- The rows of the journal that are holes (LOST, SKIPPED).
CREATE TABLE lost (block INTEGER PRIMARY KEY);

-- Messages that could not be read. Rows are never deleted, so that the same bytes get the same
-- refusal again. `state`: 0 WAITING, 1 RELEASED, 2 DROPPED (lb_refused_state).
CREATE TABLE quarantine (
    id          INTEGER PRIMARY KEY,
    token       BLOB    NOT NULL,  -- not unique: a corrected message may have the same message id
    source      TEXT    NOT NULL,
    message_id  TEXT    NOT NULL,
    received_us INTEGER NOT NULL,
    format      TEXT    NOT NULL,
    error       TEXT    NOT NULL,
    offset      INTEGER,
    text        TEXT    NOT NULL,
    state       INTEGER NOT NULL,
    raw         BLOB    NOT NULL,
    "check"     BLOB    NOT NULL  -- hash of the row: check_of in base/store.c
);
CREATE INDEX quarantine_token ON quarantine (token);
CREATE INDEX quarantine_waiting ON quarantine (id) WHERE state = 0;

-- Counters of each source (keep/feed.h).
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
    unresolved     TEXT    NOT NULL, -- the most frequent place texts that are in no table; a line "count text" each
    "check"        BLOB    NOT NULL
) WITHOUT ROWID;

-- How much of the table feed each owner uses, and its refused messages. `owner` is a party's name,
-- a gate's name, or "local" for connections without a key. `unheard`: hashes of sources without a
-- kept message, 8 bytes each (keep/feed_share.h).
CREATE TABLE share (
    owner      TEXT    PRIMARY KEY,
    sources    INTEGER NOT NULL,
    refused    INTEGER NOT NULL,
    refused_us INTEGER,
    error      TEXT    NOT NULL,
    unheard    BLOB    NOT NULL,
    "check"    BLOB    NOT NULL
) WITHOUT ROWID;

-- The owner in whose share a WAITING row of quarantine counts; deleted when the row changes its
-- state.
CREATE TABLE quarantine_owner (
    id    INTEGER PRIMARY KEY,
    owner TEXT    NOT NULL,
    bytes INTEGER NOT NULL
);
