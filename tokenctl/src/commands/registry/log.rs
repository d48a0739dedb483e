//! Opens the log of whoever mints and revokes here. It is a log of its own: no service writes into it.

use std::path::PathBuf;

use clap::Args;
use token_audit::{Log, SigningKey};
use token_core::source;

use super::spelled;
use crate::failure::Failure;

/// Where it is recorded, and who does it.
#[derive(Args)]
#[command(next_help_heading = "On record")]
pub(in crate::commands) struct LogArguments {
    /// The audit log of this command: what is minted and revoked is recorded there. One log has one writer, so it is not that of a service
    #[arg(long, value_name = "DIR", requires = "log_key")]
    log: Option<PathBuf>,
    /// A file with the log's signing key, as `tokenctl audit key` makes it
    #[arg(long, value_name = "FILE", requires = "log")]
    log_key: Option<PathBuf>,
    /// Who does it, for the record
    #[arg(long, value_name = "NAME", requires = "log", default_value = env!("CARGO_PKG_NAME"))]
    actor: String,
}

/// A log that is not open yet.
pub(in crate::commands) struct Recorded {
    directory: PathBuf,
    key: SigningKey,
    pub(super) actor: String,
}

impl LogArguments {
    pub(in crate::commands) fn is_given(&self) -> bool {
        self.log.is_some()
    }

    /// Reads the key. Fails if there is no log.
    pub(in crate::commands) fn take(&self) -> Result<Recorded, Failure> {
        let (Some(directory), Some(key)) = (&self.log, &self.log_key) else {
            return Err(Failure::usage("what this changes goes on record, and no log is named").help(
                "name it with `--log` and `--log-key`; `tokenctl audit key --out FILE` makes the key of a new one",
            ));
        };
        spelled::without_token("--actor", Some(&self.actor))?;
        let secret = source::file(key).map_err(|error| Failure::new(format!("{error:#}")))?;
        let key = SigningKey::from_secret(secret)?;
        Ok(Recorded { directory: directory.clone(), key, actor: self.actor.clone() })
    }
}

impl Recorded {
    pub(super) fn open(self) -> Result<Log, Failure> {
        Ok(Log::open(&self.directory, self.key)?)
    }
}
