//! What a method asks of its request.

use token_core::{AnyCaller, Authorized, Authorizes, Caller, Kinds, RequireScopes};
use tonic::{Request, Status};

use super::status;
use crate::{
    Guard, UntilInvalid,
    guard::{Refusing, names},
};

/// In the extensions of a request: who makes it, and the guard that found out.
#[derive(Clone)]
pub(super) struct Vouched {
    pub(super) guard: Guard,
    pub(super) caller: AnyCaller,
}

/// What the methods of a service ask of a request that came through a [`GuardLayer`](super::GuardLayer).
///
/// Without the layer all of it fails with `INTERNAL`, so that nothing is open because somebody forgot it.
///
/// Implemented for [`tonic::Request`], and for nothing else.
pub trait GuardedRequest: sealed::Sealed {
    /// The proof that operation `Op` is permitted to the caller, whose token is of kind `K`, or of one of the kinds of a tuple.
    /// It does not compile if a kind can never permit it.
    ///
    /// # Errors
    ///
    /// `UNAUTHENTICATED` for a token of another kind, or one that has expired since; `PERMISSION_DENIED` for too few scopes.
    fn authorized<Op, K>(&self) -> Result<Authorized<Op, K>, Status>
    where
        Op: RequireScopes,
        K: Authorizes<Op>;

    /// Who makes the request, with a token of kind `K`, or of one of the kinds of a tuple. No scope is looked at.
    ///
    /// # Errors
    ///
    /// `UNAUTHENTICATED` for a token of another kind.
    fn identified<K: Kinds>(&self) -> Result<Caller<K>, Status>;

    /// Waits until the caller's token is no longer valid. For streams: see [`Until`](super::Until).
    ///
    /// # Errors
    ///
    /// `INTERNAL` without the layer.
    fn until_invalid(&self) -> Result<UntilInvalid, Status>;
}

impl<T> GuardedRequest for Request<T> {
    fn authorized<Op, K>(&self) -> Result<Authorized<Op, K>, Status>
    where
        Op: RequireScopes,
        K: Authorizes<Op>,
    {
        let vouched = vouched(self)?;
        let caller = vouched.caller.clone().of_kind::<K>();
        let authorized = caller.and_then(|caller| caller.authorize::<Op>());
        authorized.map_err(|refused| {
            let refusing = Refusing::of(refused, vouched.caller.token());
            status::of(&vouched.guard.refuse_known(&refusing, names::<Op>()))
        })
    }

    fn identified<K: Kinds>(&self) -> Result<Caller<K>, Status> {
        let vouched = vouched(self)?;
        vouched.caller.clone().of_kind::<K>().map_err(|refused| {
            let refusing = Refusing::of(refused, vouched.caller.token());
            status::of(&vouched.guard.refuse_known(&refusing, &[]))
        })
    }

    fn until_invalid(&self) -> Result<UntilInvalid, Status> {
        let vouched = vouched(self)?;
        Ok(vouched.guard.until_invalid(&vouched.caller))
    }
}

fn vouched<T>(request: &Request<T>) -> Result<&Vouched, Status> {
    let vouched = request.extensions().get::<Vouched>();
    vouched.ok_or_else(|| Status::internal("this service runs without token_guard's layer"))
}

mod sealed {
    #[allow(unnameable_types, reason = "that is the seal")]
    pub trait Sealed {}

    impl<T> Sealed for tonic::Request<T> {}
}
