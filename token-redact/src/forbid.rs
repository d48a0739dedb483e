//! Makes a test fail if anything was masked.

use core::fmt;
use std::thread;

use super::redaction::Redaction;

/// Panics when it is dropped if a token was masked since it was made. [`Redaction::forbid`] makes it.
///
/// ```should_panic
/// use token_redact::{Prefix, Redaction};
///
/// let redaction = Redaction::new([("deploy", Prefix::parse("acme_deploy").unwrap())]);
/// let forbidden = redaction.forbid();
/// redaction.redact(concat!("acme_deploy_", "4Jk0Qe8sVtZ1mW3yXb5Rc7UaPn9LgD3zxW2X").as_bytes());
/// drop(forbidden); // panics: 1 token came into the output, the last as [token:deploy#eb2e7931093afbc6e3da58307a90b4da]
/// ```
pub struct Forbidden {
    redaction: Redaction,
    before: u64,
}

impl Redaction {
    /// Returns a value that panics when it is dropped if a token was masked in the meantime. It is meant for tests.
    ///
    /// Masking is the last line of defence. So a token in the output of a test is a mistake, even if it was masked.
    #[must_use = "it fails when it is dropped"]
    pub fn forbid(&self) -> Forbidden {
        Forbidden { before: self.count(), redaction: self.clone() }
    }
}

impl Drop for Forbidden {
    /// # Panics
    ///
    /// Panics if a token was masked, unless the thread panics already.
    fn drop(&mut self) {
        let count = self.redaction.count() - self.before;
        if count > 0 && !thread::panicking() {
            let tokens = if count == 1 { "token" } else { "tokens" };
            let last = self.redaction.shared().last();
            assert_eq!(count, 0, "{count} {tokens} came into the output, the last as {last}");
        }
    }
}

impl fmt::Debug for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forbidden").field("before", &self.before).finish_non_exhaustive()
    }
}
