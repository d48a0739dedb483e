//! The statements of the steps. One that was released is never changed.

use super::super::{
    columns::{answering, columns},
    packed::packed,
};

/// `token.state` is 0 for live, 1 for revoked at the number `revoked`, 2 for spent; one that was spent can be revoked. A rule counts in
/// addition.
/// `schema.oldest` is the oldest version whose programs work with this one too.
/// `epoch` has one row, which each revocation locks, so that they are committed in the order of their numbers.
/// `last_used` is in no index, so that to note it changes none.
pub(super) const ONE: &str = "
    CREATE SCHEMA token_registry;
    CREATE TABLE token_registry.schema (
        single boolean PRIMARY KEY DEFAULT true CHECK (single),
        version integer NOT NULL,
        oldest integer NOT NULL
    );
    CREATE TABLE token_registry.token (
        id bytea PRIMARY KEY,
        digest bytea NOT NULL UNIQUE,
        kind text NOT NULL,
        scopes text NOT NULL,
        minted_at bigint NOT NULL,
        expires_at bigint NOT NULL,
        born bigint NOT NULL,
        parent bytea,
        depth smallint NOT NULL,
        subject text,
        audience text,
        build text,
        once boolean NOT NULL,
        actor text,
        reason text,
        log text,
        log_index bigint,
        last_used bigint,
        state smallint NOT NULL DEFAULT 0,
        revoked bigint,
        is_closed boolean NOT NULL DEFAULT false
    ) WITH (fillfactor = 90);
    CREATE INDEX token_by_parent ON token_registry.token (parent) WHERE parent IS NOT NULL;
    CREATE INDEX token_by_expiry ON token_registry.token (expires_at);
    CREATE INDEX token_by_birth ON token_registry.token (born);
    CREATE INDEX token_by_revocation ON token_registry.token (revoked) WHERE revoked IS NOT NULL;
    CREATE INDEX token_to_close ON token_registry.token (log) WHERE NOT is_closed AND state <> 0;
    CREATE TABLE token_registry.epoch (
        single boolean PRIMARY KEY DEFAULT true CHECK (single),
        n bigint NOT NULL,
        mark bytea NOT NULL,
        pruned_to bigint NOT NULL
    );
    CREATE TABLE token_registry.revocation (n bigint PRIMARY KEY, mark bytea NOT NULL);
    CREATE TABLE token_registry.rule (
        n bigint PRIMARY KEY,
        kind text,
        subject text,
        born_before bigint NOT NULL
    );
    CREATE INDEX rule_by_birth ON token_registry.rule (born_before);
    CREATE TABLE token_registry.pepper (id bytea PRIMARY KEY, ceased bigint);
";

/// One token and the epoch, of one snapshot. To plan this statement takes four times as long as to run it, so it stands in a function,
/// whose plan each connection of the server keeps: a statement that a client prepares would be lost behind a pooler. The
/// plan must not be one that was made for a small table; what then looks expensive is not to be compiled.
pub(super) const READ: &str = concat!(
    "CREATE FUNCTION token_registry.read(bigint, bytea, bytea, bytea) RETURNS TABLE (
        n bigint, mark bytea, pruned_to bigint, knows_own boolean, in_recovery boolean, id bytea, kind text, scopes text,
        minted_at bigint, expires_at bigint, born bigint, parent bytea, depth smallint, subject text, audience text, build text,
        once boolean, actor text, reason text, log text, log_index bigint, last_used bigint, state smallint, revoked bigint,
        ruled bigint
    ) LANGUAGE plpgsql STABLE SET enable_seqscan = off SET jit = off AS $$
    #variable_conflict use_column
    BEGIN
        IF $4 IS NULL THEN
            RETURN QUERY ",
    answering!(),
    ", ",
    columns!(),
    " FROM token_registry.epoch e LEFT JOIN token_registry.token t ON t.digest = $3;
        ELSE
            RETURN QUERY ",
    answering!(),
    ", ",
    columns!(),
    " FROM token_registry.epoch e LEFT JOIN token_registry.token t ON t.digest IN ($3, $4);
        END IF;
    END $$"
);

/// The same as [`READ`], in arrays: to describe 25 columns takes the server and us a third of the time of a miss.
/// The order within them is that of [`found`](super::super::packed::found).
pub(super) const FIND: &str = concat!(
    "CREATE FUNCTION token_registry.find(bigint, bytea, bytea, bytea,
        OUT numbers bigint[], OUT ids bytea[], OUT texts text[], OUT flags boolean[]
    ) LANGUAGE plpgsql STABLE SET enable_seqscan = off SET jit = off AS $$
    #variable_conflict use_column
    BEGIN
        IF $4 IS NULL THEN
            SELECT ",
    packed!(),
    " INTO numbers, ids, texts, flags
            FROM token_registry.epoch e LEFT JOIN token_registry.token t ON t.digest = $3;
        ELSE
            SELECT ",
    packed!(),
    " INTO numbers, ids, texts, flags
            FROM token_registry.epoch e LEFT JOIN token_registry.token t ON t.digest IN ($3, $4);
        END IF;
    END $$"
);
