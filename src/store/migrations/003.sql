-- Every version of the process that a case was ever opened under, and the site's own. Which one
-- is a case's is said by its first entry; which one new cases get, by the setting "process".
CREATE TABLE flows (
    sha256 {text} PRIMARY KEY,
    body {text} NOT NULL,
    created {text} NOT NULL
) {strict};
