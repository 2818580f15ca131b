-- +goose Up
CREATE TABLE identity.security (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL, -- of the first of count
    kind    text NOT NULL,
    account uuid,                 -- the person concerned, where one is known
    orgs    uuid[] NOT NULL,      -- the organizations that may read it
    actor   text NOT NULL,        -- who did it: kind:id, empty for nobody
    subject uuid,                 -- the member or token that it was done to
    route   text NOT NULL,
    role    text NOT NULL,
    detail  text NOT NULL,        -- a word of a closed list: a method, a purpose, a refusal's code
    agent   text NOT NULL,        -- such as "Chrome, Android"
    count   int NOT NULL
);
CREATE INDEX security_account ON identity.security (account, id);
CREATE INDEX security_orgs ON identity.security USING gin (orgs);
CREATE INDEX security_at ON identity.security (at);

-- The administrator's cookies that were given back before their time.
CREATE TABLE identity.ended (
    cookie bytea PRIMARY KEY, -- HMAC
    until  timestamptz NOT NULL
);

-- +goose Down
DROP TABLE identity.ended;
DROP TABLE identity.security;
