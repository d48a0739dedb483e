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
    /// Fails if a text by which something is decided is longer than a record holds: two subjects that were cut could be
    /// the same. A text that only tells is [cut](told).
    pub(crate) fn check_texts(&self) -> Result<(), Error> {
        within("the subject", self.subject.as_deref())?;
        within("the audience", self.audience.as_deref())
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

fn within(what: &'static str, text: Option<&str>) -> Result<(), Error> {
    match text.is_none_or(|text| text.len() <= MAX_NAME) {
        true => Ok(()),
        false => Err(Cause::TooLong { what, limit: MAX_NAME }.into()),
    }
}

/// An actor as rows and records have it.
pub(crate) fn told_actor(actor: String) -> String {
    told(actor, MAX_NAME)
}

/// A reason as rows and records have it.
pub(crate) fn told_reason(reason: String) -> String {
    told(reason, MAX_REASON)
}

/// Cuts a text to `limit` bytes. It ends with a mark then, which says how long it was. Such a text is often a caller's own: if
/// it were refused, a long one would keep a token from being minted, or a leaked one from being revoked.
fn told(text: String, limit: usize) -> String {
    if text.len() <= limit {
        return text;
    }
    let mark = format!("…[{} bytes]", text.len());
    let most = limit.saturating_sub(mark.len());
    let end = (0..=most).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{}{mark}", text.get(..end).unwrap_or_default())
}

/// The most bytes of an actor, a subject or an audience: as in a record of the crate `token-audit`.
const MAX_NAME: usize = 256;

/// The most bytes of a reason.
const MAX_REASON: usize = 1_024;
