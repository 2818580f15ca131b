-- +goose Up
CREATE SCHEMA IF NOT EXISTS identity;

CREATE TABLE identity.accounts (
    account     uuid PRIMARY KEY,
    phone       bytea NOT NULL UNIQUE,          -- HMAC of the number
    email       bytea UNIQUE,                   -- HMAC of the address
    password    text,                           -- argon2id, PHC form
    registered  boolean NOT NULL DEFAULT false, -- the ledger has the account's stream
    made        timestamptz NOT NULL,
    password_at timestamptz
);

CREATE TABLE identity.sessions (
    token   bytea PRIMARY KEY, -- SHA-256
    id      uuid NOT NULL UNIQUE,
    account uuid NOT NULL REFERENCES identity.accounts ON DELETE CASCADE,
    made    timestamptz NOT NULL,
    seen    timestamptz NOT NULL,
    expires timestamptz NOT NULL,
    agent   text NOT NULL      -- such as "Chrome, Android"; from a closed list of words
);
CREATE INDEX sessions_account ON identity.sessions (account);

CREATE TABLE identity.codes (
    id      uuid NOT NULL UNIQUE,
    target  bytea NOT NULL, -- HMAC of the number or address
    purpose text NOT NULL,
    account uuid,           -- who asked, where that must be the one who answers
    code    bytea NOT NULL, -- HMAC
    expires timestamptz NOT NULL,
    tries   int NOT NULL DEFAULT 0,
    used_by uuid,           -- the command that used it up
    PRIMARY KEY (target, purpose)
);

CREATE TABLE identity.attempts (
    key bytea NOT NULL, -- HMAC of what is limited
    at  timestamptz NOT NULL
);
CREATE INDEX attempts_key ON identity.attempts (key, at);
CREATE INDEX attempts_at ON identity.attempts (at);

CREATE TABLE identity.brakes (
    began timestamptz NOT NULL PRIMARY KEY,
    until timestamptz NOT NULL
);

CREATE TABLE identity.sends (
    hour timestamptz NOT NULL PRIMARY KEY,
    n    int NOT NULL
);

CREATE TABLE identity.outbox (
    id      uuid PRIMARY KEY,
    code    uuid,                   -- its five minutes begin when the message was handed over
    account uuid,                   -- to whose number, where the asker did not name it
    decoy   boolean NOT NULL,       -- kept so that an unknown number costs the same work; never sent
    sealed  text NOT NULL,          -- the message, sealed
    due     timestamptz NOT NULL,
    expires timestamptz NOT NULL,
    tries   int NOT NULL DEFAULT 0
);
CREATE INDEX outbox_due ON identity.outbox (due);

-- +goose Down
DROP SCHEMA identity CASCADE;
