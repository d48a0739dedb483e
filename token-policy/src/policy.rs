//! Holds the rules, as read and checked.

use alloc::string::String;
use alloc::vec::Vec;

use crate::format::Prefix;
use crate::mark::{CheckRules, KindMarks, ScopeMarks};
use crate::scan_rules::ScanRules;
use crate::steps::Steps;
use crate::{
    EnvironmentRule, Lifetime, PolicyDigest, PolicyErrors, Position, Rotate, Source, Spanned, Uses,
    document,
};

/// The rules of a policy file that was read and is valid.
#[derive(Clone, Debug)]
pub struct Policy {
    pub(crate) scopes: Vec<ScopeRule>,
    pub(crate) kinds: Vec<KindRule>,
    pub(crate) environments: Vec<EnvironmentRule>,
    #[cfg_attr(not(feature = "checks"), allow(dead_code, reason = "only the checks look there"))]
    pub(crate) checks: CheckRules,
    pub(crate) scan: ScanRules,
    pub(crate) digest: PolicyDigest,
}

impl Policy {
    /// Reads a policy file.
    ///
    /// # Errors
    ///
    /// The error holds the mistakes in the file, each with its place; see [`PolicyErrors`].
    pub fn parse(text: &str) -> Result<Policy, PolicyErrors> {
        document::read(text)
    }

    /// Returns the digest of what the policy means.
    pub fn digest(&self) -> PolicyDigest {
        self.digest
    }

    /// Returns the declared scopes, sorted by name.
    pub fn scopes(&self) -> &[ScopeRule] {
        &self.scopes
    }

    /// Returns the token kinds, sorted by name.
    pub fn kinds(&self) -> &[KindRule] {
        &self.kinds
    }

    /// Returns what the policy says about scans for tokens.
    pub fn scan(&self) -> &ScanRules {
        &self.scan
    }

    /// Returns the scope with this name, or `None` if the policy declares none.
    pub fn scope(&self, name: &str) -> Option<&ScopeRule> {
        find(&self.scopes, name, ScopeRule::name)
    }

    /// Returns the token kind with this name, or `None` if the policy declares none.
    pub fn kind(&self, name: &str) -> Option<&KindRule> {
        find(&self.kinds, name, KindRule::name)
    }
}

/// A scope that a policy declares.
#[derive(Clone, Debug)]
pub struct ScopeRule {
    pub(crate) name: String,
    pub(crate) position: Position,
    pub(crate) description: Option<String>,
    pub(crate) rust_type: Option<Spanned<String>>,
    pub(crate) issuer_name: Option<String>,
    pub(crate) implies: Vec<String>,
    #[cfg_attr(not(feature = "checks"), allow(dead_code, reason = "only the checks look there"))]
    pub(crate) marks: ScopeMarks,
}

impl ScopeRule {
    /// Returns the scope's name in the policy, such as `repo:read`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the name that the issuer gives the scope, which stands in grants. It is [`name`](ScopeRule::name) unless
    /// the policy says otherwise, as it must if two issuers have scopes of the same name.
    pub fn issuer_name(&self) -> &str {
        self.issuer_name.as_deref().unwrap_or(&self.name)
    }

    /// Returns where the scope's name stands.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Returns the policy's description of the scope, or `None` if there is none.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Returns the path of the Rust type that stands for the scope, or `None` if no other crate declares one.
    pub fn rust_type(&self) -> Option<&Spanned<String>> {
        self.rust_type.as_ref()
    }

    /// Returns every scope that this one implies, directly or through others, without itself; sorted.
    pub fn implies(&self) -> &[String] {
        &self.implies
    }
}

