//! token-core as `badge`: the macros find it where `crate` says, and nowhere else.
#![forbid(unsafe_code)]
#![deny(missing_docs, warnings)]

badge::policy!("../tokens.toml", crate = ::badge);

/// A scope that is declared beside the policy, and granted by it.
pub mod deploy {
    /// Start a deployment.
    #[derive(badge::Scope)]
    #[scope("deploy:run", crate = ::badge)]
    pub enum Run {}
}

/// A kind without a policy file.
#[derive(badge::TokenKind)]
#[token_kind(
    name = "by-hand",
    scopes(deploy::Run),
    max_lifetime = "10m",
    leeway = "30s",
    uses = "once",
    crate = "::badge"
)]
pub enum ByHand {}

/// An operation that holds its token.
#[derive(Debug, badge::RequireScopes)]
#[require(scope::RepoRead, deploy::Run, max_lifetime = "1h", crate = "::badge")]
pub struct Deployer {
    /// Its token.
    pub token: badge::Token<kind::GithubCi>,
}

/// An operation that is given a token.
#[derive(Debug, badge::RequireScopes)]
#[require(deploy::Run, crate = ::badge)]
pub struct Deploy;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use badge::{Error, Grant, RequireScopes, Secret, Token, TokenKind};

    use super::{ByHand, Deploy, Deployer, POLICY, deploy, kind};

    #[test]
    fn all_four_macros_find_the_renamed_crate() -> Result<(), Error> {
        let grant = Grant::new("deploy:run repo:read").expires_in(Duration::from_secs(60));
        let deployer = Deployer { token: Token::<kind::GithubCi>::admit(secret(), &grant)? };
        assert_eq!(deployer.token.expose_for(&deployer)?.as_str(), "abcdefgh");

        let grant = Grant::new("deploy:run").expires_in(Duration::from_secs(60));
        let spent = Token::<ByHand>::admit(secret(), &grant)?.spend_for(&Deploy)?;
        assert_eq!(spent.as_str(), "abcdefgh");
        Ok(())
    }

    #[test]
    fn names_come_from_the_policy() {
        assert_eq!(Deployer::SCOPES, ["repo:read", "deploy:run"]);
        assert_eq!(<deploy::Run as badge::Scope>::NAME, "deploy:run");
        assert_eq!(POLICY.kinds.iter().map(|kind| kind.name).collect::<Vec<_>>(), ["github-ci"]);
        assert_eq!(kind::GithubCi::COMPILED.policy, Some(POLICY.digest));
        assert_eq!(ByHand::COMPILED.known_scopes, ["deploy:run"]);
    }

    fn secret() -> Secret {
        Secret::from(String::from("abcdefgh"))
    }
}
