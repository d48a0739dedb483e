//! The scopes of one operation, as a type.

use super::{Grants, Scope, TokenKind};

/// A tuple of one to sixteen [`Scope`]s.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of scopes",
    label = "not a list of scopes",
    note = "a list is a tuple of one to sixteen scopes"
)]
pub trait ScopeList: Sealed {
    /// The names of the scopes, in the order of the tuple.
    const NAMES: &'static [&'static str];
}

/// A list of scopes each of which kind `K` grants.
pub trait GrantedBy<K: TokenKind>: ScopeList {}

/// Sealed: a foreign `ScopeList` could implement `GrantedBy<K>` for every kind.
#[allow(unnameable_types, reason = "that is the seal")]
pub trait Sealed {}

macro_rules! tuples {
    ($first:ident $($rest:ident)*) => {
        impl<$first, $($rest),*> Sealed for ($first, $($rest,)*) {}

        impl<$first: Scope, $($rest: Scope),*> ScopeList for ($first, $($rest,)*) {
            const NAMES: &'static [&'static str] = &[$first::NAME, $($rest::NAME),*];
        }

        impl<Kind, $first, $($rest),*> GrantedBy<Kind> for ($first, $($rest,)*)
        where
            Self: ScopeList,
            Kind: Grants<$first> $(+ Grants<$rest>)*,
        {
        }

        tuples!($($rest)*);
    };
    () => {};
}

tuples!(A B C D E F G H I J K L M N O P);
