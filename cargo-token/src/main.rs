//! `cargo token`: token policies, leaked tokens and audit logs, at the command line and in CI.

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
    let cli = match Cli::read(arguments) {
        Ok(cli) => cli,
        Err(error) => return told(&error),
    };
    let output = Output::new(&cli.global);
    commands::run(&cli.command, cli::command, &output)
        .unwrap_or_else(|failure| output.fail(&failure))
}

/// Shows what clap has to say: help, the version, or what is wrong with the arguments.
fn told(error: &clap::Error) -> Exit {
    // Whoever closed the pipe wants to hear no more.
    let _ = error.print();
    if error.use_stderr() { Exit::Usage } else { Exit::Clean }
}
