//! Knows what is to be masked, and is what a user holds.

use std::{fmt, io::Write, sync::Arc};

use token_core::{Mask, Masked, Secret, TokenKind, scope::CompiledKind};
use token_policy::{format::Prefix, kind_name};

use super::{
    engine::Engine,
    error::{Error, ErrorKind},
    own::Own,
    register::{self, Registered},
    shared::Shared,
    writer::Redactor,
};

/// Knows the tokens that are to be masked: those of our own format, and registered values.
///
/// Clones share everything. Make one when the program starts, and give a clone to each part of the
/// program that prints.
///
/// ```
/// use token_redact::{Prefix, Redaction};
///
/// let redaction = Redaction::new([("deploy", Prefix::parse("acme_deploy")?)]);
/// let token = concat!("acme_deploy_", "4Jk0Qe8sVtZ1mW3yXb5Rc7UaPn9LgD3zxW2X");
/// assert_eq!(
///     redaction.display(&format!("Authorization: Bearer {token}")).to_string(),
///     "Authorization: Bearer [token:deploy#eb2e7931093afbc6e3da58307a90b4da]",
/// );
/// # Ok::<(), token_redact::PrefixError>(())
/// ```
#[derive(Clone)]
pub struct Redaction(Arc<Shared>);

impl Redaction {
    /// Makes a redaction that masks the tokens of a policy's kinds: `Redaction::for_kinds(POLICY.kinds)`.
    ///
    /// Tokens of the kinds with a `format` need no registration. Tokens of the other kinds must be
    /// [registered](Self::register_secret) one by one.
    #[must_use]
    pub fn for_kinds(kinds: &[&CompiledKind]) -> Self {
        let prefix = |kind: &CompiledKind| Prefix::parse(kind.format?.name()).ok();
        Self::new(kinds.iter().filter_map(|kind| Some((kind.name, prefix(kind)?))))
    }

    /// Makes a redaction that masks tokens of our own format, given by the name of their kind and their prefix. They
    /// need no registration, whoever issued them, since the checksum distinguishes a token from a look-alike. If a name
    /// is not a valid [name](token_policy::kind_name) of a kind, the output shows the prefix instead, so that a name
    /// cannot put arbitrary text into the output.
    #[must_use]
    pub fn new<'k>(kinds: impl IntoIterator<Item = (&'k str, Prefix)>) -> Self {
        let named = |(kind, prefix): (&'k str, Prefix)| match kind_name::check(kind) {
            Ok(()) => (Arc::from(kind), prefix),
            Err(_) => (Arc::from(prefix.name()), prefix),
        };
        Self(Arc::new(Shared::new(Own::new(&kinds.into_iter().map(named).collect::<Vec<_>>()))))
    }

    /// Masks `value` from now on, under the name of a kind, until the returned handle is dropped.
    ///
    /// Only what the [crate's page](crate) lists is kept of the value, and the caller still has to wipe it. Text that
    /// was written earlier is not changed. Writers that exist already mask the value from their next call on.
    ///
    /// # Errors
    ///
    /// Fails with [`TooShort`](ErrorKind::TooShort), [`TooLong`](ErrorKind::TooLong),
    /// [`Malformed`](ErrorKind::Malformed) or [`Guessable`](ErrorKind::Guessable) if the value cannot be masked, and
    /// with [`MalformedKind`](ErrorKind::MalformedKind) if `kind` is no name of a kind. A value of fewer than 16 bytes,
    /// or fewer than eight different ones, is refused, because ordinary text would be masked.
    pub fn register(&self, kind: &str, value: &[u8]) -> Result<Registered, Error> {
        register::check(value).map_err(ErrorKind::error)?;
        kind_name::check(kind).map_err(|_| ErrorKind::MalformedKind.error())?;
        let entry = self.0.add(kind, value).ok_or_else(|| ErrorKind::TooShort.error())?;
        Ok(Registered::new(self.0.clone(), entry))
    }

    /// Masks a secret from now on, as a token of kind `K`, until the returned handle is dropped.
    ///
    /// ```
    /// use token_core::{Scope, Secret, TokenKind};
    /// use token_redact::Redaction;
    /// # #[derive(Scope)]
    /// # #[scope("repo:read")]
    /// # enum RepoRead {}
    ///
    /// #[derive(TokenKind)]
    /// #[token_kind(name = "github-ci", scopes(RepoRead), max_lifetime = "1h")]
    /// enum GithubCi {}
    ///
    /// let redaction = Redaction::for_kinds(&[GithubCi::COMPILED]);
    /// let secret = Secret::from(["tok_wQ8zL3nVb7XkR2mT", "j5YcF9dHs4GpA6uE1oKi"].concat());
    /// let registered = redaction.register_secret::<GithubCi>(&secret)?; // then `Token::admit(secret, …)`
    /// assert_eq!(registered.to_string(), "[token:github-ci#a54abca3d22e87c1cf46abb11b9b4267]");
    /// # Ok::<(), token_redact::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails as [`register`](Self::register) does.
    pub fn register_secret<K: TokenKind>(&self, secret: &Secret) -> Result<Registered, Error> {
        secret
            .with_bytes("registers it to be masked", |value| self.register(K::COMPILED.name, value))
    }

    /// Returns a writer that masks what is written to it, and passes the result on to `inner`.
    pub fn writer<W: Write>(&self, inner: W) -> Redactor<W> {
        Redactor::new(self.engine(), inner)
    }

    /// Masks a whole text and returns the result.
    #[must_use]
    pub fn redact(&self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut engine = self.engine();
        engine.hold(text);
        engine.finish(&mut out);
        out
    }

    /// Returns how many tokens were masked so far, by this redaction and all its clones.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.count()
    }

    pub(super) fn engine(&self) -> Engine {
        Engine::new(self.0.clone())
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.0
    }
}

