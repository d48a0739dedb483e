//! How tokens are admitted: on which clocks, and with which recorder.

use alloc::{borrow::Cow, boxed::Box, sync::Arc};
use core::fmt;

use super::{
    Grant, Token, admit,
    held::{Admitted, Held},
    mask::{Mask, Masked},
    recording::{Recording, Subject},
};
#[cfg(feature = "policy-file")]
use crate::policy::Locked;
use crate::{
    Error, ErrorKind,
    clock::{Clock, Now, Time},
    id::TokenId,
    record::Recorder,
    scope::{CompiledKind, TokenKind},
    secret::Secret,
};

/// How tokens are admitted. [`Token::admit`] is the short form, on the system's clocks and without a recorder.
///
/// With a [recorder](Self::recorder) the life of every token is on record. Each event names the token's
/// [id](TokenId), if it has one, and kind, and the [actor](Self::actor) and [reason](Self::reason) that you give here:
///
/// | what happens | event | when it is recorded |
/// |---|---|---|
/// | a token is admitted | [`Admitted`], with the policy digest and the scopes that the policy lists for the kind | before the token exists: no record, no token |
/// | a secret is refused | [`Refused`], with the policy digest and the [name](ErrorKind::name) of the error | after the wipe |
/// | a token is used | [`Exposed`], with a count for each scope that the operations require | when the token ends, and at a use if the last report is more than an hour old |
/// | a token is older than the policy wants | [`Overdue`], once; the token stays valid | at the admission, or at the first use beyond that age |
/// | a token is newer than the lock that [admits it](Self::locked_by) | [`Behind`] | at the admission |
/// | a token is found expired | [`Expired`], or [`Rotated`] if it was [replaced](Token::replaced_by) | after the wipe; an exposure that is still alive keeps the bytes until it ends |
/// | a token is [ended](Token::end); a token, or the result of [`spend_for`](Token::spend_for), is dropped | [`Destroyed`], or [`Rotated`] if it was [replaced](Token::replaced_by); nothing if the token was found expired or ended before | after the wipe, likewise |
///
/// So every admitted token gets one closing event, also when a thread unwinds. If the process is killed or
/// the token is leaked, there is no closing event, and the token stays open on record. Closing events name the index
/// of the opening one, so they belong together also if the token has no id.
///
/// The event of a refused secret has a token id too, so that its source can be found. It has none if the secret could
/// be guessed, or is of another form than its kind's tokens ([`Malformed`](ErrorKind::Malformed),
/// [`WrongFormat`](ErrorKind::WrongFormat)), since it may be something else that is secret.
///
/// [`Admitted`]: crate::record::Action::Admitted
/// [`Refused`]: crate::record::Action::Refused
/// [`Exposed`]: crate::record::Action::Exposed
/// [`Overdue`]: crate::record::Action::Overdue
/// [`Behind`]: crate::record::Action::Behind
/// [`Expired`]: crate::record::Action::Expired
/// [`Destroyed`]: crate::record::Action::Destroyed
/// [`Rotated`]: crate::record::Action::Rotated
///
/// ```
/// # #[cfg(all(feature = "derive", feature = "std"))] {
/// use std::{sync::Arc, time::Duration};
/// use token_core::{Admission, Grant, Scope, Secret, Token, TokenKind, record::InMemory};
///
/// #[derive(Scope)]
/// #[scope("repo:read")]
/// enum RepoRead {}
///
/// #[derive(TokenKind)]
/// #[token_kind(name = "github-ci", scopes(RepoRead), max_lifetime = "1h")]
/// enum GithubCi {}
///
/// let recorder = Arc::new(InMemory::new());
/// let admission = Admission::new().recorder(recorder.clone()).actor("deploy-service");
///
/// let secret = Secret::from(String::from("ghp_exampleexampleexample"));
/// let grant = Grant::new("repo:read").expires_in(Duration::from_secs(600));
/// let token: Token<GithubCi> = admission.admit(secret, &grant)?;
/// drop(token);
///
/// let names: Vec<_> = recorder.events().iter().map(|event| event.action.name().to_owned()).collect();
/// assert_eq!(names, ["admitted", "destroyed"]);
/// # }
/// # Ok::<(), token_core::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "it admits nothing by itself"]
pub struct Admission {
    time: Time,
    recorder: Option<Arc<dyn Recorder>>,
    mask: Option<Arc<dyn Mask>>,
    actor: Option<Cow<'static, str>>,
    reason: Option<Cow<'static, str>>,
    #[cfg(feature = "policy-file")]
    locked: Option<Locked>,
}

impl Admission {
    /// Admits on the system's clocks, without a recorder.
    #[cfg(all(feature = "std", not(all(target_family = "wasm", target_os = "unknown"))))]
    pub fn new() -> Self {
        Self::on(Time::System)
    }

