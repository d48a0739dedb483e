//! What a lock is: one spelling, facts only, and each fact that does not fit is told by name.
#![cfg(feature = "lock")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::collections::BTreeSet;

use time::UtcDateTime;
use token_policy::lock::{
    Effect, Entry, Lock, LockErrorKind, LockedImage, LockedToken, ProblemKind, SlotName, diff,
};
use token_policy::{AssuranceLevel, Policy, PolicyDigest, ScopesDigest};

const POLICY: &str = r#"version = 1
scopes.a = ""
scopes.b = ""
[environments.staging]
[environments.production]
release = true
assurance = "platform-attested"
[tokens.ci]
scopes = ["a"]
max_lifetime = "90d"
[tokens.oidc]
scopes = ["b"]
max_lifetime = "15m"
[tokens.pat]
scopes = ["a", "b"]
expiry = "none"
rotate = { after = "90d" }
environments = ["staging"]
"#;

fn policy() -> Policy {
    Policy::parse(POLICY).unwrap()
}

fn at(second: i64) -> UtcDateTime {
    UtcDateTime::from_unix_timestamp(1_780_000_000 + second).unwrap()
}

fn name(slot: &str) -> SlotName {
    let (kind, environment) = slot.split_once('.').unwrap();
    SlotName::new(kind, environment).unwrap()
}

fn put(lock: &mut Lock, slot: &str, id: u8, generation: u64, expires: Option<i64>) {
    let policy = policy();
    let entry = Entry::new(policy.kind(name(slot).kind()).unwrap());
    let token = LockedToken::new([id; 16], generation, expires.map(at));
    lock.slot_mut(name(slot)).replace(token, Some(at(500)), &entry);
}

/// A lock with every fact.
fn full() -> Lock {
    let policy = policy();
    let mut lock = Lock::new(&policy);
    lock.follow(&policy);
    put(&mut lock, "ci.production", 1, 6, Some(600));
    put(&mut lock, "ci.production", 2, 7, Some(1000));
    put(&mut lock, "ci.staging", 3, 1, Some(1000));
    put(&mut lock, "pat.staging", 4, 2, None);
    let digest = format!("sha256:{}", "0f".repeat(32)).parse().unwrap();
    let image = LockedImage { digest, assurance: AssuranceLevel::PlatformAttested };
    let source = format!("git:{}", "a1".repeat(20)).parse().unwrap();
    lock.bind("production", Some(source), Some(image));
    let slot = lock.slot_mut(name("ci.production"));
    let token = slot.current.as_mut().unwrap().token.as_mut().unwrap();
    token.log = Some(1842);
    token.handle = Some("key-17".parse().unwrap());
    lock
}

fn kind_of(text: &str) -> LockErrorKind {
    match Lock::parse(text) {
        Ok(_) => panic!("accepted:\n{text}"),
        Err(error) => error.kind(),
    }
}

#[test]
fn a_lock_is_read_back_as_it_was_written() {
    let lock = full();
    let text = lock.to_string();
    let read = Lock::parse(&text).unwrap();
    assert_eq!((&read, read.to_string()), (&lock, text.clone()));
    assert_eq!(Lock::parse(&text.replace('\n', "\r\n")).unwrap(), lock, "the line ends of Windows");
    assert_eq!(Lock::parse(&Lock::default().to_string()).unwrap(), Lock::default());
    let position = read.slot("ci", "production").unwrap().position().unwrap();
    assert_eq!(text.lines().nth(position.line as usize - 1).unwrap(), "[ci.production]");
}

