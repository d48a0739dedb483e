//! Minting: within the policy, on record first.

use std::time::Duration;

use pollster::block_on;
use token_core::{
    Grant, Token, TokenId,
    record::{Action, Event, Recorder},
    source::TokenResponse,
};
use token_issue::{ErrorKind, Issuer, Mint, Narrow, Origin, State, registry::Rule};

use crate::{
    desk::{Desk, eventually, seconds, start, text},
    kind, scope,
};

fn refusal<K: token_core::TokenKind>(issuer: &Issuer, mint: Mint<K>) -> ErrorKind {
    block_on(issuer.mint(mint)).unwrap_err().kind()
}

#[test]
fn a_token_is_what_the_policy_says_if_nothing_is_asked_for() {
    let desk = Desk::new();
    let issued = block_on(desk.issuer().mint(Mint::<kind::Deploy>::new())).unwrap();
    assert_eq!(issued.expires_at(), start().truncate_to_second() + seconds(900));
    let scopes: Vec<_> = issued.scopes().names().collect();
    assert_eq!(scopes.len(), 3, "{scopes:?}");
    assert_eq!((issued.kind(), issued.subject(), issued.audience()), ("deploy", None, None));

    let row = desk.row(issued.id());
    assert_eq!(row.origin, Some(Origin { log: "example.com/tokens".into(), index: 0 }));
    assert_eq!((row.depth, row.once, row.state), (0, false, State::Live));
    assert_eq!(row.actor.as_deref(), Some("token-service"));
    assert_eq!(row.expires_at, issued.expires_at());
}

#[test]
fn a_token_is_what_is_asked_for() {
    let desk = Desk::new();
    let mint = Mint::<kind::Deploy>::new()
        .scopes::<(scope::DeployRun,)>()
        .lifetime(Duration::from_millis(61_900))
        .subject("job-17")
        .audience("https://deploy.example.com")
        .actor("alice")
        .reason("nightly");
    let issued = block_on(desk.issuer().mint(mint)).unwrap();

    let row = desk.row(issued.id());
    let mut scopes = row.scopes.clone();
    scopes.sort();
    assert_eq!(scopes, ["deploy:read", "deploy:run"], "with what it implies");
    assert_eq!(row.expires_at - row.minted_at, seconds(61), "whole seconds");
    assert_eq!(row.subject.as_deref(), Some("job-17"));
    assert_eq!(row.audience.as_deref(), Some("https://deploy.example.com"));
    assert_eq!((row.actor.as_deref(), row.reason.as_deref()), (Some("alice"), Some("nightly")));

    let events = desk.events();
    let [event] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((&event.action, &*event.kind), (&Action::Created, "deploy"));
    assert_eq!((event.token, event.expires_at), (Some(issued.id()), Some(row.expires_at)));
    assert_eq!(event.scopes, row.scopes);
    assert_eq!(event.policy, Some(crate::POLICY.digest));
    assert_eq!(event.subject.as_deref(), Some("job-17"));
    assert_eq!((event.actor.as_deref(), event.reason.as_deref()), (Some("alice"), Some("nightly")));
}

#[test]
fn nothing_beyond_the_policy_is_minted() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let deploy = Mint::<kind::Deploy>::new;
    assert_eq!(refusal(&issuer, deploy().lifetime(seconds(901))), ErrorKind::LifetimeTooLong);
    let a_nanosecond_more = seconds(900) + Duration::from_nanos(1);
    assert_eq!(refusal(&issuer, deploy().lifetime(a_nanosecond_more)), ErrorKind::LifetimeTooLong);
    assert_eq!(refusal(&issuer, deploy().lifetime(Duration::MAX)), ErrorKind::LifetimeTooLong);
    let short = deploy().lifetime(Duration::from_millis(999));
    assert_eq!(refusal(&issuer, short), ErrorKind::LifetimeTooShort);
    assert_eq!(refusal(&issuer, deploy().scope_names(["admin"])), ErrorKind::ExcessScope);
    let one_more = deploy().scope_names(["deploy:run", "deploy:run x"]);
    assert_eq!(refusal(&issuer, one_more), ErrorKind::ExcessScope);
    assert_eq!(refusal(&issuer, deploy().scope_names([""; 0])), ErrorKind::NoScope);
    assert_eq!(refusal(&issuer, deploy().scope_names([""])), ErrorKind::ExcessScope);
    let reader = Mint::<kind::Reader>::new();
    assert_eq!(refusal(&issuer, reader.audience("https://other")), ErrorKind::WrongAudience);
    let beyond = Mint::<kind::Reader>::new().scope_names(["deploy:run"]);
    assert_eq!(refusal(&issuer, beyond), ErrorKind::ExcessScope);
    assert_eq!(refusal(&issuer, Mint::<kind::Endless>::new()), ErrorKind::NoLifetime);
    let endless = Mint::<kind::Endless>::new().lifetime(Duration::MAX);
    assert_eq!(refusal(&issuer, endless), ErrorKind::LifetimeTooLong);
    assert_eq!(refusal(&issuer, Mint::<kind::Foreign>::new()), ErrorKind::NoFormat);
    assert_eq!(refusal(&issuer, deploy().subject("x".repeat(257))), ErrorKind::TooLong);
    assert_eq!(refusal(&issuer, deploy().audience("x".repeat(257))), ErrorKind::TooLong);
    assert!(desk.rows().is_empty() && desk.events().is_empty());
}

