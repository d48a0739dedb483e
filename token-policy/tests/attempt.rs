//! The name of an attempt: the same from every run of it, and another one after each change that makes it another attempt.
#![cfg(feature = "lock")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::collections::BTreeSet;

use time::UtcDateTime;
use token_policy::lock::{Attempt, Entry, Lock, LockedToken, Slot, SlotName};
use token_policy::{KindRule, Policy};

const POLICY: &str = r#"version = 1
scopes.a = ""
environments = { staging = {}, production = {} }
[tokens.ci]
scopes = ["a"]
max_lifetime = "30d"
[tokens.other]
scopes = ["a"]
max_lifetime = "30d"
"#;

fn policy() -> Policy {
    Policy::parse(POLICY).unwrap()
}

fn kind<'p>(policy: &'p Policy, name: &str) -> &'p KindRule {
    policy.kind(name).unwrap()
}

fn name(kind: &str, environment: &str) -> SlotName {
    SlotName::new(kind, environment).unwrap()
}

/// Replaces the token of a slot by one with the id `[id; 16]`.
fn put(slot: &mut Slot, kind: &KindRule, id: u8, generation: u64) {
    let end = UtcDateTime::from_unix_timestamp(1_800_000_000).unwrap();
    let token = LockedToken::new([id; 16], generation, Some(end));
    slot.replace(token, Some(end), &Entry::new(kind));
}

/// The derivation, written down a second time from the documentation alone.
fn derived(slot: &SlotName, id: Option<[u8; 16]>, kind: &KindRule) -> String {
    let mut bytes = Vec::new();
    for text in ["token-policy/attempt/1", slot.kind(), slot.environment()] {
        bytes.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
        bytes.extend(text.as_bytes());
    }
    bytes.push(u8::from(id.is_some()));
    bytes.extend(id.iter().flatten());
    bytes.extend(kind.digest().as_bytes());
    let hash = hmac_sha256::Hash::hash(&bytes);
    let digits: String = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{slot}.{digits}")
}

#[test]
fn the_name_is_derived_as_documented() {
    let policy = policy();
    let (kind, slot_name) = (kind(&policy, "ci"), name("ci", "production"));
    let mut slot = Slot::default();
    let first = Attempt::next(&slot_name, &slot, kind);
    assert_eq!(first.name(), derived(&slot_name, None, kind));
    put(&mut slot, kind, 7, 41);
    let next = Attempt::next(&slot_name, &slot, kind);
    assert_eq!(next.name(), derived(&slot_name, Some([7; 16]), kind));
    assert_eq!((first.generation(), next.generation()), (1, 42));
    assert_eq!(next.name().strip_prefix("ci.production."), Some(next.idempotency_key()));
    assert_eq!(next.slot(), &slot_name);
}

/// Other runs and other versions of the command must derive the same: a change of these values orphans what an attempt
/// made before it.
#[test]
fn names_never_change() {
    let policy = policy();
    let kind = kind(&policy, "ci");
    let mut slot = Slot::default();
    let mut found = vec![Attempt::next(&name("ci", "production"), &slot, kind).to_string()];
    put(&mut slot, kind, 0xab, 1);
    found.push(Attempt::next(&name("ci", "production"), &slot, kind).to_string());
    found.push(Attempt::next(&name("ci", "staging"), &slot, kind).to_string());
    assert_eq!(found, VECTORS);
}

const VECTORS: [&str; 3] = [
    "ci.production.e3022eea41da829c9098c58668472445",
    "ci.production.55309a8c90e4bfa7090bf03e74da3b7e",
    "ci.staging.e1474b209b6af646b131ab894392cf6a",
];

#[test]
fn a_run_from_a_fresh_checkout_derives_the_same_name() {
    let policy = policy();
    let mut lock = Lock::new(&policy);
    put(lock.slot_mut(name("ci", "production")), kind(&policy, "ci"), 1, 1);
    let read = Lock::parse(&lock.to_string()).unwrap();
    let of = |lock: &Lock, policy: &Policy| {
        let slot = lock.slot("ci", "production").unwrap();
        Attempt::next(&name("ci", "production"), slot, kind(policy, "ci"))
    };
    assert_eq!(of(&lock, &policy), of(&read, &Policy::parse(POLICY).unwrap()));
    // What changes for another slot, and how the files are written, makes no difference.
    let mut other = read.clone();
    put(other.slot_mut(name("other", "production")), kind(&policy, "other"), 2, 1);
    put(other.slot_mut(name("ci", "staging")), kind(&policy, "ci"), 3, 1);
    let text = POLICY.replace(
        "scopes = [\"a\"]\nmax_lifetime = \"30d\"\n[tokens.other]",
        "max_lifetime = '720h' # a month\nscopes = [\"a\"]\n[tokens.other]\nowner = \"o\"",
    );
    assert_eq!(of(&lock, &policy), of(&other, &Policy::parse(&text).unwrap()));
}

