//! Revoking: dead in the registry at once, then on record, once.

use std::{sync::Arc, time::Instant};

use pollster::block_on;
use token_core::{
    Clock, TokenId,
    record::{Action, Event, InMemory, Log},
};
use token_issue::{
    Issuer, Mint,
    registry::{Memory, Rule},
};

use crate::{
    POLICY,
    desk::{Desk, eventually, seconds},
    faulty::{Fault, FaultyRegistry},
    kind,
};

fn minted(issuer: &Issuer, mint: Mint<kind::Deploy>) -> TokenId {
    let issued = block_on(issuer.mint(mint)).unwrap();
    let id = issued.id();
    let _ = issued.release();
    id
}

fn closings(events: &[Event]) -> Vec<&Event> {
    events.iter().filter(|event| event.action.is_closing()).collect()
}

#[test]
fn a_revocation_says_on_how_many_servers_it_stands() {
    let registry = FaultyRegistry { registry: Arc::new(Memory::new()), trap: Arc::default() };
    let registry = Arc::new(registry);
    let desk = Desk::with(registry.clone());
    let issuer = desk.issuer();
    let revoke = || {
        let id = minted(&issuer, Mint::new());
        // The trap is at no call of the issuer.
        let revocation = block_on(issuer.revoke(id, "a test")).unwrap();
        assert!(revocation.is_new && revocation.is_recorded());
        let again = block_on(issuer.revoke(id, "a test")).unwrap();
        assert_eq!(again.servers, None, "nothing is new");
        revocation.servers
    };
    assert_eq!(revoke(), Some(3));
    let rule = block_on(issuer.revoke_matching(Rule::all(), "a test")).unwrap();
    assert_eq!(rule.servers, Some(3));
    // What cannot be said fails nothing, and takes no time to speak of.
    for fault in [Fault::Errs, Fault::Hangs] {
        registry.trap.arm(usize::MAX, usize::MAX, fault);
        let start = Instant::now();
        assert_eq!(revoke(), None);
        assert!(start.elapsed() < seconds(2), "{:?}", start.elapsed());
    }
    let memory = Desk::new();
    let id = minted(&memory.issuer(), Mint::new());
    let revocation = block_on(memory.issuer().revoke(id, "a test")).unwrap();
    assert_eq!(revocation.servers, None, "memory is no server");
}

#[test]
fn a_revocation_is_on_record_once_with_actor_reason_and_epoch() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let id = minted(&issuer, Mint::new().subject("job-17"));
    let alice = issuer.acting_as("alice");
    let revocation = block_on(alice.revoke(id, "leaked in a log")).unwrap();
    assert!(revocation.is_new && revocation.is_recorded());
    let again = block_on(issuer.revoke(id, "again")).unwrap();
    assert!(!again.is_new && again.is_recorded());
    assert_eq!(again.at, revocation.at);
    issuer.close(seconds(10)).unwrap();

    let events = desk.events();
    let closings = closings(&events);
    let [event] = closings.as_slice() else { panic!("{closings:?}") };
    assert_eq!(event.action, Action::revoked(Some(0)));
    assert_eq!((event.token, event.epoch), (Some(id), Some(revocation.at)));
    assert_eq!(event.actor.as_deref(), Some("alice"));
    assert_eq!(event.reason.as_deref(), Some("leaked in a log"));
    assert_eq!(event.subject.as_deref(), Some("job-17"));
    assert!(block_on(desk.registry.unclosed("example.com/tokens", 10)).unwrap().is_empty());
}

#[test]
fn a_long_text_keeps_nothing_from_being_revoked() {
    let desk = Desk::new();
    let options = desk.options().actor("s".repeat(300));
    let issuer = options.start().unwrap().acting_as(&"a".repeat(257));
    let id = minted(&issuer, Mint::new());
    let revocation = block_on(issuer.revoke(id, "r".repeat(1_025))).unwrap();
    assert!(revocation.is_new && revocation.is_recorded());
    let rule = Rule::all().subject("job-17");
    let by_rule = block_on(issuer.revoke_matching(rule, "é".repeat(1_000))).unwrap();
    assert!(by_rule.is_new && by_rule.is_recorded());
    issuer.close(seconds(10)).unwrap();

    let events = desk.events();
    let told = |event: &Event| {
        let actor = event.actor.as_deref().unwrap();
        assert!(actor.len() <= 256 && actor.ends_with("bytes]"), "{actor}");
        event.reason.as_deref().map(|reason| (reason.len() <= 1_024, reason.ends_with("bytes]")))
    };
    assert_eq!(events.iter().filter_map(told).collect::<Vec<_>>(), [(true, true); 2]);
}

#[test]
fn an_unknown_token_changes_nothing() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let revocation = block_on(issuer.revoke(TokenId::from_bytes([1; 16]), "who knows")).unwrap();
    assert!(!revocation.is_new && revocation.tokens == 0 && revocation.is_recorded());
    issuer.close(seconds(10)).unwrap();
    assert!(desk.events().is_empty());
}

