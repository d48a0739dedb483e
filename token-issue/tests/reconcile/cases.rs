//! Single cases.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use pollster::block_on;
use token_audit::{Reader, SigningKey};
use token_core::{
    TokenId, UtcDateTime,
    caller::{Presented, Refused, verify},
    record::{Action, Epoch, Event, InMemory, Log, Recorder},
};
use token_issue::{
    __test::copy,
    Digest, Digests, ErrorKind, Issuer, Mint, Reconcile, Registry, Row, State, Verifier,
    registry::{Memory, Rule},
};

use crate::{
    POLICY,
    faulty::Swapped,
    kind,
    world::{issuer, live, records},
};

/// A registry with one token of `alice` and one of `bob`, a backup of it, and what happens to it after that.
struct Loss {
    log: Arc<InMemory>,
    alice: TokenId,
    bob: TokenId,
    restored: Arc<dyn Registry>,
}

impl Loss {
    fn after(happens: impl FnOnce(&Issuer, TokenId)) -> Self {
        let memory = Arc::new(Memory::new());
        let registry: Arc<dyn Registry> = memory.clone();
        let log = Arc::new(InMemory::named("example.com/one"));
        let running = issuer(&registry, &log).unwrap();
        let (alice, bob) = (mint(&running, "alice"), mint(&running, "bob"));
        let restored: Arc<dyn Registry> = Arc::new(copy(&memory));
        happens(&running, alice);
        running.close(Duration::from_secs(20)).unwrap();
        Self { log, alice, bob, restored }
    }

    fn of_alice() -> Self {
        Self::after(|issuer, alice| drop(block_on(issuer.revoke(alice, "leaked")).unwrap()))
    }

    fn reconcile(&self) -> Reconcile<'static> {
        let log: Arc<dyn Log> = self.log.clone();
        Reconcile::of(Arc::clone(&self.restored)).log(log, records(&self.log))
    }

    fn starts(&self) -> bool {
        match issuer(&self.restored, &self.log) {
            Ok(issuer) => {
                issuer.close(Duration::from_secs(20)).unwrap();
                true
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::OtherHistory);
                false
            }
        }
    }
}

fn mint(issuer: &Issuer, subject: &str) -> TokenId {
    let issued = block_on(issuer.mint(Mint::<kind::Deploy>::new().subject(subject))).unwrap();
    let id = issued.id();
    drop(issued.release());
    id
}

fn sorted<const N: usize>(ids: [TokenId; N]) -> Vec<TokenId> {
    let mut ids = ids.to_vec();
    ids.sort();
    ids
}

fn alive(registry: &Arc<dyn Registry>) -> Vec<TokenId> {
    live(&**registry).into_iter().collect()
}

#[test]
fn a_lost_revocation_is_made_again_and_the_issuer_starts() {
    let loss = Loss::of_alice();
    assert!(!loss.starts());
    assert_eq!(alive(&loss.restored), sorted([loss.alice, loss.bob]), "it lives again");
    let report = loss.reconcile().actor("carol").run().unwrap();
    assert_eq!((report.revoked, report.rules, report.unknown), (1, 0, 0), "{report}");
    assert_eq!(alive(&loss.restored), [loss.bob]);
    let told = loss.log.events().pop().unwrap();
    assert_eq!((told.action.name(), told.actor.as_deref()), ("reconciled", Some("carol")));
    assert_eq!(told.epoch, report.at);
    assert!(loss.starts());
    let said = report.to_string();
    assert!(said.starts_with("the registry has every revocation"), "{said}");
}

#[test]
fn a_rule_is_made_again_as_one_rule_and_later_tokens_live() {
    let loss = Loss::after(|issuer, _| {
        // Its number is higher than those that the restored registry comes to.
        for _ in 0..5 {
            let lost = mint(issuer, "carol");
            drop(block_on(issuer.revoke(lost, "leaked")).unwrap());
        }
        drop(block_on(issuer.revoke_matching(Rule::all().subject("alice"), "has left")).unwrap());
    });
    let report = loss.reconcile().run().unwrap();
    assert_eq!((report.revoked, report.rules, report.wider_rules), (0, 1, 0), "{report}");
    assert_eq!(report.unknown, 5, "those that were minted after the backup");
    assert_eq!(alive(&loss.restored), [loss.bob]);
    let issuer = issuer(&loss.restored, &loss.log).unwrap();
    let later = mint(&issuer, "alice");
    issuer.close(Duration::from_secs(20)).unwrap();
    let again = loss.reconcile().run().unwrap();
    assert_eq!((again.revoked, again.rules), (0, 0), "{again}");
    assert_eq!(alive(&loss.restored), sorted([loss.bob, later]));
}

