//! Checks a valid policy. Each finding deserves a look, and has a code and a place, like those of cargo-deny.
//!
//! Each code has a level, which the policy's `[checks]` table can change. The table can also except one kind or scope
//! from a check, with a reason:
//!
//! ```
//! use token_policy::{Level, Policy, checks};
//!
//! let policy = Policy::parse(r#"version = 1
//! [scopes]
//! "repo:read" = "Read repositories"
//!
//! [tokens.ci]
//! scopes       = ["repo:*"]
//! max_lifetime = "8h"
//!
//! [checks]
//! max_lifetime = "1h"    # the ceiling for every kind
//! no-owner     = "deny"
//! exceptions   = [{ code = "no-rotation", kind = "ci", reason = "made for each job" }]
//! "#)?;
//! let findings = checks::check(&policy, "tokens.toml", None);
//! let codes: Vec<_> = findings.iter().map(|finding| (finding.code(), finding.level())).collect();
//! assert_eq!(codes, [
//!     ("no-owner", Level::Deny),
//!     ("wildcard-scope", Level::Warn),
//!     ("lifetime-above-ceiling", Level::Deny),
//! ]);
//! assert_eq!(findings[1].message(), "token kind `ci` lists `repo:*`, which also grants scopes that are declared later");
//! let explanation = checks::explain("no-owner").expect("a known code");
//! assert_eq!(explanation.summary, "a token kind has no owner");
//! # Ok::<(), token_policy::PolicyErrors>(())
//! ```
//!
//! No check reads a clock or a file. Only token-scan knows what a package's Rust sources declare beside the policy;
//! [`check_sources`] makes findings of it. Only an audit log knows which scopes tokens *used*, so the caller passes in
//! [`Usage`].

mod explanation;
mod kinds;
mod letters;
mod names;
mod settings;
mod sources;
mod usage;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::Policy;
use crate::mark::Mark;
use crate::report::{Finding, Place};

pub use self::explanation::{Explanation, explain, explanations};
use self::settings::Settings;
pub use self::sources::{Beside, Way, check_sources};
pub use self::usage::Usage;

/// Returns every finding in a policy, sorted by place.
///
/// `file` is the file name in the findings' places. Findings at the level [`Allow`](crate::Level::Allow) are left out,
/// and those that an exception matches. If `usage` is `None`, unused scopes are not reported.
pub fn check(policy: &Policy, file: &str, usage: Option<&Usage>) -> Vec<Finding> {
    let mut all = All::default();
    kinds::check(policy, &mut all);
    names::check(policy, &mut all);
    if let Some(usage) = usage {
        usage::check(policy, usage, &mut all);
    }
    let mut settings = Settings::of(policy);
    all.0.retain(|found| !settings.except(found));
    settings.check(usage.is_some(), &mut all);
    all.0.sort_by(|a, b| a.order().cmp(&b.order()));
    let told = all.0.iter().filter(|found| settings.is_told(found.code));
    told.map(|found| found.finding(policy, file, &settings)).collect()
}

/// Collects the findings of all checks.
#[derive(Default)]
struct All<'p>(Vec<Found<'p>>);

impl<'p> All<'p> {
    fn add(&mut self, found: Found<'p>) {
        self.0.push(found);
    }
}

/// A finding before its level is looked up.
struct Found<'p> {
    code: &'static Explanation,
    mark: Mark,
    message: String,
    fix: String,
    kind: Option<&'p str>,
    scope: Option<&'p str>,
}

impl<'p> Found<'p> {
    fn new(
        code: &'static Explanation,
        mark: Mark,
        message: String,
        fix: impl Into<String>,
    ) -> Found<'p> {
        Found { code, mark, message, fix: fix.into(), kind: None, scope: None }
    }

    fn kind(self, kind: &'p str) -> Found<'p> {
        Found { kind: Some(kind), ..self }
    }

    fn scope(self, scope: &'p str) -> Found<'p> {
        Found { scope: Some(scope), ..self }
    }

    fn order(&self) -> (crate::Position, &str, &str) {
        (self.mark.position, self.code.code, &self.message)
    }

    fn finding(&self, policy: &Policy, file: &str, settings: &Settings<'_>) -> Finding {
        let position = self.mark.position;
        let place = Place::new(file, position.line, position.column).length(self.mark.length);
        let mut finding = Finding::new(self.code.code, settings.level(self.code), &*self.message)
            .at(place)
            .fix(&*self.fix);
        if let Some(kind) = self.kind {
            finding = finding.fact("kind", kind);
        }
        if let Some(scope) = self.scope {
            finding = finding.fact("scope", scope);
        }
        match self.kind.and_then(|kind| policy.kind(kind)?.owner()) {
            Some(owner) => finding.fact("owner", owner),
            None => finding,
        }
    }
}

/// Joins names for a sentence: at most four of them, then the number of the others.
fn list(names: &[&str]) -> String {
    const SHOWN: usize = 4;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
