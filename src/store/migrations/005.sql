-- Links by which somebody outside sees chosen files of a case, without identity, until a time.
-- `token` is the digest of the link's secret, never the secret; `shown` is what the link shows of
-- the case, `files` which files, each with the plain name it goes by.
-- The table of this name before was never written to.
DROP TABLE shares;
CREATE TABLE shares (
    id {text} PRIMARY KEY,
    token {text} NOT NULL UNIQUE,
    case_id {text} NOT NULL REFERENCES cases (id),
    person {text} NOT NULL REFERENCES people (id),
    created {text} NOT NULL,
    until {text} NOT NULL,
    revoked {text},
    shown {text} NOT NULL,
    files {text} NOT NULL,
    note {text} NOT NULL
) {strict};
CREATE INDEX shares_by_case ON shares (case_id, id);
