//! Implements `audit key`, which makes the key of a log or of a witness.

use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;

use clap::Args;
use token_audit::{SigningKey, Witness};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

/// Makes a new signing key in a new file, and prints the verifying key.
///
/// Only the owner of the file may read it (mode 0600), and a file that is there is never overwritten. The service opens its
/// log with the key; whoever audits the log needs the verifying key. One key is for one log.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The name of the log or the witness, for ever: like a URL without its scheme, such as
    /// `example.com/deploy-service` [default: a random one]
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Where to put the signing key, a new file
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print the verifying key of a witness, for `tokenctl audit witness --cosign`
    #[arg(long)]
    witness: bool,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let Arguments { name, out, witness } = arguments;
    let name = name.clone().unwrap_or_else(random_name);
    if out.symlink_metadata().is_ok() {
        let exists = std::io::ErrorKind::AlreadyExists.into();
        return Err(Failure::at(&out.to_string_lossy(), &exists));
    }
    let key = SigningKey::create(out, &name)?;
    let public = match witness {
        true => Witness::new(key)?.verifying_key().to_string(),
        false => key.verifying_key().to_string(),
    };
    output.answer_as_it_is(&format!("{public}\n"))?;
    output.note("keep the new file where secrets are kept, and this verifying key elsewhere");
    Ok(Exit::Clean)
}

/// Returns a name that no other log has. It is no secret, so the standard library's random keys are good enough.
fn random_name() -> String {
    let number = || RandomState::new().hash_one("the name of a log");
    format!("log-{:016x}{:016x}", number(), number())
}
