//! Verifies the token of a request.

mod find;
mod refuse;

use std::{fmt, sync::Arc};

use http::request::Parts;
use token_core::{
    AnyCaller, Authorized, Caller, Kinds, RequireScopes, Verify, record::Recorder, scope::ScopeList,
};

pub(crate) use self::refuse::Refusing;
use crate::{
    Challenge, Credentials, Reason, Refusal, UntilInvalid,
    telling::{Facts, Telling},
};

/// What a service needs to decide who may come in: who verifies, where a request carries its token, and how a refusal
/// introduces the service. A clone is one more reference to the same.
///
/// ```
/// # use std::sync::Arc;
/// # use token_core::Verify;
/// # fn guard(verifier: Arc<dyn Verify>) -> Result<token_guard::Guard, token_guard::UnfitText> {
/// use token_guard::{Challenge, Credentials, Guard};
///
/// let guard = Guard::new(verifier, Credentials::bearer(), Challenge::new("deployments")?);
/// # Ok(guard)
/// # }
/// ```
#[derive(Clone)]
pub struct Guard(Arc<Inner>);

struct Inner {
    verifier: Arc<dyn Verify>,
    credentials: Credentials,
    challenge: Challenge,
    telling: Telling,
}

impl Guard {
    /// Asks `verifier` about tokens that stand where `credentials` says. Refusals have `challenge`.
    #[must_use]
    pub fn new(verifier: Arc<dyn Verify>, credentials: Credentials, challenge: Challenge) -> Self {
        Self(Arc::new(Inner { verifier, credentials, challenge, telling: Telling::new(None) }))
    }

    /// Puts refusals on record, as [`Action::Refused`](token_core::record::Action::Refused): with the token's id, where the verifier
    /// knows the token; with the route and the scopes that it needs; and with the reason, which says more than the answer: whether the
    /// token has expired, was revoked or is unknown.
    ///
    /// A flood of bad tokens does not flood the record. Of each reason ten refusals a second are recorded one by one; the others
    /// are counted, and the number is recorded when the second is over. The recorder is called by a thread of its own, so one that is
    /// slow, hangs or fails costs no request a moment; what could not be recorded is counted, and told when it works again.
    ///
    /// With the feature `tracing` the same is told as events of the target `token_guard`.
    #[must_use]
    pub fn recorder(self, recorder: Arc<dyn Recorder>) -> Self {
        let Inner { verifier, credentials, challenge, .. } = &*self.0;
        Self(Arc::new(Inner {
            verifier: Arc::clone(verifier),
            credentials: credentials.clone(),
            challenge: challenge.clone(),
            telling: Telling::new(Some(recorder)),
        }))
    }

    /// Who makes the request: a caller with a token of kind `K`, or of one of the kinds of a tuple.
    ///
    /// A token that the verifier has in memory costs neither an allocation nor an await point. A token that may be used once is
    /// verified once in a request, however often the guard is asked; the caller is kept in the extensions.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] for whatever reason, which is the answer to the request.
    pub async fn identify<K: Kinds>(&self, parts: &mut Parts) -> Result<Caller<K>, Refusal> {
        let found = self.try_identify(parts).await;
        found.map_err(|refusing| self.refuse_request(&refusing, K::ALL, &[], parts))
    }

    /// The proof that operation `O` is permitted to who makes the request.
    ///
    /// Whether the kinds can ever permit the operation is found at run time; `token_guard::axum::Router` has the compiler say it.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] for whatever reason, which is the answer to the request.
    pub async fn authorize<O: RequireScopes, K: Kinds>(
        &self,
        parts: &mut Parts,
    ) -> Result<Authorized<O, K>, Refusal> {
        let found = self.try_authorize(parts).await;
        found.map_err(|refusing| self.refuse_request(&refusing, K::ALL, names::<O>(), parts))
    }

    /// The answer to a request that is refused for `reason`, of which it is told that it was refused.
    #[cold]
    pub fn refuse(&self, reason: impl Into<Reason>) -> Refusal {
        let reason = reason.into();
        self.0.telling.tell(reason, Facts::default);
        Refusal::new(reason, &self.0.challenge)
    }

    /// Waits until the caller's token is no longer valid. For answers that outlive the check: see [`UntilInvalid`].
    pub fn until_invalid(&self, caller: &AnyCaller) -> UntilInvalid {
        UntilInvalid::new(Arc::clone(&self.0.verifier), caller.clone())
    }
}

/// The scopes that are checked. `SCOPES` may say something else if somebody wrote `impl RequireScopes` by hand.
pub(crate) const fn names<O: RequireScopes>() -> &'static [&'static str] {
    O::Scopes::NAMES
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { credentials, challenge, .. } = &*self.0;
        f.debug_struct("Guard")
            .field("credentials", credentials)
            .field("challenge", challenge)
            .finish_non_exhaustive()
    }
}
