//! Says what comes after `init`.

use std::fmt::Write as _;

use super::Arguments;
use super::ci::{File, GITLAB_FIRST, SCRIPT};
use crate::failure::Failure;
use crate::git::Git;
use crate::project::Project;

/// Returns what to do next, in lines of at most 80 columns.
pub(super) fn steps(
    project: &Project,
    arguments: &Arguments,
    files: &[File],
) -> Result<String, Failure> {
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
    text.push_str(&not_read(project, files));
    text.push_str(language(project)?);
    Ok(text.trim_end().to_owned())
}

/// Says which files nothing reads yet: they protect nothing.
fn not_read(project: &Project, files: &[File]) -> String {
    let mut text = String::new();
    let first = std::fs::read_to_string(project.root.join(GITLAB_FIRST)).unwrap_or_default();
    let is_gitlab = |file: &&File| file.path.starts_with(".gitlab/") && !first.contains(&file.path);
    let missing: Vec<&File> = files.iter().filter(is_gitlab).collect();
    if !missing.is_empty() {
        let _ = writeln!(text, "\nGitLab reads them only if {GITLAB_FIRST} has:\n  include:");
        for file in missing {
            let _ = writeln!(text, "    - local: /{}", file.path);
        }
    }
    if files.iter().any(|file| file.path == SCRIPT) {
        let _ = writeln!(
            text,
            "\nHave your CI call {SCRIPT}; its first lines say when, and with what."
        );
    }
    text
}

/// Says what the policy is for in the languages of the repository.
fn language(project: &Project) -> Result<&'static str, Failure> {
    if project.here.join("Cargo.toml").is_file() {
        return Ok("
In Rust the compiler enforces the rules. In Cargo.toml, under [dependencies]:
  token-core = { git = \"https://github.com/token-core/token-core\" }
and in src/main.rs or src/lib.rs:
  token_core::policy!(\"../tokens.toml\");
");
    }
    if Git::new(&project.root).has_file("Cargo.toml")? {
        return Ok("
In Rust the compiler enforces the rules. In the Cargo.toml of each crate that
uses tokens, under [dependencies]:
  token-core = { git = \"https://github.com/token-core/token-core\" }
and in its src/main.rs or src/lib.rs, by the path from there:
  token_core::policy!(\"../../tokens.toml\");
");
    }
    Ok("
There is no Rust here, so no compiler enforces the rules. tokens.toml is a
register all the same: who owns each kind of token, how long one may live, and
by what a scan knows it. `tokenctl diff` guards it: a change that permits more
has to be agreed to.
")
}
