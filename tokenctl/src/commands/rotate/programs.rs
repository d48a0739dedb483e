//! Looks whether the programs of the steps are there, before any of them has an effect.

use std::env;
use std::path::Path;

use token_policy::steps::{Step, Steps};

use super::plan::named;
use crate::failure::Failure;

/// Fails if the program of a step is not there, or cannot be run.
pub(super) fn check(steps: &Steps, folder: &Path) -> Result<(), Failure> {
    for (name, step) in named(steps) {
        let program = program(step);
        if !is_there(&program, folder) {
            let message =
                format!("the step `{name}`: there is no program `{program}` that can be run");
            let place = match program.contains('/') {
                true => {
                    "it is looked for in the folder of the policy; write it, or give it the mode of a program with `chmod +x`"
                }
                false => "install it on this machine: it is in no folder of PATH",
            };
            return Err(Failure::new(message).help(place));
        }
    }
    Ok(())
}

/// The program of a step, which has no placeholder.
fn program(step: &Step) -> String {
    step.template().first().map(ToString::to_string).unwrap_or_default()
}

fn is_there(program: &str, folder: &Path) -> bool {
    if program.contains('/') {
        return can_run(&folder.join(program));
    }
    let Some(path) = env::var_os("PATH") else { return true };
    env::split_paths(&path).any(|place| can_run(&place.join(program)))
}

#[cfg(unix)]
fn can_run(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn can_run(_: &Path) -> bool {
    true
}
