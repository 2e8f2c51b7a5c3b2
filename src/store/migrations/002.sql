-- Worklists are read from the newest case on, a page at a time.
CREATE INDEX case_people_in_order ON case_people (person, case_id);
CREATE INDEX case_waits_in_order ON case_waits (role, case_id);

-- A case's entries, and its other rows of one act: without the act in the index one of the acts'
-- would be walked through instead, entries of all cases.
CREATE INDEX ledger_by_case_act ON ledger (case_id, act, number);
DROP INDEX ledger_by_case;
