//! A caller of a known kind, and the proof of scope.

use core::{fmt, marker::PhantomData, ops::Deref};

use super::{AnyCaller, Refused};
use crate::scope::{Authorizes, Kinds, RequireScopes, ScopeList};

/// Who presented a verified token of kind `K`, or of one of the kinds of a tuple.
///
/// It stands for the moment at which the verifier [vouched](super::Verified::vouch) for the token. [`AnyCaller`], to which
/// it derefs, has the facts.
pub struct Caller<K> {
    any: AnyCaller,
    // Of exactly this type: a subtype may be another kind.
    kinds: PhantomData<fn(K) -> K>,
}

/// A **proof of scope**: a caller's token permits operation `O`, and did not look expired when this was made.
///
/// Only [`Caller::authorize`] and [`Caller::authorize_at_run_time`] make one, and nothing renews or copies it. An async handler can own it, and a function that
/// acts for a caller takes `&Authorized<Op, kind::Deploy>`, so that it cannot be called without the check.
///
/// ```compile_fail,E0451
/// # use token_core::{Authorized, Caller};
/// # fn forge<O, K>(caller: Caller<K>) -> Authorized<O, K> {
/// Authorized { caller, operation: std::marker::PhantomData } // the fields are private
/// # }
/// ```
#[must_use = "a proof that nobody asks for proves nothing"]
pub struct Authorized<O: ?Sized, K> {
    caller: Caller<K>,
    // Of exactly this type: a subtype may be another operation.
    operation: PhantomData<fn(&O) -> &O>,
}

impl<K: Kinds> Caller<K> {
    pub(super) fn of(any: AnyCaller) -> Self {
        Self { any, kinds: PhantomData }
    }

    /// Proves that the token permits operation `O`.
    ///
    /// It does not compile if the kind, or one of several kinds, can never permit the operation. At run time the token's
    /// own scopes are compared, of which a narrowed token has fewer than its kind, and the expiry.
    ///
    /// # Errors
    ///
    /// [`InsufficientScope`](Refused::InsufficientScope) and [`Expired`](Refused::Expired).
    #[inline]
    pub fn authorize<O>(&self) -> Result<Authorized<O, K>, Refused>
    where
        K: Authorizes<O>,
        O: RequireScopes + ?Sized,
    {
        self.is_permitted::<O>()?;
        Ok(Authorized { caller: self.clone(), operation: PhantomData })
    }

    /// As [`authorize`](Self::authorize), where the compiler is asked at another place: for an extractor of a web framework,
    /// whose router asks for the bound [`Authorizes`].
    ///
    /// The same proof is given for the same reasons. What changes is when a wrong program is found: if a kind can never permit the
    /// operation, it compiles here, and each of its callers is refused.
    ///
    /// # Errors
    ///
    /// As [`authorize`](Self::authorize).
    #[inline]
    pub fn authorize_at_run_time<O>(self) -> Result<Authorized<O, K>, Refused>
    where
        O: RequireScopes + ?Sized,
    {
        self.is_permitted::<O>()?;
        Ok(Authorized { caller: self, operation: PhantomData })
    }

    #[inline]
    fn is_permitted<O: RequireScopes + ?Sized>(&self) -> Result<(), Refused> {
        let kind = self.any.kind();
        let permitted = match K::need::<O>((kind.ty)()) {
            Some(need) => self.any.scopes().bits().is_superset(&need.0),
            // The compiler was not asked, or somebody wrote `impl Authorizes` by hand: the kind lacks a scope.
            None => false,
        };
        if !permitted {
            return Err(Refused::InsufficientScope { kind: kind.name, needs: names::<O>() });
        }
        match self.any.is_expired() {
            true => Err(Refused::Expired),
            false => Ok(()),
        }
    }

    /// The caller without the kind in its type.
    #[must_use]
    pub fn into_any(self) -> AnyCaller {
        self.any
    }
}

/// What was checked. `SCOPES` may say something else if somebody wrote the `impl` by hand.
const fn names<O: RequireScopes + ?Sized>() -> &'static [&'static str] {
    O::Scopes::NAMES
}

impl<O: ?Sized, K> Authorized<O, K> {
    /// The caller, as he was when the proof was made.
    pub const fn caller(&self) -> &Caller<K> {
        &self.caller
    }
}

impl<K> Clone for Caller<K> {
    fn clone(&self) -> Self {
        Self { any: self.any.clone(), kinds: PhantomData }
    }
}

impl<K> Deref for Caller<K> {
    type Target = AnyCaller;

    fn deref(&self) -> &AnyCaller {
        &self.any
    }
}

impl<O: ?Sized, K> Deref for Authorized<O, K> {
    type Target = AnyCaller;

    fn deref(&self) -> &AnyCaller {
        &self.caller.any
    }
}

impl<K> fmt::Debug for Caller<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.any.fmt(f)
    }
}

impl<O: RequireScopes + ?Sized, K> fmt::Debug for Authorized<O, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorized")
            .field("scopes", &names::<O>())
            .field("caller", &self.caller)
            .finish()
    }
}
