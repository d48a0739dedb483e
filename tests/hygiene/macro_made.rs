//! Everything made by `macro_rules!`: the tokens come in invisible groups, and from two places.

use std::sync::Arc;

use token_core::{PermittedBy, RequireScopes, Scope, Token, TokenKind};

macro_rules! policy_in {
    ($module:ident, $file:literal, $krate:path) => {
        mod $module {
            token_core::policy!($file, crate = $krate);
        }
    };
}

macro_rules! scopes {
    ($($(#[$meta:meta])* $ident:ident = $name:literal),* $(,)?) => {
        $($(#[$meta])* #[derive(Scope)] #[scope($name)] enum $ident {})*
    };
}

macro_rules! kinds {
    ($($ident:ident = $name:literal, $lifetime:expr, [$($scope:path),*]);*) => {
        $(
            #[derive(TokenKind)]
            #[token_kind(name = $name, scopes($($scope),*), max_lifetime = "1h")]
            enum $ident {}
        )*
    };
}

macro_rules! operations {
    ($($ident:ident[$($param:tt),*] ($scope:path) { $($field:ident: $ty:ty),* }),*) => {
        $(
            #[derive(Debug, RequireScopes)]
            #[require($scope)]
            struct $ident<$($param),*> { $($field: $ty),* }
        )*
    };
}

policy_in!(rules, "tokens.toml", ::token_core);

scopes! {
    /// Start a deployment.
    DeployRun = "deploy:run",
    DeployStop = "deploy:stop",
}

kinds!(ByHand = "by-hand", "1h", [DeployRun, DeployStop]);

operations! {
    Plain[](rules::scope::RepoRead) {},
    Holding['a](rules::scope::RepoWrite) {
        token: Arc<Token<rules::kind::GithubCi>>,
        other: Option<&'a Token<rules::kind::GithubCi>>
    }
}

fn permitted<K: TokenKind, O: PermittedBy<K>>() -> &'static [&'static str] {
    O::SCOPES
}

#[test]
fn macro_made_items_are_like_others() {
    assert_eq!(permitted::<rules::kind::GithubCi, Plain>(), ["repo:read"]);
    assert_eq!(permitted::<rules::kind::GithubCi, Holding<'_>>(), ["repo:write"]);
    assert_eq!(ByHand::COMPILED.known_scopes, [DeployRun::NAME, DeployStop::NAME]);
    assert_eq!(rules::POLICY.file, "tokens.toml");
    let holding = |holding: Holding<'_>| (holding.token.id(), holding.other.map(Token::id));
    assert_eq!(size_of_val(&holding), 0);
}
