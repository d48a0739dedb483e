//! Verifying: what memory and registry say of a presented token, and what ends it.

pub(crate) mod builds;
mod bulk;
mod end;
mod facts;
mod flood;
mod metrics;
mod misses;
mod once;
mod registry;
mod warm_up;

use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use pollster::block_on;
use token_core::{
    AnyCaller, Clock, TokenKind, Verify,
    caller::{Hit, Presented, Refused},
};
use token_issue::{Issued, Issuer, Mint, Registry, Verifier, VerifierOptions};

use crate::{
    POLICY,
    desk::{Desk, text},
};

impl Desk {
    fn verifier_options(&self) -> VerifierOptions {
        Verifier::options(&POLICY, Arc::clone(&self.registry))
            .clock(Arc::clone(&self.clock) as Arc<dyn Clock>)
    }

    fn verifier(&self) -> Verifier {
        block_on(self.verifier_options().start()).unwrap()
    }

    /// One that has read none of the tokens that are there.
    fn verifier_without_memory(&self) -> Verifier {
        block_on(self.verifier_options().capacity(0).start()).unwrap()
    }
}

/// A verifier with the clocks of the system, for what takes real time.
fn real(registry: &Arc<dyn Registry>) -> Verifier {
    block_on(Verifier::options(&POLICY, Arc::clone(registry)).start()).unwrap()
}

fn mint<K: TokenKind>(issuer: &Issuer, mint: Mint<K>) -> (token_core::TokenId, String) {
    let issued: Issued<K> = block_on(issuer.mint(mint)).unwrap();
    (issued.id(), text(&issued.release()))
}

fn hit(verifier: &Verifier, token: &str) -> Hit {
    verifier.hit(Presented::new(token.as_bytes()))
}

fn miss(verifier: &Verifier, token: &str) -> Result<AnyCaller, Refused> {
    block_on(verifier.miss(Presented::new(token.as_bytes())))
}

/// As a service asks: from memory, or else from the registry.
fn verify(verifier: &Verifier, token: &str) -> Result<AnyCaller, Refused> {
    match hit(verifier, token) {
        Hit::Caller(caller) => Ok(caller),
        Hit::Refused(refused) => Err(refused),
        Hit::Miss => miss(verifier, token),
    }
}

#[track_caller]
fn assert_from_memory(verifier: &Verifier, token: &str) {
    let hit = hit(verifier, token);
    assert!(matches!(hit, Hit::Caller(_)), "{hit:?}");
}

/// How long it takes until the tokens are refused, at most 5 s.
#[track_caller]
fn time_until(what: &str, is_true: impl Fn() -> bool) -> Duration {
    let start = Instant::now();
    while !is_true() {
        assert!(start.elapsed() < Duration::from_secs(5), "not in 5 s: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
    start.elapsed()
}

/// Polls a future once.
fn is_pending(future: impl Future) -> bool {
    matches!(pin!(future).poll(&mut Context::from_waker(Waker::noop())), Poll::Pending)
}

/// A token of another kind than most are of.
fn another() -> Mint<crate::kind::Endless> {
    Mint::new().lifetime(Duration::from_secs(900))
}
