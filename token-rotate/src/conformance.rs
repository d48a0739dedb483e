//! What every issuer must do, as one suite of checks for who writes one.
//!
//! ```
//! # use std::time::Duration;
//! # use token_core::{Admission, Grant, Scope, Secret, TokenKind};
//! # use token_rotate::{Attempt, Failure, Fetched, Issuer, conformance};
//! # #[derive(Scope)] #[scope("repo:read")] enum RepoRead {}
//! # #[derive(TokenKind)] #[token_kind(name = "ci", scopes(RepoRead), max_lifetime = "1h")] enum Ci {}
//! # struct Server;
//! # impl Issuer<Ci> for Server {
//! #     fn fetch(&self, attempt: &Attempt) -> Result<Fetched, Failure> {
//! #         let secret = Secret::from(format!("tok_wQ8zL3nVb7XkR2mTj5Yc{}", attempt.number()));
//! #         Ok(Fetched::new(secret, Grant::new("repo:read").expires_in(Duration::from_secs(600))))
//! #     }
//! # }
//! # fn main() {
//! conformance::run::<Ci, _>(&Admission::new(), || Server);
//! # }
//! ```
//!
//! What the suite cannot know: what the issuer does when its server is down, slow or wrong, and whether a token that was retired is
//! really refused. Try that too.
#![allow(clippy::panic, reason = "a check that fails panics")]

use std::{
    collections::BTreeMap,
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use token_core::{Admission, Reusable, Secret, TokenId, TokenKind};

use crate::{AsyncIssuer, Attempt, Failure, Fetched, Handle, Issuer, issuer::Parts};

/// Runs all checks, each on an issuer that `fresh` makes. They fetch some ten tokens. The admission says on which clocks tokens are
/// admitted.
///
/// # Panics
///
/// If a check fails. The message says what should be so.
pub fn run<K: Reusable, I: Issuer<K>>(admission: &Admission, fresh: impl Fn() -> I) {
    let checks = pin!(run_async::<K, _>(admission, || Now(fresh())));
    let mut context = Context::from_waker(Waker::noop());
    // No call of a blocking issuer is ever pending.
    assert!(matches!(checks.poll(&mut context), Poll::Ready(())), "a blocking issuer waits");
}

/// As [`run`], under any runtime.
///
/// # Panics
///
/// As [`run`].
pub async fn run_async<K: Reusable, I: AsyncIssuer<K>>(
    admission: &Admission,
    fresh: impl Fn() -> I,
) {
    tokens_are_admitted::<K, _>(admission, &fresh()).await;
    handles_are_public_and_apart::<K, _>(&fresh()).await;
    retiring_twice_is_no_failure::<K, _>(&fresh()).await;
    nobody_waits_for_what_was_cancelled::<K, _>(&fresh()).await;
    polling_makes_nothing::<K, _>(&fresh()).await;
}

async fn tokens_are_admitted<K: Reusable, I: AsyncIssuer<K>>(admission: &Admission, issuer: &I) {
    let (secret, grant, _) = fetch(issuer, &attempt(1)).await;
    let token = admission.admit::<K>(secret, &grant);
    if let Err(error) = &token {
        panic!("a token that is fetched is one that the policy admits: {error:#}");
    }
    let next = attempt(2).holding(token.ok().and_then(|token| token.id()));
    match issuer.fetch(&next).await.map(Fetched::into_parts) {
        Ok(Parts::New { secret, grant, .. }) => {
            let again = admission.admit::<K>(secret, &grant).map(drop);
            assert!(again.is_ok(), "the second token is admitted too: {again:?}");
        }
        Ok(Parts::Unchanged) => {}
        Err(failure) => panic!("a second fetch succeeds too: {failure}"),
    }
}

async fn handles_are_public_and_apart<K: TokenKind, I: AsyncIssuer<K>>(issuer: &I) {
    let mut handles = BTreeMap::new();
    for number in 1..=3 {
        let (secret, grant, handle) = fetch(issuer, &attempt(number)).await;
        let shown = format!("{grant:?} {handle:?}");
        let id = secret.with_bytes("a check looks for it in what is printed", |bytes| {
            let is_shown = bytes.windows(PART).any(|part| contains(shown.as_bytes(), part));
            assert!(!is_shown, "a handle is public, so no part of the token is in it");
            TokenId::of(bytes)
        });
        let Some(handle) = handle else { continue };
        let known = handles.insert(handle, id);
        assert!(known.is_none_or(|known| known == id), "two tokens have two handles");
    }
}

async fn retiring_twice_is_no_failure<K: TokenKind, I: AsyncIssuer<K>>(issuer: &I) {
    let (.., handle) = fetch(issuer, &attempt(1)).await;
    let Some(handle) = handle else { return };
    for time in ["ends", "is ended already, which is no failure"] {
        let retired = issuer.retire(&handle).await;
        assert!(retired.is_ok(), "a token that is retired {time}: {retired:?}");
    }
}

async fn nobody_waits_for_what_was_cancelled<K: TokenKind, I: AsyncIssuer<K>>(issuer: &I) {
    let (attempt, began) = (attempt(1), Instant::now());
    attempt.cancel();
    drop(issuer.fetch(&attempt).await);
    assert!(began.elapsed() < SOON, "a fetch that was cancelled returns soon");
}

async fn polling_makes_nothing<K: TokenKind, I: AsyncIssuer<K>>(issuer: &I) {
    let Some(poll) = issuer.poll_every() else { return };
    assert!(poll >= Duration::from_secs(1), "a source is looked at once a second at most");
    let (secret, ..) = fetch(issuer, &attempt(1)).await;
    let id = secret.with_bytes("a check names it", TokenId::of);
    match issuer.fetch(&attempt(2).holding(id)).await.map(Fetched::into_parts) {
        Ok(Parts::New { secret: again, .. }) => {
            let same =
                secret.with_bytes("a check compares it", |first| again.constant_time_eq(first));
            assert!(same, "looking at a source makes no token");
        }
        Ok(Parts::Unchanged) => {}
        Err(failure) => panic!("a source can be looked at again: {failure}"),
    }
}

async fn fetch<K: TokenKind, I: AsyncIssuer<K>>(
    issuer: &I,
    attempt: &Attempt,
) -> (Secret, token_core::Grant, Option<Handle>) {
    match issuer.fetch(attempt).await.map(Fetched::into_secret) {
        Ok(Some(fetched)) => fetched,
        // It may remember the token from before; but each check has an issuer of its own.
        Ok(None) => panic!("there is a token for who holds none"),
        Err(failure) => panic!("a fetch succeeds: {failure}"),
    }
}

fn attempt(number: u64) -> Attempt {
    Attempt::new(number, Duration::from_secs(30))
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// So many bytes of a token are a part of it.
const PART: usize = 8;

/// How long an issuer may take to see that it was cancelled.
const SOON: Duration = Duration::from_secs(5);

/// A blocking issuer as one that awaits, and is always ready.
struct Now<I>(I);

impl<K: TokenKind, I: Issuer<K>> AsyncIssuer<K> for Now<I> {
    async fn fetch(&self, attempt: &Attempt) -> Result<Fetched, Failure> {
        self.0.fetch(attempt)
    }

    async fn retire(&self, old: &Handle) -> Result<(), Failure> {
        self.0.retire(old)
    }

    fn poll_every(&self) -> Option<Duration> {
        self.0.poll_every()
    }
}
