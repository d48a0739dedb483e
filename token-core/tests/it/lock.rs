//! The deployed lock against the program, and against the tokens that it admits.

use std::{sync::Arc, time::Duration};

use time::UtcDateTime;
use token_core::{
    Admission, Error, ErrorKind, Grant, ManualClock, Secret, Token, TokenId,
    policy::{CompiledPolicy, Locked},
    record::InMemory,
};
use token_policy::lock::{Entry, Lock, LockedImage, LockedToken, SlotName};

use self::locked::{POLICY, kind};
use crate::support::{NOW, TempDir, fresh_token, in_child, kind_of, secs};

mod locked {
    token_core::policy!("lock.toml");
}

const DAY: u64 = 24 * 60 * 60;

fn rules() -> token_policy::Policy {
    token_policy::Policy::parse(include_str!("lock.toml")).unwrap()
}

/// A token's text, which has an id.
fn text() -> String {
    fresh_token()
}

fn id(text: &str) -> TokenId {
    TokenId::of(text.as_bytes()).unwrap()
}

fn end(days: u64) -> UtcDateTime {
    NOW + secs(days * DAY)
}

/// Puts a token into a slot, which it is the current one of.
fn put(lock: &mut Lock, slot: (&str, &str), token: &str, generation: u64, days: Option<u64>) {
    let entry = Entry::new(rules().kind(slot.0).unwrap());
    let token = LockedToken::new(*id(token).as_bytes(), generation, days.map(end));
    let slot = lock.slot_mut(SlotName::new(slot.0, slot.1).unwrap());
    slot.replace(token, Some(end(1)), &entry);
}

fn empty() -> Lock {
    let mut lock = Lock::new(&rules());
    lock.follow(&rules());
    lock
}

fn check(policy: &CompiledPolicy, lock: &str, environment: &str) -> Result<Locked, Error> {
    let dir = TempDir::new();
    policy.check_lock(dir.file("tokens.lock", lock, 0o644), environment)
}

fn source(byte: &str) -> String {
    format!("git:{}", byte.repeat(20))
}

/// The program as it would be if it had been built from a source.
fn built_from(byte: &str) -> CompiledPolicy {
    let mut policy = POLICY;
    policy.built_from = Some(source(byte).parse().unwrap());
    policy
}

#[test]
fn the_policy_knows_its_environments_and_slots() {
    let names: Vec<_> = POLICY.environments.iter().map(|other| other.name).collect();
    assert_eq!(names, ["attested", "production", "released", "staging"]);
    for (compiled, read) in POLICY.environments.iter().zip(rules().environments()) {
        assert_eq!((compiled.release, compiled.strict), (read.is_release(), read.is_strict()));
        assert_eq!(compiled.assurance.to_string(), read.assurance().to_string());
        let slots: Vec<_> =
            compiled.slots.iter().map(|slot| (slot.kind.name, slot.ephemeral)).collect();
        let rules = rules();
        let wanted: Vec<_> = rules
            .slots()
            .filter(|slot| slot.environment().name() == compiled.name)
            .map(|slot| (slot.kind().name(), slot.kind().is_ephemeral()))
            .collect();
        assert_eq!(slots, wanted);
    }
}

#[test]
fn a_lock_that_fits_is_accepted() {
    let mut lock = empty();
    put(&mut lock, ("pipeline", "production"), &text(), 1, Some(30));
    let locked = check(&POLICY, &lock.to_string(), "production").unwrap();
    assert_eq!(locked.environment(), "production");
    lock.bind("production", Some(source("a1").parse().unwrap()), None);
    check(&built_from("a1"), &lock.to_string(), "production").unwrap();
    lock.bind("released", Some(source("a1").parse().unwrap()), None);
    check(&built_from("a1"), &lock.to_string(), "released").unwrap();
}