/// Of two revocations at once the second was on record first, and the backup was made between them.
#[test]
fn a_lost_rule_is_found_before_a_record_that_is_not_lost() {
    let loss = Loss::after(|_, _| {});
    let nothing = Rule::all().kind("ticket");
    let known = block_on(loss.restored.revoke_matching(nothing)).unwrap().at;
    let lost = Epoch { n: known.n + 1, mark: [0x3c; 16] };
    let rule = Event::new(Action::revoked(None), "").reason("all that match: has left").epoch(lost);
    loss.log.record(rule.subject("alice")).unwrap();
    let other = Event::new(Action::revoked(None), "deploy").token(TokenId::from_bytes([1; 16]));
    loss.log.record(other.epoch(known)).unwrap();
    let report = loss.reconcile().run().unwrap();
    assert_eq!((report.rules, alive(&loss.restored)), (1, vec![loss.bob]), "{report}");
    assert_eq!(loss.log.events().pop().unwrap().action.name(), "reconciled");
    let issuer = issuer(&loss.restored, &loss.log).unwrap();
    let later = mint(&issuer, "alice");
    issuer.close(Duration::from_secs(20)).unwrap();
    let again = loss.reconcile().run().unwrap();
    assert_eq!((again.rules, again.at), (0, report.at), "nothing is done twice: {again}");
    assert_eq!(alive(&loss.restored), sorted([loss.bob, later]));
}

#[test]
fn a_rule_that_ends_nothing_is_not_made() {
    let loss = Loss::after(|issuer, _| {
        drop(block_on(issuer.revoke_matching(Rule::all().subject("carol"), "has left")).unwrap());
        drop(block_on(issuer.revoke_matching(Rule::all().subject("alice"), "has left")).unwrap());
    });
    block_on(loss.restored.revoke(loss.alice)).unwrap();
    let report = loss.reconcile().run().unwrap();
    assert_eq!((report.rules, report.rules_without_rows), (0, 2), "{report}");
    assert_eq!(alive(&loss.restored), [loss.bob]);
    assert!(loss.starts());
}

/// The policy may say of a kind that its tokens may be used once, after they were minted. So a row does not say it.
#[test]
fn a_token_that_was_used_is_revoked_whatever_its_row_says() {
    let loss = Loss::after(|issuer, alice| drop(block_on(issuer.revoke(alice, "leaked")).unwrap()));
    let events = loss.log.events();
    let birth = events.iter().position(|event| event.token == Some(loss.bob)).unwrap() as u64;
    loss.log.record(Event::new(Action::destroyed(Some(birth)), "deploy").token(loss.bob)).unwrap();
    assert_eq!(loss.reconcile().run().unwrap().revoked, 2);
    assert!(alive(&loss.restored).is_empty());
}

/// The index counts in another log, or the record is about another token.
#[test]
fn an_end_that_closes_nothing_in_this_log_ends_nothing() {
    let loss = Loss::of_alice();
    let events = loss.log.events();
    let birth = events.iter().position(|event| event.token == Some(loss.bob)).unwrap() as u64;
    let end = || Event::new(Action::destroyed(Some(birth)), "deploy");
    loss.log.record(end().token(loss.bob).origin("example.com/other")).unwrap();
    loss.log.record(end().token(loss.alice)).unwrap();
    assert_eq!(loss.reconcile().run().unwrap().revoked, 1);
    assert_eq!(alive(&loss.restored), [loss.bob]);
}

