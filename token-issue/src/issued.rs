//! A token that was made and not yet handed over.

use std::{fmt, marker::PhantomData};

use token_core::{AnyScopeSet, Secret, SourceDigest, TokenId, UtcDateTime, scope::CompiledKind};

use crate::{issuer::Issuer, mint::draft::Now, row::Row};

mod response;

/// A new token of kind `K`: it is on record and in the registry, and nobody has it yet.
///
/// It leaves **once**: [`release`](Self::release) gives it as a [`Secret`], [`into_response`](Self::into_response) as the body
/// of an HTTP response. Dropped before, it is revoked, since nobody can use it any more. If the program is killed before, the
/// token lives on in the registry until it expires, and nobody has it either.
#[must_use = "a token that nobody takes is revoked"]
pub struct Issued<K> {
    /// `None` once it has left.
    secret: Option<Secret>,
    row: Row,
    scopes: AnyScopeSet,
    issuer: Issuer,
    ty: PhantomData<fn() -> K>,
}

impl<K> Issued<K> {
    pub(crate) fn new(
        secret: Secret,
        row: Row,
        kind: &'static CompiledKind,
        issuer: Issuer,
    ) -> Self {
        let names = row.scopes.iter().map(String::as_str);
        let scopes = AnyScopeSet::still_carried(kind, names);
        Self { secret: Some(secret), row, scopes, issuer, ty: PhantomData }
    }

    /// The kind, by name.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        self.scopes.kind().name
    }

    /// Hands the token over, as bytes that are wiped when they are dropped.
    #[must_use]
    pub fn release(mut self) -> Secret {
        self.taken()
    }

    /// Hands the token over as the body of a token response (RFC 6749 section 5.1): `access_token`, `token_type`, `expires_in`
    /// in seconds from now, and `scope`. The whole body is one buffer that is wiped when it is dropped. Send it as
    /// `application/json` with `Cache-Control: no-store`.
    ///
    /// With feature `http` of token-core, `Secret::into_body` makes the `Bytes` of a framework's body of it.
    #[must_use]
    pub fn into_response(self) -> Secret {
        self.written("")
    }

    /// As [`into_response`](Self::into_response), for a token exchange (RFC 8693 section 2.2.1): with `issued_token_type`, which is
    /// that of an access token.
    #[must_use]
    pub fn into_exchange_response(self) -> Secret {
        self.written(r#""issued_token_type":"urn:ietf:params:oauth:token-type:access_token","#)
    }

    fn written(mut self, more: &'static str) -> Secret {
        let left = self.row.expires_at.unix_timestamp() - Now::read(self.issuer.clock()).second;
        let token = self.taken();
        response::body(&token, left.max(0), self.scopes.names(), more)
    }

    /// There always is one: both ways out take `self`.
    fn taken(&mut self) -> Secret {
        self.secret.take().unwrap_or_else(|| Vec::new().into())
    }

    /// The token's public id: safe to log, and what [`Issuer::revoke`] takes.
    #[must_use]
    pub const fn id(&self) -> TokenId {
        self.row.token
    }

    /// The scopes that it carries, implied ones included.
    #[must_use]
    pub const fn scopes(&self) -> &AnyScopeSet {
        &self.scopes
    }

    /// When it expires.
    #[must_use]
    pub const fn expires_at(&self) -> UtcDateTime {
        self.row.expires_at
    }

    /// On whose behalf it acts.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.row.subject.as_deref()
    }

    /// Whom it is meant for.
    #[must_use]
    pub fn audience(&self) -> Option<&str> {
        self.row.audience.as_deref()
    }

    /// The build that it is [bound to](crate::Mint::for_build).
    #[must_use]
    pub const fn build(&self) -> Option<&SourceDigest> {
        self.row.build.as_ref()
    }

    /// The token that it was narrowed from.
    #[must_use]
    pub const fn parent(&self) -> Option<TokenId> {
        self.row.parent
    }
}

impl<K> Drop for Issued<K> {
    fn drop(&mut self) {
        if self.secret.take().is_some() {
            self.issuer.take_back(&self.row);
        }
    }
}

impl<K> fmt::Debug for Issued<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued")
            .field("kind", &self.row.kind)
            .field("token", &self.row.token)
            .field("scopes", &self.scopes)
            .field("subject", &self.row.subject)
            .field("expires_at", &self.row.expires_at)
            .finish_non_exhaustive()
    }
}
