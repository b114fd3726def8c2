-- 0004_journal.sql - which rows of the journal are holes (LOST, SKIPPED), so that nobody has to read it all to know.
CREATE TABLE lost (block INTEGER PRIMARY KEY);
