//! The tables, and the steps that lead to them.

use rusqlite::{Connection, TransactionBehavior};

use super::{Trouble, trouble::unsuitable};
use crate::registry::{RegistryError, settle};

/// The newest version of the schema that this program knows: the number of steps.
const KNOWN: u32 = STEPS.len() as u32;

/// Marks a SQLite file as a registry: "tokR".
const APPLICATION: u32 = u32::from_be_bytes(*b"tokR");

/// Each step leads from one version to the next. A step that was released is never changed.
const STEPS: [&str; 2] = [ONE, TWO];

/// `token.state` is 0 for live, 1 for revoked at the number `revoked`, 2 for spent; one that was spent can be revoked. A rule counts in
/// addition.
/// `epoch` has one row, which each revocation changes, so that they exclude each other in any process.
const ONE: &str = "
    CREATE TABLE token (
        id BLOB NOT NULL UNIQUE,
        digest BLOB NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        scopes TEXT NOT NULL,
        minted_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        born INTEGER NOT NULL,
        parent BLOB,
        depth INTEGER NOT NULL,
        subject TEXT,
        audience TEXT,
        once INTEGER NOT NULL,
        actor TEXT,
        reason TEXT,
        log TEXT,
        log_index INTEGER,
        last_used INTEGER,
        state INTEGER NOT NULL DEFAULT 0,
        revoked INTEGER,
        is_closed INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX token_by_parent ON token (parent) WHERE parent IS NOT NULL;
    CREATE INDEX token_by_expiry ON token (expires_at);
    CREATE INDEX token_by_birth ON token (born);
    CREATE INDEX token_by_revocation ON token (revoked) WHERE revoked IS NOT NULL;
    CREATE INDEX token_to_close ON token (log) WHERE is_closed = 0 AND state <> 0;
    CREATE TABLE epoch (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        n INTEGER NOT NULL,
        mark BLOB NOT NULL,
        pruned_to INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE revocation (n INTEGER PRIMARY KEY, mark BLOB NOT NULL) STRICT;
    CREATE TABLE rule (
        n INTEGER PRIMARY KEY,
        kind TEXT,
        subject TEXT,
        born_before INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX rule_by_birth ON rule (born_before);
    CREATE TABLE pepper (id BLOB PRIMARY KEY, ceased INTEGER) STRICT;
";

/// The build that a token is bound to, as `SourceDigest` writes it.
const TWO: &str = "ALTER TABLE token ADD COLUMN build TEXT";

/// The version of the schema; 0 for an empty file.
pub(super) fn version(connection: &Connection) -> Result<u32, Trouble> {
    let (application, version, tables): (u32, u32, i64) = connection.query_row(
        "SELECT (SELECT application_id FROM pragma_application_id),
                (SELECT user_version FROM pragma_user_version),
                (SELECT count(*) FROM sqlite_schema)",
        (),
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    match (application, version, tables) {
        (0, 0, 0) => Ok(0),
        (APPLICATION, 0, _) => {
            Err(unsuitable("the file is damaged: it has no version; restore a backup"))
        }
        (APPLICATION, 1..=KNOWN, _) => Ok(version),
        (APPLICATION, ..) => Err(RegistryError::newer_schema(version, KNOWN).into()),
        _ => Err(unsuitable("the file is a SQLite database of another program; name another file")),
    }
}

/// Checks that the file is a registry with the newest schema.
pub(super) fn check_newest(connection: &Connection) -> Result<(), Trouble> {
    match version(connection)? {
        KNOWN => Ok(()),
        0 => Err(unsuitable("the file is empty, and no registry yet; name another file")),
        _ => Err(unsuitable(
            "an older version of this library made the file; let its service, with this version, open it first",
        )),
    }
}

/// Brings the schema up to date, in one transaction.
pub(super) fn update(connection: &mut Connection) -> Result<(), Trouble> {
    if version(connection)? == KNOWN {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been faster.
    let version = version(&transaction)?;
    for step in STEPS.iter().skip(version as usize) {
        transaction.execute_batch(step)?;
    }
    if version == 0 {
        let mark = settle::mark()?;
        transaction.execute("INSERT INTO epoch VALUES (1, 0, ?1, 0)", [mark])?;
        transaction.execute("INSERT INTO revocation VALUES (0, ?1)", [mark])?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
    }
    transaction.pragma_update(None, "user_version", KNOWN)?;
    Ok(transaction.commit()?)
}
