//! Lives on record: what a recorder gets, keeps, and does wrong.

use std::{
    panic,
    path::Path,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use token_core::{
    Admission, Error, ErrorKind, Grant, ManualClock, Secret, Token, TokenId,
    record::{Action, Event, InMemory, Receipt, Recorder},
};

use super::{Kept, ListRepos, clock, grant, kind, quietly, secret};

type Ci = Token<kind::Ci>;

pub(super) fn dropped(dir: &Path) -> Kept {
    let (recorder, token) = admit(dir, &clock());
    token.expose_for(&ListRepos).map(drop).unwrap();
    drop(token);
    ended(&recorder, &["admitted", "exposed", "destroyed"])
}

pub(super) fn spent(dir: &Path) -> Kept {
    let (recorder, token) = admit(dir, &clock());
    drop(token.spend_for(&ListRepos).unwrap());
    ended(&recorder, &["admitted", "exposed", "destroyed"])
}

pub(super) fn expired(dir: &Path) -> Kept {
    let clock = clock();
    let (recorder, token) = admit(dir, &clock);
    clock.advance(Duration::from_secs(60));
    assert!(token.expose_for(&ListRepos).unwrap_err().is_expired());
    Box::new((token, ended(&recorder, &["admitted", "expired"])))
}

pub(super) fn refused(dir: &Path) -> Kept {
    let recorder = Arc::new(InMemory::new());
    let admission = Admission::new().recorder(recorder.clone());
    let grant = Grant::new("repo:read admin").expires_in(Duration::from_secs(60));
    let refusal = admission.admit::<kind::Ci>(secret(dir), &grant);
    let error = super::refused(refusal, ErrorKind::ExcessScope);
    Box::new((error, ended(&recorder, &["refused"])))
}

pub(super) fn by_nobody(dir: &Path) -> Kept {
    let admission = Admission::new().recorder(Arc::new(Full));
    super::refused(admission.admit::<kind::Ci>(secret(dir), &grant()), ErrorKind::MalformedId)
}

pub(super) fn by_hostile(dir: &Path) -> Kept {
    let admission = Admission::new().recorder(Arc::new(Hostile));
    quietly(|| drop(admission.admit::<kind::Ci>(secret(dir), &grant())))
}

pub(super) fn noted_when_dropped(dir: &Path) -> Kept {
    noted(dir, |token, _| drop(token))
}

pub(super) fn noted_when_spent(dir: &Path) -> Kept {
    noted(dir, |token, _| drop(token.spend_for(&ListRepos)))
}

pub(super) fn noted_when_expired(dir: &Path) -> Kept {
    noted(dir, |token, clock| {
        clock.advance(Duration::from_secs(60));
        drop(token.check());
    })
}

pub(super) fn noted_when_expired_and_spent(dir: &Path) -> Kept {
    noted(dir, |token, clock| {
        clock.advance(Duration::from_secs(60));
        drop(token.spend_for(&ListRepos));
    })
}

pub(super) fn noted_when_unwound(dir: &Path) -> Kept {
    noted(dir, |token, _| {
        let _exposed = token.expose_for(&ListRepos).unwrap();
        panic::resume_unwind(Box::new(()));
    })
}

pub(super) fn noted_when_refused(dir: &Path) -> Kept {
    up_to_the_note(dir, |recorder, secret| {
        let admission = Admission::new().recorder(recorder);
        drop(admission.admit::<kind::Ci>(secret, &Grant::new("repo:read")));
    })
}

/// A token on record, and its recorder.
fn admit(dir: &Path, clock: &Arc<ManualClock>) -> (Arc<InMemory>, Ci) {
    let recorder = Arc::new(InMemory::new());
    let admission = Admission::with_clock(clock.clone()).recorder(recorder.clone());
    (recorder, admission.admit(secret(dir), &grant()).unwrap())
}

/// Keeps the events: they must not hold a byte either.
fn ended(recorder: &InMemory, expected: &[&str]) -> Kept {
    let events = recorder.events();
    let names: Vec<_> = events.iter().map(|event| event.action.name()).collect();
    assert_eq!(names, expected);
    Box::new((format!("{events:?}"), events))
}

fn noted(dir: &Path, end: fn(Ci, &ManualClock)) -> Kept {
    up_to_the_note(dir, move |recorder, secret| {
        let clock = clock();
        let admission = Admission::with_clock(clock.clone()).recorder(recorder);
        end(admission.admit(secret, &grant()).unwrap(), &clock);
    })
}

/// Lives on another thread up to the moment when the end is noted. The recorder has it, and
/// never returns: if the wipe came later, it would never come.
fn up_to_the_note(dir: &Path, life: impl FnOnce(Arc<Endless>, Secret) + Send + 'static) -> Kept {
    let secret = secret(dir);
    let (noted, wait) = mpsc::channel();
    let recorder = Arc::new(Endless(noted));
    drop(thread::spawn(move || life(recorder, secret)));
    wait.recv_timeout(Duration::from_secs(60)).expect("the event");
    Box::new(())
}

/// Does not come back from a closing event, nor from a refusal.
struct Endless(mpsc::Sender<()>);

impl Recorder for Endless {
    fn record(&self, _: Event) -> Result<Receipt, Error> {
        Ok(Receipt::new(None))
    }

    fn note(&self, event: Event) {
        if matches!(event.action, Action::Exposed { .. }) {
            return;
        }
        self.0.send(()).unwrap();
        loop {
            thread::park();
        }
    }
}

/// Cannot record.
struct Full;

impl Recorder for Full {
    fn record(&self, _: Event) -> Result<Receipt, Error> {
        Err("no id".parse::<TokenId>().unwrap_err())
    }

    fn note(&self, _: Event) {}
}

/// Panics when it is told of the end.
struct Hostile;

impl Recorder for Hostile {
    fn record(&self, _: Event) -> Result<Receipt, Error> {
        Ok(Receipt::new(None))
    }

    fn note(&self, _: Event) {
        panic!("on purpose")
    }
}