/// The file that the documentation describes, written down by hand.
#[test]
fn the_file_is_as_documented() {
    let policy = policy();
    let [ci, oidc, pat] = ["ci", "oidc", "pat"].map(|kind| Entry::new(policy.kind(kind).unwrap()));
    let of = |entry: &Entry| format!("scopes={} policy={}", entry.scopes, entry.policy);
    let bound = format!(
        "source=git:{} image=sha256:{} assurance=platform-attested",
        "a1".repeat(20),
        "0f".repeat(32)
    );
    let (id1, id2, id3, id4) = ("01".repeat(16), "02".repeat(16), "03".repeat(16), "04".repeat(16));
    let text = format!(
        "# The live tokens, and what they are bound to: facts, no secrets. `tokenctl lock` writes this file.\n\
         version = 1\n\n\
         [ci.production]\n\
         current = \"id={id2} generation=7 expires=2026-05-28T20:43:20Z {ci} {bound} log=1842 handle=key-17\"\n\
         previous = \"id={id1} generation=6 expires=2026-05-28T20:36:40Z retire_after=2026-05-28T20:35:00Z {ci}\"\n\n\
         [ci.staging]\n\
         current = \"id={id3} generation=1 expires=2026-05-28T20:43:20Z {ci}\"\n\n\
         [oidc.production]\n\
         current = \"{oidc} {bound}\"\n\n\
         [oidc.staging]\n\
         current = \"{oidc}\"\n\n\
         [pat.staging]\n\
         current = \"id={id4} generation=2 expires=never {pat}\"\n",
        ci = of(&ci),
        oidc = of(&oidc),
        pat = of(&pat),
    );
    assert_eq!(full().to_string(), text);
}

