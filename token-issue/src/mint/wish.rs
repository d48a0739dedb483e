//! What was asked for, whatever the kind.

use std::{borrow::Cow, fmt, time::Duration};

use token_core::SourceDigest;

use crate::error::{Cause, Error};

/// What was asked for. `None` is what the token policy or the parent says.
#[derive(Clone, Default)]
pub(crate) struct Wish {
    pub(crate) lifetime: Option<Duration>,
    /// Of a narrowed token: the longest lifetime, also if the parent lives longer.
    pub(crate) at_most: Option<Duration>,
    pub(crate) scopes: Option<Vec<Cow<'static, str>>>,
    pub(crate) subject: Option<String>,
    pub(crate) audience: Option<String>,
    /// Of a new token. A narrowed one has its parent's.
    pub(crate) build: Option<SourceDigest>,
    pub(crate) actor: Option<String>,
    pub(crate) reason: Option<String>,
}

impl Wish {
    /// Fails if a text is longer than a record holds.
    pub(crate) fn check_texts(&self) -> Result<(), Error> {
        within("the subject", self.subject.as_deref(), MAX_NAME)?;
        within("the audience", self.audience.as_deref(), MAX_NAME)?;
        within("the actor", self.actor.as_deref(), MAX_NAME)?;
        within("the reason", self.reason.as_deref(), MAX_REASON)
    }

    pub(super) fn show(&self, name: &str, kind: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(name)
            .field("kind", &kind)
            .field("lifetime", &self.lifetime)
            .field("scopes", &self.scopes)
            .field("subject", &self.subject)
            .field("audience", &self.audience)
            .field("build", &self.build)
            .finish_non_exhaustive()
    }
}

/// Fails if a text is longer than a record holds.
pub(crate) fn within(what: &'static str, text: Option<&str>, limit: usize) -> Result<(), Error> {
    match text.is_none_or(|text| text.len() <= limit) {
        true => Ok(()),
        false => Err(Cause::TooLong { what, limit }.into()),
    }
}

/// The most bytes of an actor, a subject or an audience: as in a record of the crate `token-audit`.
pub(crate) const MAX_NAME: usize = 256;

/// The most bytes of a reason.
pub(crate) const MAX_REASON: usize = 1_024;
