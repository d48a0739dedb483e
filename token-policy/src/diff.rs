//! Compares two policies: does the new one permit more, less, the same, or something else?
//!
//! ```
//! use token_policy::Policy;
//! use token_policy::diff::{Verdict, diff};
//!
//! let old = Policy::parse("version = 1
//! scopes = { 'repo:read' = '', 'repo:write' = { implies = ['repo:read'] } }
//! [tokens.ci]
//! scopes       = ['repo:read']
//! max_lifetime = '1h'
//! ")?;
//! let new = Policy::parse("version = 1
//! scopes = { 'repo:read' = '', 'repo:write' = { implies = ['repo:read'] } }
//! [tokens.ci]
//! scopes       = ['repo:write']
//! max_lifetime = '8h'
//! owner        = 'platform'
//! ")?;
//! let diff = diff(&old, &new);
//! assert_eq!(diff.verdict(), Verdict::Wider);
//! assert_eq!(diff.to_string(), "\
//! wider: kind `ci`: scope `repo:write` is new; a token with `repo:write` living 8h is now admitted
//! wider: kind `ci`: `max_lifetime` is 8h, was 1h; a token with `repo:read` living 8h is now admitted
//! equal: kind `ci`: `owner` is `platform`, was not set; it changes nothing that a token may do
//! ");
//! # Ok::<(), token_policy::PolicyErrors>(())
//! ```
//!
//! # What a policy permits
//!
//! A policy permits a set of acts. An act is one use of a token of one kind, described by what the left column says:
//!
//! | | a kind permits |
//! |---|---|
//! | the scope that the operation needs | those of its closure |
//! | what the issuer calls that scope | the scope's `name` |
//! | the Rust type by which the operation names it | the type that `policy!` makes; and the scope's `type`, if it has one |
//! | how long the token lives | up to `max_lifetime`; without end, if `expiry` is `none` |
//! | how far the clocks are apart | up to `leeway` |
//! | for whom the token is | its `audience`; anybody, if it has none |
//! | whether it is the token's first use or a later one | the first, if `uses` is `once`; any, if not |
//! | where the token comes from, who can read that file, how long that command takes | the `source`, with up to those readers and that long; anywhere, if it has none |
//! | if it ends: how long before that it is replaced, how long it stays valid then | at least `before_expiry`, at most `overlap`; anything, if it has no `rotate`, or if `expiry` is `none` |
//! | if it does not end: at which age it is replaced, how long it is used then | at most `after`, at most `overlap` |
//! | by which steps it is replaced in CI | exactly its `steps`; none, if it has none |
//! | where the refresh token is kept | in its `store`, or nowhere; nowhere, if it has none |
//! | what the token begins with | its `format`; anything, if it has none |
//!
//! A kind permits every combination of what its rows permit, and each row permits something. So kind A permits no more
//! than kind B exactly if each row of A permits no more than the same row of B. Policy A permits no more than policy B
//! exactly if B has each kind of A, and A's kind permits no more than B's. The verdict follows from these comparisons
//! alone, without a solver.
//!
//! What the command of a step does is not known here. So a changed step permits neither more nor less but something else,
//! as a changed command of a `source` does, and each key of the steps that changed is a fact.
//!
//! A scope's `type` names a type of another crate, so it permits the operations of that crate. A kind that carries a
//! scope permits more if the scope gains a `type`, less if it loses one, and something else if it has another one.
//!
//! Of an environment, a policy permits the tokens that a lock has there. It permits more if the environment is declared,
//! if it asks for no `release`, is not `strict` or asks for a lower `assurance`; if a kind has a slot there, and still more
//! if that kind is `ephemeral`, since its tokens need not be in the lock.
//!
//! An owner, a description, and a scope that no kind carries permit nothing. If such a change is covered by the
//! [digest](crate::PolicyDigest) or is one of a `type`, it is a fact with the verdict `equal`. So there are no facts
//! exactly if the digests and the types are the same.

mod compare;
mod environment;
mod fact;
mod kind;
mod scope;
mod steps;
mod words;

use alloc::vec::Vec;
use core::fmt;

pub use self::fact::{Aspect, Fact};
use crate::report::Finding;
pub use crate::verdict::Verdict;
use crate::{EnvironmentRule, KindRule, Policy, Position, ScopeRule};

/// Compares a policy with the one that it replaces.
pub fn diff(old: &Policy, new: &Policy) -> Diff {
    let mut facts = Vec::new();
    let policies = (old, new);
    for (old, new) in pairs(old.kinds(), new.kinds(), KindRule::name) {
        kind::compare(policies, old, new, &mut facts);
    }
    for (old, new) in pairs(old.scopes(), new.scopes(), ScopeRule::name) {
        scope::compare(old, new, &mut facts);
    }
    for (was, is) in pairs(old.environments(), new.environments(), EnvironmentRule::name) {
        environment::compare((old, new), was, is, &mut |fact| facts.push(fact));
    }
    Diff { facts }
}

/// Holds how a policy differs from the one that it replaces.
///
/// `Display` writes one fact per line: kinds by name, then scopes, then environments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diff {
    facts: Vec<Fact>,
}

impl Diff {
    /// Returns the verdict on the new policy, compared with the old one: that of all facts together.
    pub fn verdict(&self) -> Verdict {
        self.facts.iter().fold(Verdict::Equal, |all, fact| all.and(fact.bearing()))
    }

    /// Returns every single change: kinds by name, then scopes, then environments.
    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// Returns the facts as findings. `file` is the new policy's file name in their places.
    ///
    /// Their codes are `policy-wider`, `policy-narrower`, `policy-incomparable` and `policy-changed`. `policy-wider`
    /// and `policy-incomparable` have the level [`Deny`](crate::Level::Deny), the other two have
    /// [`Allow`](crate::Level::Allow).
    pub fn findings(&self, file: &str) -> Vec<Finding> {
        self.facts.iter().map(|fact| fact.finding(file)).collect()
    }
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.facts.iter().try_for_each(|fact| writeln!(f, "{fact}"))
    }
}

/// Merges two lists that are sorted by name. Yields items of the same name as a pair; an item without a partner comes
/// with `None`.
fn pairs<'a, T>(
    old: &'a [T],
    new: &'a [T],
    name: fn(&T) -> &str,
) -> impl Iterator<Item = (Option<&'a T>, Option<&'a T>)> {
    let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
    core::iter::from_fn(move || {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return None,
            (Some(_), None) => core::cmp::Ordering::Less,
            (None, Some(_)) => core::cmp::Ordering::Greater,
            (Some(old), Some(new)) => name(old).cmp(name(new)),
        };
        let old = old.next_if(|_| order.is_le());
        Some((old, new.next_if(|_| order.is_ge())))
    })
}

/// Returns where the kind or scope stands in the new policy, or `None` if the new policy lacks it.
fn position<T>(new: Option<&T>, position: fn(&T) -> Position) -> Option<Position> {
    new.map(position)
}