/// Who acts and why only tells: a text that somebody else chose keeps no token from being minted.
#[test]
fn a_long_actor_or_reason_is_cut_with_a_mark() {
    let desk = Desk::new();
    let (long, longer) = ("é".repeat(200), "x".repeat(2_000));
    let issuer = desk.issuer().acting_as(&long);
    let mint = || Mint::<kind::Deploy>::new().subject("s".repeat(256));
    let row = |mint| desk.row(block_on(issuer.mint(mint)).unwrap().id());

    let short = row(mint().actor("a".repeat(256)).reason("r".repeat(1_024)));
    assert_eq!((short.actor.unwrap().len(), short.reason.unwrap().len()), (256, 1_024));
    let cut = row(mint().reason(longer.clone()));
    let (actor, reason) = (cut.actor.unwrap(), cut.reason.unwrap());
    assert!(actor.len() <= 256 && actor.starts_with("éé") && actor.ends_with("é…[400 bytes]"));
    assert!(reason.len() == 1_024 && reason.ends_with("x…[2000 bytes]"), "{reason}");
    let one_more = row(mint().actor("a".repeat(257)).reason("r".repeat(1_025)));
    assert!(one_more.actor.unwrap().ends_with("a…[257 bytes]"));
    assert!(one_more.reason.unwrap().ends_with("r…[1025 bytes]"));

    // The same texts are on record, and of a child.
    let parent = block_on(issuer.mint(mint())).unwrap();
    let child = Narrow::<kind::Deploy>::new().reason(longer);
    let child = block_on(issuer.narrow(&desk.caller_of(&parent), child)).unwrap();
    assert!(desk.row(child.id()).reason.unwrap().ends_with("…[2000 bytes]"));
    let told = desk.events().into_iter().filter_map(|event| event.reason);
    assert_eq!(told.filter(|reason| reason.len() <= 1_024 && reason.contains("…[")).count(), 3);
}

#[test]
fn a_kind_of_another_policy_is_refused() {
    mod other {
        token_core::policy!("other.toml");
    }
    let desk = Desk::new();
    let issuer = desk.issuer();
    assert_eq!(refusal(&issuer, Mint::<other::kind::Deploy>::new()), ErrorKind::UnknownKind);
    assert!(desk.rows().is_empty() && desk.events().is_empty());
}

#[test]
fn the_audience_and_the_maximum_of_the_kind_are_taken() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let reader = block_on(issuer.mint(Mint::<kind::Reader>::new())).unwrap();
    assert_eq!(reader.audience(), Some("https://deploy.example.com"));
    let endless = Mint::<kind::Endless>::new().lifetime(seconds(5));
    let endless = block_on(issuer.mint(endless)).unwrap();
    assert_eq!(endless.expires_at(), start().truncate_to_second() + seconds(5));
    let ticket = block_on(issuer.mint(Mint::<kind::Ticket>::new())).unwrap();
    assert!(desk.row(ticket.id()).once);
}

#[test]
fn the_token_leaves_as_a_secret_that_its_kind_admits() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let issued = block_on(issuer.mint(Mint::<kind::Deploy>::new())).unwrap();
    let id = issued.id();
    let secret = issued.release();
    assert_eq!(TokenId::of(text(&secret).as_bytes()), Some(id));
    let grant = Grant::new("deploy:run deploy:purge").expires_in(seconds(60));
    assert!(Token::<kind::Deploy>::admit(secret, &grant).is_ok());
    issuer.close(seconds(10)).unwrap();
    assert_eq!(desk.live(), [id], "a released token is not revoked");
}

