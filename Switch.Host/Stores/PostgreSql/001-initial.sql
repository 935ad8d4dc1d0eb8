-- What happened, one row for each thing, as docs/operating/store.md explains. The switch makes a partition for each
-- day.
CREATE TABLE node (
    node smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    cluster text NOT NULL,
    name text NOT NULL,
    lsn bigint NOT NULL DEFAULT 0,
    crc bigint NOT NULL DEFAULT 0,
    at timestamptz NOT NULL DEFAULT 'epoch',
    removed_to date,
    confirmed timestamptz,
    UNIQUE (cluster, name)
);

CREATE TABLE payment (
    node smallint NOT NULL,
    lsn bigint NOT NULL,
    at timestamptz NOT NULL,
    id bigint,
    acquirer text NOT NULL,
    key bigint NOT NULL,
    content integer NOT NULL,
    card bytea,
    pan text,
    mti smallint NOT NULL,
    amount bigint NOT NULL,
    currency text,
    stan integer NOT NULL,
    sent bigint NOT NULL,
    processing_code text,
    institution text,
    rrn text,
    terminal text,
    merchant text,
    issuer text,
    leg_stan integer,
    leg_mti smallint
) PARTITION BY RANGE (at);
CREATE INDEX payment_id ON payment (id);
CREATE INDEX payment_rrn ON payment (rrn);
CREATE INDEX payment_stan ON payment (stan, terminal);

CREATE TABLE decision (
    node smallint NOT NULL,
    lsn bigint NOT NULL,
    at timestamptz NOT NULL,
    id bigint NOT NULL,
    source smallint NOT NULL,
    cause smallint,
    code text,
    approved smallint NOT NULL,
    approval text,
    issuer text,
    stan integer,
    amount bigint NOT NULL,
    rule smallint,
    limit_number smallint,
    limit_use bigint,
    limit_bound bigint,
    outage timestamptz,
    profile text,
    outage_issuer text,
    merchant_type text,
    entry_mode text
) PARTITION BY RANGE (at);
CREATE INDEX decision_id ON decision (id);
CREATE INDEX decision_outage ON decision (outage) WHERE outage IS NOT NULL;

CREATE TABLE owed (
    node smallint NOT NULL,
    lsn bigint NOT NULL,
    at timestamptz NOT NULL,
    owed bigint NOT NULL,
    id bigint,
    kind smallint NOT NULL,
    issuer text NOT NULL,
    mti smallint NOT NULL,
    stan integer NOT NULL,
    sent bigint NOT NULL,
    original_stan integer,
    reason smallint,
    card bytea,
    counts smallint NOT NULL,
    amount bigint NOT NULL
) PARTITION BY RANGE (at);
CREATE INDEX owed_owed ON owed (owed);
CREATE INDEX owed_lsn ON owed (lsn);

CREATE TABLE event (
    node smallint NOT NULL,
    lsn bigint NOT NULL,
    at timestamptz NOT NULL,
    type smallint NOT NULL,
    id bigint,
    kind smallint,
    owed bigint,
    issuer text,
    stan integer,
    mti smallint,
    code text,
    key bigint,
    number bigint NOT NULL,
    card bytea,
    pan text,
    who text,
    why text
) PARTITION BY RANGE (at);
CREATE INDEX event_lsn ON event (lsn);
CREATE INDEX event_id ON event (id) WHERE id IS NOT NULL;
CREATE INDEX event_owed ON event (owed) WHERE owed IS NOT NULL;
CREATE INDEX event_key ON event (key) WHERE key IS NOT NULL;
