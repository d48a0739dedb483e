//! Defines the arguments, and the help about them.

use std::ffi::{OsStr, OsString};

use clap::{ColorChoice, CommandFactory as _, FromArgMatches as _, Parser};

use crate::commands::Command;
use crate::exit;
use crate::options::Global;
use crate::output::Veil;

/// Rules for API tokens as code: checks the policy, finds leaked tokens, reads audit logs.
///
/// Findings go to standard output, everything else to standard error. Paths are relative to the root of the
/// repository. Nothing shows eight bytes of a token that was found.
#[derive(Parser)]
#[command(
    name = "tokenctl",
    // The file of the program may have another name.
    bin_name = "tokenctl",
    version,
    max_term_width = 80,
    disable_help_subcommand = false
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// Reads the arguments as a shell gives them, with the program's name first. The error is clap's, and also stands
    /// for a request for help.
    pub(crate) fn read(arguments: &[OsString]) -> Result<Cli, clap::Error> {
        let matches = command().try_get_matches_from(arguments)?;
        Cli::from_arg_matches(&matches)
    }
}

/// Makes the whole command, as clap knows it.
pub(crate) fn command() -> clap::Command {
    with_exit_codes(Cli::command().after_help(exit::help()))
}

/// Adds the table of exit codes at the end of the long help of each command.
fn with_exit_codes(command: clap::Command) -> clap::Command {
    command.after_long_help(exit::help()).mut_subcommands(with_exit_codes)
}

/// Makes what masks tokens in all output, those among the arguments in each part. It finds only those that are certain.
/// An argument that only looks like a token is not masked, since a message without it would help nobody.
pub(crate) fn veil(arguments: &[OsString]) -> Veil {
    let all: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
    // An argument does not continue in the next one, so a separator stands between them.
    Veil::new(&all.join("\n \n"))
}

/// Returns what `--color` says. It is needed for the help and for errors that are shown before clap has read the
/// option.
pub(crate) fn colour(arguments: &[OsString]) -> ColorChoice {
    let text = |argument: &OsString| argument.to_str().unwrap_or_default().to_owned();
    let after = arguments.iter().skip_while(|argument| *argument != OsStr::new("--color")).nth(1);
    let joined = arguments.iter().find_map(|argument| argument.to_str()?.strip_prefix("--color="));
    let choice = joined.map(str::to_owned).or_else(|| after.map(text));
    choice.and_then(|choice| choice.parse().ok()).unwrap_or_default()
}
