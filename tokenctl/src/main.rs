//! `tokenctl` checks token policies, finds leaked tokens and reads audit logs, at the command line and in CI.

#![forbid(unsafe_code)]

mod cli;
mod commands;
mod exit;
mod failure;
mod file;
mod git;
mod handles;
mod lock;
mod options;
mod output;
mod policy;
mod project;
mod side;
mod step;
mod version;

use std::ffi::OsString;
use std::process::ExitCode;

use crate::cli::Cli;
use crate::exit::Exit;
use crate::output::Output;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    // First, since that is another program in a moment.
    if let Some(ended) = step::asked(&arguments) {
        return ended;
    }
    expect_children();
    run(&arguments).into()
}

fn run(arguments: &[OsString]) -> Exit {
    let veil = cli::veil(arguments);
    match Cli::read(arguments) {
        Ok(cli) => {
            let output = Output::new(&cli.global, veil);
            commands::run(&cli.command, cli::command, &output)
                .unwrap_or_else(|failure| output.fail(&failure))
        }
        Err(error) => output::told(&error, cli::colour(arguments), &veil),
    }
}

/// Has the system keep the exit status of each child. A parent that ignores SIGCHLD leaves that to the programs it
/// starts, and then the exit status of git is lost.
#[cfg(unix)]
fn expect_children() {
    // If this fails, nothing is worse than before: a lost exit status is an error.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGCHLD, std::sync::Arc::default());
}

#[cfg(not(unix))]
fn expect_children() {}
