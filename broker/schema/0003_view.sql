-- 0003_view.sql - what was said of an object by those who do not carry it (quality flag NOT_ITS_OWN).
--
-- Its own table, so that nothing that moves a track can read it by mistake.
CREATE TABLE hearsay (
    object      TEXT    NOT NULL,
    occurred_us INTEGER NOT NULL,
    event_id    BLOB    NOT NULL,
    seq         INTEGER NOT NULL,
    body        BLOB    NOT NULL, -- CargoEvent
    PRIMARY KEY (object, occurred_us, event_id)
) WITHOUT ROWID;
