//! Verifies the token of a request.

use std::{fmt, sync::Arc};

use http::request::Parts;
use token_core::{
    AnyCaller, Authorized, Caller, Kinds, RequireScopes, Verify,
    caller::{Hit, Presented, Refused},
    scope::Uses,
};

use crate::{Challenge, Credentials, NotPresented, Reason, Refusal};

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
        Self(Arc::new(Inner { verifier, credentials, challenge }))
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
        let known = self.recall(parts).map_err(|reason| self.refuse(reason))?;
        let caller = match known {
            Some(caller) => caller,
            // On the heap, as the verifier's own future is: the future of a request stays small.
            None => Box::pin(self.look_up(parts)).await.map_err(|reason| self.refuse(reason))?,
        };
        caller.of_kind().map_err(|refused| self.refuse(refused))
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
        let caller = self.identify::<K>(parts).await?;
        caller.authorize_at_run_time().map_err(|refused| self.refuse(refused))
    }

    /// The answer to a request that is refused for `reason`.
    #[cold]
    pub fn refuse(&self, reason: impl Into<Reason>) -> Refusal {
        Refusal::new(reason, &self.0.challenge)
    }

    /// Asks memory. `None` if it cannot tell.
    #[inline]
    fn recall(&self, parts: &Parts) -> Result<Option<AnyCaller>, Reason> {
        match self.0.verifier.hit(self.find(parts)?) {
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
            parts.extensions.insert(Consumed { by: self.clone(), caller: caller.clone() });
        }
        Ok(caller)
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

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { credentials, challenge, .. } = &*self.0;
        f.debug_struct("Guard")
            .field("credentials", credentials)
            .field("challenge", challenge)
            .finish_non_exhaustive()
    }
}
