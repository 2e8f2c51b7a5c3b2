-- Stored files of cases whose records were destroyed, and which no other case has: removed once
-- nothing that runs could be about to keep the same bytes again.
CREATE TABLE doomed (
    sha256 {text} PRIMARY KEY,
    bytes {int} NOT NULL,
    since {text} NOT NULL
) {strict};
