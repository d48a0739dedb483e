//! An SDK declares scopes and operations; this application's policy grants them.

use std::time::Duration;

use other_sdk::ListProjects;
use sdk::{ListRepos, Mirror};
use static_assertions::{assert_impl_all, assert_not_impl_any};
use token_core::{Error, Grant, PermittedBy, Secret, Token, TokenKind};

mod rules {
    token_core::policy!("sdk.toml");
}

#[test]
fn a_policy_grants_the_scopes_of_an_sdk() -> Result<(), Error> {
    let list = ListRepos { org: "rust-lang" };
    let mirror = Mirror { from: String::from("a"), to: String::from("b") };

    let reader = admit::<rules::kind::Reader>("repo:read")?;
    assert_eq!(sdk::run(&reader, &list)?, 8);

    let writer = admit::<rules::kind::Writer>("repo:write")?;
    assert_eq!(sdk::run(&writer, &list)?, 8, "implied by the policy");
    assert_eq!(sdk::run(&writer, &mirror)?, 8);
    Ok(())
}

/// The scopes of both are called `repo:read`, and each token is only for the operations of its own SDK.
#[test]
fn two_sdks_have_a_scope_of_the_same_name() -> Result<(), Error> {
    use rules::kind::{Other, Reader};
    assert_impl_all!(ListRepos<'static>: PermittedBy<Reader>);
    assert_impl_all!(ListProjects: PermittedBy<Other>);
    assert_not_impl_any!(ListRepos<'static>: PermittedBy<Other>);
    assert_not_impl_any!(ListProjects: PermittedBy<Reader>);
    let token = admit::<Other>("repo:read")?;
    assert_eq!(token.expose_for(&ListProjects)?.as_bytes().len(), 8);
    assert!(admit::<Other>("other:repo:read").is_err(), "no issuer knows that name");
    Ok(())
}

fn admit<K: TokenKind>(scopes: &str) -> Result<Token<K>, Error> {
    let grant = Grant::new(scopes).expires_in(Duration::from_mins(1));
    Token::admit(Secret::from(String::from("abcdefgh")), &grant)
}
