//! The SDK crate of another issuer. Its scope has the same name as one of the crate `sdk`.
#![forbid(unsafe_code)]
#![deny(missing_docs, warnings)]

use token_core::{RequireScopes, Scope};

/// Read repositories, at this issuer.
#[derive(Scope)]
#[scope("repo:read")]
pub enum RepoRead {}

/// Lists the projects of a group.
#[derive(Clone, Copy, Debug, RequireScopes)]
#[require(RepoRead)]
pub struct ListProjects;

token_core::assert_scopes!(ListProjects => ["repo:read"]);
