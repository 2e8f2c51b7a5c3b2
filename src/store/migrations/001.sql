-- The first tables. Written in the SQL that SQLite and PostgreSQL share; words in braces are
-- put in for each (store/migrate.c). Times are ISO 8601 texts in UTC, digests 64 hex digits,
-- JSON canonical text. No file here is ever changed: what is to be otherwise is a new file.

-- The one hash chain of all that happened. Numbers have no gaps: the writer takes the last
-- one and adds 1, in the one write transaction there is at a time.
CREATE TABLE ledger (
    number {int} PRIMARY KEY,
    time {text} NOT NULL,
    person {text},
    role {text},
    session {text},
    case_id {text},
    act {text} NOT NULL,
    body {text} NOT NULL,
    before {text} NOT NULL,
    digest {text} NOT NULL UNIQUE
) {strict};
CREATE INDEX ledger_by_case ON ledger (case_id, number);
CREATE INDEX ledger_by_person ON ledger (person, number);
CREATE INDEX ledger_by_time ON ledger (time);
CREATE INDEX ledger_by_act ON ledger (act, number);

-- Signed ends of the chain.
CREATE TABLE heads (
    number {int} PRIMARY KEY,
    time {text} NOT NULL,
    digest {text} NOT NULL,
    key {text} NOT NULL,
    signature {text} NOT NULL
) {strict};

CREATE TABLE people (
    id {text} PRIMARY KEY,
    login {text} NOT NULL UNIQUE,
    body {text} NOT NULL,
    secret {text} NOT NULL,
    version {int} NOT NULL
) {strict};

-- `token` is the digest of the cookie's value, never the value.
CREATE TABLE sessions (
    token {text} PRIMARY KEY,
    person {text} NOT NULL REFERENCES people (id),
    csrf {text} NOT NULL,
    created {text} NOT NULL,
    seen {text} NOT NULL,
    expires {text} NOT NULL
) {strict};
CREATE INDEX sessions_by_person ON sessions (person);
CREATE INDEX sessions_by_expiry ON sessions (expires);

CREATE TABLE signing_keys (
    id {text} PRIMARY KEY,
    person {text} NOT NULL REFERENCES people (id),
    kind {text} NOT NULL,
    public {text} NOT NULL,
    sealed {text} NOT NULL,
    created {text} NOT NULL,
    until {text},
    revoked {text}
) {strict};
CREATE INDEX signing_keys_by_person ON signing_keys (person);

CREATE TABLE organisations (
    id {text} PRIMARY KEY,
    kind {text} NOT NULL,
    body {text} NOT NULL,
    version {int} NOT NULL
) {strict};

-- Machines, materials, lots, processes, instruments, prices.
CREATE TABLE registry (
    kind {text} NOT NULL,
    id {text} NOT NULL,
    version {int} NOT NULL,
    body {text} NOT NULL,
    PRIMARY KEY (kind, id)
) {strict};

CREATE TABLE cases (
    id {text} PRIMARY KEY,
    number {text} NOT NULL UNIQUE,
    type {text} NOT NULL,
    stage {text} NOT NULL,
    due {text},
    summary {text} NOT NULL,
    entries {int} NOT NULL,
    digest {text} NOT NULL,
    created {text} NOT NULL,
    updated {text} NOT NULL,
    department {text},
    implant {int} NOT NULL DEFAULT 0,
    keep_until {text},
    device_code {text} UNIQUE
) {strict};
CREATE INDEX cases_by_stage ON cases (stage, due, id);
CREATE INDEX cases_by_due ON cases (due, id);
CREATE INDEX cases_by_created ON cases (created, id);
CREATE INDEX cases_by_updated ON cases (updated, id);
CREATE INDEX cases_by_department ON cases (department, created);
CREATE INDEX cases_by_type ON cases (type, created);
CREATE INDEX cases_by_keeping ON cases (keep_until);

-- Who is of a case's team, in which role: who may see it.
CREATE TABLE case_people (
    case_id {text} NOT NULL REFERENCES cases (id),
    person {text} NOT NULL REFERENCES people (id),
    role {text} NOT NULL,
    PRIMARY KEY (case_id, person, role)
) {clustered};
CREATE INDEX case_people_by_person ON case_people (person, role, case_id);

-- Which roles a case waits for: the worklists.
CREATE TABLE case_waits (
    case_id {text} NOT NULL REFERENCES cases (id),
    role {text} NOT NULL,
    due {text},
    PRIMARY KEY (case_id, role)
) {clustered};
CREATE INDEX case_waits_by_role ON case_waits (role, due, case_id);

-- The words a case is found by: in lower case, and pairs of neighbours for Chinese. A search
-- by the beginning of a word is word >= ? AND word < ?.
CREATE TABLE case_words (
    word {text} NOT NULL,
    case_id {text} NOT NULL REFERENCES cases (id),
    PRIMARY KEY (word, case_id)
) {clustered};
CREATE INDEX case_words_by_case ON case_words (case_id);

CREATE TABLE blobs (
    sha256 {text} PRIMARY KEY,
    bytes {int} NOT NULL,
    media {text} NOT NULL,
    created {text} NOT NULL
) {strict};

-- `number` is the case's entry that brought the file.
CREATE TABLE case_files (
    case_id {text} NOT NULL REFERENCES cases (id),
    number {int} NOT NULL,
    name {text} NOT NULL,
    sha256 {text} NOT NULL REFERENCES blobs (sha256),
    bytes {int} NOT NULL,
    media {text} NOT NULL,
    PRIMARY KEY (case_id, number, name)
) {strict};
CREATE INDEX case_files_by_digest ON case_files (sha256);

CREATE TABLE uploads (
    id {text} PRIMARY KEY,
    person {text} NOT NULL REFERENCES people (id),
    case_id {text},
    name {text} NOT NULL,
    bytes_said {int} NOT NULL,
    created {text} NOT NULL
) {strict};
CREATE INDEX uploads_by_created ON uploads (created);

-- A job is free when its state is "waiting", or "running" with a lease that is over.
CREATE TABLE jobs (
    id {text} PRIMARY KEY,
    case_id {text},
    person {text} NOT NULL,
    command {text} NOT NULL,
    state {text} NOT NULL,
    progress {real} NOT NULL DEFAULT 0,
    created {text} NOT NULL,
    started {text},
    finished {text},
    worker {text},
    lease {text},
    result {text},
    tries {int} NOT NULL DEFAULT 0
) {strict};
CREATE INDEX jobs_by_state ON jobs (state, created);
CREATE INDEX jobs_by_case ON jobs (case_id, created);

-- What was answered to a request, to be answered again when it is repeated.
CREATE TABLE idempotency (
    key {text} NOT NULL,
    person {text} NOT NULL,
    request {text} NOT NULL,
    status {int} NOT NULL,
    body {text} NOT NULL,
    created {text} NOT NULL,
    PRIMARY KEY (key, person)
) {strict};
CREATE INDEX idempotency_by_created ON idempotency (created);

CREATE TABLE shares (
    token {text} PRIMARY KEY,
    case_id {text} NOT NULL REFERENCES cases (id),
    what {text} NOT NULL,
    until {text} NOT NULL,
    created_by {text} NOT NULL
) {strict};
CREATE INDEX shares_by_case ON shares (case_id);

CREATE TABLE settings (
    name {text} PRIMARY KEY,
    value {text} NOT NULL
) {strict};
