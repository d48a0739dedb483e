//! Defines the arguments of the commands about a lock.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use time::UtcDateTime;
use token_policy::lock::{FILE_NAME, Lock};
use token_policy::{EnvironmentRule, ImageDigest, Policy, nearest};

use super::kinds::Kinds;
use super::live::{Evidence, Id};
#[cfg(feature = "registry")]
use super::log::Heard;
use super::log::LogArguments;
#[cfg(feature = "registry")]
use super::registry::RegistryArguments;
use super::{bind, policy_of, report};
use crate::failure::Failure;
use crate::lock::LockFile;
use crate::output::Output;
use crate::policy::PolicyFile;
use crate::project::Project;

/// Which policy it is about.
#[derive(Args)]
pub(in crate::commands) struct PolicyArgument {
    /// The policy; the lock stands beside it [default: the nearest tokens.toml, here or above]
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

impl PolicyArgument {
    fn path(&self, project: &Project) -> Result<PathBuf, Failure> {
        match &self.policy {
            Some(path) => Ok(path.clone()),
            None => project.policy(),
        }
    }

    /// Returns the path of the lock, whether or not it is there.
    pub(super) fn path_of_lock(&self, project: &Project) -> Result<PathBuf, Failure> {
        Ok(project.here.join(self.path(project)?).with_file_name(FILE_NAME))
    }

    /// Reads the policy, and the lock beside it.
    pub(in crate::commands) fn read(
        &self,
        project: &Project,
    ) -> Result<(Policy, LockFile), Failure> {
        let path = self.path(project)?;
        let policy = PolicyFile::new(project.shown(&path), project.read(&path)?);
        Ok((policy_of(policy)?, LockFile::beside(&path, project)?))
    }
}

/// What says which tokens are live.
#[derive(Args)]
#[command(next_help_heading = "Which tokens are live")]
pub(super) struct Sources {
    /// The environment that the log, the registry, the source and the image are of
    #[arg(long, value_name = "NAME")]
    pub(super) environment: Option<String>,
    #[command(flatten)]
    log: LogArguments,
    #[cfg(feature = "registry")]
    #[command(flatten)]
    registry: RegistryArguments,
    /// What rotation reports, as JSON (docs/locking.md); `-` is standard input
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

impl Sources {
    /// Reads all that was given.
    pub(super) fn gather(
        &self,
        evidence: &mut Evidence,
        policy: &Policy,
        lock: &Lock,
        now: UtcDateTime,
        output: &Output,
    ) -> Result<(), Failure> {
        if let Some(environment) = &self.environment {
            check_environment(policy, environment)?;
            let kinds = Kinds::of(policy, environment);
            let locked = ids(lock, environment);
            let heard = self.log.read(&locked, now, output)?;
            if let Some(heard) = &heard {
                heard.tell(&kinds, &locked, evidence, output);
            }
            #[cfg(feature = "registry")]
            if let Some(rows) = self.registry.read(&kinds)? {
                rows.tell(&kinds, &locked, heard.as_ref().map(Heard::name), now, evidence);
            }
        }
        if let Some(path) = &self.report {
            report::read(path, policy, self.environment.as_deref(), evidence)?;
        }
        Ok(())
    }
}

/// Returns the ids of the tokens that the lock has in an environment.
pub(super) fn ids(lock: &Lock, environment: &str) -> BTreeSet<Id> {
    let slots = lock.slots().filter(|(name, _)| name.environment() == environment);
    let lines = slots.flat_map(|(_, slot)| slot.entries());
    lines.filter_map(|entry| entry.token.as_ref().map(|token| token.id)).collect()
}

/// What the lines of the environment are bound to.
#[derive(Args)]
#[command(next_help_heading = "What they are bound to")]
pub(super) struct Binding {
    /// Bind the environment's lines to this source, such as `git:` and the id of a tree; `auto` is what `tokenctl source-id`
    /// prints here
    #[arg(long, value_name = "SOURCE", requires = "environment")]
    pub(super) source: Option<bind::Source>,
    /// Bind the environment's lines to this image, `sha256:` and 64 digits; it is asserted, not attested
    #[arg(long, value_name = "DIGEST", requires = "environment")]
    pub(super) image: Option<ImageDigest>,
}

/// Fails unless the policy declares an environment of this name.
pub(in crate::commands) fn check_environment(policy: &Policy, name: &str) -> Result<(), Failure> {
    if policy.environment(name).is_some() {
        return Ok(());
    }
    let failure = Failure::usage("the policy declares no environment of this name");
    let known = || policy.environments().iter().map(EnvironmentRule::name);
    Err(match nearest(name, known()) {
        Some(meant) => failure.help(format!("did you mean `{meant}`?")),
        None => failure.help(format!("it declares `{}`", known().collect::<Vec<_>>().join("`, `"))),
    })
}
