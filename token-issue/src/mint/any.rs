//! Kinds that are known at run time only.

use token_core::policy::CompiledPolicy;

use super::Mint;
use crate::error::{Cause, Error};

/// Stands for a kind that is known at run time only: [`Mint::named`] asks for a token of it, and what was minted is an
/// [`Issued<AnyKind>`](crate::Issued).
///
/// It is no [`TokenKind`](token_core::TokenKind), so no token is admitted by it and no operation permitted.
#[derive(Debug)]
pub enum AnyKind {}

impl Mint<AnyKind> {
    /// A token of the kind with this name, as the token policy describes it: for a tool, which reads a policy when it runs.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use token_core::{policy::CompiledPolicy, record::InMemory};
    /// use token_issue::{Issuer, Mint, registry::Memory};
    ///
    /// # let text = include_str!("../../tests/issuer/tokens.toml");
    /// let policy = CompiledPolicy::leaked("tokens.toml", text)?;
    /// let issuer = Issuer::options(policy, Arc::new(Memory::new()), Arc::new(InMemory::new())).start()?;
    ///
    /// let mint = Mint::named(policy, "deploy")?.scope_names(["deploy:read"]).subject("job-17");
    /// let issued = pollster::block_on(issuer.mint(mint))?;
    /// assert_eq!(issued.kind(), "deploy");
    ///
    /// assert!(Mint::named(policy, "deploi").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`UnknownKind`](crate::ErrorKind::UnknownKind) if the policy has no such kind; the message has the names of those that it has, and
    /// not the one that was asked for, which came from outside. [`NoFormat`](crate::ErrorKind::NoFormat) if tokens of the kind are
    /// somebody else's.
    pub fn named(policy: &'static CompiledPolicy, kind: &str) -> Result<Self, Error> {
        let Some(found) = policy.kinds.iter().find(|other| other.name == kind) else {
            let ours = policy.kinds.iter().filter(|kind| kind.format.is_some());
            let known = ours.map(|kind| kind.name).collect();
            return Err(Cause::NoSuchKind { known, policy: policy.file }.into());
        };
        match found.format {
            Some(_) => Ok(Self::of(found)),
            None => Err(Cause::NoFormat { kind: found.name }.into()),
        }
    }
}
