//! The environments of the compiled policy, and which kinds are used there.

use core::fmt;

use crate::{digest::AssuranceLevel, scope::CompiledKind};

/// An environment that the policy declares, such as `production`.
#[derive(Debug)]
#[non_exhaustive]
pub struct CompiledEnvironment {
    /// Its name.
    pub name: &'static str,
    /// Whether only releases run there: a program whose source is unknown is refused.
    pub release: bool,
    /// Whether a token that is newer than the deployed lock is refused there.
    pub strict: bool,
    /// How well, at least, it must be known which image runs there.
    pub assurance: AssuranceLevel,
    /// The kinds that are used there.
    pub slots: &'static [CompiledSlot],
}

/// A slot: a kind in an environment.
#[non_exhaustive]
pub struct CompiledSlot {
    /// The kind.
    pub kind: &'static CompiledKind,
    /// Whether the lock has no line for each of its tokens, since they live too shortly to be reviewed.
    pub ephemeral: bool,
    /// The digest of the scopes that its tokens carry, as a lock states it.
    pub scopes: [u8; 32],
}

impl fmt::Debug for CompiledSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompiledSlot")
            .field("kind", &self.kind.name)
            .field("ephemeral", &self.ephemeral)
            .finish_non_exhaustive()
    }
}
