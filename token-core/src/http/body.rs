//! Bodies that carry a token: wiped.

use bytes::Bytes;

use super::header::Wiping;
use crate::Secret;

impl Secret {
    /// The bytes as the body of an HTTP message (feature `http`): for a server that hands a token out, or a client that sends
    /// one in a form. Clones share one buffer, which is wiped when the last of them drops. `why` says what for: it is for a
    /// reviewer, who can search for `into_body`.
    ///
    /// Copies that a server or client makes, for example in its write buffer, are not wiped.
    ///
    /// ```
    /// use token_core::Secret;
    ///
    /// let body = Secret::from(String::from("a=b")).into_body("a token request");
    /// assert_eq!(&body[..], b"a=b");
    /// ```
    #[must_use]
    pub fn into_body(self, why: &'static str) -> Bytes {
        let _ = why;
        Bytes::from_owner(Wiping(self))
    }
}