/// Each token that an [admission](token_core::Admission::masked_by) admits is masked until it is wiped. One of our own format
/// that this redaction knows by its prefix is not registered, since it is masked anyway.
///
/// ```
/// use std::time::Duration;
/// use token_core::{Admission, Grant, Scope, Secret, Token, TokenKind};
/// use token_redact::Redaction;
/// # #[derive(Scope)]
/// # #[scope("repo:read")]
/// # enum RepoRead {}
///
/// #[derive(TokenKind)]
/// #[token_kind(name = "github-ci", scopes(RepoRead), max_lifetime = "1h")]
/// enum GithubCi {}
///
/// let redaction = Redaction::for_kinds(&[GithubCi::COMPILED]);
/// let admission = Admission::new().masked_by(&redaction);
/// let secret = Secret::from(["tok_wQ8zL3nVb7XkR2mT", "j5YcF9dHs4GpA6uE1oKi"].concat());
/// let grant = Grant::new("repo:read").expires_in(Duration::from_secs(600));
/// let token: Token<GithubCi> = admission.admit(secret, &grant)?;
///
/// let said = ["tok_wQ8zL3nVb7XkR2mT", "j5YcF9dHs4GpA6uE1oKi"].concat();
/// assert_eq!(redaction.display(&said).to_string(), "[token:github-ci#a54abca3d22e87c1cf46abb11b9b4267]");
/// drop(token); // wiped, and no longer looked for
/// assert_eq!(redaction.display(&said).to_string(), said);
/// # Ok::<(), token_core::Error>(())
/// ```
///
/// # Errors
///
/// [`NotMasked`](token_core::ErrorKind::NotMasked), with an [`Error`] of this crate as its source, if the value cannot be
/// [registered](Self::register): it is too short, or easily guessed.
impl Mask for Redaction {
    fn mask(&self, kind: &'static str, secret: &Secret) -> Result<Masked, token_core::Error> {
        let registered =
            secret.with_bytes("registers it to be masked", |value| match self.0.own.masks(value) {
                true => Ok(None),
                false => self.register(kind, value).map(Some),
            });
        let registered = registered.map_err(token_core::Error::not_masked)?;
        Ok(registered.map_or_else(|| Box::new(()) as Masked, |registered| Box::new(registered)))
    }
}

impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redaction").field("count", &self.count()).finish_non_exhaustive()
    }
}
