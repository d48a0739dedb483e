//! The current token, for a moment.

use std::{fmt, marker::PhantomData, ops::Deref, sync::Arc};

use token_core::{Reusable, Token};

use super::{shared::Slot, sync::Guard};

/// The current token, lent for a moment: for one header, one exposure.
///
/// It costs no reference count. Don't keep it: a token that was replaced lives on as long as it is lent.
#[must_use = "a loan is for the use of its token"]
pub struct Loan<'r, K: Reusable> {
    /// Has a slot, or there is no loan.
    guard: Guard<Option<Arc<Slot<K>>>>,
    lender: PhantomData<&'r ()>,
}

impl<K: Reusable> Loan<'_, K> {
    #[inline]
    pub(super) fn new(guard: Guard<Option<Arc<Slot<K>>>>) -> Self {
        Self { guard, lender: PhantomData }
    }
}

impl<K: Reusable> Deref for Loan<'_, K> {
    type Target = Token<K>;

    #[inline]
    fn deref(&self) -> &Token<K> {
        match &*self.guard {
            Some(slot) => &slot.token,
            None => unreachable!("a loan is made of a slot"),
        }
    }
}

impl<K: Reusable> fmt::Debug for Loan<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Loan").field(&**self).finish()
    }
}
