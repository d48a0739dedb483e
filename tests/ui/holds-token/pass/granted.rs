//! The twins: in whatever shape the token is held, its kind grants the scopes and lives no longer
//! than demanded.

use std::sync::Arc;

use token_core::{Grants, RequireScopes, Token, TokenKind};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead, scope::DeployRun, max_lifetime = "1h")]
struct Plain {
    token: Token<kind::GithubCi>,
}

#[derive(RequireScopes)]
#[require(scope::RepoRead, max_lifetime = "1h")]
struct Shapes<'a, const N: usize> {
    shared: Arc<token_core::Token<kind::GithubCi>>,
    lent: Option<&'a Token<kind::Publisher>>,
    many: Box<[(u8, [Token<kind::Publisher>; N])]>,
    // Neither of these holds a token.
    sink: fn(&Token<kind::OneShot>),
    source: Box<dyn Fn() -> Token<kind::OneShot>>,
}

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
enum Either {
    Publisher(Token<kind::Publisher>),
    Ci { token: Token<kind::GithubCi> },
}

#[derive(RequireScopes)]
#[require(scope::RepoRead, scope::DeployRun)]
struct Generic<K: Grants<scope::RepoRead>>
where
    K: Grants<scope::DeployRun>,
{
    token: Token<K>,
}

/// A token of any kind, for an operation that is not this struct.
struct Store<K: TokenKind> {
    token: Token<K>,
}

fn main() {
    assert_eq!(Plain::SCOPES, ["repo:read", "deploy:run"]);
    assert_eq!(Shapes::<'_, 2>::SCOPES, Either::SCOPES);
    assert_eq!(Generic::<kind::GithubCi>::SCOPES, Plain::SCOPES);
    let _ = (
        |plain: Plain| plain.token,
        |shapes: Shapes<'static, 1>| {
            (shapes.shared, shapes.lent, shapes.many, shapes.sink, shapes.source)
        },
        |either| match either {
            Either::Publisher(token) => token.id(),
            Either::Ci { token } => token.id(),
        },
        |generic: Generic<kind::GithubCi>| generic.token,
        |store: Store<kind::OneShot>| store.token,
    );
}
