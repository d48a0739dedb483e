//! Connections to the file.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, MAIN_DB, OpenFlags, config::DbConfig};

use super::{
    Settings, Trouble, schema,
    trouble::{self, unsuitable},
};

/// A connection that writes: the file is a registry, with the newest schema.
pub(super) fn writing(path: &Path, settings: Settings) -> Result<Connection, Trouble> {
    let mut connection = open(path, settings.patience)?;
    // First of all: nothing may be changed in a file that is not ours.
    schema::version(&connection)?;
    if connection.is_readonly(MAIN_DB)? {
        return Err(unsuitable(
            "the file is read-only for this program; let it write the file and its folder",
        ));
    }
    use_wal(&connection, settings.patience)?;
    connection.pragma_update(None, "synchronous", if settings.syncs { "FULL" } else { "OFF" })?;
    // On macOS `fsync` does not reach the disk. Other systems ignore these two.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    if let Some(pages) = settings.max_pages {
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
    }
    schema::update(&mut connection)?;
    Ok(connection)
}

/// A connection that only reads.
pub(super) fn reading(path: &Path) -> Result<Connection, Trouble> {
    let connection = open(path, READER_PATIENCE)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// A connection for one look at a file that belongs to somebody else: nothing is changed in it, neither its schema nor
/// what is still in its WAL.
pub(super) fn looking(path: &Path) -> Result<Connection, Trouble> {
    let connection = open(path, Duration::from_secs(5))?;
    connection.pragma_update(None, "query_only", true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    schema::check_newest(&connection)?;
    Ok(connection)
}

fn open(path: &Path, patience: Duration) -> Result<Connection, Trouble> {
    // Each connection is used by one thread at a time, so it needs no lock of its own.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(patience)?;
    // A file that somebody has prepared must not make SQLite do more than we ask for.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    // Rows are sorted in memory, and not in a file of which nobody knows.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// While another process does the same, SQLite does not always wait by itself.
fn use_wal(connection: &Connection, patience: Duration) -> Result<(), Trouble> {
    let begun = Instant::now();
    loop {
        let mode = connection
            .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0));
        match mode {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(_) => {
                return Err(unsuitable(
                    "the file system has no memory that processes can share; use a local disk",
                ));
            }
            Err(error) if trouble::is_busy(&error) && begun.elapsed() < patience => {
                thread::sleep(Duration::from_millis(5));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Readers wait for others only while a file is opened or recovered after a crash, and they do so on a thread that has
/// other things to do.
const READER_PATIENCE: Duration = Duration::from_millis(250);
