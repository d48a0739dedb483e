//! Implements `init`, which writes what a repository needs to begin.

mod hook;

use std::io::{ErrorKind, Write as _};
use std::path::Path;

use clap::Args;
use token_policy::report::visible;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::project::{POLICY, Project};

const POLICY_TEXT: &str = include_str!("../../templates/tokens.toml");
const WORKFLOW_TEXT: &str = include_str!("../../templates/tokens.yml");
const WORKFLOW: &str = ".github/workflows/tokens.yml";

/// Writes a first policy and a CI workflow, and says what comes next.
///
/// Files that are there are left alone.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Also install a git hook that scans what is about to be committed
    #[arg(long)]
    hook: bool,
    /// Write no CI workflow
    #[arg(long)]
    no_workflow: bool,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let project = Project::find()?;
    let policy = project.here.join(POLICY);
    make(&policy, POLICY_TEXT, &project, output)?;
    if !arguments.no_workflow {
        let text = workflow(&project.shown(&policy));
        make(&project.root.join(WORKFLOW), &text, &project, output)?;
    }
    if arguments.hook {
        hook::install(&project.shown(&policy), &project, output)?;
    }
    output.note(&next_steps(&project, arguments));
    Ok(Exit::Clean)
}

/// Returns the text of the workflow. The policy may be in a folder below the root.
fn workflow(policy: &str) -> String {
    let line = format!("POLICY: {POLICY}");
    // Inside single quotes YAML reads everything literally, except for a single quote.
    let quoted = format!("POLICY: '{}'", policy.replace('\'', "''"));
    if policy == POLICY { WORKFLOW_TEXT.to_owned() } else { WORKFLOW_TEXT.replace(&line, &quoted) }
}

/// Writes a file, unless it is there already.
fn make(path: &Path, text: &str, project: &Project, output: &Output) -> Result<(), Failure> {
    let shown = project.shown(path);
    match create(path, text) {
        Ok(()) => output.answer(&format!("wrote {}\n", visible(&shown))),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            output.answer(&format!("left {} as it is\n", visible(&shown)))
        }
        Err(error) => Err(Failure::at(&shown, &error)),
    }
}

fn create(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::File::create_new(path)?.write_all(text.as_bytes())
}

fn next_steps(project: &Project, arguments: &Arguments) -> String {
    let mut text = String::from(
        "
Next:
  1. Write your scopes and token kinds into tokens.toml.
  2. Look at it:               tokenctl check
  3. Look for leaked tokens:   tokenctl scan
",
    );
    if !arguments.hook {
        text.push_str("  4. Scan before each commit:  tokenctl init --hook\n");
    }
    if project.here.join("Cargo.toml").is_file() {
        text.push_str(
            "
In Rust the compiler enforces the rules. In Cargo.toml, under [dependencies]:
  token-core = { git = \"https://github.com/token-core/token-core\" }
and in src/main.rs or src/lib.rs:
  token_core::policy!(\"../tokens.toml\");
",
        );
    }
    text.trim_end().to_owned()
}
