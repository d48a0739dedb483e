//! Reports what Rust sources declare beside the policy.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::explanation::{DERIVED_KIND, FURTHER_POLICY, SHADOWING_MODULE, WRITTEN_GRANT};
use super::settings::Settings;
use super::{Explanation, Finding};
use crate::Policy;
use crate::report::Place;

/// Something in a package's Rust sources that gives tokens rules which are not in the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    way: Way,
    place: Place,
}

/// How sources can give tokens rules beside the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Way {
    /// A token kind is derived.
    DerivedKind {
        /// The kind's name, if it is written there.
        kind: Option<String>,
    },
    /// `policy!` reads another file.
    FurtherPolicy {
        /// The path as it is written, or `None` if it is not written there.
        file: Option<String>,
    },
    /// A module or an import has the name of a module that `policy!` makes.
    ShadowingModule {
        /// The name: `scope` or `kind`.
        module: String,
    },
    /// `Grants` or `TokenKind` is implemented by hand.
    WrittenGrant {
        /// The trait's name.
        implemented: String,
    },
}

impl Beside {
    /// Makes one, which stands at `place`.
    pub fn new(way: Way, place: Place) -> Beside {
        Beside { way, place }
    }

    /// Returns what it is.
    pub fn way(&self) -> &Way {
        &self.way
    }

    /// Returns where it stands.
    pub fn place(&self) -> &Place {
        &self.place
    }

    fn code(&self) -> &'static Explanation {
        match self.way {
            Way::DerivedKind { .. } => &DERIVED_KIND,
            Way::FurtherPolicy { .. } => &FURTHER_POLICY,
            Way::ShadowingModule { .. } => &SHADOWING_MODULE,
            Way::WrittenGrant { .. } => &WRITTEN_GRANT,
        }
    }

    fn message(&self) -> String {
        match &self.way {
            Way::DerivedKind { kind: Some(kind) } => {
                format!("the token kind `{kind}` is derived here, and not declared in the policy")
            }
            Way::DerivedKind { kind: None } => {
                "a token kind is derived here, and not declared in the policy".to_owned()
            }
            Way::FurtherPolicy { file: Some(file) } => {
                format!("`policy!` reads `{file}`, which is not the policy that is checked")
            }
            Way::FurtherPolicy { file: None } => {
                "`policy!` reads a file whose path is not written here".to_owned()
            }
            Way::ShadowingModule { module } => {
                format!(
                    "`{module}` is the name of a module that `policy!` makes, and is another one here"
                )
            }
            Way::WrittenGrant { implemented } => {
                format!("`{implemented}` is implemented by hand, beside the policy")
            }
        }
    }

    fn fix(&self) -> &'static str {
        match self.way {
            Way::DerivedKind { .. } => {
                "declare the kind in the policy; in a test, put it under `#[cfg(test)]`"
            }
            Way::FurtherPolicy { .. } => {
                "declare its kinds in the policy that is checked, or name this file in the check too"
            }
            Way::ShadowingModule { .. } => "give it another name",
            Way::WrittenGrant { .. } => "grant the scope in the policy",
        }
    }
}

/// Returns a finding for each thing that sources declare beside the policy, sorted by place.
///
/// The policy's `[checks]` sets the levels; an exception can name the kind that is derived. Findings at the level
/// [`Allow`](crate::Level::Allow) are left out.
pub fn check_sources(policy: &Policy, found: &[Beside]) -> Vec<Finding> {
    let settings = Settings::of(policy);
    let mut told: Vec<&Beside> = found
        .iter()
        .filter(|beside| settings.is_told(beside.code()))
        .filter(|beside| !settings.excepts_kind(beside.code().code, kind(beside)))
        .collect();
    told.sort_by(|a, b| a.place.cmp(&b.place));
    let finding = |beside: &&Beside| {
        let code = beside.code();
        let finding = Finding::new(code.code, settings.level(code), beside.message())
            .at(beside.place.clone())
            .fix(beside.fix());
        match kind(beside) {
            Some(kind) => finding.fact("kind", kind),
            None => finding,
        }
    };
    told.iter().map(finding).collect()
}

fn kind(beside: &Beside) -> Option<&str> {
    match &beside.way {
        Way::DerivedKind { kind } => kind.as_deref(),
        Way::FurtherPolicy { .. } | Way::ShadowingModule { .. } | Way::WrittenGrant { .. } => None,
    }
}