/// A token kind that a policy declares.
#[derive(Clone, Debug)]
pub struct KindRule {
    pub(crate) name: String,
    pub(crate) position: Position,
    pub(crate) description: Option<String>,
    pub(crate) owner: Option<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) closure: Vec<String>,
    pub(crate) max_lifetime: Option<Lifetime>,
    pub(crate) leeway: Lifetime,
    pub(crate) audience: Option<String>,
    pub(crate) uses: Uses,
    pub(crate) source: Option<Source>,
    pub(crate) rotate: Option<Rotate>,
    pub(crate) steps: Option<Steps>,
    pub(crate) store: Option<String>,
    pub(crate) format: Option<Spanned<Prefix>>,
    pub(crate) environments: Vec<String>,
    pub(crate) ephemeral: bool,
    #[cfg_attr(not(feature = "checks"), allow(dead_code, reason = "only the checks look there"))]
    pub(crate) marks: KindMarks,
    pub(crate) digest: PolicyDigest,
}

impl KindRule {
    /// Returns the kind's name, such as `github-ci`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns where the kind's name stands.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Returns the policy's description of the kind, or `None` if there is none.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Returns who is responsible for the kind's tokens, or `None` if the policy doesn't say.
    pub fn owner(&self) -> Option<&str> {
        self.owner.as_deref()
    }

    /// Returns the scopes that the kind lists, with wildcards written out; sorted.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// Returns the scopes that the kind's tokens carry: those that it lists and all that they imply; sorted.
    pub fn closure(&self) -> &[String] {
        &self.closure
    }

    /// Returns how long the kind's tokens may live, or `None` if they need not expire: the policy says
    /// `expiry = "none"`. Such a kind is [rotated](KindRule::rotate) by age.
    pub fn max_lifetime(&self) -> Option<Lifetime> {
        self.max_lifetime
    }

    /// Returns how far two clocks may disagree about the kind's tokens: zero unless the policy says otherwise.
    pub fn leeway(&self) -> Lifetime {
        self.leeway
    }

    /// Returns for whom the kind's tokens are meant, or `None` if they are meant for anybody.
    pub fn audience(&self) -> Option<&str> {
        self.audience.as_deref()
    }

    /// Returns how often one token of the kind may be used.
    pub fn uses(&self) -> Uses {
        self.uses
    }

    /// Returns where the kind's tokens come from, or `None` if the policy doesn't say.
    pub fn source(&self) -> Option<&Source> {
        self.source.as_ref()
    }

    /// Returns when the kind's tokens are replaced, or `None` if the policy doesn't say.
    pub fn rotate(&self) -> Option<&Rotate> {
        self.rotate.as_ref()
    }

    /// Returns the steps by which the kind's tokens are replaced in CI, or `None` if the policy names none. A kind with
    /// steps has a [`rotate`](KindRule::rotate), is not ephemeral, and has a slot.
    pub fn steps(&self) -> Option<&Steps> {
        self.steps.as_ref()
    }

    /// Returns the path at which the program keeps the refresh token by which it gets the kind's tokens, or `None` if the
    /// policy doesn't say.
    pub fn store(&self) -> Option<&str> {
        self.store.as_deref()
    }

    /// Returns the prefix of the kind's tokens, or `None` if they don't have the project's own [format](crate::format).
    pub fn format(&self) -> Option<&Spanned<Prefix>> {
        self.format.as_ref()
    }

    /// Returns the names of the environments in which the kind has a slot: all that the policy declares, unless the kind
    /// lists some; sorted.
    pub fn environments(&self) -> &[String] {
        &self.environments
    }

    /// Returns whether a lock leaves the kind's tokens out, since they live too shortly to be reviewed. It is so if they
    /// live at most [an hour](crate::limits::EPHEMERAL_LIFETIME), unless the policy says otherwise.
    pub fn is_ephemeral(&self) -> bool {
        self.ephemeral
    }

    /// Returns the digest of what the policy says about this kind and the scopes it carries, and nothing else.
    pub fn digest(&self) -> PolicyDigest {
        self.digest
    }
}

fn find<'a, T>(sorted: &'a [T], name: &str, name_of: fn(&T) -> &str) -> Option<&'a T> {
    let at = sorted.binary_search_by(|rule| name_of(rule).cmp(name)).ok()?;
    sorted.get(at)
}