#[test]
fn a_response_is_one_that_a_client_reads() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let mint = Mint::<kind::Deploy>::new().scopes::<(scope::DeployPurge,)>().lifetime(seconds(60));
    let issued = block_on(issuer.mint(mint)).unwrap();
    let id = issued.id();
    desk.clock.advance(seconds(10));
    let body = text(&issued.into_response());
    assert!(body.ends_with(r#"","token_type":"Bearer","expires_in":50,"scope":"deploy:purge"}"#));
    let response = TokenResponse::read(body.as_bytes(), "").unwrap();
    assert_eq!(TokenId::of(text(&response.access_token).as_bytes()), Some(id));
    issuer.close(seconds(10)).unwrap();
    assert_eq!(desk.live(), [id]);
}

#[test]
fn a_token_that_nobody_takes_is_revoked_and_its_record_closed() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let issued = block_on(issuer.mint(Mint::<kind::Deploy>::new())).unwrap();
    let id = issued.id();
    assert_eq!((desk.live(), desk.open()), (vec![id], vec![id]));
    drop(issued);
    eventually("it is revoked", || desk.live().is_empty());
    eventually("its record is closed", || desk.open().is_empty());
    let last = desk.events().pop().unwrap();
    assert_eq!(last.action, Action::revoked(Some(0)));
    assert_eq!(last.epoch.map(|epoch| epoch.n), Some(1));
}

#[test]
fn an_issued_token_may_outlive_its_issuer() {
    let desk = Desk::new();
    let issued = block_on(desk.issuer().mint(Mint::<kind::Deploy>::new())).unwrap();
    let id = issued.id();
    assert_eq!(desk.live(), [id]);
    drop(issued); // with the last clone of the issuer in it: it waits for the thread
    assert_eq!((desk.live(), desk.open()), (vec![], vec![]));
}

#[test]
fn nothing_is_minted_after_the_end() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let clone = issuer.clone();
    issuer.close(seconds(10)).unwrap();
    assert_eq!(refusal(&clone, Mint::<kind::Deploy>::new()), ErrorKind::Closed);
    clone.close(seconds(10)).unwrap();
    assert!(desk.rows().is_empty() && desk.events().is_empty());
}

#[test]
fn no_two_tokens_are_alike_and_none_is_in_a_row_or_a_record() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let tokens: Vec<String> = (0..50)
        .map(|_| text(&block_on(issuer.mint(Mint::<kind::Deploy>::new())).unwrap().release()))
        .collect();
    let stored = format!("{:?} {:?} {issuer:?}", desk.rows(), desk.events());
    for token in &tokens {
        let random = &token["acme_deploy_".len()..];
        let pieces = random.as_bytes().windows(8).map(|piece| str::from_utf8(piece).unwrap());
        assert!(pieces.into_iter().all(|piece| !stored.contains(piece)));
    }
    assert_eq!(desk.live().len(), 50);
}

#[test]
fn no_debug_shows_a_token() {
    let desk = Desk::new();
    let issued = block_on(desk.issuer().mint(Mint::<kind::Deploy>::new().subject("job"))).unwrap();
    let shown = format!("{issued:?} {issued:#?} {:?}", desk.options());
    assert!(shown.contains("job") && shown.contains(&issued.id().to_string()));
    let token = text(&issued.release());
    assert!(!shown.contains(&token[12..20]));
}

#[test]
fn other_events_of_the_log_are_left_alone_at_a_start() {
    let desk = Desk::new();
    desk.log
        .record(Event::new(Action::Admitted, "foreign").token(TokenId::from_bytes([7; 16])))
        .unwrap();
    let issuer = desk.issuer();
    issuer.close(seconds(10)).unwrap();
    assert_eq!(desk.events().len(), 1);
}

/// An executor may move the futures between its threads.
#[test]
fn the_futures_are_send() {
    fn is_send(future: impl Future + Send) {
        drop(future);
    }
    let desk = Desk::new();
    let issuer = desk.issuer();
    let id = TokenId::from_bytes([1; 16]);
    is_send(issuer.mint(Mint::<kind::Deploy>::new()));
    is_send(issuer.narrow(&desk.caller::<kind::Deploy>(id), Narrow::new()));
    is_send(issuer.revoke(id, "leaked"));
    is_send(issuer.revoke_matching(Rule::all(), "all"));
    assert!(desk.events().is_empty(), "a future that was not polled has done nothing");
}
