//! Scopes, token kinds and operations as types, and the compiler's messages about them.

mod any;
mod bits;
mod kind;
mod kinds;
mod list;
mod set;

pub use any::AnyScopeSet;
pub(crate) use bits::Bits;
pub use kind::{
    CompiledKind, CompiledRotate, CompiledScope, CompiledSource, Prefix, ReadableBy, Uses,
};
pub use kinds::Kinds;
pub(crate) use list::Sealed;
pub use list::{GrantedBy, ScopeList};
pub use set::ScopeSet;

/// A named permission (RFC 6749 section 3.3), as a type.
///
/// Made by [`policy!`](crate::policy!) or by `#[derive(Scope)]`:
///
/// ```
/// # #[cfg(feature = "derive")] {
/// use token_core::Scope;
///
/// /// Read repositories.
/// #[derive(Scope)]
/// #[scope("repo:read")]
/// pub enum RepoRead {}
///
/// assert_eq!(RepoRead::NAME, "repo:read");
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a scope",
    label = "not a scope",
    note = "scopes are made by `policy!` from the token policy, or by `#[derive(Scope)]`"
)]
pub trait Scope: 'static {
    /// The scope's name, as the token policy and the issuer write it.
    const NAME: &'static str;
}

/// A class of tokens that the policy declares, as a type.
///
/// Made by [`policy!`](crate::policy!) or by `#[derive(TokenKind)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a token kind",
    label = "not a token kind",
    note = "token kinds are made by `policy!` from the token policy, or by `#[derive(TokenKind)]`"
)]
pub trait TokenKind: 'static {
    /// The policy's rules for the kind, as they were when the program was compiled.
    const COMPILED: &'static CompiledKind;
}

/// Token kind `Self` carries scope `S`, directly or by implication.
///
/// Only the macros of this crate implement it, from the policy: a service
/// never writes this `impl`, and a reviewer can search for one.
///
/// A client for tokens of several kinds names it as a bound, with [`Reusable`] for [`expose_for`](crate::Token::expose_for):
///
/// ```
/// # #[cfg(feature = "derive")] {
/// # use token_core::{Error, Grants, RequireScopes, Reusable, Scope, Token};
/// # #[derive(Scope)] #[scope("repo:read")] struct RepoRead;
/// #[derive(RequireScopes)]
/// #[require(RepoRead)]
/// struct ListRepos;
///
/// fn list<K: Grants<RepoRead> + Reusable>(token: &Token<K>) -> Result<usize, Error> {
///     Ok(token.expose_for(&ListRepos)?.as_str().len())
/// }
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "token kind `{Self}` does not grant scope `{S}`",
    label = "this token does not carry `{S}`",
    note = "grant the scope in the token policy, or use a token kind that has it"
)]
pub trait Grants<S>: TokenKind {}

/// Each token kind in `Self` grants every scope that operation `O` requires: a caller with a token of any of them can get
/// a [proof of scope](crate::Authorized).
///
/// `policy!` and `#[derive(TokenKind)]` implement it for each kind, and this crate for tuples of kinds.
pub trait Authorizes<O: ?Sized>: Kinds {}

/// A token of kind `Self` may be used more than once.
///
/// Implemented by the macros for every kind but those with `uses = "once"`.
#[diagnostic::on_unimplemented(
    message = "a token of kind `{Self}` may be used once only, or nothing says otherwise",
    label = "this would leave the token for a second use",
    note = "if the token policy says `uses = \"once\"` for it: spend the token by value with `spend_for`",
    note = "if it is a type parameter: add the bound `{Self}: Reusable`"
)]
pub trait Reusable: TokenKind {}

/// The scopes that an operation needs. Made by `#[derive(RequireScopes)]`.
pub trait RequireScopes {
    /// The scopes, as a tuple of types and not as a list of names: the compiler can check a type,
    /// and at a lower cost.
    type Scopes: ScopeList;

    /// Their names, in the order in which they were declared. What is checked are the types.
    const SCOPES: &'static [&'static str] = <Self::Scopes as ScopeList>::NAMES;

    /// Holds the derive's checks of the tokens that the operation's struct has as fields.
    #[doc(hidden)]
    const HELD: () = ();
}

/// Checks that operations require exactly the scopes that are written here, for a test in an SDK crate.
///
/// A scope that an operation requires is part of an SDK's interface: whoever uses the SDK has a policy that grants it. If
/// the scope gets another name, or the operation requires one more, these policies no longer fit, and neither the SDK's
/// own build nor `cargo semver-checks` says so. With this line the SDK does not compile until the list is changed too:
/// release that as a breaking version, and name the scopes in the changelog. One scope less breaks nobody, but must be
/// written too.
///
/// The order makes no difference. Put it into a test, such as `tests/scopes.rs`, or beside the operations; it makes no
/// code.
///
/// ```
/// # #[cfg(feature = "derive")] {
/// # use token_core::{RequireScopes, Scope};
/// # #[derive(Scope)] #[scope("repo:read")] pub enum RepoRead {}
/// # #[derive(Scope)] #[scope("repo:write")] pub enum RepoWrite {}
/// #[derive(RequireScopes)]
/// #[require(RepoRead)]
/// pub struct ListRepos<'a> { pub org: &'a str }
///
/// #[derive(RequireScopes)]
/// #[require(RepoRead, RepoWrite)]
/// pub struct Mirror;
///
/// token_core::assert_scopes! {
///     ListRepos<'_> => ["repo:read"],
///     Mirror => ["repo:read", "repo:write"],
/// }
/// # }
/// ```
///
/// ```compile_fail,E0080
/// # use token_core::{RequireScopes, Scope};
/// # #[derive(Scope)] #[scope("repo:read")] pub enum RepoRead {}
/// #[derive(RequireScopes)]
/// #[require(RepoRead)]
/// pub struct ListRepos;
///
/// token_core::assert_scopes!(ListRepos => ["repositories:read"]);
/// ```
#[macro_export]
macro_rules! assert_scopes {
    ($($operation:ty => [$($scope:literal),* $(,)?]),+ $(,)?) => {
        $(
            const _: () = $crate::__private::assert!(
                $crate::__private::same_names(
                    <$operation as $crate::RequireScopes>::SCOPES,
                    &[$($scope),*],
                ),
                "{}",
                $crate::__private::concat!(
                    "operation `",
                    $crate::__private::stringify!($operation),
                    "` does not require exactly the scopes that are written here: whoever uses it must \
                     change a policy, so change this list and release a breaking version",
                ),
            );
        )+
    };
}

/// A token of kind `K` may be exposed for the operation `Self`: the kind grants
/// every scope that the operation requires.
///
/// A client for any operation names it as a bound: `fn run<K: Reusable, O: PermittedBy<K>>(token: &Token<K>, operation: &O)`.
///
/// By this bound the compiler checks the token policy. It is implemented here for every kind and
/// operation that fit, so no other crate can implement it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which scopes it needs",
    label = "not an operation",
    note = "if it is a struct of yours: add `#[derive(token_core::RequireScopes)]` and `#[require(...)]` to `{Self}`",
    note = "a scope, a token kind or a text is no operation: pass a struct that says which scopes it needs"
)]
pub trait PermittedBy<K: TokenKind>: RequireScopes {}

impl<K, O> PermittedBy<K> for O
where
    K: TokenKind,
    O: RequireScopes<Scopes: GrantedBy<K>> + ?Sized,
{
}
