//! `tokenctl` checks token policies, finds leaked tokens and reads audit logs, at the command line and in CI.

#![forbid(unsafe_code)]

mod cli;
mod commands;
mod exit;
mod failure;
mod file;
mod git;
mod options;
mod output;
mod policy;
mod project;
mod version;

use std::ffi::OsString;
use std::process::ExitCode;

use crate::cli::Cli;
use crate::exit::Exit;
use crate::output::Output;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
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
