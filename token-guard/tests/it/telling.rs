//! What is told of refusals: one record and one event each, and of a flood a few, with the number of the others.

use std::{
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use axum::{
    body::Body,
    http::{Request, header},
};
use test_support::alloc_watch::count_of;
use token_core::{
    AnyCaller, Error, TokenId, Verify,
    caller::{Boxed, Hit, Presented, Refused},
    record::{Action, Event, InMemory, Receipt, Recorder},
};
use token_guard::{
    Challenge, Guard,
    axum::{Identified, Proof, Router, any, get},
};
use tower_service::Service;

use crate::support::{Look, Start, ask, guard, kind};

/// The attacker sends this, among others.
const FLOOD: usize = 100_000;

fn app(guard: Guard) -> axum::Router {
    async fn start(_: Proof<Start, kind::Deploy>) {}
    async fn look(_: Proof<Look, (kind::Viewer, kind::Deploy)>) {}
    async fn perhaps(_: Option<Proof<Look, kind::Deploy>>, _: Option<Identified<kind::Deploy>>) {}
    async fn who(_: Identified<kind::Deploy>) {}
    Router::new()
        .route("/deploy/{number}", any(start))
        .route("/look", get(look))
        .merge(token_guard::axum::public(
            "a test",
            axum::Router::new()
                .route("/perhaps", axum::routing::get(perhaps))
                .route("/who", axum::routing::get(who)),
        ))
        .with_state(guard)
        .finish()
}

fn eventually(what: &str, is_true: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_true() {
        assert!(start.elapsed() < Duration::from_secs(20), "not in 20 s: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Waits for so many events, and that no more come.
fn events(log: &InMemory, number: usize) -> Vec<Event> {
    eventually("recorded", || log.events().len() >= number);
    thread::sleep(Duration::from_millis(20));
    log.events()
}

fn error(event: &Event) -> &str {
    match &event.action {
        Action::Refused { error, .. } => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_refusal_is_one_record_that_says_why() {
    let log = Arc::new(InMemory::new());
    let app = app(guard().recorder(log.clone()));
    let reason = "POST /deploy/{number}, which needs deploy:run";
    let seven = Some(TokenId::from_bytes([7; 16]));
    let mut expected = Vec::new();
    for (token, error, kind, id) in [
        (None, "NotPresented", "", None),
        (Some("a b"), "MalformedHeader", "", None),
        (Some("unknown"), "Unknown", "", None),
        (Some("expired"), "Expired", "", None),
        (Some("revoked"), "Revoked", "", None),
        (Some("outage"), "Unavailable", "", None),
        (Some("viewer"), "WrongKind", "viewer", seven),
        (Some("narrow"), "InsufficientScope", "deploy", seven),
    ] {
        let _ = ask(&app, "POST", "/deploy/7", token);
        expected.push((error, kind, id, Some(reason)));
    }
    let _ = ask(&app, "POST", "/deploy/7?access_token=x", Some("full"));
    expected.push(("PresentedInUrl", "", None, Some(reason)));
    let found = events(&log, expected.len());
    let found: Vec<_> =
        found.iter().map(|it| (error(it), &*it.kind, it.token, it.reason.as_deref())).collect();
    assert_eq!(found, expected);
}

#[test]
fn what_is_not_refused_is_not_told() {
    let log = Arc::new(InMemory::new());
    let app = app(guard().recorder(log.clone()));
    assert_eq!(ask(&app, "GET", "/perhaps", None).status, 200);
    assert_eq!(ask(&app, "GET", "/who", Some("full")).status, 200);
    assert_eq!(ask(&app, "GET", "/nowhere", Some("unknown")).status, 404);
    assert_eq!(ask(&app, "GET", "/perhaps", Some("unknown")).status, 401);
    let found = events(&log, 1);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].reason.as_deref(), Some("GET /perhaps, which needs deploy:read"));
}

/// A method, a path or a token that somebody made up must not get into a log.
#[test]
fn nothing_that_a_client_wrote_is_told() {
    let log = Arc::new(InMemory::new());
    let app = app(guard().recorder(log.clone()));
    for (method, uri, token) in [
        ("SPILLED", "/deploy/spilled?spilled=spilled", "spilled"),
        ("GET", "/deploy/spilled", "spilled spilled"),
        ("GET", "/deploy/1?access_token=spilled", "full"),
    ] {
        assert_ne!(ask(&app, method, uri, Some(token)).status, 200);
    }
    let found = format!("{:?}", events(&log, 3)).to_lowercase();
    assert!(!found.contains("spilled"), "{found}");
}

/// Refuses each token, for a reason that stands here.
struct Refuses(Refused);

impl Verify for Refuses {
    fn hit(&self, _: Presented<'_>) -> Hit {
        Hit::Refused(self.0)
    }

    fn miss<'v>(&'v self, _: Presented<'v>) -> Boxed<'v, Result<AnyCaller, Refused>> {
        Box::pin(async { Err(self.0) })
    }

    fn recheck(&self, _: &AnyCaller) -> Hit {
        Hit::Refused(self.0)
    }

    fn until_invalid<'v>(&'v self, _: &'v AnyCaller) -> Boxed<'v, Refused> {
        Box::pin(async { self.0 })
    }
}

/// The id of a text that the verifier does not know would name whatever somebody sends.
#[test]
fn only_a_token_that_the_verifier_knows_is_named() {
    let token = token_issue::generate::<kind::Deploy>().unwrap();
    let text = token.with_bytes("a test presents it", |it| String::from_utf8(it.to_vec()).unwrap());
    let id = TokenId::of(text.as_bytes());
    for (refused, expected) in [
        (Refused::Expired, (id, "deploy")),
        (Refused::Revoked, (id, "deploy")),
        (Refused::Spent, (id, "deploy")),
        (Refused::WrongAudience, (id, "deploy")),
        (Refused::WrongBuild, (id, "deploy")),
        (Refused::NoBuild, (id, "deploy")),
        (Refused::Unknown, (None, "")),
        (Refused::Malformed, (None, "")),
        (Refused::unavailable(Duration::from_secs(1)), (None, "")),
    ] {
        let log = Arc::new(InMemory::new());
        let guard = crate::support::guard_of(Arc::new(Refuses(refused))).recorder(log.clone());
        let app = app(guard);
        let _ = ask(&app, "GET", "/look", Some(&text));
        let found = &events(&log, 1)[0];
        assert_eq!((found.token, &*found.kind), expected, "{refused}");
        assert_eq!(error(found), refused.name());
    }
}

#[test]
fn a_flood_is_told_in_a_few_records_that_count_it_and_good_callers_are_answered() {
    let log = Arc::new(InMemory::new());
    let app = app(guard().recorder(log.clone()));
    let began = Instant::now();
    let slowest = thread::scope(|scope| {
        let attackers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    for _ in 0..FLOOD / 2 {
                        assert_eq!(ask(&app, "GET", "/look", Some("unknown")).status, 401);
                    }
                })
            })
            .collect();
        let mut slowest = Duration::ZERO;
        while !attackers.iter().all(thread::ScopedJoinHandle::is_finished) {
            let asked = Instant::now();
            assert_eq!(ask(&app, "GET", "/look", Some("full")).status, 200);
            slowest = slowest.max(asked.elapsed());
            thread::sleep(Duration::from_millis(1));
        }
        slowest
    });
    let seconds = began.elapsed().as_secs() as usize + 2;
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    eventually("all are counted", || counted(&log.events()) == FLOOD);
    let records = log.events().len();
    assert!(records <= seconds * 11, "{records} records in {seconds} s");
}

