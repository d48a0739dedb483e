//! What the service does as time passes. The clock is set by hand and the token is kept fresh by hand, so nothing sleeps.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::{
    fs, io,
    sync::{Arc, Mutex},
    time::Duration,
};

use token_core::{
    Admission, ManualClock, UtcDateTime,
    record::{InMemory, Log as _},
};
use token_redact::Redaction;
use token_rotate::{ByHand, Rotating, oauth::ClientCredentials};
use tokio::runtime::Runtime;

use crate::{
    POLICY,
    elsewhere::{self, Elsewhere},
    kind, oauth,
    orders::{Failed, Order, Orders},
};

const MINUTE: Duration = Duration::from_secs(60);

/// The parts of the service that hold a token, put together as in `main`, but for the clock.
struct Service {
    runtime: Runtime,
    elsewhere: Elsewhere,
    clock: Arc<ManualClock>,
    log: Arc<InMemory>,
    redaction: Redaction,
    token: Arc<Rotating<kind::Orders>>,
    hand: ByHand<kind::Orders, ClientCredentials<kind::Orders>>,
    orders: Orders,
    _dir: tempfile::TempDir,
}

impl Service {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let runtime = Runtime::new().unwrap();
        let elsewhere = runtime.block_on(elsewhere::start(dir.path(), 60 * MINUTE)).unwrap();
        let (clock, log) =
            (Arc::new(ManualClock::new(UtcDateTime::now())), Arc::<InMemory>::default());
        let redaction = Redaction::for_kinds(POLICY.kinds);
        let admission =
            Admission::with_clock(clock.clone()).recorder(log.clone()).masked_by(&redaction);
        let http = oauth::client().unwrap();
        let issuer =
            oauth::credentials(&elsewhere, http.clone(), runtime.handle().clone()).unwrap();
        let (token, hand) = Rotating::options(admission, issuer).by_hand();
        let token = Arc::new(token);
        let orders = Orders::new(token.clone(), http, elsewhere.url());
        let _ = hand.step();
        Self { runtime, elsewhere, clock, log, redaction, token, hand, orders, _dir: dir }
    }

    fn order(&self, number: u32) -> Result<Order, Failed> {
        self.runtime.block_on(self.orders.order(number))
    }

    fn pass(&self, minutes: u32) {
        for _ in 0..minutes {
            self.clock.advance(MINUTE);
            let _ = self.hand.step();
        }
    }
}

#[test]
fn an_order_is_read() {
    let service = Service::start();
    assert_eq!(service.order(7).unwrap().address, "12 Main Street");
    assert!(matches!(service.order(99), Err(Failed::Unknown)));
}

/// Three hours, with tokens that live for one: there is a valid one at each minute.
#[test]
fn the_token_is_replaced_before_it_expires() {
    let service = Service::start();
    for _ in 0..180 {
        service.pass(1);
        assert!(service.orders.has_token());
    }
    assert!(service.order(8).is_ok());
    assert!(service.elsewhere.issued().len() >= 4);
}

/// The token that is held is used as long as it is valid. Then the health check says so.
#[test]
fn while_the_token_endpoint_refuses_the_held_token_is_used_to_its_end() {
    let service = Service::start();
    fs::write(service.elsewhere.client_secret(), "no longer the secret").unwrap();
    service.pass(59);
    assert!(service.order(7).is_ok());
    service.pass(2);
    assert!(!service.orders.has_token());
    assert!(matches!(service.order(7), Err(Failed::Unavailable)));
}

#[test]
fn a_token_that_was_revoked_elsewhere_is_replaced() {
    let service = Service::start();
    service.elsewhere.revoke_all();
    assert!(matches!(service.order(7), Err(Failed::Unavailable)));
    // One that is rejected soon after it was fetched is replaced after a moment.
    service.pass(1);
    assert!(service.order(7).is_ok());
    assert_eq!(service.elsewhere.issued().len(), 2);
}

/// The other side shows the request in an error page, and the service logs that page.
#[test]
fn what_is_logged_has_no_token() {
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);
    impl io::Write for Lines {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(text);
            Ok(text.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (service, lines) = (Service::start(), Lines::default());
    let to = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(service.redaction.make_writer(move || to.clone()))
        .with_ansi(false)
        .finish();
    let answer = tracing::subscriber::with_default(subscriber, || service.order(13));
    assert!(matches!(answer, Err(Failed::Unavailable)));
    let lines = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let id = service.token.current().unwrap().id().unwrap();
    assert!(lines.contains(&format!("Bearer [token:orders#{id}]")), "{lines}");
}

/// Nothing but the admission was told so.
#[test]
fn each_token_is_masked_while_it_is_held() {
    let service = Service::start();
    let is_masked = |text: &String| service.redaction.redact(text.as_bytes()) != text.as_bytes();
    service.pass(130);
    let issued = service.elsewhere.issued();
    let (current, earlier) = issued.split_last().unwrap();
    assert!(!earlier.is_empty() && is_masked(current));
    assert!(!earlier.iter().any(is_masked), "those before are wiped");
    service.token.close(Duration::ZERO).unwrap_or_default();
    let _ = service.hand.step();
    assert!(!is_masked(current));
}

#[test]
fn each_token_is_on_record_and_none_is_open_at_the_end() {
    let service = Service::start();
    assert!(service.order(7).is_ok());
    service.pass(70);
    service.token.close(Duration::ZERO).unwrap_or_default();
    let _ = service.hand.step();
    let events = service.log.events();
    let opened = events.iter().filter(|event| event.action.is_opening()).count();
    let closed = events.iter().filter(|event| event.action.is_closing()).count();
    assert!(opened >= 2 && opened == closed, "{opened} opened, {closed} closed");
    assert!(service.log.standing().unwrap().open.is_empty());
}
