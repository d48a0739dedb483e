//! Refuses a request, and tells of it.

use http::request::Parts;
use token_core::{TokenId, caller::Refused, scope::CompiledKind};

use super::Guard;
use crate::{Reason, Refusal, telling::Facts};

/// A request that is about to be refused.
pub(crate) struct Refusing {
    pub(crate) reason: Reason,
    /// Of a token that the verifier vouched for.
    token: Option<TokenId>,
}

impl Guard {
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
