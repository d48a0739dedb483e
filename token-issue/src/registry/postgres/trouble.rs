//! What PostgreSQL says, in words that hold no value of a row and no part of the URL.

use tokio_postgres::error::SqlState;

use crate::registry::RegistryError;

/// A [`RegistryError`], to which `?` turns what the server and its client library say. That is not a conversion of the public
/// type, so that it shows nothing of tokio-postgres.
#[derive(Debug)]
pub(super) struct Trouble(pub(super) RegistryError);

impl From<RegistryError> for Trouble {
    fn from(error: RegistryError) -> Self {
        Self(error)
    }
}

impl From<tokio_postgres::Error> for Trouble {
    /// The server's own message is left out: it may quote what it was given. So is that of the library, which may quote the URL.
    #[cold]
    fn from(error: tokio_postgres::Error) -> Self {
        match error.code() {
            Some(code) if *code == SqlState::UNIQUE_VIOLATION => Self(RegistryError::Duplicate),
            Some(code) => refused(code),
            None if error.is_closed() => unavailable("the connection to the server is lost"),
            None => unavailable(match std::error::Error::source(&error) {
                Some(cause) => from_cause(cause),
                None => "the server's answer cannot be read",
            }),
        }
    }
}

#[cold]
fn refused(code: &SqlState) -> Trouble {
    let words = match *code {
        SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            "the server does not take the user or the password of the URL"
        }
        SqlState::INVALID_CATALOG_NAME => "the server has no such database; make it first",
        SqlState::INSUFFICIENT_PRIVILEGE => {
            "the role may not do this; it must own the schema token_registry, or be granted its tables"
        }
        SqlState::UNDEFINED_TABLE | SqlState::INVALID_SCHEMA_NAME | SqlState::UNDEFINED_COLUMN => {
            "the tables of the schema token_registry are gone or changed; restore a backup, or open the registry again"
        }
        SqlState::LOCK_NOT_AVAILABLE => {
            "another transaction keeps the registry locked; try again, and see in pg_stat_activity which one it is"
        }
        SqlState::T_R_DEADLOCK_DETECTED | SqlState::T_R_SERIALIZATION_FAILURE => {
            "another transaction came in between; try again"
        }
        SqlState::READ_ONLY_SQL_TRANSACTION => STANDBY,
        SqlState::TOO_MANY_CONNECTIONS => {
            "the server has no connection left; raise max_connections, or put a pooler before it"
        }
        SqlState::DISK_FULL => "the server's disk is full; make room",
        SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN | SqlState::CANNOT_CONNECT_NOW => {
            "the server is starting or stopping"
        }
        _ => "PostgreSQL has refused",
    };
    unavailable(format!("{words} (SQLSTATE {})", code.code()))
}

/// Tells apart what somebody can do something about, by the type of the cause and never by its words.
fn from_cause(cause: &(dyn std::error::Error + 'static)) -> &'static str {
    use std::io::ErrorKind;
    let Some(io) = cause.downcast_ref::<std::io::Error>() else {
        return "the server and this program cannot agree how to connect; look at sslmode in the URL and at pg_hba.conf";
    };
    if let Some(inner) = io.get_ref()
        && inner.is::<rustls::Error>()
    {
        return "TLS has failed: the server's certificate is not one that this program trusts for the host in the URL";
    }
    match io.kind() {
        ErrorKind::ConnectionRefused | ErrorKind::NotFound => {
            "no server listens there; see the host and port of the URL, and whether the server runs"
        }
        ErrorKind::PermissionDenied => {
            "the server's socket is not open to this program, or the server is a standby"
        }
        ErrorKind::TimedOut => "the server cannot be reached in time",
        _ => "the connection to the server has failed",
    }
}

pub(super) const STANDBY: &str =
    "the server is a standby, or is being recovered; connect to the primary";

#[cold]
pub(super) fn unavailable(cause: impl Into<String>) -> Trouble {
    Trouble(RegistryError::unavailable(cause))
}

#[cold]
pub(super) fn unsuitable(cause: impl Into<String>) -> Trouble {
    Trouble(RegistryError::Unsuitable { cause: cause.into() })
}

/// A row does not have what we put in.
#[cold]
pub(super) fn damaged() -> Trouble {
    unavailable("a row of the database is damaged; restore a backup")
}
