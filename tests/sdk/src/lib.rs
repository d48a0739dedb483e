//! An SDK crate: it declares the scopes of its operations, knows no policy, and
//! works with the token of any kind that grants them.
#![forbid(unsafe_code)]
#![deny(missing_docs, warnings)]

use token_core::{Error, PermittedBy, RequireScopes, Reusable, Token, TokenKind};

/// The scopes of this SDK.
pub mod scope {
    use token_core::Scope;

    /// Read repositories.
    #[derive(Scope)]
    #[scope("repo:read")]
    pub enum RepoRead {}

    /// Push to repositories.
    #[derive(Scope)]
    #[scope("repo:write")]
    pub enum RepoWrite {}

    /// Not a scope, for an application that takes it for one.
    pub enum Repository {}
}

/// Lists the repositories of an organization.
#[derive(Clone, Copy, Debug, RequireScopes)]
#[require(scope::RepoRead)]
pub struct ListRepos<'a> {
    /// Whose repositories.
    pub org: &'a str,
}

/// Copies one repository over another.
#[derive(Clone, Debug, RequireScopes)]
#[require(scope::RepoRead, scope::RepoWrite)]
pub struct Mirror {
    /// The repository to read.
    pub from: String,
    /// The repository to write.
    pub to: String,
}

/// Runs an operation with any token that permits it, and returns the length of
/// what it would send.
///
/// # Errors
///
/// If the token expired.
pub fn run<K, O>(token: &Token<K>, operation: &O) -> Result<usize, Error>
where
    K: TokenKind + Reusable,
    O: PermittedBy<K> + RequireScopes,
{
    Ok(token.expose_for(operation)?.as_bytes().len())
}
