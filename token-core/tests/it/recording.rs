//! The life of a token on record: no record, no token; each use counted once; one end.

mod birth;
mod end;
mod replaced;
mod uses;

use std::{fmt::Debug, sync::Arc};

use static_assertions::assert_impl_all;
use token_core::{
    Admission, Error, Grant, Grants, ManualClock, RequireScopes, Token, TokenId, TokenKind,
    record::{Action, Event, InMemory, Receipt, Recorder},
};

use crate::support::{ci_grant, kind, scope, secret, secs};

assert_impl_all!(Admission: Send, Sync, Clone, Debug);

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Deploy;

#[derive(RequireScopes)]
#[require(scope::RepoRead, scope::DeployRun)]
struct ReadAndDeploy;

#[derive(RequireScopes)]
#[require(scope::RepoWrite)]
struct Push;

#[derive(RequireScopes)]
#[require(scope::Admin)]
struct Administrate;

/// Lives longer than the hour after which uses are reported.
#[derive(TokenKind)]
#[token_kind(name = "yearly", scopes(scope::RepoRead, scope::DeployRun), max_lifetime = "365d")]
enum Yearly {}

/// What nobody should write: the kind does not carry the scope.
impl Grants<scope::Admin> for Yearly {}

const HOUR: u64 = 3600;

/// A recorder in memory that does something first.
struct First<R, N> {
    memory: InMemory,
    record: R,
    note: N,
}

impl<R, N> First<R, N>
where
    R: Fn() -> Result<(), Error> + Send + Sync,
    N: Fn(&Event) + Send + Sync,
{
    fn new(record: R, note: N) -> Arc<Self> {
        Arc::new(Self { memory: InMemory::new(), record, note })
    }
}

impl<R, N> Recorder for First<R, N>
where
    R: Fn() -> Result<(), Error> + Send + Sync,
    N: Fn(&Event) + Send + Sync,
{
    fn record(&self, event: Event) -> Result<Receipt, Error> {
        (self.record)()?;
        self.memory.record(event)
    }

    fn note(&self, event: Event) {
        (self.note)(&event);
        self.memory.note(event);
    }
}

/// The error of a recorder that cannot record.
fn failure() -> Error {
    "no id".parse::<TokenId>().unwrap_err()
}

fn recorded(clock: &Arc<ManualClock>) -> (Arc<InMemory>, Admission) {
    let recorder = Arc::new(InMemory::new());
    let admission = Admission::with_clock(clock.clone()).recorder(recorder.clone());
    (recorder, admission.actor("deploy-service").reason("nightly"))
}

fn ci(admission: &Admission) -> Token<kind::Ci> {
    admission.admit(secret(), &ci_grant()).unwrap()
}

fn yearly(admission: &Admission) -> Token<Yearly> {
    let grant = Grant::new("repo:read deploy:run").expires_in(secs(365 * 24 * HOUR));
    admission.admit(secret(), &grant).unwrap()
}

fn names(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.action.name()).collect()
}

fn uses(event: &Event) -> Vec<(&str, u64)> {
    match &event.action {
        Action::Exposed { uses, .. } => uses.iter().map(|u| (&*u.scope, u.times)).collect(),
        other => panic!("{other:?}"),
    }
}

/// How often a scope was used, over all reports.
fn total(events: &[Event], scope: &str) -> u64 {
    let reports = events.iter().filter(|event| matches!(event.action, Action::Exposed { .. }));
    reports.flat_map(uses).filter(|(name, _)| *name == scope).map(|(_, times)| times).sum()
}

fn closings(events: &[Event]) -> usize {
    events.iter().filter(|event| event.action.is_closing()).count()
}
