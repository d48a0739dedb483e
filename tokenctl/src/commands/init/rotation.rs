//! Makes the scheduled workflows that replace tokens: one for each kind whose policy has steps.

use std::fs;
use std::path::Path;

use token_policy::{KindRule, Lifetime, Policy, Rotate};

use crate::project::Project;

/// A file that a code host reads, and its text.
pub(super) struct Workflow {
    pub(super) path: String,
    pub(super) text: String,
}

/// The code host, by what it reads.
#[derive(Clone, Copy)]
enum Host {
    GitHub,
    GitLab,
}

impl Host {
    /// The repository's own: GitLab's pipelines begin in one file.
    fn of(project: &Project) -> Host {
        match project.root.join(".gitlab-ci.yml").is_file() {
            true => Host::GitLab,
            false => Host::GitHub,
        }
    }

    fn template(self) -> &'static str {
        match self {
            Host::GitHub => include_str!("../../../templates/rotate-github.yml"),
            Host::GitLab => include_str!("../../../templates/rotate-gitlab.yml"),
        }
    }

    fn path(self, kind: &str) -> String {
        match self {
            Host::GitHub => format!(".github/workflows/rotate-{kind}.yml"),
            Host::GitLab => format!(".gitlab/rotate-{kind}.yml"),
        }
    }
}

/// Returns the workflows for the kinds with steps. A policy that is not valid has none: `tokenctl check` says why.
pub(super) fn workflows(policy: &Path, project: &Project) -> Vec<Workflow> {
    let text = fs::read_to_string(policy).unwrap_or_default();
    let Ok(rules) = Policy::parse(&text) else { return Vec::new() };
    let host = Host::of(project);
    let shown = project.shown(policy);
    let folder = Path::new(&shown).parent().and_then(Path::to_str).filter(|name| !name.is_empty());
    let kinds = rules.kinds().iter().filter(|kind| kind.steps().is_some());
    kinds.map(|kind| workflow(host, kind, folder.unwrap_or("."))).collect()
}

fn workflow(host: Host, kind: &KindRule, folder: &str) -> Workflow {
    // Names of kinds and environments are words. A folder may have any name: in single quotes YAML and the shell read
    // everything literally, except for a single quote, which each writes in its own way.
    let quoted = match host {
        Host::GitHub => format!("'{}'", folder.replace('\'', "''")),
        Host::GitLab => format!("'{}'", folder.replace('\'', r"'\''")),
    };
    let text = host.template();
    let text = text.replace("@KIND@", kind.name()).replace("@CRON@", cron(kind));
    let text = text.replace("@SWEEP@", SWEEP);
    let text = text.replace("@ENVIRONMENTS@", &kind.environments().join(" "));
    Workflow { path: host.path(kind.name()), text: text.replace("@FOLDER@", &quoted) }
}

/// When what is overdue is ended: each day, and not at a time of [`cron`].
const SWEEP: &str = "47 5 * * *";

/// How often the token is replaced: at least once in the time from its birth to its window.
fn cron(kind: &KindRule) -> &'static str {
    const DAY: u64 = 24 * 60 * 60;
    let rotate = kind.rotate();
    let age = rotate.and_then(Rotate::after).map(Lifetime::as_secs);
    let window = rotate.and_then(Rotate::before_expiry).map_or(0, Lifetime::as_secs);
    let life = kind.max_lifetime().map(|life| life.as_secs().saturating_sub(window));
    match age.or(life).unwrap_or(DAY) / DAY {
        0 => "17 * * * *",
        1..=7 => "17 4 * * *",
        8..=31 => "17 4 * * 2",
        _ => "17 4 2 * *",
    }
}
