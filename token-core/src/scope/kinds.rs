//! Several token kinds as one type.

use core::{any::TypeId, marker::PhantomData};

use super::{Authorizes, Bits, CompiledKind, RequireScopes, ScopeList, TokenKind};

/// One token kind, or a tuple of two to four of them: a caller may have presented a token of any of them.
///
/// Implemented here for every kind and every such tuple, and for nothing else.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a token kind, nor a tuple of token kinds",
    label = "not a token kind",
    note = "write one kind, such as `kind::Deploy`, or a tuple of two to four"
)]
pub trait Kinds: Lookup {
    /// The policy's rules for each of the kinds, in the order of the tuple.
    const ALL: &'static [&'static CompiledKind];
}

impl<K: Lookup> Kinds for K {
    const ALL: &'static [&'static CompiledKind] = K::RULES;
}

/// Sealed: a foreign implementation could give one kind the needs of another.
#[allow(unnameable_types, reason = "that is the seal")]
pub trait Lookup: 'static {
    /// The policy's rules for each of the kinds.
    const RULES: &'static [&'static CompiledKind];

    /// Whether the kind of this type is one of them.
    fn has(kind: TypeId) -> bool;

    /// What operation `O` needs of the kind of this type. `None` if the kind is not one of them, or lacks a scope.
    fn need<O: RequireScopes + ?Sized>(kind: TypeId) -> Option<Need>;
}

/// The scopes that an operation needs, as those of one kind.
#[allow(unnameable_types, reason = "only the seal has it")]
#[derive(Clone, Copy, Debug)]
pub struct Need(pub(crate) Bits);

/// Computes once, when the program is compiled, what `O` needs of `K`.
struct NeedOf<K, O: ?Sized>(PhantomData<K>, PhantomData<O>);

impl<K: TokenKind, O: RequireScopes + ?Sized> NeedOf<K, O> {
    const NEED: Option<Need> = match Bits::named(K::COMPILED, O::Scopes::NAMES) {
        Some(bits) => Some(Need(bits)),
        None => None,
    };
}

impl<K: TokenKind> Lookup for K {
    const RULES: &'static [&'static CompiledKind] = &[K::COMPILED];

    #[inline]
    fn has(kind: TypeId) -> bool {
        kind == TypeId::of::<K>()
    }

    #[inline]
    fn need<O: RequireScopes + ?Sized>(kind: TypeId) -> Option<Need> {
        if Self::has(kind) { NeedOf::<K, O>::NEED } else { None }
    }
}

macro_rules! tuples {
    ($first:ident $($rest:ident)+) => {
        impl<$first: TokenKind, $($rest: TokenKind),+> Lookup for ($first, $($rest),+) {
            const RULES: &'static [&'static CompiledKind] = &[$first::COMPILED, $($rest::COMPILED),+];

            fn has(kind: TypeId) -> bool {
                $first::has(kind) $(|| $rest::has(kind))+
            }

            fn need<Op: RequireScopes + ?Sized>(kind: TypeId) -> Option<Need> {
                $first::need::<Op>(kind) $(.or_else(|| $rest::need::<Op>(kind)))+
            }
        }

        impl<Op: ?Sized, $first, $($rest),+> Authorizes<Op> for ($first, $($rest),+)
        where
            $first: TokenKind + Authorizes<Op>,
            $($rest: TokenKind + Authorizes<Op>,)+
        {
        }

        tuples!($($rest)+);
    };
    ($last:ident) => {};
}

tuples!(A B C D);