/// How many refusals these events tell of.
fn counted(events: &[Event]) -> usize {
    let of = |event: &Event| {
        let words = event.reason.as_deref().unwrap_or_default();
        match words.strip_suffix(" more, not recorded one by one") {
            Some(number) => number.parse().unwrap(),
            None => 1,
        }
    };
    events.iter().map(of).sum()
}

/// A flood of one reason leaves the others alone.
#[test]
fn each_reason_has_an_allowance_of_its_own() {
    let log = Arc::new(InMemory::new());
    let app = app(guard().recorder(log.clone()));
    for _ in 0..100 {
        let _ = ask(&app, "GET", "/look", Some("unknown"));
    }
    let _ = ask(&app, "GET", "/look", Some("revoked"));
    eventually("recorded", || log.events().iter().any(|it| error(it) == "Revoked"));
}

#[test]
fn what_is_beyond_the_allowance_takes_no_memory() {
    let blocks = |guard: Guard| {
        let app = app(guard);
        let ask = || {
            let request =
                Request::builder().uri("/look").header(header::AUTHORIZATION, "Bearer no");
            let request = request.body(Body::empty()).unwrap();
            count_of(|| drop(pollster::block_on(app.clone().call(request)).unwrap())).1
        };
        // The allowance, twice, if a second ends meanwhile.
        for _ in 0..30 {
            ask();
        }
        ask()
    };
    let log = Arc::new(Stuck::default());
    assert_eq!(blocks(guard().recorder(log.clone())), blocks(guard()));
    log.open();
}

