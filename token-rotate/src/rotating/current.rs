//! What libraries ask for.

use std::sync::Arc;

use token_core::{Current, Lease, Reusable, TokenId};

use super::Rotating;

/// For a library that does not care who keeps the token. A lease counts a reference, so the inherent
/// [`current`](Rotating::current) is cheaper.
impl<K: Reusable> Current<K> for Rotating<K> {
    fn current(&self) -> Result<Lease<'_, K>, token_core::Error> {
        match self.shared.usable().as_deref() {
            Some(Some(slot)) => Ok(Lease::shared(Arc::clone(&slot.token))),
            _ => Err(token_core::Error::no_current(self.shared.unusable())),
        }
    }

    fn rejected(&self, id: Option<TokenId>) {
        Rotating::rejected(self, id);
    }
}
