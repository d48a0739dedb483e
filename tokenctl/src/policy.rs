//! Reads a policy file.

use token_policy::report::{Finding, Place};
use token_policy::{Level, Policy, PolicyErrors};
use token_scan::{Scan, Scanner};

use crate::failure::Failure;
use crate::project::POLICY;
use crate::side::Compared;

/// A policy's text, and the rules or mistakes in it.
pub(crate) struct PolicyFile {
    /// The name of the file in output.
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) policy: Result<Policy, PolicyErrors>,
}

impl PolicyFile {
    pub(crate) fn new(name: impl Into<String>, text: String) -> PolicyFile {
        let policy = Policy::parse(&text);
        PolicyFile { name: name.into(), text, policy }
    }

    /// Returns the name and the rules. Fails if the policy has a mistake, or if a token is written into it.
    pub(crate) fn valid(self) -> Result<(String, Policy), Failure> {
        let leaks = self.leaks()?;
        if leaks.iter().any(|finding| finding.level() == Level::Deny) {
            let message = format!("{}: a token is written into this policy", self.name);
            return Err(Failure::new(message).help("`tokenctl check` says where"));
        }
        let name = self.name;
        self.policy.map(|policy| (name.clone(), policy)).map_err(|errors| {
            // A mistake repeats a part of the text, so none is shown if something in the text looks like a token.
            let said = match leaks.as_slice() {
                [] => errors.named(&name).to_string(),
                _ => format!("{name}: there is a mistake in this policy"),
            };
            Failure::new(said).help(format!("`tokenctl check {name}` shows each mistake"))
        })
    }

    /// Returns the tokens that are written into the policy's own text. They matter because what is said about a policy
    /// shows names and lines of it.
    pub(crate) fn leaks(&self) -> Result<Vec<Finding>, Failure> {
        Ok(self.scanner()?.bytes(&self.name, self.text.as_bytes()).findings().to_vec())
    }

    /// Returns the lines of findings as they may be shown: everything that may be a part of a token is masked.
    pub(crate) fn excerpts(&self, findings: &[Finding]) -> Result<Vec<Option<String>>, Failure> {
        let line = |finding: &Finding| finding.place().map_or(0, Place::line);
        let lines: Vec<u32> = findings.iter().map(line).collect();
        Ok(self.scanner()?.excerpts(&self.name, &self.text, &lines))
    }

    fn scanner(&self) -> Result<Scanner, Failure> {
        let scan = match &self.policy {
            Ok(policy) => Scan::new().policy(policy),
            Err(_) => Scan::new(),
        };
        // The mistake may be in a `format`, so the prefixes are also taken from the tokens themselves.
        Ok(scan.prefixes_in(&self.text).build()?)
    }
}

impl Compared for Policy {
    const FILE: &'static str = POLICY;
    const EXTENSIONS: &'static [&'static str] = &["toml"];
    const NOTHING: &'static str = "version = 1\n";

    fn read(name: &str, text: String) -> Result<Policy, Failure> {
        PolicyFile::new(name, text).valid().map(|(_, policy)| policy)
    }
}

/// Returns the mistakes in a policy as findings. They have no excerpts, since their lines were not understood.
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

/// The code of the findings that are mistakes in a policy.
pub(crate) const INVALID: &str = "invalid-policy";