/// A recorder that does not return before it is opened.
#[derive(Default)]
struct Stuck {
    is_open: Mutex<bool>,
    opened: Condvar,
    log: InMemory,
}

impl Stuck {
    fn open(&self) {
        *self.is_open.lock().unwrap() = true;
        self.opened.notify_all();
    }
}

impl Recorder for Stuck {
    fn record(&self, event: Event) -> Result<Receipt, Error> {
        let is_open = self.is_open.lock().unwrap();
        drop(self.opened.wait_while(is_open, |is_open| !*is_open).unwrap());
        self.log.record(event)
    }

    fn note(&self, _: Event) {}
}

#[test]
fn a_recorder_that_hangs_holds_nobody_up_and_is_told_all_afterwards() {
    const REASONS: [(&str, Option<&str>); 9] = [
        ("/deploy/1", None),
        ("/deploy/1", Some("a b")),
        ("/deploy/1?access_token=x", Some("full")),
        ("/deploy/1", Some("unknown")),
        ("/deploy/1", Some("expired")),
        ("/deploy/1", Some("revoked")),
        ("/deploy/1", Some("outage")),
        ("/deploy/1", Some("viewer")),
        ("/deploy/1", Some("narrow")),
    ];
    let log = Arc::new(Stuck::default());
    let app = app(guard().recorder(log.clone()));
    let began = Instant::now();
    let mut asked = 0;
    // Four times the allowance of each reason is more than the queue takes.
    while began.elapsed() < Duration::from_millis(3_500) {
        for (uri, token) in REASONS {
            assert_ne!(ask(&app, "GET", uri, token).status, 200);
            asked += 1;
        }
        let asked = Instant::now();
        assert_eq!(ask(&app, "GET", "/look", Some("full")).status, 200);
        assert!(asked.elapsed() < Duration::from_secs(1));
    }
    assert!(asked > 1_000, "{asked}");
    log.open();
    eventually("all are counted", || counted(&log.log.events()) == asked);
    let single = |event: &Event| event.reason.as_ref().is_some_and(|it| it.contains("needs"));
    let single = log.log.events().iter().filter(|event| single(event)).count();
    // The one that hangs is no longer in the queue.
    assert!((200..=257).contains(&single), "{single}");
}

#[test]
fn after_a_second_refusals_are_told_one_by_one_again() {
    let log = Arc::new(InMemory::new());
    let app = app(guard().recorder(log.clone()));
    for _ in 0..2 {
        (0..15).for_each(|_| drop(ask(&app, "GET", "/look", Some("unknown"))));
        thread::sleep(Duration::from_millis(1_100));
    }
    eventually("all are counted", || counted(&log.events()) == 30);
    let mut reasons: Vec<_> = log.events().into_iter().map(|event| event.reason.unwrap()).collect();
    reasons.sort();
    let single = "GET /look, which needs deploy:read";
    let sum = "5 more, not recorded one by one";
    assert_eq!(reasons, [vec![sum; 2], vec![single; 20]].concat());
}

/// A recorder that fails at first: it panics, returns an error, and then works.
#[derive(Default)]
struct Failing {
    calls: AtomicUsize,
    log: InMemory,
}

impl Recorder for Failing {
    fn record(&self, event: Event) -> Result<Receipt, Error> {
        match self.calls.fetch_add(1, Ordering::SeqCst) {
            0 | 5 => panic!("a recorder that panics, for a test"),
            1..=7 => Err("nonsense".parse::<TokenId>().unwrap_err()),
            _ => self.log.record(event),
        }
    }

    fn note(&self, _: Event) {}
}

