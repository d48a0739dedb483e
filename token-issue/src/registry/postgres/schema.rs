//! The version of the tables, and the steps from one to the next.
//!
//! Programs of several versions use the tables at the same time while a service is upgraded, host by host. So a step adds, and what
//! an older program needs stays until none of them is supported any more: `schema.oldest` says which those are.

use std::time::Duration;

use tokio::time::sleep;
use tokio_postgres::{Client, error::SqlState, types::Type};

use super::{
    reading::one,
    trouble::{Trouble, damaged, unavailable, unsuitable},
};
use crate::registry::{RegistryError, settle};

mod steps;

/// A step from one version of the schema to the next.
struct Step {
    statements: &'static [&'static str],
    /// The oldest version whose programs work with the tables after it.
    oldest: i32,
}

const STEPS: [Step; 2] = [
    Step { statements: &[steps::ONE, steps::READ], oldest: 1 },
    Step { statements: &[steps::FIND, steps::FEED], oldest: 1 },
];

/// The newest version that this program knows: the number of steps.
pub(super) const KNOWN: i32 = STEPS.len() as i32;

/// The oldest version that this program works with, where its role may not bring the tables up to date.
const SERVED: i32 = 1;

/// From this version on there are `token_registry.find` and `token_registry.feed`.
pub(super) const HAS_FUNCTIONS: i32 = 2;

/// What the database says of itself.
struct State {
    /// 0 if there is no table.
    version: i32,
    oldest: i32,
    is_ours: bool,
}

impl State {
    /// The version by which a program that knows versions up to `known` can use the tables as they are.
    fn usable(&self, known: i32) -> Result<Option<i32>, Trouble> {
        if self.oldest > known {
            let (found, known) = (self.version.cast_unsigned(), known.cast_unsigned());
            return Err(RegistryError::newer_schema(found, known).into());
        }
        let is_enough = self.version >= known || self.version >= SERVED && !self.is_ours;
        Ok(is_enough.then_some(self.version.min(known)))
    }
}

/// Brings the schema up to date, and returns the version to use. Only for the first must the role own the schema.
pub(super) async fn update(client: &Client, known: i32) -> Result<i32, Trouble> {
    for _ in 0..TRIES {
        if let Some(version) = state(client).await?.usable(known)? {
            return Ok(version);
        }
        if step_up(client, known).await? {
            return Ok(known);
        }
        sleep(PAUSE).await;
    }
    Err(unavailable(
        "its tables are to be brought up to date, and another transaction keeps them locked; see in pg_stat_activity which one it is",
    ))
}

/// The version by which to use the tables as they are.
pub(super) async fn check(client: &Client, known: i32) -> Result<i32, Trouble> {
    let state = State { is_ours: false, ..state(client).await? };
    let none = || unsuitable("the database has no registry; name the one that has it");
    state.usable(known)?.ok_or_else(none)
}

async fn state(client: &Client) -> Result<State, Trouble> {
    // Not `to_regclass`, which may answer from what this session knew before it waited for another one.
    // Texts of other encodings could not be kept.
    let sql = "SELECT getdatabaseencoding() = 'UTF8', \
               (SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = 'token_registry'), \
               EXISTS (SELECT 1 FROM pg_class WHERE relname = 'schema' AND relnamespace = \
                   (SELECT oid FROM pg_namespace WHERE nspname = 'token_registry'))";
    let found = one(client, sql, &[]).await?;
    if !found.try_get::<_, bool>(0)? {
        return Err(unsuitable(
            "the database has another encoding than UTF8; make one with ENCODING 'UTF8'",
        ));
    }
    let Some(is_ours) = found.try_get(1)? else {
        return Ok(State { version: 0, oldest: 0, is_ours: true });
    };
    if !found.try_get::<_, bool>(2)? {
        return Err(unsuitable(
            "the database has a schema token_registry of another program, or one that this role may not use; \
             name another database, or grant the schema",
        ));
    }
    let found = one(client, "SELECT version, oldest FROM token_registry.schema", &[]).await?;
    let (version, oldest) = (found.try_get(0)?, found.try_get(1)?);
    match (1..=version).contains(&oldest) {
        true => Ok(State { version, oldest, is_ours }),
        false => Err(damaged()),
    }
}

/// Makes the steps that are missing, in one transaction. Returns false if somebody else holds a lock that they need: who waits for
/// one on a table makes all others wait behind him, so he must not wait for long.
async fn step_up(client: &Client, known: i32) -> Result<bool, Trouble> {
    // The lock's number is "tokR". Who waits for another process that does the same finds it done.
    client
        .batch_execute(
            "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '10s'; SELECT pg_advisory_xact_lock(1953459026); \
             SET LOCAL lock_timeout = '100ms'",
        )
        .await?;
    let state = state(client).await?;
    let missing = STEPS.iter().take(known.cast_unsigned() as usize);
    let missing = missing.skip(state.version.cast_unsigned() as usize);
    for step in missing {
        for statement in step.statements {
            if !is_made(client.batch_execute(statement).await)? {
                return abandon(client).await;
            }
        }
    }
    if state.version == 0 {
        begin_history(client).await?;
    }
    if state.version < known && !note(client, known).await? {
        return abandon(client).await;
    }
    client.batch_execute("COMMIT").await?;
    Ok(true)
}

async fn abandon(client: &Client) -> Result<bool, Trouble> {
    client.batch_execute("ROLLBACK").await?;
    Ok(false)
}

/// Whether a statement was made, or a lock was not to be had.
fn is_made<T>(made: Result<T, tokio_postgres::Error>) -> Result<bool, Trouble> {
    match made {
        Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => Ok(false),
        made => Ok(made.map(|_| true)?),
    }
}

async fn note(client: &Client, version: i32) -> Result<bool, Trouble> {
    let oldest = STEPS.iter().take(version.cast_unsigned() as usize).map(|step| step.oldest).max();
    let sql = "INSERT INTO token_registry.schema (version, oldest) VALUES ($1, $2) \
               ON CONFLICT (single) DO UPDATE SET version = $1, oldest = $2";
    is_made(client.execute_typed(sql, &[(&version, Type::INT4), (&oldest, Type::INT4)]).await)
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

/// How often a step is tried that somebody else's lock keeps back, and the time in between.
const TRIES: usize = 30;
const PAUSE: Duration = Duration::from_millis(300);