#[test]
fn what_is_no_fact_of_a_lock_is_refused_with_its_place() {
    let text = full().to_string();
    let image = format!("image=sha256:{}", "0f".repeat(32));
    let source = format!("source=git:{}", "a1".repeat(20));
    let edits: &[(&str, &str, LockErrorKind)] = &[
        ("version = 1", "version = 2", LockErrorKind::UnknownVersion),
        ("version = 1", "version = '1'", LockErrorKind::WrongType),
        ("version = 1\n", "", LockErrorKind::UnknownVersion),
        (
            "version = 1\n",
            "version = 1\nwritten = 2026-05-28T20:43:20Z\n",
            LockErrorKind::UnknownKey,
        ),
        ("version = 1\n", "version = 1\ndigest = 'x'\n", LockErrorKind::UnknownKey),
        ("[ci.staging]", "[ci.production]", LockErrorKind::Repeated),
        ("\nprevious = ", "\ncurrent = ", LockErrorKind::Repeated),
        ("\nprevious = ", "\nnext = ", LockErrorKind::UnknownKey),
        ("[ci.staging]", "[CI.staging]", LockErrorKind::InvalidName),
        ("[ci.staging]", "[ci.staging.x]", LockErrorKind::UnknownKey),
        ("[ci.staging]", "[ci]", LockErrorKind::WrongType),
        (&image, "image=registry.example/service:1.4", LockErrorKind::InvalidFact),
        (&image, "image=sha256:0f", LockErrorKind::InvalidFact),
        (&source, "source=git:main", LockErrorKind::InvalidFact),
        (&source, "source=v1.4.0", LockErrorKind::InvalidFact),
        (&source, "source=unknown", LockErrorKind::InvalidFact),
        (&source, "tag=v1.4.0", LockErrorKind::UnknownKey),
        (&source, "written=2026-05-28T20:43:20Z", LockErrorKind::UnknownKey),
        (&source, &format!("{source} {source}"), LockErrorKind::Repeated),
        (" assurance=platform-attested", "", LockErrorKind::MissingFact),
        (&format!(" {image}"), "", LockErrorKind::MissingFact),
        ("platform-attested", "platform", LockErrorKind::InvalidFact),
        ("generation=7", "generation=0", LockErrorKind::InvalidFact),
        ("generation=7", "generation=-7", LockErrorKind::InvalidFact),
        ("generation=7 ", "", LockErrorKind::MissingFact),
        (" generation=7", " generation=07", LockErrorKind::NotAsWritten),
        (" generation=7", "  generation=7", LockErrorKind::InvalidFact),
        ("generation=7", "generation", LockErrorKind::InvalidFact),
        ("20:43:20Z", "20:43:20+00:00", LockErrorKind::InvalidFact),
        ("20:43:20Z", "20:43:20.5Z", LockErrorKind::NotAsWritten),
        ("20:43:20Z", "20:43:60Z", LockErrorKind::InvalidFact),
        ("T20:43:20Z", " 20:43:20Z", LockErrorKind::InvalidFact),
        ("2026-05-28T20:43", "2026-02-30T20:43", LockErrorKind::InvalidFact),
        (" expires=never", "", LockErrorKind::MissingFact),
        ("id=02", "id=+2", LockErrorKind::NotAsWritten),
        ("id=02", "id=0", LockErrorKind::InvalidFact),
        ("id=0202", "id=02AB", LockErrorKind::NotAsWritten),
        (
            "previous = \"id=01010101010101010101010101010101 generation=6 expires=2026-05-28T20:36:40Z retire_after=2026-05-28T20:35:00Z ",
            "previous = \"",
            LockErrorKind::MissingFact,
        ),
        (
            "generation=7 expires=2026-05-28T20:43:20Z",
            "generation=7 expires=2026-05-28T20:43:20Z retire_after=2026-05-28T20:43:20Z",
            LockErrorKind::UnexpectedFact,
        ),
        (
            "id=03030303030303030303030303030303 generation=1 expires=2026-05-28T20:43:20Z ",
            "generation=1 ",
            LockErrorKind::UnexpectedFact,
        ),
        ("log=1842", "log=x", LockErrorKind::InvalidFact),
        ("handle=key-17", "handle=", LockErrorKind::InvalidFact),
        ("handle=key-17", "handle=\u{202e}d", LockErrorKind::InvalidFact),
        (" log=1842 handle=key-17", " handle=key-17 log=1842", LockErrorKind::NotAsWritten),
        ("# The live", "# the live", LockErrorKind::NotAsWritten),
        ("version = 1\n", "version = 1 # ours\n", LockErrorKind::NotAsWritten),
        ("\n\n[ci.staging]", "\n[ci.staging]", LockErrorKind::NotAsWritten),
        ("current = \"", "current  = \"", LockErrorKind::NotAsWritten),
        ("[pat.staging]", "[aat.staging]", LockErrorKind::NotAsWritten),
        ("[pat.staging]", "[pat.'staging']", LockErrorKind::NotAsWritten),
        ("current = \"", "current = 1 #\"", LockErrorKind::WrongType),
        ("current = \"", "current = \"\"\"", LockErrorKind::Syntax),
        ("\n[pat.staging]", "<<<<<<< ours\n[pat.staging]", LockErrorKind::Conflict),
        ("\n[pat.staging]", "=======\n[pat.staging]", LockErrorKind::Conflict),
    ];
    for (from, to, kind) in edits {
        assert!(text.contains(from), "{from}");
        let edited = text.replacen(from, to, 1);
        let error = Lock::parse(&edited).expect_err(to);
        assert_eq!(error.kind(), *kind, "{from} -> {to}: {error}");
        let line = edited[..edited.bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count()]
            .matches('\n')
            .count()
            + 1;
        let found = error.position().line as usize;
        let is_elsewhere = matches!(error.kind(), LockErrorKind::Repeated | LockErrorKind::Syntax)
            || to.starts_with("[aat");
        assert!(is_elsewhere || found.abs_diff(line) <= 2, "{error}");
        assert_eq!(format!("{error:?}"), error.to_string());
        for value in ["key-17", "0f0f0f", "a1a1a1", "0202", "registry.example", "1842"] {
            assert!(!error.to_string().contains(value), "{error}");
        }
    }
    assert_eq!(kind_of(""), LockErrorKind::UnknownVersion);
    assert_eq!(kind_of(&"#".repeat(5 << 20)), LockErrorKind::TooLarge);
}

#[test]
fn any_byte_that_is_changed_is_another_fact_or_refused() {
    let text = full().to_string();
    for at in 0..text.len() {
        for byte in [b' ', b'0', b'"', b'\n'] {
            let mut edited = text.clone().into_bytes();
            if edited[at] == byte {
                continue;
            }
            edited[at] = byte;
            let edited = String::from_utf8(edited).unwrap();
            if let Ok(lock) = Lock::parse(&edited) {
                assert_ne!(lock, full());
                assert_eq!(lock.to_string(), edited);
            }
        }
    }
}

