//! Access tokens by a refresh token.

use std::{
    fmt,
    marker::PhantomData,
    sync::{Mutex, PoisonError},
};

use token_core::{Secret, TokenKind};

use super::{Endpoint, Store, answer::Answer, form::Form, store::Locked, trouble::Trouble};
use crate::{Attempt, Failure, Fetched, Issuer};

/// Access tokens by a refresh token that somebody got by logging in (RFC 6749 section 6), as an [`Issuer`].
///
/// Many servers give a new refresh token with each answer and accept the old one no more (RFC 9700 section 4.14.2). So the refresh
/// token is kept in a [`Store`], where the new one is synced before the access token is released. Processes that share the store
/// ask one after the other, each with the newest one.
///
/// # What can be lost
///
/// The server accepts the old refresh token no more from its own commit on; we have the new one when it is synced here. If the program
/// or the machine dies between these two moments, or the answer gets lost on the way, there is no refresh token any more, and
/// somebody has to log in again. The guide `docs/rotating.md` says how to notice, and what to do.
///
/// If the disk takes no new token, it is kept in memory, and written at the next fetch before anything else is sent.
pub struct RefreshToken<K> {
    endpoint: Endpoint,
    store: Store,
    unwritten: Mutex<Option<Unwritten>>,
    kind: PhantomData<fn() -> K>,
}

/// A refresh token that the disk did not take, and the one that it replaces.
struct Unwritten {
    used: Secret,
    successor: Secret,
}

impl<K: TokenKind> RefreshToken<K> {
    /// Tokens from this endpoint, by the refresh token in this store.
    #[must_use]
    pub const fn new(endpoint: Endpoint, store: Store) -> Self {
        Self { endpoint, store, unwritten: Mutex::new(None), kind: PhantomData }
    }

    /// The refresh token to use. Writes the one that is not written yet, unless somebody has put another one there meanwhile.
    fn current(
        &self,
        store: &Locked<'_>,
        unwritten: &mut Option<Unwritten>,
    ) -> Result<Secret, Failure> {
        let found =
            store.read().map_err(|error| match Trouble::read(&self.store.path, &error) {
                Some(trouble) => Failure::permanent(trouble),
                None => error.into(),
            })?;
        let is_ours = |it: &Unwritten| {
            it.used.with_bytes("compared with the store", |used| found.constant_time_eq(used))
        };
        if unwritten.take_if(|it| !is_ours(it)).is_some() {
            return Ok(found);
        }
        if let Some(it) = unwritten {
            store.replace(&it.successor).map_err(Failure::transient)?;
        }
        Ok(unwritten.take().map_or(found, |it| it.successor))
    }
}

impl<K: TokenKind> Issuer<K> for RefreshToken<K> {
    fn fetch(&self, attempt: &Attempt) -> Result<Fetched, Failure> {
        let store = self.store.lock(attempt)?;
        let mut unwritten = self.unwritten.lock().unwrap_or_else(PoisonError::into_inner);
        let used = self.current(&store, &mut unwritten)?;
        let mut form = Form::new();
        form.add("grant_type", b"refresh_token");
        used.with_bytes("in the request", |token| form.add("refresh_token", token));
        let Answer { access, grant, refresh } = self.endpoint.ask::<K>(form, attempt)?;
        // From here on nothing is cancelled: the server may accept the old one no more.
        if let Some(successor) = refresh
            && let Err(trouble) = store.replace(&successor)
        {
            *unwritten = Some(Unwritten { used, successor });
            return Err(Failure::transient(trouble));
        }
        Ok(Fetched::new(access, grant))
    }
}

impl<K> fmt::Debug for RefreshToken<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshToken")
            .field("endpoint", &self.endpoint)
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}
