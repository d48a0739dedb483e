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

/// The same as [`READ`], in arrays: to describe 25 columns takes a fifth of the server's time for a miss.
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

/// All that a poll asks, in one statement and so of one snapshot: while a revocation reaches a hundred verifiers, what each of them asks
/// is what the others wait for. `$3` is the number of tokens, and of rules, after which the lists may stop at the end of a number.
pub(super) const FEED: &str = "
    CREATE FUNCTION token_registry.feed(bigint, bytea, bigint,
        OUT n bigint, OUT mark bytea, OUT pruned_to bigint, OUT knows_own boolean, OUT in_recovery boolean,
        OUT ids bytea[],
        OUT rules bigint[], OUT kinds text[], OUT subjects text[], OUT born_before bigint[]
    ) LANGUAGE plpgsql STABLE SET jit = off AS $$
    #variable_conflict use_column
    BEGIN
        SELECT e.n, e.mark, e.pruned_to, (e.n = $1 AND e.mark = $2)
                OR EXISTS (SELECT 1 FROM token_registry.revocation h WHERE h.n = $1 AND h.mark = $2), pg_is_in_recovery()
            INTO n, mark, pruned_to, knows_own, in_recovery FROM token_registry.epoch e;
        IF feed.n <> $1 AND feed.knows_own AND NOT feed.in_recovery THEN
            SELECT array_agg(t.id ORDER BY t.revoked, t.id) INTO ids
                FROM (SELECT revoked, id FROM token_registry.token WHERE revoked > $1
                    ORDER BY revoked FETCH FIRST $3 ROWS WITH TIES) t;
            SELECT array_agg(r.n ORDER BY r.n), array_agg(r.kind ORDER BY r.n), array_agg(r.subject ORDER BY r.n),
                    array_agg(r.born_before ORDER BY r.n) INTO rules, kinds, subjects, born_before
                FROM (SELECT n, kind, subject, born_before FROM token_registry.rule WHERE n > $1 ORDER BY n LIMIT $3) r;
        END IF;
    END $$";