fn problems(lock: &Lock, policy: &str, now: i64) -> Vec<(String, ProblemKind)> {
    let policy = Policy::parse(policy).unwrap();
    let found = lock.check(&policy, at(now));
    let told: BTreeSet<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), found.len(), "each is told once: {told:?}");
    found.iter().map(|problem| (problem.slot().to_string(), problem.kind())).collect()
}

#[test]
fn each_single_change_is_told_by_its_name_and_nothing_else_is() {
    assert_eq!(problems(&full(), POLICY, 0), []);
    type Change = fn(&mut Lock);
    fn entry<'a>(lock: &'a mut Lock, slot: &str) -> &'a mut Entry {
        lock.slot_mut(name(slot)).current.as_mut().unwrap()
    }
    fn token<'a>(lock: &'a mut Lock, slot: &str) -> &'a mut LockedToken {
        entry(lock, slot).token.as_mut().unwrap()
    }
    let changes: &[(&str, ProblemKind, Change)] = &[
        ("ci.staging", ProblemKind::SlotMissing, |lock| {
            lock.retain(|name, _| name.to_string() != "ci.staging");
        }),
        ("pat.production", ProblemKind::SlotUndeclared, |lock| {
            lock.slot_mut(name("pat.production"));
        }),
        ("oidc.staging", ProblemKind::LineMissing, |lock| {
            lock.slot_mut(name("oidc.staging")).current = None;
        }),
        ("oidc.staging", ProblemKind::Listed, |lock| {
            entry(lock, "oidc.staging").token = Some(LockedToken::new([9; 16], 1, Some(at(9))));
        }),
        ("oidc.staging", ProblemKind::Listed, |lock| {
            let slot = lock.slot_mut(name("oidc.staging"));
            let mut old = slot.current.clone().unwrap();
            old.token = Some(LockedToken::new([9; 16], 1, Some(at(9))));
            slot.previous = Some(old);
        }),
        ("ci.staging", ProblemKind::Unlisted, |lock| entry(lock, "ci.staging").token = None),
        ("ci.staging", ProblemKind::Policy, |lock| {
            entry(lock, "ci.staging").policy = policy().digest();
        }),
        ("ci.staging", ProblemKind::Scopes, |lock| {
            entry(lock, "ci.staging").scopes = entry(lock, "pat.staging").scopes;
        }),
        ("oidc.production", ProblemKind::Source, |lock| {
            entry(lock, "oidc.production").source = None;
        }),
        ("ci.production", ProblemKind::Assurance, |lock| {
            let image = entry(lock, "ci.production").image.as_mut().unwrap();
            image.assurance = AssuranceLevel::Asserted;
        }),
        ("ci.production", ProblemKind::Generation, |lock| {
            token(lock, "ci.production").generation = 6;
        }),
        ("ci.staging", ProblemKind::NeverExpires, |lock| token(lock, "ci.staging").expires = None),
        ("ci.staging", ProblemKind::Expired, |lock| {
            token(lock, "ci.staging").expires = Some(at(0));
        }),
        ("ci.production", ProblemKind::Overdue, |lock| {
            let previous = lock.slot_mut(name("ci.production")).previous.as_mut().unwrap();
            previous.token.as_mut().unwrap().retire_after = Some(at(0));
        }),
        ("pat.staging", ProblemKind::RepeatedToken, |lock| {
            token(lock, "pat.staging").id = [1; 16];
        }),
        ("ci.production", ProblemKind::RepeatedToken, |lock| {
            let current = token(lock, "ci.production").handle.clone();
            let previous = lock.slot_mut(name("ci.production")).previous.as_mut().unwrap();
            previous.token.as_mut().unwrap().handle = current;
        }),
    ];
    for (slot, kind, change) in changes {
        let mut lock = full();
        change(&mut lock);
        let wanted = [((*slot).to_owned(), *kind)];
        assert_eq!(problems(&lock, POLICY, 0), wanted);
        let read = Lock::parse(&lock.to_string());
        assert_eq!(problems(&read.unwrap(), POLICY, 0), wanted, "as read");
        let lock = Lock::parse(&lock.to_string()).unwrap();
        let problem = &lock.check(&policy(), at(0))[0];
        assert_eq!(problem.finding("tokens.lock").code(), kind.code());
        let position = lock.slots().find(|(name, _)| name.to_string() == *slot);
        let position = position.and_then(|(_, slot)| slot.position());
        assert_eq!(problem.position(), position, "{problem}");
    }
    let codes: BTreeSet<&str> = changes.iter().map(|(_, kind, _)| kind.code()).collect();
    assert_eq!(codes.len(), 14);
    assert_eq!(
        problems(&full(), POLICY, 1000),
        [
            ("ci.production".to_owned(), ProblemKind::Expired),
            ("ci.production".to_owned(), ProblemKind::Expired),
            ("ci.staging".to_owned(), ProblemKind::Expired)
        ]
    );
    assert_eq!(problems(&full(), POLICY, 499), []);
}

