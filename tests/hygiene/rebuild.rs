//! A change of the policy file alone reaches the compiler.

use std::fs;

use super::outside::Outside;

const PROGRAM: &str = r#"
token_core::policy!("../tokens.toml");

#[derive(token_core::RequireScopes)]
#[require(scope::RepoRead)]
pub struct Reader {
    pub token: token_core::Token<kind::Ci>,
}
"#;

const POLICY: &str = r#"
version = 1

[scopes]
"repo:read" = "Read repositories"
"repo:list" = "List repositories"

[tokens.ci]
scopes       = ["GRANTED"]
max_lifetime = "1h"
"#;

#[test]
fn editing_only_the_policy_rebuilds() {
    let outside = Outside::new("rebuild");
    outside.write("src/lib.rs", PROGRAM);
    let grant = |scope| outside.write("tokens.toml", &POLICY.replace("GRANTED", scope));
    grant("repo:read");
    outside.check().unwrap();

    grant("repo:list");
    let answer = outside.check().unwrap_err();
    assert!(answer.contains("token kind `Ci` does not grant scope `RepoRead`"), "{answer}");

    grant("repo:read");
    outside.check().unwrap();

    fs::remove_file(outside.path("tokens.toml")).unwrap();
    let answer = outside.check().unwrap_err();
    assert!(answer.contains("no policy file at `../tokens.toml`"), "{answer}");
}
