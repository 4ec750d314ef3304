-- The tables of schema version 2. Never changed.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE readings (
    account      TEXT NOT NULL,
    meter        TEXT NOT NULL,
    effective_at INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    total        INTEGER NOT NULL,
    t1           INTEGER NOT NULL,
    t2           INTEGER NOT NULL,
    t3           INTEGER NOT NULL,
    t4           INTEGER NOT NULL,
    source       TEXT NOT NULL,
    quality      TEXT NOT NULL,
    PRIMARY KEY (meter, effective_at, source)
) STRICT, WITHOUT ROWID;

CREATE INDEX readings_account ON readings (account, effective_at);

CREATE TABLE services (
    account TEXT NOT NULL,
    meter   TEXT NOT NULL,
    bus     TEXT NOT NULL,
    since   INTEGER NOT NULL,
    until   INTEGER,
    PRIMARY KEY (account, since, meter)
) STRICT, WITHOUT ROWID;

CREATE TABLE credit_states (
    account              TEXT PRIMARY KEY,
    level                TEXT NOT NULL,
    episode              INTEGER NOT NULL,
    told                 TEXT NOT NULL,
    warned_at            INTEGER,
    warning_delivered_at INTEGER,
    cut_wanted           INTEGER NOT NULL,
    protect_wanted       INTEGER NOT NULL,
    command_count        INTEGER NOT NULL,
    relay                TEXT NOT NULL,
    relay_read_at        INTEGER,
    protect_read         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE commands (
    key             TEXT PRIMARY KEY,
    account         TEXT NOT NULL,
    meter           TEXT NOT NULL,
    kind            TEXT NOT NULL,
    state           TEXT NOT NULL,
    reason          TEXT NOT NULL,
    queued_at       INTEGER NOT NULL,
    sent_at         INTEGER,
    acknowledged_at INTEGER,
    confirmed_at    INTEGER,
    relay_read      TEXT NOT NULL,
    attempts        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE notices (
    key          TEXT PRIMARY KEY,
    account      TEXT NOT NULL,
    kind         TEXT NOT NULL,
    issued_at    INTEGER NOT NULL,
    delivered_at INTEGER,
    text         TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    account TEXT NOT NULL,
    meter   TEXT NOT NULL,
    kind    TEXT NOT NULL,
    text    TEXT NOT NULL,
    UNIQUE (at, account, meter, kind, text)
) STRICT;

CREATE TABLE bills (
    account   TEXT NOT NULL,
    period    TEXT NOT NULL,
    since     INTEGER NOT NULL,
    until     INTEGER NOT NULL,
    t1        INTEGER NOT NULL,
    t2        INTEGER NOT NULL,
    t3        INTEGER NOT NULL,
    t4        INTEGER NOT NULL,
    charged   INTEGER NOT NULL,
    total     INTEGER NOT NULL,
    currency  TEXT NOT NULL,
    closed_at INTEGER NOT NULL,
    PRIMARY KEY (account, period)
) STRICT, WITHOUT ROWID;

CREATE TABLE inbox (
    id         INTEGER PRIMARY KEY,
    kind       TEXT NOT NULL,
    account    TEXT NOT NULL,
    meter      TEXT NOT NULL,
    at         INTEGER NOT NULL,
    key        TEXT NOT NULL,
    source     TEXT NOT NULL,
    total      INTEGER NOT NULL,
    t1         INTEGER NOT NULL,
    t2         INTEGER NOT NULL,
    t3         INTEGER NOT NULL,
    t4         INTEGER NOT NULL,
    next_meter TEXT NOT NULL,
    next_total INTEGER NOT NULL,
    next_t1    INTEGER NOT NULL,
    next_t2    INTEGER NOT NULL,
    next_t3    INTEGER NOT NULL,
    next_t4    INTEGER NOT NULL,
    amount     INTEGER NOT NULL,
    code       INTEGER NOT NULL,
    answer     TEXT NOT NULL
) STRICT;

CREATE TABLE "postings" (
    id              INTEGER PRIMARY KEY,
    account         TEXT NOT NULL,
    account_seq     INTEGER NOT NULL,
    key             TEXT NOT NULL,
    leg             INTEGER NOT NULL,
    kind            TEXT NOT NULL,
    subject         TEXT NOT NULL,
    effective_at    INTEGER NOT NULL,
    recorded_at     INTEGER NOT NULL,
    amount          INTEGER NOT NULL,
    running_balance INTEGER NOT NULL,
    currency        TEXT NOT NULL,
    block           INTEGER NOT NULL,
    explain         TEXT NOT NULL,
    link            TEXT NOT NULL DEFAULT '',
    expires_at      INTEGER
) STRICT;

CREATE UNIQUE INDEX postings_key ON postings (key) WHERE leg = 0;

CREATE UNIQUE INDEX postings_account ON postings (account, account_seq);

CREATE INDEX postings_link ON postings (link) WHERE link <> '';

CREATE TABLE "blocks" (
    number        INTEGER PRIMARY KEY,
    previous      BLOB NOT NULL,
    digest        BLOB NOT NULL,
    postings      INTEGER NOT NULL,
    sealed_at     INTEGER NOT NULL,
    first_posting INTEGER NOT NULL
) STRICT;

CREATE TABLE reservations (
    key        TEXT PRIMARY KEY,
    account    TEXT NOT NULL,
    holder     TEXT NOT NULL,
    amount     INTEGER NOT NULL,
    currency   TEXT NOT NULL,
    expires_at INTEGER,
    state      TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX reservations_open ON reservations (key) WHERE state = 'open';

CREATE TABLE account_terms (
    account   TEXT NOT NULL,
    since     INTEGER NOT NULL,
    floor     INTEGER,
    currency  TEXT NOT NULL,
    is_closed INTEGER NOT NULL,
    PRIMARY KEY (account, since)
) STRICT, WITHOUT ROWID;

CREATE TABLE sealed_days (
    account  TEXT NOT NULL,
    since    INTEGER NOT NULL,
    meter    TEXT NOT NULL,
    revision INTEGER NOT NULL,
    until    INTEGER NOT NULL,
    bytes    BLOB NOT NULL,
    PRIMARY KEY (account, since, meter, revision)
) STRICT, WITHOUT ROWID;
