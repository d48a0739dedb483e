//! Verifies the token of a request.

use std::{fmt, sync::Arc};

use http::request::Parts;
use token_core::{
    AnyCaller, Authorized, Caller, Kinds, RequireScopes, Verify,
    caller::{Hit, Refused},
    scope::Uses,
};

use crate::{Challenge, Credentials, Reason, Refusal};

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
        let caller = self.caller(parts).await.map_err(|reason| self.refuse(reason))?;
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

    async fn caller(&self, parts: &mut Parts) -> Result<AnyCaller, Reason> {
        let Inner { verifier, credentials, .. } = &*self.0;
        let presented = credentials.find(&parts.headers, &parts.uri)?;
        let unknown = match verifier.hit(presented) {
            Hit::Caller(caller) => return Ok(caller),
            Hit::Refused(spent @ Refused::Spent) => Some(spent),
            Hit::Refused(refused) => return Err(refused.into()),
            Hit::Miss => None,
        };
        if let Some(caller) = self.consumed(parts) {
            return Ok(caller);
        }
        let caller = match unknown {
            Some(refused) => return Err(refused.into()),
            None => verifier.miss(presented).await?,
        };
        if caller.kind().uses == Uses::Once {
            parts.extensions.insert(Consumed { by: self.clone(), caller: caller.clone() });
        }
        Ok(caller)
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
