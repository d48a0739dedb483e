//! Operations with every sort of parameter and bound.

use std::{fmt::Debug, marker::PhantomData, sync::Arc};

use token_core::{Grants, PermittedBy, RequireScopes, Token};

use crate::nested::rules::tokens::{kind, scope};

#[derive(Debug, RequireScopes)]
#[require(scope::RepoRead)]
struct Everything<'a, 'b, T: ?Sized + Debug, U = (), const N: usize = 3>
where
    U: Clone + Into<Box<[u8; N]>>,
    &'a T: Copy,
    for<'c> fn(&'c U) -> &'c T: Copy,
{
    lent: &'a &'b T,
    owned: [U; N],
}

/// The names that the macro would like to take for itself.
#[derive(RequireScopes)]
#[require(scope::RepoRead, scope::RepoWrite)]
struct Taken<__K, __K_>(PhantomData<fn() -> (__K, __K_)>);

/// The kind is generic, and its bounds stand in both places.
#[derive(Debug, RequireScopes)]
#[require(scope::RepoRead, scope::Option)]
struct Held<'t, K: Grants<scope::RepoRead>>
where
    K: Grants<scope::Option>,
{
    token: Arc<Token<K>>,
    other: Option<&'t Token<kind::GithubCi>>,
}

/// A bound on the struct itself.
#[derive(Debug, RequireScopes)]
#[require(scope::RepoRead)]
struct Own<T>(T)
where
    Self: Sized,
    Option<Self>: Sized;

#[derive(Debug, RequireScopes)]
#[require(scope::Scope)]
enum Choice<T> {
    Many(Vec<T>),
    None,
}

fn scopes<K, O>() -> &'static [&'static str]
where
    K: token_core::TokenKind,
    O: PermittedBy<K> + ?Sized,
{
    O::SCOPES
}

#[test]
fn parameters_and_bounds_are_kept() {
    assert_eq!(scopes::<kind::GithubCi, Everything<'_, '_, str, [u8; 3]>>(), ["repo:read"]);
    assert_eq!(scopes::<kind::GithubCi, Taken<u8, u16>>(), ["repo:read", "repo:write"]);
    assert_eq!(scopes::<kind::GithubCi, Held<'_, kind::GithubCi>>(), ["repo:read", "option"]);
    assert_eq!(scopes::<kind::GithubCi, Own<u8>>(), ["repo:read"]);
    assert_eq!(scopes::<kind::TokenKind, Choice<u8>>(), ["scope"]);
}

#[test]
fn the_fields_are_still_the_users() {
    let everything = Everything::<'_, '_, str, [u8; 3]> { lent: &"abc", owned: [[0; 3]; 3] };
    assert_eq!((everything.lent.len(), everything.owned.len()), (3, 3));
    let held = |held: Held<'_, kind::GithubCi>| (held.token, held.other.is_none());
    assert_eq!(size_of_val(&held), 0);
    assert!(
        matches!((Choice::Many(vec![1]), Choice::<u8>::None, Own(0).0), (Choice::Many(many), Choice::None, 0) if many == [1])
    );
    assert_eq!(size_of_val(&Taken::<u8, u8>(PhantomData)), 0);
}

impl<'a, 'b, U> From<Everything<'a, 'b, str, U, 1>> for [U; 1]
where
    U: Clone + Into<Box<[u8; 1]>>,
{
    fn from(everything: Everything<'a, 'b, str, U, 1>) -> Self {
        everything.owned
    }
}
