//! Why there is no answer.

use std::fmt::Display;

/// What went wrong, and the next step. Never a byte of what was read.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), help: None }
    }

    pub(crate) fn help(self, help: impl Into<String>) -> Failure {
        Failure { help: Some(help.into()), ..self }
    }

    /// Something about a file. Of an error of the system only its sort is told.
    pub(crate) fn at(path: &str, error: &std::io::Error) -> Failure {
        Failure::new(format!("{path}: {}", error.kind()))
    }

    /// What a library says, about a place that it doesn't know.
    pub(crate) fn within(place: &str, error: impl Display) -> Failure {
        Failure::new(format!("{place}: {error}"))
    }
}

impl From<token_scan::Error> for Failure {
    fn from(error: token_scan::Error) -> Failure {
        let failure = Failure::new(error.to_string());
        match error.kind() {
            token_scan::ErrorKind::Git => failure.help(
                "this needs a git repository and the `git` command, and a revision must be one that \
                 `git log` knows",
            ),
            token_scan::ErrorKind::Suppressions => {
                failure.help("correct the line, or remove it: its finding is then told again")
            }
            _ => failure,
        }
    }
}

impl From<token_core::Error> for Failure {
    fn from(error: token_core::Error) -> Failure {
        Failure::new(error.to_string())
    }
}
