//! Describes why a run has no answer.

use std::fmt::Display;
use std::io::ErrorKind;

use crate::exit::Exit;

/// What went wrong, and the next step. It never holds a byte of what was read.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    pub(crate) exit: Exit,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), help: None, exit: Exit::Failed }
    }

    /// Makes a failure for an argument that clap accepts, but that is wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Failure {
        Failure { exit: Exit::Usage, ..Failure::new(message) }
    }

    pub(crate) fn help(self, help: impl Into<String>) -> Failure {
        Failure { help: Some(help.into()), ..self }
    }

    /// Makes a failure about a file. Of the system's error it repeats only the kind.
    pub(crate) fn at(path: &str, error: &std::io::Error) -> Failure {
        let failure = Failure::new(format!("{path}: {}", error.kind()));
        match error.kind() {
            ErrorKind::NotFound => failure.help("check the path; it begins in the current folder"),
            ErrorKind::PermissionDenied => failure.help("check who may read or write it"),
            ErrorKind::AlreadyExists => failure.help("name another file, or remove this one"),
            _ => failure,
        }
    }

    /// Makes a failure of a library's error, about a place that the library doesn't know.
    pub(crate) fn within(place: &str, error: impl Display) -> Failure {
        Failure::new(format!("{place}: {error}"))
    }
}

impl From<token_scan::Error> for Failure {
    fn from(error: token_scan::Error) -> Failure {
        let failure = Failure::new(error.to_string());
        match error.kind() {
            token_scan::ErrorKind::Git => failure.help(
                "this needs the `git` command and a repository that it trusts (`git status` says so), and a \
                 revision must be a commit that is there; in CI the history must be fetched, without `--filter`",
            ),
            token_scan::ErrorKind::Io => {
                failure.help("only files and folders can be named; `-` reads standard input")
            }
            token_scan::ErrorKind::Suppressions => {
                failure.help("correct the line, or remove it: its finding is then told again")
            }
            _ => failure,
        }
    }
}

impl From<token_audit::Error> for Failure {
    fn from(error: token_audit::Error) -> Failure {
        Failure::new(error.to_string())
    }
}
