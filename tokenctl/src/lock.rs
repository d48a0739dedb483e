//! Reads and judges the lock that stands beside a policy.

use std::path::{Path, PathBuf};

use time::UtcDateTime;
use token_policy::lock::{FILE_NAME, Lock, LockError};
use token_policy::report::{Finding, Place};
use token_policy::{Level, Policy};
use token_scan::{Scan, Scanner};

use crate::failure::Failure;
use crate::project::Project;

/// The lock beside a policy, as it stands in the working tree.
pub(crate) struct LockFile {
    pub(crate) path: PathBuf,
    /// The name of the file in output.
    pub(crate) name: String,
    /// `None` if there is no lock.
    pub(crate) text: Option<String>,
}

impl LockFile {
    /// Reads the lock beside a policy. One that is a link is not opened.
    pub(crate) fn beside(policy: &Path, project: &Project) -> Result<LockFile, Failure> {
        let path = project.here.join(policy).with_file_name(FILE_NAME);
        let is_there = path.symlink_metadata().is_ok();
        let text = if is_there { Some(project.read(&path)?) } else { None };
        Ok(LockFile { name: project.shown(&path), path, text })
    }

    /// Returns the lock, or one without a slot if there is none. Fails if there is a mistake in it.
    pub(crate) fn valid(&self, policy: &Policy) -> Result<Lock, Failure> {
        let Some(text) = &self.text else { return Ok(Lock::default()) };
        valid(&self.name, text, policy)
    }

    /// Returns what is wrong with the lock at this time. If a token is certainly written into it, returns only that.
    pub(crate) fn check(&self, policy: &Policy, now: UtcDateTime) -> Result<Vec<Finding>, Failure> {
        let has_environments = !policy.environments().is_empty();
        let Some(text) = &self.text else {
            return Ok(if has_environments { vec![self.missing()] } else { Vec::new() });
        };
        let scanner = scanner(policy, text)?;
        let leaks = scanner.bytes(&self.name, text.as_bytes());
        if leaks.has_denied() {
            let certain = leaks.findings().iter().filter(|leak| leak.level() == Level::Deny);
            return Ok(certain.cloned().collect());
        }
        let lock = match Lock::parse(text) {
            Ok(lock) => lock,
            Err(error) => return Ok(vec![self.invalid(&error)]),
        };
        if !has_environments {
            return Ok(vec![self.unneeded()]);
        }
        let problems = lock.check(policy, now);
        let findings: Vec<Finding> = problems.iter().map(|it| it.finding(&self.name)).collect();
        // A slot that is not there has no line.
        let lines: Vec<u32> = findings.iter().filter_map(|it| Some(it.place()?.line())).collect();
        let mut lines = scanner.excerpts(&self.name, text, &lines).into_iter();
        let with_line = |finding: Finding| match finding.place().and_then(|_| lines.next()?) {
            Some(line) => finding.excerpt(line),
            None => finding,
        };
        Ok(findings.into_iter().map(with_line).collect())
    }

    fn missing(&self) -> Finding {
        let message = format!("the policy declares environments, but {} is not there", self.name);
        Finding::new(MISSING, Level::Deny, message).fix("run `tokenctl lock`, and commit the file")
    }

    fn invalid(&self, error: &LockError) -> Finding {
        let at = error.position();
        Finding::new(INVALID, Level::Deny, error.message()).at(Place::new(
            &*self.name,
            at.line,
            at.column,
        ))
    }

    fn unneeded(&self) -> Finding {
        let message = "there is a lock, but the policy declares no environment";
        Finding::new(UNNEEDED, Level::Deny, message)
            .at(Place::new(&*self.name, 1, 1))
            .fix("declare the environments under `[environments]`, or remove the lock")
    }
}

/// Reads a lock. Fails if there is a mistake in it, or a token.
pub(crate) fn valid(name: &str, text: &str, policy: &Policy) -> Result<Lock, Failure> {
    refuse_tokens(name, text, policy)?;
    Lock::parse(text).map_err(|error| wrong(name, &error))
}

/// Fails if a token is certainly written into a lock, since what is said about a lock shows its facts.
pub(crate) fn refuse_tokens(name: &str, text: &str, policy: &Policy) -> Result<(), Failure> {
    if scanner(policy, text)?.bytes(name, text.as_bytes()).has_denied() {
        let message = format!("{name}: a token is written into this file");
        return Err(
            Failure::new(message).help("revoke it, then take it out: `tokenctl scan` says where")
        );
    }
    Ok(())
}

/// Makes the failure about a mistake in a lock. Its message says what to do, and repeats no value.
pub(crate) fn wrong(name: &str, error: &LockError) -> Failure {
    Failure::new(format!("{name}:{error}"))
}

/// Returns what finds tokens that are certain: also those of the policy, and of any prefix that the text has.
pub(crate) fn scanner(policy: &Policy, text: &str) -> Result<Scanner, Failure> {
    Ok(Scan::certain().policy(policy).prefixes_in(text).build()?)
}

/// The code of the finding that a lock has a mistake.
pub(crate) const INVALID: &str = "lock-invalid";
/// The code of the finding that there is no lock, though the policy declares environments.
pub(crate) const MISSING: &str = "lock-missing";
/// The code of the finding that there is a lock, though the policy declares no environment.
pub(crate) const UNNEEDED: &str = "lock-unneeded";
