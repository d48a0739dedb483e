//! What a log says when it is read back: what is open, and how far the history of revocations has come.

use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use static_assertions::{assert_impl_all, assert_obj_safe};
use time::UtcDateTime;
use token_core::{
    Clock, ErrorKind, ManualClock, TokenId,
    record::{
        Action, Epoch, Event, InMemory, Log, Opening, Receipt, Recorder, Recording, Standing,
    },
};

use crate::support::secs;

assert_obj_safe!(Log);
assert_impl_all!(Recording<'static>: Send);
assert_impl_all!(InMemory: Log, Send, Sync, Default);

fn id(byte: u8) -> TokenId {
    TokenId::from_bytes([byte; 16])
}

fn event(action: Action, token: u8) -> Event {
    Event::new(action, "deploy").token(id(token))
}

fn record(log: &dyn Log, event: Event) -> u64 {
    log.record(event).unwrap().index().unwrap()
}

fn open(log: &dyn Log) -> Vec<u64> {
    log.standing().unwrap().open.iter().map(|opening| opening.index).collect()
}

const CLOSINGS: [fn(Option<u64>) -> Action; 4] =
    [|closes| Action::rotated(closes, None), Action::revoked, Action::expired, Action::destroyed];

#[test]
fn an_opening_stands_with_all_its_facts_until_a_record_closes_it() {
    let log = InMemory::named("example.com/tokens");
    let now = UtcDateTime::now();
    let child = event(Action::narrowed(Some(0)), 2)
        .scopes(["deploy:run"])
        .subject("job-17")
        .expires_at(now + secs(600))
        .parent(id(1));
    record(&log, event(Action::Created, 1));
    record(&log, child.clone());
    record(&log, Event::refused("Expired", "deploy"));
    let standing = log.standing().unwrap();
    assert_eq!(standing.open[1], Opening::new(1, child));
    assert_eq!(standing.epoch, None);
    record(&log, event(Action::revoked(Some(0)), 1));
    assert_eq!(open(&log), [1]);
    log.note(event(Action::destroyed(Some(1)), 2));
    assert_eq!(log.standing().unwrap(), Standing::new(vec![], None));
}

#[test]
fn a_closing_closes_only_what_it_names_of_the_same_token() {
    for closing in CLOSINGS {
        let opened = event(Action::Admitted, 1);
        let nameless = |action| Event::new(action, "deploy");
        assert!(event(closing(Some(3)), 1).closes(3, &opened));
        assert!(!event(closing(Some(3)), 1).closes(4, &opened), "another holder");
        assert!(!event(closing(Some(3)), 2).closes(3, &opened), "another token");
        assert!(nameless(closing(Some(3))).closes(3, &opened));
        assert!(event(closing(Some(3)), 1).closes(3, &nameless(Action::Created)));
        assert!(!Event::new(closing(Some(3)), "ci").closes(3, &opened), "another kind");
        assert!(!nameless(closing(None)).closes(3, &opened), "it names nothing");
        assert!(!event(closing(None), 2).closes(3, &opened));
        assert!(!event(closing(None), 1).closes(3, &nameless(Action::Created)));
        let for_all = !matches!(closing(None), Action::Destroyed { .. });
        assert_eq!(event(closing(None), 1).closes(3, &opened), for_all);
        let used = event(Action::exposed(None, vec![]), 1);
        assert!(!event(closing(Some(3)), 1).closes(3, &used), "nothing was opened");
    }
    for action in [Action::Created, Action::exposed(Some(3), vec![]), Action::overdue(Some(3))] {
        assert!(!event(action, 1).closes(3, &event(Action::Created, 1)));
    }
}

/// The index counts in another log, so the record with the same index here is of somebody else.
#[test]
fn a_closing_of_another_log_closes_nothing_here() {
    for closing in CLOSINGS {
        let log = InMemory::named("a");
        record(&log, event(Action::Created, 1));
        record(&log, event(closing(Some(0)), 1).origin("b"));
        assert_eq!(open(&log), [0]);
        record(&log, event(closing(Some(0)), 1).origin("a"));
        assert!(open(&log).is_empty());
        let origins: Vec<_> = log.events().into_iter().map(|event| event.origin).collect();
        assert_eq!(origins, [None, Some("b".into()), None], "its own name is no other log");
    }
    // Without an index there is nothing that the origin says.
    let log = InMemory::named("a");
    record(&log, event(Action::Created, 1));
    record(&log, event(Action::revoked(None), 1).origin("b"));
    assert!(open(&log).is_empty());
}

#[test]
fn an_opening_ends_at_its_expiry_and_not_before() {
    let now = UtcDateTime::from_unix_timestamp(1_800_000_000).unwrap();
    let clock = Arc::new(ManualClock::new(now));
    let log = InMemory::new().with_clock(clock.clone());
    record(&log, event(Action::Created, 1).expires_at(now + secs(10)));
    record(&log, event(Action::Created, 2));
    record(&log, event(Action::Created, 3).expires_at(now));
    assert_eq!(open(&log), [0, 1]);
    clock.advance(secs(10) - Duration::from_nanos(1));
    assert_eq!(open(&log), [0, 1]);
    clock.advance(Duration::from_nanos(1));
    assert_eq!(open(&log), [1], "one without an expiry stays");
    clock.set_wall(UtcDateTime::MAX);
    assert_eq!(open(&log), [1]);
    assert!(open(&InMemory::new()).is_empty());
}

/// The clock may be two seconds ahead, and in doubt a token is open.
#[test]
fn an_opening_has_expired_when_it_must_have() {
    struct Ahead(ManualClock);

    impl Clock for Ahead {
        fn wall(&self) -> Duration {
            self.0.wall()
        }

        fn monotonic(&self) -> Duration {
            self.0.monotonic()
        }

        fn ahead_by(&self) -> Duration {
            secs(2)
        }
    }

    let now = UtcDateTime::from_unix_timestamp(1_800_000_000).unwrap();
    let clock = Arc::new(Ahead(ManualClock::new(now)));
    let log = InMemory::new().with_clock(clock.clone());
    record(&log, event(Action::Created, 1).expires_at(now + secs(10)));
    clock.0.advance(secs(11));
    assert_eq!(open(&log), [0]);
    clock.0.advance(secs(1));
    assert!(open(&log).is_empty());
}

#[test]
fn the_last_epoch_counts_and_not_the_greatest() {
    let log = InMemory::new();
    let epoch = |n, mark| Epoch { n, mark: [mark; 16] };
    record(&log, event(Action::revoked(None), 1).epoch(epoch(9, 1)));
    record(&log, event(Action::revoked(None), 1).epoch(epoch(7, 2)));
    record(&log, event(Action::Created, 1));
    assert_eq!(log.standing().unwrap().epoch, Some(epoch(7, 2)));
    assert_ne!(epoch(7, 2), epoch(7, 3));
}

#[test]
fn a_record_needs_nobody_who_waits_for_it() {
    let log = InMemory::new();
    drop(log.submit(event(Action::Created, 1)));
    let mut second = pin!(log.submit(event(Action::Created, 2)));
    let polled = second.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(polled, Poll::Ready(Ok(receipt)) if receipt == Receipt::new(Some(1))));
    assert_eq!(open(&log), [0, 1]);
}

#[test]
fn an_error_of_reading_back_says_what_it_means() {
    let error = token_core::Error::not_read_back("the tape is torn");
    assert_eq!((error.kind(), error.kind().name()), (ErrorKind::NotReadBack, "NotReadBack"));
    let message = error.to_string();
    assert!(message.contains("which tokens are open"), "{message}");
    assert_eq!(format!("{error:#}"), format!("{message}: the tape is torn"));
}

#[test]
fn logs_have_the_names_that_they_are_given() {
    assert_eq!((InMemory::new().name(), InMemory::named("x").name()), ("memory", "x"));
    let shown = format!("{:?}", InMemory::named("x"));
    assert!(shown.starts_with("InMemory { name: \"x\", events: []"), "{shown}");
}
