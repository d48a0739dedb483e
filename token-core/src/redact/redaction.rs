//! What is looked for, shared by all that look.

use std::{
    fmt,
    io::Write,
    string::String,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    vec::Vec,
};

use token_policy::{format::Prefix, kind_name};

use super::{
    Redactor,
    display::{Redacted, RedactedError},
    engine::Engine,
    forbid::Forbidden,
    foreign::{Entry, Foreign, Keys},
    label::Label,
    own::Own,
    panic,
    register::{Registered, Unfit},
};
use crate::{Secret, TokenKind, scope::CompiledKind, secret::registers::wipe_registers};

/// What is to be masked: the tokens of our own format, and registered values.
///
/// Clones share everything. Make one when the program starts, and give clones to whatever prints.
///
/// ```
/// use token_core::redact::{Prefix, Redaction};
///
/// let redaction = Redaction::new([("deploy", Prefix::parse("acme_deploy")?)]);
/// let text = "curl -H 'Authorization: Bearer acme_deploy_77777777777777777777777777777718jGbI'";
/// assert_eq!(
///     redaction.display(&text).to_string(),
///     "curl -H 'Authorization: Bearer [token:deploy#bdca]'",
/// );
/// # Ok::<(), token_policy::format::PrefixError>(())
/// ```
#[derive(Clone)]
pub struct Redaction(Arc<Shared>);

pub(super) struct Shared {
    pub(super) own: Own,
    foreign: Mutex<Arc<Foreign>>,
    /// Counts the changes of `foreign`.
    version: AtomicU64,
    /// How many tokens were masked.
    count: AtomicU64,
    /// The last one.
    last: Mutex<Option<Label>>,
}

impl Redaction {
    /// For the token kinds of a policy: `Redaction::for_kinds(POLICY.kinds)`.
    ///
    /// Tokens of the kinds with a `format` need no registration. Those of the others are
    /// [registered](Self::register_secret) one by one.
    #[must_use]
    pub fn for_kinds(kinds: &[&CompiledKind]) -> Self {
        Self::new(kinds.iter().filter_map(|kind| Some((kind.name, kind.format?))))
    }

