//! The attempt to replace a slot's token. Its name is derived from the lock, so every run of it has the same.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::{Entry, Slot, SlotName};
use crate::{KindRule, PolicyDigest, meaning};

/// An attempt to replace the token of a slot. Whoever derives it from the same lock and policy gets the same one, on any
/// machine, so a run that was killed is gone on with by the next one.
///
/// ```
/// use token_policy::Policy;
/// use token_policy::lock::{Attempt, Lock, SlotName};
///
/// let policy = Policy::parse("version = 1
/// scopes.a = ''
/// environments.production = {}
/// [tokens.ci]
/// scopes       = ['a']
/// max_lifetime = '30d'
/// ")?;
/// let lock = Lock::new(&policy);
/// let (name, slot) = lock.slots().next().expect("the kind has a slot");
/// let attempt = Attempt::next(name, slot, policy.kind("ci").expect("declared above"));
/// assert_eq!(attempt.name(), format!("ci.production.{}", attempt.idempotency_key()));
/// assert_eq!(attempt.idempotency_key().len(), 32);
/// assert_eq!(attempt.generation(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # How it is derived
///
/// The 32 digits are the first 16 bytes of SHA-256 over the following, in the encoding of [`PolicyDigest`]:
///
/// ```text
/// str("token-policy/attempt/1"), str(kind), str(environment), opt(the 16 bytes of the current token's id),
/// the 32 bytes of the kind's digest
/// ```
///
/// A policy that says something else about the kind has other attempts: a token that was made by other rules is not taken for
/// one that these rules made.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Attempt {
    slot: SlotName,
    name: String,
    generation: u64,
}

impl Attempt {
    /// Returns the attempt that replaces the slot's current token, or makes its first one. `kind` must be the kind of the
    /// slot.
    pub fn next(name: &SlotName, slot: &Slot, kind: &KindRule) -> Attempt {
        let current = slot.current.as_ref().and_then(|entry| entry.token.as_ref());
        let generation = current.map_or(0, |token| token.generation).saturating_add(1);
        let id = current.map(|token| &token.id);
        Attempt::derived(name, id, &kind.digest(), generation)
    }

    /// Returns the attempts that may have made the current token, while the lock still has the line of the token before:
    /// none, one or two. What a run of it left behind when it was killed is found by its name.
    ///
    /// There are two if the line of the token before states another policy than `kind` does: the policy may have changed
    /// before the attempt or after it.
    pub fn before(name: &SlotName, slot: &Slot, kind: &KindRule) -> Vec<Attempt> {
        let token = |entry: &Option<Entry>| entry.as_ref().and_then(|entry| entry.token.clone());
        let (Some(current), Some(previous), Some(line)) =
            (token(&slot.current), token(&slot.previous), &slot.previous)
        else {
            return Vec::new();
        };
        let mut digests = Vec::from([kind.digest(), line.policy]);
        digests.dedup();
        let attempt = |digest: &PolicyDigest| {
            Attempt::derived(name, Some(&previous.id), digest, current.generation)
        };
        digests.iter().map(attempt).collect()
    }

    fn derived(
        slot: &SlotName,
        id: Option<&[u8; 16]>,
        digest: &PolicyDigest,
        generation: u64,
    ) -> Attempt {
        let derived = meaning::of_attempt(slot.kind(), slot.environment(), id, digest);
        let name = format!("{slot}.{derived:.DIGITS$}");
        Attempt { slot: slot.clone(), name, generation }
    }

    /// Returns the slot whose token is replaced.
    pub fn slot(&self) -> &SlotName {
        &self.slot
    }

    /// Returns the name: `kind.environment.` and 32 hexadecimal digits.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the 32 digits alone, for issuers that take a key by which they know a request again.
    pub fn idempotency_key(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or_default()
    }

    /// Returns which token of the slot the attempt makes: 1 for the first, then one more at each rotation.
    pub fn generation(&self) -> u64 {
        self.generation
    }
}

/// Writes the [name](Attempt::name).
impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attempt({}, generation {})", self.name, self.generation)
    }
}

/// How many hexadecimal digits an attempt has: 16 bytes.
const DIGITS: usize = 32;
