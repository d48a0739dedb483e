//! A policy deep inside, used from elsewhere; and one in a function.

/// The policy of this application.
pub(crate) mod rules {
    pub(crate) mod tokens {
        token_core::policy!("tokens.toml");
    }
}

#[allow(unused_qualifications, reason = "the paths of one scope are written in several ways")]
mod client {
    use token_core::{PermittedBy, RequireScopes, Token, TokenKind};

    use super::rules::tokens::{kind, scope};

    #[derive(Debug, RequireScopes)]
    #[require(
        scope::RepoRead,
        super::rules::tokens::scope::RepoWrite,
        crate::nested::rules::tokens::scope::Option
    )]
    pub(super) struct Mirror {
        pub(super) token: Token<kind::GithubCi>,
    }

    pub(super) fn scopes_of<K: TokenKind, O: PermittedBy<K>>(
        _: fn(O) -> Token<K>,
    ) -> &'static [&'static str] {
        O::SCOPES
    }
}

#[test]
fn a_policy_is_used_from_another_module() {
    let scopes = client::scopes_of(|mirror: client::Mirror| mirror.token);
    assert_eq!(scopes, ["repo:read", "repo:write", "option"]);
    assert_eq!(rules::tokens::POLICY.file, "tokens.toml");
}

#[test]
fn a_policy_may_stand_in_a_function() {
    token_core::policy!("tokens.toml");

    #[derive(token_core::RequireScopes)]
    #[require(scope::RepoRead)]
    struct ListRepos;

    fn permitted<O: token_core::PermittedBy<kind::GithubCi>>() -> &'static [&'static str] {
        O::SCOPES
    }

    assert_eq!(permitted::<ListRepos>(), ["repo:read"]);
    assert_eq!(POLICY.digest, rules::tokens::POLICY.digest);
}
