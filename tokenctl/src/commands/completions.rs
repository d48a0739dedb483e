//! Implements `completions`, which prints what a shell needs to complete our arguments.

use clap::Args;
use clap_complete::Shell;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

/// Prints a script that completes arguments in a shell.
///
/// For bash: `tokenctl completions bash > ~/.local/share/bash-completion/completions/tokenctl`
#[derive(Args)]
pub(crate) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(super) fn run(
    arguments: &Arguments,
    mut whole: clap::Command,
    output: &Output,
) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    let name = whole.get_name().to_owned();
    clap_complete::generate(arguments.shell, &mut whole, name, &mut script);
    output.answer(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Clean)
}
