-- 0001_party.sql - the register of parties, their rights, and the audit log.

-- `roles` has a bit for each PartyRole, by its number. `messages`, `bytes`, `questions` are limits per second;
-- NULL: the hub's default.
CREATE TABLE party (
    name      TEXT    PRIMARY KEY,
    roles     INTEGER NOT NULL,
    messages  INTEGER,
    bytes     INTEGER,
    questions INTEGER,
    added_us  INTEGER NOT NULL
) WITHOUT ROWID;

-- CURVE public keys, 32 bytes. During a key rotation a party has two valid keys; `ends_us`: valid
-- until then, NULL: no end.
CREATE TABLE party_key (
    "key"     BLOB    PRIMARY KEY,
    party     TEXT    NOT NULL,
    added_us  INTEGER NOT NULL,
    ends_us   INTEGER
) WITHOUT ROWID;

-- Rights as text: "format:air.*", "see:bkg:BK7001", ... (base/right.h).
CREATE TABLE party_right (
    party     TEXT    NOT NULL,
    "right"   TEXT    NOT NULL,
    PRIMARY KEY (party, "right")
) WITHOUT ROWID;

-- `revision` is raised by every change of the three tables above, so that readers know when to read
-- them again.
CREATE TABLE register (one INTEGER PRIMARY KEY CHECK (one = 1), revision INTEGER NOT NULL);
INSERT INTO register VALUES (1, 1);

-- The audit log. Rows are added and never changed. `check` is a hash of the row and the check of
-- the row before it (keep/audit.h). `action`, `outcome` and `ask` are names of enumerations
-- (proto/landbridge/v1/common.proto); `ask` is UNSPECIFIED if no question is meant. `gate`: the gate
-- that acted on behalf of the party; empty: the party itself.
CREATE TABLE audit (
    number    INTEGER PRIMARY KEY,
    at_us     INTEGER NOT NULL,
    party     TEXT    NOT NULL,
    action    TEXT    NOT NULL,
    about     TEXT    NOT NULL,
    outcome   TEXT    NOT NULL,
    times     INTEGER NOT NULL,
    "check"   BLOB    NOT NULL,
    gate      TEXT    NOT NULL,
    ask       TEXT    NOT NULL
);
