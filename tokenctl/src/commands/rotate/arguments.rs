//! Defines the arguments of `rotate`.

use std::time::Duration;

use clap::{Args, ValueEnum};
use token_policy::Lifetime;

use super::log::LogArguments;
use super::presets;
use crate::commands::lock::PolicyArgument;
use crate::failure::Failure;

/// Replaces tokens by the steps that the policy has for their kinds: creates one, gives it to its consumer, tests that the
/// consumer works with it, writes `tokens.lock`, and then ends the old one.
///
/// A run may be killed at any point; run it again, on any machine, from the same commit. It never ends a token that the consumer
/// may be using. A token is handed to the steps on standard input alone. Exit code 6 means: run this again; 7: a person must
/// decide, and the message says what.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The kinds whose tokens are replaced
    #[arg(value_name = "KIND", required_unless_present = "all")]
    pub(super) kinds: Vec<String>,
    #[command(flatten)]
    pub(super) policy: PolicyArgument,
    /// The environment of the tokens; it may be left out if the kind has only one
    #[arg(long, value_name = "NAME")]
    pub(super) environment: Option<String>,
    /// All kinds with steps that have a slot in the environment: after a leak, or to sweep
    #[arg(long, conflicts_with = "kinds")]
    pub(super) all: bool,
    /// Why there is no time: the old token ends as soon as the consumer works with the new one. The reason goes on record
    #[arg(long, value_name = "TEXT")]
    pub(super) because: Option<String>,
    /// Make no token: only end what earlier runs have left, and a token whose overlap is over
    #[arg(long, conflicts_with = "because")]
    pub(super) sweep: bool,
    /// Change nothing: ask `find` alone, and say what a run would do
    #[arg(long, conflicts_with = "sweep")]
    pub(super) dry_run: bool,
    /// Run nothing: print what each step would run, and how many tokens are live at most
    #[arg(long, conflicts_with_all = ["dry_run", "sweep"])]
    pub(super) print: bool,
    /// How long the run may wait for an overlap to be over; if it is longer, the next run ends the old token
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = waiting)]
    pub(super) wait: Duration,
    #[command(flatten)]
    pub(super) log: LogArguments,
    /// Print steps for this issuer, to paste into the policy
    #[arg(long, value_name = "ISSUER", requires = "print", conflicts_with_all = ["all", "because"], help_heading = "Presets")]
    preset: Option<presets::Issuer>,
    /// Let `set` of the preset put the token here
    #[arg(long, value_name = "SINK", requires = "preset", help_heading = "Presets")]
    sink: Option<presets::Sink>,
    /// How the outcome is shown
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub(super) format: OutcomeFormat,
}

/// What a run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Replace,
    Sweep,
    DryRun,
    Print,
}

/// The forms in which the outcome is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutcomeFormat {
    /// For reading
    Text,
    /// One object, of which docs/rotation-in-ci.md says what is in it
    Json,
}

impl Arguments {
    pub(super) fn mode(&self) -> Mode {
        match (self.print, self.dry_run, self.sweep) {
            (true, ..) => Mode::Print,
            (_, true, _) => Mode::DryRun,
            (.., true) => Mode::Sweep,
            (false, false, false) => Mode::Replace,
        }
    }

    /// Fails if all tokens are to be replaced, and nobody says why.
    pub(super) fn check(&self) -> Result<(), Failure> {
        match self.all && self.mode() == Mode::Replace && self.because.is_none() {
            true => Err(Failure::usage("`--all` replaces every token of the environment").help(
                "say why with `--because`; `--sweep`, `--dry-run` and `--print` need no reason",
            )),
            false => Ok(()),
        }
    }

    /// Returns the text of the preset, if one is asked for.
    pub(super) fn preset(&self) -> Result<Option<String>, Failure> {
        let Some(issuer) = self.preset else { return Ok(None) };
        match self.kinds.as_slice() {
            [kind] => presets::text(issuer, self.sink, kind).map(Some),
            _ => Err(Failure::usage("a preset is for one kind")),
        }
    }
}

/// Reads a time as the policy has it, or `0`.
fn waiting(text: &str) -> Result<Duration, String> {
    let read = match text {
        "0" => Ok(Lifetime::ZERO),
        _ => text.parse::<Lifetime>(),
    };
    read.map(Lifetime::as_duration).map_err(|error| error.to_string())
}
