//! Implements `audit prove`, which makes proofs that can be checked without the log.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use token_audit::Reader;

use super::{keys, log::LogArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

/// Proves that a record is in the log, or that the log continues an older checkpoint.
///
/// The proof of a record is a C2SP tlog-proof, which `tokenctl audit verify` checks without the log. That of a
/// checkpoint is the body of a request to a witness (C2SP tlog-witness).
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    log: LogArguments,
    /// The index of the record
    #[arg(required_unless_present = "from", conflicts_with = "from")]
    index: Option<u64>,
    /// A file with the older checkpoint that the log must continue
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Where to write the proof, a new file [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let reader = arguments.log.reader()?;
    let proof = match (&arguments.from, arguments.index) {
        (Some(from), _) => consistency(&reader, from, &arguments.log.key)?,
        (None, index) => reader.prove(index.unwrap_or_default())?.to_string(),
    };
    match &arguments.out {
        None => output.answer_as_it_is(&proof)?,
        Some(path) => write(path, &proof)?,
    }
    Ok(Exit::Clean)
}

fn consistency(reader: &Reader, from: &Path, key: &Path) -> Result<String, Failure> {
    let old = keys::checkpoint(from, &keys::read(key)?)?;
    Ok(reader.prove_since(&old)?.to_string())
}

fn write(path: &Path, proof: &str) -> Result<(), Failure> {
    let file = std::fs::File::create_new(path);
    let written = file.and_then(|mut file| file.write_all(proof.as_bytes()));
    written.map_err(|error| Failure::at(&path.to_string_lossy(), &error))
}
