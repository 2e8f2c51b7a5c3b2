-- A link may be opened so many times and no more; how often it was is counted here.
ALTER TABLE shares ADD COLUMN most {int};
ALTER TABLE shares ADD COLUMN opened {int} NOT NULL DEFAULT 0;

-- What lists say of a case no longer holds what came out of its visits, which are kept from some
-- of those who see the case: the words of the program's own table go from rows of before.
UPDATE cases SET summary =
    replace(replace(replace(replace(summary, '"effect":"reached",', ''), '"effect":"partly",', ''),
        '"effect":"not",', ''), '"effect":"",', '');
UPDATE cases SET summary =
    replace(replace(replace(replace(replace(replace(summary, '"harm":"none",', ''),
        '"harm":"minor",', ''), '"harm":"moderate",', ''), '"harm":"serious",', ''),
        '"harm":"death",', ''), '"harm":"",', '');
