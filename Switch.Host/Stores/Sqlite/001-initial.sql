-- What happened, one row for each thing, as docs/operating/store.md explains. Times are Unix milliseconds, UTC.
CREATE TABLE node (
    cluster TEXT NOT NULL,
    name TEXT NOT NULL,
    lsn INTEGER NOT NULL,
    crc INTEGER NOT NULL,
    at INTEGER NOT NULL,
    removed_to INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (cluster, name)
);

CREATE TABLE payment (
    lsn INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    id INTEGER,
    acquirer TEXT NOT NULL,
    key INTEGER NOT NULL,
    content INTEGER NOT NULL,
    card BLOB,
    pan TEXT,
    mti INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT,
    stan INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    processing_code TEXT,
    institution TEXT,
    rrn TEXT,
    terminal TEXT,
    merchant TEXT,
    issuer TEXT,
    leg_stan INTEGER,
    leg_mti INTEGER
);
CREATE INDEX payment_id ON payment (id);
CREATE INDEX payment_rrn ON payment (rrn);
CREATE INDEX payment_stan ON payment (stan, terminal);

CREATE TABLE decision (
    lsn INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    id INTEGER NOT NULL,
    source INTEGER NOT NULL,
    cause INTEGER,
    code TEXT,
    approved INTEGER NOT NULL,
    approval TEXT,
    issuer TEXT,
    stan INTEGER,
    amount INTEGER NOT NULL,
    rule INTEGER,
    limit_number INTEGER,
    limit_use INTEGER,
    limit_bound INTEGER,
    outage INTEGER,
    profile TEXT,
    outage_issuer TEXT,
    merchant_type TEXT,
    entry_mode TEXT
);
CREATE INDEX decision_id ON decision (id);
CREATE INDEX decision_outage ON decision (outage) WHERE outage IS NOT NULL;

CREATE TABLE owed (
    lsn INTEGER NOT NULL,
    at INTEGER NOT NULL,
    owed INTEGER NOT NULL,
    id INTEGER,
    kind INTEGER NOT NULL,
    issuer TEXT NOT NULL,
    mti INTEGER NOT NULL,
    stan INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    original_stan INTEGER,
    reason INTEGER,
    card BLOB,
    counts INTEGER NOT NULL,
    amount INTEGER NOT NULL
);
CREATE INDEX owed_owed ON owed (owed);
CREATE INDEX owed_lsn ON owed (lsn);

CREATE TABLE event (
    lsn INTEGER NOT NULL,
    at INTEGER NOT NULL,
    type INTEGER NOT NULL,
    id INTEGER,
    kind INTEGER,
    owed INTEGER,
    issuer TEXT,
    stan INTEGER,
    mti INTEGER,
    code TEXT,
    key INTEGER,
    number INTEGER NOT NULL,
    card BLOB,
    pan TEXT,
    who TEXT,
    why TEXT
);
CREATE INDEX event_lsn ON event (lsn);
CREATE INDEX event_id ON event (id) WHERE id IS NOT NULL;
CREATE INDEX event_owed ON event (owed) WHERE owed IS NOT NULL;
CREATE INDEX event_key ON event (key) WHERE key IS NOT NULL;
