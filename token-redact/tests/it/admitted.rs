//! Tokens that are masked from their admission to their wipe.

use std::{sync::Arc, thread, time::Duration};

use test_support::fresh_token;
use token_core::{
    Admission, ErrorKind, Grant, ManualClock, RequireScopes, Scope, Secret, Token, TokenKind,
    record::InMemory,
};
use token_redact::Redaction;

use crate::support::{fresh, label, redact};

#[derive(Scope)]
#[scope("deploy:run")]
enum DeployRun {}

#[derive(TokenKind)]
#[token_kind(name = "ci", scopes(DeployRun), max_lifetime = "1h")]
enum Ci {}

#[derive(TokenKind)]
#[token_kind(name = "deploy", scopes(DeployRun), max_lifetime = "1h", format = "acme_deploy")]
enum Deploy {}

#[derive(RequireScopes)]
#[require(DeployRun)]
struct Start;

const HOUR: Duration = Duration::from_secs(3600);

struct Held {
    redaction: Redaction,
    clock: Arc<ManualClock>,
    text: String,
    token: Token<Ci>,
}

impl Held {
    fn new() -> Self {
        let redaction = Redaction::for_kinds(&[Ci::COMPILED]);
        let clock = Arc::new(ManualClock::new(token_core::UtcDateTime::UNIX_EPOCH));
        let text = fresh_token();
        let admission = Admission::with_clock(clock.clone()).masked_by(&redaction);
        let grant = Grant::new("deploy:run").expires_in(HOUR);
        let token = admission.admit(Secret::from(text.clone()), &grant).unwrap();
        Self { redaction, clock, text, token }
    }

    fn is_masked(&self) -> bool {
        is_masked(&self.redaction, &self.text)
    }
}

fn is_masked(redaction: &Redaction, text: &str) -> bool {
    let shown = redact(redaction, text);
    assert!(shown == text || shown == label("ci", text), "{shown}");
    shown != text
}

#[test]
fn a_token_is_masked_until_it_is_dropped() {
    let held = Held::new();
    assert!(held.is_masked());
    let Held { redaction, text, token, .. } = held;
    drop(token);
    assert!(!is_masked(&redaction, &text));
}

/// Its bytes are there until the last exposure ends, and so is the mask.
#[test]
fn a_token_is_masked_until_it_is_wiped() {
    let held = Held::new();
    let exposed = held.token.expose_for(&Start).unwrap();
    held.clock.advance(HOUR);
    assert_eq!(held.token.check().unwrap_err().kind(), ErrorKind::Expired);
    assert!(held.is_masked(), "{} is still exposed", exposed.as_str().len());
    drop(exposed);
    assert!(!held.is_masked(), "it is wiped, though the token is still there");
}

#[test]
fn a_token_that_was_ended_is_not_masked() {
    let held = Held::new();
    held.token.end();
    assert!(!held.is_masked());
}

#[test]
fn a_token_that_is_spent_is_masked_as_long_as_its_text_is_there() {
    let Held { redaction, text, token, .. } = Held::new();
    let exposed = token.spend_for(&Start).unwrap();
    assert!(is_masked(&redaction, exposed.as_str()));
    drop(exposed);
    assert!(!is_masked(&redaction, &text));
}

#[test]
fn a_token_that_two_threads_find_expired_is_let_go_once() {
    let held = Held::new();
    held.clock.advance(HOUR);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| held.token.check().unwrap_err());
        }
    });
    assert!(!held.is_masked());
}

/// The record says so, and nothing stays registered.
#[test]
fn what_cannot_be_masked_is_refused() {
    let redaction = Redaction::for_kinds(&[Ci::COMPILED]);
    let log = Arc::new(InMemory::new());
    let admission = Admission::new().masked_by(&redaction).recorder(log.clone());
    let grant = Grant::new("deploy:run").expires_in(HOUR);
    for (text, said) in
        [("0123456789abcde", "shorter than 16"), ("passwordpassword", "easily guessed")]
    {
        let error = admission.admit::<Ci>(Secret::from(text.to_owned()), &grant).unwrap_err();
        assert_eq!((error.kind(), error.kind().name()), (ErrorKind::NotMasked, "NotMasked"));
        let chain = format!("{error:#}");
        assert!(chain.contains(said) && !chain.contains(text), "{chain}");
    }
    let names: Vec<_> = log.events().iter().map(|event| event.action.name().to_owned()).collect();
    assert_eq!(names, ["refused", "refused"]);
    assert_eq!(redact(&redaction, "passwordpassword"), "passwordpassword");
}

/// What the policy refuses is refused for that, and is not masked afterwards.
#[test]
fn a_refused_secret_is_not_masked() {
    let redaction = Redaction::for_kinds(&[Ci::COMPILED]);
    let admission = Admission::new().masked_by(&redaction);
    let text = fresh_token();
    let grant = Grant::new("deploy:run").expires_in(2 * HOUR);
    let error = admission.admit::<Ci>(Secret::from(text.clone()), &grant).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LifetimeTooLong);
    assert!(!is_masked(&redaction, &text));
}

/// A text that only begins like a token of our own format is no such token, and is registered.
#[test]
fn a_secret_that_looks_like_a_token_of_our_own_format_is_masked() {
    let redaction = Redaction::for_kinds(&[Deploy::COMPILED]);
    let admission = Admission::new().masked_by(&redaction);
    let grant = Grant::new("deploy:run").expires_in(HOUR);
    for text in [
        format!("acme_deploy_{}", fresh_token()),
        format!("{}.{}", fresh(), &fresh_token()[..8]),
        fresh()[1..].to_owned(),
    ] {
        let token: Token<Ci> = admission.admit(Secret::from(text.clone()), &grant).unwrap();
        assert_eq!(
            redact(&redaction, format!("a {text} b")),
            format!("a {} b", label("ci", &text))
        );
        drop(token);
    }
}

/// One that is found by its prefix is masked before, meanwhile and after.
#[test]
fn a_token_of_our_own_format_is_masked_anyway() {
    let redaction = Redaction::for_kinds(&[Deploy::COMPILED]);
    let admission = Admission::new().masked_by(&redaction);
    let grant = Grant::new("deploy:run").expires_in(HOUR);
    let text = fresh();
    let token: Token<Deploy> = admission.admit(Secret::from(text.clone()), &grant).unwrap();
    assert_eq!(redact(&redaction, &text), label("deploy", &text));
    drop(token);
    assert_eq!(redact(&redaction, &text), label("deploy", &text));

    // A redaction that does not know the prefix learns the token.
    let other = Redaction::new([]);
    let token: Token<Deploy> =
        Admission::new().masked_by(&other).admit(Secret::from(text.clone()), &grant).unwrap();
    assert_eq!(redact(&other, &text), label("deploy", &text));
    drop(token);
    assert_eq!(redact(&other, &text), text);
}