/// A line states its own kind's digest, so an edit that does not touch the kind leaves the line as it is.
#[test]
fn a_policy_edit_changes_the_lines_of_the_kinds_that_it_touches_alone() {
    let lines = |text: &str| -> Vec<String> {
        let mut lock = full();
        lock.follow(&Policy::parse(text).unwrap());
        lock.to_string().lines().map(str::to_owned).collect()
    };
    let before = lines(POLICY);
    assert_eq!(before, full().to_string().lines().collect::<Vec<_>>());
    let changed = |from: &str, to: &str| -> Vec<usize> {
        assert!(POLICY.contains(from), "{from}");
        let after = lines(&POLICY.replacen(from, to, 1));
        assert_eq!(after.len(), before.len());
        (0..before.len())
            .filter(|line| before[*line] != after[*line])
            .map(|line| line + 1)
            .collect()
    };
    let (ci, oidc, pat) = ([5, 9].as_slice(), [12, 15].as_slice(), [18].as_slice());
    assert_eq!(changed("\"90d\"", "\"91d\""), ci);
    assert_eq!(changed("\"15m\"", "\"10m\""), oidc);
    assert_eq!(changed("after = \"90d\"", "after = \"80d\""), pat);
    assert_eq!(changed("max_lifetime = \"90d\"", "max_lifetime = \"2160h\" # as before"), [0; 0]);
    assert_eq!(changed("scopes.b = \"\"", "scopes.b = \"B\"\nscopes.c = \"unused\""), [0; 0]);
    assert_eq!(changed("release = true", "release = false"), [0; 0]);
    let further =
        format!("{POLICY}[tokens.zoo]\nscopes = ['a']\nmax_lifetime = '9d'\n[environments.test]\n");
    let after = lines(&further);
    assert!(before.iter().all(|line| after.contains(line)), "a further kind and environment");
}

#[test]
fn following_a_policy_leaves_nothing_to_check() {
    for text in [
        POLICY.to_owned(),
        POLICY
            .replace("[environments.staging]\n", "[environments.test]\n")
            .replace("\"staging\"", "\"test\""),
        POLICY.replace("\"90d\"", "\"1h\""),
        POLICY.replace("\"15m\"", "\"2h\""),
        POLICY.replace("[tokens.ci]", "[tokens.cd]"),
    ] {
        let policy = Policy::parse(&text).unwrap();
        let mut lock = full();
        lock.follow(&policy);
        let source = full().slot("ci", "production").unwrap().current.clone().unwrap().source;
        lock.bind("production", source, None);
        assert_eq!(lock.check(&policy, at(0)), [], "{text}");
        for rule in policy.slots().filter(|rule| rule.kind().is_ephemeral()) {
            let slot = lock.slot(rule.kind().name(), rule.environment().name()).unwrap();
            assert!(slot.entries().all(|entry| entry.token.is_none()), "{text}");
        }
        let again = lock.clone();
        lock.follow(&policy);
        assert_eq!(lock, again);
    }
}

