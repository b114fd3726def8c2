-- 0002_view.sql - lists that come in several messages, and what they say.
--
-- `list` is "source|list" of an event's sheet; the column `sheet` of a claim is "number|at_us|source|list", empty
-- for what came in one piece. at_us is when the sheet was reported, else received.
CREATE TABLE sheet (
    list        TEXT    NOT NULL,
    at_us       INTEGER NOT NULL,
    number      INTEGER NOT NULL,
    is_last     INTEGER NOT NULL,
    PRIMARY KEY (list, at_us, number, is_last)
) WITHOUT ROWID;
ALTER TABLE assoc    ADD COLUMN sheet TEXT NOT NULL DEFAULT '';
ALTER TABLE complete ADD COLUMN sheet TEXT NOT NULL DEFAULT '';