#[test]
fn a_recorder_that_fails_changes_no_answer_and_is_told_all_afterwards() {
    let log = Arc::new(Failing::default());
    let app = app(guard().recorder(log.clone()));
    for _ in 0..7 {
        assert_eq!(ask(&app, "GET", "/look", Some("unknown")).status, 401);
    }
    assert_eq!(ask(&app, "GET", "/look", Some("full")).status, 200);
    // Tried again a second later; that fails once, and then again.
    eventually("all are counted", || counted(&log.log.events()) == 7);
}

#[test]
fn what_was_counted_is_told_when_the_guard_is_dropped() {
    let log = Arc::new(InMemory::new());
    let app = app(guard().recorder(log.clone()));
    for _ in 0..50 {
        let _ = ask(&app, "GET", "/look", Some("unknown"));
    }
    drop(app);
    let dropped = Instant::now();
    eventually("all are counted", || counted(&log.events()) == 50);
    assert!(dropped.elapsed() < Duration::from_millis(900), "it did not wait for the second");
    eventually("the thread has ended", || Arc::strong_count(&log) == 1);
}

/// A recorder that fails for ever is tried once more, and not again and again.
#[test]
fn the_thread_ends_although_the_recorder_fails() {
    #[derive(Default)]
    struct Broken(AtomicUsize);

    impl Recorder for Broken {
        fn record(&self, _: Event) -> Result<Receipt, Error> {
            self.0.fetch_add(1, Ordering::SeqCst);
            Err("nonsense".parse::<TokenId>().unwrap_err())
        }

        fn note(&self, _: Event) {}
    }
    let log = Arc::new(Broken::default());
    let app = app(guard().recorder(log.clone()));
    (0..50).for_each(|_| drop(ask(&app, "GET", "/look", Some("unknown"))));
    drop(app);
    eventually("the thread has ended", || Arc::strong_count(&log) == 1);
    assert!(log.0.load(Ordering::SeqCst) <= 13);
}

#[test]
fn a_guard_refuses_by_itself_and_tells_of_it() {
    let log = Arc::new(InMemory::new());
    let guard = Guard::new(
        Arc::new(Refuses(Refused::Unknown)),
        token_guard::Credentials::bearer(),
        Challenge::new("api").unwrap(),
    );
    let _ = guard.recorder(log.clone()).refuse(Refused::Revoked);
    assert_eq!(error(&events(&log, 1)[0]), "Revoked");
}

#[cfg(feature = "tracing")]
mod tracing {
    use std::io;

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(run: impl FnOnce()) -> String {
        // The other tests refuse too. Where no subscriber is, an event that happens for the first time may be found to interest
        // nobody while this one comes, so there is always one.
        static ALWAYS: std::sync::Once = std::sync::Once::new();
        ALWAYS.call_once(|| {
            let nowhere = tracing_subscriber::fmt().with_writer(io::sink).finish();
            ::tracing::subscriber::set_global_default(nowhere).unwrap();
        });
        let written = Written::default();
        let writer = written.clone();
        let subscriber =
            tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
        ::tracing::subscriber::with_default(subscriber, run);
        let written = written.0.lock().unwrap().clone();
        String::from_utf8(written).unwrap()
    }

    #[test]
    fn each_refusal_is_one_event() {
        let app = app(guard());
        let text = written(|| {
            for token in [None, Some("narrow"), Some("spilled")] {
                let _ = ask(&app, "POST", "/deploy/7", token);
            }
            let _ = ask(&app, "POST", "/deploy/7", Some("full"));
        });
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        let place = r#"needs="deploy:run" method="POST" path="/deploy/{number}""#;
        for (line, found) in lines.iter().zip([
            format!(r#"reason="NotPresented" {place}"#),
            format!(
                r#"reason="InsufficientScope" token={} kind="deploy" {place}"#,
                TokenId::from_bytes([7; 16])
            ),
            format!(r#"reason="Unknown" {place}"#),
        ]) {
            assert!(line.contains("WARN token_guard: refused: "), "{line}");
            assert!(line.ends_with(&found), "{line}");
        }
        assert!(!text.contains("spilled"), "{text}");
    }

    #[test]
    fn a_flood_is_few_events() {
        let app = app(guard());
        let text = written(|| (0..1_000).for_each(|_| drop(ask(&app, "GET", "/look", None))));
        assert!((10..=40).contains(&text.lines().count()), "{text}");
    }
}
