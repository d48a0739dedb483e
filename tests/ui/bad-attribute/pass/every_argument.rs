//! The twins: every argument of every derive.

use token_core::{RequireScopes, Scope, Token, TokenKind};

#[derive(Scope)]
#[scope("repo:read", crate = ::token_core)]
struct RepoRead;

#[derive(Scope)]
#[scope("repo:write")]
#[scope(crate = "::token_core")]
enum RepoWrite {}

#[derive(TokenKind)]
#[token_kind(
    name = "github-ci",
    scopes(RepoRead, self::RepoWrite),
    max_lifetime = "1h30m",
    leeway = "60s",
    owner = "platform-team",
    audience = "https://api.github.com",
    uses = "many",
    crate = ::token_core,
)]
enum GithubCi {}

#[derive(RequireScopes)]
#[require(RepoRead, max_lifetime = "90m", crate = "::token_core")]
#[require(RepoWrite)]
struct Mirror {
    token: Token<GithubCi>,
}

fn main() {
    let _ = (RepoRead, |mirror: Mirror| mirror.token);
    assert_eq!(Mirror::SCOPES, ["repo:read", "repo:write"]);
    let kind = GithubCi::COMPILED;
    assert_eq!(
        (kind.name, kind.owner, kind.audience),
        ("github-ci", Some("platform-team"), Some("https://api.github.com"))
    );
    assert_eq!(
        (kind.max_lifetime.map(|time| time.as_secs()), kind.leeway.as_secs()),
        (Some(5400), 60)
    );
    assert_eq!(kind.scopes.iter().map(|scope| scope.name).collect::<Vec<_>>(), Mirror::SCOPES);
    assert_eq!(kind.policy, None);
}
