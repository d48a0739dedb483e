//! Verifies the token of a request.

use std::{fmt, sync::Arc};

use http::request::Parts;
use token_core::{
    AnyCaller, Authorized, Caller, Kinds, RequireScopes, TokenId, Verify,
    caller::{Hit, Presented, Refused},
    record::Recorder,
    scope::{CompiledKind, Uses},
};

use crate::{
    Challenge, Credentials, NotPresented, Reason, Refusal, UntilInvalid,
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

/// A request that is about to be refused.
pub(crate) struct Refusing {
    pub(crate) reason: Reason,
    /// Of a token that the verifier vouched for.
    token: Option<TokenId>,
}

/// In the extensions of a request: who presented its token, which the verification has consumed.
#[derive(Clone)]
struct Consumed {
    by: Guard,
    caller: AnyCaller,
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
        found.map_err(|refusing| self.refuse_request(&refusing, K::ALL, O::SCOPES, parts))
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

    pub(crate) async fn try_identify<K: Kinds>(
        &self,
        parts: &mut Parts,
    ) -> Result<Caller<K>, Refusing> {
        let caller = self.try_any(parts).await?;
        let token = caller.token();
        caller.of_kind().map_err(|refused| Refusing::of(refused, token))
    }

    /// The caller with a token of whatever kind.
    #[inline]
    pub(crate) async fn try_any(&self, parts: &mut Parts) -> Result<AnyCaller, Reason> {
        let caller = match self.recall(parts)? {
            Some(caller) => caller,
            // On the heap, as the verifier's own future is: the future of a request stays small.
            None => Box::pin(self.look_up(parts)).await?,
        };
        if self.0.credentials.take_ticket_out(&mut parts.headers) {
            self.admit_ticket(&caller, parts)?;
        }
        Ok(caller)
    }

    pub(crate) async fn try_authorize<O: RequireScopes, K: Kinds>(
        &self,
        parts: &mut Parts,
    ) -> Result<Authorized<O, K>, Refusing> {
        let caller = self.try_identify::<K>(parts).await?;
        let token = caller.token();
        caller.authorize_at_run_time().map_err(|refused| Refusing::of(refused, token))
    }

    /// Refuses the request, and tells of it. `kinds` and `needs` are what was asked for.
    #[cold]
    pub(crate) fn refuse_request(
        &self,
        refusing: &Refusing,
        kinds: &[&'static CompiledKind],
        needs: &'static [&'static str],
        parts: &mut Parts,
    ) -> Refusal {
        let Refusing { reason, token } = *refusing;
        self.0.telling.tell(reason, || {
            let facts = Facts { token, needs, ..Facts::of(parts) };
            match self.find(parts) {
                Ok(presented) if token.is_none() && reason.is_of_a_known_token() => {
                    facts.with_token(presented, kinds)
                }
                Ok(_) | Err(_) => facts,
            }
        });
        // Where a proof is optional, the handler runs all the same.
        self.0.credentials.take_ticket_out(&mut parts.headers);
        Refusal::new(reason, &self.0.challenge)
    }

    /// As [`refuse_request`](Self::refuse_request), where the request is not at hand.
    #[cfg(feature = "tonic")]
    #[cold]
    pub(crate) fn refuse_known(
        &self,
        refusing: &Refusing,
        needs: &'static [&'static str],
    ) -> Refusal {
        let Refusing { reason, token } = *refusing;
        self.0.telling.tell(reason, || Facts { token, needs, ..Facts::default() });
        Refusal::new(reason, &self.0.challenge)
    }

    /// Asks memory. `None` if it cannot tell.
    #[inline]
    fn recall(&self, parts: &Parts) -> Result<Option<AnyCaller>, Reason> {
        let presented = match self.find(parts) {
            Ok(presented) => presented,
            // A ticket that this guard has taken out.
            Err(why @ NotPresented::Missing) => {
                return self.consumed(parts).map(Some).ok_or(why.into());
            }
            Err(why) => return Err(why.into()),
        };
        match self.0.verifier.hit(presented) {
            Hit::Caller(caller) => Ok(Some(caller)),
            Hit::Refused(spent @ Refused::Spent) => match self.consumed(parts) {
                Some(caller) => Ok(Some(caller)),
                None => Err(spent.into()),
            },
            Hit::Refused(refused) => Err(refused.into()),
            Hit::Miss => Ok(self.consumed(parts)),
        }
    }

    /// Asks the store.
    async fn look_up(&self, parts: &mut Parts) -> Result<AnyCaller, Reason> {
        let caller = self.0.verifier.miss(self.find(parts)?).await?;
        if caller.kind().uses == Uses::Once {
            self.remember(&caller, parts);
        }
        Ok(caller)
    }

    /// The ticket is no longer among the headers, so its caller is remembered.
    #[cold]
    fn admit_ticket(&self, caller: &AnyCaller, parts: &mut Parts) -> Result<(), Reason> {
        if !self.0.credentials.has_tickets_of(caller.kind()) {
            // The verifier vouches for another kind than the text begins with.
            return Err(Refused::Unknown.into());
        }
        self.remember(caller, parts);
        Ok(())
    }

    fn remember(&self, caller: &AnyCaller, parts: &mut Parts) {
        parts.extensions.insert(Consumed { by: self.clone(), caller: caller.clone() });
    }

    #[inline]
    fn find<'r>(&self, parts: &'r Parts) -> Result<Presented<'r>, NotPresented> {
        self.0.credentials.find(&parts.headers, &parts.uri)
    }

    /// The caller whose token this guard has consumed earlier in the same request.
    fn consumed(&self, parts: &Parts) -> Option<AnyCaller> {
        let consumed = parts.extensions.get::<Consumed>()?;
        Arc::ptr_eq(&consumed.by.0, &self.0).then(|| consumed.caller.clone())
    }
}

impl Refusing {
    /// Of a token that the verifier vouched for.
    pub(crate) fn of(refused: Refused, token: TokenId) -> Self {
        Self { reason: refused.into(), token: Some(token) }
    }
}

impl From<Reason> for Refusing {
    fn from(reason: Reason) -> Self {
        Self { reason, token: None }
    }
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