/// Each edit of a lock that fits, with the fact and the values that the refusal names.
#[test]
fn each_single_fact_that_differs_is_refused_by_its_name() {
    let mut lock = empty();
    put(&mut lock, ("pipeline", "production"), &text(), 1, Some(30));
    lock.bind("production", Some(source("a1").parse().unwrap()), None);
    let lock = lock.to_string();
    let of = |kind: &str| rules().kind(kind).unwrap().digest().to_string();
    let scopes = |kind: &str| Entry::new(rules().kind(kind).unwrap()).scopes.to_string();
    let (a1, b2) = (source("a1"), source("b2"));
    let none = "0".repeat(64);
    let cut = |text: &str, from: &str, to: &str| {
        let start = text.find(from).unwrap();
        let end = text[start..].find(to).unwrap() + start;
        format!("{}{}", &text[..start], &text[end..])
    };
    let oidc = lock.find("[oidc.production]").unwrap();
    let edits = [
        (
            lock.replace(&of("pipeline"), &none),
            vec!["pipeline.production", "`policy`", &none, "here; "],
        ),
        (lock.replace(&of("oidc"), &none), vec!["oidc.production", "`policy`", &none]),
        (lock.replace(&scopes("pipeline"), &none), vec!["pipeline.production", "`scopes`", &none]),
        (lock.replacen(&a1, &b2, 1), vec!["`source`", &b2, &a1, "(asserted)"]),
        (
            format!("{}{}", &lock[..oidc], lock[oidc..].replacen(&a1, &b2, 1)),
            vec!["`source`", &b2, "pipeline.production"],
        ),
        (cut(&lock, "[oidc.production]", "[oidc.released]"), vec!["oidc.production", "`slot`"]),
        (
            lock.replacen("[oidc.attested]\n", "[more.production]\n\n[oidc.attested]\n", 1),
            vec!["more.production", "`slot`"],
        ),
        (
            format!("{}{}", &lock[..oidc], cut(&lock[oidc..], "current", "\n[oidc.released]")),
            vec!["oidc.production", "`policy`", "ephemeral"],
        ),
        (lock.replacen("current = \"id=", "current = \"", 1), vec![]),
        (cut(&lock, "id=", "scopes="), vec!["pipeline.production", "`id`", "not stated"]),
    ];
    let policy = built_from("a1");
    check(&policy, &lock, "production").unwrap();
    for (at, (edited, named)) in edits.iter().enumerate() {
        assert_ne!(edited, &lock, "{at}");
        let error = check(&policy, edited, "production").expect_err("{at}");
        if named.is_empty() {
            assert_eq!(error.kind(), ErrorKind::InvalidLock, "{error}");
            continue;
        }
        // The last edit of the source is in the slot that is compared later.
        let named = if at == 4 { &["oidc.production", "`source`"] } else { &named[..] };
        assert_eq!(error.kind(), ErrorKind::LockDrift, "{at}: {error}");
        for name in named {
            assert!(error.to_string().contains(name), "{at}: `{name}` in {error}");
        }
        assert_eq!(format!("{error:?}"), error.to_string());
    }
    // The other environments have no facts that differ.
    check(&policy, &edits[3].0, "staging").unwrap();
}

#[test]
fn a_program_of_another_or_unknown_source_is_refused_where_the_lock_or_the_policy_demands_it() {
    let mut lock = empty();
    lock.bind("production", Some(source("a1").parse().unwrap()), None);
    let named = |result: Result<Locked, Error>, words: &[&str]| {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LockDrift);
        assert!(words.iter().all(|word| error.to_string().contains(word)), "{error}");
    };
    let text = lock.to_string();
    assert_eq!(POLICY.built_from, None);
    named(check(&POLICY, &text, "production"), &["`source`", &source("a1"), "unknown here"]);
    named(check(&built_from("b2"), &text, "production"), &["`source`", &source("b2")]);
    named(check(&POLICY, &text, "released"), &["`source`", "unknown here", "TOKEN_BUILD_SOURCE"]);
    named(check(&built_from("a1"), &text, "released"), &["`source`", "not stated"]);
    named(check(&built_from("a1"), &text, "elsewhere"), &["`environment`", "`production`"]);
    named(
        check(&built_from("a1"), &text, "attested"),
        &["`assurance`", "platform-attested", "asserted here"],
    );
    // Also where no kind has a line.
    let bare = Lock::new(&rules()).to_string();
    named(check(&built_from("a1"), &bare, "attested"), &["`assurance`"]);
}