#[test]
fn another_kind_environment_token_or_rule_is_another_attempt() {
    let policy = policy();
    let ci = kind(&policy, "ci");
    let changed = Policy::parse(&POLICY.replacen("30d", "31d", 1)).unwrap();
    let (mut one, mut two) = (Slot::default(), Slot::default());
    put(&mut one, ci, 1, 1);
    put(&mut two, ci, 2, 1);
    let names = [
        Attempt::next(&name("ci", "production"), &Slot::default(), ci),
        Attempt::next(&name("ci", "production"), &one, ci),
        Attempt::next(&name("ci", "production"), &two, ci),
        Attempt::next(&name("ci", "staging"), &one, ci),
        Attempt::next(&name("other", "production"), &one, kind(&policy, "other")),
        Attempt::next(&name("ci", "production"), &one, kind(&changed, "ci")),
    ];
    let keys: BTreeSet<&str> = names.iter().map(Attempt::idempotency_key).collect();
    assert_eq!(keys.len(), names.len());
}

/// A run that was killed after its lock was written leaves its leftovers under the name of the attempt before.
#[test]
fn the_attempt_before_is_the_one_that_made_the_current_token() {
    let policy = policy();
    let (ci, slot_name) = (kind(&policy, "ci"), name("ci", "production"));
    let mut slot = Slot::default();
    assert_eq!(Attempt::before(&slot_name, &slot, ci), []);
    put(&mut slot, ci, 1, 1);
    assert_eq!(Attempt::before(&slot_name, &slot, ci), [], "no token was before it");
    for id in 2..5 {
        let made_by = Attempt::next(&slot_name, &slot, ci);
        put(&mut slot, ci, id, u64::from(id));
        assert_eq!(Attempt::before(&slot_name, &slot, ci), [made_by]);
    }
    slot.previous = None;
    assert_eq!(Attempt::before(&slot_name, &slot, ci), [], "the token before is ended");
}

/// The policy may change while the token before is still valid, or between the lock and the rotation.
#[test]
fn the_attempt_before_is_found_also_after_a_change_of_the_policy() {
    let (policy, changed) = (policy(), Policy::parse(&POLICY.replacen("30d", "31d", 1)).unwrap());
    let slot_name = name("ci", "production");
    for made_under in [&policy, &changed] {
        let mut lock = Lock::new(&policy);
        put(lock.slot_mut(slot_name.clone()), kind(&policy, "ci"), 1, 1);
        let made_by = Attempt::next(
            &slot_name,
            lock.slot("ci", "production").unwrap(),
            kind(made_under, "ci"),
        );
        put(lock.slot_mut(slot_name.clone()), kind(made_under, "ci"), 2, 2);
        lock.follow(&changed);
        let slot = lock.slot("ci", "production").unwrap();
        let before = Attempt::before(&slot_name, slot, kind(&changed, "ci"));
        assert!(before.contains(&made_by), "{before:?}");
        assert_eq!(before.len(), 2);
        assert!(before.iter().all(|attempt| attempt.generation() == 2));
    }
}

#[test]
fn the_line_of_an_ephemeral_kind_is_no_token() {
    let policy = policy();
    let ci = kind(&policy, "ci");
    let (empty, mut bound) = (Slot::default(), Slot::default());
    bound.current = Some(Entry::new(ci));
    let slot_name = name("ci", "production");
    assert_eq!(Attempt::next(&slot_name, &bound, ci), Attempt::next(&slot_name, &empty, ci));
    put(&mut bound, ci, 1, u64::MAX);
    assert_eq!(Attempt::next(&slot_name, &bound, ci).generation(), u64::MAX);
}

#[test]
fn an_attempt_shows_its_name() {
    let policy = policy();
    let attempt = Attempt::next(&name("ci", "production"), &Slot::default(), kind(&policy, "ci"));
    assert_eq!(attempt.to_string(), attempt.name());
    assert_eq!(format!("{attempt:?}"), format!("Attempt({}, generation 1)", attempt.name()));
}