    /// Admits on the given clock, which the tokens keep for their exposures, without a recorder.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self::on(Time::Given(clock))
    }

    fn on(time: Time) -> Self {
        Self {
            time,
            recorder: None,
            mask: None,
            actor: None,
            reason: None,
            #[cfg(feature = "policy-file")]
            locked: None,
        }
    }

    /// The clock that was given. `None` for the system's clocks.
    #[must_use]
    pub fn clock(&self) -> Option<&Arc<dyn Clock>> {
        match &self.time {
            #[cfg(all(feature = "std", not(all(target_family = "wasm", target_os = "unknown"))))]
            Time::System => None,
            Time::Given(clock) => Some(clock),
        }
    }

    /// Has `recorder` record the life of every token. A token keeps the recorder until its end.
    pub fn recorder(mut self, recorder: Arc<dyn Recorder>) -> Self {
        self.recorder = Some(recorder);
        self
    }

    /// Has `mask` mask every token in output, from the admission to the wipe: a `Redaction` of the crate `token-redact`. So
    /// a token is one value, and no handle beside it has to be kept. A token that cannot be masked is refused.
    pub fn masked_by(mut self, mask: &(impl Mask + Clone + 'static)) -> Self {
        self.mask = Some(Arc::new(mask.clone()));
        self
    }

    /// Who admits the tokens, for the record. Plain words: a name, a job, a host; never a token.
    pub fn actor(mut self, actor: impl Into<Cow<'static, str>>) -> Self {
        self.actor = Some(actor.into());
        self
    }

    /// Why the tokens are admitted, for the record. Plain words; never a token.
    pub fn reason(mut self, reason: impl Into<Cow<'static, str>>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Admits only tokens that the deployed lock has, or that are newer: see [`Token::is_behind`]. The tokens of kinds that
    /// live too shortly for a lock are admitted as without one, if the kind has a slot in the environment.
    ///
    /// A token is newer if its grant gives a higher [generation](Grant::generation) than the lock's current token or,
    /// without one, if it expires later. A token that never expires counts as newer if its id is none of the lock's.
    #[cfg(feature = "policy-file")]
    pub fn locked_by(mut self, locked: Locked) -> Self {
        self.locked = Some(locked);
        self
    }

    /// Admits a secret whose grant matches kind `K` exactly.
    ///
    /// # Errors
    ///
    /// Those of [`Token::admit`], [`NotMasked`](ErrorKind::NotMasked) if it is [masked](Self::masked_by), and the recorder's
    /// if the admission cannot be put on record. The secret is wiped. [Locked](Self::locked_by), also
    /// [`NotLocked`](ErrorKind::NotLocked), which names the fact that differs from the lock, and
    /// [`BehindLock`](ErrorKind::BehindLock) if the policy is strict.
    pub fn admit<K: TokenKind>(&self, secret: Secret, grant: &Grant) -> Result<Token<K>, Error> {
        let kind = K::COMPILED;
        let admitted = admit::check::<K>(&secret, grant, &self.time)
            .and_then(|admitted| self.compare(&secret, grant, kind, admitted));
        match admitted.and_then(|admitted| Ok((admitted, self.mask(kind, &secret)?))) {
            Ok((admitted, masked)) => self.hold((secret, masked), kind, admitted).map(Token::of),
            Err(error) => Err(self.refuse(secret, kind, error)),
        }
    }

    /// Compares a token that may be admitted with the lock.
    #[cfg_attr(
        not(feature = "policy-file"),
        expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "there is no lock")
    )]
    fn compare(
        &self,
        secret: &Secret,
        grant: &Grant,
        kind: &'static CompiledKind,
        admitted: Admitted,
    ) -> Result<Admitted, Error> {
        #[cfg(feature = "policy-file")]
        if let Some(locked) = &self.locked {
            let facts = grant.facts(kind, TokenId::of(secret.bytes()), &admitted);
            return Ok(Admitted { behind: locked.compare(kind, &facts)?, ..admitted });
        }
        let _ = (secret, grant, kind);
        Ok(admitted)
    }

    fn mask(&self, kind: &CompiledKind, secret: &Secret) -> Result<Option<Masked>, Error> {
        self.mask.as_ref().map(|mask| mask.mask(kind.name, secret)).transpose()
    }

    fn hold(
        &self,
        secret: (Secret, Option<Masked>),
        kind: &'static CompiledKind,
        admitted: Admitted,
    ) -> Result<Box<Held>, Error> {
        let id = TokenId::of(secret.0.bytes());
        let recording = self.open(kind, id, admitted.now)?;
        Ok(Box::new(Held::new(secret, id, admitted, self.time.clone(), recording)))
    }

    fn open(
        &self,
        kind: &'static CompiledKind,
        id: Option<TokenId>,
        now: Now,
    ) -> Result<Option<Recording>, Error> {
        let Some(subject) = self.subject(kind, id) else {
            return Ok(None);
        };
        let receipt = subject.admitted()?;
        Ok(Some(Recording::new(subject, receipt, now.monotonic)))
    }

    #[cold]
    fn refuse(&self, secret: Secret, kind: &'static CompiledKind, error: Error) -> Error {
        // A secret of another form is perhaps no token, but a password or a line of a file.
        let is_token = !matches!(error.kind(), ErrorKind::Malformed | ErrorKind::WrongFormat);
        let names = is_token && self.recorder.is_some();
        let id = if names { TokenId::of(secret.bytes()) } else { None };
        drop(secret);
        if let Some(subject) = self.subject(kind, id) {
            subject.refused(error.kind());
        }
        error
    }

    /// `None` if there is no recorder.
    fn subject(&self, kind: &'static CompiledKind, token: Option<TokenId>) -> Option<Subject> {
        let recorder = Arc::clone(self.recorder.as_ref()?);
        let (actor, reason) = (self.actor.clone(), self.reason.clone());
        Some(Subject { recorder, kind, token, actor, reason })
    }
}

#[cfg(all(feature = "std", not(all(target_family = "wasm", target_os = "unknown"))))]
impl Default for Admission {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Admission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admission")
            .field("recorded", &self.recorder.is_some())
            .field("masked", &self.mask.is_some())
            .field("actor", &self.actor)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}