    /// For tokens of our own format, by the name of their kind and their prefix. They need no registration, whoever minted
    /// them and whenever: the checksum tells a token from a look-alike. In the place of what is no
    /// [name](token_policy::kind_name) of a kind stands the prefix: output must not say what a name could make it say.
    #[must_use]
    pub fn new<'k>(kinds: impl IntoIterator<Item = (&'k str, Prefix)>) -> Self {
        let named = |(kind, prefix): (&'k str, Prefix)| match kind_name::check(kind) {
            Ok(()) => (Arc::from(kind), prefix),
            Err(_) => (Arc::from(prefix.name()), prefix),
        };
        Self(Arc::new(Shared {
            own: Own::new(kinds.into_iter().map(named).collect()),
            foreign: Mutex::new(Arc::new(Foreign::new(Keys::random()))),
            version: AtomicU64::new(0),
            count: AtomicU64::new(0),
            last: Mutex::new(None),
        }))
    }

    /// Masks `value` from now on, under the name of a kind, until the answer is dropped.
    ///
    /// Nothing of the value is kept but what the [module](super) says; the caller wipes it as before. What was written
    /// earlier is not called back. It is found in writers that exist already, from their next call on.
    ///
    /// # Errors
    ///
    /// If the value is no token that can be hidden, or `kind` is no name of a kind. A value that is easily guessed cannot
    /// be: the fingerprint would confirm the guess, and ordinary text would be masked.
    pub fn register(&self, kind: &str, value: &[u8]) -> Result<Registered, Unfit> {
        Unfit::check(value)?;
        kind_name::check(kind).map_err(|_| Unfit::Kind)?;
        let entry = self.0.entry(kind, value).ok_or(Unfit::TooShort)?;
        self.0.change(|foreign| foreign.with(entry.clone()));
        Ok(Registered::new(self.0.clone(), entry))
    }

    /// Masks a secret from now on, as a token of kind `K`, until the answer is dropped.
    ///
    /// ```
    /// # #[cfg(feature = "derive")] {
    /// use token_core::{Scope, Secret, TokenKind, redact::Redaction};
    /// # #[derive(Scope)]
    /// # #[scope("repo:read")]
    /// # enum RepoRead {}
    ///
    /// #[derive(TokenKind)]
    /// #[token_kind(name = "github-ci", scopes(RepoRead), max_lifetime = "1h")]
    /// enum GithubCi {}
    ///
    /// let redaction = Redaction::for_kinds(&[GithubCi::COMPILED]);
    /// let secret = Secret::from(String::from("ghp_0123456789abcdefghijklmnopqrstuvwxyz"));
    /// let registered = redaction.register_secret::<GithubCi>(&secret)?; // then `Token::admit(secret, …)`
    /// assert_eq!(registered.to_string(), "[token:github-ci#1508]");
    /// # }
    /// # Ok::<(), token_core::redact::Unfit>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`register`](Self::register).
    pub fn register_secret<K: TokenKind>(&self, secret: &Secret) -> Result<Registered, Unfit> {
        self.register(K::COMPILED.name, secret.bytes())
    }

    /// A writer that masks what is written to `inner`.
    pub fn writer<W: Write>(&self, inner: W) -> Redactor<W> {
        Redactor::new(self.engine(), inner)
    }

    /// A value that is masked as it is formatted, with `{}` or `{:?}`.
    pub fn display<'a, T: ?Sized>(&'a self, value: &'a T) -> Redacted<'a, T> {
        Redacted::new(self, value)
    }

    /// An error and all its sources, joined by `: ` and masked.
    pub fn error<'a>(&'a self, error: &'a (dyn core::error::Error + 'a)) -> RedactedError<'a> {
        RedactedError::new(self, error)
    }

    /// Masks a whole text.
    #[must_use]
    pub fn redact(&self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut engine = self.engine();
        engine.take(text, &mut out);
        engine.finish(&mut out);
        out
    }

    /// Masks the messages of panics, and what `RUST_BACKTRACE` adds to them, on standard error.
    ///
    /// The hook before it is replaced and not called, since it would print the same unmasked. Set it first in `main`; a hook
    /// that is set later replaces it.
    pub fn set_panic_hook(&self) {
        panic::set_hook(self.clone());
    }

    /// How many tokens were masked so far, in all that share this.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.count.load(Ordering::Acquire)
    }

    /// For tests: fails when anything is masked before the answer is dropped.
    ///
    /// Masking is the last line of defence; in a test a token in the output is a mistake to mend.
    #[must_use = "it fails when it is dropped"]
    pub fn forbid(&self) -> Forbidden {
        Forbidden::new(self.clone())
    }

    pub(super) fn engine(&self) -> Engine {
        Engine::new(self.0.clone())
    }

    /// What stood in the place of the last token.
    pub(super) fn last(&self) -> String {
        let last = lock(&self.0.last).clone();
        last.map(|label| std::format!("{label}")).unwrap_or_default()
    }
}

impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redaction").field("count", &self.count()).finish_non_exhaustive()
    }
}

impl Shared {
    pub(super) fn foreign(&self) -> (Arc<Foreign>, u64) {
        let foreign = lock(&self.foreign);
        (foreign.clone(), self.version())
    }

    #[inline]
    pub(super) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    pub(super) fn note(&self, label: &Label) {
        *lock(&self.last) = Some(label.clone());
        self.count.fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn remove(&self, entry: &Entry) {
        self.change(|foreign| foreign.without(entry));
    }

    fn entry(&self, kind: &str, value: &[u8]) -> Option<Entry> {
        let entry = lock(&self.foreign).entry(kind, value);
        wipe_registers();
        entry
    }

    fn change(&self, change: impl FnOnce(&Foreign) -> Foreign) {
        let mut foreign = lock(&self.foreign);
        *foreign = Arc::new(change(&foreign));
        self.version.fetch_add(1, Ordering::AcqRel);
    }
}

/// Each is whole whenever the lock is free, also after a panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
