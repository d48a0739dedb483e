//! The lock: which tokens are live, and what they are bound to, as a file that is reviewed.
//!
//! `tokens.lock` stands beside the policy, and is committed. It holds facts, and no secret: no byte of a token, and
//! nothing that a token could be guessed from.
//!
//! ```
//! use token_policy::Policy;
//! use token_policy::lock::Lock;
//!
//! let policy = Policy::parse("version = 1
//! scopes.'repo:read' = ''
//! environments.production = {}
//! [tokens.ci]
//! scopes       = ['repo:read']
//! max_lifetime = '90d'
//! ")?;
//! let lock = Lock::new(&policy);
//! assert_eq!(lock.to_string(), "\
//! ## The live tokens, and what they are bound to: facts, no secrets. `tokenctl lock` writes this file.
//! version = 1
//!
//! [ci.production]
//! ");
//! assert_eq!(Lock::parse(&lock.to_string())?, lock);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The file
//!
//! It is TOML, and has exactly one spelling:
//!
//! - a comment and `version = 1`;
//! - for each *slot* of the policy, which is a kind in an environment, a blank line and the header
//!   `[kind.environment]`, sorted, whether or not a token is live there;
//! - below the header `current = "…"`, and `previous = "…"` while the token before it may still be in use.
//!
//! So two branches that rotate different slots change lines that are apart, and git merges them. Two that rotate the same
//! slot conflict, or give it a line twice, which is refused.
//!
//! A line is a list of `name=value`, with one space between them, in this order:
//!
//! | fact | what it is | where |
//! |---|---|---|
//! | `id` | the token's public id, 32 hexadecimal digits | but for ephemeral kinds |
//! | `generation` | which token of the slot it is: 1 for the first | with `id` |
//! | `expires` | when it expires, such as `2026-12-01T00:00:00Z`, or `never` | with `id` |
//! | `retire_after` | when the previous token is to be ended | in `previous` only |
//! | `scopes` | the [digest of the scopes](ScopesDigest) that the kind's tokens carry | always |
//! | `policy` | the kind's own [digest](crate::KindRule::digest) | always |
//! | `source` | the [source](crate::SourceDigest) of the program that may use it | if it is bound to one |
//! | `image` | the [image](crate::ImageDigest) that the program runs in | if it is bound to one |
//! | `assurance` | how well it was known that the image is this one | with `image` |
//! | `log` | the index of the token's creation in the audit log | if it is on record |
//! | `handle` | the issuer's public name for the token, by which it is revoked | if the issuer gave one |
//!
//! The time of writing, the digest of the whole policy or of the file itself are left out: two branches would conflict in
//! them. A tag is no digest, and does not parse. The line of an [ephemeral](crate::KindRule::is_ephemeral) kind has no
//! `id`, `generation`, `expires`, `log` and `handle`: it would change with every token.

mod attempt;
mod check;
mod diff;
mod entry;
mod error;
mod line;
mod read;
mod slot;
mod time;
mod update;
mod values;
mod write;

use alloc::collections::BTreeMap;

pub use self::attempt::Attempt;
pub use self::check::{Problem, ProblemKind};
pub use self::diff::{Change, Effect, diff};
pub use self::entry::{Entry, Handle, InvalidHandle, LockedImage, LockedToken};
pub use self::error::{LockError, LockErrorKind};
pub use self::slot::{Slot, SlotName};
pub use self::values::StepValues;
use crate::Policy;
pub use crate::ScopesDigest;

/// The length of the longest lock, in bytes: 4 MiB. A longer text is refused before it is parsed.
pub const MAX_LOCK_BYTES: usize = 4 * 1024 * 1024;

/// The name of a lock's file. It stands beside `tokens.toml`.
pub const FILE_NAME: &str = "tokens.lock";

/// The facts of a `tokens.lock`. See the [module](self) for the file.
///
/// Two locks are equal if they state the same facts. `Display` writes the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    slots: BTreeMap<SlotName, Slot>,
}

impl Lock {
    /// Makes the lock of a policy under which no token is live: a slot for each kind in each of its environments.
    pub fn new(policy: &Policy) -> Lock {
        let names = policy.slots().map(|slot| SlotName::of(&slot));
        Lock { slots: names.map(|name| (name, Slot::default())).collect() }
    }

    /// Reads a lock.
    ///
    /// # Errors
    ///
    /// Fails unless the text is exactly what `Display` writes, but for the line ends, which may be those of Windows. The
    /// error names the place, and repeats no value of the file.
    pub fn parse(text: &str) -> Result<Lock, LockError> {
        read::read(text)
    }

    /// Reads the facts of a lock that is not written as `Display` writes it: in another order, with comments or other
    /// quotes. It is for who writes the lock anew.
    ///
    /// # Errors
    ///
    /// Fails as [`parse`](Lock::parse) does for everything else, such as a slot that is there twice.
    pub fn parse_facts(text: &str) -> Result<Lock, LockError> {
        read::facts(text)
    }

    /// Iterates over the slots, sorted by kind and then by environment.
    pub fn slots(&self) -> impl Iterator<Item = (&SlotName, &Slot)> {
        self.slots.iter()
    }

    /// Returns the slot of a kind in an environment, or `None` if the lock has none.
    pub fn slot(&self, kind: &str, environment: &str) -> Option<&Slot> {
        self.slots.get(&SlotName::new(kind, environment)?)
    }

    /// Returns the slot of this name to write into it. The lock gets the slot if it has none.
    pub fn slot_mut(&mut self, name: SlotName) -> &mut Slot {
        self.slots.entry(name).or_default()
    }

    /// Keeps the slots for which `is_kept` is true.
    pub fn retain(&mut self, mut is_kept: impl FnMut(&SlotName, &Slot) -> bool) {
        self.slots.retain(|name, slot| is_kept(name, slot));
    }
}
