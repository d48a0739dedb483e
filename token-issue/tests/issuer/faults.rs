//! A log and a registry that fail, hang or are full, at every call: no token within the deadline, and after the next start the
//! record says what is true.

use std::{
    future::Future,
    sync::Arc,
    task::{Context, Waker},
    time::{Duration, Instant},
};

use pollster::block_on;
use token_core::{
    TokenId,
    record::{Action, Event, Log, Recorder},
};
use token_issue::{Error, ErrorKind, Issued, Issuer, Mint, Narrow, Registry};

use crate::{
    POLICY,
    desk::{Desk, eventually, seconds},
    faulty::{FAULTS, Fault, FaultyLog, FaultyRegistry, Trap},
    kind,
};

const DEADLINE: Duration = Duration::from_millis(60);
const ALWAYS: usize = usize::MAX;

struct Frail {
    desk: Desk,
    log: Arc<FaultyLog>,
    registry: Arc<FaultyRegistry>,
    issuer: Issuer,
}

impl Frail {
    fn new() -> Self {
        let desk = Desk::new();
        let log = Arc::new(FaultyLog { log: Arc::clone(&desk.log) as _, trap: Arc::default() });
        let registry = Arc::clone(&desk.registry);
        let registry = Arc::new(FaultyRegistry { registry, trap: Arc::default() });
        let options = Issuer::options(
            &POLICY,
            Arc::clone(&registry) as Arc<dyn Registry>,
            Arc::clone(&log) as Arc<dyn Log>,
        );
        let issuer =
            options.clock(Arc::clone(&desk.clock) as _).deadline(DEADLINE).start().unwrap();
        Self { desk, log, registry, issuer }
    }

    fn mint(&self) -> Result<Issued<kind::Deploy>, Error> {
        let start = Instant::now();
        let issued = block_on(self.issuer.mint(Mint::new()));
        assert!(start.elapsed() < seconds(5), "{:?}", start.elapsed());
        issued
    }

    fn released(&self) -> TokenId {
        let issued = self.mint().unwrap();
        let id = issued.id();
        let _ = issued.release();
        id
    }

    fn trap(&self, place: Place) -> &Trap {
        match place {
            Place::Log => &self.log.trap,
            Place::Registry => &self.registry.trap,
        }
    }

    /// The program is started again, on a log and a registry that work.
    fn restarted(self) -> Desk {
        self.log.trap.disarm();
        self.registry.trap.disarm();
        let Self { desk, issuer, .. } = self;
        issuer.close(seconds(20)).unwrap();
        desk.issuer().close(seconds(20)).unwrap();
        desk
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Log,
    Registry,
}

const PLACES: [Place; 2] = [Place::Log, Place::Registry];

/// The ids of live tokens are those of open records, and each live row names the record that opened it.
#[track_caller]
fn assert_true_on_record(desk: &Desk) {
    let (mut open, mut live) = (desk.open(), desk.live());
    open.sort();
    live.sort();
    assert_eq!(open, live);
    let events = desk.events();
    for row in desk.rows() {
        let opening = &events[usize::try_from(row.origin.unwrap().index).unwrap()];
        assert_eq!(opening.token, Some(row.token));
        assert!(opening.action.is_opening());
    }
}

fn all(mut check: impl FnMut(Place, Fault, usize)) {
    for place in PLACES {
        for fault in FAULTS {
            check(place, fault, 1);
            check(place, fault, ALWAYS);
        }
    }
}

#[test]
fn no_token_leaves_a_mint_that_failed() {
    all(|place, fault, to| {
        let frail = Frail::new();
        let alive = frail.released();
        frail.trap(place).arm(1, to, fault);
        let error = frail.mint().unwrap_err();
        let (late, expected) = match place {
            Place::Log => (ErrorKind::Timeout, ErrorKind::NotRecorded),
            Place::Registry => (ErrorKind::Timeout, ErrorKind::Unavailable),
        };
        let hangs = matches!(fault, Fault::Hangs | Fault::HangsAfter);
        assert_eq!(error.kind(), if hangs { late } else { expected }, "{place:?} {fault:?} {to}");
        let desk = frail.restarted();
        assert_true_on_record(&desk);
        assert!(desk.live().contains(&alive));
    });
}

#[test]
fn a_fault_that_passes_leaves_nothing_alive() {
    for place in PLACES {
        for fault in FAULTS {
            let frail = Frail::new();
            let alive = frail.released();
            frail.trap(place).arm(1, 1, fault);
            assert!(frail.mint().is_err());
            let is_over = || frail.desk.open() == [alive] && frail.desk.live() == [alive];
            eventually("the record is closed and the row is dead", is_over);
        }
    }
}

#[test]
fn no_child_leaves_a_narrowing_that_failed() {
    all(|place, fault, to| {
        // The registry is asked twice: for the parent, and for the child's row.
        for from in 1..=2 {
            if place == Place::Log && from == 2 {
                continue;
            }
            let frail = Frail::new();
            let parent = frail.released();
            frail.trap(place).arm(from, if to == 1 { from } else { to }, fault);
            let caller = frail.desk.caller::<kind::Deploy>(parent);
            let narrowed = block_on(frail.issuer.narrow(&caller, Narrow::new()));
            assert!(narrowed.is_err(), "{place:?} {fault:?} {from}");
            let desk = frail.restarted();
            assert_true_on_record(&desk);
            assert!(desk.live().contains(&parent));
        }
    });
}

#[test]
fn a_revocation_holds_although_the_log_fails() {
    for fault in FAULTS {
        let frail = Frail::new();
        let id = frail.released();
        frail.log.trap.arm(1, ALWAYS, fault);
        let revocation = block_on(frail.issuer.revoke(id, "leaked")).unwrap();
        assert!(revocation.is_new && !revocation.is_recorded());
        let unrecorded = revocation.unrecorded.unwrap().kind();
        assert!(matches!(unrecorded, ErrorKind::NotRecorded | ErrorKind::Timeout));
        assert!(frail.desk.live().is_empty());
        // The thread puts the end on record once the log works again.
        frail.log.trap.disarm();
        eventually("the end is on record", || frail.desk.open().is_empty());
    }
}

#[test]
fn a_revocation_that_failed_may_be_called_again() {
    for fault in FAULTS {
        // The revocation itself, and the row that says which record opened the token.
        for from in 1..=2 {
            let frail = Frail::new();
            let id = frail.released();
            frail.registry.trap.arm(from, from, fault);
            match block_on(frail.issuer.revoke(id, "leaked")) {
                Ok(revocation) => assert!(from == 2 && !revocation.is_recorded()),
                Err(error) => {
                    assert!(matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Unavailable));
                    assert_eq!(from, 1);
                }
            }
            let again = block_on(frail.issuer.revoke(id, "leaked")).unwrap();
            assert!(again.is_recorded());
            assert!(frail.desk.live().is_empty());
            eventually("the end is on record", || frail.desk.open().is_empty());
        }
    }
}