#[test]
fn a_copy_tells_what_was_used() {
    let memory = Memory::new();
    let row = |number| {
        let now = UtcDateTime::now();
        Row::new(TokenId::from_bytes([number; 16]), "deploy", now, now + Duration::from_secs(3600))
    };
    let digest = |number| Digest::from_bytes([number; 32]);
    for number in 1..=4 {
        let inserted = memory.insert(digest(number), row(number), UtcDateTime::now());
        block_on(inserted).unwrap().unwrap();
    }
    let use_up = |registry: &dyn Registry, number| {
        let digests = Digests::new(digest(number), None);
        let own = Epoch { n: 0, mark: [0; 16] };
        block_on(registry.spend(digests, own, None, None, UtcDateTime::now())).unwrap();
    };
    // 1 was used before the backup, and 2 too and revoked since; 3 was used since; 4 lives.
    use_up(&memory, 1);
    use_up(&memory, 2);
    let restored: Arc<dyn Registry> = Arc::new(copy(&memory));
    use_up(&memory, 3);
    block_on(memory.revoke(row(2).token)).unwrap();
    let state = |number| block_on(restored.show(row(number).token)).unwrap().unwrap().state;
    let log = InMemory::new();
    log.record(Event::new(Action::Created, "deploy").token(row(1).token)).unwrap();
    log.record(Event::new(Action::destroyed(Some(0)), "deploy").token(row(1).token)).unwrap();
    let run = Reconcile::of(Arc::clone(&restored)).copy_of_log("memory", records(&log));
    let report = run.copy("old", Arc::new(memory), true).run().unwrap();
    assert_eq!((report.revoked, state(1), state(4)), (2, State::Spent, State::Live), "{report}");
    assert!(matches!((state(2), state(3)), (State::Revoked { .. }, State::Revoked { .. })));
}

#[test]
fn a_stream_that_a_used_token_opened_is_ended_again() {
    let loss = Loss::of_alice();
    let rows = block_on(loss.restored.snapshot(10, UtcDateTime::now())).unwrap().rows;
    let (digest, _) = rows.iter().find(|(_, row)| row.token == loss.alice).unwrap();
    let (digests, own) = (Digests::new(*digest, None), Epoch { n: 0, mark: [0; 16] });
    block_on(loss.restored.spend(digests, own, None, None, UtcDateTime::now())).unwrap();
    assert_eq!(loss.reconcile().run().unwrap().revoked, 1);
    let state = block_on(loss.restored.show(loss.alice)).unwrap().unwrap().state;
    assert!(matches!(state, State::Revoked { .. }));
}

/// A record has the number up to which a rule counts in words only, so the rule is made again without it.
#[test]
fn a_rule_up_to_a_number_is_made_again_without_it_and_that_is_told() {
    let loss = Loss::after(|issuer, _| {
        drop(block_on(issuer.revoke_matching(Rule::all().born_before(0), "why not")).unwrap());
    });
    let report = loss.reconcile().run().unwrap();
    assert_eq!((report.rules, report.wider_rules), (1, 1), "{report}");
    assert!(alive(&loss.restored).is_empty());
    assert!(report.to_string().contains("1 rules end more than at first"), "{report}");
}

#[test]
fn tokens_that_were_minted_after_the_backup_are_counted() {
    let loss = Loss::after(|issuer, alice| {
        mint(issuer, "bob");
        let leaked = mint(issuer, "bob");
        drop(block_on(issuer.revoke(leaked, "leaked")).unwrap());
        drop(block_on(issuer.revoke(alice, "leaked")).unwrap());
    });
    let report = loss.reconcile().run().unwrap();
    assert_eq!((report.lost_tokens, report.unknown, report.revoked), (1, 1, 1), "{report}");
}

#[test]
fn a_log_that_is_not_given_is_named_and_its_issuer_does_not_start() {
    let memory = Arc::new(Memory::new());
    let registry: Arc<dyn Registry> = memory.clone();
    let logs = ["example.com/one", "example.com/two"].map(|name| Arc::new(InMemory::named(name)));
    let issuers = [0, 1].map(|number| issuer(&registry, &logs[number]).unwrap());
    let tokens = [0, 1].map(|number| mint(&issuers[number], "alice"));
    let restored: Arc<dyn Registry> = Arc::new(copy(&memory));
    for number in [0, 1] {
        drop(block_on(issuers[number].revoke(tokens[number], "leaked")).unwrap());
        issuers[number].close(Duration::from_secs(20)).unwrap();
    }
    let given = |number: usize| {
        let log: Arc<dyn Log> = logs[number].clone();
        Reconcile::of(Arc::clone(&restored)).log(log, records(&logs[number])).run().unwrap()
    };
    let report = given(0);
    assert!(report.is_complete(), "as far as that source goes");
    assert_eq!(
        report.missing_logs.into_iter().collect::<Vec<_>>(),
        [("example.com/two".into(), 1)]
    );
    assert_eq!(alive(&restored), [tokens[1]]);
    assert!(issuer(&restored, &logs[0]).is_ok() && issuer(&restored, &logs[1]).is_err());
    let said = given(0).to_string();
    assert!(said.contains("NOT GIVEN: log `example.com/two`, which opened 1 tokens"), "{said}");
    assert_eq!(given(1).revoked, 1);
    assert!(alive(&restored).is_empty() && issuer(&restored, &logs[1]).is_ok());
}

