//! Looks for what Rust sources declare beside the policies.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use token_policy::checks;
use token_policy::report::Finding;

use crate::failure::Failure;
use crate::output::Output;
use crate::policy::PolicyFile;
use crate::project::Project;

/// Returns what the packages of the policies declare beside them. Each policy that could be read sets the levels of
/// what is found in its own packages.
pub(super) fn look(
    project: &Project,
    read: &[(PathBuf, PolicyFile)],
    output: &Output,
) -> Result<Vec<Finding>, Failure> {
    let paths: Vec<PathBuf> = read.iter().map(|(path, _)| project.here.join(path)).collect();
    let (mut findings, mut seen) = (Vec::new(), BTreeSet::new());
    for (path, (_, file)) in paths.iter().zip(read) {
        let (Ok(policy), Some(root)) = (&file.policy, root(project, path)) else { continue };
        if !seen.insert(root.clone()) {
            continue;
        }
        let declared = token_scan::declarations(&root, &project.root, &paths)?;
        for other in &declared.others {
            output.note(&format!(
                "note: the package in {other} has a policy of its own; check it too"
            ));
        }
        for unread in &declared.unread {
            output.note(&format!("note: {unread} was not searched for kinds beside the policy"));
        }
        findings.extend(checks::check_sources(policy, &declared.found));
    }
    Ok(findings)
}

/// Returns the folder of the package or workspace to which a policy belongs: the nearest one above it, in the
/// repository, that has a `Cargo.toml`. Without one it is the folder of the policy, if that is in a repository.
fn root(project: &Project, policy: &Path) -> Option<PathBuf> {
    let policy = policy.canonicalize().ok()?;
    let folder = policy.parent()?;
    let is_in_repository = folder.starts_with(&project.root) && project.root.join(".git").exists();
    let nearest = folder
        .ancestors()
        .take_while(|above| above.starts_with(&project.root) || *above == folder)
        .find(|above| above.join("Cargo.toml").is_file());
    nearest.or(is_in_repository.then_some(folder)).map(Path::to_owned)
}
