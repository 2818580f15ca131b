-- +goose Up

-- When the person last showed more than the session, and the token before, which stays good for a moment after it was replaced.
ALTER TABLE identity.sessions ADD COLUMN stepped timestamptz, ADD COLUMN before bytea, ADD COLUMN turned timestamptz;
CREATE INDEX sessions_before ON identity.sessions (before);

CREATE TABLE identity.devices (
    device  bytea NOT NULL, -- HMAC of the device's own cookie
    account uuid NOT NULL REFERENCES identity.accounts ON DELETE CASCADE,
    seen    timestamptz NOT NULL,
    PRIMARY KEY (device, account)
);
CREATE INDEX devices_account ON identity.devices (account);

-- A code belongs to who asked for it, so that nobody else's guesses use it up. Codes live for minutes, so none is carried over.
DELETE FROM identity.codes;
ALTER TABLE identity.codes DROP CONSTRAINT codes_pkey;
ALTER TABLE identity.codes ADD COLUMN asker bytea NOT NULL, ADD COLUMN device bytea;
ALTER TABLE identity.codes ADD PRIMARY KEY (target, purpose, asker);

-- +goose Down
DELETE FROM identity.codes;
ALTER TABLE identity.codes DROP CONSTRAINT codes_pkey;
ALTER TABLE identity.codes DROP COLUMN asker, DROP COLUMN device;
ALTER TABLE identity.codes ADD PRIMARY KEY (target, purpose);
DROP TABLE identity.devices;
ALTER TABLE identity.sessions DROP COLUMN stepped, DROP COLUMN before, DROP COLUMN turned;
