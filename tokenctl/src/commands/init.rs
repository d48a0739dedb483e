//! Implements `init`, which writes what a repository needs to begin.

mod ci;
mod hook;
mod next;
mod rotation;

use std::io::ErrorKind;
use std::path::Path;

use clap::Args;
use token_policy::report::visible;

use self::ci::{File, System};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::file;
use crate::output::Output;
use crate::project::{POLICY, Project};

const POLICY_TEXT: &str = include_str!("../../templates/tokens.toml");

/// Writes a first policy and what CI runs, and says what comes next.
///
/// For each kind with `rotate.steps` it also writes a workflow that replaces its tokens, on a schedule, for GitHub and GitLab.
/// Files that are there are left alone.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Also install a git hook that scans what is about to be committed, or renew it
    #[arg(long)]
    hook: bool,
    /// The CI systems to write for; several with commas [default: those whose files are here, or else that of the code
    /// host]
    #[arg(long, value_name = "SYSTEM", value_delimiter = ',', conflicts_with = "no_workflow")]
    ci: Vec<System>,
    /// Write nothing for CI
    #[arg(long)]
    no_workflow: bool,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let project = Project::find()?;
    let policy = project.here.join(POLICY);
    let systems = arguments.systems(&project)?;
    make(&policy, POLICY_TEXT, false, &project, output)?;
    let files: Vec<File> =
        systems.iter().flat_map(|system| system.files(&policy, &project)).collect();
    for file in &files {
        make(&project.root.join(&file.path), &file.text, file.is_program, &project, output)?;
    }
    if arguments.hook {
        hook::install(&project, output)?;
    }
    output.note(&next::steps(&project, arguments, &files)?);
    Ok(Exit::Clean)
}

impl Arguments {
    fn systems(&self, project: &Project) -> Result<Vec<System>, Failure> {
        match self.ci.as_slice() {
            _ if self.no_workflow => Ok(Vec::new()),
            [] => System::of(project),
            asked => Ok(asked.to_vec()),
        }
    }
}

/// Writes a file, unless it is there already.
fn make(
    path: &Path,
    text: &str,
    is_program: bool,
    project: &Project,
    output: &Output,
) -> Result<(), Failure> {
    let shown = project.shown(path);
    // Also a link that leads nowhere is something that is there.
    if path.symlink_metadata().is_ok() {
        return output.answer(&format!("left {} as it is\n", visible(&shown)));
    }
    match file::create(&project.root, path, text, is_program) {
        Ok(()) => output.answer(&format!("wrote {}\n", visible(&shown))),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            output.answer(&format!("left {} as it is\n", visible(&shown)))
        }
        Err(error) => Err(Failure::at(&shown, &error)),
    }
}
