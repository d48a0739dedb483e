//! Processes that are killed while they mint, narrow and revoke on one SQLite file, each with a log of its own: at every call of
//! the log and the registry, at every statement, and at random. A live token always has a record, a record has a row after the
//! next start, and nothing was handed over without a record.
//!
//! `KILL_ROUNDS=200` kills at random so often.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "tests")]

#[allow(dead_code, reason = "some of it is for the tests in one process")]
#[path = "issuer/faulty.rs"]
mod faulty;

use std::{
    collections::BTreeSet,
    env, fs,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use pollster::block_on;
use token_audit::{Reader, SigningKey};
use token_core::{
    AnyScopeSet, Caller, SystemClock, TokenId, TokenKind, UtcDateTime,
    caller::{Deadline, Verified},
    record::Log,
};
use token_issue::{
    __test::Settings, Issued, Issuer, Mint, Narrow, Registry, State, registry::Rule,
};

use faulty::{Fault, FaultyLog, FaultyRegistry, Trap};

token_core::policy!("issuer/tokens.toml");

/// What the processes of one test have in common.
struct Scene {
    dir: tempfile::TempDir,
    processes: usize,
}

impl Scene {
    fn new(processes: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for number in 0..processes {
            let key = SigningKey::generate(&format!("example.com/{number}")).unwrap();
            let write = |text: &[u8]| fs::write(dir.path().join(format!("key{number}")), text);
            key.to_secret().with_bytes("a key of this test", write).unwrap();
        }
        Self { dir, processes }
    }

    /// Starts a process that lives, and is killed as the variables say.
    fn child(&self, number: usize, variables: &[(&str, String)]) -> Child {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "child", "--ignored", "--nocapture"]);
        command.env("KILLED_DIR", self.dir.path()).env("KILLED_NUMBER", number.to_string());
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Waits for the process, and returns whether it came to its end, and what it has handed over.
    fn end(child: Child) -> (bool, BTreeSet<TokenId>) {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let released = said.lines().filter_map(|line| line.strip_prefix("released "));
        (output.status.success(), released.filter_map(|id| id.parse().ok()).collect())
    }

    /// What must be true after a crash, and what must be true after the next start.
    #[track_caller]
    fn check(&self, released: &BTreeSet<TokenId>, what: &str) {
        let registry = registry(self.dir.path());
        let rows = || block_on(registry.list(Rule::all(), None, usize::MAX)).unwrap();
        let logs: Vec<_> = (0..self.processes).map(|number| log(self.dir.path(), number)).collect();
        let open = || -> BTreeSet<TokenId> {
            let standing = logs.iter().flat_map(|log| log.standing().unwrap().open);
            standing.map(|opening| opening.event.token.unwrap()).collect()
        };
        let live = || -> BTreeSet<TokenId> {
            let live = rows().into_iter().filter(|row| row.state == State::Live);
            live.map(|row| row.token).collect()
        };
        assert!(live().is_subset(&open()), "{what}: alive and not open on record");
        let known: BTreeSet<TokenId> = rows().into_iter().map(|row| row.token).collect();
        assert!(released.is_subset(&known), "{what}: handed over and not in the registry");
        let recorded: BTreeSet<TokenId> =
            (0..self.processes).flat_map(|number| opened(self.dir.path(), number)).collect();
        assert!(known.is_subset(&recorded), "{what}: in the registry and never on record");

        for log in &logs {
            let options = Issuer::options(&POLICY, Arc::clone(&registry), Arc::clone(log) as _);
            options.start().unwrap().close(Duration::from_secs(20)).unwrap();
        }
        assert_eq!(open(), live(), "{what}: open on record, and alive, after the next start");
    }
}

fn registry(dir: &Path) -> Arc<dyn Registry> {
    // A process that is killed loses nothing that it gave to the kernel.
    let settings = Settings { syncs: false, ..Settings::default() };
    Arc::new(token_issue::__test::sqlite(&dir.join("tokens.db"), settings).unwrap())
}

fn log(dir: &Path, number: usize) -> Arc<token_audit::Log> {
    Arc::new(token_audit::Log::open(dir.join(format!("log{number}")), key(dir, number)).unwrap())
}

fn key(dir: &Path, number: usize) -> SigningKey {
    let text = fs::read(dir.join(format!("key{number}"))).unwrap();
    SigningKey::from_secret(text.into()).unwrap()
}

/// The tokens that the log has ever opened. It is under a checkpoint, since its standing was asked for.
fn opened(dir: &Path, number: usize) -> Vec<TokenId> {
    let reader =
        Reader::open(dir.join(format!("log{number}")), key(dir, number).verifying_key()).unwrap();
    let events = reader.records().map(|record| record.unwrap().event);
    events.filter(|event| event.action.is_opening()).map(|event| event.token.unwrap()).collect()
}

