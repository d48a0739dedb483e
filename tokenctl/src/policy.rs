//! A policy file, read.

use token_policy::report::{Finding, Place};
use token_policy::{Level, Policy, PolicyErrors};
use token_scan::Scan;

use crate::failure::Failure;

/// A policy's text, and what it means.
pub(crate) struct PolicyFile {
    /// What it is called in output.
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) policy: Result<Policy, PolicyErrors>,
}

impl PolicyFile {
    pub(crate) fn new(name: impl Into<String>, text: String) -> PolicyFile {
        let policy = Policy::parse(&text);
        PolicyFile { name: name.into(), text, policy }
    }

    /// The policy, for whoever can do nothing without it.
    pub(crate) fn valid(self) -> Result<(String, Policy), Failure> {
        let leaks = self.leaks()?;
        if leaks.iter().any(|finding| finding.level() == Level::Deny) {
            let message = format!("{}: a token is written into this policy", self.name);
            return Err(Failure::new(message).help("`tokenctl check` says where"));
        }
        let name = self.name;
        self.policy.map(|policy| (name.clone(), policy)).map_err(|errors| {
            // A mistake repeats what stands there.
            let said = match leaks.as_slice() {
                [] => errors.named(&name).to_string(),
                _ => format!("{name}: there is a mistake in this policy"),
            };
            Failure::new(said).help(format!("`tokenctl check {name}` shows each mistake"))
        })
    }

    /// Tokens in the policy's own text: what is told about it shows its names and lines.
    pub(crate) fn leaks(&self) -> Result<Vec<Finding>, Failure> {
        let scan = match &self.policy {
            Ok(policy) => Scan::new().policy(policy),
            Err(_) => Scan::new(),
        };
        // A mistake may be in a format itself.
        let scan = scan.prefixes_in(&self.text);
        Ok(scan.build()?.bytes(&self.name, self.text.as_bytes()).findings().to_vec())
    }
}

/// The mistakes in a policy as findings. Without their lines, which were not understood.
pub(crate) fn mistakes(name: &str, errors: &PolicyErrors) -> Vec<Finding> {
    let finding = |error: &token_policy::PolicyError| {
        let position = error.position();
        let place = Place::new(name, position.line, position.column);
        let finding = Finding::new(INVALID, Level::Deny, error.message()).at(place);
        match error.help() {
            Some(help) => finding.fix(help),
            None => finding,
        }
    };
    errors.iter().map(finding).collect()
}

/// The code of a policy's mistakes.
pub(crate) const INVALID: &str = "invalid-policy";