#[test]
fn a_rotation_keeps_what_the_slot_is_bound_to() {
    let mut lock = full();
    put(&mut lock, "ci.production", 5, 8, Some(2000));
    let slot = lock.slot("ci", "production").unwrap();
    let [new, old] = [&slot.current, &slot.previous].map(|entry| entry.clone().unwrap());
    assert_eq!((new.source, new.image), (old.source, old.image));
    let [new, old] = [new.token.unwrap(), old.token.unwrap()];
    assert_eq!((new.id, new.generation, new.retire_after), ([5; 16], 8, None));
    assert_eq!((old.id, old.generation, old.retire_after), ([2; 16], 7, Some(at(500))));
    assert_eq!(lock.check(&policy(), at(0)), []);
}

#[test]
fn what_becomes_live_and_what_ends_is_told() {
    let told = |old: &Lock, new: &Lock| -> Vec<(Effect, String)> {
        diff(old, new).iter().map(|change| (change.effect(), change.to_string())).collect()
    };
    assert_eq!(told(&full(), &full()), []);
    let mut rotated = full();
    put(&mut rotated, "ci.production", 5, 8, Some(2000));
    assert_eq!(
        told(&full(), &rotated),
        [
            (
                Effect::Replaced,
                "replaced: slot `ci.production`: token 020202020202 until 2026-05-28T20:35:00Z"
                    .to_owned()
            ),
            (
                Effect::Live,
                format!(
                    "live: slot `ci.production`: token 050505050505, id={} generation=8 expires=2026-05-28T21:00:00Z",
                    "05".repeat(16)
                )
            ),
            (Effect::Ended, "ended: slot `ci.production`: token 010101010101".to_owned()),
        ]
    );
    let mut retired = rotated.clone();
    retired.slot_mut(name("ci.production")).previous = None;
    assert_eq!(
        told(&rotated, &retired),
        [(Effect::Ended, "ended: slot `ci.production`: token 020202020202".to_owned())]
    );
    let effects = |old: &Lock, new: &Lock| -> Vec<Effect> {
        diff(old, new).iter().map(token_policy::lock::Change::effect).collect()
    };
    assert_eq!(effects(&retired, &rotated), [Effect::Live], "a retired token comes back");
    let mut other = full();
    other.bind("staging", Some(format!("git:{}", "b2".repeat(20)).parse().unwrap()), None);
    assert_eq!(effects(&full(), &other), [Effect::Bound; 3]);
    let bound = |change: fn(&mut Entry)| -> Vec<String> {
        let mut new = full();
        change(new.slot_mut(name("ci.production")).current.as_mut().unwrap());
        diff(&full(), &new).iter().map(ToString::to_string).collect()
    };
    type Change = fn(&mut Entry);
    let facts: [(&str, Change); 9] = [
        ("scopes", |entry| entry.scopes = ScopesDigest::from_bytes([0; 32])),
        ("policy", |entry| entry.policy = PolicyDigest::from_bytes([0; 32])),
        ("source", |entry| entry.source = None),
        ("image", |entry| {
            let digest = format!("sha256:{}", "1e".repeat(32)).parse().unwrap();
            entry.image = Some(LockedImage { digest, assurance: AssuranceLevel::PlatformAttested });
        }),
        ("assurance", |entry| {
            entry.image.as_mut().unwrap().assurance = AssuranceLevel::Asserted;
        }),
        ("`log` is not stated, was ", |entry| entry.token.as_mut().unwrap().log = None),
        ("`handle` is not stated, was ", |entry| entry.token.as_mut().unwrap().handle = None),
        ("`expires` is never, was ", |entry| entry.token.as_mut().unwrap().expires = None),
        ("`generation` is 1, was ", |entry| entry.token.as_mut().unwrap().generation = 1),
    ];
    for (fact, change) in facts {
        let told = bound(change);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].starts_with("bound: slot `ci.production`: ") && told[0].contains(fact),
            "{told:?}"
        );
    }
    let mut longer = full();
    let token =
        longer.slot_mut(name("pat.staging")).current.as_mut().unwrap().token.as_mut().unwrap();
    token.generation = 3;
    assert_eq!(effects(&full(), &longer), [Effect::Bound]);
    // Every line but those of a kind without one for each token.
    let all = effects(&Lock::default(), &full());
    assert_eq!(all, [Effect::Live; 6]);
    assert_eq!(effects(&full(), &Lock::default()), [Effect::Ended; 6]);
}
