//! What `create` prints, if it is more than the token.

use alloc::string::String;

use super::Template;

/// Where the parts of the answer of `create` stand. The answer is a JSON object (RFC 8259); a path is the keys that lead to
/// a value, joined by dots, such as `auth.client_token`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reply {
    pub(crate) token: String,
    pub(crate) handle: Option<ReplyHandle>,
    pub(crate) expires: Option<ReplyExpiry>,
}

impl Reply {
    /// Returns the path of the token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Returns how the issuer's public name for the token is known, or `None` if the answer does not tell it.
    pub fn handle(&self) -> Option<&ReplyHandle> {
        self.handle.as_ref()
    }

    /// Returns where the answer says when the token expires, or `None` if it does not.
    pub fn expires(&self) -> Option<&ReplyExpiry> {
        self.expires.as_ref()
    }
}

/// How the issuer's public name for a new token is known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ReplyHandle {
    /// The answer has it at this path.
    Path(String),
    /// Whoever creates a token names it: by this text, once its placeholders have values. It has `{attempt}` or
    /// `{idempotency_key}`.
    Text(Template),
}

/// Where the answer says when a new token expires.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ReplyExpiry {
    /// `expires_in`: at this path is the number of seconds from now.
    In(String),
    /// `expires_at`: at this path is the time, in the form of RFC 3339 or as seconds since 1970.
    At(String),
}
