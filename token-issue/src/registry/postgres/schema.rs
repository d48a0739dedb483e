//! The tables, and the steps that lead to them.

use tokio_postgres::{Client, types::Type};

use super::{
    columns::{answering, columns},
    reading::one,
    trouble::{Trouble, damaged, unsuitable},
};
use crate::registry::{RegistryError, settle};

/// The newest version of the schema that this program knows: the number of steps.
const KNOWN: i32 = STEPS.len() as i32;

/// Each step leads from one version to the next. A step that was released is never changed.
const STEPS: [&[&str]; 1] = [&[ONE, READ]];

/// `token.state` is 0 for live, 1 for revoked at the number `revoked`, 2 for spent; one that was spent can be revoked. A rule counts in
/// addition.
/// `epoch` has one row, which each revocation locks, so that they are committed in the order of their numbers.
/// `last_used` is in no index, so that to note it changes none.
const ONE: &str = "
    CREATE SCHEMA token_registry;
    CREATE TABLE token_registry.schema (
        single boolean PRIMARY KEY DEFAULT true CHECK (single),
        version integer NOT NULL
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
const READ: &str = concat!(
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

/// The version of the schema; 0 if there is none.
async fn version(client: &Client) -> Result<i32, Trouble> {
    // Not `to_regclass`, which may answer from what this session knew before it waited for another one.
    // Texts of other encodings could not be kept.
    let sql = "SELECT getdatabaseencoding() = 'UTF8', EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = 'token_registry'), \
               EXISTS (SELECT 1 FROM pg_class WHERE relname = 'schema' AND relnamespace = \
                   (SELECT oid FROM pg_namespace WHERE nspname = 'token_registry'))";
    let found = one(client, sql, &[]).await?;
    if !found.try_get::<_, bool>(0)? {
        return Err(unsuitable(
            "the database has another encoding than UTF8; make one with ENCODING 'UTF8'",
        ));
    }
    match (found.try_get(1)?, found.try_get(2)?) {
        (false, _) => return Ok(0),
        (true, false) => {
            return Err(unsuitable(
                "the database has a schema token_registry of another program, or one that this role may not use; \
                 name another database, or grant the schema",
            ));
        }
        (true, true) => {}
    }
    let version: i32 =
        one(client, "SELECT version FROM token_registry.schema", &[]).await?.try_get(0)?;
    match version {
        ..1 => Err(damaged()),
        version if version <= KNOWN => Ok(version),
        _ => {
            Err(RegistryError::newer_schema(version.cast_unsigned(), KNOWN.cast_unsigned()).into())
        }
    }
}

/// Brings the schema up to date, in one transaction. Only for that must the role own it.
pub(super) async fn update(client: &Client) -> Result<(), Trouble> {
    if version(client).await? == KNOWN {
        return Ok(());
    }
    // The lock's number is "tokR". Who waits for another process that does the same finds it done.
    client
        .batch_execute(
            "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '10s'; SELECT pg_advisory_xact_lock(1953459026)",
        )
        .await?;
    let version = version(client).await?;
    for step in STEPS.iter().skip(version.cast_unsigned() as usize) {
        for part in *step {
            client.batch_execute(part).await?;
        }
    }
    if version == 0 {
        begin_history(client).await?;
    }
    let sql = "INSERT INTO token_registry.schema (version) VALUES ($1) \
               ON CONFLICT (single) DO UPDATE SET version = $1";
    client.execute_typed(sql, &[(&KNOWN, Type::INT4)]).await?;
    Ok(client.batch_execute("COMMIT").await?)
}

async fn begin_history(client: &Client) -> Result<(), Trouble> {
    let mark = settle::mark()?;
    let mark = &mark[..];
    for sql in [
        "INSERT INTO token_registry.epoch (n, mark, pruned_to) VALUES (0, $1, 0)",
        "INSERT INTO token_registry.revocation (n, mark) VALUES (0, $1)",
    ] {
        client.execute_typed(sql, &[(&mark, Type::BYTEA)]).await?;
    }
    Ok(())
}
