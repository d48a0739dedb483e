//! Implements `audit witness`, which keeps checkpoints elsewhere and cosigns them.

mod branch;
mod folder;

use std::path::{Path, PathBuf};

use clap::Args;
use time::UtcDateTime;
use token_audit::{Checkpoint, ErrorKind, Reader, SigningKey, VerifyingKey, Witness};
use token_core::source;

use self::{branch::Branch, folder::Folder};
use super::{keys, log::LogArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, number};

/// Keeps a log's newest checkpoint elsewhere, if the log continues the one that was kept last.
///
/// Run it every few minutes, best on another machine that can only read the log. A checkpoint that is kept shows later, with
/// `tokenctl audit verify --pinned`, that the log was not set back or rewritten. If it was, nothing is kept or cosigned, and
/// the exit code is 1. Without `--to` and `--git` the checkpoint is printed, such as for the mail of a cron job.
///
/// With `--cosign` the checkpoint also says that this witness has seen it (C2SP tlog-cosignature, Ed25519). A witness must
/// remember what it has cosigned, so this needs `--to` or `--git`.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    log: LogArguments,
    /// A directory in which checkpoints are kept, each in a file; it is made if it is missing, and is for this log alone
    #[arg(long, value_name = "DIR", conflicts_with = "git")]
    to: Option<PathBuf>,
    /// A git repository, in which each checkpoint becomes a commit; no working tree is touched, and nothing is pushed
    #[arg(long, value_name = "DIR")]
    git: Option<PathBuf>,
    /// The branch for the commits
    #[arg(long, value_name = "NAME", default_value = "audit-checkpoints", requires = "git")]
    branch: String,
    /// A file with the checkpoint that the log must continue, instead of the one that was kept last
    #[arg(long, value_name = "FILE", conflicts_with_all = ["to", "git"])]
    from: Option<PathBuf>,
    /// A file with the signing key of this witness, as `tokenctl audit key --witness` makes it
    #[arg(long, value_name = "FILE")]
    cosign: Option<PathBuf>,
}

/// Where checkpoints are kept.
trait Store {
    /// Returns the checkpoint that was kept last; `None` if none was.
    fn last(&self, log: &VerifyingKey) -> Result<Option<Checkpoint>, Failure>;
    /// Keeps a checkpoint. When this returns, [`last`](Self::last) returns it also after a crash. Returns its place.
    fn keep(&self, checkpoint: &Checkpoint) -> Result<String, Failure>;
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let Arguments { log, to, git, branch, from, cosign } = arguments;
    let store: Option<Box<dyn Store>> = match (to, git) {
        (Some(to), _) => Some(Box::new(Folder::lock(to)?)),
        (None, Some(git)) => Some(Box::new(Branch::of(git, branch)?)),
        (None, None) => None,
    };
    if cosign.is_some() && store.is_none() {
        return Err(Failure::usage("`--cosign` needs `--to` or `--git`").help(
            "a witness must remember what it has cosigned, or it could cosign two histories",
        ));
    }
    let keys = keys::read(&log.key)?;
    let (reader, key) = log.reader_with(&keys)?;
    let last = match (&store, from) {
        (Some(store), _) => store.last(key)?,
        (None, Some(from)) => Some(keys::checkpoint(from, &keys)?),
        (None, None) => None,
    };
    let checkpoint = checked(&reader, last.as_ref(), cosign.as_deref())?;
    let Some(store) = store else {
        output.answer_as_it_is(checkpoint.as_str())?;
        return Ok(Exit::Clean);
    };
    let records = records(&checkpoint);
    if last.as_ref().is_some_and(|last| is_same(last, &checkpoint, cosign.is_some())) {
        output.note(&format!("nothing new: the log still has {records}"));
        return Ok(Exit::Clean);
    }
    let place = store.keep(&checkpoint)?;
    output.note(&format!("the checkpoint of {records} is kept in {place}"));
    Ok(Exit::Clean)
}

/// Returns the reader's checkpoint, cosigned if there is a key for that. Fails if it does not continue the last one.
fn checked(
    reader: &Reader,
    last: Option<&Checkpoint>,
    cosign: Option<&Path>,
) -> Result<Checkpoint, Failure> {
    let checked = match cosign {
        Some(path) => witness(path)?.cosign(reader, last, UtcDateTime::now()),
        None => match last {
            Some(last) => reader.prove_since(last).map(|_| reader.checkpoint().clone()),
            None => Ok(reader.checkpoint().clone()),
        },
    };
    checked.map_err(|error| match error.kind() {
        ErrorKind::LogForked | ErrorKind::InvalidProof => Failure {
            exit: Exit::Found,
            ..Failure::from(error)
                .help("nothing was kept or cosigned; find out what happened to the log")
        },
        _ => error.into(),
    })
}

fn witness(path: &Path) -> Result<Witness, Failure> {
    let shown = path.to_string_lossy();
    let key = source::file(path).map_err(|error| Failure::within(&shown, error))?;
    let key = SigningKey::from_secret(key).map_err(|error| Failure::within(&shown, error))?;
    Ok(Witness::new(key)?)
}

/// Returns whether a checkpoint says the same as the last one. If it was not cosigned then and is now, it says more.
fn is_same(last: &Checkpoint, now: &Checkpoint, is_cosigned: bool) -> bool {
    let signed = |checkpoint: &Checkpoint| {
        let text = checkpoint.as_str().split_once("\n\n").map(|(text, _)| text.to_owned());
        (text, checkpoint.as_str().lines().count())
    };
    let ((ours, lines), (theirs, before)) = (signed(now), signed(last));
    ours == theirs && (!is_cosigned || lines == before)
}

fn records(checkpoint: &Checkpoint) -> String {
    let size = checkpoint.size();
    usize::try_from(size).map_or_else(|_| size.to_string(), |size| number(size, "record"))
}

/// Reads a checkpoint that a store has kept.
fn kept(text: &[u8], log: &VerifyingKey, place: &str) -> Result<Checkpoint, Failure> {
    let read = Checkpoint::parse(text, log);
    read.map_err(|error| {
        Failure::within(place, error)
            .help("a store has the checkpoints of one log alone; use another one for this log")
    })
}
