//! How a verifier fares.

use std::{error, fmt};

use token_core::record::Epoch;

use crate::{lease::Distrust, registry::RegistryError};

/// How a verifier fares. A readiness check of a service shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Health {
    /// Its memory answers.
    Ready,
    /// Its memory may not answer, since the registry was not heard of for a second. Each token is read from the registry, and refused as
    /// [`Unavailable`](token_core::caller::Refused::Unavailable) if that fails too.
    #[non_exhaustive]
    Unavailable {
        /// What the registry said last.
        error: Option<RegistryError>,
    },
    /// The registry has lost revocations, or may be behind. All tokens are refused.
    #[non_exhaustive]
    Distrusted {
        /// Why, and what to do.
        why: Distrusted,
    },
}

/// Why a verifier does not trust its registry.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Distrusted {
    pub(super) why: Distrust,
    pub(super) own: Epoch,
    pub(super) found: Epoch,
}

impl fmt::Display for Distrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.why {
            Distrust::InRecovery => f.write_str(
                "the registry is a replica or is being recovered, and may lack revocations; connect to the primary",
            ),
            Distrust::OtherHistory => write!(
                f,
                "the registry has another history: this verifier has applied revocation {}, and the registry, which is at {}, \
                 does not have it. It was restored from a backup, or is another one. Connect to the right one; or, if what was \
                 lost has been revoked again, restart the verifiers",
                self.own.n, self.found.n
            ),
        }
    }
}

impl fmt::Debug for Distrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl error::Error for Distrusted {}