/// A registry that was pruned takes an issuer whose last epoch is of what was pruned. So the run must not give it something to prune that
/// comes late.
#[test]
fn an_issuer_whose_log_is_missing_is_refused_also_after_a_prune() {
    let memory = Arc::new(Memory::new());
    let registry: Arc<dyn Registry> = memory.clone();
    let logs = ["example.com/one", "example.com/two"].map(|name| Arc::new(InMemory::named(name)));
    let [one, two] = [0, 1].map(|number| issuer(&registry, &logs[number]).unwrap());
    let tokens: Vec<_> = (0..5).map(|_| mint(&one, "alice")).collect();
    let other = mint(&two, "bob");
    let restored: Arc<dyn Registry> = Arc::new(copy(&memory));
    drop(block_on(two.revoke(other, "leaked")).unwrap());
    two.close(Duration::from_secs(20)).unwrap();
    for token in tokens {
        drop(block_on(one.revoke(token, "leaked")).unwrap());
    }
    one.close(Duration::from_secs(20)).unwrap();
    let run = Reconcile::of(Arc::clone(&restored));
    let report = run.log(logs[0].clone() as Arc<dyn Log>, records(&logs[0])).run().unwrap();
    assert_eq!(report.revoked, 5, "{report}");
    block_on(restored.prune(UtcDateTime::UNIX_EPOCH)).unwrap();
    assert!(issuer(&restored, &logs[0]).is_ok());
    assert!(issuer(&restored, &logs[1]).is_err());
}

#[test]
fn a_log_that_is_not_read_to_its_end_starts_no_issuer() {
    let loss = Loss::after(|issuer, alice| {
        drop(block_on(issuer.revoke(alice, "leaked")).unwrap());
        drop(block_on(issuer.revoke_matching(Rule::all().subject("bob"), "has left")).unwrap());
    });
    let log = || loss.log.clone() as Arc<dyn Log>;
    let at = loss
        .log
        .events()
        .iter()
        .position(|event| event.subject.as_deref() == Some("bob") && event.token.is_none());
    let at = at.unwrap();

    // It ends too early.
    let short: Vec<_> = records(&loss.log).into_iter().take(at).collect();
    let report = Reconcile::of(Arc::clone(&loss.restored)).log(log(), short).run().unwrap();
    assert!(!report.is_complete() && report.logs[0].is_short, "{report}");
    assert_eq!(alive(&loss.restored), [loss.bob], "what it told is done");
    assert!(!loss.starts());

    // It cannot be read further.
    let damaged = records(&loss.log)
        .into_iter()
        .take(at)
        .map(|record| record.map_err(|_| ""))
        .chain([Err("damaged")]);
    let report = Reconcile::of(Arc::clone(&loss.restored)).log(log(), damaged).run().unwrap();
    let said = report.to_string();
    assert!(said.starts_with("INCOMPLETE") && said.contains("NOT READ FURTHER: damaged"), "{said}");
    assert!(!loss.starts());

    let report = loss.reconcile().run().unwrap();
    assert!(report.is_complete() && alive(&loss.restored).is_empty() && loss.starts(), "{report}");
}

#[test]
fn an_event_that_only_a_newer_version_knows_may_be_a_revocation() {
    let loss = Loss::of_alice();
    loss.log.record(Event::new(Action::other("revoked-by-moon"), "deploy")).unwrap();
    let report = loss.reconcile().run().unwrap();
    assert_eq!((report.is_complete(), report.logs[0].unknown_events), (false, 1), "{report}");
    assert_eq!(alive(&loss.restored), [loss.bob]);
    assert!(!loss.starts());
}

#[test]
fn a_copy_of_a_log_is_only_read() {
    let loss = Loss::of_alice();
    let events = loss.log.events().len();
    let run = Reconcile::of(Arc::clone(&loss.restored));
    let report = run.copy_of_log("example.com/one", records(&loss.log)).run().unwrap();
    assert!(report.is_complete() && report.missing_logs.is_empty() && report.logs[0].is_copy);
    assert_eq!((alive(&loss.restored), loss.log.events().len()), (vec![loss.bob], events));
    assert!(!loss.starts(), "its own run says so in it");
}

