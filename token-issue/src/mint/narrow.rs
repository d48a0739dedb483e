//! What an issuer is asked for: a narrower token.

use std::{borrow::Cow, fmt, marker::PhantomData, time::Duration};

use token_core::{Reusable, TokenKind, scope::GrantedBy};

use super::Wish;

/// Asks an issuer for a child of a caller's token: of the same kind and subject, with the same rights or fewer.
///
/// What is left out is as in the parent. If the parent is [bound to a build](crate::Mint::for_build), so is the child.
///
/// ```
/// use std::time::Duration;
/// # use token_core::{Scope, TokenKind};
/// # mod scope { #[derive(token_core::Scope)] #[scope("deploy:read")] pub struct DeployRead; }
/// # #[derive(TokenKind)]
/// # #[token_kind(name = "deploy", scopes(scope::DeployRead), max_lifetime = "15m", format = "acme_deploy")]
/// # struct Deploy;
/// use token_issue::Narrow;
///
/// let narrow = Narrow::<Deploy>::new()
///     .scopes::<(scope::DeployRead,)>()
///     .lifetime(Duration::from_secs(60))
///     .reason("for the build step");
/// # let _ = narrow;
/// ```
#[must_use = "nothing is narrowed yet"]
pub struct Narrow<K> {
    pub(crate) wish: Wish,
    kind: PhantomData<fn() -> K>,
}

/// For kinds whose tokens may be used more than once: to narrow one that may be used once would be to use it.
impl<K: Reusable> Narrow<K> {
    /// A token like its parent.
    pub fn new() -> Self {
        Self { wish: Wish::default(), kind: PhantomData }
    }
}

impl<K: TokenKind> Narrow<K> {
    /// How long the token lives: at most what is left of the parent's time, which is also what is taken if nothing is said.
    /// Whole seconds count; a part of one is dropped.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.wish.lifetime = Some(lifetime);
        self
    }

    /// The token lives as long as its parent, but not longer than this. Whole seconds count; a part of one is dropped.
    pub fn lifetime_at_most(mut self, longest: Duration) -> Self {
        self.wish.at_most = Some(longest);
        self
    }

    /// Only these scopes, and what they imply. A scope that the kind does not carry does not compile.
    pub fn scopes<S: GrantedBy<K>>(mut self) -> Self {
        self.wish.scopes = Some(S::NAMES.iter().copied().map(Cow::Borrowed).collect());
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

    /// Whom the token is meant for, if the parent does not say. If it does, another audience is refused. So are more than
    /// 256 bytes.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.wish.audience = Some(audience.into());
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

impl<K: Reusable> Default for Narrow<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K> Clone for Narrow<K> {
    fn clone(&self) -> Self {
        Self { wish: self.wish.clone(), kind: PhantomData }
    }
}

impl<K: TokenKind> fmt::Debug for Narrow<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.wish.show("Narrow", K::COMPILED.name, f)
    }
}
