-- 0001_party.sql - the register of parties, their rights, and the audit log.

-- `roles` is a bit for each PartyRole, by its number; rates are per second, NULL: the hub's default.
CREATE TABLE party (
    name      TEXT    PRIMARY KEY,
    roles     INTEGER NOT NULL,
    messages  INTEGER,
    bytes     INTEGER,
    questions INTEGER,
    added_us  INTEGER NOT NULL
) WITHOUT ROWID;

-- CURVE public keys, 32 bytes. Two of one party may be valid at a time, during a key rotation.
CREATE TABLE party_key (
    "key"     BLOB    PRIMARY KEY,
    party     TEXT    NOT NULL,
    added_us  INTEGER NOT NULL,
    ends_us   INTEGER
) WITHOUT ROWID;

-- "format:air.*", "see:bkg:BK7001", ...
CREATE TABLE party_right (
    party     TEXT    NOT NULL,
    "right"   TEXT    NOT NULL,
    PRIMARY KEY (party, "right")
) WITHOUT ROWID;

-- Raised by every change of the three tables above, so that the doors read them again.
CREATE TABLE register (one INTEGER PRIMARY KEY CHECK (one = 1), revision INTEGER NOT NULL);
INSERT INTO register VALUES (1, 1);

-- `action`, `outcome` and `ask` are names of enumerations (proto/landbridge/v1/common.proto); `ask` is UNSPECIFIED where no
-- question is meant. `gate` spoke on behalf of the party; empty: it came by itself. Rows are added and never changed.
-- `check` is a hash over the row and the check of the row before.
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
