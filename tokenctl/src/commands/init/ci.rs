//! Knows the CI systems, and what each of them reads.

use std::path::Path;

use clap::ValueEnum;

use super::rotation;
use crate::failure::Failure;
use crate::git::Git;
use crate::project::{POLICY, Project};

/// A CI system that files are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum System {
    /// A workflow of GitHub Actions
    #[value(name = "github")]
    GitHub,
    /// A job of GitLab CI
    #[value(name = "gitlab")]
    GitLab,
    /// A script for `sh`, which any other system can call
    Shell,
}

/// A file that a CI system reads, or that somebody has it run.
pub(super) struct File {
    pub(super) path: String,
    pub(super) text: String,
    pub(super) is_program: bool,
}

impl File {
    pub(super) fn new(path: impl Into<String>, text: &str) -> File {
        File { path: path.into(), text: installed(text), is_program: false }
    }
}

/// The script that any system can call.
pub(super) const SCRIPT: &str = "ci/tokens.sh";

/// The file in which GitLab's pipelines begin.
pub(super) const GITLAB_FIRST: &str = ".gitlab-ci.yml";

/// What other systems read: whoever has one of these has his CI there.
const OTHERS: [&str; 15] = [
    ".buildkite",
    ".builds",
    ".circleci",
    ".drone.yml",
    ".forgejo",
    ".gitea",
    ".tekton",
    ".travis.yml",
    ".woodpecker",
    ".woodpecker.yml",
    "Jenkinsfile",
    "appveyor.yml",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    "buildspec.yml",
];

impl System {
    /// Returns the systems that the repository is checked by: those whose files it has, or else the one of its code host.
    pub(super) fn of(project: &Project) -> Result<Vec<System>, Failure> {
        let has = |name: &str| project.root.join(name).symlink_metadata().is_ok();
        let seen = [
            (has(".github"), System::GitHub),
            (has(GITLAB_FIRST) || has(".gitlab"), System::GitLab),
            (OTHERS.iter().any(|name| has(name)), System::Shell),
        ];
        let seen: Vec<System> =
            seen.iter().filter(|(is, _)| *is).map(|(_, system)| *system).collect();
        if !seen.is_empty() {
            return Ok(seen);
        }
        let origin = Git::new(&project.root).origin()?.unwrap_or_default();
        Ok(vec![match host(&origin) {
            host if host.contains("gitlab") => System::GitLab,
            host if host.is_empty() || host.contains("github") => System::GitHub,
            _ => System::Shell,
        }])
    }

    /// Returns the files for this system. The policy may be in a folder below the root.
    pub(super) fn files(self, policy: &Path, project: &Project) -> Vec<File> {
        let shown = project.shown(policy);
        let mut files = match self {
            System::GitHub => vec![File::new(".github/workflows/tokens.yml", &github(&shown))],
            System::GitLab => vec![
                File::new(".gitlab/tokens.yml", &gitlab(&shown)),
                File::new(GITLAB_FIRST, include_str!("../../../templates/gitlab-ci.yml")),
            ],
            System::Shell => vec![File { is_program: true, ..File::new(SCRIPT, &script(&shown)) }],
        };
        files.extend(rotation::workflows(self, policy, project));
        files
    }
}

/// Returns the host in the address of a repository, `https://host/path` or `user@host:path`; nothing for a path.
fn host(address: &str) -> String {
    let after = address.split_once("://").map(|(_, rest)| rest);
    let whole = after.or_else(|| address.contains('@').then_some(address)).unwrap_or_default();
    let place = whole.split('/').next().unwrap_or_default();
    let host = place.rsplit('@').next().unwrap_or_default();
    host.split(':').next().unwrap_or_default().to_ascii_lowercase()
}

fn github(policy: &str) -> String {
    let text = include_str!("../../../templates/tokens.yml");
    with_policy(text, "POLICY: tokens.toml", &format!("POLICY: {}", in_yaml(policy)), policy)
}

fn gitlab(policy: &str) -> String {
    let text = include_str!("../../../templates/tokens-gitlab.yml");
    with_policy(text, "value: tokens.toml", &format!("value: {}", in_yaml(policy)), policy)
}

fn script(policy: &str) -> String {
    let text = include_str!("../../../templates/tokens.sh");
    let quoted = format!("policy='{}'", policy.replace('\'', r"'\''"));
    with_policy(text, "policy='tokens.toml'", &quoted, policy)
}

fn with_policy(text: &str, standard: &str, named: &str, policy: &str) -> String {
    if policy == POLICY { text.to_owned() } else { text.replace(standard, named) }
}

/// Returns a text as YAML reads it: inside single quotes literally, except for a single quote.
fn in_yaml(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Says in a file what is installed: the commit that this program was built from, where that is known. A tag can be moved.
fn installed(text: &str) -> String {
    let which = match option_env!("TOKENCTL_COMMIT") {
        Some(commit) => format!("--rev {commit}"),
        None => concat!("--tag v", env!("CARGO_PKG_VERSION")).to_owned(),
    };
    // What is kept from run to run must be what would be installed.
    let kept = which.rsplit(' ').next().unwrap_or_default();
    let text = text.replace("--rev COMMIT", &which).replace("@COMMIT@", kept);
    text.replace("VERSION", env!("CARGO_PKG_VERSION"))
}
