-- 0005_journal.sql - what each party fills of the hub, so that it fills its own share only.
--
-- `owner` is a party's name, "local" for what needs no key, or a gate's name. `unheard` are hashes of sources that had
-- nothing kept yet, 8 bytes each (keep/feed_share.h).
CREATE TABLE share (
    owner      TEXT    PRIMARY KEY,
    sources    INTEGER NOT NULL,
    refused    INTEGER NOT NULL,
    refused_us INTEGER,
    error      TEXT    NOT NULL,
    unheard    BLOB    NOT NULL,
    "check"    BLOB
) WITHOUT ROWID;

-- A feed has a row from its first message that was kept; those that never had one go.
DELETE FROM feed WHERE messages <= duplicates + refused;

-- Whose share a WAITING row of quarantine fills; gone when it waits no more. Of rows from before, the source says it.
CREATE TABLE quarantine_owner (
    id    INTEGER PRIMARY KEY,
    owner TEXT    NOT NULL,
    bytes INTEGER NOT NULL
);
INSERT INTO quarantine_owner (id, owner, bytes)
    SELECT id, CASE instr(source, '.') WHEN 0 THEN source ELSE substr(source, 1, instr(source, '.') - 1) END, length(raw)
    FROM quarantine WHERE state = 0;
