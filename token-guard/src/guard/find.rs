//! Finds the token of a request, and has it verified.

use std::sync::Arc;

use http::request::Parts;
use token_core::{
    AnyCaller, Authorized, Caller, Kinds, RequireScopes,
    caller::{Hit, Presented, Refused},
    scope::Uses,
};

use super::{Guard, Refusing};
use crate::{NotPresented, Reason};

/// In the extensions of a request: who presented its token, which the verification has consumed.
#[derive(Clone)]
struct Consumed {
    by: Guard,
    caller: AnyCaller,
    /// Whether the guard has taken it out of the headers, so that it is not found there again.
    is_taken_out: bool,
}

impl Guard {
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

    /// Asks memory. `None` if it cannot tell.
    #[inline]
    fn recall(&self, parts: &Parts) -> Result<Option<AnyCaller>, Reason> {
        let presented = match self.find(parts) {
            Ok(presented) => presented,
            Err(why) => {
                let ticket = self.consumed(parts).filter(|it| it.is_taken_out);
                let caller = ticket.filter(|_| why == NotPresented::Missing);
                return caller.map(|it| Some(it.caller.clone())).ok_or(why.into());
            }
        };
        match self.0.verifier.hit(presented) {
            Hit::Caller(caller) => Ok(Some(caller)),
            Hit::Refused(spent @ Refused::Spent) => match self.consumed(parts) {
                Some(consumed) => Ok(Some(consumed.caller.clone())),
                None => Err(spent.into()),
            },
            Hit::Refused(refused) => Err(refused.into()),
            Hit::Miss => Ok(self.consumed(parts).map(|it| it.caller.clone())),
        }
    }

    /// Asks the store.
    async fn look_up(&self, parts: &mut Parts) -> Result<AnyCaller, Reason> {
        let caller = self.0.verifier.miss(self.find(parts)?).await?;
        if caller.kind().uses == Uses::Once {
            self.remember(&caller, false, parts);
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
        self.remember(caller, true, parts);
        Ok(())
    }

    fn remember(&self, caller: &AnyCaller, is_taken_out: bool, parts: &mut Parts) {
        let (by, caller) = (self.clone(), caller.clone());
        parts.extensions.insert(Consumed { by, caller, is_taken_out });
    }

    #[inline]
    pub(super) fn find<'r>(&self, parts: &'r Parts) -> Result<Presented<'r>, NotPresented> {
        self.0.credentials.find(&parts.headers, &parts.uri)
    }

    /// What this guard has consumed earlier in the same request.
    fn consumed<'r>(&self, parts: &'r Parts) -> Option<&'r Consumed> {
        let consumed = parts.extensions.get::<Consumed>()?;
        Arc::ptr_eq(&consumed.by.0, &self.0).then_some(consumed)
    }
}
