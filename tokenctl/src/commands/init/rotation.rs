//! Makes the scheduled workflows that replace tokens: one for each kind whose policy has steps.

use std::fs;
use std::path::Path;

use token_policy::{KindRule, Lifetime, Policy, Rotate};

use super::ci::{File, System};
use crate::project::Project;

/// Returns the workflows of a system for the kinds with steps; none if the system has no schedules of its own. A policy that is
/// not valid has none: `tokenctl check` says why.
pub(super) fn workflows(system: System, policy: &Path, project: &Project) -> Vec<File> {
    let text = fs::read_to_string(policy).unwrap_or_default();
    let Ok(rules) = Policy::parse(&text) else { return Vec::new() };
    let shown = project.shown(policy);
    let folder = Path::new(&shown).parent().and_then(Path::to_str).filter(|name| !name.is_empty());
    let kinds = rules.kinds().iter().filter(|kind| kind.steps().is_some());
    kinds.filter_map(|kind| workflow(system, kind, folder.unwrap_or("."))).collect()
}

fn workflow(system: System, kind: &KindRule, folder: &str) -> Option<File> {
    let name = kind.name();
    // Names of kinds and environments are words. A folder may have any name: in single quotes YAML and the shell read
    // everything literally, except for a single quote, which each writes in its own way.
    let (path, text, quote) = match system {
        System::GitHub => (format!(".github/workflows/rotate-{name}.yml"), GITHUB, "''"),
        System::GitLab => (format!(".gitlab/rotate-{name}.yml"), GITLAB, r"'\''"),
        System::Shell => return None,
    };
    let text = text.replace("@KIND@", name).replace("@CRON@", cron(kind));
    let text = text.replace("@SWEEP@", SWEEP);
    let text = text.replace("@ENVIRONMENTS@", &kind.environments().join(" "));
    let folder = format!("'{}'", folder.replace('\'', quote));
    Some(File::new(path, &text.replace("@FOLDER@", &folder)))
}

const GITHUB: &str = include_str!("../../../templates/rotate-github.yml");
const GITLAB: &str = include_str!("../../../templates/rotate-gitlab.yml");

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