const IMAGE: &str = "sha256:0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f";

fn with_image(digest: &str, assurance: &str) -> String {
    let image =
        LockedImage { digest: digest.parse().unwrap(), assurance: assurance.parse().unwrap() };
    let mut lock = empty();
    for environment in ["production", "attested"] {
        lock.bind(environment, None, Some(image));
    }
    lock.to_string()
}

#[test]
fn the_image_is_that_of_the_lock() {
    in_child("lock::the_image_is_that_of_the_lock", &[("TOKEN_IMAGE_DIGEST", IMAGE)], || {
        check(&POLICY, &with_image(IMAGE, "asserted"), "production").unwrap();
        check(&POLICY, &empty().to_string(), "production").unwrap();
        let other = IMAGE.replace("0f", "1e");
        let error = check(&POLICY, &with_image(&other, "asserted"), "production").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LockDrift);
        for name in ["`image`", IMAGE, &other, "(asserted)"] {
            assert!(error.to_string().contains(name), "{error}");
        }
        // A variable never becomes more than an assertion.
        for level in ["asserted", "platform-attested", "hardware-attested"] {
            let error = check(&POLICY, &with_image(IMAGE, level), "attested").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::LockDrift);
            assert!(error.to_string().contains("`assurance`"), "{error}");
        }
    });
}

#[test]
fn an_image_that_nobody_tells_is_not_that_of_the_lock() {
    in_child(
        "lock::an_image_that_nobody_tells_is_not_that_of_the_lock",
        &[("TOKEN_IMAGE_DIGEST", "")],
        || {
            let error = check(&POLICY, &with_image(IMAGE, "asserted"), "production").unwrap_err();
            assert!(error.to_string().contains("unknown here"), "{error}");
        },
    );
}

#[test]
fn a_tag_is_no_image() {
    let tag = "registry.example/service:1.4";
    in_child("lock::a_tag_is_no_image", &[("TOKEN_IMAGE_DIGEST", tag)], || {
        let found = check(&POLICY, &empty().to_string(), "production");
        assert_eq!(kind_of(found), Some(ErrorKind::MalformedIdentity));
    });
}

#[test]
fn a_file_that_is_no_lock_is_refused_without_its_content() {
    let token = fresh_token();
    for content in
        [token.clone(), format!("token = \"{token}\"\n"), format!("[{token}]\n"), String::new()]
    {
        let error = check(&POLICY, &content, "production").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidLock);
        for shown in [error.to_string(), format!("{error:?}")] {
            assert!(
                shown.contains("tokens.lock: no valid lock: 1:") && !shown.contains(&token[..8]),
                "{shown}"
            );
        }
    }
    let dir = TempDir::new();
    let missing = POLICY.check_lock(dir.join("tokens.lock"), "production");
    assert_eq!(kind_of(missing), Some(ErrorKind::NotFound));
    assert_eq!(kind_of(POLICY.check_lock(dir.path(), "production")), Some(ErrorKind::Io));
}

/// Admission under a lock, on a clock that stands at [`NOW`].
struct Bench {
    clock: Arc<ManualClock>,
    recorder: Arc<InMemory>,
    admission: Admission,
}

