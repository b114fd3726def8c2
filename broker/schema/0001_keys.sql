-- 0001_keys.sql - delivery keys that have left memory. Derived: rebuilt from the journal.

-- Written in sorted runs, one after the other: a new run touches only the end of the tree.
CREATE TABLE token (
    run       INTEGER NOT NULL,
    token     BLOB    NOT NULL,
    first_seq INTEGER,
    events    INTEGER NOT NULL,
    doubts    INTEGER NOT NULL,
    PRIMARY KEY (run, token)
) WITHOUT ROWID;

-- The newest block of the journal in here.
CREATE TABLE applied (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    block INTEGER NOT NULL,
    runs  INTEGER NOT NULL,
    count INTEGER NOT NULL
);
INSERT INTO applied VALUES (1, 0, 0, 0);
