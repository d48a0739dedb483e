//! What the layers have in common: a request passes a gate, or is answered there.

use std::{fmt, future::Future, mem, pin::Pin};

use http::{Request, Response, request::Parts};
use token_core::{
    AnyCaller, Authorizes, Kinds, RequireScopes, caller::Refused, scope::CompiledKind,
};
use tower_service::Service;

use crate::{
    Guard, Refusal,
    guard::{Refusing, names},
};

/// Asks a guard who makes a request, and whether he may.
#[derive(Clone)]
pub(crate) struct Gate {
    guard: Guard,
    asks: Asks,
}

/// What is asked for.
#[derive(Clone, Copy)]
struct Asks {
    kinds: &'static [&'static CompiledKind],
    needs: &'static [&'static str],
    permits: fn(AnyCaller) -> Result<AnyCaller, Refused>,
}

/// What a layer does with a request that passes, and with one that is refused.
pub(crate) trait Answers: 'static {
    fn enter(parts: &mut Parts, guard: &Guard, caller: AnyCaller);

    fn answer<R: Default>(refusal: &Refusal) -> Response<R>;
}

/// The answer of a service behind a gate.
pub(crate) type Answering<R, E> =
    Pin<Box<dyn Future<Output = Result<Response<R>, E>> + Send + 'static>>;

impl Gate {
    /// For a valid token of whatever kind.
    pub(crate) const fn any(guard: Guard) -> Self {
        Self { guard, asks: Asks { kinds: &[], needs: &[], permits: Ok } }
    }

    /// For callers with a token of these kinds.
    pub(crate) const fn identified<K: Kinds>(guard: Guard) -> Self {
        let permits = |caller: AnyCaller| Ok(caller.of_kind::<K>()?.into_any());
        Self { guard, asks: Asks { kinds: K::ALL, needs: &[], permits } }
    }

    /// For callers to whom the operation is permitted.
    pub(crate) const fn authorized<Op, K>(guard: Guard) -> Self
    where
        Op: RequireScopes,
        K: Authorizes<Op>,
    {
        let permits = |caller: AnyCaller| {
            let caller = caller.of_kind::<K>()?;
            let may = caller.authorize::<Op>()?;
            Ok(may.caller().clone().into_any())
        };
        Self { guard, asks: Asks { kinds: K::ALL, needs: names::<Op>(), permits } }
    }

    /// Calls the service, which is ready, if the request passes. What is left in its place need not be ready.
    pub(crate) fn pass<A, S, B, R>(
        &self,
        service: &mut S,
        request: Request<B>,
    ) -> Answering<R, S::Error>
    where
        A: Answers,
        S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
        S::Future: Send,
        B: Send + 'static,
        R: Default,
    {
        let clone = service.clone();
        let mut ready = mem::replace(service, clone);
        let gate = self.clone();
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            match gate.check(&mut parts).await {
                Ok(caller) => {
                    A::enter(&mut parts, &gate.guard, caller);
                    ready.call(Request::from_parts(parts, body)).await
                }
                Err(refusal) => Ok(A::answer(&refusal)),
            }
        })
    }

    async fn check(&self, parts: &mut Parts) -> Result<AnyCaller, Refusal> {
        let Self { guard, asks } = self;
        let found = self.find(parts).await;
        found.map_err(|refusing| guard.refuse_request(&refusing, asks.kinds, asks.needs, parts))
    }

    async fn find(&self, parts: &mut Parts) -> Result<AnyCaller, Refusing> {
        let caller = self.guard.try_any(parts).await?;
        let token = caller.token();
        (self.asks.permits)(caller).map_err(|refused| Refusing::of(refused, token))
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("guard", &self.guard)
            .field("scopes", &self.asks.needs)
            .finish_non_exhaustive()
    }
}
