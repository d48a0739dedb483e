//! Which handlers are guarded: what the compiler is asked.

use token_core::{Authorizes, RequireScopes};

use super::{BeforeProof, Proof, table::Leaves};

/// A handler's arguments, as axum has them in a type, among them a [`Proof`]: the first, or preceded by up to four arguments
/// that cannot fail ([`BeforeProof`]).
///
/// Implemented here, and nowhere else.
#[diagnostic::on_unimplemented(
    message = "this handler runs without a proof of scope",
    label = "none of its first arguments is a `Proof<…>`",
    note = "make `Proof<Operation, kind::Kind>` its first argument, or put it behind at most four that cannot fail, such as `State`",
    note = "what everybody may use is passed as `public(\"reason\", get(handler))`",
    note = "neither an `Option`, a `Result` nor an `Identified<…>` proves a scope, and a constant has no arguments"
)]
pub trait Guarded {
    /// Says what the handler asks for. The type of the argument seals the trait.
    #[doc(hidden)]
    fn tell(leaves: &mut Leaves<'_>);
}

macro_rules! proof_after {
    ([$($before:ident)*] $first:ident $($rest:ident)*) => {
        proof_between!([$($before)*] [$first $($rest)*]);
        proof_after!([$($before)*] $($rest)*);
    };
    ([$($before:ident)*]) => {
        proof_between!([$($before)*] []);
    };
}

macro_rules! proof_between {
    ([$($before:ident)*] [$($after:ident)*]) => {
        #[allow(
            non_camel_case_types,
            reason = "the compiler lists these types sorted: those with the proof first come first"
        )]
        impl<M, Op, K, $($before,)* $($after),*> Guarded
            for (M, $($before,)* Proof<Op, K>, $($after,)*)
        where
            $($before: BeforeProof,)*
            Op: RequireScopes,
            K: Authorizes<Op>,
        {
            fn tell(leaves: &mut Leaves<'_>) {
                leaves.proof::<Op, K>();
            }
        }
    };
}

// axum's handlers have up to 16 arguments.
proof_after!([] A B C D E F G H I J L N O P Q);
proof_after!([w] A B C D E F G H I J L N O P);
proof_after!([w x] A B C D E F G H I J L N O);
proof_after!([w x y] A B C D E F G H I J L N);
proof_after!([w x y z] A B C D E F G H I J L);
