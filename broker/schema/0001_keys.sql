-- 0001_keys.sql - delivery keys that have left memory. Derived: made again from the journal.
CREATE TABLE token (
    token     BLOB    PRIMARY KEY,
    first_seq INTEGER,
    events    INTEGER NOT NULL,
    doubts    INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE applied (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    block INTEGER NOT NULL
);
INSERT INTO applied VALUES (1, 0);
