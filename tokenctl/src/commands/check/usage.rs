//! Reads from audit logs which scopes were used.

use std::path::PathBuf;

use clap::Args;
use time::{Duration, UtcDateTime};
use token_audit::Reader;
use token_policy::checks::Usage;

use crate::commands::audit::keys;
use crate::failure::Failure;
use crate::output::Output;

/// The audit logs with which the policy is compared.
#[derive(Args)]
pub(crate) struct LogArguments {
    /// An audit log: scopes that no token used become findings; can be given several times
    #[arg(long, value_name = "DIR", requires = "key")]
    log: Vec<PathBuf>,
    /// A file with the verifying key of the log; for several logs, with one key on each line
    #[arg(long, value_name = "FILE", requires = "log")]
    key: Option<PathBuf>,
    /// How many days of the log to look at; take more than a token lives
    #[arg(long, value_name = "DAYS", default_value_t = 90, requires = "log")]
    days: u16,
}

impl LogArguments {
    /// Returns what the logs say, or `None` if no log was given.
    pub(crate) fn usage(&self, output: &Output) -> Result<Option<Usage>, Failure> {
        let Some(key) = &self.key else { return Ok(None) };
        let keys = keys::read(key)?;
        let since = UtcDateTime::now() - Duration::days(self.days.into());
        let mut usage = Usage::during(format!("the last {} days", self.days));
        for log in &self.log {
            let reader = keys::open(log, &keys)?;
            note_if_young(&reader, since, self.days, output)?;
            for (kind, scopes) in reader.scope_use(since, UtcDateTime::MAX)?.kinds() {
                usage.looked_at(kind);
                scopes.used().for_each(|(scope, _)| usage.used(kind, scope));
            }
        }
        Ok(Some(usage))
    }
}

/// Notes that a log is younger than the period, because it then says less than it seems to.
fn note_if_young(
    reader: &Reader,
    since: UtcDateTime,
    days: u16,
    output: &Output,
) -> Result<(), Failure> {
    let origin = reader.checkpoint().origin();
    if reader.checkpoint().size() == 0 {
        output.note(&format!("note: the log `{origin}` has no records yet"));
        return Ok(());
    }
    let first = reader.record(0)?.time;
    if first > since {
        let date = first.date();
        output
            .note(&format!("note: the log `{origin}` begins on {date}, less than {days} days ago"));
    }
    Ok(())
}
