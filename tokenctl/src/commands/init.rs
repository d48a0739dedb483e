//! Implements `init`, which writes what a repository needs to begin.

mod hook;
mod rotation;

use std::io::ErrorKind;
use std::path::Path;

use clap::Args;
use token_policy::report::visible;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::file;
use crate::output::Output;
use crate::project::{POLICY, Project};

const POLICY_TEXT: &str = include_str!("../../templates/tokens.toml");
const WORKFLOW_TEXT: &str = include_str!("../../templates/tokens.yml");
const WORKFLOW: &str = ".github/workflows/tokens.yml";

/// Writes a first policy and a CI workflow, and says what comes next.
///
/// For each kind with `rotate.steps` it also writes a workflow that replaces its tokens, on a schedule: for GitLab where there is a
/// .gitlab-ci.yml, for GitHub elsewhere. Files that are there are left alone.
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
        for workflow in rotation::workflows(&policy, &project) {
            make(&project.root.join(&workflow.path), &installed(&workflow.text), &project, output)?;
        }
    }
    if arguments.hook {
        hook::install(&project, output)?;
    }
    output.note(&next_steps(&project, arguments));
    Ok(Exit::Clean)
}

/// Returns the text of the workflow. The policy may be in a folder below the root.
fn workflow(policy: &str) -> String {
    // Inside single quotes YAML reads everything literally, except for a single quote.
    let quoted = format!("POLICY: '{}'", policy.replace('\'', "''"));
    let text = match policy {
        POLICY => WORKFLOW_TEXT.to_owned(),
        _ => WORKFLOW_TEXT.replace(&format!("POLICY: {POLICY}"), &quoted),
    };
    installed(&text)
}

/// Says in a workflow what is installed: the commit that this program was built from, where that is known. A tag can be moved.
fn installed(text: &str) -> String {
    let which = match option_env!("TOKENCTL_COMMIT") {
        Some(commit) => format!("--rev {commit}"),
        None => concat!("--tag v", env!("CARGO_PKG_VERSION")).to_owned(),
    };
    text.replace("--rev COMMIT", &which).replace("VERSION", env!("CARGO_PKG_VERSION"))
}

/// Writes a file, unless it is there already.
fn make(path: &Path, text: &str, project: &Project, output: &Output) -> Result<(), Failure> {
    let shown = project.shown(path);
    // Also a link that leads nowhere is something that is there.
    if path.symlink_metadata().is_ok() {
        return output.answer(&format!("left {} as it is\n", visible(&shown)));
    }
    match file::create(&project.root, path, text, false) {
        Ok(()) => output.answer(&format!("wrote {}\n", visible(&shown))),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            output.answer(&format!("left {} as it is\n", visible(&shown)))
        }
        Err(error) => Err(Failure::at(&shown, &error)),
    }
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