impl Bench {
    fn new(lock: &Lock, environment: &str) -> Self {
        let (clock, recorder) = (Arc::new(ManualClock::new(NOW)), Arc::new(InMemory::new()));
        let locked = check(&POLICY, &lock.to_string(), environment).unwrap();
        let admission =
            Admission::with_clock(clock.clone()).recorder(recorder.clone()).locked_by(locked);
        Self { clock, recorder, admission }
    }

    fn pipeline(&self, text: &str, grant: &Grant) -> Result<Token<kind::Pipeline>, Error> {
        self.admission.admit(Secret::from(text.to_owned()), grant)
    }

    fn events(&self) -> Vec<String> {
        self.recorder.events().iter().map(|event| event.action.name().to_owned()).collect()
    }
}

fn until(days: u64) -> Grant {
    Grant::new("repo:read").expires_at(end(days))
}

fn refused_for(result: Result<Token<kind::Pipeline>, Error>, fact: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotLocked, "{error}");
    assert!(error.to_string().contains(&format!("`{fact}` differs")), "{fact}: {error}");
}

#[test]
fn only_the_tokens_of_the_lock_are_admitted_and_newer_ones() {
    let [old, previous, current, newer] = [(); 4].map(|()| text());
    let mut lock = empty();
    put(&mut lock, ("pipeline", "production"), &previous, 6, Some(20));
    put(&mut lock, ("pipeline", "production"), &current, 7, Some(30));
    let bench = Bench::new(&lock, "production");
    let token = bench.pipeline(&current, &until(30)).unwrap();
    assert!(!token.is_behind());
    assert!(!bench.pipeline(&previous, &until(20)).unwrap().is_behind(), "while both are in use");
    refused_for(bench.pipeline(&old, &until(10)), "id");
    refused_for(bench.pipeline(&old, &until(30)), "id");
    let error = bench.pipeline(&current, &until(29)).unwrap_err();
    for end in [end(29), end(30)] {
        assert!(error.to_string().contains(&end.to_string()), "both values: {error}");
    }
    refused_for(bench.pipeline(&current, &until(29)), "expires");
    refused_for(bench.pipeline(&current, &until(30).generation(6)), "generation");
    refused_for(bench.pipeline(&newer, &until(31).generation(7)), "generation");
    drop(bench.pipeline(&current, &until(30).generation(7)).unwrap());
    // What the issuer says about the time that remains is not exact.
    let about = Grant::new("repo:read").expires_in(Duration::from_secs(29 * DAY));
    drop(bench.pipeline(&current, &about).unwrap());
    let opened = bench.recorder.events().len();
    let token = bench.pipeline(&newer, &until(31)).unwrap();
    assert!(token.is_behind());
    assert!(bench.pipeline(&newer, &until(9).generation(8)).unwrap().is_behind());
    let told = &bench.events()[opened..opened + 2];
    assert_eq!(told, ["admitted", "behind"]);
    // The overlap of the previous token ends.
    bench.clock.advance(secs(DAY));
    refused_for(bench.pipeline(&previous, &until(20)), "retire_after");
    drop(bench.pipeline(&current, &until(30)).unwrap());
}

#[test]
fn where_the_policy_is_strict_a_newer_token_is_refused() {
    let [current, newer] = [(); 2].map(|()| text());
    let mut lock = empty();
    put(&mut lock, ("pipeline", "staging"), &current, 7, Some(30));
    let bench = Bench::new(&lock, "staging");
    drop(bench.pipeline(&current, &until(30)).unwrap());
    assert_eq!(kind_of(bench.pipeline(&newer, &until(31))), Some(ErrorKind::BehindLock));
    assert_eq!(bench.events().last().map(String::as_str), Some("refused"));
    let bench = Bench::new(&empty(), "staging");
    assert_eq!(kind_of(bench.pipeline(&newer, &until(31))), Some(ErrorKind::BehindLock));
}