#[test]
fn a_rule_is_one_record_and_then_one_for_each_token() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let leavers: Vec<_> = (0..600).map(|_| minted(&issuer, Mint::new().subject("bob"))).collect();
    let stays = minted(&issuer, Mint::new().subject("alice"));
    let rule = Rule::all().kind("deploy").subject("bob");
    let revocation = block_on(issuer.revoke_matching(rule, "bob has left")).unwrap();
    assert!(revocation.is_new && revocation.is_recorded());
    let event = desk.events().into_iter().find(|event| event.token.is_none()).unwrap();
    assert_eq!((&*event.kind, event.subject.as_deref()), ("deploy", Some("bob")));
    assert!(event.reason.unwrap().contains("bob has left"));
    assert_eq!(event.epoch, Some(revocation.at));
    issuer.close(seconds(20)).unwrap();
    assert_eq!(desk.open(), [stays]);
    assert_eq!(closings(&desk.events()).len(), leavers.len() + 1);
}

#[test]
fn the_log_that_opened_closes_whoever_revokes() {
    let desk = Desk::new();
    let other_log = Arc::new(InMemory::named("example.com/other"));
    let other = Issuer::options(
        &POLICY,
        Arc::clone(&desk.registry),
        Arc::clone(&other_log) as Arc<dyn Log>,
    )
    .clock(Arc::clone(&desk.clock) as Arc<dyn Clock>)
    .start()
    .unwrap();
    let issuer = desk.issuer();
    let id = minted(&issuer, Mint::new());
    let revocation = block_on(other.revoke(id, "leaked")).unwrap();
    assert!(revocation.is_recorded());
    // The other log names the first one, and closes nothing.
    let event = other_log.events().pop().unwrap();
    assert_eq!(event.origin.as_deref(), Some("example.com/tokens"));
    assert_eq!((event.action, event.epoch), (Action::revoked(None), Some(revocation.at)));
    eventually("the first log closes it", || desk.open().is_empty());
    let event = desk.events().pop().unwrap();
    assert_eq!((event.action, event.origin), (Action::revoked(Some(0)), None));
}

#[test]
fn what_is_narrowed_elsewhere_names_the_log_of_its_parent() {
    let desk = Desk::new();
    let other = Desk {
        log: Arc::new(InMemory::named("example.com/other")),
        ..Desk::with(Arc::clone(&desk.registry))
    };
    let (first, second) = (desk.issuer(), other.issuer());
    let _ = minted(&first, Mint::new());
    let id = minted(&first, Mint::new());
    let child =
        block_on(second.narrow(&other.caller::<kind::Deploy>(id), token_issue::Narrow::new()))
            .unwrap();
    let event = other.events().pop().unwrap();
    assert_eq!(event.action, Action::narrowed(Some(1)));
    assert_eq!(event.origin.as_deref(), Some("example.com/tokens"));
    assert_eq!(desk.row(child.id()).origin.unwrap().log, "example.com/other");
    let _ = child.release();
    let _ = block_on(first.revoke(id, "leaked")).unwrap();
    eventually("each log closes what it opened", || other.open().is_empty());
    first.close(seconds(10)).unwrap();
    assert_eq!(desk.open().len(), 1);
}

#[test]
fn list_show_and_prune() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let mut ids: Vec<_> =
        (0..5).map(|_| minted(&issuer, Mint::new().lifetime(seconds(10)))).collect();
    ids.sort();
    let page = block_on(issuer.list(Rule::all(), Some(ids[0]), 3)).unwrap();
    assert_eq!(page.iter().map(|row| row.token).collect::<Vec<_>>(), ids[1..4]);
    assert_eq!(block_on(issuer.show(ids[2])).unwrap().unwrap().token, ids[2]);
    assert_eq!(block_on(issuer.show(TokenId::from_bytes([1; 16]))).unwrap(), None);
    desk.clock.advance(seconds(60));
    assert_eq!(block_on(issuer.prune()).unwrap().rows, 0, "the leeway");
    desk.clock.advance(token_issue::LONGEST_STREAM);
    assert_eq!(block_on(issuer.prune()).unwrap().rows, 0, "what a ticket opened");
    desk.clock.advance(seconds(11));
    assert_eq!(block_on(issuer.prune()).unwrap().rows, 5);
    assert_eq!(block_on(issuer.show(ids[2])).unwrap(), None);
}

#[test]
fn a_start_closes_what_was_revoked_while_the_issuer_was_away() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let id = minted(&issuer, Mint::new());
    issuer.close(seconds(10)).unwrap();
    assert!(block_on(desk.registry.revoke(id)).unwrap().is_new);
    assert_eq!(desk.open(), [id]);
    let _issuer = desk.issuer();
    assert!(desk.open().is_empty());
}
