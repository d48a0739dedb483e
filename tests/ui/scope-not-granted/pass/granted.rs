//! The twins of the failing programs: every scope is granted, directly, by implication, by a bound,
//! or by a kind without a policy file.

use token_core::{Error, Grants, RequireScopes, Reusable, Scope, Token, TokenKind};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct ListRepos;

#[derive(RequireScopes)]
#[require(scope::RepoWrite)]
struct Push;

#[derive(RequireScopes)]
#[require(scope::RepoRead, scope::DeployRun)]
struct Release;

fn push(token: &Token<kind::Publisher>) -> Result<(), Error> {
    let _ = token.expose_for(&ListRepos)?;
    token.expose_for(&Push).map(drop)
}

fn release(token: Token<kind::GithubCi>) -> Result<(), Error> {
    let _ = token.expose_for(&ListRepos)?;
    token.spend_for(&Release).map(drop)
}

fn list<K: Grants<scope::RepoRead> + Reusable>(token: &Token<K>) -> Result<(), Error> {
    token.expose_for(&ListRepos).map(drop)
}

#[derive(TokenKind)]
#[token_kind(name = "by-hand", scopes(scope::RepoRead), max_lifetime = "1h")]
enum ByHand {}

fn main() {
    let _ = (push, release, list::<kind::GithubCi>, list::<ByHand>);
    assert_eq!(scope::RepoWrite::NAME, "repo:write");
    assert_eq!(Release::SCOPES, ["repo:read", "deploy:run"]);
    assert_eq!(ByHand::COMPILED.name, "by-hand");

    let publisher = kind::Publisher::COMPILED;
    let carried: Vec<_> =
        publisher.scopes.iter().map(|scope| (scope.name, scope.listed, scope.implies)).collect();
    assert_eq!(carried, [("repo:read", false, &[][..]), ("repo:write", true, &[0][..])]);
    assert_eq!(publisher.known_scopes, ["deploy:run", "repo:read", "repo:write"]);
    assert_eq!((POLICY.file, POLICY.kinds.len()), ("../../tokens.toml", 3));
}
