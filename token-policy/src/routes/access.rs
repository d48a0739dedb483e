//! Says who may come in.

use alloc::string::String;
use alloc::vec::Vec;

/// Who may come in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// Callers with a proof of scope: of the first proof, if a handler takes several.
    Proof {
        /// The scopes that the token must have, each of them.
        scopes: Vec<String>,
        /// The kinds of which the token may be.
        kinds: Vec<String>,
    },
    /// Everybody.
    Public {
        /// Why.
        reason: String,
    },
}

impl Access {
    /// Returns whether whoever may come in by this may come in by `outer`, too.
    pub(super) fn is_within(&self, outer: &Access) -> bool {
        match (self, outer) {
            (_, Access::Public { .. }) => true,
            (Access::Public { .. }, Access::Proof { .. }) => false,
            (
                Access::Proof { scopes, kinds },
                Access::Proof { scopes: needed, kinds: permitted },
            ) => {
                needed.iter().all(|scope| scopes.contains(scope))
                    && kinds.iter().all(|kind| permitted.contains(kind))
            }
        }
    }
}
