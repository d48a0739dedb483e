//! What an issuer is asked for: a new token, or a narrower one.

mod any;
pub(crate) mod draft;
mod narrow;
mod wish;

use std::{borrow::Cow, fmt, marker::PhantomData, time::Duration};

use token_core::{
    SourceDigest, TokenKind,
    scope::{CompiledKind, GrantedBy},
};

pub use any::AnyKind;
pub use narrow::Narrow;
pub(crate) use wish::{Wish, told_actor, told_reason};

/// Asks an issuer for a new token of kind `K`.
///
/// What is left out comes from the token policy: all scopes of the kind, its longest lifetime, its audience. Where the kind is known at
/// run time only, as in a command, it is a `Mint<AnyKind>`, which [`Mint::named`] makes.
///
/// ```
/// use std::time::Duration;
/// # use token_core::{Scope, TokenKind};
/// # mod scope { #[derive(token_core::Scope)] #[scope("deploy:read")] pub struct DeployRead; }
/// # #[derive(TokenKind)]
/// # #[token_kind(name = "deploy", scopes(scope::DeployRead), max_lifetime = "15m", format = "acme_deploy")]
/// # struct Deploy;
/// use token_issue::Mint;
///
/// let mint = Mint::<Deploy>::new()
///     .scopes::<(scope::DeployRead,)>() // does not compile if the kind lacks it
///     .lifetime(Duration::from_secs(600))
///     .subject("job-17")
///     .reason("nightly deployment");
/// # let _ = mint;
/// ```
#[must_use = "nothing is minted yet"]
pub struct Mint<K> {
    pub(crate) wish: Wish,
    pub(crate) kind: &'static CompiledKind,
    ty: PhantomData<fn() -> K>,
}

impl<K: TokenKind> Mint<K> {
    /// A token as the token policy describes its kind.
    pub fn new() -> Self {
        Self::of(K::COMPILED)
    }

    /// Only these scopes, and what they imply. A scope that the kind does not carry does not compile.
    pub fn scopes<S: GrantedBy<K>>(self) -> Self {
        self.scope_names(S::NAMES.iter().copied())
    }
}

impl<K> Mint<K> {
    fn of(kind: &'static CompiledKind) -> Self {
        Self { wish: Wish::default(), kind, ty: PhantomData }
    }

    /// On whose behalf the token acts: a user, a job, a service. Never a token. A verifier is fastest with 32 bytes or fewer. More
    /// than 256 are refused ([`TooLong`](crate::ErrorKind::TooLong)) before anything is made, and not cut: tokens are
    /// [revoked](crate::registry::Rule) by their subject, and two that were cut could be the same.
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.wish.subject = Some(subject.into());
        self
    }

    /// How long the token lives: at most as long as the kind's maximum, which is also what is taken if nothing is said.
    /// Whole seconds count; a part of one is dropped.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.wish.lifetime = Some(lifetime);
        self
    }

    /// Only the scopes with these names, and what they imply, for names that are known at run time only. They are checked
    /// when the token is made.
    pub fn scope_names<N>(mut self, names: impl IntoIterator<Item = N>) -> Self
    where
        N: Into<Cow<'static, str>>,
    {
        self.wish.scopes = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Whom the token is meant for. If the token policy gives the kind an audience, that is taken, and another one is
    /// refused. So are more than 256 bytes.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.wish.audience = Some(audience.into());
        self
    }

    /// Only a program of this build may use the token: whoever presents it must say that he is this one, and all others are
    /// refused. What is [narrowed](crate::Narrow) from it is bound to the same build.
    ///
    /// What a presenter says is **asserted**: a request has the header `Token-Build`, which anybody can write. So this stops mistakes
    /// and stale deployments, such as an old program that still runs with a new one's token; it does not stop a thief.
    ///
    /// ```
    /// # use token_core::{Scope, TokenKind};
    /// # #[derive(Scope)] #[scope("deploy:read")] struct DeployRead;
    /// # #[derive(TokenKind)]
    /// # #[token_kind(name = "deploy", scopes(DeployRead), max_lifetime = "15m", format = "acme_deploy")]
    /// # struct Deploy;
    /// use token_core::SourceDigest;
    /// use token_issue::Mint;
    ///
    /// let deployed: SourceDigest = "git:4b825dc642cb6eb9a060e54bf8d69288fbee4904".parse()?;
    /// let mint = Mint::<Deploy>::new().subject("job-17").for_build(deployed);
    /// # let _ = mint;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn for_build(mut self, build: SourceDigest) -> Self {
        self.wish.build = Some(build);
        self
    }

    /// Who has it made, instead of the issuer's actor. Never a token. Of more than 256 bytes the beginning is kept, and a mark that
    /// says how many there were, such as `…[257 bytes]`.
    pub fn actor(mut self, actor: impl Into<String>) -> Self {
        self.wish.actor = Some(actor.into());
        self
    }

    /// What for. Never a token. Of more than 1,024 bytes the beginning is kept, with such a mark.
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.wish.reason = Some(reason.into());
        self
    }
}

impl<K: TokenKind> Default for Mint<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K> Clone for Mint<K> {
    fn clone(&self) -> Self {
        Self { wish: self.wish.clone(), kind: self.kind, ty: PhantomData }
    }
}

impl<K> fmt::Debug for Mint<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.wish.show("Mint", self.kind.name, f)
    }
}
