-- 0001_keys.sql - delivery keys (tokens) of kept messages (keep/dedup.h). Derived: rebuilt from the
-- journal.

-- Written in sorted runs, so that a new run is appended at the end of the B-tree.
CREATE TABLE token (
    run       INTEGER NOT NULL,
    token     BLOB    NOT NULL,
    first_seq INTEGER,
    events    INTEGER NOT NULL,
    doubts    INTEGER NOT NULL,
    PRIMARY KEY (run, token)
) WITHOUT ROWID;

-- `block`: the newest block of the journal whose tokens are in the table; `runs`, `count`: number
-- of runs and tokens.
CREATE TABLE applied (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    block INTEGER NOT NULL,
    runs  INTEGER NOT NULL,
    count INTEGER NOT NULL
);
INSERT INTO applied VALUES (1, 0, 0, 0);