/// A program that holds a token of ours, and puts that on record in the same log.
#[test]
fn a_token_that_a_holder_dropped_is_alive() {
    let loss = Loss::of_alice();
    let admitted = loss.log.record(Event::new(Action::Admitted, "deploy").token(loss.bob)).unwrap();
    let dropped = Event::new(Action::destroyed(admitted.index()), "deploy").token(loss.bob);
    loss.log.record(dropped).unwrap();
    let report = loss.reconcile().run().unwrap();
    assert_eq!((report.revoked, alive(&loss.restored)), (1, vec![loss.bob]));
}

#[test]
fn a_token_for_one_use_is_revoked_unless_the_last_copy_has_it_unused() {
    let memory = Arc::new(Memory::new());
    let registry: Arc<dyn Registry> = memory.clone();
    let log = Arc::new(InMemory::named("example.com/one"));
    let running = issuer(&registry, &log).unwrap();
    let ticket = block_on(running.mint(Mint::<kind::Ticket>::new())).unwrap();
    let deploy = mint(&running, "alice");
    running.close(Duration::from_secs(20)).unwrap();
    let backup = || Arc::new(copy(&memory)) as Arc<dyn Registry>;
    let run = |restored: &Arc<dyn Registry>, is_last| {
        let run = Reconcile::of(Arc::clone(restored)).copy("old", Arc::clone(&registry), is_last);
        run.log(log.clone() as Arc<dyn Log>, records(&log)).run().unwrap()
    };
    let (one, other, third) = (backup(), backup(), backup());
    let report = run(&one, true);
    assert_eq!((report.perhaps_used, alive(&one)), (0, sorted([ticket.id(), deploy]).clone()));
    let report = run(&other, false);
    assert_eq!((report.perhaps_used, alive(&other)), (1, vec![deploy]));
    // The policy of today may say it of a kind that was none.
    let report = Reconcile::of(Arc::clone(&third)).used_once(["deploy"]).run().unwrap();
    assert_eq!((report.perhaps_used, alive(&third)), (2, vec![]));
    drop(ticket.release());
}

#[test]
fn a_copy_alone_tells_what_no_log_has() {
    let memory = Arc::new(Memory::new());
    let registry: Arc<dyn Registry> = memory.clone();
    let log = Arc::new(InMemory::named("example.com/one"));
    let running = issuer(&registry, &log).unwrap();
    let (alice, bob) = (mint(&running, "alice"), mint(&running, "bob"));
    let carol = mint(&running, "carol");
    running.close(Duration::from_secs(20)).unwrap();
    let restored: Arc<dyn Registry> = Arc::new(copy(&memory));
    block_on(registry.revoke(alice)).unwrap();
    block_on(registry.revoke_matching(Rule::all().subject("bob"))).unwrap();
    let run = || {
        let run = Reconcile::of(Arc::clone(&restored));
        run.copy("old", Arc::clone(&registry), false).run().unwrap()
    };
    let report = run();
    assert_eq!((report.revoked, report.rules), (1, 1), "a rule stays a rule: {report}");
    assert_eq!((report.copies[0].common, report.copies[0].at.unwrap().n), (3, 2));
    assert_eq!(alive(&restored), [carol]);
    let again = run();
    assert_eq!((again.revoked, again.rules, again.already_revoked), (0, 0, 2), "{again}");
    let stranger: Arc<dyn Registry> = Arc::new(Memory::new());
    let report = Reconcile::of(restored).copy("new", stranger, false).run().unwrap();
    assert!(report.to_string().contains("MAY BE ANOTHER REGISTRY"), "{report}");
    let _ = bob;
}

