//! A log and a registry that do what they are asked late.

use std::{future::pending, sync::Arc, thread, time::Duration};

use pollster::block_on;
use token_core::{
    Error, SourceDigest, TokenId, UtcDateTime,
    record::{Epoch, Event, Log, Receipt, Recorder, Recording, Standing},
};
use token_issue::{
    Digest, Digests, Issuer, Mint, PepperId, Registry, Row, Unfit,
    registry::{Boxed, Feed, Pruned, Read, Revoked, Rule, Snapshot},
};

use crate::{
    POLICY,
    desk::{Desk, eventually, seconds},
    kind,
};

/// Takes its time for what Alice does.
struct SlowLog(Arc<dyn Log>);

impl Recorder for SlowLog {
    fn record(&self, event: Event) -> Result<Receipt, Error> {
        self.0.record(event)
    }

    fn note(&self, event: Event) {
        self.0.note(event);
    }
}

impl Log for SlowLog {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn submit(&self, event: Event) -> Recording<'_> {
        Box::pin(async move {
            if event.actor.as_deref() == Some("alice") {
                thread::sleep(Duration::from_millis(2_500));
            }
            self.0.submit(event).await
        })
    }

    fn standing(&self) -> Result<Standing, Error> {
        self.0.standing()
    }
}

/// Takes a row 300 ms after it was asked to, and never says so.
struct LateRegistry(Arc<dyn Registry>);

macro_rules! passes {
    ($($name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        impl Registry for LateRegistry {
            fn insert(&self, digest: Digest, row: Row, now: UtcDateTime) -> Boxed<'_, Result<(), Unfit>> {
                let registry = Arc::clone(&self.0);
                thread::spawn(move || {
                    thread::sleep(Duration::from_millis(300));
                    block_on(registry.insert(digest, row, now)).unwrap().unwrap();
                });
                Box::pin(pending())
            }

            $(fn $name(&self, $($argument: $type),*) -> Boxed<'_, $answer> {
                self.0.$name($($argument),*)
            })*
        }
    };
}

passes! {
    revoke(token: TokenId) -> Revoked;
    revoke_matching(rule: Rule) -> Revoked;
    read(digests: Digests, own: Epoch) -> Read;
    spend(digests: Digests, own: Epoch, audience: Option<&str>, build: Option<SourceDigest>, now: UtcDateTime) -> Read;
    poll(own: Epoch) -> Feed;
    snapshot(limit: usize, now: UtcDateTime) -> Snapshot;
    touch(used: Vec<(TokenId, UtcDateTime)>) -> ();
    show(token: TokenId) -> Option<Row>;
    list(matching: Rule, after: Option<TokenId>, limit: usize) -> Vec<Row>;
    unclosed(log: &str, limit: usize) -> Vec<Row>;
    close(tokens: Vec<TokenId>) -> ();
    prune(expired_before: UtcDateTime) -> Pruned;
    use_pepper(current: PepperId, previous: Option<PepperId>, now: UtcDateTime, longest: Duration) -> ();
}

/// The issuer's thread sees the tombstone meanwhile, and leaves it to the call.
#[test]
fn a_revocation_that_takes_its_time_is_on_record_once() {
    let desk = Desk::new();
    let log = Arc::new(SlowLog(Arc::clone(&desk.log) as Arc<dyn Log>));
    let issuer = Issuer::options(&POLICY, Arc::clone(&desk.registry), log).start().unwrap();
    let issued = block_on(issuer.mint(Mint::<kind::Deploy>::new())).unwrap();
    let id = issued.id();
    let _ = issued.release();
    let revocation = block_on(issuer.acting_as("alice").revoke(id, "leaked")).unwrap();
    assert!(revocation.is_recorded());
    issuer.close(seconds(10)).unwrap();
    let events = desk.events();
    let closings: Vec<_> = events.iter().filter(|event| event.action.is_closing()).collect();
    assert_eq!(closings.len(), 1, "{closings:?}");
    assert_eq!(closings[0].actor.as_deref(), Some("alice"));
}

/// Its record is open for as long as the row may live.
#[test]
fn a_row_that_comes_late_is_revoked_before_its_record_is_closed() {
    let desk = Desk::new();
    let registry = Arc::new(LateRegistry(Arc::clone(&desk.registry)));
    let log = Arc::clone(&desk.log) as Arc<dyn Log>;
    let options = Issuer::options(&POLICY, registry, log).clock(Arc::clone(&desk.clock) as _);
    let issuer = options.deadline(Duration::from_millis(60)).start().unwrap();
    assert!(block_on(issuer.mint(Mint::<kind::Deploy>::new())).is_err());
    eventually("it came", || !desk.rows().is_empty());
    eventually("it is dead", || {
        let (live, open) = (desk.live(), desk.open());
        assert!(!open.is_empty() || live.is_empty() || desk.live().is_empty(), "alive and closed");
        live.is_empty()
    });
    eventually("its record is closed", || desk.open().is_empty());
}
