-- 0001_journal.sql - what was said, in the order it was heard.

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

-- The bytes as they came, for a better adapter to read again. May be thinned out by age.
CREATE TABLE raw (
    first_message INTEGER PRIMARY KEY,
    body          BLOB    NOT NULL
);

-- Messages that could not be read. Their delivery key is known too: the same bytes again get the same
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
    raw         BLOB    NOT NULL
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
    formats        TEXT    NOT NULL
) WITHOUT ROWID;