/// The process: lives as `KILLED_…` says.
#[test]
#[ignore = "it is what the other tests start"]
fn child() {
    let Ok(dir) = env::var("KILLED_DIR") else { return };
    let dir = Path::new(&dir);
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<usize>().ok());
    let trap = Arc::new(Trap::default());
    let log =
        FaultyLog { log: log(dir, number("KILLED_NUMBER").unwrap()), trap: Arc::clone(&trap) };
    let registry = FaultyRegistry { registry: registry(dir), trap: Arc::clone(&trap) };
    for (name, fault) in [("KILLED_BEFORE", Fault::Dies), ("KILLED_AFTER", Fault::DiesAfter)] {
        if let Some(call) = number(name) {
            trap.arm(call, call, fault);
        }
    }
    let issuer = Issuer::options(&POLICY, Arc::new(registry), Arc::new(log)).start().unwrap();
    let rounds = number("KILLED_ROUNDS").unwrap_or(1);
    (0..rounds).for_each(|_| live(&issuer));
    issuer.close(Duration::from_secs(20)).unwrap();
}

/// Mints, narrows, drops, revokes.
fn live(issuer: &Issuer) {
    let parent = released(block_on(issuer.mint(Mint::<kind::Deploy>::new())).unwrap());
    let child = block_on(issuer.narrow(&caller(parent), Narrow::<kind::Deploy>::new())).unwrap();
    let _ = released(child);
    drop(block_on(issuer.mint(Mint::<kind::Deploy>::new())).unwrap());
    let _ = released(block_on(issuer.mint(Mint::<kind::Reader>::new())).unwrap());
    let _ = block_on(issuer.revoke(parent, "leaked")).unwrap();
    let left = Mint::<kind::Deploy>::new().subject("bob");
    let _ = released(block_on(issuer.mint(left)).unwrap());
    let _ = block_on(issuer.revoke_matching(Rule::all().subject("bob"), "bob has left")).unwrap();
    let _ = released(block_on(issuer.mint(Mint::<kind::Deploy>::new())).unwrap());
}

/// The token leaves, and then somebody may know it.
fn released<K: TokenKind>(issued: Issued<K>) -> TokenId {
    let id = issued.id();
    let secret = issued.release();
    println!("released {id}");
    drop(secret);
    id
}

fn caller(token: TokenId) -> Caller<kind::Deploy> {
    let scopes = AnyScopeSet::of_kind(<kind::Deploy as TokenKind>::COMPILED);
    let deadline = Deadline::after(Duration::from_secs(60), &SystemClock);
    Verified::new(token, scopes, deadline).vouch().of_kind().unwrap()
}

#[test]
fn killed_at_every_call_of_the_log_and_the_registry() {
    for name in ["KILLED_BEFORE", "KILLED_AFTER"] {
        let mut call = 1;
        loop {
            let scene = Scene::new(1);
            let (came_to_its_end, released) =
                Scene::end(scene.child(0, &[(name, call.to_string())]));
            scene.check(&released, &format!("{name} {call}"));
            if came_to_its_end {
                assert_eq!(released.len(), 5);
                break;
            }
            call += 1;
        }
        assert!(call > 25, "only {call} calls");
    }
}

#[test]
fn killed_at_every_statement() {
    let mut statement = 0;
    loop {
        let scene = Scene::new(1);
        let variable = ("TOKEN_ISSUE_TEST_DIES_AT", statement.to_string());
        let (came_to_its_end, released) = Scene::end(scene.child(0, &[variable]));
        scene.check(&released, &format!("statement {statement}"));
        if came_to_its_end {
            break;
        }
        statement += 1;
    }
    assert!(statement > 25, "only {statement} statements");
}

#[test]
fn several_processes_on_one_file_killed_at_random() {
    let rounds = env::var("KILL_ROUNDS").map_or(2, |rounds| rounds.parse().unwrap());
    for round in 0..rounds {
        let scene = Scene::new(if round % 2 == 0 { 2 } else { 8 });
        let mut children: Vec<_> = (0..scene.processes)
            .map(|number| scene.child(number, &[("KILLED_ROUNDS", "100000".into())]))
            .collect();
        let (start, mut random) = (Instant::now(), [0; 8]);
        getrandom::fill(&mut random).unwrap();
        let mut released = BTreeSet::new();
        for (child, random) in children.iter_mut().zip(random) {
            let at = Duration::from_millis(300 + u64::from(random) * 4);
            std::thread::sleep(at.saturating_sub(start.elapsed()));
            child.kill().unwrap();
        }
        for child in children {
            let (came_to_its_end, more) = Scene::end(child);
            assert!(!came_to_its_end);
            released.extend(more);
        }
        scene.check(&released, &format!("round {round}"));
    }
}

/// The helpers above find what they look for.
#[test]
fn a_live_token_without_a_record_is_found() {
    let scene = Scene::new(1);
    let (now, digest) = (UtcDateTime::now(), token_issue::Digest::from_bytes([1; 32]));
    let expiry = now + Duration::from_secs(600);
    let row = token_issue::Row::new(TokenId::from_bytes([1; 16]), "deploy", now, expiry);
    block_on(registry(scene.dir.path()).insert(digest, row, now)).unwrap().unwrap();
    let check = std::panic::AssertUnwindSafe(|| scene.check(&BTreeSet::new(), "planted"));
    assert!(std::panic::catch_unwind(check).is_err());
}
