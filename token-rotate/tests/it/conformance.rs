//! The suite for issuers: ours pass, and each fault is found.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use token_core::{Admission, Grant, Secret};
use token_rotate::{
    AsyncIssuer, Attempt, Failure, Fetched, FromPolicy, Handle, Issuer, conformance,
};

use crate::support::{kind, living, secs, text};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    None,
    NotAdmitted,
    TokenInHandle,
    OneHandle,
    RetiresOnce,
    PollsTooOften,
    PollingMakes,
    Fails,
}

struct Faulty(Fault, AtomicU64);

impl Issuer<kind::Ci> for Faulty {
    fn fetch(&self, attempt: &Attempt) -> Result<Fetched, Failure> {
        let name = format!("key-{}", attempt.number());
        match self.0 {
            Fault::NotAdmitted => Ok(living(secs(0))),
            Fault::Fails => Err(Failure::transient("down")),
            Fault::OneHandle => Ok(living(secs(60)).handle(Handle::new("key"))),
            Fault::TokenInHandle => {
                let text = text();
                let handle = Handle::new(text[4..12].to_owned());
                let grant = Grant::new("repo:read").expires_in(secs(60));
                Ok(Fetched::new(Secret::from(text), grant).handle(handle))
            }
            _ => Ok(living(secs(60)).handle(Handle::new(name))),
        }
    }

    fn retire(&self, _: &Handle) -> Result<(), Failure> {
        match self.1.fetch_add(1, Ordering::SeqCst) {
            1.. if self.0 == Fault::RetiresOnce => Err(Failure::permanent("no such key")),
            _ => Ok(()),
        }
    }

    fn poll_every(&self) -> Option<Duration> {
        match self.0 {
            Fault::PollsTooOften => Some(Duration::from_millis(10)),
            Fault::PollingMakes => Some(secs(10)),
            _ => None,
        }
    }
}

fn run(fault: Fault) -> Result<(), String> {
    let run =
        || conformance::run::<kind::Ci, _>(&Admission::new(), || Faulty(fault, AtomicU64::new(0)));
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        panic
            .downcast_ref::<String>()
            .cloned()
            .or(panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap()
    })
}

#[test]
fn each_fault_is_found() {
    assert_eq!(run(Fault::None), Ok(()));
    for (fault, says) in [
        (Fault::NotAdmitted, "the policy admits"),
        (Fault::TokenInHandle, "no part of the token"),
        (Fault::OneHandle, "two handles"),
        (Fault::RetiresOnce, "ended already"),
        (Fault::PollsTooOften, "once a second"),
        (Fault::PollingMakes, "makes no token"),
        (Fault::Fails, "a fetch succeeds: down"),
    ] {
        let said = run(fault).unwrap_err();
        assert!(said.contains(says), "{fault:?}: {said}");
    }
}

#[test]
fn what_the_policy_names_conforms() {
    conformance::run::<kind::Shown, _>(&Admission::new(), || {
        FromPolicy::<kind::Shown>::new().unwrap()
    });
}

struct Awaits;

impl AsyncIssuer<kind::Ci> for Awaits {
    async fn fetch(&self, _: &Attempt) -> Result<Fetched, Failure> {
        tokio::task::yield_now().await;
        Ok(living(secs(60)))
    }
}

#[tokio::test]
async fn an_issuer_that_awaits_is_tried_too() {
    conformance::run_async::<kind::Ci, _>(&Admission::new(), || Awaits).await;
}
