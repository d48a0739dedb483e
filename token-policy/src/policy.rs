//! The rules, as read and checked.

use alloc::string::String;
use alloc::vec::Vec;

use crate::format::Prefix;
use crate::mark::{CheckRules, KindMarks, ScopeMarks};
use crate::{
    Lifetime, PolicyDigest, PolicyErrors, Position, Rotate, Source, Spanned, Uses, document,
};

/// A policy file that was read and is valid.
#[derive(Clone, Debug)]
pub struct Policy {
    pub(crate) scopes: Vec<ScopeRule>,
    pub(crate) kinds: Vec<KindRule>,
    #[cfg_attr(not(feature = "checks"), allow(dead_code, reason = "only the checks look there"))]
    pub(crate) checks: CheckRules,
    pub(crate) digest: PolicyDigest,
}

impl Policy {
    /// Reads a policy file.
    ///
    /// # Errors
    ///
    /// Every mistake in the file, each with its place; see [`PolicyErrors`].
    pub fn parse(text: &str) -> Result<Policy, PolicyErrors> {
        document::read(text)
    }

    /// The digest of what the policy means.
    pub fn digest(&self) -> PolicyDigest {
        self.digest
    }

    /// The declared scopes, sorted by name.
    pub fn scopes(&self) -> &[ScopeRule] {
        &self.scopes
    }

    /// The token kinds, sorted by name.
    pub fn kinds(&self) -> &[KindRule] {
        &self.kinds
    }

    /// The scope with this name.
    pub fn scope(&self, name: &str) -> Option<&ScopeRule> {
        find(&self.scopes, name, ScopeRule::name)
    }

    /// The token kind with this name.
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
    pub(crate) implies: Vec<String>,
    #[cfg_attr(not(feature = "checks"), allow(dead_code, reason = "only the checks look there"))]
    pub(crate) marks: ScopeMarks,
}

impl ScopeRule {
    /// Its name, such as `repo:read`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where its name stands.
    pub fn position(&self) -> Position {
        self.position
    }

    /// The policy's description of the scope.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The path of the Rust type that stands for it, if another crate declares one.
    pub fn rust_type(&self) -> Option<&Spanned<String>> {
        self.rust_type.as_ref()
    }

    /// Every scope that it implies, directly or through others, without itself; sorted.
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
    pub(crate) max_lifetime: Lifetime,
    pub(crate) leeway: Lifetime,
    pub(crate) audience: Option<String>,
    pub(crate) uses: Uses,
    pub(crate) source: Option<Source>,
    pub(crate) rotate: Option<Rotate>,
    pub(crate) format: Option<Spanned<Prefix>>,
    #[cfg_attr(not(feature = "checks"), allow(dead_code, reason = "only the checks look there"))]
    pub(crate) marks: KindMarks,
    pub(crate) digest: PolicyDigest,
}

impl KindRule {
    /// Its name, such as `github-ci`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where its name stands.
    pub fn position(&self) -> Position {
        self.position
    }

    /// The policy's description of the kind.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Who is responsible for its tokens.
    pub fn owner(&self) -> Option<&str> {
        self.owner.as_deref()
    }

    /// The scopes it lists, with wildcards written out; sorted.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// The scopes its tokens carry: those it lists and all they imply; sorted.
    pub fn closure(&self) -> &[String] {
        &self.closure
    }

    /// How long its tokens may live.
    pub fn max_lifetime(&self) -> Lifetime {
        self.max_lifetime
    }

    /// How far two clocks may disagree about its tokens; zero unless the policy says otherwise.
    pub fn leeway(&self) -> Lifetime {
        self.leeway
    }

    /// Whom its tokens are meant for.
    pub fn audience(&self) -> Option<&str> {
        self.audience.as_deref()
    }

    /// How often one of its tokens may be used.
    pub fn uses(&self) -> Uses {
        self.uses
    }

    /// Where its tokens come from.
    pub fn source(&self) -> Option<&Source> {
        self.source.as_ref()
    }

    /// When its tokens are replaced.
    pub fn rotate(&self) -> Option<&Rotate> {
        self.rotate.as_ref()
    }

    /// The prefix of its tokens, if they are of the project's own [format](crate::format).
    pub fn format(&self) -> Option<&Spanned<Prefix>> {
        self.format.as_ref()
    }

    /// The digest of what the policy says about this kind and the scopes it carries, and nothing else.
    pub fn digest(&self) -> PolicyDigest {
        self.digest
    }
}

fn find<'a, T>(sorted: &'a [T], name: &str, name_of: fn(&T) -> &str) -> Option<&'a T> {
    let at = sorted.binary_search_by(|rule| name_of(rule).cmp(name)).ok()?;
    sorted.get(at)
}
