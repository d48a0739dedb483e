//! An SDK declares scopes and operations; this application's policy grants them.

use std::time::Duration;

use sdk::{ListRepos, Mirror};
use token_core::{Error, Grant, Secret, Token, TokenKind};

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

fn admit<K: TokenKind>(scopes: &str) -> Result<Token<K>, Error> {
    let grant = Grant::new(scopes).expires_in(Duration::from_mins(1));
    Token::admit(Secret::from(String::from("abcdefgh")), &grant)
}