#[test]
fn tokens_without_an_order_count_as_newer_unless_they_are_in_the_lock() {
    let [current, other] = [(); 2].map(|()| text());
    let mut lock = empty();
    put(&mut lock, ("pat", "production"), &current, 2, None);
    let bench = Bench::new(&lock, "production");
    let admit = |text: &str, grant: &Grant| {
        bench.admission.admit::<kind::Pat>(Secret::from(text.to_owned()), grant)
    };
    let endless = Grant::new("repo:read");
    assert!(!admit(&current, &endless).unwrap().is_behind());
    assert!(admit(&other, &endless).unwrap().is_behind());
    let old = admit(&other, &Grant::new("repo:read").generation(1));
    assert_eq!(kind_of(old), Some(ErrorKind::NotLocked));
    // The slot of another kind is empty.
    assert!(bench.pipeline(&other, &until(5)).unwrap().is_behind());
}

#[test]
fn an_ephemeral_kind_needs_a_slot_and_no_line_for_its_token() {
    let bench = Bench::new(&empty(), "production");
    let grant = Grant::new("deploy:run").expires_in(secs(600));
    let token: Token<kind::Oidc> = bench.admission.admit(Secret::from(text()), &grant).unwrap();
    assert!(!token.is_behind());
}

#[test]
fn a_kind_without_a_slot_and_a_token_without_an_id_are_refused() {
    let lock = empty();
    let mut policy = built_from("a1");
    policy.environments = POLICY.environments;
    let mut bound = lock;
    bound.bind(
        "released",
        policy.built_from.map(|source| source.to_string().parse().unwrap()),
        None,
    );
    let dir = TempDir::new();
    let path = dir.file("tokens.lock", bound.to_string(), 0o644);
    let locked = policy.check_lock(path, "released").unwrap();
    let clock = Arc::new(ManualClock::new(NOW));
    let admission = Admission::with_clock(clock).locked_by(locked);
    let pat = admission.admit::<kind::Pat>(Secret::from(text()), &Grant::new("repo:read"));
    let error = pat.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotLocked);
    assert!(error.to_string().contains("`slot` differs: absent in the lock"), "{error}");
    let other = admission
        .admit::<crate::support::kind::Ci>(Secret::from(text()), &crate::support::ci_grant());
    assert_eq!(kind_of(other), Some(ErrorKind::NotLocked), "of another policy");
    let guessable =
        admission.admit::<kind::Pipeline>(Secret::from("Sunshine2024!".to_owned()), &until(5));
    let error = guessable.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotLocked);
    assert!(error.to_string().contains("could be guessed"), "{error}");
}

#[test]
fn a_lock_is_read_again_and_a_worse_one_changes_nothing() {
    let [first, second] = [(); 2].map(|()| text());
    let mut lock = empty();
    put(&mut lock, ("pipeline", "production"), &first, 1, Some(30));
    let dir = TempDir::new();
    let path = dir.file("tokens.lock", lock.to_string(), 0o644);
    let locked = POLICY.check_lock(&path, "production").unwrap();
    let clock = Arc::new(ManualClock::new(NOW));
    let admission = Admission::with_clock(clock).locked_by(locked.clone());
    let admit = |text: &str, days| {
        admission.admit::<kind::Pipeline>(Secret::from(text.to_owned()), &until(days))
    };
    assert!(admit(&second, 31).unwrap().is_behind());
    put(&mut lock, ("pipeline", "production"), &second, 2, Some(31));
    std::fs::write(&path, lock.to_string()).unwrap();
    assert!(admit(&second, 31).unwrap().is_behind(), "nobody read it");
    locked.refresh().unwrap();
    assert!(!admit(&second, 31).unwrap().is_behind());
    for worse in
        [String::new(), lock.to_string().replacen("[oidc.production]", "[oidc.productio]", 1)]
    {
        std::fs::write(&path, worse).unwrap();
        locked.refresh().unwrap_err();
        assert!(!admit(&second, 31).unwrap().is_behind());
    }
}
