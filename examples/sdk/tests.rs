//! The SDK beside a fake server, and the application beside a fake SDK.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::{
    cell::RefCell,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use token_core::{
    Admission, Current, Error, ErrorKind, Grant, Lease, ManualClock, Secret, Token, TokenId,
    UtcDateTime,
};

use crate::{
    app,
    client::{Client, Failed, Repository},
    fake::Server,
    kind,
};

const HOUR: Duration = Duration::from_secs(3600);

fn bot(clock: &Arc<ManualClock>) -> Token<kind::Bot> {
    let grant = Grant::new("repo:write").expires_in(HOUR);
    Admission::with_clock(clock.clone()).admit(Secret::from("bot-".repeat(10)), &grant).unwrap()
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(UtcDateTime::UNIX_EPOCH))
}

#[test]
fn each_request_has_the_token_in_a_sensitive_header() {
    let server = Server::new(["main"]);
    let client = Client::new(bot(&clock()), server.clone());
    client.create_branch("new").unwrap();
    assert_eq!(client.branches().unwrap(), ["main", "new"]);
    let asked = ["POST", "GET"].map(|method| format!("{method} /branches with a sensitive header"));
    assert_eq!(server.asked(), asked);
}

/// Nothing is sent, and the error says until when the token was valid.
#[test]
fn with_an_expired_token_nothing_is_sent() {
    let (server, clock) = (Server::new(["main"]), clock());
    let client = Client::new(bot(&clock), server.clone());
    clock.advance(HOUR);
    let Err(Failed::Token(error)) = client.branches() else { unreachable!("it is expired") };
    assert_eq!(error.kind(), ErrorKind::Expired);
    assert!(server.asked().is_empty());
}

/// Keeps a token, as `Rotating` does, and counts what it is told.
struct Keeper {
    token: Token<kind::Bot>,
    rejected: Arc<AtomicUsize>,
}

impl Current<kind::Bot> for Keeper {
    fn current(&self) -> Result<Lease<'_, kind::Bot>, Error> {
        Ok(Lease::own(&self.token))
    }

    fn rejected(&self, id: Option<TokenId>) {
        assert_eq!(id, self.token.id());
        self.rejected.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn who_keeps_the_token_is_told_that_it_was_refused() {
    let (server, rejected) = (Server::new(["main"]), Arc::<AtomicUsize>::default());
    let keeper = Keeper { token: bot(&clock()), rejected: rejected.clone() };
    let client = Client::new(keeper, server.clone());
    server.refuse(1);
    assert!(matches!(client.branches(), Err(Failed::Status(401))));
    assert_eq!(client.branches().unwrap(), ["main"]);
    assert_eq!(rejected.load(Ordering::Relaxed), 1);
}

/// No token, no kind, no request: the application asks for a trait.
#[derive(Default)]
struct Fake(RefCell<Vec<String>>);

impl Repository for Fake {
    fn branches(&self) -> Result<Vec<String>, Failed> {
        Ok(self.0.borrow().clone())
    }

    fn create_branch(&self, name: &str) -> Result<(), Failed> {
        self.0.borrow_mut().push(name.to_owned());
        Ok(())
    }
}

#[test]
fn a_release_has_one_branch() {
    let fake = Fake::default();
    assert_eq!(app::release(&fake, 7).unwrap(), "release-7");
    assert_eq!(app::release(&fake, 7).unwrap(), "release-7");
    assert_eq!(*fake.0.borrow(), ["release-7"]);
}