/// A feed stops after some 1,000 tokens, and a list after 1,000 rows.
#[test]
fn a_copy_with_many_revocations_is_read_to_its_end() {
    let memory = Memory::new();
    let id = |number: u16| {
        let [high, low] = number.to_be_bytes();
        let mut bytes = [high; 16];
        bytes[15] = low;
        TokenId::from_bytes(bytes)
    };
    let now = UtcDateTime::now();
    for number in 0..2_500 {
        let mut row = Row::new(id(number), "deploy", now, now + Duration::from_secs(3600));
        row.subject = Some(if number < 2_400 { "alice".into() } else { "bob".into() });
        let mut digest = [0; 32];
        digest[..16].copy_from_slice(id(number).as_bytes());
        let inserted = memory.insert(Digest::from_bytes(digest), row, now);
        block_on(inserted).unwrap().unwrap();
    }
    let restored: Arc<dyn Registry> = Arc::new(copy(&memory));
    for number in 0..2_300 {
        block_on(memory.revoke(id(number))).unwrap();
    }
    block_on(memory.revoke_matching(Rule::all().subject("bob"))).unwrap();
    let run = Reconcile::of(Arc::clone(&restored)).copy("old", Arc::new(memory), false);
    let report = run.run().unwrap();
    assert_eq!((report.revoked, report.rules, report.copies[0].common), (2_300, 1, 2_500));
    assert_eq!(alive(&restored).len(), 100);
}

/// It has heard of nothing that is lost, so its epoch is one of the restored registry.
#[test]
fn a_verifier_forgets_tokens_whose_rows_are_lost() {
    let memory = Arc::new(Memory::new());
    let swapped = Arc::new(Swapped::new(memory.clone()));
    let registry: Arc<dyn Registry> = swapped.clone();
    let log = Arc::new(InMemory::named("example.com/one"));
    let running = issuer(&registry, &log).unwrap();
    let (alice, bob) = (mint(&running, "alice"), mint(&running, "bob"));
    let restored: Arc<dyn Registry> = Arc::new(copy(&memory));
    let issued = block_on(running.mint(Mint::<kind::Deploy>::new())).unwrap();
    let later = issued.release().with_bytes("a test presents it", <[u8]>::to_vec);
    let verifier = Verifier::options(&POLICY, Arc::clone(&registry));
    let verifier = block_on(verifier.start()).unwrap();
    let accepts = || block_on(verify::<kind::Deploy>(&verifier, Presented::new(&later))).map(drop);
    eventually(|| accepts().is_ok() && verifier.remembered() == 3);
    swapped.put(Arc::clone(&restored));
    // The lost registry has one revocation more, of which the verifier never hears.
    let epoch = block_on(memory.revoke(alice)).unwrap().at;
    running.close(Duration::from_secs(20)).unwrap();
    log.record(Event::new(Action::revoked(None), "deploy").token(alice).epoch(epoch)).unwrap();
    std::thread::sleep(Duration::from_millis(1_200));
    assert_eq!(
        accepts(),
        Ok(()),
        "the control: it remembers the token, and nobody could revoke it"
    );

    let run = Reconcile::of(Arc::clone(&restored));
    let report = run.log(log.clone() as Arc<dyn Log>, records(&log)).run().unwrap();
    assert_eq!((report.revoked, report.lost_tokens), (1, 1), "{report}");
    let start = Instant::now();
    eventually(|| accepts() == Err(Refused::Unknown));
    assert!(start.elapsed() < Duration::from_secs(1));
    assert_eq!(alive(&restored), [bob]);
}

fn eventually(is_true: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_true() {
        assert!(start.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The log of a service: the epoch stands in it, and is read back.
#[test]
fn it_works_with_the_log_of_a_service() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let text = SigningKey::generate("example.com/tokens").unwrap();
    let key = || SigningKey::from_secret(text.to_secret()).unwrap();
    let log = Arc::new(token_audit::Log::open(&path, key()).unwrap());
    let memory = Arc::new(Memory::new());
    let start = |registry: &Arc<dyn Registry>| {
        Issuer::options(&POLICY, Arc::clone(registry), log.clone() as Arc<dyn Log>).start()
    };
    let running = start(&(memory.clone() as Arc<dyn Registry>)).unwrap();
    let (alice, bob) = (mint(&running, "alice"), mint(&running, "bob"));
    let restored: Arc<dyn Registry> = Arc::new(copy(&memory));
    drop(block_on(running.revoke(alice, "leaked")).unwrap());
    running.close(Duration::from_secs(20)).unwrap();
    assert!(start(&restored).is_err());

    log.checkpoint().unwrap();
    let reader = Reader::open(&path, key().verifying_key()).unwrap();
    let records = reader.records().map(|record| record.map(|record| (record.index, record.event)));
    let run = Reconcile::of(Arc::clone(&restored)).log(log.clone() as Arc<dyn Log>, records);
    let report = run.run().unwrap();
    assert!(report.is_complete() && report.logs[0].records >= 3, "{report}");
    assert_eq!(alive(&restored), [bob]);
    assert!(start(&restored).is_ok());
}
