//! The audit log of a run. It is open only while a record is written: it has a thread of its own, and none may run while a step
//! does.

use std::path::PathBuf;

use clap::Args;
use token_audit::{Action, Log, Reader, SigningKey};
use token_core::record::Event;
use token_core::source;
use token_rotate::replace::Unkept;

use crate::failure::Failure;

/// Where creations and ends are recorded.
#[derive(Args)]
#[command(next_help_heading = "On record")]
pub(super) struct LogArguments {
    /// The audit log of the environment: what is created, replaced and revoked is recorded there
    #[arg(long, value_name = "DIR", requires = "log_key")]
    log: Option<PathBuf>,
    /// A file with the log's signing key, as `tokenctl audit key` makes it
    #[arg(long, value_name = "FILE", requires = "log")]
    log_key: Option<PathBuf>,
}

impl LogArguments {
    /// Opens the log once, so that a wrong key or folder is told before anything happens.
    pub(super) fn open(&self) -> Result<Option<Recorder>, Failure> {
        let (Some(directory), Some(key)) = (&self.log, &self.log_key) else { return Ok(None) };
        let recorder = Recorder { directory: directory.clone(), key: key.clone() };
        let log = recorder.log()?;
        log.close()?;
        Ok(Some(recorder))
    }
}

/// Appends records to a log.
pub(super) struct Recorder {
    directory: PathBuf,
    key: PathBuf,
}

impl Recorder {
    fn key(&self) -> Result<SigningKey, Failure> {
        let secret = source::file(&self.key).map_err(|error| Failure::new(error.to_string()))?;
        Ok(SigningKey::from_secret(secret)?)
    }

    fn log(&self) -> Result<Log, Failure> {
        Ok(Log::open(&self.directory, self.key()?)?)
    }

    /// Appends a record, and returns its index when it is on disk and under a checkpoint.
    pub(super) fn append(&self, event: Event) -> Result<u64, Unkept> {
        let append = || -> Result<u64, Failure> {
            let log = self.log()?;
            let receipt = log.append(event)?;
            log.close()?;
            // A log numbers its records.
            receipt.index().ok_or_else(|| Failure::new("a record has no index"))
        };
        append().map_err(|failure| unkept(&failure))
    }

    /// Finds the creation of a token that was not closed yet, by its kind and subject. Returns the token's id and the index of the
    /// record.
    pub(super) fn creation(
        &self,
        kind: &str,
        subject: &str,
    ) -> Result<(Option<[u8; 16]>, Option<u64>), Unkept> {
        let find = || -> Result<_, Failure> {
            let reader = Reader::open(&self.directory, self.key()?.verifying_key())?;
            let open = reader.open_tokens(time::UtcDateTime::now())?;
            let mut created = open.iter().filter(|token| {
                token.event.action == Action::Created
                    && token.event.kind == kind
                    && token.event.subject.as_deref() == Some(subject)
            });
            let found = created.next();
            let id = found.and_then(|token| token.event.token.map(|id| *id.as_bytes()));
            Ok((id, found.map(|token| token.opened)))
        };
        find().map_err(|failure| unkept(&failure))
    }
}

fn unkept(failure: &Failure) -> Unkept {
    Unkept::new(format!("the audit log: {}", failure.message))
}
