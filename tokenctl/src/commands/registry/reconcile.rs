//! Implements `registry reconcile`, for a registry that was restored from a backup.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use token_audit::{Event, Log, Reader, SigningKey};
use token_core::source;
use token_issue::{Reconcile, ReconcileReport};
use token_policy::{Uses, report};

use super::{Place, Where, desk_failed, spelled};
use crate::commands::audit::keys;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::policy::PolicyFile;
use crate::project::Project;

/// Makes the revocations again that a registry has lost, since it was restored from a backup or a standby was promoted that was behind.
///
/// Stop all issuers of the registry, and give all their logs at once, also those of commands that revoke: what only a log tells that is not given stays
/// lost. Copies of the registry that know more than the backup are read, and stay as they are. Afterwards restart all services that verify. It may be killed and run
/// again. The exit code is 3 if a source was not read to its end, or if a log that opened tokens of the registry was not given; docs/issuing.md is the guide.
///
/// For example: `tokenctl registry reconcile --file tokens.db --log audit --log-key audit.key --log desk --log-key desk.key --copy old-tokens.db`
#[derive(Args)]
pub(crate) struct Arguments {
    /// The policy, which says what kinds are for one use [default: the nearest tokens.toml, here or above, if there is one]
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
    /// The log of an issuer that is stopped, or of a command that revokes; it can be given several times. If all goes well it gets a record, with which its issuer starts again
    #[arg(long = "log", value_name = "DIR", required = true, help_heading = "What others know")]
    logs: Vec<PathBuf>,
    /// A file with the signing key of a log, in the order of the logs
    #[arg(
        long = "log-key",
        value_name = "FILE",
        required = true,
        help_heading = "What others know"
    )]
    log_keys: Vec<PathBuf>,
    /// A copy of a log that is only read, such as one from a host that is gone; it can be given several times
    #[arg(
        long = "old-log",
        value_name = "DIR",
        requires = "key",
        help_heading = "What others know"
    )]
    old_logs: Vec<PathBuf>,
    /// A file with the verifying keys of these copies, one on each line
    #[arg(long, value_name = "FILE", requires = "old_logs", help_heading = "What others know")]
    key: Option<PathBuf>,
    /// Another copy of the registry, a SQLite file: the old one, a newer backup; it can be given several times
    #[arg(long = "copy", value_name = "FILE", help_heading = "What others know")]
    copies: Vec<PathBuf>,
    /// A file with the URL of another copy in PostgreSQL: the old primary, a standby, also one in recovery; it can be given several times
    #[cfg(feature = "postgres")]
    #[arg(long = "copy-url-file", value_name = "FILE", help_heading = "What others know")]
    copy_urls: Vec<PathBuf>,
    /// Nothing was revoked or used after these copies were made: they are the lost registry itself, and nobody could reach it any more. Then tokens for
    /// one use that they have as unused stay alive
    #[arg(long, help_heading = "What others know")]
    copies_are_last: bool,
    /// Who does it, for the record
    #[arg(long, value_name = "NAME", default_value = env!("CARGO_PKG_NAME"), help_heading = "On record")]
    actor: String,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let place = arguments.place.take()?;
    spelled::without_token("--actor", Some(&arguments.actor))?;
    if arguments.logs.len() != arguments.log_keys.len() {
        return Err(Failure::usage("each `--log` needs a `--log-key`, in the same order"));
    }
    let keys = arguments.log_keys.iter().map(|path| signing_key(path));
    let keys = keys.collect::<Result<Vec<SigningKey>, Failure>>()?;
    let once = arguments.kinds_for_one_use()?;
    let copies = arguments.copies()?;
    let restored = place.open()?;
    let logs = arguments.logs.iter().zip(keys).map(|(directory, key)| written(directory, key));
    let logs = logs.collect::<Result<Vec<(Log, Reader)>, Failure>>()?;
    let old_logs = arguments.old_logs()?;
    let mut reconcile = Reconcile::of(restored).used_once(once).actor(arguments.actor.as_str());
    for (log, reader) in &logs {
        reconcile = reconcile.log(Arc::new(log.clone()), events(reader));
    }
    for reader in &old_logs {
        reconcile = reconcile.copy_of_log(reader.checkpoint().origin(), events(reader));
    }
    for (name, copy) in copies {
        reconcile = reconcile.copy(name, copy.read()?, arguments.copies_are_last);
    }
    let done = reconcile.run().map_err(|error| desk_failed(&error))?;
    let exit = tell(&done, output)?;
    for (log, _) in &logs {
        log.close()?;
    }
    Ok(exit)
}

fn signing_key(path: &Path) -> Result<SigningKey, Failure> {
    let secret = source::file(path).map_err(|error| Failure::new(format!("{error:#}")))?;
    Ok(SigningKey::from_secret(secret)?)
}

/// Opens a log that its issuer has left. All that is in it can be read from here on.
fn written(directory: &Path, key: SigningKey) -> Result<(Log, Reader), Failure> {
    let public = key.verifying_key().clone();
    let log = Log::options().must_exist().open(directory, key)?;
    log.checkpoint()?;
    let reader = Reader::open(directory, &public)?;
    Ok((log, reader))
}

fn events(reader: &Reader) -> impl Iterator<Item = Result<(u64, Event), token_audit::Error>> {
    reader.records().map(|record| record.map(|record| (record.index, record.event)))
}

impl Arguments {
    fn old_logs(&self) -> Result<Vec<Reader>, Failure> {
        let Some(key) = &self.key else { return Ok(Vec::new()) };
        let keys = keys::read(key)?;
        self.old_logs.iter().map(|directory| keys::open(directory, &keys)).collect()
    }

    /// Returns where the copies are, each with its name for the report.
    fn copies(&self) -> Result<Vec<(String, Where)>, Failure> {
        let file =
            |path: &PathBuf| (path.to_string_lossy().into_owned(), Where::File(path.clone()));
        #[allow(unused_mut, reason = "without PostgreSQL there are no others")]
        let mut copies: Vec<(String, Where)> = self.copies.iter().map(file).collect();
        #[cfg(feature = "postgres")]
        for path in &self.copy_urls {
            let url = source::file(path).map_err(|error| Failure::new(format!("{error:#}")))?;
            copies.push((path.to_string_lossy().into_owned(), self.place.database(url)));
        }
        if self.copies_are_last && copies.is_empty() {
            return Err(Failure::usage("`--copies-are-last` is about copies, and none is named"));
        }
        Ok(copies)
    }

    fn kinds_for_one_use(&self) -> Result<Vec<String>, Failure> {
        let project = Project::find()?;
        let Some(path) = self.policy.clone().or_else(|| project.find_policy()) else {
            return Ok(Vec::new());
        };
        let (_, policy) = PolicyFile::new(project.shown(&path), project.read(&path)?).valid()?;
        let once = policy.kinds().iter().filter(|kind| kind.uses() == Uses::Once);
        Ok(once.map(|kind| kind.name().to_owned()).collect())
    }
}

fn tell(done: &ReconcileReport, output: &Output) -> Result<Exit, Failure> {
    let mut text = String::new();
    for line in done.to_string().lines() {
        report::wrap("", 4, line, &mut text)
            .map_err(|_| Failure::new("the report could not be written"))?;
    }
    output.answer(&text)?;
    output.note("restart all services that verify, and then start the issuers");
    Ok(match done.is_complete() && done.missing_logs.is_empty() {
        true => Exit::Clean,
        false => Exit::Failed,
    })
}
