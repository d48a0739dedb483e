//! Why a token was not loaded: what went wrong, and where.

use alloc::string::String;
#[cfg(feature = "policy-file")]
use alloc::{boxed::Box, vec::Vec};
use core::{fmt, time::Duration};
use std::{io, path::PathBuf};

#[cfg(any(feature = "json", feature = "toml"))]
use super::InDocument;
#[cfg(feature = "policy-file")]
use super::{Drift, LockDrift};
use super::{
    ErrorKind,
    failure::{End, Said},
};

/// A problem and its place. Neither holds text that was read.
#[derive(Debug)]
pub(crate) struct Loading {
    pub(crate) place: Place,
    pub(crate) problem: Problem,
}

/// Where a token was to be loaded from. It holds names that the *program* gave, and positions, but
/// nothing that was read.
#[cfg_attr(not(unix), allow(dead_code, reason = "other systems lack some sources"))]
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// Only the program's name: an argument could be a token.
    Command {
        program: String,
    },
    Credential {
        name: String,
    },
    Env {
        name: String,
    },
    #[cfg(any(feature = "json", feature = "toml"))]
    Field {
        document: String,
        field: String,
        line: usize,
        column: usize,
    },
    File {
        path: PathBuf,
    },
    Kind {
        name: &'static str,
    },
    Reader,
    #[cfg(feature = "json")]
    Response,
    Stdin,
}

#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "other systems lack some sources"))]
#[derive(Debug)]
pub(crate) enum Problem {
    #[cfg(any(feature = "json", feature = "toml"))]
    Document(InDocument),
    HelperFailed {
        end: End,
        said: Option<String>,
    },
    #[cfg(feature = "policy-file")]
    InvalidLock {
        mistake: String,
    },
    #[cfg(feature = "policy-file")]
    InvalidPolicy {
        mistakes: Vec<String>,
    },
    /// `code` is one that RFC 6749 defines, and `None` for any other.
    #[cfg(feature = "json")]
    IssuerRefused {
        code: Option<&'static str>,
    },
    /// Only the kind: the message of a reader's own error could quote the text that it read.
    Io(io::ErrorKind),
    #[cfg(feature = "policy-file")]
    LockDrift(Box<LockDrift>),
    Malformed {
        offset: usize,
    },
    NoSource,
    NotAFile,
    NotFound,
    OtherThreads {
        count: usize,
    },
    #[cfg(feature = "policy-file")]
    PolicyDrift(Box<Drift>),
    Quoted,
    OwnedByAnother {
        owner: u32,
        can_change: bool,
    },
    ReadableByOthers {
        mode: u32,
        allowed: u32,
        can_change: bool,
    },
    Timeout {
        after: Duration,
        said: Option<String>,
    },
    TooLong {
        limit: usize,
    },
    #[cfg(not(target_os = "linux"))]
    Unsupported,
}

impl Loading {
    pub(super) fn kind(&self) -> ErrorKind {
        match &self.problem {
            #[cfg(any(feature = "json", feature = "toml"))]
            Problem::Document(problem) => problem.kind(),
            Problem::HelperFailed { .. } => ErrorKind::HelperFailed,
            #[cfg(feature = "policy-file")]
            Problem::InvalidLock { .. } => ErrorKind::InvalidLock,
            #[cfg(feature = "policy-file")]
            Problem::InvalidPolicy { .. } => ErrorKind::InvalidPolicy,
            #[cfg(feature = "json")]
            Problem::IssuerRefused { .. } => ErrorKind::IssuerRefused,
            Problem::Io(_) => ErrorKind::Io,
            #[cfg(feature = "policy-file")]
            Problem::LockDrift(_) => ErrorKind::LockDrift,
            Problem::Malformed { .. } | Problem::Quoted => ErrorKind::Malformed,
            Problem::NoSource => ErrorKind::NoSource,
            Problem::NotAFile => ErrorKind::NotAFile,
            Problem::NotFound => ErrorKind::NotFound,
            Problem::OtherThreads { .. } => ErrorKind::OtherThreads,
            Problem::OwnedByAnother { .. } | Problem::ReadableByOthers { .. } => {
                ErrorKind::ReadableByOthers
            }
            #[cfg(feature = "policy-file")]
            Problem::PolicyDrift(_) => ErrorKind::PolicyDrift,
            Problem::Timeout { .. } => ErrorKind::Timeout,
            Problem::TooLong { .. } => ErrorKind::TooLong,
            #[cfg(not(target_os = "linux"))]
            Problem::Unsupported => ErrorKind::Unsupported,
        }
    }
}

impl Place {
    pub(crate) fn problem(self, problem: Problem) -> Loading {
        Loading { place: self, problem }
    }

    /// The next step that the error names if nothing was found at the place.
    fn where_to_look(&self) -> &'static str {
        match self {
            Self::Command { .. } => "install it, or give its whole path",
            Self::Credential { .. } => {
                "add `LoadCredential=` to the service's unit, and let systemd start it"
            }
            Self::Env { .. } => "set it where the process is started",
            #[cfg(any(feature = "json", feature = "toml"))]
            Self::Field { .. } => "check the path",
            #[cfg(feature = "json")]
            Self::Response => "check the path",
            Self::File { .. } | Self::Kind { .. } | Self::Reader | Self::Stdin => "check the path",
        }
    }

    /// An operating system's error: its kind is kept, its text is not.
    pub(crate) fn io(self, error: &io::Error) -> Loading {
        self.problem(match error.kind() {
            io::ErrorKind::NotFound => Problem::NotFound,
            kind => Problem::Io(kind),
        })
    }
}

