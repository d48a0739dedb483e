//! Implements `audit verify`, which checks whether a log is the one that was signed.

use std::path::{Path, PathBuf};

use clap::Args;
use token_audit as audit;
use token_audit::{Checkpoint, InclusionProof, VerifyingKey};
use token_policy::Level;
use token_policy::report::{Finding, path_text};

use super::keys;
use crate::commands::explain::topics;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::file;
use crate::options::Format;
use crate::output::{Found, Output, Watch, counted, judged, number};

/// Compares every byte of a log with its signed checkpoint; or checks a proof, and prints its record.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The log's directory, or the file of a proof
    #[arg(value_name = "DIR")]
    log: PathBuf,
    /// A file with the log's verifying key, `NAME+ID+BASE64`; it may have several, one on each line, of which the one
    /// that fits is used
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// A file with a checkpoint of the log that was kept elsewhere; with it, an older copy and a rewritten history are
    /// found too
    #[arg(long, value_name = "FILE")]
    pinned: Vec<PathBuf>,
    /// How findings are shown
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    format: Format,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let (directory, key) = (&arguments.log, &arguments.key);
    let keys = keys::read(key)?;
    if directory.is_file() {
        return proof(directory, &keys, output);
    }
    let pinned = arguments.pinned.iter().map(|path| keys::checkpoint(path, &keys));
    let pinned: Vec<Checkpoint> = pinned.collect::<Result<_, _>>()?;
    let watch = Watch::new(output, || "reading the log".to_owned());
    let verified = keys::fitting(&keys, |key| audit::verify(directory, key, &pinned))?;
    drop(watch);
    let findings: Vec<Finding> = verified.findings.iter().map(finding).collect();
    let topics = topics::of_audit();
    let checkpoint = directory.join("checkpoint");
    let found = Found {
        command: "audit-verify",
        about: &path_text(checkpoint.as_os_str().as_encoded_bytes()),
        findings: &findings,
        rules: &topics::rules(&topics),
        ..Found::default()
    };
    output.report(arguments.format, &found)?;
    let (origin, size) = (verified.checkpoint.origin(), verified.checkpoint.size());
    let records =
        usize::try_from(size).map_or_else(|_| size.to_string(), |size| number(size, "record"));
    let said = if findings.is_empty() { "intact".to_owned() } else { counted(&findings) };
    output.note(&format!("{origin}: {records}: {said}"));
    if verified.unsealed > 0 {
        output.note(&format!("{} more not under a checkpoint yet", verified.unsealed));
    }
    super::note_missed(verified.missed, output);
    Ok(judged(&findings, false))
}

fn finding(found: &audit::Finding) -> Finding {
    Finding::new(found.code(), Level::Deny, found.to_string())
}

/// Checks a `.tlog-proof`, and prints the record that it proves.
fn proof(path: &Path, keys: &[VerifyingKey], output: &Output) -> Result<Exit, Failure> {
    let shown = path.to_string_lossy();
    let text = file::text(path, &shown)?;
    let proof: InclusionProof =
        text.parse().map_err(|error: token_audit::Error| Failure::within(&shown, error))?;
    let record = keys::fitting(keys, |key| proof.verify(key).map(<[u8]>::to_vec))?;
    output.answer(&format!(
        "{}\n",
        token_policy::report::visible(&String::from_utf8_lossy(&record))
    ))?;
    output.note(&format!("record {} is in the log", proof.index()));
    Ok(Exit::Clean)
}
