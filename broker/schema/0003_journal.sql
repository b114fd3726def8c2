-- 0003_journal.sql - a check in each row of quarantine and feed, as journal rows have one.
--
-- check_of is a function of the house (base/store.c). Empty for rows from before.
ALTER TABLE quarantine ADD COLUMN "check" BLOB;
ALTER TABLE feed ADD COLUMN "check" BLOB;