impl fmt::Display for Loading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.place, &self.problem) {
            (place @ Place::Credential { .. }, Problem::ReadableByOthers { mode, .. }) => write!(
                f,
                "{place}: permissions {mode:03o} let more users in than systemd does; let systemd make the file, with `LoadCredential=`"
            ),
            (place, Problem::NotFound) => {
                write!(f, "{place}: not found; {}", place.where_to_look())
            }
            (place, problem) => write!(f, "{place}: {problem}"),
        }
    }
}

/// The other way, if it is one: no rule allows that others may write.
fn or_allow(f: &mut fmt::Formatter<'_>, mode: u32) -> fmt::Result {
    let rule = match mode {
        mode if mode & 0o022 != 0 => return Ok(()),
        mode if mode & 0o004 != 0 => "everyone",
        _ => "group",
    };
    write!(
        f,
        ", or allow it: `readable_by = \"{rule}\"` in the token policy, `..._readable_by` in code"
    )
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command { program } => write!(f, "helper command `{program}`"),
            Self::Credential { name } => write!(f, "systemd credential `{name}`"),
            Self::Env { name } => write!(f, "environment variable `{name}`"),
            #[cfg(any(feature = "json", feature = "toml"))]
            Self::Field { document, field, line, column } if field.is_empty() => {
                write!(f, "{document}:{line}:{column}")
            }
            #[cfg(any(feature = "json", feature = "toml"))]
            Self::Field { document, field, line, column } => {
                write!(f, "{document}:{line}:{column}: field `{field}`")
            }
            Self::File { path } => write!(f, "{}", path.display()),
            Self::Kind { name } => write!(f, "token kind `{name}`"),
            Self::Reader => f.write_str("reader"),
            #[cfg(feature = "json")]
            Self::Response => f.write_str("token response"),
            Self::Stdin => f.write_str("standard input"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(any(feature = "json", feature = "toml"))]
            Self::Document(problem) => problem.fmt(f),
            Self::HelperFailed { end, said } => write!(f, "{end}{}; {}", Said(said), end.next_step()),
            #[cfg(feature = "policy-file")]
            Self::InvalidLock { mistake } => write!(f, "no valid lock: {mistake}"),
            #[cfg(feature = "policy-file")]
            Self::InvalidPolicy { mistakes } => write!(f, "no valid token policy; read it with `policy!` to see the mistakes in words:\n{}",
                mistakes.join("\n")),
            Self::Io(kind) => write!(f, "cannot be read: {kind}; check that this process may read it"),
            #[cfg(feature = "json")]
            Self::IssuerRefused { code } => write!(
                f,
                "the issuer refused with `{}`; check the client's credentials and the scopes it asks for",
                code.unwrap_or("an error of its own")
            ),
            #[cfg(feature = "policy-file")]
            Self::LockDrift(drift) => drift.fmt(f),
            Self::Malformed { offset } => write!(
                f,
                "byte {offset} of the value is missing or not a visible ASCII character, so it is not a token; \
                 look for an empty value, a space, a line break or another encoding"
            ),
            Self::NoSource => f.write_str("the token policy names no `source`; add one, or load from a place in code"),
            Self::NotAFile => {
                f.write_str("not a regular file; give the path of one, or open it and use `reader`")
            }
            Self::NotFound => f.write_str("not found"),
            Self::OtherThreads { count: usize::MAX } => f.write_str(
                "this process cannot read its own /proc, so the variable cannot be wiped safely; mount /proc",
            ),
            Self::OtherThreads { count } => write!(
                f,
                "{count} threads run, and the variable can only be wiped while there is one. `#[tokio::main]` starts threads \
                 before the first line of `main`: load the token in a plain `fn main` and build the runtime after it, or load it \
                 from a file or a credential"
            ),
            #[cfg(feature = "policy-file")]
            Self::PolicyDrift(drift) => drift.fmt(f),
            Self::Quoted => f.write_str(
                "the quotes around it are part of the value, since no shell has removed them (`docker run --env-file` \
                 keeps them); write the value without quotes",
            ),
            Self::OwnedByAnother { owner, can_change } => {
                write!(f, "belongs to user {owner}, who can read it; ")?;
                f.write_str(if *can_change { "run `chown` on it" } else { "change the owner where the file is made" })?;
                or_allow(f, 0o040)
            }
            Self::ReadableByOthers { mode, allowed, can_change } => {
                write!(f, "permissions {mode:03o} let more users in than the {allowed:03o} that are allowed; ")?;
                match can_change {
                    true => write!(f, "run `chmod {allowed:o}` on it")?,
                    false => write!(
                        f,
                        "this process cannot change them, so set {allowed:o} where the file is made (`defaultMode` of a volume in Kubernetes, \
                         `mode` of a container's secret)"
                    )?,
                }
                or_allow(f, *mode)
            }
            Self::Timeout { after, said } => write!(
                f,
                "did not end within {after:?} and was killed{}; run it by hand to see why, or allow it more time",
                Said(said)
            ),
            Self::TooLong { limit } => write!(f, "more than {limit} bytes, so not what was expected; check that it is the right place"),
            #[cfg(not(target_os = "linux"))]
            Self::Unsupported => f.write_str("this system does not have this source; load the token from a file, with `load_from` in code"),
        }
    }
}