/// As an executor does that drops a request whose client has gone.
#[test]
fn a_mint_that_is_dropped_half_way_leaves_no_token() {
    for place in PLACES {
        for fault in [Fault::Hangs, Fault::HangsAfter] {
            let frail = Frail::new();
            frail.trap(place).arm(1, 1, fault);
            {
                let mut mint = Box::pin(frail.issuer.mint(Mint::<kind::Deploy>::new()));
                let mut context = Context::from_waker(Waker::noop());
                assert!(mint.as_mut().poll(&mut context).is_pending());
            }
            let is_over = || frail.desk.open().is_empty() && frail.desk.live().is_empty();
            eventually("the record is closed and the row is dead", is_over);
        }
    }
}

#[test]
fn a_drop_of_the_issuer_ends_although_the_registry_hangs() {
    let frail = Frail::new();
    let issued = frail.mint().unwrap();
    frail.registry.trap.arm(1, ALWAYS, Fault::Hangs);
    let start = Instant::now();
    drop(issued);
    drop(frail.issuer);
    assert!(start.elapsed() < seconds(5), "{:?}", start.elapsed());
}

#[test]
fn nothing_starts_on_a_log_or_a_registry_that_fails() {
    for fault in FAULTS {
        for call in 1..=3 {
            let frail = Frail::new();
            let id = frail.released();
            let registry = &frail.registry;
            registry.trap.arm(call, ALWAYS, fault);
            let options =
                Issuer::options(&POLICY, Arc::clone(registry) as _, Arc::clone(&frail.log) as _);
            let started = options.deadline(DEADLINE).start();
            assert!(registry.trap.calls() >= call, "{call}");
            assert!(started.is_err(), "{call} {fault:?}");
            assert!(frail.desk.live().contains(&id));
        }
    }
}

#[test]
fn a_record_without_a_row_is_closed_at_the_next_start() {
    let desk = Desk::new();
    let ids = [TokenId::from_bytes([1; 16]), TokenId::from_bytes([2; 16])];
    for (id, action) in ids.into_iter().zip([Action::Created, Action::narrowed(Some(0))]) {
        desk.log.record(Event::new(action, "deploy").token(id)).unwrap();
    }
    assert_eq!(desk.open(), ids);
    desk.issuer().close(seconds(10)).unwrap();
    assert!(desk.open().is_empty());
    let closings: Vec<_> = desk.events().into_iter().skip(2).map(|event| event.action).collect();
    assert_eq!(closings, [Action::destroyed(Some(0)), Action::destroyed(Some(1))]);
}

/// A registry that hangs takes its time for each token; the thread must not spend it on all of them.
#[test]
fn many_tokens_that_nobody_takes_do_not_keep_the_end_waiting() {
    let frail = Frail::new();
    let issued: Vec<_> = (0..200).map(|_| frail.mint().unwrap()).collect();
    frail.registry.trap.arm(1, ALWAYS, Fault::Hangs);
    drop(issued);
    std::thread::sleep(DEADLINE);
    let start = Instant::now();
    frail.issuer.close(seconds(20)).unwrap();
    assert!(start.elapsed() < seconds(5), "{:?}", start.elapsed());
    assert_true_on_record(&frail.restarted());
}
